"""How far those who score the same answers agree, with intervals from resampled answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from affectbench.metrics.agreement import cohen_kappa, krippendorff_alpha, spearman
from affectbench.metrics.intervals import percentile
from affectbench.metrics.ratios import Array

Statistic = Callable[[Array], float]
"""From ratings (raters, items) to a number."""

RESAMPLES, FEWER, MOST = 1000, 200, 2_000_000
"""Resamples; fewer where many items would make them dear, so that no more than `MOST` items are drawn in all."""

FEWEST = 3
"""Items below which nothing is said of agreement."""


def alpha(ratings: Array) -> float:
    """Krippendorff's alpha of the interval scale; NaN is a missing rating."""
    return krippendorff_alpha(ratings, "interval")


def kappa(ends: tuple[float, float]) -> Statistic:
    """Cohen's kappa with quadratic weights of two raters, their ratings rounded to the whole numbers of a scale."""
    labels = list(range(math.floor(ends[0]), math.ceil(ends[1]) + 1))

    def weighted(ratings: Array) -> float:
        whole = np.clip(np.floor(ratings + 0.5), labels[0], labels[-1]).astype(int)
        return cohen_kappa(whole[0].tolist(), whole[1].tolist(), labels, "quadratic")

    return weighted


def rank(ratings: Array) -> float:
    """Spearman's correlation of two raters."""
    return spearman(ratings[0], ratings[1])


def tau(ratings: Array) -> float:
    """Kendall's tau-b of two raters, NaN if one is constant; by the table of their values, which scales keep small."""
    table = _crossed(ratings)
    n = table.sum()
    behind = table[::-1, ::-1].cumsum(0).cumsum(1)[::-1, ::-1]  # pairs with a higher value of both
    concordant = float((table[:-1, :-1] * behind[1:, 1:]).sum())
    every, tied = _pairs(n), [float(_pairs(table.sum(axis)).sum()) for axis in (1, 0)]
    discordant = float(every - sum(tied) + _pairs(table).sum()) - concordant
    spread = math.sqrt((every - tied[0]) * (every - tied[1]))
    return (concordant - discordant) / spread if spread else math.nan


def _crossed(ratings: Array) -> Array:
    """Return how often each value of the first rater meets each of the second, both in rising order."""
    (ones, row), (others, column) = (np.unique(rating, return_inverse=True) for rating in ratings)
    counts = np.bincount(row * len(others) + column, minlength=len(ones) * len(others))
    return counts.reshape(len(ones), len(others)).astype(np.float64)


def _pairs(count: Any) -> Any:
    return count * (count - 1) / 2


def gap(ratings: Array) -> float:
    """The mean by which the first rater is above the second."""
    return float((ratings[0] - ratings[1]).mean())


def measured(statistic: Statistic, ratings: Array, units: Any = None) -> dict[str, Any]:
    """Return a statistic of ratings (raters, items) with its 95 % interval over resampled items, and n.

    `units` are numbers of what items hang together by: all items of one are drawn at once. A value of None is
    undefined, as that of raters who never differ. The interval is the expanded percentile bootstrap of the resamples
    on which the statistic is defined, None where these are fewer than nine in ten.
    """
    n = ratings.shape[1]
    if n < FEWEST:
        return {"value": None, "low": None, "high": None, "n": n}
    with np.errstate(invalid="ignore"):
        value = float(statistic(ratings))
        rng = np.random.default_rng(0)
        times = max(FEWER, min(RESAMPLES, MOST // n))
        pick = _picker(rng, n, units)
        drawn = np.array([statistic(ratings[:, pick()]) for _ in range(times)])
    known = drawn[~np.isnan(drawn)]
    if math.isnan(value):
        return {"value": None, "low": None, "high": None, "n": n}
    size = n if units is None else len(np.unique(units))
    low, high = percentile(known, size) if len(known) >= 0.9 * times else (None, None)
    return {"value": value, "low": low, "high": high, "n": n}


def _picker(rng: np.random.Generator, n: int, units: Any) -> Callable[[], Any]:
    """Return what draws the places of a resample: of `n` items, or of all items of as many units as there are."""
    if units is None or len(np.unique(units)) == n:
        return lambda: rng.integers(0, n, n)
    groups = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    return lambda: np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])
