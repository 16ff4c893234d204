"""Named numbers in a range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from affectbench.metrics import Entry, raters
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import require
from affectbench.scoring.question import Question
from affectbench.types import Sample


class Levels:
    """Named numbers in a range."""

    rows = 1_000_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        self.names = tuple(name for name, _, _ in question.levels)
        self.ranges = [(low, high) for _, low, high in question.levels]
        self.span = max((high - low for low, high in self.ranges), default=1.0)
        bad = [sample for sample in samples if not any(name in (sample.gold.levels or {}) for name in self.names)]
        require(question, None, f"numbers for {', '.join(self.names) or 'levels'}", bad)
        require(question, {"raters"}, "ratings", [sample for sample in samples if not sample.gold.ratings])
        self.gold = self.read([sample.gold.levels for sample in samples])
        self._ratings = [sample.gold.ratings for sample in samples]

    @cached_property
    def ratings(self) -> Array:
        """Each person's ratings, (N, R, D), NaN where there is none."""
        return raters.table(self._ratings, self.names)

    def read(self, values: Sequence[Any]) -> Array:
        """Numbers by level, NaN where none was given."""
        numbers = [[(value or {}).get(name, np.nan) for name in self.names] for value in values]
        return np.array(numbers, np.float64).reshape(len(values), len(self.names))

    def right(self, entry: Entry) -> Array:
        """The gold numbers."""
        return self.gold

    def majority(self) -> Array:
        """The mean of gold."""
        return np.broadcast_to(mean_defined(self.gold, axis=0), self.gold.shape)

    def drawn(self, rng: np.random.Generator) -> Array:
        """Any number of the range."""
        low, high = np.array(self.ranges).T
        return rng.uniform(low, high, self.gold.shape)

    def expected(self) -> Iterator[tuple[Array, Array]]:
        """No metric of numbers is linear in the answer."""
        return iter(())

    def drawn_prior(self, rng: np.random.Generator) -> Array:
        """The gold of a random sample, a level that it lacks at its mean."""
        drawn = self.gold[rng.integers(0, len(self.gold), len(self.gold))]
        return np.where(np.isnan(drawn), self.majority(), drawn)

    def expected_prior(self) -> Iterator[tuple[Array, Array]]:
        """No metric of numbers is linear in the answer."""
        return iter(())

    def constants(self) -> Iterator[tuple[str, Array]]:
        """Mean, median, commonest number, the middle of the commonest sign, quantiles, both ends and the middle."""
        low, high = np.array(self.ranges, np.float64).T
        known = [column[~np.isnan(column)] for column in self.gold.T]
        known = [column if len(column) else ends for column, ends in zip(known, np.array(self.ranges), strict=True)]
        tried = {"the mean": [column.mean() for column in known], "the median": [np.median(column) for column in known]}
        tried["the commonest"] = [_commonest(column) for column in known]
        tried["the commonest sign"] = [np.median(c[np.sign(c) == _commonest(np.sign(c))]) for c in known]
        tried |= {f"the {q} % quantile": [np.quantile(c, q / 100) for c in known] for q in range(10, 100, 10)}
        tried |= {"the lowest": list(low), "the middle": list((low + high) / 2), "the highest": list(high)}
        for name, numbers in tried.items():
            said = ", ".join(f"{level} {number:.3g}" for level, number in zip(self.names, numbers, strict=True))
            yield f"{name}: {said}", np.broadcast_to(np.array(numbers), self.gold.shape)

    def statistics(self, entry: Entry, sample: Index, predicted: Array) -> Statistics:
        """Moments by level, or by person and level."""
        gold = self.ratings if entry.module == "raters" else self.gold
        rows: Array = entry.load().statistics(gold[sample], predicted, self.ranges)
        return rows


def _commonest(numbers: Array) -> float:
    values, counts = np.unique(numbers, return_counts=True)
    return float(values[counts.argmax()])
