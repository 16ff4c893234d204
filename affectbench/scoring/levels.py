"""Named numbers in a range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics import Entry
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
        self.gold = self.read([sample.gold.levels for sample in samples])

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

    def statistics(self, entry: Entry, sample: Index, predicted: Array) -> Statistics:
        """Moments by level."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted, self.ranges)
        return rows
