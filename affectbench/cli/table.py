"""The table of results: the main score with its interval, beside chance and majority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from affectbench.cli.printing import number, plain

COLUMNS = ("task", "metric", "score [95 %]", "n", "answered")
BASELINES = {"chance": "chance", "majority": "majority", "human": "people"}
"""The lines that stand beside a score; people's only where the data hold several answers of theirs."""
UNLIMITED = 1000
"""A width that no table has: on a narrow terminal its lines wrap, and no name or number is cut."""


def show(results: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for each model, one row a task."""
    console = _console()
    for head, rows in groupby(results, key=heading):
        console.print(f"\n{plain(head)}")
        console.print(_table(list(rows)))


def heading(result: Mapping[str, Any]) -> str:
    """Return the model's name, with what must be known of its scores before they are believed."""
    variant = f" · wording {result['variant']}" if result["variant"] != "base" else ""
    found = {"mock data": result["mock"], "partial": result["partial"], "input not observed": not result["observed"]}
    remarks = ", ".join(remark for remark, holds in found.items() if holds)
    return f"{result['model']}{variant}" + (f"  ({remarks})" if remarks else "")


def details(result: Mapping[str, Any]) -> None:
    """Print every score of one run over all samples, by label, fold and group, and the confusion table."""
    console = _console()
    rows = [_line(score) for score in result["scores"] if score["over"] == "all"]
    console.print(_grid(("score", "value", "95 %", "interval by", "n"), rows, left=("score", "interval by")))
    for name, table in result["tables"].items():
        labels = table["labels"]
        counts = [[label, *map(str, row)] for label, row in zip(labels, table["counts"], strict=False)]
        console.print(f"\n{plain(name)}: rows are gold, columns are answers")
        console.print(_grid(("", *labels), counts, left=("",)))


def cells(result: Mapping[str, Any]) -> list[str]:
    """Return the cells of one run, as `COLUMNS`."""
    main = main_score(result)
    return [
        result["task"],
        result["main"],
        f"{number(main['value'])} {interval(main)}",
        f"{result['n']:,}",
        _answered(result),
    ]


def main_score(result: Mapping[str, Any], over: str = "all") -> Mapping[str, Any]:
    """Return the main score of a run over all samples, or over the answered ones."""
    for score in result["scores"]:
        plain = score["label"] is None and score["fold"] is None and score["group"] is None
        if score["metric"] == result["main"] and score["over"] == over and plain:
            return dict(score)
    return {"value": None, "low": None, "high": None, "interval": None}


def interval(score: Mapping[str, Any]) -> str:
    """Return `[low, high]`, or a dash."""
    if score["low"] is None or score["high"] is None:
        return "–"
    return f"[{number(score['low'])}, {number(score['high'])}]"


def _answered(result: Mapping[str, Any]) -> str:
    """Return the share of samples with an answer and, where it is not all, the score over those."""
    counts = result["status"]
    total = sum(counts.values())
    if counts["ok"] == total:
        return "all"
    share = f"{counts['ok'] / total:.1%}" if total else "none"
    return f"{share}, there {number(main_score(result, over='ok')['value'])}"


def _line(score: Mapping[str, Any]) -> list[str]:
    return [_name(score), number(score["value"]), interval(score), score["interval"] or "", f"{score['n']:,}"]


def _name(score: Mapping[str, Any]) -> str:
    """Return what a score is of: the metric, and its label, fold or group."""
    group = score["group"] and f"{score['group']['name']} = {score['group']['value']}"
    fold = score["fold"] and f"fold {score['fold']}"
    return ", ".join(filter(None, [score["metric"], score["label"], fold, group]))


def _table(results: Sequence[Mapping[str, Any]]) -> Any:
    lines = [name for name in BASELINES if any(name in result["baselines"] for result in results)]
    rows = []
    for result in results:
        beside = (result["baselines"].get(line, {}).get(result["main"]) for line in lines)
        rows.append([*cells(result), *map(number, beside)])
    return _grid((*COLUMNS, *(BASELINES[line] for line in lines)), rows, left=("task", "metric"))


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, markup=False, width=UNLIMITED)


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in header:
        table.add_column(plain(name), justify="left" if name in left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(plain, row))
    return table
