"""The words that a model took out of the answers of a run become scores, beside those of the words that rules took.

Every metric of the task is computed again. An answer of which the model gave no list has no words: it is a
`judge_error`, the scores over all are withheld, and their bounds are shown. The rules never step in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from affectbench import scoring
from affectbench.judging import verdicts
from affectbench.judging.extractor import cases
from affectbench.judging.verdicts import Key, Verdict
from affectbench.metrics.word_agreement import word_agreement
from affectbench.records import Key as Asked
from affectbench.scoring import Answer, Question
from affectbench.types import Outcome, Sample

Words = tuple[str, ...]


def documents(
    folder: Path, facts: Mapping[str, Any], answered: tuple[Sequence[Sample], Sequence[Outcome]], question: Question
) -> Iterator[dict[str, Any]]:
    """Yield what `results.json` says of each model that took words out of the answers of a run."""
    samples, outcomes = answered
    for held in facts.get("extractors", ()):
        lines = of_run(folder, held, outcomes)
        name, digest = held["extractor"]["name"], held["prompt"]["digest"][:12]
        protocol = f"{question.protocol}+{held['prompt']['id']}#{digest}@{name}"
        found = [_answer(outcome, lines) for outcome in outcomes]
        scored = scoring.score(replace(question, protocol=protocol), samples, found)
        given = [verdict for verdict in lines.values() if verdict]
        counts = Counter(one.status for one in found)
        yield {
            "prompt": held["prompt"]["id"],
            "digest": digest,
            "extractor": name,
            "verdicts": held["file"],
            "revision": held["extractor"].get("revision"),
            "pinned": held["extractor"]["pinned"],
            "served": verdicts.served(given),
            "status": {
                "ok": counts["ok"],
                "judge_error": counts["judge_error"],
                "unanswered": len(found) - counts["ok"] - counts["judge_error"],
            },
            "flagged": sum(bool(verdict.flags) for verdict in given),
            "usage": verdicts.usage(given),
            "agreement": _agreement(outcomes, lines),
            "scores": [score.model_dump(mode="json") for score in scored.scores],
        }


def of_run(folder: Path, held: Mapping[str, Any], outcomes: Sequence[Outcome]) -> dict[Asked, Verdict | None]:
    """Return what a model made of each answer of a run that words are taken out of, None where it was not asked."""
    known = verdicts.read(folder / held["file"])
    who = held["prompt"]["digest"], held["extractor"]["verdicts"]
    return {case.key: known.get(Key(case.id, case.repeat, *who, case.digest)) for case in cases(outcomes)}


def _answer(outcome: Outcome, lines: Mapping[Asked, Verdict | None]) -> Answer:
    """Return the answer as the model read it; what it was not to read stays without one."""
    key = outcome.id, outcome.repeat
    if key not in lines:
        return Answer(*key, outcome.status)
    words = _words(lines[key])
    return Answer(*key, "judge_error") if words is None else Answer(*key, "ok", words)


def _words(verdict: Verdict | None) -> Words | None:
    return verdict.words if verdict is not None and verdict.status == "ok" else None


def _agreement(outcomes: Sequence[Outcome], lines: Mapping[Asked, Verdict | None]) -> dict[str, Any]:
    """Return how far rules and model agree on the answers that words are taken out of."""
    rules: list[Words | None] = []
    model: list[Words | None] = []
    for outcome in outcomes:
        if (key := (outcome.id, outcome.repeat)) in lines:
            value = outcome.parsed.value if outcome.status == "ok" and outcome.parsed else None
            rules.append(value if isinstance(value, tuple) else None)
            model.append(_words(lines[key]))
    found = word_agreement(rules, model)
    return {
        **{name: getattr(found, name) for name in ("same", "low", "high", "overlap", "both", "neither")},
        "rules_only": found.first_only,
        "model_only": found.second_only,
    }
