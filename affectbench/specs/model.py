"""`models/<file>.yaml`: model cards by name, `name: {backend, id, …}`; a file may hold a family of several."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator

from affectbench.specs.base import Part, Spec
from affectbench.types import MediaKind, Settings, Usage

Support = Literal["choice", "json", "logprobs", "seed", "video_url"]
"""What a server can do beyond chat: hold an answer to options or to JSON, tell likelihoods, seed, take a video file."""


def _typed(value: Any) -> Any:
    """Give free values their plain type: YAML hands over text, and an engine's options have no schema of ours."""
    if isinstance(value, dict):
        return {str(key): _typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner) for inner in value]
    if isinstance(value, str):
        try:
            typed = json.loads(value)
            json.dumps(typed, ensure_ascii=False).encode()  # what the manifest could not hold stays text
            return typed
        except (ValueError, RecursionError):
            return value
    return value


def _names(value: Any) -> Iterator[str]:
    """Yield the names of all options, those within options too."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield name
        yield from _names(inner)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_SECRET = re.compile(
    r"(?:^|.*[_-])(?:api[_-]?key|authorization|password|secret|(?:^|auth[_-]?|access[_-]?|hf[_-]?)token)", re.I
)

_LISTED = {"name", "backend", "id", "accepts", "parameters", "licence", "trained_on"}


class Price(Part):
    """Money for a million tokens, in the currency in which the provider bills."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class CardSettings(Part):
    """What this model needs to be different: the first three win over the task's; the others are the backend's.

    `in_flight` requests wait at once, `batch_size` run together on a local model, a reply may take `timeout_s`.
    """

    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0)
    seed: int | None = None
    in_flight: int | None = Field(default=None, ge=1, le=4096)
    batch_size: int | None = Field(default=None, ge=1, le=4096)
    timeout_s: float | None = Field(default=None, gt=0)


class ModelSpec(Part):
    """One model card. `id` is what the backend calls the model; what is not known of a model is left out.

    `engine` goes to the backend's library as it stands. `trusted: true` says that the server may be sent data whose
    dataset file says `send: local`. `key_env` names the environment variable with the key; no key is written here.
    `setup` says what has to be done first where the model answers only behind a server of the user's own.
    """

    name: str = ""
    backend: str
    id: str = Field(min_length=1)
    revision: str | None = None
    base_url: str | None = None
    accepts: Annotated[tuple[MediaKind, ...], BeforeValidator(_listed)] = ("image",)
    supports: Annotated[tuple[Support, ...], BeforeValidator(_listed)] = ()
    frames: int | None = Field(default=None, ge=1)
    settings: CardSettings = CardSettings()
    engine: Annotated[dict[str, Any], BeforeValidator(_typed)] = Field(default_factory=dict)
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    price: Price | None = None
    licence: str | None = None
    parameters: str | None = None
    trained_on: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    trusted: bool = False
    source: str | None = None
    setup: str | None = None

    @field_validator("base_url")
    @classmethod
    def _is_a_server(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the address of a server: it begins with http:// or https://")
        if parts.username or parts.password or parts.query:
            raise ValueError("a server's address may hold no user, password or query: name the key with key_env")
        return url.rstrip("/")

    @field_validator("engine")
    @classmethod
    def _holds_no_key(cls, engine: dict[str, Any]) -> dict[str, Any]:
        if secret := next((name for name in _names(engine) if _SECRET.fullmatch(name)), None):
            raise ValueError(
                f"{secret!r}: no key is written in a card, which runs keep: name its variable with key_env"
            )
        return engine

    def summary(self) -> dict[str, Any]:
        """Return what a list of models shows."""
        return self.model_dump(mode="json", include=_LISTED, exclude_none=True)

    def sampling(self, task: Settings) -> Settings:
        """Return a task's settings with what this card sets instead."""
        own = self.settings.model_dump(include=set(Settings.model_fields), exclude_none=True)
        return task.model_copy(update=own) if own else task

    def usage(self, prompt_tokens: int | None, completion_tokens: int | None) -> Usage | None:
        """Return the tokens of a call with their cost; None if the backend said nothing."""
        if prompt_tokens is None and completion_tokens is None:
            return None
        cost = None
        if self.price is not None:
            cost = (self.price.prompt * (prompt_tokens or 0) + self.price.completion * (completion_tokens or 0)) / 1e6
        return Usage(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, cost=cost)


class ModelsSpec(Spec):
    """A file of cards: every field but `id` and `title` is a model's name."""

    models: dict[str, ModelSpec] = Field(min_length=1)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe the file as it is written: every key is a model's name."""
        schema = handler.resolve_ref_schema(handler(core))
        card = schema["properties"].pop("models")["additionalProperties"]
        return {**schema, "additionalProperties": card, "required": []}

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        own = {key: data[key] for key in ("id", "title") if key in data}
        cards = {key: card for key, card in data.items() if key not in own}
        if isinstance(cards.get("backend"), str):
            raise ValueError("this is one card without its name: write `NAME:` above it and indent the rest")
        return {**own, "models": {k: {"name": k, **c} if isinstance(c, dict) else c for k, c in cards.items()}}
