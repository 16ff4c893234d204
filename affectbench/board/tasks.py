"""A task's table and page: what is asked of which data by which rules, and how runs and published figures stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from affectbench import metrics
from affectbench.board import loose, printed, standing
from affectbench.board.keys import key
from affectbench.board.rows import Entry
from affectbench.board.schema import Row, Table, TaskIndex, TaskPage
from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError
from affectbench.metrics import Entry as Metric
from affectbench.task import Task, bind

Better = Literal["higher", "lower"]

LINES = ("chance", "majority", "constant", "human")


@dataclass(frozen=True, slots=True)
class Known:
    """A task as the catalogue knows it (None: its file is not here), and as the manifest of a run says it."""

    id: str
    bound: Task | None
    said: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The task's title, its id where nobody gives one."""
        return (self.bound.spec.title if self.bound else loose.text(self.said.get("title"))) or self.id


def known(catalogue: Catalogue, name: str, said: Mapping[str, Any]) -> Known:
    """Return what is known of a task. `said` is the manifest of one of its runs, empty where there is none."""
    try:
        bound = bind(catalogue, name) if name in catalogue.files["task"] else None
    except AffectbenchError:  # a broken file says nothing: `tasks check` says what is wrong with it
        bound = None
    return Known(name, bound, said)


def table(task: Known, entries: Sequence[Entry], published: Callable[[str], list[Row]]) -> Table:
    """Return a task's table, best rows first, after saying in the rows what stands apart and what ranks.

    `published` gives the published figures of the task in a metric.
    """
    rules = standing.placed(entries)
    ranking = [one for one in entries if not one.row["apart"]] or list(entries)
    main = ranking[0].row["metric"] if ranking else (task.bound.main if task.bound else "")
    metric = _metric(main, _form(task))
    better: Better = "lower" if metric and metric.better == "low" else "higher"
    rows, reported = [one.row for one in entries], published(main)
    standing.ranked([row for row in rows if not row["apart"]], better)
    printed.compared(rows, reported, printed.model_ids(entries))
    guesses = ranking[0].baselines if ranking else {}
    return Table(
        task=task.id, key=key(task.id), title=task.title, metric=main, metric_title=metric.title if metric else None,
        range=[_finite(end) for end in metric.range] if metric else None, better=better,
        chance=guesses.get("chance"), majority=guesses.get("majority"), constant=guesses.get("constant"),
        human=guesses.get("human"), ranks=rules, rows=_sorted([*rows, *reported], better),
    )  # fmt: skip


def index(task: Known, shown: Table, entries: Sequence[Entry]) -> TaskIndex:
    """Return a task's line in the board's index."""
    ranked = [row for row in shown["rows"] if row["rank"]]
    reported = [row for row in shown["rows"] if row["kind"] == "reported"]
    return TaskIndex(
        id=task.id, key=shown["key"], title=shown["title"], family=_family(task), dataset=_dataset(task),
        protocol=_protocol(task), modalities=sorted({kind for row in ranked for kind in row["modalities"]}),
        metric=shown["metric"], runs=len(entries), models=len({row["model"] for row in ranked}),
        reported=len(reported), best=_best(ranked, "low", "high"), best_reported=_best(reported, "source"),
        range=shown["range"], better=shown["better"], chance=shown["chance"], majority=shown["majority"],
        human=shown["human"],
    )  # fmt: skip


def _best(rows: Sequence[Row], *more: str) -> dict[str, Any] | None:
    """Return the first of rows that stand in order: its model and value, and more."""
    best: Mapping[str, Any] | None = next(iter(rows), None)
    return {name: best[name] for name in ("model", "value", *more)} if best else None


def _protocol(task: Known) -> str:
    return task.bound.spec.protocol if task.bound else str(loose.mapping(task.said.get("question")).get("protocol", ""))


