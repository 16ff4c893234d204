"""`affectbench tasks`: find, read, check, write and export tasks."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.catalogue import KINDS, Catalogue, Entry
from affectbench.cli import options, printing
from affectbench.errors import AffectbenchError, DataError, FileErrors, MediaError, UsageError

if TYPE_CHECKING:
    from affectbench.task import Task


@click.group()
def tasks() -> None:
    """List, show, check, write and export tasks."""


@tasks.command("list")
@click.argument("pattern", default="*")
@options.plugin
@options.as_json
def list_tasks(pattern: str, plugin: tuple[Path, ...], as_json: bool) -> None:
    """List the tasks whose id, family or dataset matches PATTERN (a word or a glob), and the suites."""
    known = options.catalogue(plugin)
    entries = [entry for entry in known.entries("task") if _matches(entry, pattern)]
    suites = [entry for entry in known.entries("suite") if _matches(entry, pattern)]
    if as_json:
        fields = [{"id": e.id, "origin": e.origin, **e.fields, "faults": [str(f) for f in e.faults]} for e in entries]
        printing.document({"schema": 1, "tasks": fields, "suites": [{"id": e.id, **e.fields} for e in suites]})
        return
    names = ("family", "dataset", "main", "title")
    rows = ([e.id, *(e.fields.get(name, "") for name in names)] for e in entries if not e.faults)
    printing.columns(rows, ["task", "family", "dataset", "main metric", "title"])
    if suites:
        printing.say()
        printing.columns(([e.id, e.fields.get("title", "")] for e in suites if not e.faults), ["suite", "title"])
    printing.faults(fault for entry in (*entries, *suites) for fault in entry.faults)


@tasks.command("show")
@click.argument("task")
@options.data
@options.plugin
def show_task(task: str, data: tuple[str, ...], plugin: tuple[Path, ...]) -> None:
    """Show what TASK asks, of which data and how to get them, its labels, wording and metrics."""
    from affectbench.task import bind

    known = options.catalogue(plugin)
    for name in known.tasks([task]):
        for head, text in _description(bind(known, name)):
            printing.say(f"{head:10}{text}".replace("\n", "\n" + " " * 10).rstrip())


@tasks.command("check")
@click.argument("names", metavar="[TASK]...", nargs=-1)
@options.data
@options.plugin
def check_tasks(names: tuple[str, ...], data: tuple[str, ...], plugin: tuple[Path, ...]) -> None:
    """Check task files with all they name (default: all); where data are bound, render one sample of each.

    Faults come as path:line:column: message, all at once; exit code 2 if there is any.
    """
    known = options.catalogue(plugin)
    chosen = known.tasks(names) if names else known.ids("task")
    faults: list[Any] = []
    rendered = 0
    for name in chosen:
        try:
            rendered += _checked(known, name, options.roots(data))
        except FileErrors as error:
            faults += error.faults
        except AffectbenchError as error:
            faults.append(f"{name}: {error}")
    if not names:
        faults += _other_faults(known) + _misplaced_figures(known)
    printing.faults(dict.fromkeys(faults))
    printing.say(f"tasks checked: {len(chosen)}, with a rendered sample: {rendered}, faults: {len(set(faults))}")
    if faults:
        sys.exit(2)


@tasks.command("export")
@click.argument("task")
@click.option(
    "-o", "--output", type=click.File("w"), default="-", help="Where the requests go, one JSON object a line."
)
@click.option("--limit", type=click.IntRange(min=1), help="A seeded part only.")
@options.data
@options.plugin
def export(task: str, output: Any, limit: int | None, data: tuple[str, ...], plugin: tuple[Path, ...]) -> None:
    """Write the requests of TASK: ids, messages and media paths, which a replay file with `id` and `text` answers."""
    from affectbench import datasets, rendering
    from affectbench.task import bind

    known = options.catalogue(plugin)
    names = known.tasks([task])
    if len(names) != 1:
        raise UsageError(f"{task!r} names {len(names)} tasks: export them one by one")
    for request in rendering.requests(datasets.bind(bind(known, names[0]), options.roots(data), limit)):
        output.write(json.dumps(request, ensure_ascii=False) + "\n")


@tasks.command("schema")
@click.argument("kind", type=click.Choice(sorted(KINDS)), required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write one file a kind into this folder.")
def schema(kind: str | None, out: Path | None) -> None:
    """Print the JSON schema of a KIND of file for editors, or write all with --out."""
    from affectbench import catalogue

    if out is None:
        printing.document(catalogue.schema(kind or "task").model_json_schema())
        return
    out.mkdir(parents=True, exist_ok=True)
    for name in [kind] if kind else KINDS:
        path = out / f"{name}.schema.json"
        path.write_text(json.dumps(catalogue.schema(name).model_json_schema(), indent=1) + "\n", encoding="utf-8")
        printing.say(str(path))


@tasks.command("new")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--dataset", help="A dataset that has a file already; else one is begun inside the task.")
def new(path: Path, dataset: str | None) -> None:
    """Begin a task file at PATH, such as my-plugin/tasks/fer/my-task.yaml."""
    if path.suffix != ".yaml":
        raise UsageError(f"{path}: a task file ends in .yaml")
    if path.exists():
        raise UsageError(f"{path} exists already")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_BEGUN.format(id=path.stem, dataset=dataset or _INLINE.format(id=path.stem)), encoding="utf-8")
    printing.say(f"{path}: now fill it in, then `affectbench tasks check {path} --data {dataset or path.stem}=DIR`")


_BEGUN = """\
id: {id}
title: What is asked, of which data
dataset: {dataset}
split: test
answer: {{form: choice}}
metrics: [accuracy, uar, macro_f1, confusion]
main: uar
protocol: {id}/uar
"""
_INLINE = """
  id: {id}
  title: The data, their size and origin
  access: {{kind: open, send: any, publish: {{media: false, labels: false, text: false}}}}
  splits: {{test: unknown}}
  read:
    rows: {{table: {{file: labels.csv}}}}
    id: "{{{{ file | stem }}}}"
    split: test
    media: {{face: {{kind: image, path: "{{{{ file }}}}"}}}}
    targets: {{expression: {{labels: ekman-6, label: "{{{{ label }}}}"}}}}"""


def _matches(entry: Entry, pattern: str) -> bool:
    import fnmatch

    words = (entry.id, entry.fields.get("family", ""), entry.fields.get("dataset", ""))
    return any(fnmatch.fnmatch(word, pattern) for word in words) or pattern in entry.id


def _description(task: Task) -> list[tuple[str, str]]:
    access = task.dataset.access
    labels = ", ".join(task.labels.names) if task.labels else ""
    levels = ", ".join(f"{name} {low:g}…{high:g}" for name, low, high in task.levels)
    count = task.dataset.splits.get(task.split)
    rows = [
        ("task", f"{task.id}: {task.spec.title}"),
        ("data", f"{task.dataset.id}: {task.dataset.title}"),
        ("access", ", ".join(filter(None, [access.kind, access.licence, access.url]))),
        ("samples", f"split {task.split}" + (f", {count:,} declared" if count else "")),
        ("of these", _part(task)),
        ("gold", "withheld: `tasks export` writes the requests, and nothing is scored here" if task.withheld else ""),
        ("shows", ", ".join(_shown(task, name) for name in sorted(task.shown)) or "text only"),
        ("answer", f"{task.form}: {labels or levels or 'free'}"),
        ("metrics", ", ".join(task.spec.metrics) + f"; ranks by {task.ranks_by}"),
        ("judge", ", ".join(task.spec.judge)),
        ("lexicon", f"{task.lexicon.id}: {task.lexicon.title}" if task.lexicon else ""),
        ("protocol", f"{task.spec.protocol}, version {task.spec.version}"),
        ("caution", task.spec.approximate or ""),
        ("layout", "" if task.dataset.verified else "written from secondary material, not yet seen on the real data"),
        ("cite", task.spec.cite or "; ".join(task.dataset.cite)),
        ("prompt", f"{task.prompt.id} ({', '.join(task.prompt.wordings())})"),
        ("", task.wording.user.strip()),
    ]
    return [(head, text) for head, text in rows if text]


def _part(task: Task) -> str:
    """Return which of the split's samples are asked; empty for all of them."""
    spec, some = task.spec, task.spec.subset
    parts = [f"fold {', '.join(spec.fold)}" if spec.fold else "", f"where {spec.where}" if spec.where else ""]
    if some is not None:
        number = f"{some.n:,} drawn" if some.n else f"one in {some.every}"
        parts.append(number + (f" within each {some.by}" if some.by else ""))
    return ", ".join(filter(None, parts))


