"""A task bound to a user's data: its samples, where their media lie, and a fingerprint of what was read."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

from affectbench import paths
from affectbench.datasets.folders import find
from affectbench.datasets.hub import snapshot
from affectbench.datasets.mock import is_mock
from affectbench.datasets.reading import read
from affectbench.datasets.rows import demo_of
from affectbench.datasets.selection import ShotPool, limited, subset
from affectbench.datasets.source import Reading, Source
from affectbench.errors import DataError, MediaError
from affectbench.labels import LabelSet, TaxonomyMap
from affectbench.specs.dataset import DatasetSpec
from affectbench.specs.task import MediaUse
from affectbench.task import Task
from affectbench.types import Gold, Media, Sample
from affectbench.views import View

_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A task with the samples that are scored, in order; `ids` are all of the task's, of which a limit takes a part.

    `views` says by the name of a medium how it is shown. `changed` is what a variant does to a sample, and so to the
    solved examples too; which these are is decided by the samples as they were before, `unchanged` by their ids.
    """

    task: Task
    source: Source
    reading: Reading
    samples: Sequence[Sample]
    ids: Sequence[str]
    pool: ShotPool | None = None
    views: Mapping[str, View] = field(default_factory=dict)
    changed: Callable[[Sample], Sample] = lambda sample: sample
    unchanged: Mapping[str, Sample] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether a limit left samples out."""
        return len(self.samples) < len(self.ids)

    @property
    def mock(self) -> bool:
        """Whether any of the data are a synthetic copy."""
        return any(is_mock(root) for root in self.source.roots.values())

    @property
    def shown(self) -> Sequence[Sample]:
        """All samples that a prompt may show: those that are asked about, and the pool of solved examples."""
        return [*self.samples, *(self.pool.order if self.pool else ())]

    @property
    def shows_text(self) -> bool:
        """Whether any sample has text that the task shows."""
        return self.task.sees_text and any(sample.text for sample in self.samples)

    def locate(self, media: Media) -> Path | None:
        """Return the file of a medium, None for one that is a cell. Raises MediaError."""
        return None if media.cell is not None else find(media, self.source.roots, self.source.follow_links)

    def shots(self, sample: Sample) -> tuple[Sample, ...]:
        """Return the solved examples that a sample is shown."""
        whole = self.unchanged.get(sample.id, sample)
        return tuple(map(self.changed, self.pool.of(whole))) if self.pool else ()


def bind(task: Task, given: Mapping[str, Path], limit: int | None = None, *, drawn: bool = True) -> Bound:
    """Read the samples of a task from the user's data; `given` are the roots named by the caller.

    What samples of the demo show is drawn now, or left to `draw`.

    Raises DataError where data are not bound, do not have the described shape, hold no sample of the task, or are in a
    form without a medium that it names.
    """
    spec = task.spec
    by = spec.subset.by if spec.subset else None
    source = _source(task, given, by)
    reading = read(source)
    if absent := _absent(task, reading):
        raise DataError(absent)
    samples = list(map(_use(task), reading.samples))
    kept = [sample.gold is not _DROPPED for sample in samples]
    samples, keys = list(compress(samples, kept)), list(compress(reading.keys, kept))
    samples = subset(samples, keys, spec.subset) if spec.subset else samples
    if not samples:
        raise DataError(_nothing(task, source, reading))
    scored = samples if limit is None else limited(samples, limit)
    uses = spec.media or {}
    bound = Bound(
        task=task, source=source, reading=reading, samples=scored, ids=[sample.id for sample in samples],
        pool=_pool(task, source), views={name: uses.get(name, MediaUse()).view() for name in task.shown},
    )  # fmt: skip
    if drawn:
        draw(source, bound.shown)
    return bound


def source_of(dataset: DatasetSpec, given: Mapping[str, Path], labels: Mapping[str, LabelSet]) -> Source:
    """Return a dataset with its roots: the caller's, the settings file's, `$AFFECTBENCH_DATA`, or the demo's own.

    A repository's folder in the hub's cache stands for the snapshot in it.
    A root that is bound nowhere is left out; reading then says how to bind it.
    """
    found = {name: paths.data_root(name, given) for name in (dataset.id, *dataset.needs)}
    roots = {name: snapshot(Path(os.path.realpath(root))) for name, root in found.items() if root is not None}
    follow = frozenset(paths.settings().get("follow_links", ()))
    if dataset.id not in roots and _demos(dataset):
        roots[dataset.id] = _home()
    return Source(spec=dataset, roots=roots, labels=labels, follow_links=follow)


def fingerprint(bound: Bound) -> dict[str, Any]:
    """Return what identifies the data: digests of the annotation files, names and sizes of the samples' media."""
    media = sorted({(m.root, m.path) for sample in bound.samples for m in sample.media if m.path is not None})
    digest = hashlib.sha256()
    size = missing = 0
    for root, path in media:
        try:
            length = _file(bound.source, root, path).stat().st_size
        except (MediaError, OSError):
            missing += 1
            continue
        digest.update(f"{root}:{path}\0{length}\n".encode("utf-8", "surrogateescape"))
        size += length
    return {
        "annotations": dict(_annotations(bound)),
        "layout": bound.reading.layout.when,
        "verified": bound.reading.layout.verified if bound.task.dataset.layouts else bound.task.dataset.verified,
        "rows": bound.reading.rows,
        "without_gold": bound.reading.unlabelled,
        "files": len(media) - missing,
        "missing": missing,
        "bytes": size,
        "media": digest.hexdigest(),
    }


