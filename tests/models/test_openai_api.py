"""The OpenAI-compatible backend against a stub on loopback: what is sent, what is read, what a failure becomes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import html
import io
import json
import math
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile

from affectbench import models
from affectbench.errors import FatalModelError, UsageError
from affectbench.models.openai_api import MOST_BYTES
from affectbench.models.openai_errors import MAX_MESSAGE, clean, retry_after
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Decoded, Facts, Message, Part, Prompt, Response
from tests.questions import CHOICE, picture, prompt, shown
from tests.stub_server import Plan, StubServer

KEY = "sk-planted-0123456789"
FACTS = models.TaskFacts(id="t", asked=prompt("a").asked)


def card(server: StubServer, **fields: Any) -> ModelSpec:
    found = models.parse_name(f"openai:stub@{server.url}")
    return ModelSpec.model_validate(found.model_dump() | fields)


def ask(card: ModelSpec, *prompts: Prompt) -> list[Response]:
    async def run() -> list[Response]:
        async with models.build(card, FACTS) as model:
            return list(await asyncio.gather(*map(model.generate, prompts)))

    return asyncio.run(run())


def failure(plan: Plan, **fields: Any) -> Response:
    with StubServer(plan) as server:
        (response,) = ask(card(server, **fields), prompt("a"))
    assert response.error is not None and response.text is None
    return response


def test_a_picture_goes_out_as_the_bytes_of_its_file() -> None:
    data = picture(kind="JPEG")
    with StubServer() as server:
        (response,) = ask(card(server), prompt("a", "Look: ", shown(data), "What does it show?", max_tokens=7))
        (request,) = server.requests
    assert request["model"] == "stub" and request["max_tokens"] == 7 and request["temperature"] == 0.0
    system, user = request["messages"]
    assert system == {"role": "system", "content": "Answer with one word."}
    first, image, last = user["content"]
    assert (first["text"], last["text"]) == ("Look: ", "What does it show?")
    assert base64.b64decode(image["image_url"]["url"].removeprefix("data:image/jpeg;base64,")) == data
    assert response.text in Plan().replies and response.error is None
    assert (response.finish, response.served) == ("stop", "stub-2026-01-01")
    assert response.usage is not None and response.usage.completion_tokens == 2 and response.usage.cost is None
    assert response.seconds is not None


def test_frames_go_out_as_several_images() -> None:
    facts = Facts(name="clip", kind="video", source="a.mp4", format="png")
    frames = Decoded(facts=facts, payload=(picture(), picture((0, 0, 9))))
    message = Message(role="user", parts=(Part(kind="frames", media=frames),))
    with StubServer() as server:
        ask(card(server), Prompt(**{f: getattr(prompt("a"), f) for f in Prompt.__slots__} | {"messages": (message,)}))
        (request,) = server.requests
    assert [piece["type"] for piece in request["messages"][0]["content"]] == ["image_url", "image_url"]


def with_parts(*parts: Part, asked: Asked | None = None, **settings: Any) -> Prompt:
    plain = prompt("a", **settings)
    return replace(plain, messages=(Message(role="user", parts=parts),), asked=asked or plain.asked)


def test_several_pictures_and_words_keep_their_order() -> None:
    one, other = picture(), picture((0, 9, 0), kind="JPEG")
    with StubServer() as server:
        ask(card(server), prompt("a", "First: ", shown(one), "Then: ", shown(other), "Which one smiles?"))
        (request,) = server.requests
    pieces = request["messages"][1]["content"]
    assert [piece["type"] for piece in pieces] == ["text", "image_url", "text", "image_url", "text"]
    sent = [base64.b64decode(p["image_url"]["url"].partition(",")[2]) for p in pieces if p["type"] == "image_url"]
    assert sent == [one, other]


def test_sound_goes_out_as_a_wav_file() -> None:
    tone = np.sin(np.arange(4000) / 9).astype(np.float32)
    facts = Facts(name="voice", kind="audio", source="a.wav", rate=16_000, seconds=0.25, channels=1)
    with StubServer() as server:
        ask(card(server, accepts=("audio",)), with_parts(Part(kind="audio", media=Decoded(facts=facts, payload=tone))))
        (request,) = server.requests
    (piece,) = request["messages"][0]["content"]
    assert (piece["type"], piece["input_audio"]["format"]) == ("input_audio", "wav")
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(piece["input_audio"]["data"])))
    assert rate == 16_000 and heard.shape == (4000,) and np.abs(heard - tone).max() < 1e-4


def test_a_clip_goes_out_as_its_own_file_where_the_card_says_so() -> None:
    facts = Facts(name="clip", kind="video", source="a.mp4", format="mp4")
    part = Part(kind="frames", media=Decoded(facts=facts, payload=(b"a clip",)))
    with StubServer() as server:
        ask(card(server, accepts=("video",), supports=("video_url",)), with_parts(part))
        (request,) = server.requests
        with pytest.raises(FatalModelError, match="does not say `supports: \\[video_url\\]`"):
            ask(card(server, accepts=("video",)), with_parts(part))
        assert server.count["requests"] == 1
    (piece,) = request["messages"][0]["content"]
    address = "data:video/mp4;base64," + base64.b64encode(b"a clip").decode()
    assert piece == {"type": "video_url", "video_url": {"url": address}}


def test_stop_texts_are_sent() -> None:
    with StubServer() as server:
        ask(card(server), prompt("a"), prompt("b", stop=("\n", "</answer>")))
        plain, held = sorted(server.requests, key=lambda request: "stop" in request)
    assert "stop" not in plain and held["stop"] == ["\n", "</answer>"]


def test_an_answer_is_held_to_what_was_asked() -> None:
    with StubServer() as server:
        own = card(server, supports=("choice", "json"), engine={"top_p": 0.5})
        ask(own, with_parts(asked=replace(CHOICE, constrain="choice")))
        ask(own, with_parts(asked=replace(CHOICE, constrain="json")))
        first, second = server.requests
    assert first["structured_outputs"] == {"choice": list(CHOICE.options)} and first["top_p"] == 0.5
    form = second["response_format"]["json_schema"]
    assert (second["response_format"]["type"], form["strict"]) == ("json_schema", True)
    assert form["schema"]["properties"]["answer"]["enum"] == list(CHOICE.options)
    assert "structured_outputs" not in second and "response_format" not in first


LIKELY = replace(CHOICE, options=("happiness", "sadness", "surprise"), score_by="likelihood")


def likely(*tops: tuple[str, float]) -> dict[str, float] | None:
    """Ask with the likeliest first tokens given; returns what is known of each option."""
    listed = [{"token": token, "logprob": math.log(share)} for token, share in tops]
    blank = {"token": "\n", "logprob": 0.0, "top_logprobs": []}
    content = [blank, {"token": "hap", "logprob": -0.1, "top_logprobs": listed}]
    reply = {"message": {"content": "happiness"}, "logprobs": {"content": content}}
    with StubServer(Plan(message=lambda _: reply)) as server:
        (response,) = ask(card(server, supports=("logprobs",)), with_parts(asked=LIKELY))
        (request,) = server.requests
    assert (request["logprobs"], request["top_logprobs"]) == (True, 20)
    assert response.error is None and response.text == "happiness"
    return response.candidate_logprobs


def test_the_first_token_tells_how_likely_an_option_is() -> None:
    found = likely(("hap", 0.3), (" Happ", 0.2), ("sad", 0.3), ("sur", 0.1), ("s", 1e-5), ("The", 0.05))
    assert found is not None
    assert {name: round(math.exp(value), 6) for name, value in found.items()} == {
        "happiness": 0.5, "sadness": 0.3, "surprise": 0.1,
    }  # fmt: skip


def test_what_the_first_token_does_not_tell_is_not_known() -> None:
    assert set(likely(("hap", 0.5), ("s", 0.4), ("sad", 0.05), ("sur", 0.01)) or {}) == {"happiness"}
    assert set(likely(("hap", 0.5), ("sad", 0.05)) or {}) == {"happiness", "sadness"}
    assert likely() == {}


def test_options_that_begin_alike_are_refused_before_any_call() -> None:
    alike = replace(LIKELY, options=("happily surprised", "happily disgusted"))
    with pytest.raises(UsageError, match="begin with the same"):
        models.build(models.parse_name("openai:m@http://127.0.0.1:9/v1"), models.TaskFacts(id="t", asked=alike))


def test_a_server_without_log_probabilities_stops_the_run() -> None:
    with StubServer() as server, pytest.raises(FatalModelError, match="gives no log-probabilities"):
        ask(card(server, supports=("logprobs",)), with_parts(asked=LIKELY))


@pytest.mark.parametrize("finish", ["content_filter", "refusal"])
def test_a_reply_that_was_stopped_needs_no_log_probabilities(finish: str) -> None:
    likeliest = replace(prompt("a"), asked=replace(CHOICE, score_by="likelihood"))
    choice = {"message": {"content": "I"}, "finish_reason": finish, "logprobs": None}
    with StubServer(Plan(message=lambda _: choice)) as server:
        (response,) = ask(card(server), likeliest)
    assert response.finish == finish and response.candidate_logprobs is None


def test_settings_that_the_card_has() -> None:
    with StubServer() as server:
        own = card(server, supports=("seed",), engine={"top_p": 0.5}, price={"prompt": 1e6, "completion": 2e6})
        (response,) = ask(own, prompt("a", repeat=2, temperature=0.7, seed=40))
        ask(card(server), prompt("a", seed=40))
        first, second = server.requests
    assert (first["temperature"], first["seed"], first["top_p"]) == (0.7, 42, 0.5)
    assert "seed" not in second
    assert response.usage is not None and response.usage.prompt_tokens is not None
    assert response.usage.cost == response.usage.prompt_tokens + 4


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"message": {"content": None}, "finish_reason": "length"}, {"text": "", "finish": "length"}),
        ({"message": {"content": None, "refusal": "I can't."}}, {"text": "I can't.", "finish": "refusal"}),
        ({"message": {"content": "fear", "reasoning_content": "hm"}}, {"text": "fear", "reasoning": "hm"}),
        ({"message": {"content": "fear", "reasoning": "hm"}}, {"text": "fear", "reasoning": "hm"}),
        ({"message": {"content": None}, "finish_reason": "refusal"}, {"text": "", "finish": "refusal"}),
        (
            {
                "message": {
                    "content": [
                        {"type": "thinking", "thinking": []},
                        {"type": "text", "text": "fe"},
                        {"type": "text", "text": "ar"},
                    ]
                }
            },
            {"text": "fear"},
        ),
    ],
)
def test_what_a_reply_may_hold(message: dict[str, Any], expected: dict[str, Any]) -> None:
    with StubServer(Plan(message=lambda _: message)) as server:
        (response,) = ask(card(server), prompt("a"))
    assert response.error is None
    assert response.model_dump(include=set(expected)) == expected


@pytest.mark.parametrize(
    "message",
    [{"message": {"content": [1]}}, {"message": None}, {"message": {"content": "x"}, "finish_reason": 3}],
)
def test_a_reply_of_another_shape_is_a_bad_reply(message: dict[str, Any]) -> None:
    assert failure(Plan(message=lambda _: message)).error.kind == "bad_reply"  # type: ignore[union-attr]


@pytest.mark.parametrize("tokens", [math.nan, math.inf, -500, 10**400, "12", [1], True, None])
def test_numbers_of_tokens_that_can_be_none_are_not_known(tokens: Any) -> None:
    usage = {"prompt_tokens": tokens, "completion_tokens": 2}
    with StubServer(Plan(usage=lambda _: usage)) as server:
        (response,) = ask(card(server, price={"prompt": 1e6, "completion": 1e6}), prompt("a"))
    assert response.error is None and response.usage is not None
    assert (response.usage.prompt_tokens, response.usage.completion_tokens, response.usage.cost) == (None, 2, 2)


def test_a_reply_that_broke_off_is_an_error() -> None:
    choice = {"message": {"content": ""}, "finish_reason": "error", "error": {"message": "provider down"}}
    with StubServer(Plan(message=lambda _: choice)) as server:
        (response,) = ask(card(server), prompt("a"))
    assert response.error is not None and response.error.kind == "server" and "provider down" in response.error.message


@contextlib.contextmanager
def raw(answer: bytes) -> Iterator[str]:
    """Answer one connection with these bytes, whatever is asked; gives the base address."""

    def serve() -> None:
        with listener.accept()[0] as peer, contextlib.suppress(OSError):
            peer.recv(1 << 20)
            peer.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        thread.join()


OK = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (b"hello\r\n\r\n", "bad_reply", "the reply is no HTTP"),
        (OK + b"content-length: -5\r\n\r\n{}", "bad_reply", "the reply is no HTTP"),
        (OK + b"x: y\r\n" * 100_000 + b"\r\n", "bad_reply", "the reply is no HTTP"),
        (OK + b"\r\n<html>a login page", "bad_reply", "<html>a login page"),
        (OK + b"\r\n" + b"[" * 200_000, "bad_reply", "the reply is no JSON"),
        (OK + b"\r\n" + b"x" * (MOST_BYTES + 1), "bad_reply", "longer than"),
        (OK + b"content-encoding: gzip\r\n\r\n" + gzip.compress(bytes(2 * MOST_BYTES)), "bad_reply", "longer than"),
        (b"HTTP/1.1 500 no\r\n\r\n" + b"x" * (MOST_BYTES + 1), "bad_reply", "longer than"),
        (b'HTTP/1.1 400 no\r\nconnection: close\r\n\r\n{"error": "no such option"}', "bad_request", "no such option"),
        (b'HTTP/1.1 422 no\r\nconnection: close\r\n\r\n{"detail": [{"msg": "odd"}]}', "bad_request", "odd"),
        (b"HTTP/1.1 500 no\r\nconnection: close\r\n\r\nout of memory", "server", "out of memory"),
        (b"", "network", "127.0.0.1"),
    ],
)
def test_strange_servers(answer: bytes, kind: str, message: str) -> None:
    with raw(answer) as url:
        (response,) = ask(models.parse_name(f"openai:stub@{url}"), prompt("a"))
    assert response.error is not None and response.error.kind == kind
    assert message in response.error.message and "\n" not in response.error.message


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", "bad_request"),
        ("413", "too_large"),
        ("context", "too_large"),
        ("filter", "content_filter"),
        ("429", "rate"),
        ("500", "server"),
        ("503", "server"),
        ("reset", "network"),
        ("torn", "network"),
        ("garbage", "bad_reply"),
        ("empty", "bad_reply"),
    ],
)
def test_kinds_of_failures(fault: str, kind: str) -> None:
    with StubServer(Plan(always=fault)) as server:
        (response,) = ask(card(server), prompt("a"))
        assert server.count["requests"] == 1  # the client itself must not try again
    assert response.error is not None and response.error.kind == kind
    assert response.error.retry_after_s == (0.01 if fault == "429" else None)


def test_a_filtered_reply_is_an_error() -> None:
    plan = Plan(message=lambda _: {"message": {"content": "I se"}, "finish_reason": "content_filter"})
    with StubServer(plan) as server:
        (response,) = ask(card(server), prompt("a"))
    assert response.error is not None and response.error.kind == "content_filter"


def test_deadline() -> None:
    response = failure(Plan(latency_s=5), settings={"timeout_s": 0.2})
    assert response.error is not None and response.error.kind == "timeout"


def test_an_address_that_can_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(FatalModelError, match="cannot be asked"):
        ask(models.parse_name("openai:stub@http://é..b/v1"), prompt("a"))


def test_nobody_listens() -> None:
    own = models.parse_name("openai:stub@http://127.0.0.1:9/v1")
    (response,) = ask(own, prompt("a"))
    assert response.error is not None and response.error.kind == "network"
    assert "Connect call failed" in response.error.message


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        ("401", "does not accept the key .* check the environment variable MY_KEY"),
        ("404", "has no model 'stub'.* /v1"),
        ("no model", "has no model 'stub'"),
        ("quota", "no money left"),
        ("redirect", "give the address where it really answers"),
    ],
)
def test_what_no_call_can_pass(fault: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with StubServer(Plan(always=fault)) as server, pytest.raises(FatalModelError, match=advice) as caught:
        ask(card(server, key_env="MY_KEY"), prompt("a"))
    assert "\n" not in str(caught.value)


def test_the_key_is_sent_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with StubServer(Plan(always="401")) as server, pytest.raises(FatalModelError) as caught:
        ask(card(server, key_env="MY_KEY"), prompt("a"))
    assert server.keys == {f"Bearer {KEY}"}
    assert "[key]" in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(models.build(card(server, key_env="MY_KEY"), FACTS))


def test_a_server_of_ones_own_is_not_sent_the_users_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with StubServer() as server:
        ask(card(server), prompt("a"))
        assert not any(KEY in key for key in server.keys)


def test_a_missing_key_is_told_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(FatalModelError, match="set the environment variable OPENAI_API_KEY"):
        ask(models.parse_name("openai:gpt-x"), prompt("a"))


@pytest.mark.parametrize("key", ["sk-planted-ümlaut-0123", "sk-planted\n0123456789"])
def test_a_key_that_no_header_can_hold_is_told_before_any_call(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", key)
    with StubServer() as server, pytest.raises(FatalModelError, match=r"signs that no key has.*MY_KEY") as caught:
        ask(card(server, key_env="MY_KEY"), prompt("a"))
    assert server.count["requests"] == 0 and "planted" not in str(caught.value)


def test_a_server_of_ones_own_that_wants_a_key() -> None:
    with StubServer(Plan(always="401")) as server, pytest.raises(FatalModelError, match=r"wants a key .* key_env"):
        ask(card(server), prompt("a"))


def test_a_proxy_gets_nothing_of_a_loopback_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with StubServer() as proxy, StubServer() as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        ask(card(server), prompt("a"))
        assert (proxy.count["requests"], server.count["requests"]) == (0, 1)


def test_many_at_once() -> None:
    with StubServer(Plan(latency_s=0.05)) as server:
        replies = ask(card(server), *(prompt(f"s{n}") for n in range(40)))
        assert server.most_busy > 20
    assert all(reply.text for reply in replies)


def test_servers_messages_are_cut_and_cleaned() -> None:
    told = clean("a\x1b[31m\n" + "x" * 10_000 + KEY, KEY)
    assert len(told) == MAX_MESSAGE and "\x1b" not in told and "\n" not in told
    assert clean(f"Bearer {KEY}.", KEY) == "Bearer [key]."
    odd = 'sk-a/b"c+d<e'
    for written in (odd, json.dumps(odd), odd.replace("/", "\\/"), html.escape(odd), quote(odd, safe="")):
        assert "[key]" in clean(f"you sent {written}", odd)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "3"}, lambda s: s == 3),
        ({"retry-after-ms": "250", "retry-after": "9"}, lambda s: s == 0.25),
        ({"retry-after": "-3"}, lambda s: s == 0),
        ({"retry-after": "Fri, 31 Dec 2100 23:59:59 GMT"}, lambda s: s > 1e9),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, lambda s: s == 0),
        ({"retry-after": "soon"}, lambda s: s is None),
        ({"retry-after": "Mon, 01 Jan 10000 00:00:00 GMT"}, lambda s: s is None),
        ({"retry-after": "Mon, 01 Jan 99999999999999 00:00:00 GMT"}, lambda s: s is None),
        ({"retry-after": "nan"}, lambda s: s is None),
        ({}, lambda s: s is None),
    ],
)
def test_retry_after(headers: dict[str, str], expected: Callable[[float | None], bool]) -> None:
    assert expected(retry_after(headers))
