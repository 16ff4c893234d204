"""Published figures: read from `leaderboard/reported/`, held against our tasks and metrics, by task and by suite.

A figure stands under a metric of ours only where it means the same; the check refuses what does not, so that a hit rate
never becomes an accuracy by a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from affectbench import metrics
from affectbench.board.measures import MEANS, NO_MEASURE
from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError, Fault, FileErrors, UsageError, near
from affectbench.specs.base import Loaded, read
from affectbench.specs.reported import Column, ReportedRow, ReportedSpec
from affectbench.task import Task, bind

SHARED = ("setting", "sees", "confidence")
"""What a row has of its file, where it does not say it itself."""

Read = Loaded[ReportedSpec]
Tasks = dict[str, Task | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One published number. `value` is in the metric's own units (a percentage as a share); `text` as it is printed."""

    source: str
    row: ReportedRow
    column: Column
    name: str
    value: float
    text: str


@dataclass(frozen=True)
class Reported:
    """All published figures: the specs by file id, and their numbers in the order of files, rows, columns."""

    sources: Mapping[str, ReportedSpec]

    @cached_property
    def figures(self) -> list[Figure]:
        """Every printed number."""
        return [figure for source, spec in self.sources.items() for figure in _figures(source, spec)]

    def of_task(self, task: str, metric: str | None = None) -> list[Figure]:
        """Return the figures under a task (and one of its metrics), without those of single labels."""
        found = (f for f in self.figures if f.column.task == task and f.column.label is None)
        return [f for f in found if metric in (None, f.column.metric)]

    def of_suite(self, suite: str) -> list[Figure]:
        """Return the published numbers of a suite."""
        return [f for f in self.figures if f.column.suite == suite]

    def apart(self) -> list[Figure]:
        """Return the figures that belong to no task or suite of ours: they are shown as reported and nothing else."""
        return [f for f in self.figures if f.column.task is None and f.column.suite is None]


def load(known: Catalogue, folders: Sequence[Path] | None = None) -> Reported:
    """Read and check the published tables: those of the catalogue, or, if given, the files of `folders` alone.

    Raises FileErrors with every fault of every file; UsageError if a folder is not there.
    """
    files, faults = _read(known, folders)
    tasks: Tasks = {}
    for file in files:
        faults += check(file, known, tasks)
    faults += _doubled_tables(files)
    if faults:
        raise FileErrors(faults)
    return Reported({file.spec.id: file.spec for file in files})


def check(file: Read, known: Catalogue, tasks: Tasks | None = None) -> list[Fault]:
    """Return what is wrong with a table: with its columns against our tasks, and with its rows.

    `tasks` holds the tasks that were bound already, or why they could not be; new ones are added.
    """
    found = _of_columns(file.spec, known, {} if tasks is None else tasks)
    faults = [file.fault(("columns", name, *at), message) for name, at, message in found]
    return faults + [file.fault(("rows", number, *at), message) for number, at, message in _of_rows(file.spec)]


def _read(known: Catalogue, folders: Sequence[Path] | None) -> tuple[list[Read], list[Fault]]:
    files: list[Read] = []
    faults: list[Fault] = []
    paths = [path for folder in folders or () for path in _yaml(folder)]
    names = [path.stem for path in paths] if folders is not None else known.ids("reported")
    for number, name in enumerate(names):
        try:
            if name in names[:number]:
                raise FileErrors([Fault(str(paths[number]), 1, 1, f"a second file is called {name!r}")])
            files.append(read(paths[number], ReportedSpec) if folders is not None else known.load("reported", name))
        except FileErrors as error:
            faults += error.faults
    return files, faults


