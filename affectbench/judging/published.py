"""Rubrics that are read as their authors read them, or strictly in the same form: how such a verdict is asked for.

Beside what a published reader does, only the scale is checked: a score off it is no verdict. What the readers are, and
their quirks, stands in `answers.published.judge_scores` and `strict_scores`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from affectbench.answers.published import judge_scores, strict_scores
from affectbench.answers.verdict import answered, trimmed, unparsed
from affectbench.specs.rubric import STEPS, Parser
from affectbench.types import Parsed

VERSION = 1

Scale = Mapping[str, tuple[float, float]]
Scores = dict[str, float]
Read = Callable[[str, Scale], Scores | None]

_THEN_WHY = (
    'Write first "score: N", with a number from {low} to {high} for N, and on the next line the reason, without '
    "another score."
)
_OBJECT = (
    'Reply with one JSON object and nothing else: {{"score": a number from {low} to {high}, "reason": a few words}}.'
)
_STEPS = (
    "End with the scores of all steps on one line, in exactly this form: <score>Step 1: 1/1, Step 2: {last}</score>"
)


@dataclass(frozen=True)
class Protocol:
    """How a published protocol has its verdicts written, and what is read in them; None where nothing can be."""

    sentence: str
    read: Read
    rule: str


def _one(read: Callable[[str, float, float], float | None]) -> Read:
    def scores(text: str, scale: Scale) -> Scores | None:
        ((name, ends),) = scale.items()
        value = read(text, *ends)
        return None if value is None else {name: value}

    return scores


def _all_steps(read: Callable[[str], Sequence[float] | None]) -> Read:
    def scores(text: str, scale: Scale) -> Scores | None:
        found = judge_scores.steps(read(text))
        return found and dict(zip(STEPS, found[:2], strict=True))

    return scores


def _steps(labels: int | None) -> Read:
    """Read steps strictly; one step alone is recognition, and has no reasoning to be scored."""

    def scores(text: str, scale: Scale) -> Scores | None:
        found = judge_scores.steps(strict_scores.steps_strict(text, labels))
        return found and dict(zip(STEPS, found[: 2 if found.steps > 1 else 1], strict=False))

    return scores


_ONE_LABEL, _SEVERAL = _STEPS.format(last="0/1"), _STEPS.format(last="2/3")
PROTOCOLS: dict[Parser, Protocol] = {
    "emer": Protocol(_THEN_WHY, _one(lambda text, *_: judge_scores.emer_score(text)), "first number"),
    "emer-strict": Protocol(_THEN_WHY, _one(strict_scores.emer_strict), "the one score that is named"),
    "fea": Protocol(_OBJECT, _one(lambda text, *_: judge_scores.fea_score(text)), "json"),
    "fea-strict": Protocol(_OBJECT, _one(strict_scores.fea_strict), "json, one score"),
    "mme-emotion": Protocol(_ONE_LABEL, _all_steps(judge_scores.mme_single), "steps of one line"),
    "mme-emotion-several": Protocol(_SEVERAL, _all_steps(judge_scores.mme_shares), "steps of one line"),
    "mme-emotion-strict": Protocol(_ONE_LABEL, _steps(1), "numbered steps"),
    "mme-emotion-several-strict": Protocol(_SEVERAL, _steps(None), "numbered steps"),
}


def reader(scale: Scale, parser: Parser) -> Callable[[str], Parsed]:
    """Return the function that reads verdicts; it never raises."""
    return partial(_read, scale, PROTOCOLS[parser])


def sentence(scale: Scale, parser: Parser) -> str:
    """Return how the verdict is to be written."""
    low, high = next(iter(scale.values()))
    written = PROTOCOLS[parser].sentence
    return written if parser.startswith("mme-emotion") else written.format(low=f"{low:g}", high=f"{high:g}")


def _read(scale: Scale, protocol: Protocol, text: str) -> Parsed:
    found = protocol.read(text, scale)
    if found is None:
        return unparsed(trimmed(text), "no score")
    if any(not scale[name][0] <= score <= scale[name][1] for name, score in found.items()):
        return unparsed(trimmed(text), "outside the scale")
    return answered(found, trimmed(text), protocol.rule)
