"""What a typed name means: a card of the catalogue, that card elsewhere, or any model as `backend:id`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectbench import mini
from affectbench.catalogue import Catalogue
from affectbench.errors import UsageError, near
from affectbench.models import parse_name, split_server
from affectbench.specs.model import ModelSpec

LOCAL = ("hf", "vllm")
"""The backends that load the same weights by the same id."""


def find(known: Catalogue, text: str) -> ModelSpec:
    """Return the card that a name means.

    `NAME` is a card of the catalogue, `NAME@https://server/v1` the same model behind an OpenAI-compatible server,
    `vllm:NAME` and `hf:NAME` the same weights loaded by that backend; all else is read as `backend:id`. Raises
    UsageError with near names.
    """
    name, server = split_server(text)
    if name in known.cards:
        return _behind(known.card(name), server) if server else _here(known.card(name))
    backend, _, rest = text.partition(":")
    if backend in LOCAL and rest in known.cards and (card := known.card(rest)).backend in LOCAL:
        return _here(card if card.backend == backend else card.model_copy(update={"backend": backend, "engine": {}}))
    card_name, at, place = name.partition("@")
    if at and card_name in known.cards:
        raise UsageError(
            f"{text!r}: behind a server it is {card_name}@http://{place or 'HOST:PORT/v1'}, and another revision is "
            f"named with its backend, as in hf:{known.card(card_name).id}@{place or 'REVISION'}"
        )
    if ":" not in name:
        hint = f"{near(name.casefold(), known.cards)}; any other is named BACKEND:ID, such as baseline:prior"
        raise UsageError(f"there is no model {name!r}{hint} (`affectbench models list` shows names and backends)")
    card = parse_name(text)
    if card.backend in LOCAL and card.revision and Path(card.id).is_dir():
        raise UsageError(f"{text!r}: {card.id} is a folder, and a folder has no revisions: leave @{card.revision} out")
    return card


def _here(card: ModelSpec) -> ModelSpec:
    """Return a card; that of the model which ships with affectbench names the folder where it lies."""
    return card.model_copy(update={"id": str(mini.FOLDER)}) if card.id == mini.NAME and card.backend in LOCAL else card


def _behind(card: ModelSpec, server: str) -> ModelSpec:
    """Return the card of the same model behind another server: no key, price or trust goes there with it."""
    url = parse_name(f"openai:{card.id}@{server}").base_url  # refuses what is no address
    elsewhere: dict[str, Any] = {"base_url": url, "key_env": None, "price": None, "trusted": False}
    if card.backend != "openai":
        elsewhere |= {"backend": "openai", "engine": {}, "revision": None}
    return card if card.base_url == url else card.model_copy(update=elsewhere)
