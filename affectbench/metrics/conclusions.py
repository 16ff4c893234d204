"""Whether the label at the end of a rationale follows from what it claims.

A row of the gold is the labels that follow, one of the answers is the label that was given. Statistics: (..., 2).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from affectbench.metrics.ratios import Array, ratio

COUNT, RIGHT = range(2)


def statistics(gold: Sequence[Collection[str]], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, and whether the label is one of those, (N, 2). No label is a miss."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sets, but {len(predicted)} predictions")
    right = [answer is not None and answer in truth for truth, answer in zip(gold, predicted, strict=True)]
    return np.stack([np.ones(len(right)), np.asarray(right, np.float64)], axis=-1)


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def label_follows(sums: Array) -> Array:
    """Share of answers whose label follows from the action units that they claim.

    >>> from affectbench import metrics
    >>> metrics.label_follows([["fear", "surprise"], ["joy"]], ["fear", None])
    0.5
    """
    return ratio(sums[..., RIGHT], sums[..., COUNT], empty=np.nan)
