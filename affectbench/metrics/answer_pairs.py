"""Pairs of yes-no questions about one clip: a basic one, and its adversary that asks for what is not there.

Who always says yes gets every question right whose answer is yes; only pairs that are right as a whole, and how
often yes is said, show it. A missing answer is wrong and says neither. The scheme is that of VideoHallucer (Wang and
others, 2024), which EmotionHallucer follows; no code of EmotionHallucer's evaluator was published, so its figures may
have been made in another way.

`pair_accuracy` scores runs: samples of one `cluster` are a pair, whatever their labels. Its statistics have shape
(..., 2): counted, right. `of_pairs` gives all figures of pairs that are there already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from affectbench.metrics.classification import codes
from affectbench.metrics.intervals import wilson
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import Index

COUNT, RIGHT = range(2)
YES, NO = "yes", "no"


class Pair(NamedTuple):
    """Gold and answers of a pair: `yes`, `no`, or for an answer None; the `basic` question, then the `adversary`."""

    basic: str
    adversary: str
    basic_said: str | None
    adversary_said: str | None


class Pairs(NamedTuple):
    """Figures of pairs, shares 0..1.

    `basic`, `adversary`: right answers to either question; `both`: pairs right as a whole; `yes_bias`: yes said less
    yes wanted, of all questions, -1..1 (0 is none); `false_yes`: of the wrong answers given, those that said yes,
    NaN without any (1/2 is no bias). `low` and `high` bound `both` at 95 % (Wilson), pairs taken as independent.
    """

    basic: float
    adversary: float
    both: float
    low: float
    high: float
    yes_bias: float
    false_yes: float
    n: int


def of_pairs(pairs: Sequence[Pair]) -> Pairs:
    """The figures of pairs. Raises ValueError for no pairs, and for gold that is neither yes nor no.

    >>> found = of_pairs([Pair("yes", "no", "yes", "no"), Pair("yes", "no", "yes", "yes")])
    >>> found.basic, found.adversary, found.both, found.yes_bias, found.false_yes
    (1.0, 0.5, 0.5, 0.25, 1.0)
    """
    if not pairs:
        raise ValueError("there are no pairs")
    if odd := next((pair for pair in pairs if not {pair.basic, pair.adversary} <= {YES, NO}), None):
        raise ValueError(f"gold of a pair is yes or no, not {odd.basic!r} and {odd.adversary!r}")
    wanted = np.array([[pair.basic == YES, pair.adversary == YES] for pair in pairs])
    said = np.array([[_sign(pair.basic_said), _sign(pair.adversary_said)] for pair in pairs])
    right = said == np.where(wanted, 1, -1)
    wrong = (said != 0) & ~right
    yes = said == 1
    both = right.all(axis=1)
    low, high = wilson(float(both.mean()), len(pairs))
    return Pairs(
        basic=float(right[:, 0].mean()),
        adversary=float(right[:, 1].mean()),
        both=float(both.mean()),
        low=low,
        high=high,
        yes_bias=float(yes.mean() - wanted.mean()),
        false_yes=float((wrong & yes).sum() / wrong.sum()) if wrong.any() else float("nan"),
        n=len(pairs),
    )


def _sign(said: str | None) -> int:
    return {YES: 1, NO: -1}.get(said or "", 0)


def numbered(pairs: Sequence[str | None]) -> Index:
    """The pair of each sample as a number, -1 for a sample that is alone.

    >>> numbered(["a", "b", "a", None]).tolist()
    [0, -1, 0, -1]
    """
    names: dict[str, int] = {}
    code = np.array([-1 if name is None else names.setdefault(name, len(names)) for name in pairs], np.intp)
    size = np.bincount(code[code >= 0], minlength=len(names))
    return np.where((code >= 0) & (np.append(size, 0)[code] > 1), code, -1)


def statistics(gold: Any, predicted: Any, labels: Sequence[str]) -> Array:
    """Per answer: whether its pair counts, whether all of the pair is right, (N, 2).

    `gold` are (label, pair) by sample, or a table (N, 3) of codes: label, pair, sample. Of answers that repeat a sample
    the first go together, then the second, and so on. A pair of which only one answer is there does not count.
    """
    if not isinstance(gold, np.ndarray) or gold.dtype.kind != "i":
        label, pair = codes([one for one, _ in gold], labels), numbered([name for _, name in gold])
        gold = np.column_stack([label, pair, np.arange(len(label))])
    answer = codes(predicted, labels)
    if len(gold) != len(answer):
        raise ValueError(f"{len(gold)} questions, but {len(answer)} predictions")
    turns = np.column_stack([gold[:, 1], _turn(gold[:, 2])])
    place = np.unique(turns, axis=0, return_inverse=True)[1].reshape(-1)
    size = np.bincount(place)
    right = np.bincount(place, (answer == gold[:, 0]) & (answer >= 0)) == size
    counted = (gold[:, 1] >= 0) & (size[place] > 1)
    return np.column_stack([counted, counted & right[place]]).astype(np.float64)


def _turn(sample: Index) -> Index:
    """The how-manieth answer to its sample each one is, from 0."""
    order = np.argsort(sample, kind="stable")
    first = np.searchsorted(sample[order], sample[order])
    turn = np.empty(len(sample), np.intp)
    turn[order] = np.arange(len(sample)) - first
    return turn


def support(sums: Array) -> Array:
    """Answers whose pair counts, (..., 1)."""
    return sums[..., [COUNT]]


def pair_accuracy(sums: Array) -> Array:
    """Share of the pairs that are right as a whole, 0..1; larger pairs weigh more.

    >>> from affectbench import metrics
    >>> gold = [("yes", "a"), ("no", "a"), ("yes", "b"), ("no", "b")]
    >>> metrics.pair_accuracy(gold, ["yes", "no", "yes", "yes"], ["yes", "no"])
    0.5
    """
    return ratio(sums[..., RIGHT], sums[..., COUNT], empty=np.nan)
