"""One file that carries a run: a zip of known names with a list of digests, the same bytes for the same run.

What comes in is opened as what a stranger made: its table of contents is measured before it is read, every member is
counted while it is unpacked, and a name that no run has is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectbench import __version__
from affectbench.errors import RecordError
from affectbench.records import GOLD, MANIFEST, RESULTS, SAMPLES

SCHEMA = 1
INDEX = "submission.json"
VERDICTS = re.compile(r"verdicts/[A-Za-z0-9_+][A-Za-z0-9._+-]{0,150}@[A-Za-z0-9._+-]{1,150}\.jsonl")
BLOCK = 1 << 20
_END = struct.Struct("<4s4H2LH")
_MOST_COMMENT = 65_535
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What reading an archive raises that is not one; a name that is no text is a ValueError."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a parcel may be at most: members, bytes of one and of all, and how far it may have been pressed together."""

    members: int = 64
    contents: int = 64_000
    member: int = 1_000_000_000
    total: int = 2_000_000_000
    ratio: int = 400


class Digest(BaseModel):
    """What a member must be."""

    model_config = ConfigDict(extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Index(BaseModel):
    """`submission.json`: the run, its files, and what was left out of it."""

    model_config = ConfigDict(extra="forbid")

    schema_: int = Field(alias="schema")
    run: str = Field(max_length=100)
    affectbench: str = Field(max_length=100)
    files: dict[str, Digest]
    left_out: tuple[str, ...] = Field(default=(), max_length=64)


def write(folder: Path, names: Sequence[str], out: Path, about: Mapping[str, Any]) -> None:
    """Write the files of a run folder and their digests into `out`, at once or not at all.

    `about` has the `run` and what was `left_out`. Raises RecordError if a file cannot be read or `out` not be written.
    """
    part = out.with_name(out.name + ".part")
    try:
        files = {name: _digest(folder / name) for name in names}
        index = {"schema": SCHEMA, "affectbench": __version__, **about, "files": files}
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr(_member(INDEX), json.dumps(index, indent=1).encode() + b"\n")
            for name in names:
                with (folder / name).open("rb") as source, archive.open(_member(name), "w") as target:
                    while block := source.read(BLOCK):
                        target.write(block)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RecordError(f"{out}: {error.strerror or error}") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def unpack(parcel: Path, folder: Path, limits: Limits) -> Index:
    """Unpack a parcel into an empty folder and return its index; every file has the size and digest that this says.

    Raises RecordError with the reason for anything that `write` does not write.
    """
    try:
        with parcel.open("rb") as file:
            _measure(file, limits)
            with zipfile.ZipFile(file) as archive:
                members = _members(archive, limits)
                index = _index(archive, members)
                for name, info in members.items():
                    if name != INDEX:
                        _take(archive, info, folder, index.files[name])
    except OSError as error:
        raise RecordError(f"{parcel}: {error.strerror or error}") from None
    except _BROKEN as error:
        raise RecordError(f"{parcel}: not a whole archive: {error}") from None
    return index


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.create_system = 3
    return info


def _digest(path: Path) -> dict[str, Any]:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
        size = file.tell()
    return {"sha256": found.hexdigest(), "bytes": size}


def _measure(file: IO[bytes], limits: Limits) -> None:
    """Refuse an archive whose size or table of contents is too large to be looked at."""
    size = file.seek(0, 2)
    if size > limits.total:
        raise RecordError(f"the archive has {size:,} bytes: more than the {limits.total:,} that a run may have")
    file.seek(max(0, size - _END.size - _MOST_COMMENT))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise RecordError("the archive is no zip: it has no table of contents")
    _, _, _, _, count, contents, _, _ = _END.unpack_from(tail, at)
    if count > limits.members or contents > limits.contents:
        raise RecordError(f"the archive has {count:,} members in {contents:,} bytes of contents: more than a run has")


def _members(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise RecordError(f"the archive has {len(infos):,} members: more than a run has")
    for info in infos:
        name = info.filename
        if info.orig_filename != name or not _known(name):
            raise RecordError(f"the archive holds {info.orig_filename[:200]!r}, which is no file of a run")
        if name in found:
            raise RecordError(f"the archive holds {name} twice")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise RecordError(f"{name} is a link, a folder or a device, not a file")
        if info.flag_bits & 1:
            raise RecordError(f"{name} is encrypted")
        found[name] = info
    _within(found, limits)
    missing = [name for name in (INDEX, MANIFEST, RESULTS, SAMPLES) if name not in found]
    if missing:
        raise RecordError(f"the archive holds no {missing[0]}")
    return found


def _known(name: str) -> bool:
    return name in (INDEX, MANIFEST, RESULTS, SAMPLES, GOLD) or VERDICTS.fullmatch(name) is not None


def _within(members: Mapping[str, zipfile.ZipInfo], limits: Limits) -> None:
    for name, info in members.items():
        if info.file_size > limits.member:
            raise RecordError(f"{name} is {info.file_size:,} bytes long: a file may have {limits.member:,}")
        times = info.file_size // max(info.compress_size, 1)
        if times > limits.ratio and info.file_size > BLOCK:
            raise RecordError(f"{name} is pressed together {times:,} times: a run is not, a bomb is")
    if (total := sum(info.file_size for info in members.values())) > limits.total:
        raise RecordError(f"the archive holds {total:,} bytes: a run may have {limits.total:,}")


def _index(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> Index:
    if members[INDEX].file_size > BLOCK:
        raise RecordError(f"{INDEX} is {members[INDEX].file_size:,} bytes long")
    try:
        index = Index.model_validate_json(archive.read(members[INDEX]))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RecordError(f"{INDEX}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if index.schema_ != SCHEMA:
        raise RecordError(f"{INDEX} has schema {index.schema_}: this version of affectbench reads {SCHEMA}")
    if other := sorted(set(index.files) ^ (set(members) - {INDEX})):
        raise RecordError(f"{INDEX} and the archive do not agree on {other[0][:200]!r}")
    return index


def _take(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, wanted: Digest) -> None:
    target = folder / info.filename
    target.parent.mkdir(exist_ok=True)
    found, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        for block in _blocks(archive, info):
            size += len(block)
            if size > info.file_size:
                raise RecordError(f"{info.filename} is longer than the archive says")
            found.update(block)
            out.write(block)
    if size != wanted.bytes or found.hexdigest() != wanted.sha256:
        raise RecordError(f"{info.filename} is not the file that was packed: its digest is another")


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as source:
        while block := source.read(BLOCK):
            yield block
