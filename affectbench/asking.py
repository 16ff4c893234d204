"""One question to one model, and many of them at once.

`ask` decodes the sample's media, renders its prompt, finds the reply in the cache or calls the model, and has the reply
read: one Outcome, whatever happens. `stream` keeps a bounded number of questions in flight.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from affectbench import cache, media
from affectbench.errors import AffectbenchError, FatalModelError, MediaError
from affectbench.models import Model
from affectbench.prompts import next_turn
from affectbench.types import (
    Asked,
    Decoded,
    Facts,
    Media,
    Outcome,
    Parsed,
    Problem,
    Prompt,
    Rendered,
    Response,
    Sample,
    Turn,
)

PASSING = frozenset({"bad_reply", "network", "rate", "server", "timeout"})
"""The kinds of model errors that may be gone at the next try; all others would only be met again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When to try again: at most `tries` and `seconds` a question, waiting twice as long each time, with jitter.

    A server's own wish (Retry-After) goes before. `sleep`, `clock` and `chance` (0..1) are there for tests.
    """

    tries: int = 10
    seconds: float = 600.0
    first_s: float = 0.5
    longest_s: float = 8.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def wait_s(self, tried: int, problem: Problem) -> float:
        """Return the seconds to wait after `tried` tries."""
        if problem.retry_after_s is not None:
            return problem.retry_after_s + self.first_s * self.chance()
        return min(self.longest_s, self.first_s * 2.0 ** (tried - 1)) * (0.5 + self.chance() / 2)


@dataclass(slots=True)
class Breaker:
    """Opens when `limit` samples in a row have used up their tries; then the rest is left unasked."""

    limit: int = 20
    in_a_row: int = 0
    open: bool = False

    def note(self, used_up: bool) -> None:
        """Count a sample that used up its tries; any other reply shows that the server is there."""
        self.in_a_row = self.in_a_row + 1 if used_up else 0
        self.open = self.open or self.in_a_row >= self.limit


@dataclass(slots=True)
class Meter:
    """What was really spent: replies from the cache cost nothing. `cost` is in the currency of the model's card."""

    calls: int = 0
    failed: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def add(self, response: Response) -> None:
        """Count one call."""
        self.calls += 1
        self.failed += response.error is not None
        if usage := response.usage:
            self.prompt_tokens += usage.prompt_tokens or 0
            self.completion_tokens += usage.completion_tokens or 0
            self.cost += usage.cost or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """All that `ask` needs beside the sample. One for a task and a model; its meter and breaker remember.

    `locate` gives the file of a medium (None for a table's cell), `render` the prompt of a sample and repeat with its
    media by name, `read` the reader of replies to what was asked. `identity` is `models.identity` of the card; it is
    not needed without a cache.
    """

    model: Model
    locate: Callable[[Media], Path | None]
    render: Callable[[Sample, int, Mapping[str, Decoded]], Prompt]
    read: Callable[[Asked], Callable[[str], Parsed]]
    cache: cache.Cache | None = None
    identity: str = ""
    retry: Retry = Retry()
    breaker: Breaker = field(default_factory=Breaker)
    meter: Meter = field(default_factory=Meter)


async def ask(asking: Asking, sample: Sample, repeat: int = 0) -> Outcome:
    """Ask one question. Raises FatalModelError alone; every other failure is the outcome's status and error."""
    outcome = partial(Outcome, id=sample.id, repeat=repeat)
    if asking.breaker.open:
        return outcome(status="api_error", error=_unasked(asking.breaker))
    try:
        decoded = await _all_decoded(asking, sample)
    except AffectbenchError as error:
        return outcome(status="media_error", error=_problem("media", error))
    try:
        prompt = asking.render(sample, repeat, decoded)
    except AffectbenchError as error:
        return outcome(status="api_error", error=_problem("prompt", error))
    outcome = partial(outcome, sent=_sent(prompt))
    try:
        said, responses = await _talk(asking, prompt)
    except MediaError as error:
        return outcome(status="media_error", error=_problem("media", error), prompt=_rendered(prompt))
    outcome = partial(outcome, prompt=_rendered(said), responses=responses)
    if (last := responses[-1]).error is not None:
        return outcome(status="api_error", error=last.error)
    parsed = read_reply(asking.read(prompt.asked), last)
    return outcome(status=parsed.status, parsed=parsed)


async def _talk(asking: Asking, prompt: Prompt) -> tuple[Prompt, tuple[Response, ...]]:
    """Return the prompt of the last turn and the reply of each; a turn that failed is the last."""
    responses = [await _reply(asking, prompt)]
    while prompt.later and responses[-1].error is None:
        prompt = next_turn(prompt, responses[-1].text or "")
        responses.append(await _reply(asking, prompt))
    return prompt, tuple(responses)


def read_reply(read: Callable[[str], Parsed], response: Response) -> Parsed:
    """Read a reply's text. A server's word for a refusal counts; what was cut off without an answer says so."""
    if response.finish == "refusal":
        return Parsed(status="refused", rule="the server's own field")
    parsed = read(response.text or "")
    if parsed.status == "unparsed" and response.finish == "length":
        return parsed.model_copy(update={"rule": "cut off"})
    return parsed


Todo = tuple[Sample, int]
"""A sample and the number of its repeat."""


