"""A set of labels of a closed list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics import Entry, multilabel
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import require
from affectbench.scoring.question import Question
from affectbench.types import Sample


class LabelSets:
    """A set of labels."""

    span = 1.0
    rows = 500_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        require(question, None, "a set of labels", [sample for sample in samples if sample.gold.labels is None])
        self.names = question.labels
        known = set(self.names)
        require(question, None, "labels of the list", [s for s in samples if not known.issuperset(s.gold.labels or ())])
        self.gold = multilabel.matrix([sample.gold.labels for sample in samples], self.names)
        uncoded = multilabel.matrix([sample.gold.unlabelled for sample in samples], self.names)
        self.gold[uncoded == 1] = np.nan

    def read(self, values: Sequence[Any]) -> Array:
        """Tables of 0 and 1, NaN for no answer."""
        return multilabel.matrix(values, self.names)

    def right(self, entry: Entry) -> Array:
        """The gold set; uncoded labels are left out."""
        return np.nan_to_num(self.gold)

    def majority(self) -> Array:
        """The labels that more than half of the coded samples have."""
        often = np.nan_to_num(mean_defined(self.gold, axis=0)) > 0.5
        return np.broadcast_to(often.astype(np.float64), self.gold.shape)

    def drawn(self, rng: np.random.Generator) -> Array:
        """A fair coin for every label."""
        return rng.integers(0, 2, self.gold.shape).astype(np.float64)

    def expected(self) -> Iterator[tuple[Array, Array]]:
        """Every label half present."""
        yield np.full(self.gold.shape, 0.5), np.ones(len(self.gold))

    def statistics(self, entry: Entry, sample: Index, predicted: Array) -> Statistics:
        """By label or by sample."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted, self.names)
        return rows
