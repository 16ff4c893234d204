"""JSON in a reply, with or without fences and prose around it: its fields, one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from affectbench.answers.verdict import Span

START = re.compile(r"\{\s*[\"}]|\[\]|\[\s*(?:[\"\[{]|-?[0-9]|true\b|false\b)")
TRIED = 8  # places where JSON seems to begin; later ones are left to the text rules
MOST_FIELDS = 500
EXPLAINS = """
analysis caption clues comment comments description evidence explanation justification note notes observation
observations rationale reason reasoning reasons thinking thought thoughts
"""
ASIDE = frozenset(EXPLAINS.split())


class Field(NamedTuple):
    """A value of the document: the keys above it (list members add none), the value and its place in the reply.

    An empty list or object is a value too: `()`. `listed` says whether it is a member of a list.
    """

    keys: tuple[str, ...]
    value: str | int | float | bool | tuple[()] | None
    span: Span
    listed: bool = False


class Object(list[tuple[str, Any]]):
    """A JSON object that keeps a key that was given twice."""


DECODER = json.JSONDecoder(object_pairs_hook=Object)


class Document(NamedTuple):
    """The JSON of a reply: its fields without those that only explain, and its place."""

    fields: list[Field]
    span: Span


def document(text: str, start: int, end: int) -> Document | None:
    """Return the last JSON object or list in text[start:end].

    None if there is no JSON; the last one counts, for a reply may repeat the form it was asked for.
    """
    found = None
    at = start
    for _ in range(TRIED):
        opening = START.search(text, at, end)
        if opening is None:
            break
        try:
            value, stop = DECODER.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            at = opening.start() + 1
            continue
        at = stop
        if stop <= end:
            found = (value, opening.start(), stop)
    if found is None:
        return None
    fields = list(islice(_walk(text, *found), MOST_FIELDS + 1))
    return Document(fields, found[1:]) if len(fields) <= MOST_FIELDS else None


def _walk(text: str, root: Any, start: int, end: int) -> Iterator[Field]:
    stack: list[tuple[tuple[str, ...], Any, bool]] = [((), root, False)]
    at = start
    while stack:
        keys, value, listed = stack.pop()
        if isinstance(value, list) and value:
            pairs = value if isinstance(value, Object) else [(None, member) for member in value]
            stack += [(keys if key is None else (*keys, key), inner, key is None) for key, inner in reversed(pairs)]
            continue
        place = _place(text, keys, value, (at, end))
        at = place[0] if place else at
        folded = tuple(key.strip().casefold() for key in keys)
        if not ASIDE.intersection(folded):
            yield Field(folded, () if isinstance(value, list) else value, place or (start, end), listed)


def _place(text: str, keys: tuple[str, ...], value: Any, within: Span) -> Span | None:
    """Find the value behind its key; None where the reply spells it with escapes, or it is no text or number."""
    if isinstance(value, bool | list) or value is None:
        return None
    written = value if isinstance(value, str) else json.dumps(value)
    key = text.find(f'"{keys[-1]}"', *within) if keys else -1
    start = text.find(written, key + len(keys[-1]) + 2 if key >= 0 else within[0], within[1])
    return (start, start + len(written)) if start >= 0 else None
