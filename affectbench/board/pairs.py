"""The best runs of a task compared two by two, so that a page can show paired tests without samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from affectbench import comparing
from affectbench.board.rows import Entry
from affectbench.errors import AffectbenchError

Work = tuple[str, str, Path, Path]


@dataclass(frozen=True, slots=True)
class Comparing:
    """Pairs of runs that are being compared: the task of each, and what is found, in the same order."""

    tasks: Sequence[str]
    found: Iterator[dict[str, Any]]

    def count(self, task: str) -> int:
        """How many pairs a task has."""
        return self.tasks.count(task)

    def by_task(self) -> dict[str, list[dict[str, Any]]]:
        """What was found of each task; it waits for the last pair."""
        found: dict[str, list[dict[str, Any]]] = {}
        for task, one in zip(self.tasks, self.found, strict=True):
            found.setdefault(task, []).append(one)
        return found


def chosen(entries: Sequence[Entry], best: int, better: str) -> list[Work]:
    """Return the pairs of the `best` ranked runs of one task: the keys of both and their folders."""
    turn = -1.0 if better == "higher" else 1.0
    ranked = [one for one in entries if one.row["rank"]]
    ranked.sort(key=lambda one: (turn * (one.row["value"] or 0.0), one.row["run"] or ""))
    return [
        (one.row["key"] or "", other.row["key"] or "", one.folder, other.folder)
        for one, other in combinations(ranked[:best], 2)
    ]


def compared(work: Work) -> dict[str, Any]:
    """Return a comparison as `affectbench compare --json` prints it, without places; or why there is none."""
    first, second, *folders = work
    try:
        found = comparing.compare(folders, comparing.How()).document()
    except AffectbenchError as error:
        message = str(error)
        for folder, name in zip(folders, (first, second), strict=True):
            message = message.replace(str(folder), name)
        return {"keys": [first, second], "refused": message[:500]}
    runs = [{name: value for name, value in run.items() if name != "path"} for run in found["runs"]]
    return {"keys": [first, second], **found, "runs": runs}
