"""Pairs of yes-no questions about one clip: a basic one, and its adversary that asks for what is not there.

Who always says yes gets every question right whose answer is yes; only pairs that are right as a whole, and how
often yes is said, show it. A missing answer is wrong and says neither. The scheme is that of VideoHallucer (Wang and
others, 2024), which EmotionHallucer follows; no code of EmotionHallucer's evaluator was published, so its figures may
have been made in another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from affectbench.metrics.intervals import wilson

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
