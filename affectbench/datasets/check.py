"""Check: what a bound dataset holds, compared with what its file declares."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from affectbench.datasets.folders import Folders, locate
from affectbench.datasets.mock import is_mock, mocked_counts
from affectbench.datasets.reading import read
from affectbench.datasets.source import Reading, Source
from affectbench.errors import DataError, MediaError
from affectbench.media import prepare, timeline
from affectbench.types import Gold, Media, Sample

Seen = Callable[[Sequence[Sample]], Iterable[Sample]]

SHOWN = 20
POINTER = b"version https://git-lfs"
BLOCK = 1 << 20
SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
"""Endings of files whose header libsndfile reads; of the others FFmpeg does."""


@dataclass(slots=True, kw_only=True)
class Problem:
    """One kind of fault, how often it occurs, and the first examples. `kind` is a short stable word."""

    kind: str
    message: str
    n: int
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Report:
    """What was found. `splits`: name → declared and found counts; `targets`: name → label → samples (`-`: no gold)."""

    dataset: str
    layout: str | None
    verified: bool
    mock: bool
    rows: int = 0
    splits: dict[str, dict[str, int | None]] = field(default_factory=dict)
    folds: dict[str, dict[str, int | None]] = field(default_factory=dict)
    targets: dict[str, dict[str, int]] = field(default_factory=dict)
    media: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {**asdict(self), "ok": self.ok}


def check(source: Source, media: bool = True, seen: Seen = iter) -> Report:
    """Compare a dataset with its file: counts, labels, and (`media`) that every file is there, whole, unlike others.

    `seen` is given the samples and hands them on, so that it can show how far the reading of media is. Where nothing
    can be read there is one problem, `data`.
    """
    spec = source.spec
    report = Report(dataset=spec.id, layout=None, verified=spec.verified, mock=False)
    try:
        folders = Folders(spec, source.roots, source.follow_links)
        report.mock = is_mock(folders.root(""))
        layout = folders.layout()
        report.layout = layout.when
        report.verified = spec.verified if layout.verified is None else layout.verified
        reading = read(replace(source, gold=False))
        own = mocked_counts(source.roots[spec.id]) if report.mock else None
    except DataError as error:
        report.problems.append(Problem(kind="data", message=str(error), n=1))
        return report
    report.rows = reading.rows
    _count(report, source, reading, own)
    for name in layout.read.targets:
        _count_labels(report, replace(source, target=name))
    if media:
        _Files(report, source).look_at(reading.samples, seen)
    return report


def _count(report: Report, source: Source, reading: Reading, own: dict[str, int] | None) -> None:
    """Compare the counts of splits and folds with the declared ones; of a mock, with its `own`."""
    declared = source.spec.splits if own is None else own
    found = Counter(reading.splits)
    report.splits = _compared(report, "split", declared, found)
    if source.spec.folds and not report.mock:
        report.folds = _compared(report, "fold", source.spec.folds, Counter(s.fold or "" for s in reading.samples))


def _compared(report: Report, what: str, declared: Any, found: Counter[str]) -> dict[str, dict[str, int | None]]:
    differ = [name for name, count in declared.items() if count is not None and count != found[name]]
    if differ:
        examples = [f"{name}: {found[name]:,} found, {declared[name]:,} declared" for name in differ]
        report.problems.append(Problem(kind="count", message=f"{what} counts differ", n=len(differ), examples=examples))
    return {name: {"declared": count, "found": found[name]} for name, count in declared.items()}


def _count_labels(report: Report, source: Source) -> None:
    """Count the labels of one target; what cannot be read of it is a problem."""
    try:
        reading = read(source)
    except DataError as error:
        message = f"target {source.target!r} cannot be read"
        report.problems.append(Problem(kind="gold", message=message, n=1, examples=str(error).splitlines()[:SHOWN]))
        return
    if source.spec.target(str(source.target)).withheld:
        report.targets[str(source.target)] = {"-": len(reading.samples)}
        return
    counts = Counter(label for sample in reading.samples for label in _labels(sample.gold, source))
    report.targets[str(source.target)] = {**dict(sorted(counts.items())), "-": reading.unlabelled}


def _labels(gold: Gold, source: Source) -> Iterable[str]:
    kind = source.spec.target(str(source.target)).kind
    if kind == "label":
        return [gold.label or ""]
    if kind == "votes":
        return [max(gold.votes, key=gold.votes.__getitem__)] if gold.votes else []
    return {"set": gold.labels or ["none"], "levels": gold.levels}.get(kind) or ["given"]


class _Files:
    """Looks at the media of samples."""

    def __init__(self, report: Report, source: Source) -> None:
        self.report = report
        self.source = source
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.sizes: dict[int, list[Path]] = defaultdict(list)
        self.seen: set[tuple[str, str]] = set()

    def look_at(self, samples: Sequence[Sample], seen: Seen) -> None:
        """Open every file once and put what is wrong into the report."""
        cells = 0
        for sample in seen(samples):
            for media in sample.media:
                if media.path is None:
                    cells += media.cell is not None
                elif sample.bad is None and (media.root, media.path) not in self.seen:
                    self.seen.add((media.root, media.path))
                    self._look(media)
            if sample.bad is not None:
                self.faults["known_bad"].append(f"{sample.id}: {sample.bad}")
        absent = set(self.source.spec.known_bad) - {sample.id for sample in samples if sample.bad is not None}
        if absent and not self.report.mock:
            message = "known_bad names samples that are not there"
            examples = sorted(absent)[:SHOWN]
            self.report.problems.append(Problem(kind="known_bad", message=message, n=len(absent), examples=examples))
        self._doubled()
        known_bad = len(self.faults.pop("known_bad", []))
        self.report.media = {"files": len(self.seen), "cells": cells, "known_bad": known_bad}
        messages = {
            "missing": "files are not there",
            "outside": "files lie outside the data root",
            "unreadable": "files cannot be opened",
            "doubled": "files are equal to another",
        }
        for kind, message in messages.items():
            if found := self.faults.get(kind):
                self.report.media[kind] = len(found)
                self.report.problems.append(Problem(kind=kind, message=message, n=len(found), examples=found[:SHOWN]))

    def _look(self, media: Media) -> None:
        shown = f"{media.root}:{media.path}"
        try:
            path = locate(media, self.source.roots, self.source.follow_links)
        except MediaError as error:
            self.faults[error.kind].append(shown)
            return
        fault = opened(path, media)
        if fault:
            self.faults["unreadable"].append(f"{shown}: {fault}")
        elif path.is_file():
            self.sizes[path.stat().st_size].append(path)

    def _doubled(self) -> None:
        for paths in self.sizes.values():
            first: dict[bytes, Path] = {}
            for path in paths if len(paths) > 1 else ():
                other = first.setdefault(_digest(path), path)
                if other is not path:
                    self.faults["doubled"].append(f"{path.name} = {other.name}")


def opened(path: Path, media: Media) -> str:
    """Return why a file is no whole picture, or by its header no clip or sound; an empty text if nothing is wrong."""
    if path.is_dir():
        return "" if any(path.iterdir()) else "an empty folder"
    try:
        with path.open("rb") as file:
            beginning = file.read(len(POINTER))
        if not beginning:
            return "an empty file"
        if beginning == POINTER:
            return "a Git LFS pointer, not the file itself: run `git lfs pull` there"
        if media.kind == "image" and media.frame is None:
            prepare(replace(media, box=None), path, observe=True)
        elif media.kind == "audio" and path.suffix.lower() in SOUNDS:
            return _no_sound(path)
        else:
            return _no_track(path, "audio" if media.kind == "audio" else "video")
    except (MediaError, OSError, RuntimeError) as error:
        return str(error).replace(str(path), path.name)
    return ""


def _no_sound(path: Path) -> str:
    import soundfile

    return "" if soundfile.info(str(path)).frames else "a sound without samples"


def _no_track(path: Path, kind: str) -> str:
    """Say what a clip lacks, by its header alone: nothing is decoded."""
    with timeline.opened(path) as container:
        return "" if getattr(container.streams, kind) else f"the file has no {kind} track"


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.digest()
