"""Building a site: runs are found, written one by one, put into tables, and the pages stand where the old ones did."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectbench.board import export, found, models, runs, scripts, suites, swap, tasks
from affectbench.board.found import LeftOut, Place
from affectbench.board.keys import key
from affectbench.board.rows import Entry
from affectbench.board.schema import SCHEMA, Board, ModelIndex, SuiteIndex, SuiteTable, Table, TaskIndex
from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError, UsageError
from affectbench.paths import shipped
from affectbench.records import read_finished
from affectbench.specs.suite import SuiteSpec

MOST_PROCESSES = 2
TITLE = "affectbench"


@dataclass(frozen=True, kw_only=True)
class How:
    """How a site is built; `tell` is told in one line what goes on, and how far it is."""

    title: str = TITLE
    processes: int = field(default_factory=lambda: min(MOST_PROCESSES, os.cpu_count() or 1))
    tell: Any = staticmethod(lambda text: None)


@dataclass(frozen=True, kw_only=True)
class Built:
    """A site: its folder, its index, and what was left out with the reasons."""

    site: Path
    board: Board

    def document(self) -> dict[str, Any]:
        """The same as plain values, as `--json` prints them."""
        parts = ("made_from", "left_out")
        return {"schema": SCHEMA, "site": str(self.site), **{name: self.board[name] for name in parts}}  # type: ignore[literal-required]


def build(paths: Sequence[Path], site: Path, catalogue: Catalogue, how: How) -> Built:
    """Build a site from the runs at or below `paths`, in place of a former one. Same runs, same bytes.

    Raises UsageError where there are no runs, where two folders contradict each other, and for a place that is taken.
    """
    with swap.built(site) as made:
        _lay_out(made)
        board = _Building(made, catalogue, how).board(found.places(paths))
    return Built(site=site, board=board)


def _lay_out(made: Path) -> None:
    """Copy the pages, and write the library that draws charts beside them."""
    pages = shipped("leaderboard") / "site"
    if not pages.is_dir():
        raise UsageError(f"{pages} is not there: the installation is not whole")
    shutil.copytree(pages, made, dirs_exist_ok=True)
    try:
        import vl_convert
    except ImportError:
        raise UsageError(export.NEEDED.format("vl-convert-python")) from None
    assets = made / "assets"
    assets.mkdir(exist_ok=True)
    (assets / "vega.js").write_text(vl_convert.javascript_bundle(), encoding="utf-8")


class _Building:
    """What is known while a site is built."""

    def __init__(self, made: Path, catalogue: Catalogue, how: How) -> None:
        self.made = made
        self.data = made / "data"
        self.catalogue = catalogue
        self.how = how
        self.left: list[LeftOut] = []

    def board(self, places: Sequence[Place]) -> Board:
        """Write all data files; return the index."""
        self.how.tell(f"{len(places):,} run folders")
        chosen, self.left = runs.unique(places, self.how.processes)
        if not chosen:
            raise UsageError("\n".join(["no run can be shown", *(f"{o.shown}: {o.reason}" for o in self.left[:20])]))
        entries = self._runs(chosen)
        by_task: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_task[entry.task].append(entry)
        tables, lines = self._tasks({name: by_task[name] for name in sorted(by_task)})
        shown, suite_lines = self._suites(lines, entries)
        board = Board(
            schema=SCHEMA, title=self.how.title, made_from={"runs": len(entries), "reported": 0},
            left_out=[{"folder": one.shown, "reason": one.reason} for one in sorted(self.left, key=str)],
            tasks=lines, suites=suite_lines, models=self._models(entries, {line["id"]: line["title"] for line in lines}),
            sources={},
        )  # fmt: skip
        scripts.write(self.data, "board", board)
        export.write(self.made, board, tables, shown)
        return board

    def _runs(self, places: Sequence[Place]) -> list[Entry]:
        where = runs.Where(self.data, self._publish())

        def done(count: int, of: int) -> None:
            if count % 500 == 0 or count == of:
                self.how.tell(f"{count:,} of {of:,} runs")

        found_ = runs.all_entries(runs.write(places, where, self.how.processes, done), self.left)
        return sorted(found_, key=lambda one: (one.task, one.row["model"], one.row["variant"], one.row["run"] or ""))

    def _publish(self) -> dict[str, Mapping[str, bool]]:
        """Return what the datasets of the catalogue allow to be published; of a broken file, nothing."""
        allowed: dict[str, Mapping[str, bool]] = {}
        for name in self.catalogue.ids("dataset"):
            try:
                allowed[name] = self.catalogue.load("dataset", name).spec.access.publish.model_dump()
            except AffectbenchError:
                allowed[name] = {"media": False, "labels": False, "text": False}
        return allowed

    def _tasks(self, by_task: Mapping[str, Sequence[Entry]]) -> tuple[list[Table], list[TaskIndex]]:
        tables, lines = [], []
        for name, entries in by_task.items():
            task = tasks.known(self.catalogue, name, self._manifest(entries[0]))
            shown = tasks.table(task, entries, [])
            scripts.write(self.data, f"tables/{shown['key']}", shown)
            scripts.write(self.data, f"tasks/{shown['key']}", tasks.page(task, shown, entries, 0))
            tables.append(shown)
            lines.append(tasks.index(task, shown, entries))
        return tables, lines

    def _manifest(self, entry: Entry) -> Mapping[str, Any]:
        return read_finished(entry.folder)

    def _suites(
        self, lines: Sequence[TaskIndex], entries: Sequence[Entry]
    ) -> tuple[list[SuiteTable], list[SuiteIndex]]:
        by_id = {line["id"]: line for line in lines}
        tables, index = [], []
        for suite in self._known_suites():
            inside = [by_id[name] for name in self.catalogue.choose("task", suite.tasks) if name in by_id]
            if not inside:
                continue
            shown = suites.table(suite, inside, entries)
            scripts.write(self.data, f"suites/{shown['key']}", shown)
            tables.append(shown)
            index.append(
                SuiteIndex(
                    id=suite.id, key=shown["key"], title=suite.title, aggregate=shown["aggregate"], tasks=len(inside),
                    models=len(shown["rows"]), reported=0,
                )
            )  # fmt: skip
        return tables, index

    def _known_suites(self) -> list[SuiteSpec]:
        """Return the suites of the catalogue; a broken file has none: `tasks list` says what is wrong with it."""
        found_: list[SuiteSpec] = []
        for name in self.catalogue.ids("suite"):
            try:
                found_.append(self.catalogue.load("suite", name).spec)
            except AffectbenchError:
                continue
        return found_

    def _models(self, entries: Sequence[Entry], titles: Mapping[str, str]) -> list[ModelIndex]:
        index = []
        for name, own in models.by_model(entries).items():
            scripts.write(self.data, f"models/{key(name)}", models.page(name, own, titles))
            index.append(models.index(name, own))
        return index