def _yaml(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of reported figures")
    return sorted(path for path in folder.rglob("*.y*ml") if path.suffix in (".yaml", ".yml"))


def _of_columns(spec: ReportedSpec, known: Catalogue, tasks: Tasks) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for name, column in spec.columns.items():
        if column.suite is not None:
            yield from ((name, *fault) for fault in _of_suite(column, known))
        if column.task is not None:
            if column.task not in tasks:
                tasks[column.task] = _bound(column.task, known)
            task = tasks[column.task]
            if isinstance(task, str):
                yield name, ("task",), task
            else:
                yield from ((name, *fault) for fault in _of_task(column, task, spec))


def _bound(name: str, known: Catalogue) -> Task | str:
    try:
        return bind(known, name)
    except AffectbenchError as error:
        first = str(error).splitlines()[0]
        return first if isinstance(error, UsageError) else f"the task is broken: {first}"


def _of_suite(column: Column, known: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    suite = column.suite or ""
    if suite not in known.files["suite"]:
        yield ("suite",), f"there is no suite {suite!r}{near(suite, known.files['suite'])}"
    elif known.load("suite", suite).spec.aggregate is None:
        yield ("suite",), f"the suite {suite!r} has no number of its own: leave the suite out"


def _of_task(column: Column, task: Task, spec: ReportedSpec) -> Iterator[tuple[tuple[str, ...], str]]:
    metric = column.metric or ""
    if metric not in task.spec.metrics:
        has = f"{near(metric, task.spec.metrics)}; it has {', '.join(task.spec.metrics)}"
        yield ("metric",), f"the task {task.id!r} has no metric {metric!r}{has}"
        return
    if metric not in MEANS.get(column.printed, ()):
        yield ("printed",), _meaning(column.printed, metric)
    entry = metrics.find(metric, task.form)
    if column.label is not None and not entry.per_label:
        yield ("label",), f"the metric {metric!r} has no value of one label"
    names = (*(task.labels.names if task.labels else ()), *(name for name, _, _ in task.levels))
    if column.label is not None and column.label not in names:
        yield ("label",), f"the task {task.id!r} has no label {column.label!r}{near(column.label, names)}"
    declared = task.dataset.splits.get(task.split) if not task.spec.fold else None
    if None not in (column.n, declared) and column.n != declared and not (column.differs or spec.differs):
        yield ("n",), f"the split has {declared} samples, and {column.n} are printed: say in `differs` why"


def _meaning(printed: str, metric: str) -> str:
    if printed in NO_MEASURE:
        return f"{printed!r} {NO_MEASURE[printed]}: leave task and metric out"
    if printed not in MEANS:
        return f"{printed!r} is no measure that is known here{near(printed, MEANS)} ({', '.join(MEANS)})"
    return f"a printed {printed!r} is not our metric {metric!r}: they mean different things"


def _of_rows(spec: ReportedSpec) -> Iterator[tuple[int, tuple[str | int, ...], str]]:
    seen: dict[tuple[object, ...], int] = {}
    columns = list(spec.columns.items())
    for number, row in enumerate(spec.rows):
        if len(row.figures) != len(columns):
            yield number, ("figures",), f"{len(row.figures)} figures for {len(columns)} columns"
            continue
        if all(figure is None for figure in row.figures):
            yield number, ("figures",), "a row without a figure"
        if row.setting is None and spec.setting is None:
            yield number, (), "the setting is given neither here nor for the file"
        for place, (name, column) in enumerate(columns):
            figure = row.figures[place]
            if figure is None:
                continue
            low, high = _range(column)
            if not low <= figure <= high:
                yield number, ("figures", place), f"{name}: {figure} is outside {low:g} to {high:g}"
            key = (name, row.model, row.parameters, row.sees, row.setting)
            if seen.setdefault(key, number) != number:
                yield number, ("figures", place), f"{name}: {row.model!r} has a figure in row {seen[key] + 1} already"
        yield from ((number, *fault) for fault in _of_means(spec, row))


def _of_means(spec: ReportedSpec, row: ReportedRow) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Hold printed means against the figures that they are the means of, as far as these were rounded."""
    figures = dict(zip(spec.columns, row.figures, strict=True))
    for place, (name, column) in enumerate(spec.columns.items()):
        parts, printed = [figures[part] for part in column.mean_of], figures[name]
        known = [part for part in parts if part is not None]
        if not known or printed is None or len(known) < len(parts):
            continue
        mean = sum(known, Decimal()) / len(known)
        fits = abs(mean - printed) <= _rounding(printed) + max(map(_rounding, known))
        if not fits and name not in row.odd:
            yield ("figures", place), f"{name}: {printed} is printed, its parts have the mean {mean:.4g}: see `odd`"
        if fits and name in row.odd:
            yield ("odd",), f"{name}: the printed mean is that of its parts"


def _rounding(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2


def _range(column: Column) -> tuple[float, float]:
    if column.scale == "percent":
        low, high = _own(column) if column.task else (0.0, 1.0)
        return 100 * low, 100 * high
    return column.range or _own(column)


def _own(column: Column) -> tuple[float, float]:
    """Return the range of the metric, whichever form of answer it is of: (0, inf) where there is no such metric."""
    found = {entry.range for entry in metrics.ENTRIES if entry.name == column.metric}
    return (min(low for low, _ in found), max(high for _, high in found)) if found else (0.0, float("inf"))


def _doubled_tables(files: Sequence[Read]) -> Iterator[Fault]:
    seen: dict[tuple[object, ...], Read] = {}
    for file in files:
        source = file.spec.source
        key = (source.title, source.arxiv, source.repository, source.file, source.table, tuple(file.spec.columns))
        if (first := seen.setdefault(key, file)) is not file:
            yield file.fault(("source",), f"this table stands in {first.path} already")


def _figures(source: str, spec: ReportedSpec) -> Iterator[Figure]:
    for row in spec.rows:
        whole = row.model_copy(update={name: getattr(spec, name) for name in SHARED if getattr(row, name) is None})
        for (name, column), figure in zip(spec.columns.items(), row.figures, strict=True):
            if figure is not None:
                value = float(figure / 100 if column.scale == "percent" else figure)
                yield Figure(source=source, row=whole, column=column, name=name, value=value, text=str(figure))
