"""One question to one model, and many of them at once.

`ask` decodes the sample's media, renders its prompt, finds the reply in the cache or calls the model, and has the reply
read: one Outcome, whatever happens. `stream` keeps a bounded number of questions in flight.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from affectbench import cache, media
from affectbench.answers import likelihood
from affectbench.backends import is_local
from affectbench.budget import Budget, Meter
from affectbench.errors import AffectbenchError, BudgetError, FatalModelError, MediaError, UsageError
from affectbench.media.hands import Hands
from affectbench.models import Model
from affectbench.pacing import PASSING, Breaker, Pace, Retry
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """All that `ask` needs beside the sample. One for a task and a model; its breaker, pace and meter remember.

    `locate` gives the file of a medium (None for a table's cell), `render` the prompt of a sample and repeat with its
    media by name, `read` the reader of replies to what was asked. `identity` is `models.identity` of the card; it is
    not needed without a cache. The `budget` is that of the whole command.
    """

    model: Model
    locate: Callable[[Media], Path | None]
    render: Callable[[Sample, int, Mapping[str, Decoded]], Prompt]
    read: Callable[[Asked], Callable[[str], Parsed]]
    cache: cache.Cache | None = None
    identity: str = ""
    retry: Retry = field(default_factory=Retry)
    breaker: Breaker = field(default_factory=Breaker)
    pace: Pace = field(default_factory=lambda: Pace(most=4096, now=4096))
    meter: Meter = field(default_factory=Meter)
    hands: Hands = field(default_factory=Hands)
    budget: Budget = field(default_factory=Budget)


async def ask(asking: Asking, sample: Sample, repeat: int = 0) -> Outcome:
    """Ask one question. Every failure is the outcome's status and error, but for those that end the run.

    Raises FatalModelError where no call can succeed, BudgetError where the budget has no room for one more.
    """
    outcome = partial(Outcome, id=sample.id, repeat=repeat)
    if asking.breaker.open:
        return outcome(status="api_error", error=_unasked(asking.breaker))
    try:
        shown = await decoded(asking, sample)
    except AffectbenchError as error:
        return outcome(status="media_error", error=_problem("media", error))
    try:
        prompt = asking.render(sample, repeat, shown)
    except MediaError as error:  # of a solved example
        return outcome(status="media_error", error=_problem("media", error))
    except AffectbenchError as error:
        return outcome(status="api_error", error=_problem("prompt", error))
    if not asking.model.observes:
        prompt = _unheld(prompt)
    outcome = partial(outcome, sent=_sent(prompt))
    try:
        said, responses = await _talk(asking, prompt)
    except MediaError as error:
        return outcome(status="media_error", error=_problem("media", error), prompt=_rendered(prompt))
    outcome = partial(outcome, prompt=_rendered(said), responses=responses)
    if (last := responses[-1]).error is not None:
        return outcome(status="api_error", error=last.error)
    parsed = read_reply(asking.read(prompt.asked), prompt.asked, last)
    return outcome(status=parsed.status, parsed=parsed)


async def _talk(asking: Asking, prompt: Prompt) -> tuple[Prompt, tuple[Response, ...]]:
    """Return the prompt of the last turn and the reply of each; a turn that failed is the last."""
    responses = [await reply(asking, prompt)]
    while prompt.later and responses[-1].error is None:
        prompt = next_turn(prompt, responses[-1].text or "")
        responses.append(await reply(asking, prompt))
    return prompt, tuple(responses)


def read_reply(read: Callable[[str], Parsed], asked: Asked, response: Response) -> Parsed:
    """Read a reply's text, or its candidates where the likeliest is the answer. A server's word for a refusal counts;
    what was cut off without an answer says so.
    """
    if response.finish == "refusal":
        return Parsed(status="refused", rule="the server's own field")
    if asked.score_by == "likelihood":
        return likelihood.read(asked, response.candidate_logprobs or {})
    parsed = read(response.text or "")
    if parsed.status == "unparsed" and response.finish == "length":
        return parsed.model_copy(update={"rule": "cut off"})
    return parsed


def _unheld(prompt: Prompt) -> Prompt:
    """Return the prompt for what is sent nothing: there is no model to hold to an answer, or to measure."""
    asked = prompt.asked
    if (asked.constrain, asked.score_by) == ("none", "text"):
        return prompt
    return dataclasses.replace(prompt, asked=dataclasses.replace(asked, constrain="none", score_by="text"))


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


async def decoded(asking: Asking, sample: Sample) -> dict[str, Decoded]:
    """Return the media of a sample by name, ready to be sent. Raises MediaError."""
    if sample.bad is not None:
        raise MediaError("known_bad", sample.bad)
    return {medium.name: await _decoded(asking, medium) for medium in sample.media}


async def _decoded(asking: Asking, medium: Media) -> Decoded:
    path = asking.locate(medium)
    if not asking.model.observes:
        return media.prepare(medium, path, observe=False)
    return await asking.hands.prepare(medium, path)


async def reply(asking: Asking, prompt: Prompt) -> Response:
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
        breaker.tried(response.error)
        if response.error is None or response.error.kind not in PASSING or tried == retry.tries:
            break
        if not await retry.waited(retry.wait_s(tried, response.error), end, breaker):
            break
    breaker.settled(response.error)
    return response


async def _call(asking: Asking, prompt: Prompt) -> Response:
    """Make one call, when its turn has come."""
    try:
        async with asking.pace:
            response = _whole(await _paid(asking, prompt), prompt.settings.stop)
            asking.pace.note(response.error)
    except (BudgetError, FatalModelError, UsageError):
        asking.breaker.stop()  # what waits for its next try need not wait
        raise
    if response.error is None and response.text is None:
        nothing = Problem(stage="model", kind="bad_reply", message="neither a text nor an error came back")
        return response.model_copy(update={"error": nothing})
    return response


async def _paid(asking: Asking, prompt: Prompt) -> Response:
    """Make one call within the budget, and count what it took."""
    response: Response | None = None
    asking.budget.begin()
    try:
        response = await asking.model.generate(prompt)
    finally:
        asking.budget.end(response)
    asking.meter.add(response)
    asking.budget.check(response, free=is_local(asking.model.card.backend))
    return response


def _whole(response: Response, stop: Iterable[str]) -> Response:
    """Return a reply that ends before the first stop text, whether or not the backend saw to that.

    `?` stands for each half of a character, which a server's JSON may hold but no record can.
    """
    said = {name: getattr(response, name) for name in ("text", "reasoning", "finish", "served")}
    whole = {name: text.encode("utf-8", "replace").decode() for name, text in said.items() if text is not None}
    for end in stop if "text" in whole else ():
        whole["text"] = whole["text"].partition(end)[0]
    changed = {name: text for name, text in whole.items() if text != said[name]}
    return response.model_copy(update=changed) if changed else response


def _rendered(prompt: Prompt) -> Rendered:
    texts = prompt.recorded or [message.text for message in prompt.messages]
    return Rendered(
        digest=prompt.digest,
        messages=tuple(Turn(role=m.role, text=text) for m, text in zip(prompt.messages, texts, strict=True)),
        options=prompt.asked.options or None,
        letters=prompt.asked.letters,
        constrain=prompt.asked.constrain,
        score_by=prompt.asked.score_by,
    )


def _sent(prompt: Prompt) -> tuple[Facts, ...]:
    return tuple(part.media.facts for message in prompt.messages for part in message.parts if part.media)


def _problem(stage: Literal["media", "prompt"], error: AffectbenchError) -> Problem:
    if isinstance(error, FatalModelError):
        raise error
    kind = error.kind if isinstance(error, MediaError) else type(error).__name__
    return Problem(stage=stage, kind=kind, message=str(error))


def _unasked(breaker: Breaker) -> Problem:
    message = f"not asked: {breaker.why}; the same command asks the rest"
    return Problem(stage="model", kind="breaker", message=message)


def _may_pass(outcome: Outcome) -> bool:
    return outcome.error is not None and outcome.error.stage == "model" and outcome.error.kind in PASSING
