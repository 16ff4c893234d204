"""Free emotion words, or a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics import Entry
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import require
from affectbench.scoring.question import Question
from affectbench.types import Sample


class Words:
    """Free words or a text: compared as strings, so nothing is encoded. Chance is the gold of another sample."""

    names: tuple[str, ...] = ()
    span = 1.0
    rows = 20_000

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        text = question.form == "text"
        gold = [sample.gold.text if text else _words(sample) for sample in samples]
        bad = [sample for sample, value in zip(samples, gold, strict=True) if not value]
        require(question, None, "a gold text" if text else "gold words", bad)
        self.gold = self.read(gold)

    def read(self, values: Sequence[Any]) -> Any:
        """The strings themselves."""
        return np.fromiter(values, object, len(values))

    def right(self, entry: Entry) -> Any:
        """The gold words or text."""
        return self.gold

    def majority(self) -> Any:
        """The gold that most samples share; ties: by how it is written."""
        counts: dict[Any, int] = {}
        for value in self.gold:
            counts[value] = counts.get(value, 0) + 1
        return self.read([min(counts, key=lambda value: (-counts[value], _written(value)))] * len(self.gold))

    def drawn(self, rng: np.random.Generator) -> Any:
        """The gold of a random sample."""
        return self.gold[rng.integers(0, len(self.gold), len(self.gold))]

    def expected(self) -> Iterator[tuple[Any, Array]]:
        """No metric of words is linear in the answer."""
        return iter(())

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """Words in common."""
        rows: Array = entry.load().statistics(self.gold[sample], predicted)
        return rows


def _written(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _words(sample: Sample) -> tuple[str, ...]:
    return sample.gold.labels or ((sample.gold.label,) if sample.gold.label else ())
