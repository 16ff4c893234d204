"""`affectbench models`: which models have a name, what their cards say, whether one answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from affectbench.cli import options, printing
from affectbench.errors import UsageError

if TYPE_CHECKING:
    from affectbench.catalogue import Card
    from affectbench.types import Outcome


@click.group()
def models() -> None:
    """List, show and try models."""


@models.command("list")
@click.argument("pattern", default="*")
@options.plugin
@options.as_json
def list_models(pattern: str, plugin: tuple[Path, ...], as_json: bool) -> None:
    """List the models that have a name and match PATTERN, and how any other model is named.

    PATTERN is a word or a glob for names, families, backends or what a model accepts: `qwen`, `vllm`, `audio`.
    """
    from affectbench import backends

    known = options.catalogue(plugin)
    cards = [card for cards in known.cards.values() for card in cards if _matches(card, pattern)]
    if as_json:
        printing.document({"schema": 1, "models": [{**card.fields, "file": card.path} for card in cards]})
    else:
        if cards:
            printing.columns(map(_row, cards), ["name", "backend", "accepts", "parameters", "licence", "id"])
        else:
            click.echo(f"no name, backend, family or kind of media goes with {pattern!r}")
        click.echo()
        click.echo(f"any other: -m BACKEND:ID, with one of the backends {', '.join(backends.names())}")
        click.echo(
            "  -m openai:MODEL@https://server/v1    -m hf:./folder    -m replay:answers.csv    -m baseline:majority"
        )
        click.echo("  -m NAME@https://server/v1 asks a model of this list behind a server of your own")
    printing.faults(fault for entry in known.entries("model") for fault in entry.faults)


@models.command("show")
@click.argument("name")
@options.plugin
def show_model(name: str, plugin: tuple[Path, ...]) -> None:
    """Print the card of one model as JSON."""
    card = options.card(options.catalogue(plugin), name)
    printing.document(
        {**card.model_dump(mode="json", exclude_none=True, exclude_defaults=True), "backend": card.backend}
    )


@models.command("check")
@click.argument("name", default="mini")
@options.plugin
@options.trust_remote_code
def check_model(name: str, plugin: tuple[Path, ...], trust_remote_code: tuple[str, ...]) -> None:
    """Make one real call with a drawn face, a made-up voice or both; print what was sent, came back and was spent.

    Without a NAME the model that ships with affectbench is asked.
    """
    from affectbench.api import check
    from affectbench.backends import is_local

    card = options.card(options.catalogue(plugin), name)
    if card.backend in ("baseline", "replay"):
        raise UsageError(f"{name} is sent nothing, so no call can be tried: run a task with -m {name}")
    options.tell(f"asking {card.name}" + ("" if is_local(card.backend) else ", twice if it fails"), quiet=False)
    outcome = check(card, trust_remote_code)
    spent = {name: sum(r[name] for r in _spent(outcome) if name in r) for name in _SPENT}
    printing.document({**outcome.model_dump(mode="json", exclude_none=True), "spent": spent})
    if outcome.error:
        sys.exit(1)


_SPENT = ("prompt_tokens", "completion_tokens", "cost", "seconds")


def _spent(outcome: Outcome) -> Iterator[dict[str, float]]:
    """Yield what each reply took, as far as the backend or the card says it."""
    for response in outcome.responses:
        usage = response.usage.model_dump(exclude_none=True) if response.usage else {}
        yield {**usage, **({} if response.seconds is None else {"seconds": response.seconds})}


def _row(card: Card) -> list[str]:
    fields = card.fields
    shown = [fields["name"], fields["backend"], ", ".join(fields["accepts"])]
    return [*shown, fields.get("parameters", ""), fields.get("licence", ""), fields["id"]]


def _matches(card: Card, pattern: str) -> bool:
    import fnmatch

    fields, pattern = card.fields, pattern.lower()
    words = (card.file, fields["name"], fields["backend"], *fields["accepts"])
    return pattern in fields["name"].lower() or any(fnmatch.fnmatch(word.lower(), pattern) for word in words)
