"""Options that several commands share, and the small steps from what was typed to values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.catalogue import Catalogue
from affectbench.errors import UsageError, near

if TYPE_CHECKING:
    from affectbench.specs.dataset import DatasetSpec
    from affectbench.specs.model import ModelSpec

Decorated = Callable[..., Any]


def plugin(command: Decorated) -> Decorated:
    """`--plugin DIR`: more tasks, prompts and models."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    text = "A folder with tasks/, prompts/, models/ (repeatable)."
    return click.option("--plugin", multiple=True, type=folder, metavar="DIR", help=text)(command)


def data(command: Decorated) -> Decorated:
    """`--data ID=DIR`: where the user's copy of a dataset lies."""
    text = "Where your copy of a dataset lies (repeatable)."
    return click.option("--data", multiple=True, metavar="ID=DIR", help=text)(command)


def as_json(command: Decorated) -> Decorated:
    """`--json`: one document on standard output and nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def catalogue(plugins: Iterable[Path]) -> Catalogue:
    """Return the catalogue with the given plug-in folders."""
    return Catalogue(tuple(plugins))


def roots(pairs: Iterable[str]) -> dict[str, Path]:
    """Read `ID=DIR` pairs. Raises UsageError for anything else."""
    found: dict[str, Path] = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not (name and equals and folder):
            raise UsageError(f"--data {pair!r}: expected ID=DIR, such as raf-db=/data/RAF-DB")
        found[name] = Path(folder)
    return found


def check_roots(given: Iterable[str], known: Catalogue, asked: Iterable[DatasetSpec]) -> None:
    """Raise UsageError for a `--data` id that neither a known dataset nor one of those asked has."""
    names = [name for dataset in asked for name in (dataset.id, *dataset.needs)]
    names += [*known.files["dataset"], *known.files["task"]]
    for name in given:
        if name not in names:
            raise UsageError(f"--data {name}=…: there is no dataset {name!r}{near(name, names)}")


def card(known: Catalogue, name: str) -> ModelSpec:
    """Return a model's card: by its name in the catalogue, else read from `backend:id`."""
    from affectbench.models import parse_name

    cards, _ = known.cards()
    if name in cards:
        return cards[name]
    if ":" not in name:
        hint = near(name, cards)
        raise UsageError(f"there is no model {name!r}{hint}; `affectbench models list` shows names and backends")
    return parse_name(name)


def run_folders(folder: Path) -> list[Path]:
    """Return the run folders at or below `folder`. Raises UsageError if there is none."""
    found = sorted(path.parent for path in folder.rglob("manifest.json"))
    if not found:
        raise UsageError(f"{folder} holds no run: expected a folder with manifest.json, such as runs/TASK/MODEL/ID")
    return found


def tell(message: str, quiet: bool) -> None:
    """Say what takes a moment, on standard error."""
    if not quiet:
        click.echo(message, err=True)
