"""Providers that speak no OpenAI dialect (Anthropic, Gemini, Bedrock …), by LiteLLM: an extra, imported late.

What is asked and read is the same as for an OpenAI-compatible server, and so is one try a call. LiteLLM's errors are
those of the OpenAI client, so failures have the same kinds. A parameter that a model does not take is an error, never
left out in silence. Without a price in the card, money is counted by LiteLLM's own list.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from affectbench.errors import FatalModelError, UsageError
from affectbench.models import TaskFacts
from affectbench.models.openai_api import TIMEOUT_S, OpenAIModel
from affectbench.models.openai_errors import clean, problem_of
from affectbench.models.redaction import SECRET, without
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem, Prompt, Response

EXTRA = "litellm is not installed: pip install 'affectbench[litellm]'"
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
"""Set before the import, which would fetch a list of prices from the network."""

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.I)


def build(card: ModelSpec, facts: TaskFacts) -> LiteLLMModel:
    """Make a model of one provider; nothing is imported or sent before `async with`.

    Raises UsageError for answers by likelihood, which providers do not give alike.
    """
    if facts.asked.score_by == "likelihood":
        raise UsageError(f"{card.name}: the backend litellm cannot score answers by likelihood: use score_by: text")
    return LiteLLMModel(card)


@dataclass
class LiteLLMModel(OpenAIModel):
    """A model behind LiteLLM. The card's id is LiteLLM's name for it, such as `anthropic/claude-…`."""

    _keys: list[str] = field(default_factory=list, repr=False)

    @property
    def server(self) -> str:
        """Return who is asked."""
        return self.card.base_url or self.card.id.partition("/")[0]

    async def __aenter__(self) -> Self:
        self._client = _library()
        self._key = self._own_key()
        self._keys = [value for name, value in os.environ.items() if _SECRET.search(name) and len(value) >= SECRET]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.close_litellm_async_clients()

    async def generate(self, prompt: Prompt) -> Response:
        """Ask once. Raises FatalModelError where no call can succeed; every other failure is in the response."""
        import openai

        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._client.acompletion(**self._request(prompt), **self._how)
            body = json.dumps(without(reply.model_dump(), self._keys), default=str).encode()
            return self._priced(self._read(body, prompt, time.monotonic() - began), reply)
        except (openai.OpenAIError, TimeoutError, ValueError, RecursionError) as error:
            return Response(error=self._problem(error))

    @property
    def _seconds(self) -> float:
        return self.card.settings.timeout_s or TIMEOUT_S

    @property
    def _how(self) -> dict[str, Any]:
        """Return how LiteLLM is to ask: once, at the card's server, with the card's key."""
        how = {"api_key": self._key or None, "api_base": self.card.base_url}
        given = {name: value for name, value in how.items() if value is not None}
        return {"num_retries": 0, "max_retries": 0, "timeout": self._seconds, "drop_params": False, **given}

    def _own_key(self) -> str:
        """Return the key that the card names; empty where LiteLLM reads the provider's own variables."""
        if self.card.key_env is None and self.card.base_url is not None:
            return "none-needed"
        if self.card.key_env is not None:
            missing = [] if os.environ.get(self.card.key_env, "").strip() else [self.card.key_env]
        else:
            missing = self._client.validate_environment(self.card.id)["missing_keys"]
        if missing:
            name = self.card.name or self.card.id
            raise FatalModelError(f"{name}: no key: set the environment variable {' and '.join(missing)}")
        return os.environ[self.card.key_env].strip() if self.card.key_env else ""

    def _priced(self, response: Response, reply: Any) -> Response:
        """Return the response with what LiteLLM's list says of its cost, where the card gives no price."""
        cost = getattr(reply, "_hidden_params", {}).get("response_cost")
        if self.card.price is not None or response.usage is None or not cost:
            return response
        return response.model_copy(update={"usage": response.usage.model_copy(update={"cost": cost})})

    def _problem(self, error: Exception) -> Problem:
        """Name a sample's problem without any key, and stop at what every call would meet."""
        said = clean(without(str(error), self._keys), self._key)
        if isinstance(error, self._client.UnsupportedParamsError):
            raise FatalModelError(f"{self.card.name}: it does not take a parameter of this task: {said}") from None
        try:
            problem = problem_of(_plain(error), self.card, self.server, self._key)
        except FatalModelError as fatal:
            raise FatalModelError(without(str(fatal), self._keys)) from None
        return problem.model_copy(update={"message": without(problem.message, self._keys)})


def _plain(error: Exception) -> Exception:
    """Return the OpenAI client's error of the same status and headers, which LiteLLM hands on beside its own."""
    import httpx
    import openai

    headers, status = getattr(error, "litellm_response_headers", None), getattr(error, "status_code", None)
    if not isinstance(error, openai.APIError) or headers is None or not isinstance(status, int):
        return error
    response = httpx.Response(status, headers=headers, request=httpx.Request("POST", "https://litellm.invalid"))
    return openai.APIStatusError(str(error), response=response, body=None)


def _library() -> Any:
    """Import LiteLLM without its talk and its calls home. Raises FatalModelError where it is not installed."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import litellm
    except ImportError as error:
        raise FatalModelError(EXTRA) from error
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)
    return litellm
