"""A set of labels, compared sample by sample.

Statistics have shape (..., 5), the columns named below. Only coded cells are compared; a sample without a coded cell
counts nowhere. A sample without an answer scores 0, also where the gold set is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.multilabel import matrix
from affectbench.metrics.ratios import Array, ratio

COUNT, F1, OVERLAP, EXACT, NOTHING = range(5)


def statistics(gold: Any, predicted: Any, labels: Sequence[str]) -> Array:
    """Per sample: counted, F1, intersection by union, equal, both empty, (N, 5)."""
    truth, answer = matrix(gold, labels), matrix(predicted, labels)
    if truth.shape != answer.shape:
        raise ValueError(f"gold has shape {truth.shape}, predictions {answer.shape}")
    coded = ~np.isnan(truth)
    answered = ~np.isnan(answer).any(axis=-1)
    present = coded & (truth == 1)
    said = coded & (answer == 1)
    both = (present & said).sum(axis=-1).astype(np.float64)
    sizes = (present.sum(axis=-1) + said.sum(axis=-1)).astype(np.float64)
    counted = coded.any(axis=-1)
    heard = counted & answered
    return np.stack(
        [
            counted,
            ratio(2 * both, sizes) * heard,
            ratio(both, sizes - both) * heard,
            (present == said).all(axis=-1) & heard,
            (sizes == 0) & heard,
        ],
        axis=-1,
    ).astype(np.float64)


def support(sums: Array) -> Array:
    """Samples that count, (..., 1)."""
    return sums[..., [COUNT]]


def _mean(sums: Array, total: Array) -> Array:
    return ratio(total, sums[..., COUNT], empty=np.nan)


def samples_f1(sums: Array) -> Array:
    """Mean over samples of 2 |G and P| / (|G| + |P|); two empty sets agree (1).

    >>> from affectbench import metrics
    >>> metrics.samples_f1([{"joy"}, set()], [{"joy", "awe"}, set()], ["joy", "awe"])
    0.8333333333333333
    """
    return _mean(sums, sums[..., F1] + sums[..., NOTHING])


def samples_f1_zero(sums: Array) -> Array:
    """As `samples_f1`, but two empty sets score 0 (the default of scikit-learn, `zero_division=0`).

    >>> from affectbench import metrics
    >>> metrics.samples_f1_zero([{"joy"}, set()], [{"joy"}, set()], ["joy", "awe"])
    0.5
    """
    return _mean(sums, sums[..., F1])


def jaccard(sums: Array) -> Array:
    """Mean over samples of |G and P| / |G or P|; two empty sets agree (1).

    >>> from affectbench import metrics
    >>> metrics.jaccard([{"joy"}, set()], [{"joy", "awe"}, set()], ["joy", "awe"])
    0.75
    """
    return _mean(sums, sums[..., OVERLAP] + sums[..., NOTHING])


def jaccard_zero(sums: Array) -> Array:
    """As `jaccard`, but two empty sets score 0 (`zero_division=0`).

    >>> from affectbench import metrics
    >>> metrics.jaccard_zero([{"joy"}, set()], [{"joy"}, set()], ["joy", "awe"])
    0.5
    """
    return _mean(sums, sums[..., OVERLAP])


def subset_accuracy(sums: Array) -> Array:
    """Share of samples whose set is exactly right.

    >>> from affectbench import metrics
    >>> metrics.subset_accuracy([{"joy"}, set()], [{"joy"}, {"awe"}], ["joy", "awe"])
    0.5
    """
    return _mean(sums, sums[..., EXACT])
