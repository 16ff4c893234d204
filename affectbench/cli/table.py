"""The table of results: the main score with its interval, beside chance, majority and people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from affectbench.cli.printing import number, plain
from affectbench.results import main_score

COLUMNS = ("metric", "score [95 %]", "n", "answered")
BESIDE = ("chance", "majority", "human")
"""The baselines that stand beside a score; people only where the data hold several answers of theirs."""
NAMES = {
    "chance": "chance",
    "majority": "majority",
    "prior": "prior",
    "constant": "best constant",
    "human": "people",
}
"""What each baseline is called."""
UNLIMITED = 1000
"""A width that no table has: on a narrow terminal its lines wrap, and no name or number is cut."""


def show(results: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for each model, one row a task; several variants of it are told apart by a column."""
    for head, found in groupby(results, key=_apart):
        rows = list(found)
        several = len({row["variant"] for row in rows}) > 1
        console().print(f"\n{plain(head if several else heading(rows[0]))}")
        console().print(_table(rows, several))


def ordered(results: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return runs so that those of one table stand together, the plain task before its variants."""
    return sorted(
        results, key=lambda found: (_apart(found), found["task"], found["variant"] != "base", found["variant"])
    )


def _apart(result: Mapping[str, Any]) -> str:
    """Return the heading of the table in which a run stands."""
    return heading({**result, "variant": "base"})


def heading(result: Mapping[str, Any]) -> str:
    """Return the model's name, with what must be known of its scores before they are believed."""
    variant = f" · {result['variant']}" if result["variant"] != "base" else ""
    partial = f"shard {result['shard']}" if "shard" in result else "partial"
    found = {
        "mock data": result["mock"],
        partial: result["partial"],
        "input not observed": not result["observed"],
        "input not shown": (result.get("proof") or {"state": "shown"})["state"] != "shown",
        "the model changed midway": len(result.get("served", ())) > 1,
        "uncalibrated judge": result.get("uncalibrated") or _judged_by(result) == "uncalibrated",
        "not judged": _judged_by(result) == "nobody",
    }
    remarks = ", ".join(remark for remark, holds in found.items() if holds)
    return f"{result['model']}{variant}" + (f"  ({remarks})" if remarks else "")


def _judged_by(result: Mapping[str, Any]) -> str | None:
    """Return what must be known of the judge whose scale is the main score."""
    by = result.get("main_by")
    if by is None or by["calibrated"]:
        return None
    return "uncalibrated" if by["judge"] else "nobody"


def cells(result: Mapping[str, Any]) -> list[str]:
    """Return the cells of one run, as `COLUMNS`."""
    main = main_score(result)
    return [
        result["main"],
        "undefined" if main["value"] is None and main["low"] is None else f"{number(main['value'])} {interval(main)}",
        f"{result['n']:,}",
        _answered(result),
    ]


def named(metric: str) -> str:
    """Return the name of a metric, marked where less is better."""
    from affectbench.metrics import ENTRIES

    lower = any(entry.name == metric and entry.better == "low" for entry in ENTRIES)
    return f"{metric} (low is better)" if lower else metric


def interval(score: Mapping[str, Any]) -> str:
    """Return `[low, high]`, or a dash."""
    if score["low"] is None or score["high"] is None:
        return "–"
    return f"[{number(score['low'])}, {number(score['high'])}]"


def remark(result: Mapping[str, Any]) -> str:
    """Return which guess the run is not better than, if there is one; empty for runs of before this was tested."""
    above = result.get("above")
    return "" if above is None or above["holds"] else f"not better than {NAMES[above['baseline']]}"


def _answered(result: Mapping[str, Any]) -> str:
    """Return the share of samples with an answer (under a judge: a verdict); if it is not all, the score over those."""
    counts = result["status"]
    total = sum(counts.values())
    answered = counts["ok"] + (0 if result.get("main_by") else counts["judge_error"])
    if answered == total:
        return "all"
    if not answered:
        return "none"
    return f"{answered / total:.1%} ({number(main_score(result, over='ok')['value'])} over those)"


def _table(results: Sequence[Mapping[str, Any]], variants: bool) -> Any:
    lines = [name for name in BESIDE if any(name in result["baselines"] for result in results)]
    header = ["task", *(["variant"] if variants else []), *COLUMNS, *(NAMES[line] for line in lines)]
    remarks = [remark(result) for result in results]
    header += [""] if any(remarks) else []
    rows = []
    for result, said in zip(results, remarks, strict=True):
        beside = (result["baselines"].get(line, {}).get(result["main"]) for line in lines)
        name = [result["task"], *([result["variant"]] if variants else [])]
        rows.append([*name, *cells(result), *map(number, beside), said][: len(header)])
    return grid(header, rows, left=("task", "variant", "metric", ""))


def console() -> Any:
    """Return where tables are printed: nothing is coloured, cut or read as markup."""
    from rich.console import Console

    return Console(highlight=False, markup=False, width=UNLIMITED)


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str]) -> Any:
    """Return a table; the columns named in `left` hold words, the others numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in header:
        table.add_column(plain(name), justify="left" if name in left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(plain, row))
    return table
