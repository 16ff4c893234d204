"""A run's scores beside those that another parser makes of the same replies."""

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


def _overall(results: Mapping[str, Any]) -> dict[str, float | None]:
    scores = (score for score in results["scores"] if score["over"] == "all" and overall(score))
    return {score["metric"]: score["value"] for score in scores}
