"""How far two ways of taking emotion words out of the same answers agree: rules, and a model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from affectbench.metrics.intervals import wilson
from affectbench.metrics.open_vocabulary import folded


class WordAgreement(NamedTuple):
    """Of answers that `both` could read: `same`, the share with the same words, with its bounds at 95 % (Wilson), and
    `overlap`, the mean of shared by all words (two empty lists agree). None where both could read none.

    `first_only`, `second_only` and `neither` count the answers that only one of the two could read, or none.
    """

    same: float | None
    low: float | None
    high: float | None
    overlap: float | None
    both: int
    first_only: int
    second_only: int
    neither: int


def word_agreement(first: Sequence[Collection[str] | None], second: Sequence[Collection[str] | None]) -> WordAgreement:
    """Compare the words that two ways read out of the same answers, case aside; None is what could not be read.

    Raises ValueError where they are not equally many.

    >>> found = word_agreement([["calm"], ["sad", "tired"], None], [["Calm"], ["sad"], ["odd"]])
    >>> found.same, found.overlap, found.both, found.second_only
    (0.5, 0.75, 2, 1)
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} answers were read one way, {len(second)} the other")
    pairs = list(zip(first, second, strict=True))
    read = [(folded(a), folded(b)) for a, b in pairs if a is not None and b is not None]
    first_only = sum(a is not None and b is None for a, b in pairs)
    second_only = sum(a is None and b is not None for a, b in pairs)
    counts = (len(read), first_only, second_only, len(pairs) - len(read) - first_only - second_only)
    if not read:
        return WordAgreement(None, None, None, None, *counts)
    same = sum(a == b for a, b in read) / len(read)
    overlap = sum(len(a & b) / len(a | b) if a | b else 1.0 for a, b in read) / len(read)
    return WordAgreement(same, *wilson(same, len(read)), overlap, *counts)
