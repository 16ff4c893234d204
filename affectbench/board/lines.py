"""The samples of a run, carried over as they are: cut into chunks, looked at line by line, never trusted.

What a line says of itself is read from its beginning, where every run writes it; a line that begins in another way is
parsed, and one that is no JSON counts as unreadable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from affectbench.board import loose, scripts

PER_CHUNK = 200
"""Lines of a file: a page loads few bytes, and a board has few files."""
MOST_FAILURES = 200
LOOKED_AT = 5
"""So many lines say what kinds of media were sent, and how the prompt reads."""
MOST_SHOWN = 500
LONGEST = 1_000_000
"""Bytes of a line that are carried over."""
MOST_AT_ONCE = 64_000_000
"""Bytes of a file whose lines may be as long as they like before they are looked at."""

LETTERS = {"ok": "o", "refused": "r", "unparsed": "u", "api_error": "a", "media_error": "m", "judge_error": "j"}
UNREADABLE = "?"
_BY_STATUS = {status.encode(): letter for status, letter in LETTERS.items()}

_HEAD = re.compile(rb'\{"id":"(?:[^"\\]|\\.)*","repeat":[0-9]+,"status":"([a-z_]+)"')
_SECONDS = re.compile(rb'"seconds":([0-9.e-]{1,30})(?=\}|,"served"|,"candidate_logprobs")')
"""The seconds of a reply; those of a sound or a clip have other neighbours."""


@dataclass(slots=True)
class Looked:
    """What the lines of a run say of themselves: `sent` are kinds of media, `first` is the first line that reads."""

    letters: list[str] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    first: Mapping[str, Any] | None = None
    seconds: float = 0.0
    chunks: int = 0


def carry(path: Path, folder: Path, name: str) -> Looked:
    """Write the lines of `samples.jsonl` as chunks `folder/<name>-0000.js` …; return what they say."""
    looked = Looked()
    for lines in _chunks(path):
        text = b"".join(lines)
        scripts.put(folder, f"{name}-{looked.chunks:04d}", scripts.literal(text))
        _look(lines, text, looked)
        looked.chunks += 1
    return looked


def copy(path: Path, folder: Path, name: str) -> int:
    """Write the lines of a file of a run as chunks; return how many chunks there are."""
    number = 0
    for lines in _chunks(path):
        scripts.put(folder, f"{name}-{number:04d}", scripts.literal(b"".join(lines)))
        number += 1
    return number


def _chunks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        short = path.stat().st_size <= MOST_AT_ONCE
        lines = iter(file) if short else _lines(file)
        while chunk := list(islice(lines, PER_CHUNK)):
            yield chunk if max(map(len, chunk)) <= LONGEST else [_bounded(line) for line in chunk]


def _bounded(line: bytes) -> bytes:
    return line if len(line) <= LONGEST else _left_out(len(line))


def _left_out(length: int) -> bytes:
    return f"(a line of {length:,} bytes is left out)\n".encode()


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a large file, each in memory that is bounded."""
    while line := file.readline(LONGEST + 1):
        length = len(line)
        if length <= LONGEST:
            yield line
            continue
        while not line.endswith(b"\n") and (line := file.readline(LONGEST)):
            length += len(line)
        yield _left_out(length)


def _look(lines: Sequence[bytes], text: bytes, looked: Looked) -> None:
    letters = [_letter(line) if head is None else _BY_STATUS.get(head[1], UNREADABLE)
               for line, head in zip(lines, map(_HEAD.match, lines), strict=True)]  # fmt: skip
    if len(looked.letters) < LOOKED_AT:
        for line in lines[:LOOKED_AT]:
            _look_closely(line, looked)
    looked.letters += letters
    looked.seconds += sum(map(_number, _SECONDS.findall(text)))
    if letters.count("o") < len(letters):
        for letter, line in zip(letters, lines, strict=True):
            if letter != "o" and len(looked.failures) < MOST_FAILURES and (failure := _failure(line)):
                looked.failures.append(failure)


def _letter(line: bytes) -> str:
    """Return the letter of a line that begins in another way than those that are written here."""
    value = _parsed(line)
    return LETTERS.get(str(value.get("status")), UNREADABLE) if value else UNREADABLE


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
    for medium in loose.items(value.get("sent")):
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
    last = (loose.items(value.get("responses")) or [None])[-1]
    return last.get("text") if isinstance(last, dict) else None


def _text(value: Any) -> str | None:
    return value[:MOST_SHOWN] if isinstance(value, str) else None
