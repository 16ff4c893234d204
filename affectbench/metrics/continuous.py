"""Named numbers in a range (valence, arousal, intensity): metrics of moments, for each level.

Statistics have shape (..., D, 10), the columns named below, of gold x and prediction y. Both are moved by the middle of
the range (without ranges by the mean of gold), which changes no metric here and keeps sums of squares exact. A level
without gold (NaN) counts nowhere; one without an answer (NaN) is the end of its range that is farthest from the gold,
and never agrees in sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.ratios import Array, mean_defined, ratio

COUNT, X, Y, XX, YY, XY, SQUARE, ERROR, AGREE, SIDE = range(10)


def farthest(gold: Array, ranges: Sequence[tuple[float, float]]) -> Array:
    """The end of each level's range that is farthest from gold, (N, D).

    >>> farthest(np.array([[0.5], [-0.1]]), [(-1, 1)]).tolist()
    [[-1.0], [1.0]]
    """
    ends = np.asarray(ranges, dtype=np.float64)
    low, high = ends[:, 0], ends[:, 1]
    return np.where(gold - low > high - gold, low, high)


def statistics(gold: Any, predicted: Any, ranges: Sequence[tuple[float, float]] = ()) -> Array:
    """Per sample and level the moments named above, (N, D, 10), from (N,) or (N, D) numbers.

    Raises ValueError if an answer is missing (NaN) and no `ranges` (low, high), one a level, are given.
    """
    x, answer = (np.asarray(values, dtype=np.float64) for values in (gold, predicted))
    if x.shape != answer.shape:
        raise ValueError(f"gold has shape {x.shape}, predictions {answer.shape}")
    x, answer = x.reshape(len(x), -1), answer.reshape(len(x), -1)
    rated, missing = ~np.isnan(x), np.isnan(answer)
    if (rated & missing).any() and not len(ranges):
        raise ValueError("an answer is missing: give the range (low, high) of each level")
    y = np.where(missing, farthest(x, ranges), answer) if len(ranges) else answer
    agree = (np.sign(x) == np.sign(y)) & ~missing
    side = ((x >= 0) == (y >= 0)) & ~missing
    difference = y - x
    centre = np.mean(ranges, axis=1) if len(ranges) else np.nan_to_num(mean_defined(x, axis=0))
    u, v = x - centre, y - centre
    columns = [np.ones_like(x), u, v, u * u, v * v, u * v, difference**2, np.abs(difference), agree, side]
    return np.where(rated[..., None], np.stack(columns, axis=-1), 0.0)


def support(sums: Array) -> Array:
    """Samples with gold for each level, (..., D)."""
    return sums[..., COUNT]


def _mean(sums: Array, column: int) -> Array:
    return ratio(sums[..., column], sums[..., COUNT], empty=np.nan)


def _variance(square: Array, mean: Array) -> Array:
    """Population variance; what only rounding makes differ from a constant is 0."""
    variance = square - mean**2
    return np.where(variance <= 1e-12 * square, 0.0, variance)


def _moments(sums: Array) -> tuple[Array, Array, Array, Array]:
    """Variance of gold, of predictions, their covariance, and the difference of their means."""
    x, y = _mean(sums, X), _mean(sums, Y)
    covariance = _mean(sums, XY) - x * y
    return _variance(_mean(sums, XX), x), _variance(_mean(sums, YY), y), covariance, y - x


def ccc(sums: Array) -> Array:
    """Concordance, 2 cov / (var x + var y + (mean x - mean y)^2), population moments (Lin, Biometrics 1989); (..., D).

    A constant prediction scores 0.

    >>> from affectbench import metrics
    >>> metrics.ccc([0.0, 1.0, 2.0], [0.0, 1.0, 2.0]), metrics.ccc([0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    (1.0, 0.0)
    """
    var_x, var_y, covariance, bias = _moments(sums)
    value = ratio(2 * covariance, var_x + var_y + bias**2)
    return np.where(np.isnan(bias), np.nan, np.where((var_x == 0) | (var_y == 0), 0.0, value))


def ccc_sample(sums: Array) -> Array:
    """As `ccc`, but variances and covariance are those of a sample, divided by n - 1; (..., D).

    Some published scripts compute it so; it differs from `ccc` by about the squared bias over n. A constant prediction
    scores 0.

    >>> from affectbench import metrics
    >>> gold, answers = [0.0, 1.0, 2.0], [0.5, 1.5, 2.5]
    >>> round(metrics.ccc_sample(gold, answers), 4), round(metrics.ccc(gold, answers), 4)
    (0.8889, 0.8421)
    """
    var_x, var_y, covariance, bias = _moments(sums)
    count = sums[..., COUNT]
    value = ratio(2 * covariance * count, (var_x + var_y) * count + bias**2 * (count - 1))
    return np.where(np.isnan(bias), np.nan, np.where((var_x == 0) | (var_y == 0), 0.0, value))


def icc(sums: Array) -> Array:
    """ICC(3,1) of answers and gold as two raters, (BMS - EMS) / (BMS + EMS) (Shrout & Fleiss, 1979); (..., D), -1..1.

    With two raters that is 2 cov / (var x + var y): what one adds to every number does not count. AU intensity is
    scored by it, each unit on its own and their mean. A constant prediction scores 0.

    >>> from affectbench import metrics
    >>> round(metrics.icc([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0]), 4), metrics.icc([0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    (1.0, 0.0)
    """
    var_x, var_y, covariance, bias = _moments(sums)
    value = ratio(2 * covariance, var_x + var_y)
    return np.where(np.isnan(bias), np.nan, np.where((var_x == 0) | (var_y == 0), 0.0, value))


def pcc(sums: Array) -> Array:
    """Pearson correlation, (..., D). A constant prediction scores 0; a constant gold leaves it undefined (NaN).

    >>> from affectbench import metrics
    >>> round(metrics.pcc([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0]), 4)
    0.8
    """
    var_x, var_y, covariance, bias = _moments(sums)
    value = ratio(covariance, np.sqrt(var_x) * np.sqrt(var_y))
    return np.where(np.isnan(bias) | (var_x == 0), np.nan, value)


def mse(sums: Array) -> Array:
    """Mean squared error, in squared units of the level, (..., D); lower is better.

    >>> from affectbench import metrics
    >>> metrics.mse([0.0, 0.0], [3.0, -3.0])
    9.0
    """
    return _mean(sums, SQUARE)


def rmse(sums: Array) -> Array:
    """Root mean squared error, in units of the level, (..., D); lower is better.

    >>> from affectbench import metrics
    >>> metrics.rmse([0.0, 0.0], [3.0, -3.0])
    3.0
    """
    return np.sqrt(_mean(sums, SQUARE))


def mae(sums: Array) -> Array:
    """Mean absolute error, in units of the level, (..., D); lower is better.

    EMOTIC's error of valence, arousal and dominance is its mean over the three, on their scale of 1 to 10.

    >>> from affectbench import metrics
    >>> metrics.mae([0.0, 0.0], [1.0, -3.0])
    2.0
    """
    return _mean(sums, ERROR)


def sagr(sums: Array) -> Array:
    """Sign agreement, mean of [sign x = sign y] with sign 0 = 0 (Nicolaou et al., IEEE TAC 2011), (..., D).

    >>> from affectbench import metrics
    >>> metrics.sagr([0.5, -0.5, 0.0, 0.0], [0.1, 0.1, 0.0, 0.1])
    0.5
    """
    return _mean(sums, AGREE)


def sagr_nonnegative(sums: Array) -> Array:
    """Sign agreement of two kinds only, below 0 and not below 0: mean of [(x >= 0) = (y >= 0)], (..., D).

    >>> from affectbench import metrics
    >>> metrics.sagr_nonnegative([0.5, -0.5, 0.0, 0.0], [0.1, 0.1, 0.0, 0.1])
    0.75
    """
    return _mean(sums, SIDE)
