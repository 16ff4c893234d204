"""Mock: a small synthetic copy of a corpus in its own layout, marked so that nobody takes it for the real one.

The rows are invented and written into the files that the dataset file names; then the reader itself says which media
the samples have, and those are drawn. So a mock is read by exactly the way that real data are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from affectbench.datasets.folders import Folders, locate
from affectbench.datasets.mock_files import write_rows
from affectbench.datasets.mock_rows import invent
from affectbench.datasets.reading import read
from affectbench.datasets.rows import demo_of
from affectbench.datasets.source import Reading, Source
from affectbench.errors import DataError, MediaError
from affectbench.labels import LabelSet
from affectbench.specs.dataset import DatasetSpec, Layout
from affectbench.specs.values import split_root
from affectbench.types import Media, Sample

MARK = "MOCK.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mocked:
    """A mock that was written: its roots (those of the datasets that it needs, too) and the samples of each split."""

    roots: Mapping[str, Path]
    counts: Mapping[str, int]


def is_mock(root: Path) -> bool:
    """Say whether a data root is a synthetic copy, or has synthetic media."""
    return (root / MARK).is_file()


def mocked_counts(root: Path) -> dict[str, int] | None:
    """Return the number of samples of each split of a mock, None where it does not say. Raises DataError."""
    try:
        counts = json.loads((root / MARK).read_text(encoding="utf-8"))["counts"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"{root / MARK} is torn; make the mock again") from None
    return None if counts is None else {str(split): int(count) for split, count in counts.items()}


def mock(spec: DatasetSpec, folder: Path, labels: Mapping[str, LabelSet]) -> Mocked:
    """Write a mock of a dataset into `folder`, which must be empty or a mock.

    What other datasets must give lies in `folder/needs/ID`. Raises DataError where a split or a class does not come
    out: then the dataset file needs hints (`mock: {columns: …}`).
    """
    if folder.is_dir() and any(folder.iterdir()) and not is_mock(folder):
        raise DataError(f"{folder} is not empty and no mock: a mock is never mixed with other files")
    folder.mkdir(parents=True, exist_ok=True)
    layout = min(spec.forms, key=lambda form: len(form.read.roots))
    roots = {spec.id: folder, **{name: folder / "needs" / name for name in sorted(layout.read.roots)}}
    for root in roots.values():
        root.mkdir(parents=True, exist_ok=True)
        _mark(root, spec, layout, None)
    _write_annotations(spec, layout, roots, labels)
    source = Source(spec=spec, roots=roots, labels=labels, gold=False)
    try:
        reading = read(source)
        _check_splits(source, layout, reading)
        _check_classes(source, layout)
    except DataError as error:
        advice = "the dataset file can say under `mock: {columns: …}` what its columns hold"
        raise DataError(f"the mock of {spec.id!r} does not read back: {error}\n{advice}") from None
    _draw(reading.samples, source)
    counts = dict(Counter(reading.splits))
    _mark(folder, spec, layout, counts)
    return Mocked(roots=roots, counts=counts)


def fill(source: Source, limit: int | None = None, seen: Callable[[Sequence[Sample]], Iterable[Sample]] = iter) -> int:
    """Draw the media that real annotation files name and that are not there; mark the root as a mock. Returns how many.

    `limit` is the number of samples of `source` (its split, its target) whose media are drawn; `seen` is given them and
    hands them on, so that it can show how far the drawing is.
    """
    samples = read(source).samples[:limit]
    root = source.roots[source.spec.id]
    if not is_mock(root):
        _mark(root, source.spec, Folders(source.spec, source.roots).layout(), None)
    return _draw(seen(samples), source)


def _mark(root: Path, spec: DatasetSpec, layout: Layout, counts: Mapping[str, int] | None) -> None:
    verified = spec.verified if layout.verified is None else layout.verified
    about = {"mock": True, "dataset": spec.id, "layout": layout.when, "verified": verified, "counts": counts}
    (root / MARK).unlink(missing_ok=True)  # it may be a link to somewhere else
    (root / MARK).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _write_annotations(
    spec: DatasetSpec, layout: Layout, roots: Mapping[str, Path], labels: Mapping[str, LabelSet]
) -> None:
    """Invent the rows of a layout and write them where its sources are."""
    if layout.read.rows.demo is not None:
        from affectbench.datasets import demo

        demo.copy(demo_of(layout.read.rows.demo), demo.home(), roots[spec.id])
        return
    for source, placed in invent(spec, layout.read, labels):
        write_rows(source, placed, spec.id, roots)
    _make(layout.when, spec.id, roots)


def _make(when: str | None, own: str, roots: Mapping[str, Path]) -> None:
    """Make the folder by which a layout is known, where nothing else has made it."""
    if when is None:
        return
    name, path = split_root(when)
    place = roots[name or own] / path
    if "{" not in path and not place.exists():
        place.mkdir(parents=True)


def _draw(samples: Iterable[Sample], source: Source) -> int:
    from affectbench.datasets.mock_media import write_media

    wanted: dict[tuple[str, str], tuple[str, list[Media]]] = {}
    for sample in samples:
        for media in sample.media:
            if media.path is not None and sample.bad is None:  # many samples may be parts of one file
                wanted.setdefault((media.root, media.path), (sample.id, []))[1].append(media)
    drawn = 0
    for (root, path), (name, uses) in wanted.items():
        if _absent(uses[0], source):
            write_media(uses, source.roots[root] / path, name)
            drawn += 1
    return drawn


def _absent(media: Media, source: Source) -> bool:
    """Say whether a medium must be drawn. Raises DataError for one outside its root: nothing is written there."""
    try:
        return locate(media, source.roots, source.follow_links).stat().st_size == 0
    except MediaError as error:
        if error.kind != "missing":
            raise DataError(str(error)) from None
        return True


def _check_splits(source: Source, layout: Layout, reading: Reading) -> None:
    """Raise DataError where a split has no sample in the mock."""
    fixed = layout.read.split in source.spec.splits or layout.read.rows.demo is not None
    if absent := [] if fixed else sorted(set(source.spec.splits) - set(reading.splits)):
        raise DataError(f"no sample is in the split {', '.join(absent)}")


def _check_classes(source: Source, layout: Layout) -> None:
    """Raise DataError where a class of a target has no sample in a split of the mock."""
    for name, target in layout.read.targets.items() if layout.read.rows.demo is None else ():
        if target.withheld or target.kind not in ("label", "set") or target.label_set is None:
            continue
        asked = Source(spec=source.spec, roots=source.roots, labels=source.labels, target=name)
        codes = target.source.of if target.source else ()
        labels = source.labels[target.label_set]
        expected = {labels.name_of(code) for code in codes} if codes else set(labels.names)
        reading = read(asked)
        found: dict[str, set[str | None]] = {split: set() for split in reading.splits}
        for sample, split in zip(reading.samples, reading.splits, strict=True):
            found[split] |= {sample.gold.label, *(sample.gold.labels or ())}
        for split, labelled in found.items():
            if absent := sorted(str(label) for label in expected - labelled):
                raise DataError(f"no sample of {split!r} is {', '.join(absent[:5])} for the target {name!r}")
