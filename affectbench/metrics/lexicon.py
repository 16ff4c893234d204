"""A lexicon: which words mean the same, by one or several emotion wheels of two levels.

A form (`sadly`) comes from one or several raw words (`sad`), a raw word is near one or several words of the wheels,
and a wheel puts its words into clusters: wide ones (level 1) and narrow ones (level 2). The cluster of a label on a
wheel is that of the first word, in the order of the alphabet, that the wheel has; a label without one is left out.
This is the mapping of MER-UniBench (Lian et al. 2025, arXiv:2501.16566); a lexicon of its own words is the plain case
where each word is its own form.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.resample import Index

Tree = Mapping[str, Mapping[str, Sequence[str]]]
"""Wide cluster -> narrow cluster -> words."""
Clusters = tuple[Mapping[str, str], Mapping[str, str]]
"""Word -> cluster, by level."""

Mask = NDArray[np.bool_]
LEVELS = (0, 1)
NOWHERE = -1


def clusters(tree: Tree) -> Clusters:
    """The cluster of every word of a wheel, wide and narrow; the names of clusters are words too.

    The name of a wide cluster belongs to its narrow one that comes first in the alphabet. Where a word stands twice,
    the later place counts.

    >>> clusters({"joy": {"glee": ["merry"], "bliss": []}})[1]
    {'joy': 'bliss', 'glee': 'glee', 'merry': 'glee', 'bliss': 'bliss'}
    """
    wide: dict[str, str] = {}
    narrow: dict[str, str] = {}
    for family, groups in tree.items():
        wide[family], narrow[family] = family, min(groups, default=family)
        for group, words in groups.items():
            for word in (group, *words):
                wide[word], narrow[word] = family, group
    return wide, narrow


@dataclass(frozen=True, slots=True)
class Coded:
    """The labels of `size` samples: of each label its sample (`row`) and its `word` as a number.

    `given` says which samples have a list at all, be it an empty one.
    """

    size: int
    row: Index
    word: Index
    given: Mask


class Lexicon:
    """Words, their clusters on every wheel, and the words that say that there is no emotion.

    `wheels`: name -> clusters by level; `synonyms`: raw word -> words of the wheels; `forms`: raw word -> how it may be
    written, itself included. `table` (F + 1, W, 2) holds the cluster of each form, -1 for none; its last row is any
    unknown word.

    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["merry", "glad"]}, "woe": {"gloom": ["sad"]}}})
    >>> lexicon.cluster("Glad ", "moods"), lexicon.cluster("sad", "moods", level=2), lexicon.cluster("odd", "moods")
    ('joy', 'gloom', None)
    """

    def __init__(
        self,
        wheels: Mapping[str, Clusters],
        synonyms: Mapping[str, Iterable[str]],
        forms: Mapping[str, Iterable[str]],
        neutral: Iterable[str] = (),
    ) -> None:
        self.wheels = tuple(wheels)
        self.names = tuple(tuple(tuple(dict.fromkeys(level.values())) for level in wheels[name]) for name in wheels)
        self.neutral = frozenset(map(fold, neutral))
        self.candidates: tuple[Mask, ...] | None = None
        raws: dict[str, list[str]] = {}
        for raw, written in forms.items():
            for form in dict.fromkeys((*written, raw)):
                raws.setdefault(form, []).append(raw)
        self.places = {form: place for place, form in enumerate(raws)}
        near = [sorted({word for raw in origins for word in synonyms[raw]}) for origins in raws.values()]
        numbers = [
            [
                {word: names.index(cluster) for word, cluster in level.items()}
                for level, names in zip(*pair, strict=True)
            ]
            for pair in zip(wheels.values(), self.names, strict=True)
        ]
        self.table = np.array(
            [[[_first(words, level) for level in wheel] for wheel in numbers] for words in [*near, []]], np.intp
        ).reshape(len(near) + 1, len(self.wheels), 2)
        self.raw = _numbers([min(origins) for origins in raws.values()])
        self.word = _numbers([min(synonyms[min(origins)], default=None) for origins in raws.values()])

    @classmethod
    def of(cls, trees: Mapping[str, Tree], neutral: Iterable[str] = ()) -> Lexicon:
        """A lexicon of wheels whose words are written in one way only."""
        wheels = {name: clusters(_folded(tree)) for name, tree in trees.items()}
        words = {word: (word,) for wheel in wheels.values() for word in wheel[0]}
        return cls(wheels, words, words, neutral)

    def cluster(self, label: str, wheel: str, level: int = 1) -> str | None:
        """The name of the cluster of a label, None where the wheel has none for it."""
        at = self.wheels.index(wheel)
        found = self.table[self.places.get(fold(label), -1), at, level - 1]
        return None if found == NOWHERE else self.names[at][level - 1][found]

    def coder(self) -> Coder:
        """A coder of labels; gold and answers that are compared need the same one."""
        return Coder(self.places)

    def among(self, gold: Iterable[Any]) -> Lexicon:
        """The same lexicon with the clusters that the gold of a whole dataset has as candidates (see `mscore`)."""
        other = copy(self)
        word = self.coder().code(gold).word
        other.candidates = tuple(self._reached(word, wheel) for wheel in range(len(self.wheels)))
        return other

    def present(self, coded: Coded, wheel: int, level: int) -> Mask:
        """Which clusters of a wheel the labels of each sample have, (N, clusters)."""
        return spread(coded, self.table[:, wheel, level], len(self.names[wheel][level]))

    def _reached(self, word: Index, wheel: int) -> Mask:
        found = self.table[np.minimum(word, len(self.table) - 1), wheel, 0]
        reached = np.zeros(len(self.names[wheel][0]), np.bool_)
        reached[found[found != NOWHERE]] = True
        return reached


class Coder(dict[str, int]):
    """Labels as numbers: the forms of a lexicon first, then every other word as it comes; -1 for a blank one."""

    def __init__(self, places: Mapping[str, int]) -> None:
        super().__init__()
        self.places = places
        self.others: dict[str, int] = {}

    def __missing__(self, label: str) -> int:
        folded = fold(label)
        number = self.places.get(folded)
        if number is None:
            number = self.others.setdefault(folded, len(self.places) + len(self.others)) if folded else NOWHERE
        self[label] = number
        return number

    def code(self, values: Iterable[Any]) -> Coded:
        """The labels of samples; a value is a collection of labels, one label, or None (NaN) where there is none.

        A sample's labels are counted once each. Raises TypeError for labels that are no text.
        """
        lists = [_labels(value) for value in values]
        sizes = np.fromiter((len(labels or ()) for labels in lists), np.intp, len(lists))
        row = np.repeat(np.arange(len(lists)), sizes)
        said = chain.from_iterable(labels for labels in lists if labels)
        word = np.fromiter(map(self.__getitem__, said), np.intp, len(row))
        most = 1 + len(self.places) + len(self.others)
        key = np.sort((row * most + word)[word != NOWHERE], kind="stable")
        row, word = np.divmod(key[np.diff(key, prepend=-1) > 0], most)
        return Coded(len(lists), row, word, np.array([labels is not None for labels in lists], np.bool_))


def fold(label: str) -> str:
    """A label as it is looked up: lower case, without outer space."""
    if not isinstance(label, str):
        raise TypeError(f"a label is a text, not {label!r}")
    return label.strip().lower()


def spread(coded: Coded, cluster: Index, size: int) -> Mask:
    """Which of `size` clusters each sample has, (N, size); `cluster` gives that of each form, the last of any other."""
    found = cluster[np.minimum(coded.word, len(cluster) - 1)]
    present = np.zeros((coded.size, size), np.bool_)
    known = found != NOWHERE
    present[coded.row[known], found[known]] = True
    return present


def _first(words: Sequence[str], places: Mapping[str, int]) -> int:
    return next((places[word] for word in words if word in places), NOWHERE)


def _numbers(names: Sequence[str | None]) -> Index:
    """Names as numbers; -1 for None, and at the end for an unknown word."""
    numbers: dict[str, int] = {}
    return np.array([*(NOWHERE if n is None else numbers.setdefault(n, len(numbers)) for n in names), NOWHERE], np.intp)


def _folded(tree: Tree) -> Tree:
    return {fold(a): {fold(b): tuple(map(fold, words)) for b, words in groups.items()} for a, groups in tree.items()}


def _labels(value: Any) -> Sequence[str] | None:
    if isinstance(value, str):
        return (value,)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return tuple(value) if not isinstance(value, list | tuple) else value
