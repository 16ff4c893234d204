"""`affectbench data`: which datasets there are, whether a copy is what it should be, and synthetic copies."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.catalogue import Catalogue
from affectbench.cli import options, printing
from affectbench.errors import UsageError, near

if TYPE_CHECKING:
    from affectbench.datasets import Report
    from affectbench.labels import LabelSet
    from affectbench.specs.dataset import DatasetSpec


@click.group()
def data() -> None:
    """List datasets, check your copy of one, write a synthetic copy."""


@data.command("list")
@options.data
@options.plugin
@options.as_json
def list_data(data: tuple[str, ...], plugin: tuple[Path, ...], as_json: bool) -> None:
    """List the datasets that have a file, and where your copies are bound."""
    from affectbench.paths import data_root

    known = options.catalogue(plugin)
    given = options.roots(data)
    entries = known.entries("dataset")
    if as_json:
        found = [{"id": e.id, **e.fields, "bound": data_root(e.id, given) is not None} for e in entries]
        printing.document({"schema": 1, "datasets": found})
        return
    rows = ([e.id, "bound" if data_root(e.id, given) else "", e.fields.get("title", "")] for e in entries)
    printing.columns(rows, ["dataset", "copy", "title"])
    printing.faults(fault for entry in entries for fault in entry.faults)


@data.command("check")
@click.argument("dataset")
@options.data
@options.plugin
@options.as_json
def check(dataset: str, data: tuple[str, ...], plugin: tuple[Path, ...], as_json: bool) -> None:
    """Compare your copy of DATASET with what its file declares: counts, labels, missing, unreadable, doubled media.

    Exit code 1 if something is not as declared.
    """
    from affectbench import datasets

    spec, labels = _dataset(options.catalogue(plugin), dataset)
    source = datasets.source_of(spec, options.roots(data), labels)
    datasets.draw(source, seen=printing.track("drawing", as_json))
    report = datasets.check(source, seen=printing.track("looking at media", as_json))
    if as_json:
        printing.document({"schema": 1, **report.as_json()})
    else:
        _print(report)
    if not report.ok:
        sys.exit(1)


@data.command("mock")
@click.argument("dataset")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--fill", is_flag=True, help="Keep the annotation files in FOLDER; add only the media that they name.")
@click.option("--split", help="With --fill: the media of this split only.")
@click.option("--limit", type=click.IntRange(min=1), help="With --fill: the media of so many samples.")
@options.data
@options.plugin
def mock(dataset: str, folder: Path, plugin: tuple[Path, ...], **how: Any) -> None:
    """Write a small synthetic copy of DATASET into FOLDER, in its layout; runs on it are never ranked."""
    from affectbench import datasets

    spec, labels = _dataset(options.catalogue(plugin), dataset)
    if how["fill"]:
        source = datasets.source_of(spec, {**options.roots(how["data"]), spec.id: folder}, labels)
        wanted = dataclasses.replace(source, split=how["split"], gold=False)
        drawn = datasets.fill(wanted, how["limit"], seen=printing.track("drawing media"))
        printing.say(f"{folder}: {drawn:,} media drawn; MOCK.json marks the copy as synthetic")
        return
    counts = datasets.mock(spec, folder, labels).counts
    splits = ", ".join(f"{split} {n:,}" for split, n in counts.items())
    printing.say(f"{folder}: a synthetic copy, marked by MOCK.json; samples: {splits}")


def _print(report: Report) -> None:
    """Print what was found, counts first, then what is wrong."""
    kind = ", synthetic" if report.mock else ""
    printing.say(f"{report.dataset}{kind}" + (f", layout {report.layout}" if report.layout else ""))
    if not report.verified:
        printing.say("this layout was written from secondary material: compare it with your copy before you trust it")
    for what, counts in (("split", report.splits), ("fold", report.folds)):
        if counts:
            rows = [[name, _count(c["found"]), _count(c["declared"])] for name, c in counts.items()]
            printing.columns(rows, [what, "found", "declared"])
    for target, labels in report.targets.items():
        printing.say(f"{target}: {_labelled(labels)}")
    if report.media:
        printing.say("media: " + ", ".join(f"{name} {n:,}" for name, n in report.media.items()))
    for problem in report.problems:
        more = ", …" if problem.n > len(problem.examples) else ""
        printing.say(f"{problem.kind}: {problem.message}", err=True)
        if problem.examples:
            printing.say(f"  {problem.n:,}: {', '.join(problem.examples)}{more}", err=True)
    if report.ok:
        printing.say("as declared")


def _labelled(labels: Mapping[str, int]) -> str:
    """Return how many samples each label has; those that have none are told where there are any."""
    given = [f"{label} {n:,}" for label, n in labels.items() if label != "-"]
    return ", ".join(given + ([f"without gold {labels['-']:,}"] if labels.get("-") else []))


def _count(n: int | None) -> str:
    return "not known" if n is None else f"{n:,}"


def _dataset(known: Catalogue, name: str) -> tuple[DatasetSpec, dict[str, LabelSet]]:
    """Return a dataset's file, also one that stands inside a task, with the label sets that it names."""
    from affectbench.labels import label_set

    spec = known.load("dataset", name).spec if name in known.files["dataset"] else _inline(known, name)
    named = (spec.target(target).label_set for target in spec.target_names())
    labels = {name: known.load("labels", name).spec for name in named if name is not None}
    return spec, {name: label_set(found, lambda i: known.load("labels", i).spec) for name, found in labels.items()}


def _inline(known: Catalogue, name: str) -> DatasetSpec:
    from affectbench.task import bind

    if name in known.files["task"]:
        return bind(known, name).dataset
    hint = near(name, [*known.files["dataset"], *known.files["task"]])
    raise UsageError(f"there is no dataset {name!r}{hint} (`affectbench data list` shows all that have a file)")
