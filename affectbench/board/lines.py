"""The samples of a run, carried over as they are: cut into chunks, looked at line by line, never trusted.

What a line says of itself is read from its beginning, where every run writes it; a line that begins in another way is
parsed, and one that is no JSON counts as unreadable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from affectbench.board import scripts

PER_CHUNK = 100
MOST_FAILURES = 200
LOOKED_AT = 5
"""So many lines say what kinds of media were sent, and how the prompt reads."""
MOST_SHOWN = 500
LONGEST = 1_000_000
"""Bytes of a line that are carried over."""

LETTERS = {"ok": "o", "refused": "r", "unparsed": "u", "api_error": "a", "media_error": "m", "judge_error": "j"}
UNREADABLE = "?"

_HEAD = re.compile(rb'\{"id":"(?:[^"\\]|\\.)*","repeat":[0-9]+,"status":"([a-z_]+)"')
_SECONDS = re.compile(rb'"seconds":([0-9.]{1,20})')
_REPLIES = b'"responses":['


@dataclass(slots=True)
class Looked:
    """What the lines of a run say of themselves: `sent` are kinds of media, `first` is the first line that reads."""

    statuses: list[str] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    first: Mapping[str, Any] | None = None
    seconds: float = 0.0
    chunks: int = 0


def carry(path: Path, data: Path, name: str) -> Looked:
    """Write the lines of `samples.jsonl` as chunks `data/<name>-0000.js` …; return what they say."""
    looked = Looked()
    for number, lines in enumerate(_chunks(path)):
        scripts.put(data, f"{name}-{number:04d}", scripts.literal(lines))
        for line in lines:
            _look(line, looked)
        looked.chunks = number + 1
    return looked


def copy(path: Path, data: Path, name: str) -> int:
    """Write the lines of a file of a run as chunks; return how many chunks there are."""
    number = -1
    for number, lines in enumerate(_chunks(path)):
        scripts.put(data, f"{name}-{number:04d}", scripts.literal(lines))
    return number + 1


def _chunks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        lines = _lines(file)
        while chunk := list(islice(lines, PER_CHUNK)):
            yield chunk


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, each in memory that is bounded; of one that is too long only how long it is."""
    while line := file.readline(LONGEST + 1):
        length = len(line)
        if length <= LONGEST:
            yield line
            continue
        while not line.endswith(b"\n") and (line := file.readline(LONGEST)):
            length += len(line)
        yield f"(a line of {length:,} bytes is left out)\n".encode()


def _look(line: bytes, looked: Looked) -> None:
    head = _HEAD.match(line)
    status = head.group(1).decode() if head else _status(line)
    looked.statuses.append(LETTERS.get(status, UNREADABLE))
    if len(looked.statuses) <= LOOKED_AT:
        _look_closely(line, looked)
    if status != "ok" and len(looked.failures) < MOST_FAILURES and (failure := _failure(line)):
        looked.failures.append(failure)
    at = line.find(_REPLIES)
    if at >= 0:
        looked.seconds += sum(_number(found) for found in _SECONDS.findall(line, at))


def _status(line: bytes) -> str:
    value = _parsed(line)
    return str(value.get("status")) if value else ""


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return a line's object; None for what is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _look_closely(line: bytes, looked: Looked) -> None:
    value = _parsed(line)
    if value is None:
        return
    looked.first = looked.first or value
    for medium in _list(value.get("sent")):
        kind = medium.get("kind") if isinstance(medium, dict) else None
        if kind in ("image", "video", "audio"):
            looked.sent.add(kind)


def _failure(line: bytes) -> dict[str, Any] | None:
    """Return who failed and why: the error, or what a reply said that was refused or not read."""
    value = _parsed(line)
    if value is None:
        return None
    error = value.get("error")
    stage: Any = "answer"
    kind, message = None, _reply(value)
    if isinstance(error, dict):
        stage, kind, message = (error.get(name) for name in ("stage", "kind", "message"))
    return {"id": _text(value.get("id")), "status": _text(value.get("status")), "stage": _text(stage),
            "kind": _text(kind), "message": _text(message)}  # fmt: skip


def _reply(value: Mapping[str, Any]) -> Any:
    last = (_list(value.get("responses")) or [None])[-1]
    return last.get("text") if isinstance(last, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value[:MOST_SHOWN] if isinstance(value, str) else None
