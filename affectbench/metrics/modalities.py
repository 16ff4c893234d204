"""Whether a rationale claims to have seen or heard what it was not given.

A row of the gold is the channels of which nothing was shown, one of the answers its clues as in `clue_overlap`.
Statistics have shape (..., 2), the columns named below.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from affectbench.metrics.clue_overlap import Claims, named
from affectbench.metrics.ratios import Array, ratio

COUNT, INVENTED = range(2)


def statistics(gold: Sequence[Collection[str]], predicted: Sequence[Claims | None], _: Sequence[str] = ()) -> Array:
    """Per sample: whether a channel was hidden, and whether a clue of one is claimed, (N, 2). No answer counts so."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold rows, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 2))
    for row, (hidden, answer) in enumerate(zip(gold, predicted, strict=True)):
        if hidden:
            claimed = {clue.partition("/")[0] for clue in named(answer or ())}
            out[row] = 1, answer is None or not claimed.isdisjoint(hidden)
    return out


def support(sums: Array) -> Array:
    """Samples of which a channel was hidden, (..., 1)."""
    return sums[..., [COUNT]]


def invented_modality(sums: Array) -> Array:
    """Share of answers that claim a clue of a channel that was not shown; undefined where everything was shown.

    >>> from affectbench import metrics
    >>> metrics.invented_modality([["voice"], ["voice"]], [["voice/sigh"], ["face/AU12", "no voice/laugh"]])
    0.5
    """
    return ratio(sums[..., INVENTED], sums[..., COUNT], empty=np.nan)
