"""Models: one protocol; a backend (`backends.py` holds their table) is imported when one of its models is built."""

from __future__ import annotations

import hashlib
import importlib
import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast
from urllib.parse import urlsplit

from pydantic import ValidationError

from affectbench.backends import BACKENDS, installed, is_local
from affectbench.errors import UsageError
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Gold, Prompt, Response


class Model(Protocol):
    """What answers. A reply that failed is a Response with an error; a model raises FatalModelError alone, and
    MediaError for a picture whose pixels turn out to be broken.

    `observes` is false for a model that is sent nothing: media are then located, not decoded. `in_flight` is how many
    `generate` calls it wants to have waiting at once; an engine that runs batches does so inside.
    """

    @property
    def card(self) -> ModelSpec:
        """Return what is known of the model."""

    @property
    def in_flight(self) -> int:
        """Return how many requests should wait at once."""

    @property
    def observes(self) -> bool:
        """Return whether the model is sent the media."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    async def generate(self, prompt: Prompt) -> Response:
        """Answer one prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What a backend may know of the task: `ids` are all its samples, `golds` those of the samples that are scored.

    Only baselines look at `golds`. `most_images` (a clip's frames among them), `most_sounds` and `max_tokens` are the
    largest numbers that one prompt asks for.
    """

    id: str
    asked: Asked
    ids: Sequence[str] = ()
    golds: Mapping[str, Gold] = field(default_factory=dict)
    most_images: int = 0
    most_sounds: int = 0
    max_tokens: int = 256


Build = Callable[[ModelSpec, TaskFacts], Model]


REVISED = ("hf", "vllm")
"""The backends whose models have revisions; to the others an `@` that begins no server is a part of the name."""

DEFAULT_SERVER = "https://api.openai.com/v1"


def build(card: ModelSpec, facts: TaskFacts) -> Model:
    """Make the model of a card for one task; nothing is loaded or connected before `async with`.

    Raises UsageError for an unknown backend or a card that lacks the server that it needs, and what the backend raises
    for a card that it cannot serve.
    """
    if card.setup is not None and card.base_url is None:
        raise UsageError(
            f"{card.name} answers behind a server of your own, and none is named: {card.setup} Then run "
            f"-m {card.name}@http://127.0.0.1:8000/v1. Or have it answer the requests of `affectbench tasks export` "
            "elsewhere, and run -m replay:answers.csv"
        )
    if (known := BACKENDS.get(card.backend)) is None:
        return cast(Build, installed(card.backend).load())(card, facts)
    module, _, name = known.build.partition(":")
    return cast(Build, getattr(importlib.import_module(module), name))(card, facts)


def parse_name(text: str) -> ModelSpec:
    """Make a card from a name on the command line, `backend:id`, `backend:id@revision`, `backend:id@https://server/v1`.

    Raises UsageError with near names for an unknown backend.
    """
    backend, colon, rest = text.partition(":")
    if not colon or not rest:
        raise UsageError(f"{text!r} is neither a model's name nor backend:id, such as openai:MODEL@https://server/v1")
    if backend not in BACKENDS:
        installed(backend)
    rest, server = split_server(rest)
    model, _, place = rest.rpartition("@")
    if model and server is None and (backend == "openai" or re.fullmatch(r"[\w.-]+:\d+(/.*)?", place)):
        raise UsageError(f"{text!r}: a server is written with http:// or https://, as in openai:{model}@http://{place}")
    if server is not None and is_local(backend):
        raise UsageError(f"{text!r}: {backend} runs in this process; a server is asked by openai:{rest}@{server}")
    name, _, revision = rest.partition("@") if backend in REVISED else (rest, "", "")
    if not name.strip():
        raise UsageError(f"{text!r} names no model: it is written {backend}:MODEL, or openai:MODEL@https://server/v1")
    if backend == "openai" and server is None:
        server = DEFAULT_SERVER
    try:
        return ModelSpec(name=text, backend=backend, id=name, revision=revision or None, base_url=server)
    except ValidationError as error:
        raise UsageError(f"{text!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def split_server(name: str) -> tuple[str, str | None]:
    """Split `MODEL@https://…` into the model and its server."""
    found = re.search(r"@(?=https?://)", name, re.I)
    return (name[: found.start()], name[found.end() :]) if found else (name, None)


def stays_here(card: ModelSpec) -> bool:
    """Whether data sent to this model stay on this machine, or with a server that the user's card calls trusted.

    The openai backend goes past proxies to a server on this machine; other backends' clients may not.
    """
    known = BACKENDS.get(card.backend)
    here = card.backend == "openai" and is_loopback(card.base_url)
    return card.trusted or here or (known is not None and known.in_process)


def is_loopback(url: str | None) -> bool:
    """Whether a server's address is on this machine."""
    host = urlsplit(url or "").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def identity(card: ModelSpec) -> str:
    """Return a digest of what decides a model's answers: its id and revision, its server, its engine, the adapter.

    A model that is a file or a folder is known by its content: text files whole, weights by 64 pieces of each file.
    """
    known = BACKENDS.get(card.backend)
    version = known.version if known else _version(card.backend)
    path = Path(card.id)
    content = _content(path) if known and known.in_process and path.exists() else card.id
    decides = [card.backend, version, content, card.revision, card.base_url, card.engine]
    if card.backend == "hf" and "video" in card.accepts:
        decides.append("video")  # it is handed a clip's frames as one video, not as pictures
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _version(backend: str) -> str:
    try:
        dist = installed(backend).dist
    except UsageError:
        return ""  # an object of the caller's own
    return dist.version if dist else ""


def _content(path: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        size = file.stat().st_size
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        digest.update(f"{name}\0{size}\0".encode())
        with file.open("rb") as data:
            step = 1 if size <= _WHOLE else size // _PIECES
            for start in [0] if step == 1 else range(0, size, step):
                data.seek(start)
                digest.update(data.read(_WHOLE if step == 1 else _PIECE))
    return digest.hexdigest()


_WHOLE = 32_000_000
_PIECES = 64
_PIECE = 65_536
