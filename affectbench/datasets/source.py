"""What is asked of the reader, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from affectbench.errors import DataError, near
from affectbench.labels import LabelSet
from affectbench.specs.dataset import DatasetSpec, Layout, Read
from affectbench.specs.targets import Target
from affectbench.types import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A dataset, where its files are, and which of its samples are wanted.

    `roots`: dataset id → folder, for the dataset itself and what it `needs`. `labels`: id → label set, all that the
    targets name. `target` None is the only one; the gold of what it follows from or names `beside` is read with it;
    `gold` False reads samples without any. `where` is a template over the columns that gives true or false. `by` is a
    column, a reporting group, `cluster`, `fold` or `label` whose values come back as `Reading.keys`. `follow_links`:
    ids of datasets whose links may leave their root.
    """

    spec: DatasetSpec
    roots: Mapping[str, Path]
    labels: Mapping[str, LabelSet] = field(default_factory=dict)
    target: str | None = None
    split: str | None = None
    fold: tuple[str, ...] | None = None
    where: str | None = None
    by: str | None = None
    gold: bool = True
    follow_links: frozenset[str] = frozenset()

    def target_of(self, read: Read) -> str | None:
        """Return the target that is wanted: as named, or the only one; None where there is none. Raises DataError."""
        if not self.gold:
            return None
        known = list(read.targets)
        if self.target is None and len(known) > 1:
            raise DataError(f"dataset {self.spec.id!r} has the targets {known}: name one")
        if self.target is not None and self.target not in known:
            raise DataError(
                f"dataset {self.spec.id!r} has no target {self.target!r}{near(self.target, known) or f' ({known})'}"
            )
        return self.target if self.target is not None else (known[0] if known else None)

    @property
    def wanted(self) -> str:
        """What a row must be to be read, in words."""
        fold = " or ".join(self.fold) if self.fold else None
        parts = {"split": self.split, "fold": fold, "where": self.where, "target": self.target}
        return ", ".join(f"{name} {wish!r}" for name, wish in parts.items() if wish is not None) or "it"

    @property
    def complete(self) -> bool:
        """Whether every root that the dataset reads is bound."""
        return all(name in self.roots for name in (self.spec.id, *self.spec.needs))

    def label_set(self, target: Target) -> LabelSet | None:
        """Return the label set of a target, None where its names are free. Raises DataError if it was not given."""
        name = target.label_set
        if name is None:
            return None
        if name not in self.labels:
            raise DataError(f"dataset {self.spec.id!r} needs the label set {name!r}{near(name, self.labels)}")
        return self.labels[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Samples in the order of the files, and how they were had.

    `splits` and `keys` (empty without `Source.by`) stand beside `samples`. `files` are the annotation files that were
    read, as `dataset id:path`. `rows` counts the rows that were read, mostly of all splits; `unlabelled` the wanted
    ones that have no gold for the target and were therefore left out.
    """

    samples: list[Sample]
    splits: list[str]
    keys: list[str]
    layout: Layout
    files: tuple[str, ...]
    rows: int
    unlabelled: int
