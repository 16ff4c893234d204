"""Scores that a judge gave: the mean of each scale of a rubric, and sums of such means.

Statistics of an answer (2 * S): its score on each scale, then 1 for each scale that applies to it. None of it stands in
the table of metrics, for the scales are those of the rubric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from affectbench.metrics.ratios import Array, ratio


def statistics(scores: Array, lowest: Array) -> Array:
    """Scores (N, S) as one row an answer, the lowest score of each scale (S,) where there is none (NaN).

    A score that is infinite says that the scale does not apply to the answer, which does not count in its mean.

    >>> statistics(np.array([[4.0], [np.nan], [np.inf]]), np.array([1.0])).tolist()
    [[4.0, 1.0], [1.0, 1.0], [0.0, 0.0]]
    """
    applies = scores != np.inf
    known = np.where(np.isnan(scores), lowest, scores)
    return np.concatenate([np.where(applies, known, 0.0), applies.astype(np.float64)], axis=1)


def mean_score(sums: Array, weights: Mapping[int, float]) -> Array:
    """The mean scores of scales, each times its weight (by column), in their units; NaN where one applies to nothing.

    >>> mean_score(np.array([9.0, 2.0, 3.0, 2.0]), {0: 1.0}).item()
    3.0
    >>> mean_score(np.array([9.0, 2.0, 3.0, 2.0]), {0: 0.5, 1: 0.5}).item()
    2.0
    """
    scores, counts = np.split(sums, 2, axis=-1)
    means = ratio(scores, counts, empty=np.nan)[..., list(weights)]
    total: Array = means @ np.array(list(weights.values()))
    return total


def support(sums: Array, columns: Sequence[int] | slice = slice(None)) -> Array:
    """The number of answers to which each scale applies (..., S)."""
    counts: Array = np.split(sums, 2, axis=-1)[1][..., columns]
    return counts
