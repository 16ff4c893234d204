"""The data files of a site: runs go through one by one, tables and pages are made of what is kept of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench.board import export, models, pairs, printed, runs, scripts, standing, suites, tasks
from affectbench.board.found import LeftOut, Place
from affectbench.board.keys import key
from affectbench.board.reported import Reported
from affectbench.board.rows import Entry
from affectbench.board.schema import SCHEMA, Board, ModelIndex, Pairs, SuiteIndex, SuiteTable, Table, TaskIndex
from affectbench.board.workers import Workers
from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError, UsageError
from affectbench.records import read_finished
from affectbench.specs.suite import SuiteSpec

EVERY = 500
"""Progress is told after so many runs."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked for: the title, how many best runs are compared, who works on it, who is told."""

    title: str
    pairs: int
    workers: Workers
    tell: Callable[[str], None]


class Building:
    """A site while it is built in the folder `made`."""

    def __init__(self, made: Path, catalogue: Catalogue, reported: Reported, plan: Plan) -> None:
        self.made = made
        self.data = made / "data"
        self.catalogue = catalogue
        self.reported = reported
        self.plan = plan
        self.left: list[LeftOut] = []

    def board(self, places: Sequence[Place]) -> Board:
        """Write all data files; return the index. Raises UsageError where no run can be shown."""
        entries = self._runs(places)
        by_task: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_task[entry.task].append(entry)
        known = self._known(by_task)
        tables = {name: tasks.table(task, by_task[name], self._published(name)) for name, task in known.items()}
        self.plan.tell(f"{len(tables):,} tables")
        comparing = self._comparing(tables, by_task)
        lines = [tasks.index(known[name], table, by_task[name]) for name, table in tables.items()]
        for name, table in tables.items():
            scripts.write(self.data, f"tables/{table['key']}", table)
            page = tasks.page(known[name], table, by_task[name], comparing.count(name))
            scripts.write(self.data, f"tasks/{table['key']}", page)
        shown, suite_lines = self._suites(lines, by_task)
        titles = {line["id"]: line["title"] for line in lines}
        self._published_tables()
        board = Board(
            schema=SCHEMA, title=self.plan.title,
            made_from={"runs": len(entries), "reported": len(self.reported.figures)},
            left_out=[{"folder": one.shown, "reason": one.reason} for one in sorted(self.left, key=str)],
            tasks=lines, suites=suite_lines, models=self._models(entries, titles),
            sources=printed.sources(self.reported),
        )  # fmt: skip
        scripts.write(self.data, "board", board)
        export.write(self.made, board, list(tables.values()), shown)
        self._pairs(tables, comparing)
        return board

    def _runs(self, places: Sequence[Place]) -> list[Entry]:
        chosen = runs.unique(places, self.plan.workers)
        self.left = chosen.left
        where = runs.Where(self.data, self._publish(chosen.datasets))

        def done(count: int, of: int) -> None:
            if count % EVERY == 0:
                self.plan.tell(f"{count:,} of {of:,} runs")

        entries = runs.entries(runs.write(chosen.places, where, self.plan.workers, done), self.left)
        if not entries:
            raise UsageError("\n".join(["no run can be shown", *(f"{o.shown}: {o.reason}" for o in self.left[:20])]))
        return sorted(entries, key=lambda one: (one.task, one.row["model"], one.row["variant"], one.row["run"] or ""))

    def _publish(self, datasets: Sequence[str]) -> dict[str, Mapping[str, bool]]:
        """Return what datasets allow to be published, as far as they are known here; of a broken file, nothing."""
        allowed: dict[str, Mapping[str, bool]] = {}
        for name in datasets:
            if name not in self.catalogue.files["dataset"]:
                continue
            try:
                allowed[name] = self.catalogue.load("dataset", name).spec.access.publish.model_dump()
            except AffectbenchError:
                allowed[name] = {"media": False, "labels": False, "text": False}
        return allowed

    def _known(self, by_task: Mapping[str, Sequence[Entry]]) -> dict[str, tasks.Known]:
        """Return the tasks that have a run or a published figure, by id, in order."""
        published = {figure.column.task for figure in self.reported.figures if figure.column.task}
        return {
            name: tasks.known(self.catalogue, name, _manifest(by_task.get(name, ())))
            for name in sorted({*by_task, *published})
        }

    def _published(self, task: str) -> Callable[[str], list[Any]]:
        return lambda metric: printed.rows(self.reported, task, metric)

    def _comparing(self, tables: Mapping[str, Table], by_task: Mapping[str, Sequence[Entry]]) -> pairs.Comparing:
        """Have the best runs of each task compared, while other pages are made."""
        work = [
            (name, one)
            for name, table in tables.items()
            if self.plan.pairs > 1
            for one in pairs.chosen(by_task[name], self.plan.pairs, table["better"])
        ]
        if work:
            self.plan.tell(f"comparing {len(work):,} pairs of runs")
        return pairs.Comparing(
            [name for name, _ in work], self.plan.workers.map(pairs.compared, [w for _, w in work], 1)
        )

    def _pairs(self, tables: Mapping[str, Table], comparing: pairs.Comparing) -> None:
        """Write what was compared."""
        for name, found in comparing.by_task().items():
            page = Pairs(task=name, metric=tables[name]["metric"], pairs=found)
            scripts.write(self.data, f"pairs/{tables[name]['key']}", page)

    def _suites(
        self, lines: Sequence[TaskIndex], by_task: Mapping[str, Sequence[Entry]]
    ) -> tuple[list[SuiteTable], list[SuiteIndex]]:
        by_id = {line["id"]: line for line in lines}
        tables, index = [], []
        for suite in self._known_suites():
            names = [name for name in self.catalogue.choose("task", suite.tasks) if name in by_id]
            published = printed.suite_rows(self.reported, suite.id, names)
            if not names and not published:
                continue
            entries = [entry for name in names for entry in by_task.get(name, ())]
            shown = suites.table(suite, [by_id[name] for name in names], entries, published)
            scripts.write(self.data, f"suites/{shown['key']}", shown)
            tables.append(shown)
            index.append(suites.index(shown))
        return tables, index

    def _known_suites(self) -> list[SuiteSpec]:
        """Return the suites of the catalogue; a broken file has none: `tasks list` says what is wrong with it."""
        found: list[SuiteSpec] = []
        for name in self.catalogue.ids("suite"):
            try:
                found.append(self.catalogue.load("suite", name).spec)
            except AffectbenchError:
                continue
        return found

    def _models(self, entries: Sequence[Entry], titles: Mapping[str, str]) -> list[ModelIndex]:
        index = []
        for name, own in models.by_model(entries).items():
            scripts.write(self.data, f"models/{key(name)}", models.page(name, own, titles))
            index.append(models.index(name, own))
        return index

    def _published_tables(self) -> None:
        for name, spec in self.reported.sources.items():
            scripts.write(self.data, f"reported/{key(name)}", printed.table(name, spec))


def _manifest(entries: Sequence[Entry]) -> Mapping[str, Any]:
    """Return the manifest of one of the runs that are ranked, or of any, or nothing."""
    chosen = next((one for one in entries if not standing.own_reasons(one)), next(iter(entries), None))
    return read_finished(chosen.folder) if chosen else {}
