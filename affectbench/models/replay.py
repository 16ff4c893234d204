"""Replay: answers from a file that any model elsewhere may have written, CSV or JSONL with `id` and `text` or `error`.

An empty text is an empty answer. A `repeat` (counted from 0) is optional: without it one answer serves every repeat.
So is a `task`: a row that names one is for that task alone, so that one file can answer a suite.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from affectbench.errors import Fault, FileErrors, UsageError, near
from affectbench.models import TaskFacts
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem, Prompt, Response

MAX_FAULTS = 20
"""A file that is wrong throughout is not reported throughout."""

Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Reply:
    """One row: the answer's text or the error in its place, the line where it stands, the task that it is for."""

    line: int
    text: str | None
    error: str | None = None
    task: str | None = None


def build(card: ModelSpec, facts: TaskFacts) -> Replay:
    """Read a file of answers for one task.

    Raises UsageError for a file that is not there, FileErrors (located) for torn rows, doubled ids and ids that are
    not in the task.
    """
    path = Path(card.id).expanduser()
    replies = read(path, facts.id)
    known = set(facts.ids)
    if unknown := {sample: reply.line for (sample, _), reply in replies.items() if sample not in known}:
        sample, line = next(iter(unknown.items()))
        more = f" (and {len(unknown) - 1:,} more)" if len(unknown) > 1 else ""
        hint = near(sample, facts.ids[:5000])  # looking for near names takes its time
        raise FileErrors([Fault(str(path), line, 1, f"id {sample!r} is not in task {facts.id!r}{more}{hint}")])
    return Replay(card, replies)


def read(path: Path, task: str) -> dict[Key, Reply]:
    """Return the rows of a file for a task by (id, repeat); the repeat is None where the file gives none."""
    rows = {".csv": _csv_rows, ".jsonl": _jsonl_rows}.get(path.suffix.lower())
    if rows is None or not path.is_file():
        raise UsageError(f"{path}: " + ("there is no such file" if rows else "answers come as .csv or .jsonl"))
    replies: dict[Key, Reply] = {}
    faults: list[Fault] = []

    def fault(line: int, message: str) -> None:
        faults.append(Fault(str(path), line, 1, message))
        if len(faults) == MAX_FAULTS:
            raise FileErrors(faults)

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for key, reply in rows(file, fault):
                if reply.task not in (None, task):
                    continue
                if (first := replies.setdefault(key, reply)) is not reply:
                    fault(reply.line, f"id {key[0]!r} stands also in line {first.line}")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from None
    if faults:
        raise FileErrors(faults)
    return replies


@dataclass(frozen=True, slots=True)
class Replay:
    """A model that gives the answers of a file."""

    card: ModelSpec
    replies: dict[Key, Reply]
    in_flight: int = 1
    observes: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return None

    async def generate(self, prompt: Prompt) -> Response:
        """Return the file's answer for a sample."""
        reply = self.replies.get((prompt.sample_id, prompt.repeat)) or self.replies.get((prompt.sample_id, None))
        if reply is None:
            return _failed("no_reply", f"{Path(self.card.id).name} holds no answer for {prompt.sample_id!r}")
        if reply.error is not None:
            return _failed("replayed", reply.error)
        return Response(text=reply.text)


def _failed(kind: str, message: str) -> Response:
    return Response(error=Problem(stage="model", kind=kind, message=message))


Report = Callable[[int, str], None]
Rows = Iterator[tuple[Key, Reply]]


def _csv_rows(file: TextIO, fault: Report) -> Rows:
    reader = csv.reader(file, strict=True)
    header = next(reader, [])
    place = {name.strip(): column for column, name in enumerate(header)}
    if "id" not in place or not {"text", "error"} & place.keys():
        return fault(1, f"the columns are {', '.join(header) or 'missing'}: id and text (or error) are needed")
    begin = reader.line_num + 1
    try:
        for row in reader:
            line, begin = begin, reader.line_num + 1
            if not row:
                continue
            if len(row) != len(header):
                fault(line, f"a torn row: {len(row)} fields, not {len(header)}")
                continue
            fields: dict[str, str | None] = {name: row[column] for name, column in place.items()}
            yield from _row(fields | {"error": fields.get("error") or None}, line, fault)
    except csv.Error as error:
        fault(begin, f"a torn row: {error}")


def _jsonl_rows(file: TextIO, fault: Report) -> Rows:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            fault(line, f"a torn row: {error}")
            continue
        if isinstance(fields, dict):
            yield from _row(fields, line, fault)
        else:
            fault(line, "not an object with id and text")


def _row(fields: dict[str, Any], line: int, fault: Report) -> Rows:
    """Yield the reply of one row, or report what is wrong with it."""
    sample, text, error = fields.get("id"), fields.get("text"), fields.get("error")
    repeat, task = fields.get("repeat"), fields.get("task") or None
    if isinstance(sample, int) and not isinstance(sample, bool):
        sample = str(sample)
    if not isinstance(sample, str) or not sample:
        return fault(line, "the row has no id")
    if not isinstance(error, str | None) or not isinstance(text, str | None) or (text is None and error is None):
        return fault(line, f"id {sample!r} has neither a text nor an error that is text")
    if not isinstance(task, str | None):
        return fault(line, f"id {sample!r}: task {repr(task)[:40]} is not text")
    if repeat not in (None, "") and not re.fullmatch("[0-9]{1,9}", str(repeat)):
        return fault(line, f"id {sample!r}: repeat {repr(repeat)[:40]} is not a whole number from 0")
    yield (sample, None if repeat in (None, "") else int(repeat)), Reply(line, text, error, task)
