"""A run whose answers are there, read back: its question, its answers, and what `results.json` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectbench import manifest, metrics, scoring
from affectbench.scoring import Answer, Question
from affectbench.types import STATUSES, Outcome, Sample


def question(facts: Mapping[str, Any]) -> Question:
    """Return what decides the scores of a run, from its manifest."""
    fields = facts["question"]
    return Question(
        form=fields["form"],
        metrics=tuple(fields["metrics"]),
        main=fields["main"],
        labels=tuple(fields["labels"]),
        levels=tuple((name, low, high) for name, low, high in fields["levels"]),
        target=fields["target"],
        protocol=fields["protocol"],
        folds=fields["folds"],
        seed=fields["seed"],
    )


def answer(outcome: Outcome) -> Answer:
    """Return what scoring needs of an outcome."""
    return Answer(outcome.id, outcome.repeat, outcome.status, outcome.parsed and outcome.parsed.value)


def conclude(facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return what `results.json` holds; nothing in it depends on place or time."""
    counts = dict.fromkeys(STATUSES, 0)
    usage = {"prompt_tokens": 0, "completion_tokens": 0}
    found = []
    for outcome in outcomes:
        counts[outcome.status] += 1
        found.append(answer(outcome))
        for response in outcome.responses:
            for name in usage:
                usage[name] += getattr(response.usage, name, None) or 0
    asked = question(facts)
    scored = scoring.score(asked, samples, found)
    return {
        "schema": manifest.SCHEMA,
        "task": facts["task"]["id"],
        "model": facts["model"]["name"],
        "run": facts["run"],
        "n": len(samples),
        "protocol": asked.protocol,
        "versions": {
            "task": facts["versions"]["task"],
            "metrics": {name: metrics.find(name, asked.form).version for name in asked.metrics},
        },
        "main": asked.main,
        "partial": facts["partial"],
        "mock": facts["mock"],
        "observed": facts["observed"],
        "variant": facts["variant"]["prompt"],
        "status": counts,
        "scores": [score.model_dump(mode="json") for score in scored.scores],
        "tables": scored.tables,
        "baselines": scored.baselines,
        "usage": usage,
    }
