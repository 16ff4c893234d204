"""Answers in the order of their samples, and the units that are resampled together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.errors import DataError
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index
from affectbench.scoring.encoded import Encoded, read
from affectbench.scoring.question import Answer
from affectbench.types import STATUSES, Sample

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """One row an answer: its sample, its status (a place in `STATUSES`), and the encoded answer."""

    sample: Index
    status: Index
    predicted: Any

    @property
    def answered(self) -> Mask:
        """Whether there is an answer."""
        return np.equal(self.status, STATUSES.index("ok"))

    @property
    def withheld(self) -> Mask:
        """Whether there is one that could not be judged."""
        return np.equal(self.status, STATUSES.index("judge_error"))

    def __len__(self) -> int:
        return len(self.sample)

    def __getitem__(self, which: Mask) -> Rows:
        return Rows(self.sample[which], self.status[which], self.predicted[which])


def gather(samples: Sequence[Sample], answers: Iterable[Answer], encoded: Encoded) -> Rows:
    """Answers sorted by sample and repeat; a sample without any gets one row without an answer.

    The last answer of a sample and repeat wins. Raises DataError for an answer to a sample that the task does not have.
    """
    place = {sample.id: index for index, sample in enumerate(samples)}
    found: dict[tuple[int, int], Answer] = {}
    for answer in answers:
        if answer.id not in place:
            raise DataError(f"an answer is to {answer.id!r}, which is no sample of this task")
        found[place[answer.id], answer.repeat] = answer
    asked = {index for index, _ in found}
    found.update({(i, 0): Answer(s.id, 0, "api_error") for i, s in enumerate(samples) if i not in asked})
    order = sorted(found)
    return Rows(
        sample=np.array([index for index, _ in order], np.intp),
        status=np.array([STATUSES.index(found[key].status) for key in order], np.intp),
        predicted=read(encoded, [found[key] for key in order]),
    )


@dataclass(frozen=True, slots=True)
class Stratum:
    """Rows that are scored together: `rows` of a selection, their units, weights, and shares of a sample (sum 1)."""

    rows: Index | slice
    unit: Index
    weight: Array
    share: Array
    count: int


class Design:
    """How samples hang together: clusters, folds, weights and reporting groups."""

    def __init__(self, samples: Sequence[Sample], by_fold: bool) -> None:
        self.size = len(samples)
        self.unit = numbered(("alone", s.id) if s.cluster is None else ("cluster", s.cluster) for s in samples)
        self.clustered = len(samples) > 0 and int(self.unit.max()) + 1 < len(samples)
        self.fold = numbered(sample.fold if by_fold else None for sample in samples)
        given = np.array([sample.weight for sample in samples], np.float64)
        self.weighted = bool(np.ptp(given) > 0) if len(samples) else False
        self.weight = given * len(samples) / (given.sum() or 1.0)  # n samples weigh n, whatever their scale
        self.samples = samples

    def strata(self, sample: Index) -> list[Stratum]:
        """The folds of a selection of rows. Repeats of a sample share its weight: they are averaged, not counted."""
        share = 1 / np.bincount(sample, minlength=self.size)[sample]
        folds = self.fold[sample]
        names = np.unique(folds)
        found = []
        for fold in names:
            rows = np.flatnonzero(folds == fold) if len(names) > 1 else slice(None)  # a slice copies nothing
            units, unit = np.unique(self.unit[sample[rows]], return_inverse=True)
            weight = share[rows] * self.weight[sample[rows]]
            found.append(Stratum(rows, unit, weight, share[rows], len(units)))
        return found

    def folds(self) -> Iterator[tuple[str, Mask]]:
        """Each fold's name and its samples."""
        yield from _values([sample.fold for sample in self.samples])

    def groups(self) -> Iterator[tuple[str, str, Mask]]:
        """Each value of each group and its samples."""
        for name in dict.fromkeys(name for sample in self.samples for name in sample.group):
            for value, members in _values([sample.group.get(name) for sample in self.samples]):
                yield name, value, members


def numbered(values: Iterable[object]) -> Index:
    """Values as numbers from 0, in the order in which they first appear."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.intp)


def _values(column: Sequence[str | None]) -> Iterator[tuple[str, Mask]]:
    codes = numbered(column)
    for code, value in enumerate(dict.fromkeys(column)):
        if value is not None:
            yield value, codes == code
