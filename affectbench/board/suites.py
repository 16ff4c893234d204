"""Suites: the tasks that are reported together, and the published number of them where a suite has one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from affectbench import suites as totals
from affectbench.board import printed, standing
from affectbench.board.keys import key
from affectbench.board.models import by_model
from affectbench.board.rows import Entry
from affectbench.board.schema import SuiteCell, SuiteIndex, SuiteRow, SuiteTable, TaskIndex
from affectbench.specs.suite import SuiteSpec

NOT_RUN = "not run"


def table(
    suite: SuiteSpec, tasks: Sequence[TaskIndex], entries: Sequence[Entry], published: Sequence[SuiteRow]
) -> SuiteTable:
    """Return a suite's table: a row a model that has a run of one of its tasks, and the published numbers.

    `tasks` are its tasks in order, `entries` their runs. What stands apart in a task's table counts in no suite.
    """
    total = suite.aggregate
    ids = [task["id"] for task in tasks]
    measured = [_row(suite, ids, name, found) for name, found in by_model(entries).items()]
    standing.ranked(measured, "higher")
    printed.compared(measured, published, printed.model_ids(entries))
    rows = sorted([*measured, *published], key=_order)
    return SuiteTable(
        suite=suite.id, key=key(suite.id), title=suite.title, protocol=suite.protocol, cite=suite.cite,
        aggregate=total.name if total else None, how=total.kind if total else None,
        of=list(total.tasks) if total else [], tasks=list(tasks), rows=rows,
    )  # fmt: skip


def index(shown: SuiteTable) -> SuiteIndex:
    """Return a suite's line in the board's index."""
    kinds = [row["kind"] for row in shown["rows"]]
    return SuiteIndex(
        id=shown["suite"], key=shown["key"], title=shown["title"], aggregate=shown["aggregate"],
        tasks=len(shown["tasks"]), models=kinds.count("measured"), reported=kinds.count("reported"),
    )  # fmt: skip


def _order(row: SuiteRow) -> tuple[Any, ...]:
    covered = sum(cell["value"] is not None for cell in row["cells"].values())
    return row["value"] is None, -(row["value"] or 0.0), -covered, row["model"], row["source"] or ""


def _row(suite: SuiteSpec, tasks: Sequence[str], model: str, entries: Sequence[Entry]) -> SuiteRow:
    chosen = {task: _chosen([one for one in entries if one.task == task]) for task in tasks}
    counted = [one for one, _ in chosen.values() if one is not None]
    newest: Mapping[str, Any] = max(entries, key=lambda one: (one.started, one.row["run"] or "")).row
    found = totals.totals([suite], [_result(one) for one in counted]) if counted else []
    whole: Mapping[str, Any] = found[0] if found else {}
    missing = whole.get("missing", list(suite.aggregate.tasks)) if suite.aggregate else []
    return SuiteRow(
        backend=newest["backend"], parameters=newest["parameters"], billions=newest["billions"],
        accepts=newest["accepts"], open=newest["open"], model=model, model_key=key(model), kind="measured",
        value=whole.get("value"), low=whole.get("low"), high=whole.get("high"), interval=whole.get("interval"),
        missing=missing,
        cells={task: _cell(*one) for task, one in chosen.items()}, rank=None,
        tags=sorted({tag for one in counted for tag in one.row["tags"]}), source=None, setting=None, note=None,
        differs=None, confidence=None, printed=None, minus=None, minus_of=None,
    )  # fmt: skip


def _chosen(entries: Sequence[Entry]) -> tuple[Entry | None, str | None]:
    """Return the run of one task that counts, the newest of several, or why none does."""
    fit = [one for one in entries if not one.row["apart"]]
    if fit:
        newest = max(fit, key=lambda one: (one.started, one.row["run"] or ""))
        return newest, f"the newest of {len(fit)} runs" if len(fit) > 1 else None
    apart = next((one for one in entries if one.base), None) or next(iter(entries), None)
    return None, "; ".join(apart.row["apart"]) if apart else NOT_RUN


def _cell(entry: Entry | None, why: str | None) -> SuiteCell:
    row: Mapping[str, Any] = entry.row if entry else {}
    return SuiteCell(
        value=row.get("value"), low=row.get("low"), high=row.get("high"), metric=row.get("metric"),
        key=row.get("key"), why=why,
    )  # fmt: skip


def _result(entry: Entry) -> dict[str, Any]:
    """Return of a run what `affectbench.suites` reads of results."""
    row = entry.row
    score = {"metric": row["metric"], "value": row["value"], "low": row["low"], "high": row["high"]}
    whole = {"over": "all", "label": None, "fold": None, "group": None}
    return {
        "task": entry.task,
        "model": row["model"],
        "variant": "base",
        "main": row["metric"],
        "n": row["n"],
        "judged": json.loads(entry.judged),
        "mock": entry.mock,
        "partial": entry.partial,
        "scores": [{**score, **whole}],
    }