def _absent(task: Task, reading: Reading) -> str:
    """Say which media the task names and this form of the corpus lacks; nothing is asked about half of a sample."""
    named = task.shown if task.spec.media is not None or task.spec.sees is not None else ()
    lacking = [name for name in named if name not in reading.layout.read.media]
    if not lacking:
        return ""
    has = ", ".join(reading.layout.read.media) or "no media"
    shows = f"task {task.id!r} shows {', '.join(map(repr, lacking))}"
    return (
        f"{shows}, which this copy of {task.dataset.id!r} does not have: its layout, {reading.layout.when}, has {has}"
    )


def _nothing(task: Task, source: Source, reading: Reading) -> str:
    """Say why a task has no sample."""
    if not reading.rows:
        return f"task {task.id!r}: there are no rows in {', '.join(reading.files) or source.roots[task.dataset.id]}"
    rows = f"none of {reading.rows:,} rows of {task.dataset.id!r}"
    return f"task {task.id!r}: {rows} is a sample of {source.wanted}, with gold in the task's labels"


_DROPPED = Gold()


def _source(task: Task, given: Mapping[str, Path], by: str | None) -> Source:
    spec = task.spec
    source = source_of(task.dataset, given, task.gold_labels)
    return dataclasses.replace(source, target=task.target, split=task.split, fold=spec.fold, where=spec.where, by=by)


def _pool(task: Task, source: Source) -> ShotPool | None:
    """Return the solved examples' pool; its samples carry the media that the task shows."""
    shots = task.spec.shots
    if shots is None:
        return None
    samples = read(dataclasses.replace(source, split=shots.source, fold=None, by=None)).samples
    return ShotPool([s for s in map(_use(task), samples) if s.gold is not _DROPPED], shots)


def _use(task: Task) -> Any:
    """Return what makes a dataset's sample one of the task: the media that are shown, gold in the task's labels."""
    offered = task.dataset.media_kinds()
    taxonomy = None if task.withheld else task.taxonomy

    def use(sample: Sample) -> Sample:
        media = tuple(m for m in sample.media if m.name in task.shown)
        if taxonomy is None and len(media) == len(offered):
            return sample
        gold = _mapped(sample.gold, taxonomy) if taxonomy else sample.gold
        return dataclasses.replace(sample, media=media, gold=gold)

    return use


def _mapped(gold: Gold, taxonomy: TaxonomyMap) -> Gold:
    """Return the gold in the labels of another taxonomy; `_DROPPED` where nothing of it has a place there."""
    gold = dataclasses.replace(gold, votes=_votes(gold.votes or {}, taxonomy))
    if gold.label is not None:
        name = taxonomy[gold.label]
        return _DROPPED if name is None else dataclasses.replace(gold, label=name)
    if gold.labels is not None:
        labels = _names(gold.labels, taxonomy)
        uncoded = tuple(name for name in _names(gold.unlabelled, taxonomy) if name not in labels)
        return dataclasses.replace(gold, labels=labels, unlabelled=uncoded)
    return gold if gold.votes else _DROPPED


def _votes(votes: Mapping[str, float], taxonomy: TaxonomyMap) -> Mapping[str, float] | None:
    """Return the votes by their other names; a label that is not of the map's source keeps its votes and its name."""
    names = dict(taxonomy.names)
    found: dict[str, float] = {}
    for label, count in votes.items():
        if (name := names.get(label, label)) is not None:
            found[name] = found.get(name, 0) + count
    return found if any(found.values()) else None


def _names(labels: Iterable[str], taxonomy: TaxonomyMap) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for label in labels if (name := taxonomy[label]) is not None))


def draw(source: Source, samples: Iterable[Sample] | None = None, seen: Callable[..., Iterator[str]] = iter) -> None:
    """Draw the demo's files, or those that some samples show, where they are not yet; of any other dataset nothing.

    `seen` is given the paths of what is missing, if anything is, and hands them on.
    """
    for one, only in _wanted(source, samples):
        from affectbench.datasets import demo

        demo.materialise(one, _home(), only, seen)


@contextmanager
def drawn_ahead(bounds: Iterable[Bound]) -> Iterator[None]:
    """Have another process draw what tasks show, one after the other, while this one is busy with something else."""
    wanted = [wish for bound in bounds for wish in _wanted(bound.source, bound.shown)]
    if not wanted:
        yield
        return
    from affectbench.datasets import demo, drawers

    with drawers.ahead(_home(), [(one, demo.undrawn(one, _home(), only)) for one, only in wanted]):
        yield


def _wanted(source: Source, samples: Iterable[Sample] | None) -> Iterator[tuple[Any, set[str] | None]]:
    """Yield each `demo.Drawn` of a dataset with the paths that samples show; none where a user has his own copy."""
    wanted = _demos(source.spec)
    if wanted and source.roots[source.spec.id] == _home():
        shown = None if samples is None else {m.path for s in samples for m in s.media if m.path is not None}
        yield from ((one, shown) for one in wanted)


def _home() -> Path:
    from affectbench.datasets import demo

    return Path(os.path.realpath(demo.home()))


def _demos(dataset: DatasetSpec) -> list[Any]:
    """Return what a dataset asks to be drawn, each a `demo.Drawn`; a user's own data need none of that loaded."""
    return [demo_of(form.read.rows.demo) for form in dataset.forms if form.read.rows.demo is not None]


def _file(source: Source, root: str, path: str) -> Path:
    return find(Media(name="", kind="image", root=root, path=path), source.roots, source.follow_links)


def _annotations(bound: Bound) -> Iterable[tuple[str, str]]:
    """Yield each annotation file as `dataset:path` with its digest."""
    for shown in sorted(set(bound.reading.files)):
        root, _, path = shown.partition(":")
        digest = hashlib.sha256()
        with _file(bound.source, root, path).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        yield shown, digest.hexdigest()
