"""Intervals at 95 %, and which of them to trust.

The percentile bootstrap is the rule, wider as Student's t is wider than the normal distribution: a mean over labels of
25 samples each is known no better than 25 samples tell. It is too narrow with few units, where Wilson's interval serves
for proportions and BCa for the rest. Resampling also collapses where a resample cannot differ from the sample (20 right
of 20): then the metric's range is mapped to 0..1 and Wilson's interval there is a wide, honest guard. It has no more
trials than there are clusters, unless all clusters have the same mixed result (1 right of 7 in each): then what varies,
varies within them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import FEW

Bounds = tuple[float, float]

_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a number and the name of the way they were found."""

    low: float
    high: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What an interval may rest on: `units` that were resampled, at most `trials` samples, the `range` of the metric.

    `size`: samples of a label, on (harmonic) average, where the metric is a mean over labels; all samples elsewhere.
    `clustered`: some units hold several samples. `proportion`: the metric is a share of equal samples.
    """

    units: int
    trials: float
    range: tuple[float, float]
    size: float = math.inf
    proportion: bool = False
    clustered: bool = False


def percentile(replicates: Array, size: float = math.inf) -> Bounds:
    """The middle 95 % of the replicates, or so much more as samples of this `size` need.

    The expanded percentile interval: the normal quantile becomes sqrt(n / (n - 1)) times that of Student's t
    (Hesterberg, The American Statistician 2015).

    >>> percentile(np.arange(101.0)), [round(bound, 1) for bound in percentile(np.arange(101.0), 25)]
    ((2.5, 97.5), [1.8, 98.2])
    """
    from scipy.special import stdtrit

    n, share = max(size, 2.0), 2.5
    if math.isfinite(n):
        share = 100 * _NORMAL.cdf(-math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, 0.975)))
    low, high = np.percentile(replicates, [share, 100 - share])
    return float(low), float(high)


def wilson(value: float, trials: float) -> Bounds:
    """Wilson's score interval of a proportion (Wilson, JASA 1927).

    >>> [round(bound, 4) for bound in wilson(1.0, 20)]
    [0.8389, 1.0]
    """
    square = _Z * _Z / trials
    centre = (value + square / 2) / (1 + square)
    half = math.sqrt(max(value * (1 - value), 0.0) * square + square * square / 4) / (1 + square)
    return max(0.0, centre - half) if value > 0 else 0.0, min(1.0, centre + half) if value < 1 else 1.0


def bca(estimate: float, replicates: Array, jackknife: Array) -> Bounds | None:
    """Bias-corrected and accelerated interval (Efron, JASA 1987); None where it is undefined.

    >>> rng = np.random.default_rng(0)
    >>> data = rng.normal(size=20)
    >>> replicates = rng.choice(data, (2000, 20)).mean(axis=1)
    >>> low, high = bca(data.mean(), replicates, (data.sum() - data) / 19)
    >>> bool(low < data.mean() < high)
    True
    """
    below = float(((replicates < estimate).sum() + (replicates == estimate).sum() / 2) / max(len(replicates), 1))
    pull = jackknife.mean() - jackknife if len(jackknife) else jackknife
    spread = float((pull**2).sum())
    if not 0 < below < 1 or spread == 0 or np.isnan(spread):
        return None
    bias = _NORMAL.inv_cdf(below)
    acceleration = float((pull**3).sum()) / (6 * spread**1.5)
    shares = [_NORMAL.cdf(bias + (bias + z) / (1 - acceleration * (bias + z))) for z in (-_Z, _Z)]
    low, high = np.percentile(replicates, [100 * share for share in shares])
    return float(low), float(high)


def choose(estimate: float, replicates: Array, jackknife: Array | None, grounds: Grounds) -> Interval | None:
    """The interval to report with `estimate`; None if the metric is undefined or nothing bounds it."""
    if math.isnan(estimate):
        return None
    replicates = replicates[~np.isnan(replicates)]
    found = _first_choice(estimate, replicates, jackknife, grounds)
    margin = 1e-12 * max(1.0, abs(estimate))
    if found and found.low < estimate - margin and estimate + margin < found.high:
        return found
    alike = len(replicates) > 0 and bool(np.abs(replicates - estimate).max() <= margin)
    return _guard(estimate, grounds, alike)


def _first_choice(estimate: float, replicates: Array, jackknife: Array | None, grounds: Grounds) -> Interval | None:
    if not len(replicates):
        return None
    if grounds.units >= FEW:
        bounds = percentile(replicates, min(grounds.size, grounds.units))
        return Interval(*bounds, "cluster bootstrap" if grounds.clustered else "bootstrap")
    if grounds.proportion and not grounds.clustered:
        return _guard(estimate, grounds)
    corrected = bca(estimate, replicates, jackknife[~np.isnan(jackknife)]) if jackknife is not None else None
    return Interval(*corrected, "bca") if corrected else None


def _guard(estimate: float, grounds: Grounds, alike: bool = False) -> Interval | None:
    """Wilson's interval on the range of the metric, with no more trials than units that could differ."""
    bottom, top = grounds.range
    mixed = alike and bottom < estimate < top
    trials = grounds.trials if mixed else min(grounds.trials, grounds.units)
    if not math.isfinite(top - bottom) or top <= bottom or trials <= 0:
        return None
    low, high = wilson(min(max((estimate - bottom) / (top - bottom), 0.0), 1.0), trials)
    name = "wilson" if grounds.proportion else "scaled wilson"
    return Interval(bottom + low * (top - bottom), bottom + high * (top - bottom), name)
