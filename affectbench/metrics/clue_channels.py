"""Clues by channel: of all samples together, what is said of the face, of the voice, of the gaze.

Rows are as in `clue_overlap`, names are the channels. Statistics have shape (..., L, 4), the columns named below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from affectbench.metrics.clue_overlap import Claims, named
from affectbench.metrics.ratios import Array, ratio

BOTH, GOLD, SAID, SAMPLES = range(4)


def _channels(clues: Iterable[str]) -> Counter[str]:
    return Counter(clue.partition("/")[0] for clue in clues)


def statistics(gold: Sequence[Claims], predicted: Sequence[Claims | None], names: Sequence[str] = ()) -> Array:
    """Per sample and channel: shared clues, clues of the gold, of the answer, and whether gold has any (N, L, 4)."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    names = list(names)
    out = np.zeros((len(gold), len(names), 4))
    for row, (truth, answer) in enumerate(zip(gold, predicted, strict=True)):
        there, said = named(truth), named(answer or ())
        for column, clues in ((BOTH, there & said), (GOLD, there), (SAID, said)):
            found = _channels(clues)
            out[row, :, column] = [found[name] for name in names]
        out[row, :, SAMPLES] = out[row, :, GOLD] > 0
    return out


def support(sums: Array) -> Array:
    """Samples whose gold has a clue of the channel, (..., L)."""
    return sums[..., SAMPLES]


def clue_precision_by_channel(sums: Array) -> Array:
    """Shared clues / clues of the answers, by channel; undefined where no answer names one.

    >>> from affectbench import metrics
    >>> metrics.clue_precision_by_channel([["face/AU12"]], [["face/AU12", "voice/sigh"]], ["face", "voice"]).tolist()
    [1.0, 0.0]
    """
    return ratio(sums[..., BOTH], sums[..., SAID], empty=np.nan)


def clue_recall_by_channel(sums: Array) -> Array:
    """Shared clues / clues of the gold, by channel; undefined where the gold has none.

    >>> from affectbench import metrics
    >>> metrics.clue_recall_by_channel([["face/AU12", "voice/sigh"]], [["face/AU12"]], ["face", "voice"]).tolist()
    [1.0, 0.0]
    """
    return ratio(sums[..., BOTH], sums[..., GOLD], empty=np.nan)


def clue_f1_by_channel(sums: Array) -> Array:
    """2 shared clues / all clues, by channel; undefined where there are none.

    >>> from affectbench import metrics
    >>> metrics.clue_f1_by_channel([["face/AU12"]], [["face/AU12", "voice/sigh"]], ["face", "voice"]).tolist()
    [1.0, 0.0]
    """
    return ratio(2 * sums[..., BOTH], sums[..., GOLD] + sums[..., SAID], empty=np.nan)
