"""The action units that a rationale claims against those that the face shows.

A row is a set of action units, of those that were coded. Statistics have shape (..., 6), the columns named below.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from affectbench.metrics.clue_overlap import agreement
from affectbench.metrics.ratios import Array, ratio

COUNT, PRECISION, WITH_GOLD, RECALL, F1, INVENTED = range(6)


def statistics(
    gold: Sequence[Collection[str]], predicted: Sequence[Collection[str] | None], _: Sequence[str] = ()
) -> Array:
    """Per sample (N, 6). No answer scores 0 and counts as one that invents."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sets, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 6))
    for row, (truth, answer) in enumerate(zip(gold, predicted, strict=True)):
        there = frozenset(truth)
        out[row, [COUNT, WITH_GOLD, INVENTED]] = 1, bool(there), 1
        if answer is not None:
            said = frozenset(answer)
            out[row, [PRECISION, RECALL, F1]] = agreement(there, said)
            out[row, INVENTED] = bool(said - there)
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def support_gold(sums: Array) -> Array:
    """Samples whose face shows a unit, (..., 1)."""
    return sums[..., [WITH_GOLD]]


def claimed_au_precision(sums: Array) -> Array:
    """Mean over samples of claimed units that are there / claimed units; 1 if none is claimed and none is there.

    >>> from affectbench import metrics
    >>> metrics.claimed_au_precision([["AU6", "AU12"]], [["AU12", "AU4"]])
    0.5
    """
    return ratio(sums[..., PRECISION], sums[..., COUNT], empty=np.nan)


def claimed_au_recall(sums: Array) -> Array:
    """Mean over samples with units of units that are named / units that are there.

    >>> from affectbench import metrics
    >>> metrics.claimed_au_recall([["AU6", "AU12"]], [["AU12", "AU4"]])
    0.5
    """
    return ratio(sums[..., RECALL], sums[..., WITH_GOLD], empty=np.nan)


def claimed_au_f1(sums: Array) -> Array:
    """Mean over samples of 2 units that are both claimed and there / units claimed and units there.

    >>> from affectbench import metrics
    >>> metrics.claimed_au_f1([["AU6", "AU12"]], [["AU12", "AU4"]])
    0.5
    """
    return ratio(sums[..., F1], sums[..., COUNT], empty=np.nan)


def invented_au(sums: Array) -> Array:
    """Share of answers that claim a unit that is not there.

    >>> from affectbench import metrics
    >>> metrics.invented_au([["AU12"], ["AU4"]], [["AU12", "AU6"], ["AU4"]])
    0.5
    """
    return ratio(sums[..., INVENTED], sums[..., COUNT], empty=np.nan)
