"""Asking: every sample ends as one outcome; retries, cache, breaker, sweep and cancellation do what they say."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench import asking, cache, models
from affectbench.asking import Asking, Breaker, Retry, ask, stream
from affectbench.errors import DataError, FatalModelError, MediaError, UsageError
from affectbench.models.replay import Replay, Reply
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Media, Outcome, Parsed, Problem, Prompt, Response, Sample, Usage
from tests.questions import picture, render
from tests.stub_server import Plan, StubServer

GOOD = Response(text="happiness", finish="stop", usage=Usage(prompt_tokens=5, completion_tokens=1, cost=0.5))


def failed(kind: str, retry_after_s: float | None = None) -> Response:
    return Response(error=Problem(stage="model", kind=kind, message=kind, retry_after_s=retry_after_s))


class Said:
    """A model that gives what it is told, in order; the last again and again."""

    in_flight = 4

    def __init__(self, *replies: Response | Exception, observes: bool = True) -> None:
        self.card = ModelSpec(name="said", backend="said", id="x")
        self.replies = list(replies) or [GOOD]
        self.observes = observes
        self.asked: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None
    ) -> None:
        return None

    async def generate(self, prompt: Prompt) -> Response:
        self.asked.append(prompt.sample_id)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def retry(self, **fields: float) -> Retry:
        return Retry(sleep=self.sleep, clock=lambda: self.now, chance=lambda: 1.0, **fields)  # type: ignore[arg-type]


def read(asked: Asked) -> Callable[[str], Parsed]:
    """A stand-in reader: an option, or nothing."""

    def reader(text: str) -> Parsed:
        if text in asked.options:
            return Parsed(status="ok", value=text, span=(0, len(text)), rule="exact")
        return Parsed(status="unparsed", rule="none")

    return reader


def about(model: models.Model, **fields: object) -> Asking:
    fields.setdefault("retry", Clock().retry())
    return Asking(model=model, locate=lambda _: None, render=render, read=read, **fields)  # type: ignore[arg-type]


def one(asking: Asking, sample: Sample | None = None) -> Outcome:
    return asyncio.run(ask(asking, sample or Sample(id="a")))


async def collect(asking: Asking, count: int, in_flight: int = 4) -> list[Outcome]:
    todo = [(Sample(id=f"{n}"), 0) for n in range(count)]
    return [outcome async for outcome in stream(todo, partial(ask, asking), in_flight)]


# -- one question ----------------------------------------------------------------------------------------------------


def test_a_good_reply_is_read() -> None:
    using = about(Said())
    outcome = one(using)
    assert (outcome.status, outcome.error, outcome.responses) == ("ok", None, (GOOD,))
    assert outcome.parsed is not None and outcome.parsed.value == "happiness"
    assert outcome.prompt is not None and outcome.prompt.messages[1].text == "Which expression does a show?"
    assert outcome.prompt.options == ("happiness", "sadness", "anger")
    assert (using.meter.calls, using.meter.prompt_tokens, using.meter.cost) == (1, 5, 0.5)
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


def test_what_was_sent_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    sample = Sample(id="a", media=(Media(name="face", kind="image", path="a.png"),))
    for observes in (True, False):
        using = about(Said(observes=observes))
        object.__setattr__(using, "locate", lambda _: tmp_path / "a.png")
        (facts,) = one(using, sample).sent
        assert (facts.observed, facts.digest is not None) == (observes, observes)


def test_files_are_read_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def prepare(medium: Media, path: Path | None, view: object = None, *, observe: bool) -> None:
        threads.append((observe, threading.current_thread() is threading.main_thread()))
        raise MediaError("missing", "gone")

    monkeypatch.setattr(asking.media, "prepare", prepare)
    for observes in (True, False):
        one(about(Said(observes=observes)), Sample(id="a", media=(Media(name="voice", kind="audio"),)))
    assert threads == [(True, False), (False, True)]


@pytest.mark.parametrize("error", [MediaError("missing", "face: gone"), DataError("outside its root")])
def test_a_medium_that_cannot_be_had(error: Exception) -> None:
    def locate(medium: Media) -> Path:
        raise error

    model = Said()
    using = about(model)
    object.__setattr__(using, "locate", locate)
    outcome = one(using, Sample(id="a", media=(Media(name="face", kind="image", path="a"),)))
    assert (outcome.status, model.asked) == ("media_error", [])
    assert outcome.error is not None and (outcome.error.stage, outcome.error.message) == ("media", str(error))
    assert outcome.error.kind == ("missing" if isinstance(error, MediaError) else "DataError")


def test_a_prompt_that_cannot_be_rendered() -> None:
    def broken(*_: object) -> Prompt:
        raise DataError("the sample has no text 'context'")

    using = about(model := Said())
    object.__setattr__(using, "render", broken)
    outcome = one(using)
    assert (outcome.status, model.asked) == ("api_error", [])
    assert outcome.error is not None and (outcome.error.stage, outcome.error.kind) == ("prompt", "DataError")


def test_pixels_that_break_in_the_model() -> None:
    outcome = one(about(Said(MediaError("truncated", "torn pixels"))))
    assert outcome.status == "media_error" and outcome.prompt is not None
    assert outcome.error is not None and outcome.error.kind == "truncated"


@pytest.mark.parametrize(
    ("response", "status", "rule"),
    [
        (Response(text=""), "unparsed", "none"),
        (Response(text="I see a per", finish="length"), "unparsed", "cut off"),
        (Response(text="happiness", finish="length"), "ok", "exact"),
        (Response(text="happiness", finish="refusal"), "refused", "the server's own field"),
    ],
)
def test_how_replies_end(response: Response, status: str, rule: str) -> None:
    outcome = one(about(Said(response)))
    assert outcome.parsed is not None and (outcome.status, outcome.parsed.rule) == (status, rule)
    assert outcome.error is None


def test_half_a_character_in_a_reply_does_not_stop_the_record() -> None:
    outcome = one(about(Said(Response(text="happiness\ud800", reasoning="\udfff", served="m\ud800"))))
    (said,) = outcome.responses
    assert (said.text, said.reasoning, said.served) == ("happiness?", "?", "m?")
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


def test_no_text_and_no_error_is_an_error() -> None:
    outcome = one(about(Said(Response()), retry=Clock().retry(tries=2)))
    assert outcome.status == "api_error" and outcome.error is not None and outcome.error.kind == "bad_reply"


def test_a_fatal_error_is_raised() -> None:
    with pytest.raises(FatalModelError, match="no key"):
        one(about(Said(FatalModelError("no key"))))


# -- retries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(asking.PASSING))
def test_what_can_pass_is_tried_again(kind: str) -> None:
    clock = Clock()
    model = Said(failed(kind), failed(kind), GOOD)
    outcome = one(about(model, retry=clock.retry()))
    assert outcome == one(about(Said()))  # nothing of the failed tries is left in the record
    assert len(model.asked) == 3 and clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("kind", ["bad_request", "too_large", "content_filter", "no_reply", "replayed"])
def test_what_cannot_pass_is_not_tried_again(kind: str) -> None:
    model = Said(failed(kind))
    outcome = one(about(model))
    assert (outcome.status, len(model.asked)) == ("api_error", 1)


def test_tries_are_bounded() -> None:
    clock = Clock()
    model = Said(failed("server"))
    outcome = one(about(model, retry=clock.retry()))
    assert (outcome.status, len(model.asked)) == ("api_error", 10)
    assert clock.now < 60
    assert outcome.error == failed("server").error and outcome.responses == (failed("server"),)


def test_the_servers_wish_is_heeded_within_the_time() -> None:
    clock = Clock()
    one(about(Said(failed("rate", 30.0), GOOD), retry=clock.retry()))
    assert sum(clock.slept) == 30.5
    model = Said(failed("rate", 250.0))
    assert one(about(model, retry=Clock().retry())).status == "api_error"
    assert len(model.asked) == 3
    model = Said(failed("rate", 1e9))
    one(about(model, retry=Clock().retry()))
    assert len(model.asked) == 1


@given(st.integers(1, 40), st.floats(0, 1))
def test_waits_are_bounded(tried: int, chance: float) -> None:
    retry = Retry(chance=lambda: chance)
    problem = failed("server").error
    assert problem is not None
    assert retry.first_s / 2 <= retry.wait_s(tried, problem) <= retry.longest_s


# -- the cache -------------------------------------------------------------------------------------------------------


def test_a_cached_reply_gives_the_same_outcome(tmp_path: Path) -> None:
    with cache.open(tmp_path / "c") as kept:
        first = about(Said(), cache=kept, identity="m")
        again = about(model := Said(failed("server")), cache=kept, identity="m")
        other = about(Said(Response(text="anger")), cache=kept, identity="n")
        assert one(first) == one(again)
        assert model.asked == [] and (again.meter.calls, again.meter.cached, again.meter.cost) == (0, 1, 0.0)
        assert one(other).responses[0].text == "anger"


@pytest.mark.parametrize("response", [failed("bad_request"), Response(text="x", finish="content_filter")])
def test_bad_replies_are_not_kept(tmp_path: Path, response: Response) -> None:
    with cache.open(tmp_path / "c") as kept:
        one(about(Said(response), cache=kept))
        one(about(model := Said(), cache=kept))
    assert model.asked == ["a"]


def test_a_model_that_is_sent_nothing_has_no_cache(tmp_path: Path) -> None:
    with cache.open(tmp_path / "c") as kept:
        for _ in range(2):
            one(about(model := Said(observes=False), cache=kept))
            assert model.asked == ["a"]


# -- many questions --------------------------------------------------------------------------------------------------


def test_every_sample_comes_once_and_few_at_a_time() -> None:
    busy, most = 0, 0

    async def slow(sample: Sample, repeat: int) -> Outcome:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001 * (int(sample.id) % 3))
        busy -= 1
        return Outcome(id=sample.id, repeat=repeat, status="ok")

    async def run() -> list[tuple[str, int]]:
        todo = [(Sample(id=f"{n}"), repeat) for n in range(50) for repeat in range(2)]
        return [(outcome.id, outcome.repeat) async for outcome in stream(todo, slow, 7)]

    got = asyncio.run(run())
    assert sorted(got) == sorted((f"{n}", repeat) for n in range(50) for repeat in range(2))
    assert most == 7


def test_nothing_to_do() -> None:
    assert asyncio.run(collect(about(Said()), 0)) == []


def test_a_slow_reader_slows_the_asking_down() -> None:
    taken = 0

    def todo() -> Iterable[tuple[Sample, int]]:
        nonlocal taken
        for n in range(1000):
            taken += 1
            yield Sample(id=f"{n}"), 0

    async def run() -> None:
        async with aclosing(stream(todo(), partial(ask, about(Said())), 4)) as outcomes:
            await anext(outcomes)
            await asyncio.sleep(0.02)

    asyncio.run(run())
    assert taken <= 1 + 3 * 4


def test_leaving_cancels_what_is_in_flight() -> None:
    cancelled = []

    async def hang(sample: Sample, repeat: int) -> Outcome:
        try:
            await asyncio.sleep(0 if sample.id == "0" else 60)
        except asyncio.CancelledError:
            cancelled.append(sample.id)
            raise
        return Outcome(id=sample.id, status="ok")

    async def run() -> None:
        async with aclosing(stream([(Sample(id=f"{n}"), 0) for n in range(9)], hang, 3)) as outcomes:
            assert (await anext(outcomes)).id == "0"
            await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())
    assert sorted(cancelled) == ["1", "2", "3"]


@pytest.mark.parametrize("where", ["model", "todo"])
def test_an_error_is_raised_after_what_is_in_flight(where: str) -> None:
    async def some(sample: Sample, repeat: int) -> Outcome:
        if sample.id == "1" and where == "model":
            raise FatalModelError("no key")
        await asyncio.sleep(0.01)
        return Outcome(id=sample.id, status="ok")

    def todo() -> Iterable[tuple[Sample, int]]:
        for n in range(100):
            if n == 3 and where == "todo":
                raise FatalModelError("no key")
            yield Sample(id=f"{n}"), 0

    got: list[str] = []

    async def run() -> None:
        async for outcome in stream(todo(), some, 3):
            got.append(outcome.id)

    with pytest.raises(FatalModelError, match="no key"):
        asyncio.run(run())
    assert "0" in got and "2" in got and len(got) <= 5


@pytest.mark.parametrize("error", [FatalModelError("no key"), UsageError("no price")])
def test_an_error_of_every_call_ends_the_waiting_of_the_others(error: Exception) -> None:
    clock = Clock()
    model = Said(failed("server"), error, GOOD)
    with pytest.raises(type(error)):
        asyncio.run(collect(about(model, retry=clock.retry()), 100, in_flight=2))
    assert len(model.asked) <= 4


def test_what_failed_is_asked_once_more_at_the_end() -> None:
    model = Said(*[failed("server")] * 3, GOOD)
    outcomes = asyncio.run(collect(about(model, retry=Clock().retry(tries=3)), 5, in_flight=1))
    assert [outcome.id for outcome in outcomes] == ["1", "2", "3", "4", "0"]
    assert {outcome.status for outcome in outcomes} == {"ok"}


def test_the_sweep_asks_only_once() -> None:
    model = Said(failed("server"))
    outcomes = asyncio.run(collect(about(model, retry=Clock().retry(tries=3)), 2, in_flight=1))
    assert [outcome.status for outcome in outcomes] == ["api_error"] * 2
    assert Counter(model.asked) == {"0": 6, "1": 6}


def test_the_breaker() -> None:
    model = Said(failed("server"))
    outcomes = asyncio.run(collect(about(model), 200, in_flight=1))
    assert len(outcomes) == 200 and {outcome.status for outcome in outcomes} == {"api_error"}
    kinds = Counter(outcome.error.kind for outcome in outcomes if outcome.error)
    assert kinds == {"breaker": 180, "server": 20}
    assert len(model.asked) == 200  # 20 samples of 10 tries


def test_the_breaker_counts_only_in_a_row() -> None:
    breaker, gone = Breaker(limit=3), failed("server").error
    for problem in (gone, gone, None, gone, gone):
        breaker.settled(problem)
    assert not breaker.open
    breaker.settled(gone)
    breaker.settled(None)
    assert breaker.open


def test_the_breaker_leaves_alone_who_only_fails() -> None:
    """However few calls wait at once, a server that only fails is known in time; a reply among failures shows life."""
    clock = Clock()
    breaker = Breaker(clock=lambda: clock.now)
    model = Said(failed("server"))
    outcomes = asyncio.run(collect(about(model, retry=clock.retry(), breaker=breaker), 30, in_flight=1))
    assert breaker.open and clock.now < 110 and {outcome.status for outcome in outcomes} == {"api_error"}
    said = {outcome.error.message for outcome in outcomes if outcome.error and outcome.error.kind == "breaker"}
    assert len(said) == 1 and said.pop().endswith("had failed; the same command asks the rest")
    lively, gone = Breaker(clock=lambda: clock.now), failed("server").error
    for n in range(100):
        clock.now += 60
        lively.tried(gone if n % 9 else None)
    assert not lively.open


def test_bad_requests_alone_open_the_breaker() -> None:
    """What every sample meets is met twenty times, not ten thousand; broken samples among good ones stop nothing."""
    model = Said(failed("bad_request"))
    asyncio.run(collect(about(model), 100, in_flight=1))
    assert len(model.asked) == 20
    mixed = Said(GOOD, failed("bad_request"))
    asyncio.run(collect(about(mixed), 100, in_flight=1))
    assert len(mixed.asked) == 100


# -- against a server ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_faults_change_nothing(seed: int) -> None:
    def run(plan: Plan) -> tuple[list[Outcome], StubServer]:
        with StubServer(plan) as server:

            async def go() -> list[Outcome]:
                async with models.build(
                    models.parse_name(f"openai:stub@{server.url}"), models.TaskFacts(id="t", asked=Asked(form="choice"))
                ) as model:
                    return await collect(about(model, retry=Retry(first_s=0.001)), 60, in_flight=16)

            return asyncio.run(go()), server

    calm, _ = run(Plan())
    rough, server = run(Plan(faults=0.4, seed=seed))
    assert sorted(map(timeless, rough)) == sorted(map(timeless, calm))
    assert server.count["requests"] == 60 + sum(server.count[kind] for kind in Plan().kinds)


def timeless(outcome: Outcome) -> str:
    responses = [response.model_copy(update={"seconds": None}) for response in outcome.responses]
    return outcome.model_copy(update={"responses": tuple(responses)}).model_dump_json()


def test_a_hundred_thousand_replays_cost_little() -> None:
    count = 20_000
    model = Replay(
        ModelSpec(name="r", backend="replay", id="a.csv"), {(f"{n}", None): Reply(1, "happiness") for n in range(count)}
    )
    ready = render(Sample(id="0"), 0, {})
    using = about(model)
    object.__setattr__(using, "render", lambda sample, repeat, decoded: ready)
    object.__setattr__(using, "read", lambda asked: lambda text: Parsed(status="ok", value=text, rule="exact"))
    began = time.process_time()
    outcomes = asyncio.run(collect(using, count, in_flight=1))
    asked = time.process_time() - began
    assert len(outcomes) == count
    began = time.process_time()
    for outcome in outcomes:
        Outcome.model_validate_json(outcome.model_dump_json())
    assert asked < 10 * (time.process_time() - began)  # as long as its lines take to be written and read ten times
