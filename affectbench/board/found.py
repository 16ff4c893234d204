"""The runs that a board is made from: found below folders, each once, read and checked as what somebody else wrote."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench.errors import AffectbenchError, RecordError, UsageError
from affectbench.records import (
    GOLD,
    MANIFEST,
    RESULTS,
    SAMPLES,
    named_shard,
    read_finished,
    read_manifest,
    read_results,
)

MOST_BYTES = 64_000_000
"""Of a manifest or of results: those of a run of a million samples are smaller."""


@dataclass(frozen=True, slots=True)
class Place:
    """A run's folder, and what a board calls it: its path below the folder that was named."""

    folder: Path
    shown: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A folder whose run is not shown, and why."""

    shown: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A finished run as its files say it: checked as far as scores are read, else somebody else's word."""

    place: Place
    manifest: dict[str, Any]
    results: dict[str, Any]


def places(paths: Iterable[Path]) -> list[Place]:
    """Return the run folders at or below each path, each once, in order. Links below a path are not followed.

    Raises UsageError for a path that is no folder, and where there is no run at all.
    """
    found: dict[tuple[int, int], Place] = {}
    given = list(paths)
    for path in given:
        if not path.is_dir():
            raise UsageError(f"{path} is not a folder: expected one that holds runs, such as `runs`")
        for folder in _below(path):
            about = folder.stat()
            below = folder.relative_to(path).as_posix()
            found.setdefault((about.st_dev, about.st_ino), Place(folder, folder.name if below == "." else below))
    if not found:
        raise UsageError(f"{', '.join(map(str, given))}: no run there: expected folders with {MANIFEST}")
    return sorted(found.values(), key=lambda place: (place.shown, str(place.folder)))


def _below(path: Path) -> Iterator[Path]:
    for here, below, names in os.walk(path):
        below.sort()
        folder = Path(here)
        if folder != path and named_shard(folder.name):
            below.clear()
        elif MANIFEST in names:
            yield folder


def identify(place: Place) -> tuple[str, str]:
    """Return the id of a finished run, and that of its dataset.

    Raises RecordError for any other folder, and for a run whose files are not its own.
    """
    _check(place)
    manifest = read_manifest(place.folder)
    if manifest.get("sealed") is not True:
        raise RecordError("not finished: the command that began it goes on with it, and scores it")
    if not isinstance(run := manifest.get("run"), str):
        raise RecordError(f"{MANIFEST}: run: a text was expected")
    dataset = manifest.get("dataset")
    return run, str(dataset.get("id")) if isinstance(dataset, dict) else ""


def read(place: Place) -> Raw:
    """Return a finished run. Raises RecordError for one that is not finished, or whose files are not its own."""
    _check(place)
    raw = Raw(place=place, manifest=read_finished(place.folder), results=read_results(place.folder))
    said = {
        "run": raw.manifest["run"],
        "task": raw.manifest["task"]["id"],
        "model": raw.manifest["model"]["name"],
    }
    for name, value in said.items():
        if raw.results[name] != value:
            raise RecordError(f"{RESULTS} is of {name} {raw.results[name]!r}, {MANIFEST} of {value!r}")
    return raw


def gold(place: Place) -> Path | None:
    """Return the file of a run's gold, None where it was left out. Raises RecordError if it is not the run's own."""
    return own(place, GOLD) if os.path.lexists(place.folder / GOLD) else None


def own(place: Place, name: str) -> Path:
    """Return a file of a run by its name, which may lie one folder below.

    Raises RecordError if it is not there, or not the run's own: links would publish what lies elsewhere.
    """
    path = place.folder / name
    try:
        kinds = [one.lstat().st_mode for one in (path, path.parent) if one != place.folder]
    except OSError as error:
        raise RecordError(f"{name}: {error.strerror}") from None
    if not stat.S_ISREG(kinds[0]) or any(stat.S_ISLNK(kind) for kind in kinds):
        raise RecordError(f"{name} is not a file of its own, but a link, a folder or a device")
    return path


def _check(place: Place) -> None:
    for name in (MANIFEST, RESULTS, SAMPLES):
        path = own(place, name)
        if name != SAMPLES and (size := path.stat().st_size) > MOST_BYTES:
            raise RecordError(f"{name} has {size:,} bytes: more than any run needs")


def reason(error: AffectbenchError, place: Place) -> str:
    """Return an error's message without the paths of this machine."""
    text = str(error).replace(f"{place.folder}/", "").replace(f"{place.folder}: ", "").replace(str(place.folder), "it")
    return text[:500]
