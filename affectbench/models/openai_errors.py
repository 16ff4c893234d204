"""What a failed call to an OpenAI-compatible server means: a problem of this sample, or of every call.

Servers' messages are not to be trusted: they are cut short, put on one line, and the key is taken out.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from affectbench.errors import FatalModelError
from affectbench.models import is_loopback
from affectbench.models.redaction import spellings, without
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem

if TYPE_CHECKING:
    import openai

MAX_MESSAGE = 300

_KINDS = {400: "bad_request", 408: "timeout", 413: "too_large", 422: "bad_request", 429: "rate"}
_TOO_LARGE = re.compile(
    r"context.{0,10}length|too (large|long|many (tokens|images))|maximum.{0,30}(size|tokens|length)", re.I
)
_NO_MODEL = re.compile(r"model.{0,120}(does not exist|not found|not a valid)|not a valid model|unknown model", re.I)
_FILTERED = re.compile(r"content.{0,3}(filter|policy|management)|moderation|flagged", re.I)


def problem_of(error: Exception, card: ModelSpec, server: str, key: str) -> Problem:
    """Name a sample's problem. Raises FatalModelError, one line that says what to do, where no call can succeed."""
    import aiohttp
    import openai
    from aiohttp.http_exceptions import HttpProcessingError, PayloadEncodingError

    cause = _root(error)
    lost = isinstance(cause, aiohttp.ClientError | OSError) and not isinstance(cause, TimeoutError)
    if isinstance(error, openai.APITimeoutError | TimeoutError) and not lost:
        return _problem("timeout", f"no reply in time from {server}")
    if isinstance(cause, HttpProcessingError) and not isinstance(cause, PayloadEncodingError):  # that one is torn
        return _problem("bad_reply", clean(f"{server}: the reply is no HTTP: {cause.message}", key))
    if isinstance(error, openai.APIConnectionError) and not isinstance(cause, ValueError):
        return _problem("network", clean(f"{server}: {cause}", key))
    if not isinstance(error, openai.APIStatusError):
        return _problem("bad_reply", clean(str(cause), key))  # some versions of the client wrap what reading raised
    message = clean(_words(error, key), key)
    if advice := _advice(error, message, card, server):
        if error.status_code == 403 and _FILTERED.search(message):
            return _problem("content_filter", message)
        raise FatalModelError(f"{advice} (the server says: {message})") from None
    return _problem(_kind(error.status_code, message), message, retry_after(error.response.headers))


def clean(message: str, key: str) -> str:
    """Return a server's message on one line, cut to a usual length, without the key."""
    for spelling in spellings(key):
        message = message.replace(spelling, "[key]")
    message = " ".join("".join(c if c.isprintable() else " " for c in message[: 4 * MAX_MESSAGE]).split())
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait: a number, or a date; None if it does not say."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except KeyError:
            continue
        except ValueError:
            seconds = _seconds_until(headers[name])
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    return None


def _seconds_until(date: str) -> float:
    try:
        return email.utils.mktime_tz(email.utils.parsedate_tz(date) or ()) - time.time()  # type: ignore[arg-type]
    except (ArithmeticError, LookupError, ValueError):
        return math.nan


def _root(error: BaseException) -> BaseException:
    """Return what an error came from: the client calls every connection that failed or was lost a timeout."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _words(error: openai.APIStatusError, key: str) -> str:
    """Return what the server says. Where its reply has no `error.message`, the client leaves it out."""
    said = str(error)
    if not error.body or " - " in said:
        return said
    body = without(error.body, [key])
    return f"{said} - {body if isinstance(body, str) else json.dumps(body, default=str)}"


def _problem(kind: str, message: str, wait: float | None = None) -> Problem:
    return Problem(stage="model", kind=kind, message=message, retry_after_s=wait)


def _kind(status: int, message: str) -> str:
    kind = _KINDS.get(status, "bad_request" if status < 500 and status != 409 else "server")
    if kind == "bad_request" and _FILTERED.search(message):
        return "content_filter"
    return "too_large" if kind == "bad_request" and _TOO_LARGE.search(message) else kind


def _advice(error: openai.APIStatusError, message: str, card: ModelSpec, server: str) -> str | None:
    """Return what to do about a fault that every call would meet."""
    status, code = error.status_code, error.code
    name, variable = card.name or card.id, card.key_env or "OPENAI_API_KEY"
    if status in (401, 403) and card.key_env is None and is_loopback(server):
        return f"{name}: {server} wants a key ({status}): name its environment variable as key_env in a card of its own"
    if status in (401, 403):
        return f"{name}: {server} does not accept the key ({status}): check the environment variable {variable}"
    if status == 404 or code == "model_not_found" or (status == 400 and _NO_MODEL.search(message)):
        return f"{name}: {server} has no model {card.id!r}, or the address is wrong ({status}; it usually ends in /v1)"
    if 300 <= status < 400:
        return f"{name}: {server} sends callers elsewhere ({status}): give the address where it really answers"
    if status == 402 or code == "insufficient_quota":
        return f"{name}: the account at {server} has no money left ({status}): top it up, then run the same command"
    return None
