"""Any OpenAI-compatible server, by the official asynchronous client.

One call is one try: the client's own retries are off, `asking` decides what to ask again. The key is read from the
environment, sent to the card's server alone, and taken out of every message that a server sends back.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from affectbench.errors import FatalModelError
from affectbench.models import DEFAULT_SERVER, TaskFacts, first_token, is_loopback
from affectbench.models.openai_errors import clean, problem_of
from affectbench.models.openai_messages import held, message
from affectbench.models.redaction import without
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem, Prompt, Response

IN_FLIGHT = 64
TIMEOUT_S = 300.0
CONNECT_S = 10.0
MOST_BYTES = 16_000_000
"""Of a reply as it is unpacked; all that wait in flight may be as long."""
MOST_TOKENS = 1e12


def build(card: ModelSpec, facts: TaskFacts) -> OpenAIModel:
    """Make a client for one server; nothing is sent before the first `generate`.

    Raises UsageError for options whose likelihood the first token cannot tell.
    """
    if facts.asked.score_by == "likelihood":
        first_token.check(facts.asked.options)
    return OpenAIModel(card)


@dataclass
class OpenAIModel:
    """A model behind a chat completions server."""

    card: ModelSpec
    observes: bool = True
    _client: Any = None
    _key: str = field(default="", repr=False)

    @property
    def in_flight(self) -> int:
        """Return how many requests may wait at the server at once; fewer do if it says that they are too many."""
        return self.card.settings.in_flight or IN_FLIGHT

    @property
    def server(self) -> str:
        """Return the address that is asked."""
        return self.card.base_url or DEFAULT_SERVER

    @property
    def _place(self) -> str:
        """Return the whole address that is asked: the client would put a part of it together at each call."""
        return f"{self.server.rstrip('/')}/chat/completions"

    async def __aenter__(self) -> Self:
        import openai

        self._key = _key(self.card, self.server)
        timeout = openai.Timeout(self.card.settings.timeout_s or TIMEOUT_S, connect=CONNECT_S)
        # Neither a redirect nor a proxy may carry the data of a loopback server elsewhere.
        http = openai.DefaultAioHttpClient(
            timeout=timeout,
            follow_redirects=False,
            trust_env=not is_loopback(self.server),
            event_hooks={"response": [_whole]},
        )
        try:
            self._client = openai.AsyncOpenAI(
                api_key=self._key, base_url=self.server, timeout=timeout, max_retries=0, http_client=http
            )
        except Exception as error:  # noqa: BLE001  what an address cannot be has no type that all versions share
            await http.aclose()
            raise FatalModelError(f"{self.card.name}: {self.server} cannot be asked: {error}") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.close()

    async def generate(self, prompt: Prompt) -> Response:
        """Ask once. Raises FatalModelError where no call can succeed; every other failure is in the response."""
        import aiohttp
        import openai

        began = time.monotonic()
        try:
            async with asyncio.timeout(self.card.settings.timeout_s or TIMEOUT_S):
                # `chat.completions.create` would walk through every field of the request, and cost more than all else.
                raw = await self._client.post(
                    self._place, cast_to=openai.HttpxBinaryResponseContent, body=self._request(prompt)
                )
            return self._read(raw.content, prompt, time.monotonic() - began)
        except (openai.OpenAIError, aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
            return Response(error=problem_of(error, self.card, self.server, self._key))

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        settings = prompt.settings
        # OpenAI's newer models refuse the older name, most other servers know only that.
        limit = "max_completion_tokens" if self.server == DEFAULT_SERVER else "max_tokens"
        request: dict[str, Any] = {
            "model": self.card.id,
            "messages": [message(said, self.card) for said in prompt.messages],
            "temperature": settings.temperature,
            limit: settings.max_tokens,
        }
        if settings.stop:
            request["stop"] = list(settings.stop)
        if settings.seed is not None and "seed" in self.card.supports:
            request["seed"] = settings.seed + prompt.repeat
        return request | self.card.engine | held(prompt.asked)

    def _read(self, body: bytes, prompt: Prompt, seconds: float) -> Response:
        """Read a reply of status 200. Raises ValueError if it is no chat completion."""
        data = without(_json(body), [self._key])
        try:
            choice = data["choices"][0]
            said = self._response(data, choice).model_copy(update={"seconds": round(seconds, 4)})
            if prompt.asked.score_by == "text" or said.error is not None or said.finish == "refusal":
                return said
            return said.model_copy(update={"candidate_logprobs": self._candidates(prompt, choice)})
        except (AttributeError, LookupError, TypeError, ValidationError):
            raise ValueError(f"the reply is no chat completion: {json.dumps(data)[:200]}") from None

    def _response(self, data: dict[str, Any], choice: dict[str, Any]) -> Response:
        said, usage = choice["message"], data.get("usage") or {}
        text, refusal = _text(said.get("content")), said.get("refusal")
        finish = "refusal" if refusal and not text else choice.get("finish_reason")
        return Response(
            text=text or (refusal if finish == "refusal" else None) or "",
            reasoning=said.get("reasoning_content") or said.get("reasoning"),
            error=_broken_off(choice),
            finish=finish,
            usage=self.card.usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))),
            served=data.get("model"),
        )

    def _candidates(self, prompt: Prompt, choice: dict[str, Any]) -> dict[str, float]:
        if not choice.get("logprobs"):
            raise FatalModelError(
                f"{self.card.name}: {self.server} gives no log-probabilities, though the model's entry says "
                "`supports: [logprobs]`: take it out there, and use answer.score_by: text"
            )
        return first_token.candidates(prompt.asked.options, choice["logprobs"]["content"] or [])


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        text = body[:200].decode("utf-8", "replace")
        raise ValueError(f"the reply is no JSON ({error}): {text or 'nothing came'}") from None


def _text(content: Any) -> Any:
    """Return a reply's text; some servers hand it over in pieces, with the reasoning as pieces of another type."""
    if not isinstance(content, list):
        return content
    return "".join(piece["text"] for piece in content if piece["type"] == "text")


