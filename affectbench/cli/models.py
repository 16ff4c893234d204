"""`affectbench models`: which models have a name, what their cards say, whether one answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from affectbench.cli import options, printing

if TYPE_CHECKING:
    from affectbench.specs.model import ModelSpec


@click.group()
def models() -> None:
    """List, show and try models."""


@models.command("list")
@options.plugin
@options.as_json
def list_models(plugin: tuple[Path, ...], as_json: bool) -> None:
    """List the models that have a name, and how any other model is named on the command line."""
    from affectbench.models import BACKENDS

    cards, faults = options.catalogue(plugin).cards()
    if as_json:
        printing.document({"schema": 1, "models": [_summary(card) for card in cards.values()]})
    else:
        if cards:
            rows = ([c.name, c.backend, ", ".join(c.accepts), c.parameters or "", c.id] for c in cards.values())
            printing.columns(rows, ["name", "backend", "accepts", "parameters", "id"])
            click.echo()
        click.echo(f"any other: -m BACKEND:ID, with one of the backends {', '.join(sorted(BACKENDS))}")
        click.echo(
            "  -m openai:MODEL@https://server/v1    -m hf:./folder    -m replay:answers.csv    -m baseline:majority"
        )
    printing.faults(faults)


@models.command("show")
@click.argument("name")
@options.plugin
def show_model(name: str, plugin: tuple[Path, ...]) -> None:
    """Print the card of one model as JSON."""
    printing.document(_summary(options.card(options.catalogue(plugin), name)))


@models.command("check")
@click.argument("name")
@options.plugin
def check_model(name: str, plugin: tuple[Path, ...]) -> None:
    """Make one real call with a drawn face; print what was sent, what came back and what it cost."""
    from affectbench.api import check

    card = options.card(options.catalogue(plugin), name)
    printing.document(check(card).model_dump(mode="json", exclude_none=True))


def _summary(card: ModelSpec) -> dict[str, object]:
    return card.model_dump(mode="json", exclude_none=True, exclude_defaults=True) | {"backend": card.backend}
