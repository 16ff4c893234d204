"""Answers beside the probabilities that a model gave the labels.

Probabilities are what was said of each label, divided by its sum; a label that was not named has none. Where numbers
were negative, or all 0, they are no probabilities. An answer without probabilities is certain of its label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import Array, ratio


@dataclass(frozen=True, slots=True)
class Scored:
    """Answers (N, ...) as metrics read them, and the numbers that were given for the labels, (N, K): NaN if none."""

    answer: NDArray[Any]
    numbers: Array

    def __len__(self) -> int:
        return len(self.answer)

    def __getitem__(self, rows: Any) -> Scored:
        return Scored(self.answer[rows], self.numbers[rows])


def plain(predicted: Any) -> Any:
    """The answers alone."""
    return predicted.answer if isinstance(predicted, Scored) else predicted


def replaced(predicted: Any, where: NDArray[np.bool_], other: Any) -> Any:
    """The answers, those at `where` taken from `other` in turn, with their numbers if they have any."""
    answer = np.array(plain(predicted))
    answer[where] = plain(other)
    known = [one.numbers for one in (predicted, other) if isinstance(one, Scored)]
    if not known:
        return answer
    numbers = np.full((len(answer), known[0].shape[1]), np.nan)
    if isinstance(predicted, Scored):
        numbers[:] = predicted.numbers
    numbers[where] = other.numbers if isinstance(other, Scored) else np.nan
    return Scored(answer, numbers)


def table(numbers: Sequence[Mapping[str, float] | None], labels: Sequence[str]) -> Array:
    """Numbers by label as (N, K): 0 for a label that a sample does not name, a row of NaN for None.

    >>> table([{"joy": 0.9}, None], ["awe", "joy"]).tolist()
    [[0.0, 0.9], [nan, nan]]
    """
    place = {label: column for column, label in enumerate(labels)}
    out = np.full((len(numbers), len(labels)), np.nan)
    for row, given in enumerate(numbers):
        if given is not None:
            out[row] = 0.0
            for label in place.keys() & given.keys():
                out[row, place[label]] = given[label]
    return out


def shares(numbers: Array) -> Array:
    """Rows divided by their sum, NaN where that makes no probabilities: numbers below 0 or without end, or a sum of 0.

    >>> shares(np.array([[80.0, 20.0], [-1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.8, 0.2], [nan, nan], [nan, nan]]
    """
    total = numbers.sum(axis=-1, keepdims=True)
    fit = (total > 0) & np.isfinite(total) & (numbers >= 0).all(axis=-1, keepdims=True)
    found: Array = np.where(fit, ratio(np.where(fit, numbers, 0.0), total), np.nan)
    return found


def one_hot(codes: NDArray[np.intp], size: int) -> Array:
    """Codes (N,) as rows of one 1, a row of 0 where a code is -1.

    >>> one_hot(np.array([1, -1]), 2).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return np.equal(codes[:, None], np.arange(size)).astype(np.float64)


def scored(predicted: Any, labels: Sequence[Any]) -> Scored:
    """Single-label answers as codes with a probability for each label; NaN rows are missing answers.

    `predicted` is `Scored`, a table (N, K) of numbers, or a list whose items are labels, numbers by label, or None.

    >>> found = scored(["joy", {"joy": 1, "awe": 3}, None], ["awe", "joy"])
    >>> found.answer.tolist(), found.numbers.tolist()
    ([1, 0, -1], [[0.0, 1.0], [0.75, 0.25], [nan, nan]])
    """
    given = predicted if isinstance(predicted, Scored) else _read(predicted, labels)
    answer = np.asarray(given.answer)
    certain = np.where(answer[:, None] < 0, np.nan, one_hot(answer, len(labels)))
    chance = shares(given.numbers)
    return Scored(answer, np.where(np.isnan(chance) | (answer[:, None] < 0), certain, chance))


def _read(predicted: Any, labels: Sequence[Any]) -> Scored:
    if isinstance(predicted, np.ndarray) and predicted.ndim == 2:
        return Scored(_highest(predicted), predicted.astype(np.float64, copy=False))
    named = [one if isinstance(one, Mapping) else None for one in predicted]
    if not any(one is not None for one in named):
        return Scored(codes(predicted, labels), np.full((len(predicted), len(labels)), np.nan))
    numbers = table(named, labels)
    lone = codes([None if isinstance(one, Mapping) else one for one in predicted], labels)
    return Scored(np.where(np.isnan(numbers).any(axis=1), lone, _highest(numbers)), numbers)


def _highest(numbers: Array) -> NDArray[np.intp]:
    """The label with the highest number, -1 where there is none: nothing was named, or no probabilities and a tie."""
    known = np.nan_to_num(numbers, nan=-np.inf)
    tied = (known == known.max(axis=1, keepdims=True)).sum(axis=1) > 1
    none = np.isnan(shares(numbers)).any(axis=1) & tied
    best: NDArray[np.intp] = np.where(none, -1, known.argmax(axis=1))
    return best
