"""A run's scores by another parser of the same replies, or by other metrics of the same answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from affectbench.cli import printing, table
from affectbench.results import overall

if TYPE_CHECKING:
    from affectbench.pipeline import Reread


def show(runs: Sequence[Reread], as_json: bool) -> None:
    """Print each run's scores by its own parser and by the other one, or all as one JSON document."""
    if as_json:
        found = [{"parser": run.parser, "own": run.own, "read": run.read, "kept": run.kept} for run in runs]
        printing.document({"schema": 1, "reread": found})
        return
    for run in runs:
        _table(run)


def _table(run: Reread) -> None:
    columns = {"this run": run.own, run.parser: run.read}
    if run.kept is not None:
        columns["without those it drops"] = run.kept
    scores = {name: _overall(results) for name, results in columns.items()}
    rows = [[metric, *(printing.number(one.get(metric)) for one in scores.values())] for metric in scores["this run"]]
    rows += [
        ["samples", *(f"{results['n']:,}" for results in columns.values())],
        ["with an answer", *(f"{results['status']['ok']:,}" for results in columns.values())],
    ]
    table.console().print(f"\n{run.own['task']} · {table.heading(run.own)}")
    table.console().print(table.grid(["metric", *columns], rows, left=("metric",)))


def measures(runs: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print each run's scores by other metrics than its task's, over all and over what was answered."""
    if as_json:
        printing.document({"schema": 1, "measured": runs})
        return
    for run in runs:
        known = run["versions"]["metrics"]
        scores = {(one["metric"], one["over"]): one for one in run["scores"] if overall(one) and one["metric"] in known}
        rows = [
            [
                metric,
                *(_cell(scores.get((metric, over))) for over in ("all", "ok")),
                *(printing.number(run["baselines"][guess].get(metric)) for guess in ("chance", "constant")),
            ]
            for metric, over in scores
            if over == "all"
        ]
        table.console().print(f"\n{run['task']} · {table.heading(run)}")
        titles = ("metric", "score [95 %]", "of the answered", "chance", "best constant")
        table.console().print(table.grid(titles, rows, left=("metric",)))


def _cell(score: Mapping[str, Any] | None) -> str:
    if score is None or score["value"] is None:
        return "undefined"
    return f"{printing.number(score['value'])} {table.interval(score)}"


def _overall(results: Mapping[str, Any]) -> dict[str, float | None]:
    scores = (score for score in results["scores"] if score["over"] == "all" and overall(score))
    return {score["metric"]: score["value"] for score in scores}