def _broken_off(choice: dict[str, Any]) -> Problem | None:
    """Return the problem of a reply that a filter cut, or that broke off behind a server which answers 200."""
    match choice.get("finish_reason"):
        case "content_filter":
            message = "the server's content filter cut the reply"
            return Problem(stage="model", kind="content_filter", message=message)
        case "error":
            why = clean(json.dumps(choice.get("error")), "")
            return Problem(stage="model", kind="server", message=f"the reply broke off: {why}")
    return None


def _count(tokens: Any) -> int | None:
    """Return a number of tokens; None for what can be none."""
    usual = isinstance(tokens, int | float) and not isinstance(tokens, bool) and 0 <= tokens <= MOST_TOKENS
    return int(tokens) if usual else None


async def _whole(response: Any) -> None:
    """Read a reply, an error's too. Raises ValueError for one that does not end where any reply would."""
    body = bytearray()
    async with aclosing(response.aiter_bytes()) as parts:
        async for part in parts:
            body += part
            if len(body) > MOST_BYTES:
                raise ValueError(f"the reply is longer than {MOST_BYTES:,} bytes")
    response._content = bytes(body)  # where `read` leaves it, which has no limit of its own


def _key(card: ModelSpec, server: str) -> str:
    """Return the key that the card names; a server on this machine needs none unless the card names one."""
    name = card.key_env or "OPENAI_API_KEY"
    if card.key_env is None and is_loopback(server):
        return "none-needed"
    key = os.environ.get(name, "").strip()
    if key.isascii() and key.isprintable() and key:
        return key
    fault = "the key holds signs that no key has" if key else "no key"
    raise FatalModelError(
        f"{card.name or card.id}: {fault}: set the environment variable {name}, or name another as key_env in its card"
    )
