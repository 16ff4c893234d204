"""Pinned third-party files: read once from the user's own copy, checked, kept in a form that loads at once.

`add` converts and stores, `read` returns what was stored, `ASSETS` says what there is. What is pinned is the digest of
the converted content, so a copy is the right one however it was packed; nothing of it is part of this package.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench.assets import mer_wheels
from affectbench.assets.workbook import read_bytes
from affectbench.errors import DataError, UsageError, near
from affectbench.paths import asset_folder

SKIPPED = {".git", "node_modules", "__pycache__"}
MAX_FOLDERS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A set of files that somebody else publishes: where to get it, what it becomes, and the digest of each version."""

    title: str
    source: str
    licence: str
    files: tuple[str, ...]
    first: str  # the file that tells the versions apart
    versions: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    convert: Callable[[Mapping[str, Path]], dict[str, Any]]
    count: Callable[[Mapping[str, Any]], dict[str, int]]


ASSETS: Mapping[str, Asset] = {
    "mer-unibench-wheels": Asset(
        title="Emotion wheels, synonyms and word forms of MER-UniBench",
        source=(
            "https://github.com/zeroQiaoba/MERTools, folder MER2025/MER2025_Track23/emotion_wheel (v2025) "
            "or MER2026/MER2026_Track2/emotion_wheel (v2026)"
        ),
        licence="Apache-2.0 (2025), CC BY-NC 4.0 (2026); the authors ask for non-commercial research use",
        files=mer_wheels.FILES,
        first="format.csv",
        versions={
            "v2025": "d4de96b40f0857784bd8fb5c6f634ca275a2e4145ce9c4ca8be1bbe446cd82d0",
            "v2026": "2bb552b166f8d1f5e0d5710ee1a10808c52180797a102a03aa9584988f7d1bdd",
        },
        counts={
            "v2025": {"wheel words": 253, "raw words": 1255, "forms": 7386},
            "v2026": {"wheel words": 253, "raw words": 1255, "forms": 7356},
        },
        convert=mer_wheels.convert,
        count=mer_wheels.counts,
    ),
}


@dataclass(frozen=True, slots=True)
class Added:
    """A version that was stored: its digest, and where it lies."""

    name: str
    version: str
    digest: str
    path: Path


def find(name: str) -> Asset:
    """Return what is known of an asset. Raises UsageError for an unknown one."""
    if name not in ASSETS:
        raise UsageError(f"there is no asset {name!r}{near(name, ASSETS)} (`affectbench assets list` shows all)")
    return ASSETS[name]


def add(name: str, folder: Path) -> list[Added]:
    """Convert and store every version of an asset that lies in `folder` or below.

    Raises UsageError if files are missing, DataError if no copy there holds a known version.
    """
    asset = find(name)
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: expected your copy of {asset.source}")
    added: dict[str, Added] = {}
    faults = []
    for files in _copies(asset, folder):
        try:
            content = asset.convert(files)
            version = _version(asset, content, files)
        except DataError as error:
            faults.append(error)
            continue
        sources = {file: hashlib.sha256(read_bytes(path)).hexdigest() for file, path in sorted(files.items())}
        added[version] = _store(name, version, {"sources": sources, "content": content})
    if not added:
        raise faults[0]
    return [added[version] for version in sorted(added)]


def stored(name: str, version: str) -> Path | None:
    """Return where a version lies, None where it was not added."""
    path = asset_folder() / name / f"{version}.json"
    return path if path.is_file() else None


def read(name: str, version: str) -> dict[str, Any]:
    """Return the content of a stored version. Raises UsageError, which says how to get it, if it is not as pinned."""
    asset = find(name)
    if version not in asset.versions:
        raise UsageError(f"the asset {name!r} has no version {version!r}: it has {', '.join(asset.versions)}")
    path = stored(name, version)
    get = f"fetch {asset.source}, then `affectbench assets add {name} DIR`"
    if path is None:
        raise UsageError(f"the asset {name} {version} is not here ({asset.title}): {get}")
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())["content"]
        whole = digest(content) == asset.versions[version]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise UsageError(f"{path} is not as it was stored: {get}")
    return content


def digest(content: Any) -> str:
    """Return the sha256 of plain data, whatever the order of its keys."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _copies(asset: Asset, folder: Path) -> Iterator[dict[str, Path]]:
    """Yield the files of each version below a folder; one that lacks some takes those of the first that has them."""
    copies = list(_folders(asset, folder))
    if not any(asset.first in files for files in copies):
        raise UsageError(f"{folder} holds no {asset.first}: expected {', '.join(asset.files)}, from {asset.source}")
    others = {name: path for files in reversed(copies) for name, path in files.items()}
    if missing := [name for name in asset.files if name not in others]:
        raise UsageError(f"{folder} lacks {', '.join(missing)}: expected {', '.join(asset.files)}, from {asset.source}")
    yield from ({**others, **files} for files in copies if asset.first in files)


def _folders(asset: Asset, folder: Path) -> Iterator[dict[str, Path]]:
    for seen, (here, below, names) in enumerate(os.walk(folder)):
        if seen >= MAX_FOLDERS:
            raise UsageError(f"{folder} holds more than {MAX_FOLDERS:,} folders: name the one with {asset.first}")
        below[:] = sorted(set(below) - SKIPPED)
        if found := {name: Path(here) / name for name in asset.files if name in names}:
            yield found


def _version(asset: Asset, content: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    found = digest(content)
    for version, known in asset.versions.items():
        if found == known:
            return version
    counts = ", ".join(f"{count:,} {what}" for what, count in asset.count(content).items())
    wanted = "; ".join(
        f"{version}: {', '.join(f'{count:,} {what}' for what, count in numbers.items())}"
        for version, numbers in asset.counts.items()
    )
    raise DataError(
        f"{files[asset.first].parent}: no version that is known here. Its files hold {counts}; known are {wanted}. "
        f"With equal counts, words themselves differ (digest {found[:12]}): use the files of {asset.source}"
    )


def _store(name: str, version: str, kept: Mapping[str, Any]) -> Added:
    """Write one version whole or not at all."""
    folder = asset_folder() / name
    found = digest(kept["content"])
    whole = {"asset": name, "version": version, "digest": found, **kept}
    folder.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=folder, prefix=f".{version}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(whole, file, ensure_ascii=False)
        Path(part).replace(folder / f"{version}.json")
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return Added(name, version, found, folder / f"{version}.json")
