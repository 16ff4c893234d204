"""Invented columns: what a column of a mock holds follows from how the fields of the dataset file use it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from jinja2 import nodes

from affectbench.labels import LabelSet
from affectbench.specs.dataset import BoxOf, DatasetSpec, FoldBy, GroupOf, MediaOf, Read
from affectbench.specs.patterns import path_pattern, pattern
from affectbench.specs.rows import Rows
from affectbench.specs.targets import From, FromColumns, RatingColumns, RatingList, Target
from affectbench.specs.values import EXPRESSION, split_root
from affectbench.templates import Value, value

BUILT_IN = frozenset({"path", "row_number", "file_row"})
NATIVE = frozenset({"json", "jsonl", "parquet"})
CELLS = {"image": "png", "video": "mp4", "audio": "wav"}
ENDINGS = {"image": "jpg", "video": "mp4", "audio": "wav"}
SPLIT_AT = re.compile(r"split\(\s*['\"](.)")
BOXES = {"xyxy": ("4", "4", "40", "40"), "xywh": ("4", "4", "36", "36")}


@dataclass(frozen=True, slots=True)
class Turn:
    """A row to be: its number, its number in the split, how often all classes have come, its split and fold."""

    i: int
    n: int
    cycle: int
    split: str
    fold: str


Maker = Callable[[Turn], Any]


class Columns:
    """Finds a maker for every column that a `read` block uses; `makers` is what it found, the first use decides."""

    def __init__(self, spec: DatasetSpec, read: Read, labels: Mapping[str, LabelSet]) -> None:
        self.spec = spec
        self.read = read
        self.labels = labels
        self.native = read.rows.kind in ("arrays", "hub") or (
            read.rows.table is not None and read.rows.table.format_of(read.rows.files[0]) in NATIVE
        )
        self.makers: dict[str, Maker] = {}
        for target in read.targets.values():
            self._target(target)
        self._places()
        for name, media in read.media.items():
            self._media(name, media)
        for name, group in read.group.items():
            self._group(name, group)
        if count := getattr(getattr(read.rows, read.rows.kind), "count", None):
            self.makers[count] = lambda turn: 1  # a number as the reader's own, which is never written
        self._set(read.cluster, lambda turn: str(turn.i // 3))
        self._set(read.weight, lambda turn: "1")
        for name in sorted(used(read) - set(read.derive) - BUILT_IN):
            self.makers.setdefault(name, lambda turn: str(turn.i))

    def codes(self, target: Target) -> list[str]:
        """Return how the files write the labels of a target."""
        if isinstance(target.gold, From) or target.label_set is None:
            return []
        if target.kind == "votes" and isinstance(target.gold, FromColumns):
            return list(target.gold.columns)
        known = self.labels[target.label_set]
        return [name if code is None else code for code, name in zip(known.codes, known.names, strict=True)]

    # -- by use ------------------------------------------------------------------------------------------------------

    def _set(self, text: str | None, make: Callable[[Turn], Any]) -> None:
        """Let the one column that a template reads be such that the template gives what `make` gives."""
        found = source_column(text, self.read) if text is not None else None
        if found is not None:
            column, back = found
            self.makers.setdefault(column, lambda turn: back(make(turn)))

    def _target(self, target: Target) -> None:
        gold, codes = target.gold, self.codes(target)
        if isinstance(gold, str) and target.kind == "label" and codes:
            self._set(gold, lambda turn: codes[turn.n % len(codes)])
        elif isinstance(gold, str) and target.kind == "set" and codes:
            self._set(gold, _some_of(codes, gold, self.native))
        elif isinstance(gold, str):
            self._set(gold, lambda turn: f"text {turn.i}")
        elif isinstance(gold, FromColumns) and target.kind == "set":
            for place, column in enumerate(gold.columns):
                self.makers.setdefault(column, _coded(place, gold))
        elif isinstance(gold, dict) and target.kind == "ratings":
            for place, text in enumerate(gold.values()):
                self._set(text, _rating(place, codes, None))
        elif isinstance(gold, FromColumns | dict):
            cells = (
                {column: "{{ row[" + repr(column) + "] }}" for column in gold.columns}
                if isinstance(gold, FromColumns)
                else gold
            )
            for place, (name, text) in enumerate(cells.items()):
                level = gold.columns[name] if isinstance(gold, FromColumns) else name
                numbers = _votes(place, len(cells)) if target.kind == "votes" else _level(place, target.range_of(level))
                self._set(text, numbers)
        elif isinstance(gold, RatingColumns):
            for place, column in enumerate(gold.columns):
                self.makers.setdefault(column, _rating(place, codes, target.range_of(gold.level or "")))

    def _places(self) -> None:
        """Make the columns of split and fold."""
        self._set(self.read.split, lambda turn: turn.split)
        fold = self.read.fold
        if isinstance(fold, FoldBy):
            self._set(fold.by, lambda turn: fold.of[turn.fold][turn.i % len(fold.of[turn.fold])])
        else:
            self._set(fold, lambda turn: turn.fold)

    def _media(self, name: str, media: MediaOf) -> None:
        if media.pixels is not None:
            size = media.pixels.size[0] * media.pixels.size[1] * (3 if media.pixels.mode == "rgb" else 1)
            self.makers.setdefault(
                media.pixels.column, lambda turn: " ".join(str((turn.i * 7 + k) % 256) for k in range(size))
            )
        if media.bytes is not None:
            self.makers.setdefault(media.bytes, self._cell(media.kind))
        for path in media.path[:1]:
            last = EXPRESSION.findall(path)[-1:] if path.endswith("}}") else []
            for expression in last if "stem" not in "".join(last) else []:
                self._set(expression, lambda turn: f"{name}{turn.i:05d}.{ENDINGS[media.kind]}")
        self._set(media.start_s, lambda turn: "0")
        self._set(media.end_s, lambda turn: "1")
        if media.box is not None:
            self._box(media.box)

    def _cell(self, kind: str) -> Maker:
        """Return what makes the file in a cell; a snapshot of the hub has its name beside it."""
        if self.read.rows.hub is None:
            return lambda turn: _small(kind, turn.i)
        return lambda turn: {"bytes": _small(kind, turn.i), "path": f"{turn.i}.{CELLS[kind]}"}

    def _box(self, box: BoxOf) -> None:
        given, numbers = (box.xyxy, BOXES["xyxy"]) if box.xyxy is not None else (box.xywh, BOXES["xywh"])
        if isinstance(given, str):
            self._set(given, lambda turn: " ".join(numbers))
        for text, number in zip(given if isinstance(given, tuple) else (), numbers, strict=False):
            self._set(text, lambda turn, number=number: number)  # type: ignore[misc]

    def _group(self, name: str, group: str | GroupOf) -> None:
        values: Sequence[str] = (f"{name} a", f"{name} b")
        if isinstance(group, GroupOf) and group.names:
            values = tuple(group.names)
        elif isinstance(group, GroupOf) and group.bands:
            middles = [f"{(low + high) // 2:g}" for low, high in pairwise(group.bands)]
            values = (f"{group.bands[0] - 1:g}", *middles, f"{group.bands[-1] + 1:g}")
        self._set(
            group if isinstance(group, str) else group.of, lambda turn: values[(turn.cycle + turn.n) % len(values)]
        )


# -- what templates read ---------------------------------------------------------------------------------------------


def source_column(text: str, read: Read) -> tuple[str, Callable[[Any], Any]] | None:
    """Return the one column of the source that a template reads, and the way back from its value to the cell.

    The way back goes through `{'a': 'b'}[column]` and through derived columns; filters are taken to change nothing.
    """
    template = value(text)
    names = template.columns - BUILT_IN
    if len(names) != 1:
        return None
    name, back = next(iter(names)), _inverse(template)
    above = read.derive.get(name)
    if not isinstance(above, str):
        return None if above is not None else (name, back)
    deeper = source_column(above, read)
    return None if deeper is None else (deeper[0], lambda wanted: deeper[1](back(wanted)))


def _inverse(template: Value) -> Callable[[Any], Any]:
    tables = [
        table
        for part in template.parts
        for table in (part, *part.find_all(nodes.Dict))
        if isinstance(table, nodes.Dict)
    ]
    if len(tables) != 1:
        return lambda wanted: wanted
    pairs = [(item.key, item.value) for item in tables[0].items]
    known = {v.value: k.value for k, v in pairs if isinstance(k, nodes.Const) and isinstance(v, nodes.Const)}
    keys = list(known.values())
    return lambda wanted: known.get(wanted, keys[0] if keys else wanted)


def used(read: Read) -> set[str]:
    """Return the columns that a `read` block names, in templates and directly."""
    found = {
        name
        for text in _templates(read.model_dump(by_alias=True, exclude={"targets", "mock"}))
        for name in value(text).columns
    }
    pivot = (*read.pivot.index, read.pivot.columns, read.pivot.values) if read.pivot is not None else ()
    found |= {*pivot, *(name for join in read.join for name in join.by), *([read.explode] if read.explode else ())}
    found |= declared(read.rows) or set()
    for target in read.targets.values():
        if isinstance(target.gold, FromColumns | RatingColumns):
            found |= set(target.gold.columns)
        elif isinstance(target.gold, RatingList):
            found.add(target.gold.each)
        elif not isinstance(target.gold, From):
            found |= {name for text in _templates(target.gold) for name in value(text).columns}
    return found


def declared(rows: Rows) -> set[str] | None:
    """Return the columns of a source where the dataset file names them all, None where its header does."""
    captured = {name for text in rows.files for step in path_pattern(split_root(text)[1]) for name in step.names}
    if rows.table is not None:
        return captured | set(rows.table.columns) if rows.table.columns else None
    if rows.arrays is not None and rows.arrays.columns:
        return captured | set(rows.arrays.columns) | set(rows.arrays.each)
    if rows.lines is not None:
        whole = (rows.lines.text,) if rows.lines.text is not None else ()
        taken = pattern(rows.lines.pattern).names if rows.lines.pattern else ()
        return {*captured, *rows.lines.columns, *taken, *whole}
    return captured if rows.filenames is not None else None


def _templates(block: Any) -> Iterator[str]:
    if isinstance(block, str) and "{{" in block:
        yield block
    elif isinstance(block, Mapping):
        for item in block.values():
            yield from _templates(item)
    elif isinstance(block, list | tuple):
        for item in block:
            yield from _templates(item)


# -- cells -----------------------------------------------------------------------------------------------------------


def _some_of(codes: Sequence[str], template: str, native: bool) -> Maker:
    """One label, or (each second row) two."""
    separator = SPLIT_AT.search(template)

    def make(turn: Turn) -> Any:
        chosen = [codes[turn.n % len(codes)]]
        chosen += [codes[(turn.n + 1) % len(codes)]] if turn.n % 2 and len(codes) > 1 else []
        return chosen if native and separator is None else (separator[1] if separator else ",").join(chosen)

    return make


def _coded(place: int, gold: FromColumns) -> Maker:
    size = len(gold.columns)
    return lambda turn: gold.present[0] if turn.n % size == place or (turn.n + place) % 5 == 0 else gold.absent[0]


def _votes(place: int, size: int) -> Maker:
    """Eight votes for the class of the row, two for the next."""
    return lambda turn: {0: "8", 1: "2"}.get((place - turn.n) % size, "0")


def _level(place: int, bounds: tuple[float, float] | None) -> Maker:
    low, high = bounds or (0.0, 1.0)
    if float(low).is_integer() and float(high).is_integer() and high - low >= 4:
        return lambda turn: f"{low + (turn.n * 3 + place) % (high - low + 1):g}"
    return lambda turn: f"{low + (high - low) * ((turn.n * 3 + place) % 11) / 10:.4g}"


def _rating(place: int, codes: Sequence[str], bounds: tuple[float, float] | None) -> Maker:
    if codes:
        return lambda turn: (
            codes[(turn.n + (place == 0)) % len(codes)] if (turn.n + place) % 4 else codes[turn.n % len(codes)]
        )
    return _level(place, bounds)


def _small(kind: str, number: int) -> bytes:
    """Return the bytes of a file that fits in a cell."""
    if kind != "image":
        from affectbench.datasets import mock_media

        variant = number % mock_media.VARIANTS
        made = mock_media.sound("WAV", variant) if kind == "audio" else mock_media.clip(CELLS[kind], variant)
        return mock_media.stamped(made, str(number))
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (number * 37 % 256, number * 59 % 256, 128)).save(buffer, "png")
    return buffer.getvalue()
