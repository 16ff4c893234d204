"""The strict siblings of `judge_scores`: they read the replies that those protocols ask for, and only what is certain.

Each returns None where a reply could be read in two ways, is off its scale or says nothing; such a reply is an error of
the judge, never a 0 and never left out: `bounds` says between which means the truth lies.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from affectbench.answers.published.judge_scores import FENCED

Bounds = tuple[float, float]

LONGEST = 20_000  # signs of a reply; a longer one is no verdict
RANGE = re.compile(r"(?<![\d.])\d{1,3}\s{0,3}(?:[-–—~～到至]|to)\s{0,3}\d{1,3}(?![\d.])")
NUMBER = r"(-?\d{1,3}(?:\.\d{1,3})?)(?![\d%]|\.[.\d])(?:\s{0,3}(?:/|out of)\s{0,3}(\d{1,3})(?!\d))?"
NAMED = re.compile(
    r"(?:预测分数|重合度|重叠度|分数|得分|评分|\bscore|\brating)[\s'\"*]{0,4}(?:[:=为是]|is\b)[\s'\"*]{0,4}" + NUMBER
)
LONE = re.compile(rf"\W{{0,4}}{NUMBER}\s{{0,2}}分?\W{{0,4}}")
ELEMENT = re.compile(r"<score>((?:(?!<score>).)*?)</score>", re.DOTALL | re.IGNORECASE)
STEP = re.compile(
    r"\s*step\s{0,3}(\d{1,4})\s{0,3}:\s{0,3}(\d{1,4})\s{0,3}/\s{0,3}(\d{1,4})\s*(?:[,;.\n]|$)", re.IGNORECASE
)


def emer_strict(text: str, low: float = 1, high: float = 10) -> float | None:
    """EMER: the one score that a reply names, in Chinese or English, or that is all it says, on `low` to `high`.

    >>> emer_strict("得分范围为1-10，预测分数：6"), emer_strict("8/10"), emer_strict("3..5"), emer_strict("score: 11")
    (6.0, 8.0, None, None)
    """
    if len(text) > LONGEST:
        return None
    plain = RANGE.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    lone = LONE.fullmatch(plain)
    found = {(float(n), float(of or high)) for n, of in ([lone.groups()] if lone else NAMED.findall(plain))}
    if len(found) != 1:
        return None
    ((value, out_of),) = found
    return value if low <= value <= high and out_of == high else None


def fea_strict(text: str, low: float = 1, high: float = 10) -> float | None:
    """Facial-R1 on FEA: the number `score`, given once, of a reply that is a JSON object, on `low` to `high`.

    >>> fea_strict('{"score": 7, "reason": ""}'), fea_strict('{"score": 70}'), fea_strict('{"score": 7, "score": 9}')
    (7.0, None, None)
    """
    fenced = FENCED.fullmatch(text.strip())
    try:
        pairs = json.loads(fenced[1] if fenced else text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return None
    scores = [value for key, value in pairs if key == "score"] if isinstance(pairs, _Pairs) else []
    if len(scores) != 1 or isinstance(scores[0], bool) or not isinstance(scores[0], int | float):
        return None
    return float(scores[0]) if low <= scores[0] <= high else None


class _Pairs(list[tuple[str, object]]):
    """A JSON object that keeps a key that was given twice."""


def steps_strict(text: str, labels: int | None = 1) -> list[float] | None:
    """MME-Emotion: a score a step, the last one out of the number of gold `labels`, the others 0/1 or 1/1.

    Where that number is not at hand (None), the last one is out of whatever is said, from 1 on.

    The steps are numbered from 1 and nothing else stands in the `<score>` element, on one line or on several; where a
    reply has more elements, they say the same.

    >>> steps_strict("<score>Step 1: 1/1,\\nStep 2: 2/3</score>", labels=3)
    [1.0, 0.6666666666666666]
    >>> steps_strict("<score>Step 1: 1/1, Step 2: 1/12</score>") is None
    True
    """
    if len(text) > LONGEST:
        return None
    elements = [_steps(content, labels) for content in ELEMENT.findall(text)]
    return elements[0] if elements and all(one == elements[0] for one in elements) else None


def _steps(content: str, labels: int | None) -> list[float] | None:
    found, at = [], 0
    while match := STEP.match(content, at):
        found.append(tuple(map(int, match.groups())))
        at = match.end()
    if not found or content[at:].strip():
        return None
    wanted = [1] * (len(found) - 1) + [found[-1][2] if labels is None else labels]
    fine = [
        (number, most) == (place, out_of) and got <= most
        for place, ((number, got, most), out_of) in enumerate(zip(found, wanted, strict=True), 1)
    ]
    return [got / most for _, got, most in found] if all(fine) and wanted[-1] > 0 else None


def bounds(scores: Iterable[float | None], low: float, high: float) -> Bounds | None:
    """The mean of scores if all that could not be read were `low`, and if they were `high`; None for no replies.

    >>> bounds([8.0, None], 0, 10)
    (4.0, 9.0)
    """
    scores = list(scores)
    if not scores:
        return None
    known = sum(score for score in scores if score is not None)
    unread = sum(score is None for score in scores)
    return (known + low * unread) / len(scores), (known + high * unread) / len(scores)


class Repaired(NamedTuple):
    """MME-Emotion repaired: each figure 0..1 with its two bounds, equal where every verdict was read.

    `recognition` is of all replies, `reasoning` of those that give steps before the last (None without any), `chain`
    weighs both; `steps` is the mean number in the verdicts that were read.
    """

    recognition: Bounds
    reasoning: Bounds | None
    chain: Bounds | None
    steps: float
    replies: int
    unread: int
    unreasoned: int


def mme_repaired(replies: Iterable[Sequence[float] | None], alpha: float = 0.5) -> Repaired | None:
    """MME-Emotion's means over all replies: one that was not read widens the bounds, it does not fall out.

    An answer of one step has no reasoning to be judged; the reference gives it 0, here it is counted apart. What stays
    of the reference: naming more emotions than gold has costs nothing. None for no replies.

    >>> found = mme_repaired([[1, 0, 1], [1], None])
    >>> found.recognition, found.reasoning, found.unread, found.unreasoned
    ((0.6666666666666666, 1.0), (0.25, 0.75), 1, 1)
    """
    given = [scores or None for scores in replies]
    read = [scores for scores in given if scores is not None]
    unread = len(given) - len(read)
    recognition = bounds([scores[-1] if scores else None for scores in given], 0, 1)
    if recognition is None:
        return None
    earlier = [sum(scores[:-1]) / (len(scores) - 1) for scores in read if len(scores) > 1]
    reasoning = bounds([*earlier, *[None] * unread], 0, 1)
    chain = reasoning and (_between(recognition[0], reasoning[0], alpha), _between(recognition[1], reasoning[1], alpha))
    steps = sum(map(len, read)) / len(read) if read else 0.0
    return Repaired(recognition, reasoning, chain, steps, len(given), unread, len(read) - len(earlier))


def _between(recognition: float, reasoning: float, alpha: float) -> float:
    return alpha * recognition + (1 - alpha) * reasoning
