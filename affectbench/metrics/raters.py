"""Numbers compared with each of several people who rated the same samples: weighted kappa, person by person.

EmoNet-Face HQ is scored so (Schuhmann et al., NeurIPS 2025): the answer is cut to a whole number and compared with each
expert's rating of an emotion by kappa with quadratic weights, on the pictures that this expert rated (at least two).
Kappas that are undefined are passed over; an emotion's score is the mean over experts, the overall score the mean over
emotions. `ceiling_of` gives what the experts themselves reach by the same rule.

Quadratic kappa needs no table: sum w O is the mean squared difference, sum w E what it would be for independent raters,
so kappa = 2 cov / (var x + var y + (mean x - mean y)^2), whatever the list of whole numbers is. Statistics have shape
(..., R, D, 7) for R raters and D levels, the columns named below, of ratings x and answers y. A missing answer is the
end of the range that is farthest from each rating.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectbench.metrics.continuous import farthest
from affectbench.metrics.ratios import Array, mean_defined, ratio

COUNT, X, Y, XX, YY, XY, SHARE = range(7)
LEAST = 2  # samples that two raters must share


def table(ratings: Sequence[Mapping[str, Any] | None], levels: Sequence[str]) -> Array:
    """Ratings as (N, R, D) numbers, raters in the order in which they first appear; NaN where there is no rating.

    >>> table([{"ann": {"joy": 3}}, {"bob": {"joy": 1, "awe": 2}}], ["awe", "joy"]).tolist()
    [[[nan, 3.0], [nan, nan]], [[nan, nan], [2.0, 1.0]]]
    """
    place = {name: row for row, name in enumerate(dict.fromkeys(name for given in ratings for name in given or {}))}
    out = np.full((len(ratings), len(place), len(levels)), np.nan)
    for sample, given in enumerate(ratings):
        for name, rating in (given or {}).items():
            if isinstance(rating, Mapping):
                out[sample, place[name]] = [rating.get(level, np.nan) for level in levels]
    return out


def statistics(ratings: Any, predicted: Any, ranges: Sequence[tuple[float, float]] = ()) -> Array:
    """The columns named above, (N, R, D, 7), of ratings (N, R) or (N, R, D) and answers (N,) or (N, D).

    Raises ValueError if an answer is missing (NaN) and no `ranges` (low, high), one a level, are given.
    """
    x = np.asarray(ratings, dtype=np.float64)
    answer = np.asarray(predicted, dtype=np.float64)
    if x.ndim < 2 or (x.shape[0], *x.shape[2:]) != answer.shape:
        raise ValueError(f"ratings have shape {x.shape}, answers {answer.shape}: (N, R, D) and (N, D) are needed")
    levels = x.shape[2] if x.ndim > 2 else 1
    x, answer = x.reshape(*x.shape[:2], levels), np.trunc(answer).reshape(len(x), 1, levels)
    rated, missing = ~np.isnan(x), np.isnan(answer)
    if (rated & missing).any() and not len(ranges):
        raise ValueError("an answer is missing: give the range (low, high) of each level")
    if len(ranges):
        ends = farthest(x.reshape(-1, levels), ranges).reshape(x.shape)
        y = np.where(missing, ends, answer)
    else:
        y = np.broadcast_to(answer, x.shape)
    share = np.broadcast_to(1 / np.maximum(rated.sum(axis=1, keepdims=True), 1), x.shape)
    columns = [np.ones_like(x), x, y, x * x, y * y, x * y, share]
    return np.where(rated[..., None], np.stack(columns, axis=-1), 0.0)


def support(sums: Array) -> Array:
    """Samples with a rating for each level, (..., D)."""
    return np.asarray(sums[..., SHARE].sum(axis=-2))


def kappas(sums: Array) -> Array:
    """Quadratic kappa with each rater, (..., R, D), -1..1.

    NaN where fewer than two samples are shared, or where both give one and the same number to all.
    """
    count = sums[..., COUNT]
    means = ratio(sums[..., 1:SHARE], count[..., None], empty=np.nan)
    x, y, xx, yy, xy = np.moveaxis(means, -1, 0)
    apart = xx + yy - 2 * xy
    independent = xx + yy - 2 * x * y
    scale = 1e-12 * (xx + yy)
    value = 1 - ratio(apart, np.where(independent > scale, independent, 0.0), empty=np.nan)
    return np.where(np.round(count, 9) >= LEAST, value, np.nan)


def rater_kappa(sums: Array) -> Array:
    """Mean over raters of kappa with quadratic weights, 1 - sum w O / sum w E (Cohen, 1968), by level, (..., D).

    >>> from affectbench import metrics
    >>> metrics.rater_kappa([[0, 1], [3, 3], [7, 5]], [0.9, 3.2, 7.0])
    0.9242424242424242
    """
    return mean_defined(kappas(sums), axis=-2)


def ceiling_of(ratings: Any) -> Array:
    """What raters reach by `rater_kappa`, one against each of the others, their mean by level, (D,).

    `ratings` are (N, R) or (N, R, D), NaN where a person rated nothing. Two who share fewer than two samples are no
    pair. NaN for a level without a pair.

    >>> ceiling_of([[0, 1], [3, 3], [7, 5]]).tolist()
    [0.8484848484848484]
    """
    given = np.asarray(ratings, dtype=np.float64)
    given = given if given.ndim > 2 else given[..., None]
    each = []
    for person in range(given.shape[1]):
        own = given[:, person]
        others = np.where(np.isnan(own)[:, None], np.nan, np.delete(given, person, axis=1))
        each.append(rater_kappa(statistics(others, np.where(np.isnan(own), 0.0, own)).sum(axis=0)))
    return mean_defined(np.stack(each), axis=0) if each else np.full(given.shape[-1], np.nan)
