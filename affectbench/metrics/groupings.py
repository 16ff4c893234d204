"""Emotion words compared by stored groups of words that mean the same, as in MER2024's open-vocabulary track.

A judge grouped the gold and predicted words of each clip; here its groupings are data. Source: MERTools,
`MER2024/main-ov.py`; Lian et al. 2024 (arXiv:2404.17113).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

Grouping = Sequence[Sequence[str]]


class Grouped(NamedTuple):
    """Mean precision ("Accuracy_s"), mean recall, the mean of the two, and the clips that have a grouping."""

    precision: float
    recall: float
    average: float
    n: int


def grouped(
    gold: Mapping[str, Collection[str]],
    predicted: Mapping[str, Collection[str] | None],
    groupings: Mapping[str, Grouping],
) -> Grouped:
    """Score words by the groups of their clip: a word stands for the first word of its group.

    All three are by clip. Of a word in two groups the last one counts; a word in none stands for itself. Only clips
    with a grouping count, and a missing answer is the empty set (0, 0), as are clips without gold words. NaN without
    such clips.

    >>> grouped({"a": ["happy", "sad"]}, {"a": ["glad", "odd"]}, {"a": [["glad", "happy"]]})
    Grouped(precision=0.5, recall=0.5, average=0.5, n=1)
    """
    precisions, recalls = [], []
    for clip, groups in groupings.items():
        if clip not in gold:
            continue
        first = {_fold(word): _fold(group[0]) for group in groups for word in group}
        truth = _stand_ins(gold[clip], first)
        said = _stand_ins(predicted.get(clip) or (), first)
        both = len(truth & said)
        precisions.append(both / len(said) if said else 0.0)
        recalls.append(both / len(truth) if truth else 0.0)
    if not precisions:
        return Grouped(math.nan, math.nan, math.nan, 0)
    precision, recall = (math.fsum(shares) / len(shares) for shares in (precisions, recalls))
    return Grouped(precision, recall, (precision + recall) / 2, len(precisions))


def _stand_ins(words: Collection[str], first: Mapping[str, str]) -> set[str]:
    folded = {_fold(word) for word in words} - {""}
    return {first.get(word, word) for word in folded}


def _fold(word: str) -> str:
    return word.strip().lower()
