"""Sentiment as a choice of positive, negative or neutral, scored on what is not neutral: MER-UniBench's figures.

Samples whose gold is neutral are left out (Lian et al., AffectGPT, ICML 2025). Their evaluator counts every answer but
`positive` as negative, one that is neutral or cannot be read among them: `polarity_accuracy`, `polarity_weighted_f1`.
So a model that always refuses still scores the share of negatives. `polarity_accuracy_strict` and
`polarity_weighted_f1_strict` count such an answer as a miss of either class; no model gains by refusing there.

The table has shape (..., 3, 3): rows are gold, columns answers, both negative, positive and anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import OneHot

NEGATIVE, POSITIVE, OTHER = range(3)
CLASSES = ("negative", "positive")


def statistics(gold: Any, predicted: Any, labels: Sequence[str] = ("negative", "neutral", "positive")) -> OneHot:
    """Each sample adds one to a cell of the (3, 3) table; labels are compared without regard to case.

    Raises ValueError for a gold label outside `labels`, or if `negative` or `positive` is not among them.
    """
    folded = [label.casefold() for label in labels]
    if missing := [name for name in CLASSES if name not in folded]:
        raise ValueError(f"polarity needs the labels negative and positive; {list(labels)!r} lacks {missing[0]!r}")
    side = np.array([CLASSES.index(name) if name in CLASSES else OTHER for name in folded] + [OTHER])
    truth, answer = codes(gold, labels), codes(predicted, labels)
    if truth.shape != answer.shape:
        raise ValueError(f"{len(truth)} gold labels, but {len(answer)} predictions")
    if (truth < 0).any():
        raise ValueError(f"gold label {gold[int(truth.argmin())]!r} is not in the label list {list(labels)!r}")
    return OneHot(side[truth] * 3 + side[answer], (3, 3))


def support(table: Array) -> Array:
    """Negative and positive samples, (..., 2)."""
    return np.asarray(table[..., :OTHER, :].sum(axis=-1))


def _read(table: Array) -> Array:
    """Gold by answer of two classes, every other answer as negative, (..., 2, 2)."""
    said = table[..., :OTHER, :OTHER].copy()
    said[..., NEGATIVE] += table[..., :OTHER, OTHER]
    return said


def _accuracy(right: Array, total: Array) -> Array:
    return ratio(right.sum(axis=-1), total.sum(axis=-1), empty=np.nan)


def _weighted_f1(said: Array, gold: Array) -> Array:
    right = np.diagonal(said, axis1=-2, axis2=-1)
    f1 = ratio(2 * right, gold + said.sum(axis=-2))
    return ratio((gold * f1).sum(axis=-1), gold.sum(axis=-1), empty=np.nan)


def polarity_accuracy(table: Array) -> Array:
    """Share of the samples with a side of which it was answered; every answer but `positive` is negative.

    >>> from affectbench import metrics
    >>> names = ["negative", "neutral", "positive"]
    >>> metrics.polarity_accuracy(["positive", "negative", "negative"], ["neutral", "neutral", None], names)
    0.6666666666666666
    """
    said = _read(table)
    return _accuracy(np.diagonal(said, axis1=-2, axis2=-1), support(table))


def polarity_weighted_f1(table: Array) -> Array:
    """F1 of negative and positive, weighted by support; every answer but `positive` is negative (WAF).

    >>> from affectbench import metrics
    >>> names = ["negative", "neutral", "positive"]
    >>> metrics.polarity_weighted_f1(["positive", "negative"], ["neutral", "neutral"], names)
    0.3333333333333333
    """
    return _weighted_f1(_read(table), support(table))


def polarity_accuracy_strict(table: Array) -> Array:
    """Share of the samples with a side of which it was answered; an answer without a side is a miss.

    >>> from affectbench import metrics
    >>> names = ["negative", "neutral", "positive"]
    >>> metrics.polarity_accuracy_strict(["positive", "negative"], ["positive", "neutral"], names)
    0.5
    """
    return _accuracy(np.diagonal(table, axis1=-2, axis2=-1)[..., :OTHER], support(table))


def polarity_weighted_f1_strict(table: Array) -> Array:
    """F1 of negative and positive, weighted by support; an answer without a side is a miss.

    >>> from affectbench import metrics
    >>> names = ["negative", "neutral", "positive"]
    >>> metrics.polarity_weighted_f1_strict(["positive", "negative"], ["positive", "neutral"], names)
    0.5
    """
    return _weighted_f1(table[..., :OTHER, :OTHER], support(table))