async def stream(
    todo: Iterable[Todo], ask: Callable[[Sample, int], Awaitable[Outcome]], in_flight: int
) -> AsyncGenerator[Outcome]:
    """Yield the outcome of every sample once, as they come, with `in_flight` of them being asked.

    What failed and might pass is held back and asked once more at the end. If `ask` raises, nothing new is asked, the
    outcomes of what is in flight are yielded, then the error is raised. Close the generator (`contextlib.aclosing`) to
    cancel what is in flight.
    """
    again: list[tuple[Todo, Outcome]] = []
    async with aclosing(_flow(todo, ask, in_flight)) as flow:
        async for item, outcome in flow:
            if _may_pass(outcome):
                again.append((item, outcome))
            else:
                yield outcome
    earlier = {(outcome.id, outcome.repeat): outcome for _, outcome in again}
    async with aclosing(_flow((item for item, _ in again), ask, in_flight)) as flow:
        async for _, outcome in flow:
            unasked = outcome.error is not None and outcome.error.kind == "breaker"
            yield earlier[outcome.id, outcome.repeat] if unasked else outcome


async def _flow(
    todo: Iterable[Todo], ask: Callable[[Sample, int], Awaitable[Outcome]], in_flight: int
) -> AsyncGenerator[tuple[Todo, Outcome]]:
    """Yield each item with its outcome as they come; a reader who is slow slows the asking down."""
    items = iter(todo)
    done: asyncio.Queue[tuple[Todo, Outcome] | None] = asyncio.Queue(maxsize=in_flight)
    failed = asyncio.Event()

    async def work() -> None:
        try:
            for item in items:
                await done.put((item, await ask(*item)))
                if failed.is_set():
                    return
        except BaseException:
            failed.set()
            raise

    async def close() -> None:
        await asyncio.wait(workers)
        await done.put(None)

    workers = [asyncio.create_task(work()) for _ in range(in_flight)]
    closing = asyncio.create_task(close())
    try:
        while (result := await done.get()) is not None:
            yield result
        for worker in workers:
            worker.result()
    finally:
        for task in (*workers, closing):
            task.cancel()
        await asyncio.gather(*workers, closing, return_exceptions=True)


async def _all_decoded(asking: Asking, sample: Sample) -> dict[str, Decoded]:
    if sample.bad is not None:
        raise MediaError("known_bad", sample.bad)
    return {medium.name: await _decoded(asking, medium) for medium in sample.media}


async def _decoded(asking: Asking, medium: Media) -> Decoded:
    path = asking.locate(medium)
    if not asking.model.observes:
        return media.prepare(medium, path, observe=False)
    return await asyncio.to_thread(media.prepare, medium, path, observe=True)


async def _reply(asking: Asking, prompt: Prompt) -> Response:
    """Find the reply in the cache or call the model. A model that is sent nothing is not worth a cache."""
    if asking.cache is None or not asking.model.observes:
        return await _called(asking, prompt)
    key = cache.key(asking.identity, prompt)
    if kept := asking.cache.get(key):
        asking.meter.cached += 1
        return kept
    response = await _called(asking, prompt)
    if cache.worth_keeping(prompt, response):
        asking.cache.put(key, response)
    return response


async def _called(asking: Asking, prompt: Prompt) -> Response:
    """Call the model until it replies, fails for good, or has used up its tries."""
    retry, breaker = asking.retry, asking.breaker
    end = retry.clock() + retry.seconds
    for tried in range(1, retry.tries + 1):
        response = await _call(asking, prompt)
        if response.error is None or response.error.kind not in PASSING:
            breaker.note(used_up=False)
            return response
        if tried == retry.tries or not await _waited(asking, retry.wait_s(tried, response.error), end):
            break
    breaker.note(used_up=True)
    return response


async def _waited(asking: Asking, wait_s: float, end: float) -> bool:
    """Wait for the next try; false if there is none, because its time is over or the breaker opened."""
    if asking.breaker.open or asking.retry.clock() + wait_s > end:
        return False
    await asking.retry.sleep(wait_s)
    return not asking.breaker.open


async def _call(asking: Asking, prompt: Prompt) -> Response:
    try:
        response = await asking.model.generate(prompt)
    except FatalModelError:
        asking.breaker.open = True  # what waits for its next try need not wait
        raise
    asking.meter.add(response)
    response = _whole(response)
    if response.error is None and response.text is None:
        nothing = Problem(stage="model", kind="bad_reply", message="neither a text nor an error came back")
        return response.model_copy(update={"error": nothing})
    return response


def _whole(response: Response) -> Response:
    """Return a reply with `?` for each half of a character, which a server's JSON may hold but no record can."""
    said = {name: getattr(response, name) for name in ("text", "reasoning", "finish", "served")}
    whole = {name: text.encode("utf-8", "replace").decode() for name, text in said.items() if text is not None}
    changed = {name: text for name, text in whole.items() if text != said[name]}
    return response.model_copy(update=changed) if changed else response


def _rendered(prompt: Prompt) -> Rendered:
    texts = prompt.recorded or [message.text for message in prompt.messages]
    return Rendered(
        digest=prompt.digest,
        messages=tuple(Turn(role=m.role, text=text) for m, text in zip(prompt.messages, texts, strict=True)),
        options=prompt.asked.options or None,
        letters=prompt.asked.letters,
    )


def _sent(prompt: Prompt) -> tuple[Facts, ...]:
    return tuple(part.media.facts for message in prompt.messages for part in message.parts if part.media)


def _problem(stage: Literal["media", "prompt"], error: AffectbenchError) -> Problem:
    if isinstance(error, FatalModelError):
        raise error
    kind = error.kind if isinstance(error, MediaError) else type(error).__name__
    return Problem(stage=stage, kind=kind, message=str(error))


def _unasked(breaker: Breaker) -> Problem:
    message = f"not asked: {breaker.limit} samples in a row had used up their tries; the same command asks the rest"
    return Problem(stage="model", kind="breaker", message=message)


def _may_pass(outcome: Outcome) -> bool:
    return outcome.error is not None and outcome.error.stage == "model" and outcome.error.kind in PASSING
