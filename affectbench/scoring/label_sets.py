"""A set of labels of a closed list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics import Entry, multilabel
from affectbench.metrics.probabilities import plain
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
        often = self._shares() > 0.5
        return np.broadcast_to(often.astype(np.float64), self.gold.shape)

    def drawn(self, rng: np.random.Generator) -> Array:
        """A fair coin for every label."""
        return rng.integers(0, 2, self.gold.shape).astype(np.float64)

    def expected(self) -> Iterator[tuple[Array, Array]]:
        """Every label half present."""
        yield np.full(self.gold.shape, 0.5), np.ones(len(self.gold))

    def _shares(self) -> Array:
        """The share of coded samples that have each label, (L,)."""
        return np.nan_to_num(mean_defined(self.gold, axis=0))

    def drawn_prior(self, rng: np.random.Generator) -> Array:
        """Each label as often as gold has it."""
        drawn: Array = (rng.random(self.gold.shape) < self._shares()).astype(np.float64)
        return drawn

    def expected_prior(self) -> Iterator[tuple[Array, Array]]:
        """Every label present by its share."""
        yield np.broadcast_to(self._shares(), self.gold.shape), np.ones(len(self.gold))

    def constants(self) -> Iterator[tuple[str, Array]]:
        """All labels, the commonest k for every other k, none, and the commonest set of gold."""
        order = np.argsort(-self._shares(), kind="stable")
        sets = [order[:k] for k in (len(order), *range(len(order)))]
        for chosen in (*sets, self._commonest()):
            said = np.zeros(len(self.names))
            said[chosen] = 1.0
            named = ", ".join(name for name, on in zip(self.names, said, strict=True) if on)
            every = "all labels" if said.all() else named or "none"
            yield every, np.broadcast_to(said, self.gold.shape)

    def _commonest(self) -> Index:
        rows, counts = np.unique(np.nan_to_num(self.gold), axis=0, return_counts=True)
        return np.flatnonzero(rows[counts.argmax()])

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """By label or by sample, or the samples with their numbers."""
        said = predicted if entry.module == "ranking" else plain(predicted)
        rows: Statistics = entry.load().statistics(self.gold[sample], said, self.names)
        return rows