def _shown(task: Task, name: str) -> str:
    """Return a medium and how it is shown: a clip's frames, another rate than the usual."""
    from affectbench.specs.task import MediaUse
    from affectbench.views import FRAMES, RATE

    kind, view = task.dataset.media_kinds()[name], (task.spec.media or {}).get(name, MediaUse()).view()
    if kind == "audio":
        return f"{name} (sound{'' if view.rate == RATE else f' at {view.rate:,} Hz'})"
    if kind == "image":
        return f"{name} (picture)"
    return f"{name} ({view.frames.said if view.frames else f'{FRAMES} frames, or as many as the model card says'})"


def _checked(known: Catalogue, name: str, roots: dict[str, Path]) -> int:
    """Check one task; returns 1 if its data were at hand and a sample was rendered."""
    from affectbench import datasets, rendering
    from affectbench.task import bind

    task = bind(known, name)
    if not datasets.source_of(task.dataset, roots, {}).complete:
        return 0
    try:
        bound = datasets.bind(task, roots)
        for wording in task.prompt.wordings():
            rendering.first(dataclasses.replace(bound, task=bind(known, name, wording)), task.spec.settings)
    except MediaError as error:
        raise DataError(f"its first sample cannot be shown: {error}") from None
    return 1


def _misplaced_figures(known: Catalogue) -> list[Any]:
    """Return the faults of published figures against the tasks and metrics under which they stand."""
    from affectbench.board import reported

    try:
        reported.load(known)
    except FileErrors as error:
        return error.faults
    return []


def _other_faults(known: Catalogue) -> list[Any]:
    """Return the faults of the files that no checked task names."""
    return [f for kind in KINDS if kind != "task" for entry in known.entries(kind) for f in entry.faults]
