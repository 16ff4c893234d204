"""Two systems that answered the same samples: tests, effect sizes, and the ranks that several may have.

A test asks how often a difference at least as large would come if both systems were alike. `mcnemar` asks it of right
and wrong answers, `wilcoxon` of scores that each sample has, `bootstrap_p` and `swaps.randomised` of any metric.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import BLOCK, Finish, Kept, OneHot, Units, total

ALIKE = 1e-12  # differences below this are rounding


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test: the samples that one system alone got right split like a fair coin.

    The samples must be independent. Exact for any number (McNemar, Psychometrika 1947; binomial form).

    >>> round(mcnemar(9, 2), 6)
    0.06543
    """
    from scipy.special import bdtr

    if min(only_first, only_second) < 0:
        raise ValueError(f"counts of samples cannot be negative: {only_first}, {only_second}")
    tail = bdtr(float(min(only_first, only_second)), int(only_first + only_second), 0.5)
    return min(1.0, 2 * float(tail))


def odds_ratio(only_first: int, only_second: int) -> float:
    """How many samples the first alone got right for each that the second alone got right.

    Where one of the counts is 0, half a sample is added to both (Haldane 1956; Anscombe 1956).

    >>> odds_ratio(9, 3), odds_ratio(4, 0), odds_ratio(0, 0)
    (3.0, 9.0, 1.0)
    """
    add = 0.0 if only_first and only_second else 0.5
    return (only_first + add) / (only_second + add)


def cohen_h(first: float, second: float) -> float:
    """Cohen's h of two proportions, 2 asin sqrt(p) - 2 asin sqrt(q), in -pi..pi; 0.2 small, 0.5 medium, 0.8 large.

    Source: Cohen, Statistical Power Analysis, 1988, chapter 6.

    >>> round(cohen_h(0.6, 0.5), 4)
    0.2014
    """
    return 2 * math.asin(math.sqrt(first)) - 2 * math.asin(math.sqrt(second))


def wilcoxon(first: Array, second: Array) -> float:
    """Two-sided p of Wilcoxon's signed-rank test on scores (N,) of the same samples; ties of the two are left out.

    Exact up to 50 samples without ties, else by the normal approximation (Wilcoxon 1945). 1 if no sample differs.

    >>> wilcoxon(np.array([1.0, 2.0, 3.0, 4.0, 6.0]), np.array([0.5, 1.0, 1.5, 2.0, 2.0]))
    0.0625
    """
    from scipy import stats

    difference = _differing(first, second)
    return float(stats.wilcoxon(difference).pvalue) if len(difference) else 1.0


def rank_biserial(first: Array, second: Array) -> float:
    """The share of rank sums in favour of the first minus that of the second, -1..1; 0 if no sample differs.

    Source: Kerby, Comprehensive Psychology 2014, the matched pairs form.

    >>> rank_biserial(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 4.0])).__round__(4)
    0.5
    """
    from scipy import stats

    difference = _differing(first, second)
    ranks = stats.rankdata(np.abs(difference))
    return float((ranks * np.sign(difference)).sum() / ranks.sum()) if len(difference) else 0.0


def _differing(first: Array, second: Array) -> Array:
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} scores, but {len(second)}")
    difference: Array = first - second
    return difference[np.abs(difference) > ALIKE]


def unit_scores(finish: Finish, units: Units) -> Array | None:
    """What each unit scores (U,), where the metric is the mean of what samples score; None where it is not.

    Metrics such as F1 of classes have no value of one sample that adds up. So the value of all samples is compared with
    the mean of their own values, under two sets of weights. A unit that counts nowhere is NaN. The last column of
    `finish` is the one that counts.
    """
    if isinstance(units.statistics, Kept):
        return None
    each = _row_scores(finish, units.statistics)
    counts = ~np.isnan(each)
    score = np.where(counts, each, 0.0)
    for weight in (units.weight, units.weight * (1.0 + np.arange(len(each)) % 7)):
        mean = ratio((weight * score).sum(), (weight * counts).sum(), empty=np.nan)
        if not math.isclose(mean, finish(total(units.statistics, weight))[-1], abs_tol=1e-9):
            return None
    summed = np.bincount(units.unit, units.weight * score, units.count).astype(np.float64)
    return ratio(summed, np.bincount(units.unit, units.weight * counts, units.count).astype(np.float64), empty=np.nan)


