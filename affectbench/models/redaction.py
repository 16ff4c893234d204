"""What a server says, without the keys that it was sent."""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Iterable
from typing import Any

MARK = "[key]"
SECRET = 16
"""Letters of a key. What is shorter is a word for servers that want none, such as `EMPTY`, and may be an answer."""


def without(value: Any, keys: Iterable[str]) -> Any:
    """Return a decoded JSON value with a mark for every key in its texts, however the server had written them."""
    secret = [key for key in keys if len(key) >= SECRET]
    return _without(value, secret) if secret else value


def spellings(key: str) -> set[str]:
    """Return a key as it is and as JSON, HTML and addresses write it; nothing for an empty one."""
    written = {key, json.dumps(key)[1:-1], html.escape(key), urllib.parse.quote(key, safe="")}
    return {spelling for word in written for spelling in (word, word.replace("/", "\\/")) if spelling}


def _without(value: Any, secret: list[str]) -> Any:
    if isinstance(value, str):
        for key in secret:
            value = value.replace(key, MARK)
        return value
    if isinstance(value, list):
        return [_without(inner, secret) for inner in value]
    if isinstance(value, dict):
        return {_without(name, secret): _without(inner, secret) for name, inner in value.items()}
    return value
