"""Which modality an answer follows where face, voice and text say different things.

`gold` gives each sample the labels of its cues, by the name of the modality. The cues of a sample conflict where two of
them differ; they are congruent where two or more are there and none differs. No answer follows nothing.

Statistics have shape (..., M, 2) for M modalities: conflicting samples on which each has a label, and answers that
agree with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import Index

Cues = Sequence[Mapping[str, str]] | Index
COUNT, AGREE = range(2)


def modalities(gold: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The names of the cues, by how they are written: the order of what `follows` gives.

    >>> modalities([{"voice": "sad"}, {"face": "happy"}])
    ('face', 'voice')
    """
    return tuple(sorted({name for cues in gold for name in cues}))


def table(gold: Cues, labels: Sequence[str]) -> Index:
    """Codes of the cues, (N, M), one column a modality, -1 for none. A table is returned as it is.

    >>> table([{"face": "joy", "voice": "awe"}, {"face": "joy"}], ["joy", "awe"]).tolist()
    [[0, 1], [0, -1]]
    """
    if isinstance(gold, np.ndarray):
        return gold
    columns = [codes([cues.get(name) for cues in gold], labels) for name in modalities(gold)]
    return np.stack(columns, axis=1) if columns else np.full((len(gold), 0), -1, np.intp)


def conflicts(cues: Index) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which samples have congruent cues, and which conflicting ones; `cues` (N, M) are codes, -1 for none.

    >>> conflicts(np.array([[0, 0], [0, 1], [1, -1]]))
    (array([ True, False, False]), array([False,  True, False]))
    """
    there = cues >= 0
    most = cues.max(axis=1, initial=-1)
    conflicting = (there & (cues < most[:, None])).any(axis=1)
    return (there.sum(axis=1) > 1) & ~conflicting, conflicting


def statistics(gold: Cues, predicted: Sequence[Any] | NDArray[Any], labels: Sequence[str]) -> Array:
    """Counted and agreeing by modality, (N, M, 2)."""
    cues, answer = table(gold, labels), codes(predicted, labels)
    if len(cues) != len(answer):
        raise ValueError(f"cues of {len(cues)} samples, but {len(answer)} predictions")
    counted = conflicts(cues)[1][:, None] & (cues >= 0)
    return np.stack([counted, counted & (cues == answer[:, None])], axis=-1).astype(np.float64)


def support(sums: Array) -> Array:
    """Conflicting samples on which each modality has a label, (..., M)."""
    return sums[..., COUNT]


def follows(sums: Array) -> Array:
    """Share of the answers to conflicting samples that agree with each modality, (..., M), in 0..1.

    Modalities come by their names; NaN for one without a label on any conflicting sample.

    >>> from affectbench import metrics
    >>> gold = [{"face": "joy", "voice": "fear"}, {"face": "joy", "voice": "awe"}, {"face": "joy", "voice": "joy"}]
    >>> metrics.follows(gold, ["joy", "fear", "joy"], ["joy", "fear", "awe"]).tolist()
    [0.5, 0.0]
    """
    return ratio(sums[..., AGREE], sums[..., COUNT], empty=np.nan)