def _row_scores(finish: Finish, statistics: Array | OneHot) -> Array:
    """The metric of each sample alone (N,)."""
    if not isinstance(statistics, OneHot):
        scores: Array = finish(statistics)[..., -1]
        return scores
    cells, place = np.unique(statistics.cell, return_inverse=True)
    size = int(np.prod(statistics.shape))
    found = []
    for part in np.array_split(cells, len(cells) * size // BLOCK + 1):
        tables = np.zeros((len(part), size))
        tables[np.arange(len(part)), part] = 1
        found.append(finish(tables.reshape(-1, *statistics.shape))[..., -1])
    by_cell: Array = np.concatenate(found)
    return by_cell[place]


def bootstrap_p(replicates: Array) -> float:
    """Two-sided p of paired differences (R,) on resamples: twice the smaller share at 0 or beyond it.

    It inverts the percentile interval. One is added to both counts, so that p is never 0. NaN if no difference is
    defined. Source: Efron & Tibshirani 1993; Davison & Hinkley 1997.

    >>> bootstrap_p(np.array([0.1] * 97 + [-0.1, 0.0])).__round__(3)
    0.06
    """
    known = replicates[~np.isnan(replicates)]
    if not len(known):
        return math.nan
    fewer = min(int((known <= ALIKE).sum()), int((known >= -ALIKE).sum()))
    return min(1.0, 2 * (fewer + 1) / (len(known) + 1))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's step-down correction (Scand. J. Statistics 1979): which of several tests hold together; NaN stays NaN.

    >>> [round(one, 4) for one in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, np.float64)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    scaled = given[order] * np.arange(len(order), 0, -1)
    given[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(one) for one in given]


def possible_ranks(estimates: Array, replicates: Array, higher: bool = True) -> NDArray[np.intp]:
    """The first and last rank that each of M systems may have, (M, 2), with 95 % confidence for all ranks at once.

    `estimates` (M,) and `replicates` (R, M) of the same resamples. All differences of two systems are bounded together,
    by the 95 % quantile of the largest studentised one; a system is behind those that are surely better and before
    those that are surely worse. Ranks drawn on the resamples themselves would be too narrow where systems are nearly
    alike. Source: Mogstad, Romano, Shaikh & Wilhelm, Review of Economic Studies 2024, single-step form.

    >>> rng = np.random.default_rng(0)
    >>> estimates = np.array([0.9, 0.5, 0.49])
    >>> possible_ranks(estimates, estimates + rng.normal(0, 0.02, (1000, 3))).tolist()
    [[1, 1], [2, 3], [2, 3]]
    """
    known = replicates[~np.isnan(replicates).any(axis=1)]
    systems = len(estimates)
    if len(known) < 2 or np.isnan(estimates).any():
        return np.tile(np.array([1, systems], np.intp), (systems, 1))
    drawn = known if higher else -known
    gap = np.subtract.outer(*[estimates if higher else -estimates] * 2)
    error, largest = np.zeros_like(gap), np.zeros(len(known))
    for one in range(systems):
        moved = drawn[:, [one]] - drawn
        error[one] = moved.std(axis=0)
        largest = np.maximum(largest, _studentised(np.abs(moved - gap[one]), error[one]).max(axis=1))
    surely = _studentised(gap, error) > np.quantile(largest, 0.95)
    return np.stack([1 + surely.sum(axis=0), systems - surely.sum(axis=1)], axis=1).astype(np.intp)


def _studentised(difference: Array, error: Array) -> Array:
    return np.where(error > ALIKE, difference / np.maximum(error, ALIKE), 0.0)
