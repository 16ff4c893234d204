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


def gap(ratings: Array) -> float:
    """The mean by which the first rater is above the second."""
    return float((ratings[0] - ratings[1]).mean())


def measured(statistic: Statistic, ratings: Array) -> dict[str, Any]:
    """Return a statistic of ratings (raters, items) with its 95 % interval over resampled items, and n.

    A value of None is undefined, as that of raters who never differ. The interval is the expanded percentile
    bootstrap of the resamples on which the statistic is defined, None where these are fewer than nine in ten.
    """
    n = ratings.shape[1]
    if n < FEWEST:
        return {"value": None, "low": None, "high": None, "n": n}
    with np.errstate(invalid="ignore"):
        value = float(statistic(ratings))
        rng = np.random.default_rng(0)
        times = max(FEWER, min(RESAMPLES, MOST // n))
        drawn = np.array([statistic(ratings[:, rng.integers(0, n, n)]) for _ in range(times)])
    known = drawn[~np.isnan(drawn)]
    if math.isnan(value):
        return {"value": None, "low": None, "high": None, "n": n}
    low, high = percentile(known, n) if len(known) >= 0.9 * times else (None, None)
    return {"value": value, "low": low, "high": high, "n": n}
