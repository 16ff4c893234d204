"""What the judges of a run said of each answer: one judge, or the median of several that scored by one rubric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from affectbench.errors import RecordError
from affectbench.judging import verdicts
from affectbench.judging.cases import cases
from affectbench.judging.verdicts import On, Verdict
from affectbench.records import MANIFEST
from affectbench.records import Key as Asked
from affectbench.scoring import Answer, judged
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Outcome, Sample

Outcomes = Callable[[], Iterator[Outcome]]
"""Gives the outcomes of a run, each time from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A judge of a run, by what its manifest holds; `lines` are its verdicts, None where there is none.

    `answers`: one an outcome, in their order; the value is one score a scale (`APART` where a verdict leaves it
    out, since it does not apply), the status `judge_error` where there should be a verdict and is none. Several judges
    together have `several`, and no lines.
    """

    held: Mapping[str, Any]
    rubric: RubricSpec
    answers: Sequence[Answer]
    lines: Mapping[Asked, Verdict | None]
    several: tuple[Heard, ...] = ()

    @property
    def name(self) -> str:
        """The judge's name; of several, that of their median."""
        return f"median of {len(self.several)}" if self.several else str(self.held["judge"]["name"])

    @property
    def digest(self) -> str:
        """The digest of the rubric."""
        return str(self.held["rubric"]["digest"])

    @property
    def calibrated(self) -> bool:
        """Whether people's scores were held against the judge (each of several), and it passed."""
        if self.several:
            return all(one.calibrated for one in self.several)
        return bool((self.held.get("calibration") or {}).get("passes"))

    @property
    def lost(self) -> set[Asked]:
        """The answers of which there should be a verdict and is none."""
        return {(answer.id, answer.repeat) for answer in self.answers if answer.status == "judge_error"}

    @property
    def who(self) -> tuple[str, ...]:
        """What must be the same where scores are compared: the rubric, and each judge as it is sampled."""
        judges = self.several or (self,)
        return self.digest, *sorted(str(one.held["judge"]["verdicts"]) for one in judges)

    def protocol(self, task: str) -> str:
        """Return under what its scores compare: the task's protocol, the rubric as it is, the judge."""
        who = f"median({', '.join(sorted(one.name for one in self.several))})" if self.several else self.name
        return protocol(task, self.held, who)


def protocol(task: str, held: Mapping[str, Any], who: str) -> str:
    """Return under what scores compare: the task's protocol, the rubric that a manifest holds, who judges."""
    return f"{task}+{held['rubric']['id']}#{held['rubric']['digest'][:12]}@{who}"


def read(folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Outcomes) -> list[Heard]:
    """Return each judge of a run, in the order of its manifest (`facts`)."""
    return [_one(folder, held, (facts, samples, outcomes)) for held in facts.get("judges", ())]


def _one(folder: Path, held: Mapping[str, Any], of: tuple[Mapping[str, Any], Sequence[Sample], Outcomes]) -> Heard:
    facts, samples, outcomes = of
    rubric = rubric_of(folder, held)
    lines = _lines(folder, held, (rubric, facts, samples, outcomes()))
    return Heard(held=held, rubric=rubric, answers=list(_answers(rubric, outcomes(), lines)), lines=lines)


def rubric_of(folder: Path, held: Mapping[str, Any]) -> RubricSpec:
    """Return the rubric that a manifest holds, which somebody else may have written."""
    try:
        return RubricSpec.model_validate({name: value for name, value in held["rubric"].items() if name != "digest"})
    except ValidationError as error:
        raise RecordError(f"{folder / MANIFEST}: not a rubric ({error.error_count()} faults)") from None


def _lines(folder: Path, held: Mapping[str, Any], judged: Any) -> dict[Asked, Verdict | None]:
    """Return the verdict on each answer of a run, None where there is none."""
    known = verdicts.by_answer(verdicts.read(folder / held["file"]))
    who = held["rubric"]["digest"], held["judge"]["verdicts"]
    return {case.key: case.held(known.get(On(*case.key, *who), ())) for case in cases(*judged)}


def _answers(
    rubric: RubricSpec, outcomes: Iterator[Outcome], lines: Mapping[Asked, Verdict | None]
) -> Iterator[Answer]:
    for outcome in outcomes:
        key = outcome.id, outcome.repeat
        if key not in lines:
            yield Answer(*key, outcome.status)
        elif (verdict := lines[key]) and verdict.scores:
            yield Answer(*key, "ok", tuple(verdict.scores.get(name, judged.APART) for name in rubric.scale))
        else:
            yield Answer(*key, "judge_error")


def unjudged(outcomes: Iterable[Outcome]) -> list[Answer]:
    """Return the answers of a run that no judge has seen."""
    return [Answer(one.id, one.repeat, "judge_error" if one.status == "ok" else one.status) for one in outcomes]


def together(heard: Sequence[Heard]) -> Iterator[Heard]:
    """Yield the median of the judges that scored by one and the same rubric, where there are several."""
    for digest in dict.fromkeys(one.digest for one in heard):
        alike = tuple(one for one in heard if one.digest == digest)
        if len(alike) > 1:
            first = alike[0]
            answers = [_median(row) for row in zip(*(one.answers for one in alike), strict=True)]
            yield Heard(held=first.held, rubric=first.rubric, answers=answers, lines={}, several=alike)


def _median(row: Sequence[Answer]) -> Answer:
    """The median of several verdicts on one answer; none where one of them is missing."""
    first = row[0]
    if first.status not in ("ok", "judge_error"):
        return first
    if any(answer.value is None for answer in row):
        return Answer(first.id, first.repeat, "judge_error")
    return Answer(first.id, first.repeat, "ok", tuple(np.median([answer.value for answer in row], axis=0).tolist()))


def standing(heard: Sequence[Heard], rubric: str) -> Heard | None:
    """Return who stands for a rubric: its only judge, or the median of those by the rubric as it was judged last."""
    by_it = [one for one in heard if one.held["rubric"]["id"] == rubric]
    last = [one for one in by_it if one.digest == by_it[-1].digest]
    return next(together(last), last[0]) if last else None
