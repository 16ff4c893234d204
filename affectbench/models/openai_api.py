"""Any OpenAI-compatible server, by the official asynchronous client. A picture goes out as the bytes of its own file.

One call is one try: the client's own retries are off, `asking` decides what to ask again. The key is read from the
environment, sent to the card's server alone, and taken out of every message that a server sends back.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from base64 import b64encode
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from affectbench.errors import FatalModelError
from affectbench.models import DEFAULT_SERVER, TaskFacts, is_loopback
from affectbench.models.openai_errors import problem_of
from affectbench.specs.model import ModelSpec
from affectbench.types import Decoded, Message, Part, Problem, Prompt, Response

IN_FLIGHT = 32
TIMEOUT_S = 300.0
CONNECT_S = 10.0
SECRET = 16


def build(card: ModelSpec, facts: TaskFacts) -> OpenAIModel:
    """Make a client for one server; nothing is sent before the first `generate`."""
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
        """Return how many requests wait at the server at once."""
        return self.card.settings.in_flight or IN_FLIGHT

    @property
    def server(self) -> str:
        """Return the address that is asked."""
        return self.card.base_url or DEFAULT_SERVER

    async def __aenter__(self) -> Self:
        import openai

        self._key = _key(self.card, self.server)
        timeout = openai.Timeout(self.card.settings.timeout_s or TIMEOUT_S, connect=CONNECT_S)
        # Neither a redirect nor a proxy may carry the data of a loopback server elsewhere.
        http = openai.DefaultAioHttpClient(
            timeout=timeout, follow_redirects=False, trust_env=not is_loopback(self.server)
        )
        self._client = openai.AsyncOpenAI(
            api_key=self._key, base_url=self.server, timeout=timeout, max_retries=0, http_client=http
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.close()

    async def generate(self, prompt: Prompt) -> Response:
        """Ask once. Raises FatalModelError where no call can succeed; every other failure is in the response."""
        import openai

        began = time.monotonic()
        try:
            async with asyncio.timeout(self.card.settings.timeout_s or TIMEOUT_S):
                raw = await self._client.chat.completions.with_raw_response.create(**self._request(prompt))
            return self._read(_without(raw.http_response.content, self._key), time.monotonic() - began)
        except (openai.OpenAIError, TimeoutError, ValueError, RecursionError) as error:
            return Response(error=problem_of(error, self.card, self.server, self._key))

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        settings = prompt.settings
        # OpenAI's newer models refuse the older name, most other servers know only that.
        limit = "max_completion_tokens" if self.server == DEFAULT_SERVER else "max_tokens"
        request: dict[str, Any] = {
            "model": self.card.id,
            "messages": [_message(message) for message in prompt.messages],
            "temperature": settings.temperature,
            limit: settings.max_tokens,
        }
        if settings.seed is not None and "seed" in self.card.supports:
            request["seed"] = settings.seed + prompt.repeat
        if self.card.engine:
            request["extra_body"] = self.card.engine
        return request

    def _read(self, body: bytes, seconds: float) -> Response:
        """Read a reply of status 200. Raises ValueError if it is no chat completion."""
        data = json.loads(body)
        try:
            choice = data["choices"][0]
            message = choice["message"]
            usage = data.get("usage") or {}
            tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
            text, refusal = message.get("content"), message.get("refusal")
        except (AttributeError, LookupError, TypeError):
            raise ValueError(f"the reply is no chat completion: {body[:200].decode(errors='replace')}") from None
        finish = "refusal" if refusal and not text else choice.get("finish_reason")
        filtered = Problem(stage="model", kind="content_filter", message="the server's content filter cut the reply")
        return Response(
            text=refusal if finish == "refusal" else text or "",
            reasoning=message.get("reasoning_content") or message.get("reasoning"),
            error=filtered if finish == "content_filter" else None,
            finish=finish,
            usage=self.card.usage(*tokens),
            seconds=round(seconds, 4),
            served=data.get("model"),
        )


def _key(card: ModelSpec, server: str) -> str:
    """Return the key that the card names; a server on this machine needs none unless the card names one."""
    name = card.key_env or "OPENAI_API_KEY"
    if card.key_env is None and is_loopback(server):
        return "none-needed"
    if key := os.environ.get(name, "").strip():
        return key
    raise FatalModelError(
        f"{card.name or card.id}: no key: set the environment variable {name}, or name another as key_env in its card"
    )


def _without(body: bytes, key: str) -> bytes:
    """Take the key out of what a server says; a short one is a word for servers that want none, such as `EMPTY`."""
    return body.replace(key.encode(), b"[key]") if len(key) >= SECRET else body


def _message(message: Message) -> dict[str, Any]:
    if all(part.media is None for part in message.parts):
        return {"role": message.role, "content": "".join(part.text for part in message.parts)}
    return {"role": message.role, "content": [piece for part in message.parts for piece in _pieces(part)]}


def _pieces(part: Part) -> list[dict[str, Any]]:
    if part.media is None:
        return [{"type": "text", "text": part.text}] if part.text else []
    if part.kind == "audio":
        raise FatalModelError("the backend openai cannot send sound yet: leave it out with `sees`")
    return [{"type": "image_url", "image_url": {"url": url}} for url in _data_uris(part.media)]


def _data_uris(media: Decoded) -> list[str]:
    return [f"data:image/{media.facts.format};base64,{b64encode(data).decode()}" for data in media.payload]
