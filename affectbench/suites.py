"""The one number of a suite: the mean or sum of its tasks' scores, or the mean over their samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affectbench.metrics.composites import combined
from affectbench.results import main_score, overall
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
        found = _by_judge(aggregate, counted) if aggregate.scale else _by_task(counted)
        scores = {task: one for task, one in found.items() if one["value"] is not None}
        sizes = [runs[task]["n"] for task in scores] if aggregate.kind == "pooled" else []
        value, low, high = _combined(aggregate, scores, sizes)
        yield {
            "suite": suite,
            "name": aggregate.name,
            "kind": aggregate.kind,
            "of": list(aggregate.tasks),
            "missing": [task for task in aggregate.tasks if task not in scores],
            "model": model,
            "variant": variant,
            "mock": any(result["mock"] for result in counted),
            "partial": any(result["partial"] for result in counted),
            "uncalibrated": any(score["uncalibrated"] for score in found.values()),
            "value": value,
            "low": low,
            "high": high,
            "interval": None if low is None else "mover",
        }


def _by_task(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the main score of each task, and whether an uncalibrated judge gave it."""
    return {
        result["task"]: {
            **main_score(result),
            "uncalibrated": not (result.get("main_by") or {"calibrated": True})["calibrated"],
        }
        for result in results
    }


def _by_judge(aggregate: SuiteAggregate, results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what one judge gave each task on the scale: of those who judged all of them the last that is listed."""
    said = {
        result["task"]: {one["judge"]: one for one in result.get("judged", ()) if one["rubric"] in aggregate.rubrics}
        for result in results
    }
    shared = [name for name in next(iter(said.values()), {}) if all(name in judges for judges in said.values())]
    chosen = {task: judges[shared[-1]] for task, judges in said.items()} if shared else {}
    return {
        task: {**score, "uncalibrated": not (one.get("calibration") or {"passes": False})["passes"]}
        for task, one in chosen.items()
        for score in one["scores"]
        if score["metric"].rpartition("/")[2] == aggregate.scale and score["over"] == "all" and overall(score)
    }


def _combined(
    aggregate: SuiteAggregate, scores: Mapping[str, Mapping[str, Any]], sizes: Sequence[int]
) -> list[float | None]:
    if len(scores) < len(aggregate.tasks):
        return [None, None, None]
    values, lows, highs = ([np.nan if s[key] is None else s[key] for s in scores.values()] for key in SHOWN)
    if aggregate.kind == "pooled":
        numbers = combined(values, lows, highs, np.array(sizes) / sum(sizes))
    else:
        numbers = combined(values, lows, highs, 1.0 if aggregate.kind == "sum" else 1 / len(scores))
    return [None if np.isnan(number) else float(number) for number in numbers]
