"""Sentiment as one number, cut into classes: the conventional figures of CMU-MOSI, CMU-MOSEI and CH-SIMS.

The cuts are those of the field's scripts (MMSA, Mao et al., ACL 2022 demonstrations). CMU-MOSI and CMU-MOSEI lie in
-3..3: classes of `acc7` and `acc5` are the numbers clipped to +-3 and +-2 and rounded, halves to the even number
(-0.5 is 0, 1.5 is 2), as `numpy.round` does. CH-SIMS lies in -1..1: its classes are the intervals between the bounds
below, each with its upper bound. Gold of exactly 0 is not negative for `acc2_nonnegative`, left out by `acc2_nonzero`
(where an answer of 0 is not positive), and negative for `acc2_sims`. `mae` and `pcc` complete the set.

Statistics have shape (..., D, 17) for D numbers (there is mostly one): the columns named below, then three tables of
two classes, 4 cells each (gold negative or positive by answer). A number without an answer is on the wrong side of
every table, and a miss for the others; one without gold (NaN) counts nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, ratio

COUNT, SEVEN, FIVE, SIMS_THREE, SIMS_FIVE = range(5)
NONNEGATIVE, NONZERO, SIMS = (slice(start, start + 4) for start in (5, 9, 13))
SIMS_THREE_BOUNDS = (-0.1, 0.1)
SIMS_FIVE_BOUNDS = (-0.7, -0.1, 0.1, 0.7)

Mask = NDArray[np.bool_]


def statistics(gold: Any, predicted: Any, ranges: Sequence[tuple[float, float]] = ()) -> Array:
    """Per sample and number the columns named above, (N, D, 17), from (N,) or (N, D) numbers; `ranges` change nothing.

    Raises ValueError if the shapes differ.
    """
    x, answer = (np.asarray(values, dtype=np.float64) for values in (gold, predicted))
    if x.shape != answer.shape:
        raise ValueError(f"gold has shape {x.shape}, predictions {answer.shape}")
    x, answer = x.reshape(len(x), -1), answer.reshape(len(x), -1)
    there, rated = ~np.isnan(answer), ~np.isnan(x)
    y = np.where(there, answer, 0.0)
    same = [
        np.round(np.clip(x, -3, 3)) == np.round(np.clip(y, -3, 3)),
        np.round(np.clip(x, -2, 2)) == np.round(np.clip(y, -2, 2)),
        np.digitize(x, SIMS_THREE_BOUNDS, right=True) == np.digitize(y, SIMS_THREE_BOUNDS, right=True),
        np.digitize(x, SIMS_FIVE_BOUNDS, right=True) == np.digitize(y, SIMS_FIVE_BOUNDS, right=True),
    ]
    counts = [rated, *(rated & there & one for one in same)]
    tables = [
        *_table(x >= 0, y >= 0, there, rated),
        *_table(x > 0, y > 0, there, rated & (x != 0)),
        *_table(x > 0, y > 0, there, rated),
    ]
    return np.stack([*counts, *tables], axis=-1).astype(np.float64)


def _table(gold: Mask, answer: Mask, there: Mask, counted: Mask) -> list[Mask]:
    """The four cells of gold by answer; without an answer the other side of gold."""
    said = np.where(there, answer, ~gold)
    return [counted & (gold == truth) & (said == side) for truth in (False, True) for side in (False, True)]


def support(sums: Array) -> Array:
    """Samples with gold for each number, (..., D)."""
    return sums[..., COUNT]


def polar(sums: Array) -> Array:
    """Samples whose gold is not 0, (..., D)."""
    return np.asarray(sums[..., NONZERO].sum(axis=-1))


def _share(sums: Array, column: int) -> Array:
    return ratio(sums[..., column], sums[..., COUNT], empty=np.nan)


def _accuracy(table: Array) -> Array:
    return ratio(table[..., 0] + table[..., 3], table.sum(axis=-1), empty=np.nan)


def _weighted_f1(table: Array) -> Array:
    """F1 of the negative and of the positive class, weighted by how often gold has them."""
    negative, positive = table[..., 0] + table[..., 1], table[..., 2] + table[..., 3]
    f1_negative = ratio(2 * table[..., 0], negative + table[..., 0] + table[..., 2])
    f1_positive = ratio(2 * table[..., 3], positive + table[..., 3] + table[..., 1])
    return ratio(negative * f1_negative + positive * f1_positive, negative + positive, empty=np.nan)


def acc2_nonnegative(sums: Array) -> Array:
    """Share of samples of which both numbers, or neither, are below 0, (..., D).

    >>> from affectbench import metrics
    >>> metrics.acc2_nonnegative([-1.0, 0.0, 0.0, 2.0], [-0.2, 0.0, -0.1, 1.0])
    0.75
    """
    return _accuracy(sums[..., NONNEGATIVE])


def f1_nonnegative(sums: Array) -> Array:
    """F1 of the classes below 0 and not below 0, weighted by support, (..., D).

    >>> from affectbench import metrics
    >>> round(metrics.f1_nonnegative([-1.0, 0.0, 0.0, 2.0], [-0.2, 0.0, -0.1, 1.0]), 4)
    0.7667
    """
    return _weighted_f1(sums[..., NONNEGATIVE])


def acc2_nonzero(sums: Array) -> Array:
    """Share of samples with gold other than 0 that are answered above 0 if and only if gold is, (..., D).

    >>> from affectbench import metrics
    >>> metrics.acc2_nonzero([-1.0, 0.0, 1.0, 2.0], [-0.2, 0.9, 0.0, 1.0])
    0.6666666666666666
    """
    return _accuracy(sums[..., NONZERO])


def f1_nonzero(sums: Array) -> Array:
    """F1 of the negative and the positive class on samples with gold other than 0, weighted by support, (..., D).

    >>> from affectbench import metrics
    >>> round(metrics.f1_nonzero([-1.0, 0.0, 1.0, 2.0], [-0.2, 0.9, 0.0, 1.0]), 4)
    0.6667
    """
    return _weighted_f1(sums[..., NONZERO])


def acc7(sums: Array) -> Array:
    """Share of samples with the same whole number after clipping to -3..3 and rounding, (..., D).

    >>> from affectbench import metrics
    >>> metrics.acc7([2.5, -0.5, 3.0, 1.0], [2.0, 0.4, 9.0, 1.6])
    0.75
    """
    return _share(sums, SEVEN)


def acc5(sums: Array) -> Array:
    """Share of samples with the same whole number after clipping to -2..2 and rounding, (..., D).

    >>> from affectbench import metrics
    >>> metrics.acc5([3.0, -0.5, 1.0], [2.0, 0.4, 1.6])
    0.6666666666666666
    """
    return _share(sums, FIVE)


def acc2_sims(sums: Array) -> Array:
    """Share of samples of which both numbers, or neither, are above 0, (..., D): here 0 is negative.

    >>> from affectbench import metrics
    >>> metrics.acc2_sims([-1.0, 0.0, 0.2, 0.4], [-0.2, -0.1, 0.0, 0.9])
    0.75
    """
    return _accuracy(sums[..., SIMS])


def f1_sims(sums: Array) -> Array:
    """F1 of the classes above 0 and not above 0, weighted by support, (..., D).

    >>> from affectbench import metrics
    >>> round(metrics.f1_sims([-1.0, 0.0, 0.2, 0.4], [-0.2, -0.1, 0.0, 0.9]), 4)
    0.7333
    """
    return _weighted_f1(sums[..., SIMS])


def acc3_sims(sums: Array) -> Array:
    """Share of samples in the same of the classes up to -0.1, up to 0.1 and above, (..., D).

    >>> from affectbench import metrics
    >>> metrics.acc3_sims([-0.1, 0.1, 0.2], [-0.8, 0.0, 0.1])
    0.6666666666666666
    """
    return _share(sums, SIMS_THREE)


def acc5_sims(sums: Array) -> Array:
    """Share of samples in the same of the classes up to -0.7, -0.1, 0.1, 0.7 and above, (..., D).

    >>> from affectbench import metrics
    >>> metrics.acc5_sims([-0.8, -0.1, 0.1, 0.9], [-0.7, -0.8, 0.0, 1.0])
    0.75
    """
    return _share(sums, SIMS_FIVE)
