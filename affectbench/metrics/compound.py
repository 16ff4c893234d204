"""Compound emotions: two basic emotions at once, in any order or in the order of the label.

A label is read as the basic emotions that it names: "happily surprised", "surprised and happy" and "surprise,
happiness" are one pair. `compound_accuracy` compares pairs, `compound_order_accuracy` wants the parts in the order of
the gold label as well. RAF-DB's own figure is the mean diagonal, `uar` (Li, Deng & Du, CVPR 2017).

Statistics have shape (..., 3): counted, right in any order, right in order. A missing answer is a miss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, ratio

COUNT, PAIR, ORDER = range(3)

NAMED = {
    "happiness": r"happ(?:y|ily|iness)|joy(?:ful(?:ly)?)?",
    "sadness": r"sad(?:ly|ness)?",
    "anger": r"ang(?:er|ry|rily)",
    "fear": r"fear(?:ful(?:ly)?)?|afraid|scared",
    "surprise": r"surpris(?:e|ed(?:ly)?|ing(?:ly)?)",
    "disgust": r"disgust(?:ed(?:ly)?)?",
    "contempt": r"contempt(?:uous(?:ly)?)?",
}
"""How English writes the basic emotions: as noun, adjective and adverb."""

_NAMED = re.compile("|".join(rf"\b(?P<{emotion}>{forms})\b" for emotion, forms in NAMED.items()))


@lru_cache(maxsize=4096)
def parts(label: str) -> tuple[str, ...]:
    """The basic emotions that a label names, in its order, each once; the label itself if it names none.

    >>> parts("Surprised and happy"), parts("happily surprised"), parts("awed")
    (('surprise', 'happiness'), ('happiness', 'surprise'), ('awed',))
    """
    folded = label.casefold().strip()
    return tuple(dict.fromkeys(found.lastgroup or "" for found in _NAMED.finditer(folded))) or (folded,)


def turned(said: str, label: str) -> bool:
    """Whether words that were read as a compound label name its parts in another order.

    >>> turned("surprised and happy", "happily surprised"), turned("B", "happily surprised")
    (True, False)
    """
    if said == label:
        return False
    named, there = parts(label), parts(said)
    return len(named) > 1 and named != there and sorted(named) == sorted(there)


def turn(places: NDArray[np.intp], which: Sequence[bool]) -> NDArray[np.intp]:
    """Mark positions of labels whose parts were named in the other order; to `turn` all marked ones takes it back.

    >>> turn(np.array([4, 4, -1]), [False, True, True]).tolist()
    [4, -6, -1]
    """
    return np.where(which, -2 - places, places).astype(np.intp)


def straight(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Positions without the marks of `turn`."""
    return np.where(places < -1, -2 - places, places).astype(np.intp)


def statistics(gold: Any, predicted: Any, labels: Sequence[str] = ()) -> Array:
    """Per sample the columns named above, (N, 3), of labels, of other words for them, or of positions in `labels`."""
    truth, answer = _orders(gold, labels), _orders(predicted, labels)
    if len(truth) != len(answer):
        raise ValueError(f"{len(truth)} gold labels, but {len(answer)} predictions")
    rows = [(True, sorted(a) == sorted(b), a == b) for a, b in zip(truth, answer, strict=True)]
    return np.array(rows, np.float64).reshape(-1, 3)


def _orders(values: Any, labels: Sequence[str]) -> list[tuple[str, ...]]:
    """The parts that each value names, in order; none for a missing answer."""
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    known = {value: _order(value, labels) for value in dict.fromkeys(listed)}
    return [known[value] for value in listed]


def _order(value: Any, labels: Sequence[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        return parts(value)
    if not isinstance(value, Integral) or value == -1:
        return ()
    place = int(value)
    return parts(labels[place]) if place >= 0 else parts(labels[-2 - place])[::-1]


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def compound_accuracy(sums: Array) -> Array:
    """Share of samples of which both basic emotions are right, whichever was named first.

    >>> from affectbench import metrics
    >>> metrics.compound_accuracy(["happily surprised", "sadly angry"], ["surprised and happy", "sadly fearful"])
    0.5
    """
    return ratio(sums[..., PAIR], sums[..., COUNT], empty=np.nan)


def compound_order_accuracy(sums: Array) -> Array:
    """Share of samples of which both basic emotions are right and named in the order of the label.

    >>> from affectbench import metrics
    >>> metrics.compound_order_accuracy(["happily surprised", "sadly angry"], ["surprised and happy", "sad and angry"])
    0.5
    """
    return ratio(sums[..., ORDER], sums[..., COUNT], empty=np.nan)