def page(task: Known, shown: Table, entries: Sequence[Entry], pairs: int) -> TaskPage:
    """Return what a task's page shows; `pairs` is how many comparisons of two runs are stored."""
    spec = task.bound.spec if task.bound else None
    question = loose.mapping(task.said.get("question"))
    guesses: Mapping[str, Any] = shown
    plain = next((one for one in entries if not one.row["apart"] and one.first), None)
    return TaskPage(
        id=task.id, key=shown["key"], title=shown["title"], family=_family(task),
        cite=_cited(task), protocol=_protocol(task),
        version=spec.version if spec else loose.mapping(task.said.get("versions")).get("task", 0),
        approximate=spec.approximate if spec else loose.text(loose.mapping(task.said.get("task")).get("approximate")),
        form=_form(task), metric=shown["metric"], metrics=_metrics(task), split=_split(task),
        target=task.bound.target if task.bound else loose.text(question.get("target")), dataset=_about_dataset(task),
        access=_access(task), prompt=_prompt(task), rendered=json.loads(plain.first) if plain and plain.first else None,
        labels=_labels(task, entries), levels=_levels(task),
        baselines={line: {"value": guesses[line]} for line in LINES if guesses[line] is not None},
        runs=[{name: row[name] for name in ("run", "key", "model", "variant", "apart")}
              for row in shown["rows"] if row["kind"] == "measured"],
        pairs=pairs,
    )  # fmt: skip


def _sorted(rows: Sequence[Row], better: str) -> list[Row]:
    turn = -1.0 if better == "higher" else 1.0

    def order(row: Row) -> tuple[Any, ...]:
        value = row["value"]
        return (bool(row["apart"]), value is None, turn * (value or 0.0), row["model"], row["run"] or "",
                row["source"] or "", row["setting"] or "", row["note"] or "")  # fmt: skip

    return sorted(rows, key=order)


def _metric(name: str, form: str) -> Metric | None:
    try:
        return metrics.find(name, form)
    except KeyError:  # a judge's scale, or a metric that this version does not have
        return None


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def _form(task: Known) -> str:
    return task.bound.form if task.bound else str(loose.mapping(task.said.get("question")).get("form", ""))


def _family(task: Known) -> str | None:
    return (
        task.bound.dataset.family if task.bound else loose.text(loose.mapping(task.said.get("dataset")).get("family"))
    ) or None


def _dataset(task: Known) -> str | None:
    return task.bound.dataset.id if task.bound else loose.text(loose.mapping(task.said.get("dataset")).get("id"))


def _split(task: Known) -> str | None:
    return task.bound.split if task.bound else loose.text(loose.mapping(task.said.get("task")).get("split"))


def _cited(task: Known) -> list[str]:
    if task.bound is None:
        return []
    return [*([task.bound.spec.cite] if task.bound.spec.cite else []), *task.bound.dataset.cite]


def _about_dataset(task: Known) -> dict[str, Any]:
    if task.bound is None:
        said = loose.mapping(task.said.get("dataset"))
        return {name: said.get(name) for name in ("id", "splits")}
    spec = task.bound.dataset
    return {
        "id": spec.id,
        "title": spec.title,
        "splits": spec.model_dump(mode="json")["splits"],
        "pitfalls": list(spec.pitfalls),
        "notes": list(spec.notes),
        "verified": spec.verified,
    }


def _access(task: Known) -> dict[str, Any]:
    if task.bound is not None:
        return task.bound.dataset.access.model_dump(mode="json")
    return dict(loose.mapping(task.said.get("access")))


def _prompt(task: Known) -> dict[str, Any]:
    if task.bound is None:
        return dict(loose.mapping(task.said.get("prompt")))
    prompt, wording = task.bound.prompt, task.bound.wording
    return {"id": prompt.id, "title": prompt.title, "system": wording.system or prompt.system, "user": wording.user}


def _metrics(task: Known) -> list[dict[str, Any]]:
    names = task.bound.spec.metrics if task.bound else loose.mapping(task.said.get("question")).get("metrics", ())
    found = ((name, _metric(str(name), _form(task))) for name in names)
    return [
        {
            "name": name,
            "title": one.title if one else None,
            "better": one.better if one else None,
            "missing": one.missing if one else None,
            "version": one.version if one else None,
        }
        for name, one in found
    ]


def _labels(task: Known, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the labels of an answer in order, with the number of samples of each where results say it."""
    question = loose.mapping(task.said.get("question"))
    names = (task.bound.labels.names if task.bound.labels else ()) if task.bound else question.get("labels", ())
    counted = next((one.labels for one in entries if not one.row["apart"] and one.labels), {})
    return [{"name": name, "count": counted.get(name)} for name in names]


def _levels(task: Known) -> list[list[Any]]:
    if task.bound is None:
        return [list(level) for level in loose.mapping(task.said.get("question")).get("levels", ())]
    return [list(level) for level in task.bound.levels]
