"""Agreement of raters with each other: plain functions on arrays, for reports and ceilings.

They need all ratings at once (ranks, chance agreement), so they are no sums over samples and no metrics of a task. Two
that are sums stand among those: ICC(3,1) as `icc` of levels, and the kappa with each rater as `rater_kappa`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import Array, ratio

Scale = Literal["nominal", "ordinal", "interval", "ratio"]
Weights = Literal["nominal", "linear", "quadratic"]

_POWERS: dict[Weights, int] = {"nominal": 0, "linear": 1, "quadratic": 2}


def cohen_kappa(first: Any, second: Any, labels: Sequence[Any], weights: Weights = "nominal") -> float:
    """Kappa of two raters, 1 - sum w O / sum w E (Cohen, EPM 1960; weighted: Cohen, Psych. Bulletin 1968), -1..1.

    `labels` is the whole list, in order; it fixes the distances |i - j| (`linear`) and |i - j|^2 (`quadratic`). NaN if
    both raters give one and the same label to all. Raises ValueError for a rating outside the list.

    >>> cohen_kappa([1, 2, 3, 3], [1, 2, 3, 2], [1, 2, 3]), cohen_kappa([1, 2, 3, 3], [1, 2, 3, 2], [1, 2, 3], "linear")
    (0.6363636363636364, 0.7142857142857143)
    """
    one, other = codes(first, labels), codes(second, labels)
    _same_length(one, other)
    if (one < 0).any() or (other < 0).any():
        raise ValueError(f"a rating is not in the list {list(labels)!r}")
    size = len(labels)
    observed = np.bincount(one * size + other, minlength=size * size).reshape(size, size).astype(np.float64)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(np.float64)
    distance = np.where(apart > 0, apart ** _POWERS[weights], 0.0)
    total = (distance * observed).sum() * observed.sum()
    return float(1 - ratio(total, (distance * expected).sum(), empty=np.nan))


def krippendorff_alpha(ratings: Any, scale: Scale = "nominal") -> float:
    """Alpha of many raters, 1 - D_o / D_e (Krippendorff, Content Analysis, 2004), at most 1.

    `ratings` are (raters, items); NaN or None is missing, and an item with fewer than two ratings says nothing. Labels
    may be of any type if the scale is nominal. NaN if no two ratings differ. Memory grows with the square of the number
    of different values.

    >>> round(krippendorff_alpha([["a", "b", "b", None], ["a", "b", "a", "b"]]), 4)
    0.4444
    """
    counts, values = _counts(ratings, scale)
    sizes = counts.sum(axis=1)
    counts, sizes = counts[sizes > 1], sizes[sizes > 1]
    weighted = counts / (sizes[:, None] - 1)
    together = counts.T @ weighted - np.diag(weighted.sum(axis=0))
    margin = together.sum(axis=1)
    distance = _distance(values, margin, scale)
    expected = (np.outer(margin, margin) * distance).sum()
    return float(1 - ratio((together * distance).sum() * (margin.sum() - 1), expected, empty=np.nan))


def _counts(ratings: Any, scale: Scale) -> tuple[Array, Any]:
    """How often each item got each value, (items, V), and the values in order."""
    if scale == "nominal":
        rows = [list(row) for row in ratings]
        known = {value: place for place, value in enumerate(dict.fromkeys(v for row in rows for v in row if _given(v)))}
        table = np.array([[known.get(value, -1) for value in row] for row in rows], np.intp)
        values: Any = np.arange(len(known))
    else:
        numbers = np.asarray(ratings, dtype=np.float64)
        values = np.unique(numbers[~np.isnan(numbers)])
        table = np.where(np.isnan(numbers), -1, np.searchsorted(values, numbers))
    if table.ndim != 2:
        raise ValueError(f"ratings are (raters, items), not of shape {table.shape}")
    width = len(values)
    rater, item = np.nonzero(table >= 0)
    cell = item * width + table[rater, item]
    return np.bincount(cell, minlength=table.shape[1] * width).reshape(-1, max(width, 1)).astype(np.float64), values


def _given(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _distance(values: Any, margin: Array, scale: Scale) -> Array:
    """The squared distances of values, (V, V)."""
    if scale == "nominal":
        return 1 - np.eye(len(margin))
    if scale == "ordinal":
        middle = np.cumsum(margin) - margin / 2  # ranks, ties in the middle
        return np.asarray(np.subtract.outer(middle, middle) ** 2)
    apart = np.subtract.outer(values, values)
    return np.asarray(apart**2 if scale == "interval" else ratio(apart, np.add.outer(values, values)) ** 2)


def spearman(first: Any, second: Any) -> float:
    """Correlation of ranks, ties at their average rank (Spearman, 1904), -1..1; NaN if one rater is constant.

    >>> round(spearman([1, 2, 3, 4], [1, 3, 2, 2]), 4)
    0.3162
    """
    one, other = _ranks(first), _ranks(second)
    _same_length(one, other)
    one, other = one - one.mean(), other - other.mean()
    spread = np.sqrt((one @ one) * (other @ other))
    return float(ratio(one @ other, spread, empty=np.nan))


def _ranks(values: Any) -> Array:
    _, place, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])


def kendall_tau_b(first: Any, second: Any) -> float:
    """Concordant less discordant pairs, corrected for ties (Kendall, Biometrika 1945), -1..1; NaN if one is constant.

    >>> round(kendall_tau_b([1, 2, 3, 4], [1, 3, 2, 2]), 4)
    0.1826
    """
    from scipy import stats

    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    _same_length(one, other)
    return float(stats.kendalltau(one, other, variant="b").statistic)


def icc(ratings: Any, average: bool = False) -> float:
    """ICC(3,1), consistency of fixed raters: (BMS - EMS) / (BMS + (k - 1) EMS) (Shrout & Fleiss, Psych. Bulletin 1979).

    `ratings` are (items, k raters), none missing; -1 / (k - 1) .. 1. `average` gives ICC(3,k) = (BMS - EMS) / BMS, of
    the raters' mean. 0 if no item differs from another, as for `icc` of levels. Raises ValueError for a missing rating
    or fewer than two items or raters.

    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> round(icc(table), 2), round(icc(table, average=True), 2)
    (0.71, 0.91)
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or np.isnan(table).any():
        raise ValueError(f"ICC needs a full table of at least two items by two raters, not shape {table.shape}")
    items, raters = table.shape
    size = float((table**2).sum())
    table = table - table.mean(axis=0)  # what a rater adds to all
    item = table.mean(axis=1, keepdims=True)
    between = raters * (item**2).sum() / (items - 1)
    error = ((table - item) ** 2).sum() / ((items - 1) * (raters - 1))
    if between + error <= 1e-24 * size:  # only rounding differs
        return 0.0
    return float(ratio(between - error, between if average else between + (raters - 1) * error))


def _same_length(one: Any, other: Any) -> None:
    if one.shape != other.shape:
        raise ValueError(f"{len(one)} ratings of one rater, but {len(other)} of the other")
