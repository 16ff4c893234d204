"""Transformers models in this process: the image-text-to-text pipeline, placed by accelerate, greedy by default.

Requests that wait are run together if their inputs have the same shapes, without padding, in the order of their
samples: an answer then does not depend on which requests met in a batch. What is sampled runs alone, with its own seed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from affectbench.errors import FatalModelError, MediaError, UsageError, near
from affectbench.models import TaskFacts
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem, Prompt, Response

if TYPE_CHECKING:
    from affectbench.models.hf_engine import Engine, Inputs

BATCH_SIZE = 8
ENGINE = ("attn_implementation", "device_map", "dtype")
"""What a card's `engine` may set."""
_LINGER_S = 0.02


def build(card: ModelSpec, facts: TaskFacts) -> HfModel:
    """Make a local model; it is loaded by `async with`.

    Raises UsageError for an engine option that is not known and for a folder that is not there.
    """
    for option in card.engine:
        if option not in ENGINE:
            raise UsageError(f"{card.name}: the engine of hf has no option {option!r}{near(option, ENGINE)}")
    if card.id.startswith(("/", "./", "../")) and not Path(card.id).is_dir():
        raise UsageError(f"{card.name}: there is no folder {card.id}")
    return HfModel(card)


@dataclass(frozen=True, slots=True)
class _Request:
    prompt: Prompt
    inputs: Inputs
    reply: asyncio.Future[Response]

    @property
    def group(self) -> tuple[object, ...]:
        """Return what requests of one batch have in common; what is sampled has it with nothing."""
        settings = self.prompt.settings
        alone = (self.prompt.sample_id, self.prompt.repeat) if settings.temperature > 0 else ()
        return (self.inputs.shapes, settings.max_tokens, alone)


@dataclass
class HfModel:
    """A local model. The `desk` thread tokenises and decodes, the `bench` thread computes; both own one task each."""

    card: ModelSpec
    observes: bool = True
    _waiting: list[_Request] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def batch_size(self) -> int:
        """Return how many requests are computed together."""
        return self.card.settings.batch_size or BATCH_SIZE

    @property
    def in_flight(self) -> int:
        """Return enough requests to have the next batch ready while one is computed."""
        return self.card.settings.in_flight or 2 * self.batch_size

    async def __aenter__(self) -> Self:
        self._desk = ThreadPoolExecutor(1, "hf-desk")
        self._bench = ThreadPoolExecutor(1, "hf-bench")
        self._engine = await asyncio.get_running_loop().run_in_executor(self._bench, _load, self.card)
        self._server = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.cancel()
        await asyncio.gather(self._server, return_exceptions=True)
        self._desk.shutdown(cancel_futures=True)
        self._bench.shutdown(cancel_futures=True)

    async def generate(self, prompt: Prompt) -> Response:
        """Answer one prompt, in the next batch that it fits."""
        loop = asyncio.get_running_loop()
        try:
            inputs = await loop.run_in_executor(self._desk, self._engine.prepare, prompt)
        except MediaError:
            raise
        except Exception as error:  # noqa: BLE001  templates and processors raise anything; the sample bears it
            return _failed(error)
        request = _Request(prompt, inputs, loop.create_future())
        self._waiting.append(request)
        self._arrived.set()
        either: list[asyncio.Future[Any]] = [request.reply, self._server]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return request.reply.result() if request.reply.done() else self._stopped()

    def _stopped(self) -> Response:
        """Raise what stopped the server before it came to a request."""
        self._server.result()
        raise RuntimeError("the server of batches stopped before its requests")

    async def _serve(self) -> None:
        """Run batch after batch until cancelled."""
        while True:
            await self._arrived.wait()
            await self._gather()
            batch = self._next_batch()
            for request, reply in zip(batch, await self._run(batch), strict=True):
                if not request.reply.done():
                    request.reply.set_result(reply)

    async def _gather(self) -> None:
        """Wait a little while more requests keep coming, until there is a batch."""
        seen = 0
        while seen < len(self._waiting) < self.batch_size:
            seen = len(self._waiting)
            await asyncio.sleep(_LINGER_S)

    def _next_batch(self) -> list[_Request]:
        """Take the requests that go with the one that has waited longest."""
        group = self._waiting[0].group
        batch = [request for request in self._waiting if request.group == group][: self.batch_size]
        taken = set(map(id, batch))
        self._waiting = [request for request in self._waiting if id(request) not in taken]
        if not self._waiting:
            self._arrived.clear()
        return sorted(batch, key=lambda request: (request.prompt.sample_id, request.prompt.repeat))

    async def _run(self, batch: list[_Request]) -> list[Response]:
        """Compute a batch; one that fails is computed again one by one, so that only the guilty sample bears it."""
        loop = asyncio.get_running_loop()
        began = time.monotonic()
        try:
            replies = await loop.run_in_executor(self._bench, self._engine.generate, *_columns(batch))
            texts = await loop.run_in_executor(self._desk, self._engine.read, replies)
        except Exception as error:  # noqa: BLE001  model code raises anything, out of memory among it
            return [_failed(error)] if len(batch) == 1 else [r for one in batch for r in await self._run([one])]
        seconds = round(time.monotonic() - began, 4)
        return [
            Response(
                text=text,
                finish=reply.finish,
                usage=self.card.usage(reply.prompt_tokens, len(reply.tokens)),
                seconds=seconds,
                served=self._engine.name,
            )
            for text, reply in zip(texts, replies, strict=True)
        ]


def _columns(batch: Iterable[_Request]) -> tuple[list[Inputs], Prompt]:
    requests = list(batch)
    return [request.inputs for request in requests], requests[0].prompt


def _failed(error: Exception) -> Response:
    kind = "memory" if type(error).__name__ == "OutOfMemoryError" else "bad_request"
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return Response(error=Problem(stage="model", kind=kind, message=message[:300]))


_KEPT: dict[str, Engine] = {}
"""The model that was loaded last, by its card: the next task of a suite asks the same one."""


def _load(card: ModelSpec) -> Engine:
    """Return the card's model; another one gives its memory back first."""
    key = card.model_dump_json()
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = _loaded(card)
    return _KEPT[key]


def _loaded(card: ModelSpec) -> Engine:
    """Import the libraries and load the model, in the thread that will compute."""
    try:
        from affectbench.models.hf_engine import Engine
    except ImportError as error:
        what = f"importing {error.name or error} failed: `pip install 'affectbench[hf]'`"
        raise FatalModelError(f"{card.name}: the backend hf cannot run here; {what}") from None
    try:
        return Engine(card)
    except (OSError, ValueError, ImportError) as error:
        what = "folder" if Path(card.id).exists() else "name (a folder is written ./folder)"
        reason = " ".join(str(error).split())[:300]
        raise FatalModelError(f"{card.name}: the model could not be loaded: {reason}; check the {what}") from None
