"""Scores that a judge gave: the mean of each scale of a rubric.

Statistics of an answer (S + 1): its score on each scale, and 1. None of it stands in the table of metrics, for the
scales are those of the rubric.
"""

from __future__ import annotations

import numpy as np

from affectbench.metrics.ratios import Array, ratio


def statistics(scores: Array, lowest: Array) -> Array:
    """Scores (N, S) as one row an answer, the lowest score of each scale (S,) where there is none (NaN).

    >>> statistics(np.array([[4.0], [np.nan]]), np.array([1.0])).tolist()
    [[4.0, 1.0], [1.0, 1.0]]
    """
    return np.concatenate([np.where(np.isnan(scores), lowest, scores), np.ones((len(scores), 1))], axis=1)


def mean_score(sums: Array, column: int = 0) -> Array:
    """The mean score of one scale, in the units of the scale; NaN of no answer.

    >>> mean_score(np.array([9.0, 3.0])).item()
    3.0
    """
    return ratio(sums[..., column], sums[..., -1], empty=np.nan)


def support(sums: Array) -> Array:
    """The number of answers (..., 1)."""
    return sums[..., -1:]
