"""How right answers are where the cues of a sample agree, and where they conflict.

`gold` gives each sample a label and the labels of its cues by modality (see `reliance`). Samples with fewer than two
cues are in neither part. Statistics have shape (..., 2, 2): for each part the samples and the right answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.reliance import conflicts, table
from affectbench.metrics.resample import Index

PARTS = ("congruent", "conflicting")
COUNT, RIGHT = range(2)

Gold = Sequence[tuple[str, Mapping[str, str]]] | Index


def statistics(gold: Gold, predicted: Sequence[Any] | NDArray[Any], labels: Sequence[str]) -> Array:
    """Counted and right by part, (N, 2, 2); `gold` are (label, cues), or codes (N, 1 + M), the label's first."""
    if isinstance(gold, np.ndarray):
        label, cues = gold[:, 0], gold[:, 1:]
    else:
        label, cues = codes([one for one, _ in gold], labels), table([cues for _, cues in gold], labels)
    answer = codes(predicted, labels)
    if len(label) != len(answer):
        raise ValueError(f"{len(label)} gold labels, but {len(answer)} predictions")
    counted = np.stack(conflicts(cues), axis=1) & (label >= 0)[:, None]
    return np.stack([counted, counted & (label == answer)[:, None]], axis=-1).astype(np.float64)


def support(sums: Array) -> Array:
    """Congruent and conflicting samples, (..., 2)."""
    return sums[..., COUNT]


def accuracy_by_conflict(sums: Array) -> Array:
    """Accuracy where the cues agree and where they conflict, (..., 2), in 0..1; NaN for a part without samples.

    With the label on which all cues agree as gold it is how often answers agree with congruent cues.

    >>> from affectbench import metrics
    >>> gold = [("joy", {"face": "joy", "voice": "fear"}), ("joy", {"face": "joy", "voice": "joy"})]
    >>> metrics.accuracy_by_conflict(gold, ["fear", "joy"], ["joy", "fear"]).tolist()
    [1.0, 0.0]
    """
    return ratio(sums[..., RIGHT], sums[..., COUNT], empty=np.nan)
