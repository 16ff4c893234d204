"""The label at the end of a rationale against the gold label. Statistics are those of `conclusions`, (..., 2)."""

from __future__ import annotations

from collections.abc import Sequence

from affectbench.metrics import conclusions
from affectbench.metrics.conclusions import support
from affectbench.metrics.ratios import Array

__all__ = ["label_accuracy", "statistics", "support"]


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, and whether the label is the gold one, (N, 2). No label is a miss."""
    return conclusions.statistics([(label,) for label in gold], predicted)


def label_accuracy(sums: Array) -> Array:
    """Share of rationales whose final label is right.

    >>> from affectbench import metrics
    >>> metrics.label_accuracy(["fear", "joy"], ["fear", None])
    0.5
    """
    return conclusions.label_follows(sums)
