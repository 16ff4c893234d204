"""Open-vocabulary emotion words, after a model has put words of one meaning into groups (EMER-v2, MER2024-OV).

Each sample has its own groups, made of its gold and predicted words together. A word stands for the first word of its
group; one in two groups for that of the last; one in no group for itself. Words are compared in lower case.
Source: Lian and others, 2024 (`MER2024/main-ov.py`); `open_vocabulary` compares the words as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Groups = Sequence[Sequence[str]]


class GroupedWords(NamedTuple):
    """Means over samples, 0..1: `accuracy`, the share of predicted meanings that are in gold, `recall`, the share of
    gold's that were predicted, and `average`, their arithmetic mean; `n` samples had groups.
    """

    accuracy: float
    recall: float
    average: float
    n: int


def meanings(words: Iterable[str], groups: Groups) -> frozenset[str]:
    """The words as the first words of their groups.

    >>> sorted(meanings(["Glad", "calm", "sad"], [["happy", "glad"], ["content", "calm"]]))
    ['content', 'happy', 'sad']
    """
    stands = {word.strip().lower(): group[0].strip().lower() for group in groups for word in group}
    return frozenset(stands.get(word, word) for each in words if (word := each.strip().lower()))


def grouped_words(
    gold: Sequence[Iterable[str]], predicted: Sequence[Iterable[str] | None], groups: Sequence[Groups | None]
) -> GroupedWords | None:
    """EMER-v2's accuracy, recall and their mean. A sample without groups is left out, as in the reference.

    No answer has precision and recall 0; so has a sample whose gold has no words. None where no sample has groups.
    Raises ValueError where the lists differ in length.

    >>> grouped_words([["happy"], ["sad"]], [["glad", "calm"], None], [[["happy", "glad"], ["calm"]], []])
    GroupedWords(accuracy=0.25, recall=0.5, average=0.375, n=2)
    """
    if not len(gold) == len(predicted) == len(groups):
        raise ValueError(f"{len(gold)} gold sets, {len(predicted)} predictions, {len(groups)} lists of groups")
    shares = []
    for truth, answer, sets in zip(gold, predicted, groups, strict=True):
        if sets is None:
            continue
        wanted, said = meanings(truth, sets), meanings(answer or (), sets)
        both = len(wanted & said)
        shares.append((both / len(said), both / len(wanted)) if both else (0.0, 0.0))
    if not shares:
        return None
    accuracy, recall = (sum(column) / len(shares) for column in zip(*shares, strict=True))
    return GroupedWords(accuracy, recall, (accuracy + recall) / 2, len(shares))
