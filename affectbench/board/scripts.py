"""Data as scripts: one call a file, in ASCII, so that nothing within can end the string that it stands in.

A page opened from a file may not fetch, but it may load scripts. What a model or a data file says becomes part of a
string literal and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any


def dumps(value: Any) -> str:
    """Return a value as one line of JSON in ASCII, safe in a script. Raises ValueError for a number that is none."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def literal(lines: Iterable[bytes]) -> str:
    """Return lines, whatever they hold, as one string literal; bytes that are no UTF-8 become U+FFFD."""
    return encode_basestring_ascii(b"".join(lines).decode("utf-8", "replace")).replace("<", "\\u003c")


def call(name: str, argument: str) -> str:
    """Return the script that hands `argument`, which is JSON already, to the page under `name`."""
    return f"board.take({dumps(name)},{argument});\n"


def write(data: Path, name: str, value: Any) -> None:
    """Write `value` as `data/<name>.js`. Raises ValueError for a number that is none."""
    put(data, name, dumps(value))


def put(data: Path, name: str, argument: str) -> None:
    """Write what is JSON already as `data/<name>.js`."""
    path = data / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(call(name, argument), encoding="ascii")
