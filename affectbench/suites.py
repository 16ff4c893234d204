"""The one number of a suite: the mean or sum of its tasks' main scores, where all of them were run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affectbench.metrics.composites import combined
from affectbench.results import main_score
from affectbench.specs.suite import SuiteAggregate, SuiteSpec

SHOWN = ("value", "low", "high")


def totals(suites: Sequence[SuiteSpec], results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return for each suite with an aggregate, model and wording what `--json` holds under `suites`.

    `value` is None where a task has no score over all samples; `missing` names those tasks. `low` and `high` (95 %)
    suppose that the tasks share no samples; they are None where a task has no interval.
    """
    return [one for suite in suites if suite.aggregate for one in _of_each_model(suite.id, suite.aggregate, results)]


def _of_each_model(
    suite: str, aggregate: SuiteAggregate, results: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    for model, variant in dict.fromkeys((result["model"], result["variant"]) for result in results):
        runs = {r["task"]: r for r in results if (r["model"], r["variant"]) == (model, variant)}
        counted = [runs[task] for task in aggregate.tasks if task in runs]
        scores = {r["task"]: score for r in counted if (score := main_score(r))["value"] is not None}
        value, low, high = _combined(aggregate, scores)
        yield {
            "suite": suite,
            "name": aggregate.name,
            "kind": "mean" if aggregate.mean_of else "sum",
            "of": list(aggregate.tasks),
            "missing": [task for task in aggregate.tasks if task not in scores],
            "model": model,
            "variant": variant,
            "mock": any(result["mock"] for result in counted),
            "partial": any(result["partial"] for result in counted),
            "uncalibrated": any(
                not (result.get("main_by") or {"calibrated": True})["calibrated"] for result in counted
            ),
            "value": value,
            "low": low,
            "high": high,
            "interval": None if low is None else "mover",
        }


def _combined(aggregate: SuiteAggregate, scores: Mapping[str, Mapping[str, Any]]) -> list[float | None]:
    if len(scores) < len(aggregate.tasks):
        return [None, None, None]
    values, lows, highs = ([np.nan if s[key] is None else s[key] for s in scores.values()] for key in SHOWN)
    numbers = combined(values, lows, highs, 1 / len(scores) if aggregate.mean_of else 1.0)
    return [None if np.isnan(number) else float(number) for number in numbers]
