"""A model's page: its runs, its groups, what it loses where something is missing or worse, how sure it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectbench.board.keys import key
from affectbench.board.rows import Entry
from affectbench.board.schema import ModelIndex, ModelPage, Row

SHOWN = ("run", "key", "value", "low", "high", "n", "variant")
DECIDES = ("prompt", "ablate", "perturb")


def by_model(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the runs of each model by its name, in order."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.row["model"]].append(entry)
    return {name: sorted(found[name], key=lambda one: (one.task, _order(one))) for name in sorted(found)}


def page(name: str, entries: Sequence[Entry], titles: Mapping[str, str]) -> ModelPage:
    """Return what a model's page shows. `entries` are its runs; `titles` are those of tasks."""
    newest = max(entries, key=lambda one: (one.started, one.row["run"] or ""))
    return ModelPage(
        name=name,
        key=key(name),
        card=json.loads(newest.card),
        runs=[{**_about(one, titles), **one.row} for one in entries],
        groups=[
            {**_about(one, titles), "groups": json.loads(one.groups)}
            for one in entries
            if one.base and one.groups != "[]"
        ],
        variants=_variants(entries, titles),
        calibration=[
            {**_about(one, titles), "reliability": json.loads(one.reliability)} for one in entries if one.reliability
        ],
    )


def index(name: str, entries: Sequence[Entry]) -> ModelIndex:
    """Return a model's line in the board's index."""
    row: Row = max(entries, key=lambda one: (one.started, one.row["run"] or "")).row
    return ModelIndex(
        name=name, key=key(name), backend=row["backend"], parameters=row["parameters"], billions=row["billions"],
        open=row["open"], tasks=len({one.task for one in entries}), runs=len(entries),
    )  # fmt: skip


def _about(entry: Entry, titles: Mapping[str, str]) -> dict[str, Any]:
    return {"task": entry.task, "task_key": key(entry.task), "title": titles[entry.task], "run": entry.row["run"],
            "key": entry.row["key"], "metric": entry.row["metric"]}  # fmt: skip


def _order(entry: Entry) -> tuple[bool, str, str]:
    return not entry.base, entry.row["variant"], entry.row["run"] or ""


def _variants(entries: Sequence[Entry], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the tasks of which there are variants beside the plain run: ablations, worse media, other wordings.

    Only runs that answered the same samples of the same data stand side by side; partial ones do not.
    """
    grouped: dict[tuple[Any, ...], list[Entry]] = defaultdict(list)
    for one in entries:
        if not one.partial:
            same = tuple(value for name, value in one.rules if name != "wording of the prompt")
            grouped[one.task, json.loads(one.card).get("identity"), same].append(one)
    found = []
    for members in grouped.values():
        base = next((one for one in members if one.base), None)
        others = [one for one in members if not one.base]
        if not others:
            continue
        found.append(
            {
                **_about(base or others[0], titles),
                "base": _scored(base) if base else None,
                "ablations": [
                    {**_scored(one), "parts": one.varied["ablate"]} for one in others if _only(one, "ablate")
                ],
                "perturbations": _curves(others),
                "wordings": [_scored(one) for one in others if _only(one, "prompt")],
            }
        )
    return found


def _curves(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return each perturbation with its scores by severity."""
    curves: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in entries:
        if _only(one, "perturb"):
            name, _, severity = str(one.varied["perturb"]).partition(":")
            curves[name].append({**_scored(one), "severity": int(severity) if severity.isdecimal() else None})
    return [
        {"name": name, "points": sorted(points, key=lambda point: (point["severity"] or 0, point["run"]))}
        for name, points in sorted(curves.items())
    ]


def _only(entry: Entry, what: str) -> bool:
    """Whether a run differs from the plain task in this alone."""
    plain = {"prompt": "base"}
    return all((entry.varied.get(name) != plain.get(name)) == (name == what) for name in DECIDES)


def _scored(entry: Entry) -> dict[str, Any]:
    row: Mapping[str, Any] = entry.row
    return {name: row[name] for name in SHOWN}
