"""YAML text to plain data with the place of every key and item; nothing in the text can run code or explode.

Every scalar keeps the text that was typed (`01`, `no`, `010` stay as they are): the schema gives it a type. An empty
plain scalar is None. Refused: tags, several documents, double keys, more than 1 MB, 10,000 values (aliases counted in
full, a long text as one for every hundred characters) or 40 levels.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml

from affectbench.errors import Fault, FileErrors

MAX_BYTES = 1_000_000
MAX_VALUES = 10_000
A_VALUE = 100
MAX_DEPTH = 40

Loc = tuple[str | int, ...]
Place = tuple[int, int]
Places = dict[Loc, Place]


def load(path: Path, shown: str) -> tuple[Any, Places]:
    """Read one YAML file. Returns its data and the places of its keys; raises FileErrors under the name `shown`."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise FileErrors([Fault(shown, 0, 0, "is not a file")])
        if about.st_size > MAX_BYTES:
            raise FileErrors([Fault(shown, 0, 0, f"larger than {MAX_BYTES:,} bytes: not a task file")])
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileErrors([Fault(shown, 0, 0, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise FileErrors([Fault(shown, 0, 0, f"not UTF-8 text (byte {error.start})")]) from None
    return parse(text, shown)


def parse(text: str, shown: str) -> tuple[Any, Places]:
    """Read YAML text, see the module's first lines. Raises FileErrors."""
    try:
        return _Builder(shown).document(iter(yaml.parse(text, Loader=yaml.CSafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        hint = "; indent with spaces, not with tabs" if _tab_at(text, line) else ""
        raise FileErrors([Fault(shown, line, column, f"not YAML: {error.problem or error.context}{hint}")]) from None
    except yaml.YAMLError as error:
        raise FileErrors([Fault(shown, 0, 0, f"not YAML: {error}")]) from None


class _Builder:
    """Builds data from parser events, so that a hostile file is refused before it takes memory."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.places: Places = {}
        self.anchors: dict[str, tuple[Any, Loc, int]] = {}
        self.values = 0

    def document(self, events: Iterator[Any]) -> tuple[Any, Places]:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(event, "a second document begins here: one file holds one")
                data = self.value(next(events), events, ())
        return data, self.places

    def value(self, event: Any, events: Iterator[Any], loc: Loc) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, loc)
        before = self.values
        self.count(event, 1)
        self.places.setdefault(loc, _place(event))
        if event.tag not in (None, "!"):
            self.refuse(event, f"the tag {event.tag!r} is refused: these files are data")
        if len(loc) > MAX_DEPTH:
            self.refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        data: Any
        if isinstance(event, yaml.ScalarEvent):
            self.count(event, len(event.value) // A_VALUE)
            data = None if event.value == "" and event.implicit[0] else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            data = self.sequence(events, loc)
        else:
            data = self.mapping(events, loc)
        if event.anchor:
            self.anchors[event.anchor] = (data, loc, self.values - before)
        return data

    def alias(self, event: Any, loc: Loc) -> Any:
        if event.anchor not in self.anchors:
            self.refuse(event, f"the alias *{event.anchor} names nothing above it")
        data, _, size = self.anchors[event.anchor]
        self.count(event, size)
        self.places[loc] = _place(event)
        return data

    def sequence(self, events: Iterator[Any], loc: Loc) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self.value(event, events, (*loc, len(items))))
        return items

    def mapping(self, events: Iterator[Any], loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.refuse(event, "a key must be plain text; a value that begins with `{{` must be quoted")
            key = event.value
            if key in data:
                self.refuse(event, f"the key {key!r} stands here twice")
            self.places[(*loc, key)] = _place(event)
            data[key] = self.value(next(events), events, (*loc, key))
        return data

    def count(self, event: Any, size: int) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            self.refuse(event, f"more than {MAX_VALUES:,} values, aliases counted in full")

    def refuse(self, event: Any, message: str) -> NoReturn:
        raise FileErrors([Fault(self.shown, *_place(event), message)])


def _tab_at(text: str, line: int) -> bool:
    """Whether a line (from 1) has a tab where it is indented."""
    found = text.splitlines()[line - 1 : line]
    return any("\t" in row[: len(row) - len(row.lstrip())] for row in found)


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
