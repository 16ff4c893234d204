"""Transformers models in this process, placed by accelerate, greedy by default.

Requests that wait are run together if their inputs have the same shapes, without padding, in the order of their
samples: an answer then does not depend on which requests met in a batch. What is sampled runs alone, with its own seed.
Where labels are scored by likelihood, each label of a prompt is a request.
"""

from __future__ import annotations

import asyncio
import time
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
    from affectbench.models.hf_engine import Engine, Inputs, Reply

BATCH_SIZE = 8
ENGINE = (
    "attn_implementation",
    "device_map",
    "dtype",
    "max_memory",
    "offload_folder",
    "processor",
    "quantization_config",
    "template",
    "threads",
    "trust_remote_code",
)
"""What a card's `engine` may set: options of loading, of the `processor`, variables of the chat `template`, on how many
cores a model on the CPU computes."""
_LINGER_S = 0.02


def build(card: ModelSpec, facts: TaskFacts) -> HfModel:
    """Make a local model; it is loaded by `async with`.

    Raises UsageError for an engine option that is not known or no mapping, and for a folder that is not there.
    """
    for option in card.engine:
        if option not in ENGINE:
            raise UsageError(f"{card.name}: the engine of hf has no option {option!r}{near(option, ENGINE)}")
    for option in ("processor", "template"):
        if not isinstance(card.engine.get(option, {}), dict):
            raise UsageError(f"{card.name}: {option!r} of the engine has options of its own: {option}: {{NAME: VALUE}}")
    threads = card.engine.get("threads", 1)
    if not isinstance(threads, int) or not 1 <= threads <= 1024:
        raise UsageError(f"{card.name}: 'threads' of the engine is a number of cores, not {threads!r}")
    if card.id.startswith(("/", "./", "../")) and not Path(card.id).is_dir():
        raise UsageError(f"{card.name}: there is no folder {card.id}")
    return HfModel(card)


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt to be answered, or one `label` of it to be scored."""

    prompt: Prompt
    inputs: Inputs
    reply: asyncio.Future[Reply | Problem]
    label: str | None = None

    @property
    def group(self) -> tuple[object, ...]:
        """Return what requests of one batch have in common; what is sampled has it with nothing."""
        settings = self.prompt.settings
        if self.label is not None:
            return (self.inputs.shapes, "label")
        alone = (self.prompt.sample_id, self.prompt.repeat) if settings.temperature > 0 else ()
        return (self.inputs.shapes, settings.max_tokens, settings.stop, self.prompt.asked.constrain, alone)

    @property
    def place(self) -> tuple[str, int, str]:
        """Return its place in a batch."""
        return (self.prompt.sample_id, self.prompt.repeat, self.label or "")


@dataclass
class HfModel:
    """A local model. The `desk` thread tokenises and decodes, the `bench` thread computes; both own one task each."""

    card: ModelSpec
    observes: bool = True
    _waiting: list[Request] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _fits: int = 0

    @property
    def batch_size(self) -> int:
        """Return how many requests are computed together."""
        return self._fits or self.card.settings.batch_size or BATCH_SIZE

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
        """Answer one prompt, in the next batch that it fits, or tell how likely each of its options is."""
        began = time.monotonic()
        labels = prompt.asked.options if prompt.asked.score_by == "likelihood" else (None,)
        try:
            inputs = await self._at_desk(self._engine.prepare, prompt)
            replies = await asyncio.gather(*(self._reply(prompt, inputs, label) for label in labels))
            best = max(replies, key=lambda reply: reply.logprob)
            text, finish = await self._at_desk(self._engine.read, prompt, best)
        except MediaError:
            raise
        except _Failed as failed:
            return Response(error=failed.problem)
        except Exception as error:  # noqa: BLE001  templates and processors raise anything; the sample bears it
            return Response(error=_problem(error))
        likely = {label: reply.logprob for label, reply in zip(labels, replies, strict=True) if label is not None}
        return Response(
            text=text,
            finish=finish,
            usage=self.card.usage(replies[0].prompt_tokens, sum(len(reply.tokens) for reply in replies)),
            seconds=round(time.monotonic() - began, 4),
            served=self._engine.name,
            candidate_logprobs=likely or None,
        )

    async def _at_desk(self, step: Any, *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._desk, step, *given)

    async def _reply(self, prompt: Prompt, inputs: Inputs, label: str | None) -> Reply:
        """Wait for the batch in which a request is computed. Raises _Failed, and what stopped the server of batches."""
        request = Request(prompt, inputs, asyncio.get_running_loop().create_future(), label)
        self._waiting.append(request)
        self._arrived.set()
        either: list[asyncio.Future[Any]] = [request.reply, self._server]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not request.reply.done():
            self._server.result()
            raise RuntimeError("the server of batches stopped before its requests")
        found = request.reply.result()
        if isinstance(found, Problem):
            raise _Failed(found)
        return found

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

    def _next_batch(self) -> list[Request]:
        """Take the requests that go with the one that has waited longest."""
        group = self._waiting[0].group
        batch = [request for request in self._waiting if request.group == group][: self.batch_size]
        taken = set(map(id, batch))
        self._waiting = [request for request in self._waiting if id(request) not in taken]
        if not self._waiting:
            self._arrived.clear()
        return sorted(batch, key=lambda request: request.place)

    async def _run(self, batch: list[Request]) -> list[Reply | Problem]:
        """Compute a batch. One for which memory is too small is halved, as are all that come after.

        One that fails otherwise is computed again one by one, so that only the guilty sample bears it.
        """
        loop = asyncio.get_running_loop()
        try:
            return list(await loop.run_in_executor(self._bench, self._engine.generate, batch))
        except Exception as error:  # noqa: BLE001  model code raises anything
            problem, half = _problem(error), len(batch) // 2
        if not half:
            return [problem]
        if problem.kind == "memory":
            await loop.run_in_executor(self._bench, self._engine.make_room)
            self._fits = half
            return [*await self._run(batch[:half]), *await self._run(batch[half:])]
        return [reply for request in batch for reply in await self._run([request])]


class _Failed(Exception):
    """A request that was not computed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _problem(error: Exception) -> Problem:
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return Problem(stage="model", kind="memory" if _out_of_memory(error) else "bad_request", message=message[:300])


def _out_of_memory(error: Exception) -> bool:
    """Whether memory was too small: an accelerator's error has a type of its own, the CPU's only its words."""
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or "can't allocate memory" in str(error)


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
    except Exception as error:  # noqa: BLE001  weights that are torn, options, memory: libraries raise anything
        what = "folder" if Path(card.id).exists() else "name (a folder is written ./folder)"
        hint = f"; check the {what}" if isinstance(error, OSError) else ""
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise FatalModelError(f"{card.name}: the model could not be loaded: {reason}{hint}") from None
