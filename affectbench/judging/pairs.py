"""Two runs' answers side by side: a judge sees each pair in both orders, and says which answer is better.

A rubric with `pairwise: true` has one scale. Its lower half is for the answer that is shown first, its upper half for
the second, its middle for neither. A pair on which the two orders disagree is a tie: the place decided, not the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from affectbench.errors import UsageError
from affectbench.judging import verdicts
from affectbench.judging.cases import Case, cases
from affectbench.judging.heard import protocol, rubric_of
from affectbench.judging.verdicts import Verdict
from affectbench.records import Key
from affectbench.scoring import Answer, judged
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Outcome, Sample, Score

Run = tuple[Mapping[str, Any], Sequence[Sample], Sequence[Outcome]]
"""A run's manifest, samples and outcomes."""

WIN_RATE, SETTLED = "win_rate", "loses to an answer, ties with none"
VALUES = {1: 1.0, 0: 0.5, -1: 0.0}


def pairs(rubric: RubricSpec, own: Run, other: Run) -> Iterator[Case]:
    """Yield each pair of answers to one question in both orders."""
    name = other[0]["run"]
    said = {case.key: case.texts["answer"] for case in cases(rubric, *other)}
    for case in cases(rubric, *own):
        if case.key in said:
            both = replace(case, texts={**case.texts, "other": said[case.key]}, against=name, own=case.digest)
            turned = {**both.texts, "answer": both.texts["other"], "other": both.texts["answer"]}
            yield both
            yield replace(both, texts=turned, swapped=True)


def refuse(own: Run, other: Run) -> None:
    """Raise UsageError for two runs that did not answer the same questions."""
    for what in ("id", "version"):
        first, second = (run[0]["task"].get(what) for run in (own, other))
        if first != second:
            raise UsageError(
                f"answers of two tasks make no pairs: the {what} of one is {first!r}, of the other {second!r}"
            )
    golds = [{sample.id: sample.gold for sample in run[1]} for run in (own, other)]
    if golds[0] != golds[1] or own[0]["mock"] != other[0]["mock"]:
        raise UsageError("answers to other samples, or to samples with other gold, make no pairs")
    if own[0]["run"] == other[0]["run"]:
        raise UsageError("a run makes no pairs with itself: name another one with --against")


def named(other: Run) -> dict[str, Any]:
    """Return what a manifest holds of the other run: its id, its model, and what it has no answer to."""
    facts, _, outcomes = other
    unanswered = [[one.id, one.repeat] for one in outcomes if one.status != "ok"]
    return {"run": facts["run"], "model": facts["model"]["name"], "unanswered": unanswered}


def documents(
    folder: Path, facts: Mapping[str, Any], answered: tuple[Sequence[Sample], Sequence[Outcome]]
) -> list[dict[str, Any]]:
    """Return what `results.json` says of each comparison of a run with another; `facts` is its manifest."""
    return [_document(folder, held, (facts, *answered)) for held in facts.get("pairs", ())]


def _document(folder: Path, held: Mapping[str, Any], own: Run) -> dict[str, Any]:
    facts, samples, outcomes = own
    rubric = rubric_of(folder, held)
    digests = {case.key: case.digest for case in cases(rubric, *own)}
    said = _said(folder, held, digests)
    gone = {(name, repeat) for name, repeat in held["against"]["unanswered"]}
    settled = {(one.id, one.repeat): _settled(one, gone, said, rubric) for one in outcomes}
    values = list(settled.values())
    answers = [
        Answer(*key, "judge_error" if value is None else "ok", None if value is None else (VALUES[value],))
        for key, value in settled.items()
    ]
    shown = [orders for key, orders in said.items() if len(orders) == 2 and settled[key] is not None]
    turned = sum(_better(rubric, orders[False]) != _better(rubric, orders[True]) for orders in shown)
    scores = _scores(held, facts, samples, answers)
    return {
        "rubric": held["rubric"]["id"],
        "digest": held["rubric"]["digest"][:12],
        "judge": held["judge"]["name"],
        "verdicts": held["file"],
        "approximate": rubric.approximate,
        "calibration": None,
        "against": {name: held["against"][name] for name in ("run", "model")},
        "status": {"ok": len(values) - values.count(None), "judge_error": values.count(None)},
        "win": values.count(1),
        "tie": values.count(0),
        "loss": values.count(-1),
        "judged": len(shown),
        "order_dependent": turned / len(shown) if shown else None,
        "flagged": sum(any(one.flags for one in orders.values()) for orders in said.values()),
        "scores": [score.model_dump(mode="json") for score in scores],
    }


def _scores(
    held: Mapping[str, Any], facts: Mapping[str, Any], samples: Sequence[Sample], answers: Sequence[Answer]
) -> list[Score]:
    """Return the share of pairs that are won, a tie being half of one, over all and by group."""
    asked = facts["question"]
    compares = protocol(asked["protocol"], held, held["judge"]["name"])
    question = replace(judged.of_scale({WIN_RATE: (0.0, 1.0)}, asked, WIN_RATE), protocol=compares)
    measure = judged.scorer(question, samples)
    found = judged.scores(measure, judged.rows(measure, answers))
    return [score.model_copy(update={"missing": SETTLED if score.over == "all" else None}) for score in found]


def _said(folder: Path, held: Mapping[str, Any], digests: Mapping[Key, str]) -> dict[Key, dict[bool, Verdict]]:
    """Return the last verdicts with scores on each pair, by order: whether this run's answer was shown second."""
    found: dict[Key, dict[bool, Verdict]] = {}
    who = held["rubric"]["digest"], held["judge"]["verdicts"]
    for one in verdicts.read(folder / held["file"]).values():
        key = one.id, one.repeat
        if (one.rubric_digest, one.judge_identity) == who and one.scores and digests.get(key) == one.own:
            found.setdefault(key, {})[one.swapped] = one
    return found


def _settled(
    one: Outcome, gone: set[Key], said: Mapping[Key, Mapping[bool, Verdict]], rubric: RubricSpec
) -> int | None:
    """Return 1 for a win, 0 for a tie, -1 for a loss, None where a verdict is missing."""
    key = one.id, one.repeat
    if one.status != "ok" or key in gone:
        return (one.status == "ok") - (key not in gone)
    orders = said.get(key, {})
    if len(orders) < 2:
        return None
    first, second = (_better(rubric, orders[swapped]) for swapped in (False, True))
    return first if first == second else 0


def _better(rubric: RubricSpec, verdict: Verdict) -> int:
    """Return 1 where a verdict finds this run's answer better, -1 for the other's, 0 for neither."""
    ((name, (low, high)),) = rubric.scale.items()
    score = (verdict.scores or {})[name] - (low + high) / 2
    first = (score < 0) - (score > 0)
    return -first if verdict.swapped else first
