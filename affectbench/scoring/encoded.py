"""The gold of a task as the arrays that metrics read, whatever the answer form.

An `Encoded` holds the gold of all samples. Answers are arrays with one row an answer, in which a missing answer is -1,
NaN or None, as the metrics expect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from affectbench.errors import DataError
from affectbench.metrics import Entry, compound, find
from affectbench.metrics.probabilities import Scored, table
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.question import Answer, Question
from affectbench.types import Sample

MANY = 256  # labels; a table of more has no use and no room


class Encoded(Protocol):
    """The gold of a task in the shape that one answer form needs."""

    names: tuple[str, ...]  # what per-label metrics have a value for
    span: float  # how far an answer can be from gold
    rows: int  # answers drawn to simulate chance

    def read(self, values: Sequence[Any]) -> Any:
        """Answers as an array; None is a missing one."""

    def right(self, entry: Entry) -> Any:
        """The best answer to each sample."""

    def majority(self) -> Any:
        """The answer to each sample that looks at gold's frequencies alone."""

    def drawn(self, rng: np.random.Generator) -> Any:
        """A random answer to each sample."""

    def expected(self) -> Iterator[tuple[Any, Array]]:
        """Answers with weights that together are a random answer to each sample; the scale of the weights is free."""

    def drawn_prior(self, rng: np.random.Generator) -> Any:
        """A random answer to each sample, as often as gold has it."""

    def expected_prior(self) -> Iterator[tuple[Any, Array]]:
        """As `expected`, for answers as often as gold has them."""

    def constants(self) -> Iterator[tuple[str, Any]]:
        """Answers that look at no sample, each with its name, among which the best is sought; the likely best first."""

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """The metric's statistics of answers to `sample`, one row an answer."""


def read(encoded: Encoded, answers: Sequence[Answer]) -> Any:
    """Answers as an array; if some have numbers by label, `Scored`, with those beside them."""
    given = [answer if answer.status == "ok" else answer._replace(value=None, scores=None) for answer in answers]
    values = encoded.read([answer.value for answer in given])
    if any(answer.turned for answer in given) and values.dtype.kind == "i":  # positions of labels
        values = compound.turn(values, [answer.turned for answer in given])
    if len(encoded.names) > MANY or not any(answer.scores for answer in given):
        return values
    return Scored(values, table([answer.scores or None for answer in given], encoded.names))


def ends(encoded: Encoded, entry: Entry) -> tuple[float, float]:
    """The least and the greatest value of a metric; where it has no end of its own, as far as answers can be away."""
    low, high = entry.range
    return low, encoded.span**entry.power if np.isinf(high) else high


def require(question: Question, modules: Collection[str] | None, what: str, bad: Sequence[Sample]) -> None:
    """Raise DataError if samples lack `what`, which the metrics of `modules` (None: all of them) need."""
    needing = [name for name in question.metrics if modules is None or find(name, question.form).module in modules]
    if bad and needing:
        raise DataError(
            f"{', '.join(needing)} needs {what}; target {question.target or question.form!r} has none for "
            f"{len(bad)} samples, the first is {bad[0].id!r}: choose another target or metric, "
            "or leave them out by `where`"
        )
