"""A run on disk: `manifest.json`, `samples.jsonl`, `gold.jsonl`, `results.json`, `verdicts/`.

The manifest is written before the first call. `samples.jsonl` is append-only while the run goes on: each line reaches
the operating system at once (it survives kill -9) and the disk within a second; a torn last line is dropped when the
run is opened again, and the last line of a sample wins. Sealing orders the lines and writes the results.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from affectbench.errors import RecordError, UsageError
from affectbench.run_files import Manifest, Results, check
from affectbench.types import FINAL, Outcome, Sample

MANIFEST, SAMPLES, GOLD, RESULTS = "manifest.json", "samples.jsonl", "gold.jsonl", "results.json"
LARGEST = 1e12
MOST_DIGITS = 300  # of a whole number; of more, it would be no floating-point number

Key = tuple[str, int]
"""A sample's id and the number of the repeat."""

_SAMPLE: TypeAdapter[Sample] = TypeAdapter(Sample)
_NOT_GOLD = {"media", "text"}


@dataclass(frozen=True, slots=True)
class _Line:
    """Where the last line of a sample stands in the file, and whether it is final."""

    start: int
    length: int
    final: bool


@dataclass
class Record:
    """The one writer of a run folder. Open it with `Record.open`; close it, or use it as a context manager."""

    folder: Path
    manifest: dict[str, Any]
    _lock: int
    _file: int
    _size: int = 0
    _unsynced: bool = False
    _lines: dict[Key, _Line] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, manifest: Mapping[str, Any], fresh: bool = False) -> Record:
        """Begin or go on with the run in `folder`; `fresh` removes what an earlier one left there.

        Raises RecordError if the folder cannot be written, is being written by another process, or holds another run.
        """
        with _explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = _locked(folder)
            try:
                for name in (MANIFEST, SAMPLES, GOLD, RESULTS) if fresh else ():
                    (folder / name).unlink(missing_ok=True)
                known = read_manifest(folder) if (folder / MANIFEST).exists() else None
                if known is not None and known.get("run") != manifest["run"]:
                    raise RecordError(
                        f"{folder} holds another run ({known.get('run')}): choose another folder with --out"
                    )
                if known is None:
                    write_json(folder / MANIFEST, manifest)
                file = os.open(folder / SAMPLES, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            except BaseException:
                os.close(lock)
                raise
        record = cls(folder, dict(known or manifest), lock, file)
        record._recover()
        return record

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def done(self, sample_id: str, repeat: int = 0) -> bool:
        """Whether the sample's last line has a final status (`ok`, `refused`, `unparsed`)."""
        line = self._lines.get((sample_id, repeat))
        return line is not None and line.final

    def append(self, outcome: Outcome) -> None:
        """Hand one line to the operating system. On failure the file is cut back to its last whole line."""
        data = outcome.model_dump_json(exclude_none=True).encode() + b"\n"
        with _explained(self.folder):
            try:
                written = os.write(self._file, data)
                if written != len(data):
                    raise OSError(28, "no space left on device")
            except OSError:
                os.ftruncate(self._file, self._size)
                raise
        self._lines[outcome.id, outcome.repeat] = _Line(self._size, len(data), outcome.status in FINAL)
        self._size += len(data)
        self._unsynced = True

    def note(self, **facts: Any) -> None:
        """Write facts into the manifest."""
        with _explained(self.folder):
            self.manifest |= facts
            write_json(self.folder / MANIFEST, self.manifest)

    def sync(self) -> None:
        """Bring what was appended to the disk; the pipeline calls this each second."""
        if self._unsynced:
            self._unsynced = False
            with _explained(self.folder):
                os.fsync(self._file)

    def outcomes(self, keys: Iterable[Key]) -> Iterator[Outcome]:
        """Yield the last outcome of each key, in the order of `keys`; a key without a line is left out."""
        for key in keys:
            if line := self._lines.get(key):
                try:
                    yield Outcome.model_validate_json(os.pread(self._file, line.length, line.start))
                except ValidationError as error:
                    raise RecordError(
                        f"{self.folder / SAMPLES}: the line of {key[0]!r} is not an outcome ({error.error_count()} "
                        "faults): delete it, and the same command asks that sample again"
                    ) from None

    def seal(self, keys: Sequence[Key], samples: Iterable[Sample], results: Mapping[str, Any]) -> None:
        """Order the lines as `keys`, write gold and results, mark the manifest. May be repeated."""
        with _explained(self.folder):
            self._write_ordered(keys)
            _replace(self.folder / GOLD, map(gold_line, samples))
            write_json(self.folder / RESULTS, results)
        self.note(sealed=True)

    def close(self) -> None:
        """Let the folder go. What was appended is brought to the disk first."""
        try:
            self.sync()
        finally:
            os.close(self._file)
            os.close(self._lock)

    def _recover(self) -> None:
        """Index the lines that are there; a torn end is cut off, an unreadable line is passed over."""
        with os.fdopen(os.dup(self._file), "rb") as lines:
            lines.seek(0)
            for raw in lines:
                if not raw.endswith(b"\n"):
                    os.ftruncate(self._file, self._size)
                    break
                if line := _indexed(raw):
                    self._lines[line[0]] = _Line(self._size, len(raw), line[1])
                self._size += len(raw)

    def _write_ordered(self, keys: Sequence[Key]) -> None:
        if self._ordered_size(keys) == self._size:
            os.fsync(self._file)
            return
        lines = (os.pread(self._file, n.length, n.start) for key in keys if (n := self._lines.get(key)))
        _replace(self.folder / SAMPLES, lines)
        os.close(self._file)
        self._file = os.open(self.folder / SAMPLES, os.O_RDWR | os.O_APPEND)
        self._lines.clear()
        self._size = 0
        self._recover()

    def _ordered_size(self, keys: Sequence[Key]) -> int:
        """Return the size of the file if its lines stand in the order of `keys`, else -1."""
        size = 0
        for key in keys:
            line = self._lines.get(key)
            if line is None:
                continue
            if line.start != size:
                return -1
            size += line.length
        return size


def is_shard(folder: Path) -> bool:
    """Whether a run folder is, by its name, a part of a run."""
    return named_shard(folder.resolve().name)


def named_shard(name: str) -> bool:
    """Whether a part of a run has this name."""
    return re.fullmatch("shard-[0-9]+-of-[0-9]+", name) is not None


def run_folders(path: Path) -> list[Path]:
    """Return the runs at or below a folder; of shards only one that is named itself: they are parts of a run.

    Raises UsageError where there are only shards.
    """
    found = sorted(file.parent for file in path.rglob(MANIFEST))
    whole = found if is_shard(path) else [folder for folder in found if not is_shard(folder)]
    if found and not whole:
        raise UsageError(f"{path} holds the shards of a run alone: `affectbench merge {path}` joins them")
    return whole


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a run's manifest. Raises RecordError if the folder is not a run."""
    return _read_json(folder / MANIFEST)


def read_finished(folder: Path) -> dict[str, Any]:
    """Return the manifest of a sealed run, from which it can be scored again. Raises RecordError for any other."""
    manifest = read_manifest(folder)
    check(folder / MANIFEST, Manifest)
    if not manifest["sealed"]:
        raise RecordError(f"{folder} is not finished: the command that began it goes on with it, and scores it")
    return manifest


def read_results(folder: Path) -> dict[str, Any]:
    """Return a sealed run's results. Raises RecordError if it is not sealed, or holds something else."""
    results = _read_json(folder / RESULTS)
    scores = check(folder / RESULTS, Results).scores
    return results | {"scores": [score.model_dump(mode="json") for score in scores]}


def read_outcomes(folder: Path) -> Iterator[Outcome]:
    """Yield the outcomes of a run folder, in the order of the file. Raises RecordError for an unreadable line."""
    number = 0
    try:
        with (folder / SAMPLES).open("rb") as lines:
            for raw in lines:
                number += 1
                yield Outcome.model_validate_json(raw)
    except OSError as error:
        raise RecordError(f"{folder}: {error.strerror}: not a run folder?") from None
    except ValidationError as error:
        raise RecordError(f"{folder / SAMPLES}:{number}: not an outcome ({error.error_count()} faults)") from None


def read_samples(folder: Path) -> list[Sample]:
    """Return the scored samples with their gold and groups, without media and text.

    Raises RecordError if `gold.jsonl` was left out of what was shared, or cannot be read.
    """
    try:
        samples = [_SAMPLE.validate_json(line) for line in (folder / GOLD).read_bytes().splitlines()]
    except OSError:
        raise RecordError(f"{folder} holds no {GOLD}: the gold was left out, so it cannot be scored again") from None
    except ValidationError as error:
        raise RecordError(f"{folder / GOLD}: not a file of samples ({error.error_count()} faults)") from None
    if odd := next((sample for sample in samples if not _is_sound(sample)), None):
        raise RecordError(f"{folder / GOLD}: sample {odd.id!r} has a number that no data hold")
    return samples


def _is_sound(sample: Sample) -> bool:
    """Whether counts are none below 0, and no number so large that scores would leave the range of numbers."""
    counts = (sample.weight, *(sample.gold.votes or {}).values())
    numbers = (sample.gold.levels or {}).values()
    return all(0 <= count <= LARGEST for count in counts) and all(abs(number) <= LARGEST for number in numbers)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON document at once or not at all."""
    _replace(path, [json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"), parse_int=_whole)
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}: not a finished run folder?") from None
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise RecordError(f"{path}: not a JSON object")
    return value


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _replace(path: Path, lines: Iterable[bytes]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def gold_line(sample: Sample) -> bytes:
    """Return a sample's line of `gold.jsonl`: its gold and groups, without media and text."""
    return _SAMPLE.dump_json(sample, exclude=_NOT_GOLD, exclude_defaults=True) + b"\n"


def _indexed(raw: bytes) -> tuple[Key, bool] | None:
    try:
        row = json.loads(raw)
        return (str(row["id"]), int(row["repeat"])), row["status"] in FINAL
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _locked(folder: Path) -> int:
    """Return a descriptor that holds the folder's lock until it is closed."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise RecordError(f"{folder} is being written by another process: wait for it, or end it") from None
    return lock


class _explained:  # noqa: N801 - reads as a statement
    """Turns the operating system's refusals into one line that says what to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError):
            raise RecordError(
                f"{self.folder}: {error.strerror or error}. What was written is safe: make room or give another "
                "folder with --out, then run the same command again"
            ) from error
