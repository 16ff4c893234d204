"""A set of labels, counted label by label (action units, multi-label emotion).

Statistics have shape (..., L, 5), the columns named below. Gold may leave cells uncoded (NaN): they count nowhere. A
sample without an answer (None, or a row of NaN) is the empty set for F1, and wrong in every coded cell otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, mean_defined, ratio

HIT, EXTRA, MISSED, WRONG, CODED = range(5)


def matrix(sets: Sequence[Collection[str] | None] | NDArray[Any], labels: Sequence[str]) -> Array:
    """Label sets as an (N, L) table of 0 and 1, `None` as a row of NaN; names outside `labels` have no column.

    Rows of numbers are such a table already.

    >>> matrix([{"AU6"}, None], ["AU6", "AU12"]).tolist()
    [[1.0, 0.0], [nan, nan]]
    """
    if isinstance(sets, np.ndarray) and sets.ndim == 2:
        return sets.astype(np.float64, copy=False)
    if not isinstance(next((name for row in sets if row is not None for name in row), ""), str):
        return np.array([[np.nan] * len(labels) if row is None else row for row in sets], np.float64)
    place = {label: column for column, label in enumerate(labels)}
    out = np.zeros((len(sets), len(labels)))
    for row, names in enumerate(sets):
        if names is None:
            out[row] = np.nan
        else:
            out[row, [place[name] for name in names if name in place]] = 1.0
    return out


def statistics(gold: Any, predicted: Any, labels: Sequence[str]) -> Array:
    """Per sample and label: hit, extra, missed, wrong, coded, (N, L, 5). Predictions may be chances of presence."""
    truth, answer = matrix(gold, labels), matrix(predicted, labels)
    if truth.shape != answer.shape:
        raise ValueError(f"gold has shape {truth.shape}, predictions {answer.shape}")
    coded = ~np.isnan(truth)
    missing = np.isnan(answer)
    present = np.where(coded, truth, 0.0)
    said = np.where(coded & ~missing, answer, 0.0)
    out = np.empty((*truth.shape, 5))
    out[..., HIT] = present * said
    out[..., EXTRA] = np.where(coded, (1 - present) * said, 0.0)
    out[..., MISSED] = present * (1 - said)
    out[..., WRONG] = np.where(missing, coded, out[..., EXTRA] + out[..., MISSED])
    out[..., CODED] = coded
    return out


def support(sums: Array) -> Array:
    """Samples in which each label was coded, (..., L)."""
    return sums[..., CODED]


def named(sums: Array) -> Array:
    """Samples in which each label was present or said, (..., L): all that its F1 looks at."""
    seen: Array = sums[..., HIT] + sums[..., EXTRA] + sums[..., MISSED]
    return seen


def _f1(hit: Array, extra: Array, missed: Array) -> Array:
    return ratio(2 * hit, 2 * hit + extra + missed)


def au_f1(sums: Array) -> Array:
    """F1 of each label, 2 hit / (2 hit + extra + missed), (..., L); 0 if never present nor said, NaN if never coded.

    >>> from affectbench import metrics
    >>> metrics.au_f1([{"AU6", "AU12"}, {"AU12"}], [{"AU12"}, {"AU12"}], ["AU6", "AU12"]).tolist()
    [0.0, 1.0]
    """
    f1 = _f1(sums[..., HIT], sums[..., EXTRA], sums[..., MISSED])
    return np.where(sums[..., CODED] > 0, f1, np.nan)


def macro_f1(sums: Array) -> Array:
    """Mean F1 over the declared labels that were coded.

    >>> from affectbench import metrics
    >>> metrics.macro_f1([{"joy", "awe"}, {"awe"}], [{"awe"}, {"awe"}], ["joy", "awe"])
    0.5
    """
    return mean_defined(au_f1(sums))


def macro_f1_present(sums: Array) -> Array:
    """Mean F1 over the labels that gold has at least once.

    >>> from affectbench import metrics
    >>> metrics.macro_f1_present([{"joy"}, {"joy"}], [{"joy"}, {"joy"}], ["joy", "awe"])
    1.0
    """
    present = sums[..., HIT] + sums[..., MISSED] > 0
    return mean_defined(np.where(present, au_f1(sums), np.nan))


def macro_f1_one(sums: Array) -> Array:
    """As `macro_f1`, but a label never present and never said scores 1 (`zero_division=1`, as in MMAFFBen).

    >>> from affectbench import metrics
    >>> metrics.macro_f1_one([{"joy"}, {"joy"}], [{"joy"}, {"joy"}], ["joy", "awe"])
    1.0
    """
    return mean_defined(np.where((sums[..., CODED] > 0) & (named(sums) == 0), 1.0, au_f1(sums)))


def micro_f1(sums: Array) -> Array:
    """F1 of all cells together.

    >>> from affectbench import metrics
    >>> metrics.micro_f1([{"joy", "awe"}], [{"joy", "fear"}], ["joy", "awe", "fear"])
    0.5
    """
    pooled = sums.sum(axis=-2)
    return _f1(pooled[..., HIT], pooled[..., EXTRA], pooled[..., MISSED])


def weighted_f1(sums: Array) -> Array:
    """F1 of each label weighted by how often gold has it.

    >>> from affectbench import metrics
    >>> metrics.weighted_f1([{"joy"}, {"joy"}, {"awe"}], [{"joy"}, {"joy"}, None], ["joy", "awe"])
    0.6666666666666666
    """
    present = sums[..., HIT] + sums[..., MISSED]
    f1 = _f1(sums[..., HIT], sums[..., EXTRA], sums[..., MISSED])
    return ratio((present * f1).sum(axis=-1), present.sum(axis=-1))


def _jaccard(sums: Array) -> Array:
    return ratio(sums[..., HIT], named(sums))


def jaccard_macro(sums: Array) -> Array:
    """Mean over the coded labels of hit / (hit + extra + missed), 0 for a label never present nor said.

    >>> from affectbench import metrics
    >>> metrics.jaccard_macro([{"joy"}, {"joy"}, {"awe"}], [{"joy"}, {"joy"}, {"joy"}], ["joy", "awe"]) == 1 / 3
    True
    """
    return mean_defined(np.where(sums[..., CODED] > 0, _jaccard(sums), np.nan))


def jaccard_weighted(sums: Array) -> Array:
    """Jaccard index of each label weighted by how often gold has it (MMAFFBen calls it accuracy).

    >>> from affectbench import metrics
    >>> metrics.jaccard_weighted([{"joy"}, {"joy"}, {"awe"}], [{"joy"}, {"joy"}, None], ["joy", "awe"])
    0.6666666666666666
    """
    present = sums[..., HIT] + sums[..., MISSED]
    return ratio((present * _jaccard(sums)).sum(axis=-1), present.sum(axis=-1))


def hamming(sums: Array) -> Array:
    """Hamming loss: the share of coded cells that are wrong (lower is better).

    >>> from affectbench import metrics
    >>> metrics.hamming([{"joy"}, {"awe"}], [{"joy", "awe"}, None], ["joy", "awe"])
    0.75
    """
    return ratio(sums[..., WRONG].sum(axis=-1), sums[..., CODED].sum(axis=-1), empty=np.nan)


def au_accuracy(sums: Array) -> Array:
    """Share of coded cells of each label that are right, (..., L).

    >>> from affectbench import metrics
    >>> metrics.au_accuracy([{"AU6"}, set()], [{"AU6"}, None], ["AU6"])
    0.5
    """
    return 1 - ratio(sums[..., WRONG], sums[..., CODED], empty=np.nan)
