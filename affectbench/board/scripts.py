"""Data as scripts: one call a file, in ASCII, so that nothing within can end the string that it stands in.

A page opened from a file may not fetch, but it may load scripts. What a model or a data file says becomes part of a
string literal and nothing else.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any


def dumps(value: Any) -> str:
    """Return a value as one line of JSON in ASCII, safe in a script. Raises ValueError for a number that is none."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def literal(lines: bytes) -> str:
    """Return lines, whatever they hold, as one string literal; bytes that are no UTF-8 become U+FFFD."""
    return encode_basestring_ascii(lines.decode("utf-8", "replace")).replace("<", "\\u003c")


def write(data: Path, name: str, value: Any) -> None:
    """Write `value` as `data/<name>.js`. Raises ValueError for a number that is none."""
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    put(data, name, dumps(value))


def put(data: Path, name: str, argument: str) -> None:
    """Write what is JSON already as `data/<name>.js`, whose folder is there."""
    text = f"board.take({dumps(name)},{argument});\n"
    with (data / f"{name}.js").open("wb") as file:
        file.write(text.encode("ascii"))
