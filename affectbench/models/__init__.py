"""Models: one protocol, and a table of backends that are imported when one of their models is built.

Another package offers a backend by an entry point in the group `affectbench.models`, whose name is the backend's and
whose value is its `build(card, facts)`.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
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

from affectbench.errors import UsageError, near
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Gold, Prompt, Response

GROUP = "affectbench.models"


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

    Only baselines look at `golds`. `most_images` and `max_tokens` are the largest numbers that one prompt asks for.
    """

    id: str
    asked: Asked
    ids: Sequence[str] = ()
    golds: Mapping[str, Gold] = field(default_factory=dict)
    most_images: int = 0
    max_tokens: int = 256


Build = Callable[[ModelSpec, TaskFacts], Model]


@dataclass(frozen=True, slots=True)
class Backend:
    """A table line: where `build` is, the version of what it sends and reads, and whether it runs in this process."""

    build: str
    version: str
    in_process: bool = True


BACKENDS: Mapping[str, Backend] = {
    "baseline": Backend("affectbench.models.baseline:build", "1"),
    "hf": Backend("affectbench.models.hf:build", "1"),
    "openai": Backend("affectbench.models.openai_api:build", "1", in_process=False),
    "replay": Backend("affectbench.models.replay:build", "1"),
}
DEFAULT_SERVER = "https://api.openai.com/v1"


def build(card: ModelSpec, facts: TaskFacts) -> Model:
    """Make the model of a card for one task; nothing is loaded or connected before `async with`.

    Raises UsageError for an unknown backend, and what the backend raises for a card that it cannot serve.
    """
    if (known := BACKENDS.get(card.backend)) is None:
        return cast(Build, _installed(card.backend).load())(card, facts)
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
        _installed(backend)
    rest, server = _server(rest)
    name, _, revision = (rest, "", "") if backend == "replay" else rest.partition("@")
    if re.fullmatch(r"[\w.-]+:\d+(/.*)?", revision):
        raise UsageError(f"{text!r}: a server is written with http:// or https://, as in {name}@http://{revision}")
    if backend == "openai" and server is None:
        server = DEFAULT_SERVER
    try:
        return ModelSpec(name=text, backend=backend, id=name, revision=revision or None, base_url=server)
    except ValidationError as error:
        raise UsageError(f"{text!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def stays_here(card: ModelSpec) -> bool:
    """Whether data sent to this model stay on this machine, or with a server that the user's card calls trusted."""
    known = BACKENDS.get(card.backend)
    return card.trusted or (known is not None and known.in_process) or is_loopback(card.base_url)


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
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _server(rest: str) -> tuple[str, str | None]:
    """Split `MODEL@https://…` into the model and its server."""
    found = re.search(r"@(?=https?://)", rest)
    return (rest[: found.start()], rest[found.end() :]) if found else (rest, None)


def _installed(backend: str) -> importlib.metadata.EntryPoint:
    points = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    if backend not in points:
        known = sorted({*BACKENDS, *points})
        raise UsageError(f"unknown backend {backend!r}{near(backend, known)} (there are {', '.join(known)})")
    return points[backend]


def _version(backend: str) -> str:
    try:
        dist = _installed(backend).dist
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
