"""Reading: from a bound dataset to samples. Follow a row: files → rows → shape → fields and gold → Sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from affectbench.datasets.cells import Unknown
from affectbench.datasets.context import earlier_lines
from affectbench.datasets.fields import Fields, contexts
from affectbench.datasets.folders import Folders
from affectbench.datasets.gold import Reader
from affectbench.datasets.rows import Row
from affectbench.datasets.selection import subset
from affectbench.datasets.shape import column, condition, shaped
from affectbench.datasets.source import Reading, Source
from affectbench.errors import DataError
from affectbench.specs.dataset import Read
from affectbench.specs.task import Subset
from affectbench.types import Gold, Sample

SHOWN = 3


def read(source: Source) -> Reading:
    """Read the samples that `source` asks for, in the order of the files.

    Raises DataError with places: an unbound root, a missing file or column, torn rows, codes that no label set knows,
    ids that occur twice. Media are not opened.
    """
    folders = Folders(source.spec, source.roots, source.follow_links)
    layout = folders.layout()
    for other in layout.read.roots:
        folders.root(other)
    files: list[str] = []
    rows = shaped(layout.read, folders, files, source.split)
    found = _Samples(source, Fields(layout, folders), layout.read)
    for row, lines in _with_context(rows, layout.read):
        found.add(row, lines)
    found.finish()
    return Reading(
        samples=found.samples,
        splits=found.splits,
        keys=found.keys,
        layout=layout,
        files=tuple(files),
        rows=found.rows,
        unlabelled=found.unlabelled,
    )


class _Samples:
    """Collects samples and what is wrong with them."""

    def __init__(self, source: Source, fields: Fields, block: Read) -> None:
        self.source = source
        self.fields = fields
        self.unknown = Unknown()
        target = source.target_of(block)
        self.gold = Reader(target, block, source, self.unknown) if target is not None else None
        self.where = condition(source.where) if source.where is not None else None
        self.samples: list[Sample] = []
        self.splits: list[str] = []
        self.keys: list[str] = []
        self.rows = self.unlabelled = 0
        self.places: dict[str, tuple[str, int]] = {}
        self.doubled: list[str] = []

    def add(self, row: Row, lines: Mapping[str, str]) -> None:
        """Take a row in, if it is wanted."""
        self.rows += 1
        split = self.fields.split(row)
        if not self._wanted(row, split):
            return
        identifier = self._new_id(row)
        gold = self.gold.read(row, self.fields.options(row)) if self.gold is not None else Gold()
        if gold is None:
            self.unlabelled += 1
            return
        sample = self.fields.sample(row, identifier, gold, lines)
        self.samples.append(sample)
        self.splits.append(split)
        if self.source.by is not None:
            self.keys.append(self._key(row, sample, self.source.by))

    def finish(self) -> None:
        """Raise what was collected."""
        if self.doubled:
            more = f"\nand {len(self.doubled) - SHOWN:,} more" if len(self.doubled) > SHOWN else ""
            raise DataError("\n".join(self.doubled[:SHOWN]) + more + "\nids must be unique: put more columns into `id`")
        self.unknown.raise_if_any(self.source.labels)

    def _wanted(self, row: Row, split: str) -> bool:
        source = self.source
        if source.split is not None and split != source.split:
            return False
        if source.fold is not None and self.fields.fold(row) not in source.fold:
            return False
        return self.where is None or self.where(row)

    def _new_id(self, row: Row) -> str:
        identifier = self.fields.id(row)
        if identifier in self.places:
            file, line = self.places[identifier]
            self.doubled.append(
                f"{row.place}: the id {identifier!r} is already at {f'{file}:{line}' if line else file}"
            )
        else:
            self.places[identifier] = (row.file, row.line)
        return identifier

    @staticmethod
    def _key(row: Row, sample: Sample, by: str) -> str:
        """Return what a subset is taken by: a part of the sample, a reporting group, or a column."""
        own = {"cluster": sample.cluster, "fold": sample.fold, "label": sample.gold.label}
        if by in own:
            return own[by] or ""
        return sample.group[by] if by in sample.group else str(column(row, by))


def _with_context(rows: Iterator[Row], block: Read) -> Iterable[tuple[Row, Mapping[str, str]]]:
    """Yield rows with the texts that are made of earlier ones; only those need all rows at once."""
    wanted = contexts(block.text)
    if not wanted:
        return ((row, {}) for row in rows)
    held = list(rows)
    lines = {name: earlier_lines(held, context) for name, context in wanted.items()}
    return ((row, {name: found[index] for name, found in lines.items()}) for index, row in enumerate(held))


def read_samples(source: Source, part: Subset | None = None) -> list[Sample]:
    """Read the samples of a task: those that `source` asks for, or the part of them that a task's `subset` names.

    Raises DataError as `read` does, and where there is no sample at all.
    """
    by = part.by if part is not None else None
    reading = read(source if by is None else replace(source, by=by))
    if not reading.samples:
        raise DataError(f"dataset {source.spec.id!r}: none of {reading.rows:,} rows is a sample of {source.wanted}")
    return subset(reading.samples, reading.keys, part) if part is not None else reading.samples
