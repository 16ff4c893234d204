"""What published evaluators read out of the replies of a judge: numbers, or None where theirs raises or drops it.

Their quirks are kept; `strict_scores` reads the same replies without them. Face-LLaVA (three axes, 1 to 10) has not
published how it asks and reads, and EmoBench-M's pattern is not settled, so neither has a reader here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from affectbench.answers.published import element

FIRST_NUMBER = re.compile(r"\d+\.*\d*")
SINGLE = re.compile(r": (\d)/1")
SHARES = re.compile(r":\s*(\d+)/(\d+)")
FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL | re.IGNORECASE)


def emer_score(text: str) -> float | None:
    """EMER: the first number of the reply, whatever it counts; None where there is none, or one such as "3..5".

    So it reads the overlap of clues and that of labels, in the second protocol after a call that shortens both texts
    to words; Emotion-LLaMA reports both. The reference means over clips and stops at a reply that gives None.

    >>> emer_score("8/10"), emer_score("3..5"), emer_score("none")
    (8.0, None, None)
    """
    found = FIRST_NUMBER.search(text)
    try:
        return float(found[0]) if found else None
    except ValueError:
        return None


def mme_single(text: str) -> list[int] | None:
    """MME-Emotion, tasks of one label: 0 or 1 a step, read from `: 1/1` inside `<score>`; None without the element.

    >>> mme_single("<score>Step 1: 1/1, Step 2: 0/1</score>"), mme_single("<score>Step 1:1/1</score>")
    ([1, 0], [])
    """
    found = _scores(text)
    return [int(digit) for digit in SINGLE.findall(found)] if found is not None else None


def mme_shares(text: str) -> list[float] | None:
    """MME-Emotion, tasks of several labels: a share a step; None without the element, 0 where nothing could be had.

    >>> mme_shares("<score>Step 1: 1/1, Step 2: 2/3</score>"), mme_shares("<score>Step 1: 0/0</score>")
    ([1.0, 0.6666666666666666], [0.0])
    """
    found = _scores(text)
    if found is None:
        return None
    pairs = [(float(got), float(most)) for got, most in SHARES.findall(found)]
    return [_share(got, most) for got, most in pairs]


def _scores(text: str) -> str | None:
    """The content of the first score element that stands on one line."""
    found = (element(line, "score") for line in text.split("\n"))
    return next((content for content in found if content is not None), None)


def _share(got: float, most: float) -> float:
    return got / most if 0 < most < float("inf") and got < float("inf") else 0.0


class Steps(NamedTuple):
    """MME-Emotion: recognition (the last step), reasoning (the mean of the others, 0 without any), their number."""

    recognition: float
    reasoning: float
    steps: int


def steps(scores: Sequence[float] | None) -> Steps | None:
    """What the scores of one reply come to; None for none, which the reference drops.

    >>> steps([1, 0, 1])
    Steps(recognition=1, reasoning=0.5, steps=3)
    """
    if not scores:
        return None
    *before, last = scores
    return Steps(last, sum(before) / len(before) if before else 0.0, len(scores))


class MmeEmotion(NamedTuple):
    """MME-Emotion's figures, in percent but for the last two: the mean number of steps, and the replies counted."""

    recognition: float
    reasoning: float
    chain: float
    steps: float
    counted: int


def mme_emotion(replies: Iterable[Sequence[float] | None], alpha: float = 0.5) -> MmeEmotion | None:
    """Means over the replies that could be read; `chain` is alpha * recognition + (1 - alpha) * reasoning.

    >>> mme_emotion([[1, 0, 1], None, [0]])
    MmeEmotion(recognition=50.0, reasoning=25.0, chain=37.5, steps=2.0, counted=2)
    """
    read = [found for scores in replies if (found := steps(scores)) is not None]
    if not read:
        return None
    n = len(read)
    recognition, reasoning = (100 * sum(one[place] for one in read) / n for place in (0, 1))
    chain = alpha * recognition + (1 - alpha) * reasoning
    return MmeEmotion(recognition, reasoning, chain, sum(one.steps for one in read) / n, n)


def fea_score(text: str) -> float | None:
    """Facial-R1 on FEA: the `score` of a JSON reply, on whatever scale; None where the reference tries again.

    After three tries it takes 0, which stays in its mean (`zero_mean`). How it finds JSON among other words is not
    settled: here the whole reply is JSON, with or without a fence.

    >>> fea_score('{"score": 7, "reason": "both smile"}'), fea_score("7")
    (7.0, None)
    """
    fenced = FENCED.fullmatch(text.strip())
    try:
        found = json.loads(fenced[1] if fenced else text)
        score = float(found["score"]) if isinstance(found, dict) else math.nan
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    return score if math.isfinite(score) else None


def zero_mean(scores: Iterable[float | None]) -> float | None:
    """The mean in which what was not read is 0, as Facial-R1 (FEA) and EmoBench-M print it; None for no replies.

    >>> zero_mean([8.0, None])
    4.0
    """
    taken = [score or 0.0 for score in scores]
    return sum(taken) / len(taken) if taken else None


def emobench_m_total(logical: Iterable[float | None], content: Iterable[float | None]) -> tuple[float, ...] | None:
    """EmoBench-M's laugh reasons: means of both scales (0 to 5) and of their sum, 2 decimals; what failed is 0.

    >>> emobench_m_total([4.0, None], [3.0, 5.0])
    (2.0, 4.0, 6.0)
    """
    means = zero_mean(logical), zero_mean(content)
    if means[0] is None or means[1] is None:
        return None
    return tuple(round(mean, 2) for mean in (means[0], means[1], means[0] + means[1]))
