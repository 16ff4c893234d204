"""Media: where the pictures, clips and sounds of a row are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from affectbench.datasets.cells import number_of, text_of
from affectbench.datasets.folders import Folders, there
from affectbench.datasets.rows import Row, evaluate
from affectbench.datasets.shape import column
from affectbench.errors import DataError
from affectbench.specs.dataset import BoxOf, MediaOf, Pixels
from affectbench.specs.patterns import MAX_STEPS
from affectbench.specs.values import split_root
from affectbench.templates import Value, value
from affectbench.types import Box, Cell, Media

NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


class BrokenCellError(Exception):
    """A picture in a cell that is not what the dataset file says."""


class MediaReader:
    """Finds one medium of each row."""

    def __init__(self, name: str, spec: MediaOf, folders: Folders) -> None:
        self.name = name
        self.spec = spec
        self.folders = folders
        self.paths = [(split_root(path)[0], value(split_root(path)[1])) for path in spec.path]
        self.globs = any("*" in literal for _, path in self.paths for literal in path.literals)
        given = {"frame": spec.frame, "start_s": spec.start_s, "end_s": spec.end_s}
        self.numbers = {name: value(text) for name, text in given.items() if text is not None}
        self.condition = value(spec.condition) if spec.condition is not None else None
        self.box = _box_templates(spec.box) if spec.box is not None else None

    def read(self, row: Row) -> Media | None:
        """Return the medium of a row, None where its `if` is false. Raises BrokenCellError."""
        if self.condition is not None and evaluate(self.condition, row) is not True:
            return None
        numbers = {name: number_of(evaluate(template, row), row, self.name) for name, template in self.numbers.items()}
        facts: dict[str, Any] = {name: int(found) if name == "frame" else found for name, found in numbers.items()}
        if self.spec.path:
            facts["root"], facts["path"] = self._place(row)
        else:
            facts["cell"] = self._cell(row)
        if self.box is not None:
            facts["box"] = self._box(row)
        return Media(name=self.name, kind=self.spec.kind, track=self.spec.track, fps=self.spec.fps, **facts)

    def _place(self, row: Row) -> tuple[str, str]:
        """Return (dataset id, path): the first of the paths that exists, else the first."""
        own = self.folders.spec.id
        places = [(root, text_of(evaluate(path, row), row, self.name)) for root, path in self.paths]
        if self.globs:
            places = [(root, found) for root, path in places for found in self._globbed(root, path)] or places
        if len(places) > 1:
            places.sort(key=lambda place: not self.folders.exists(place))
        return places[0][0] or own, places[0][1]

    def _globbed(self, root: str, path: str) -> Iterator[str]:
        return (
            iter([path]) if "*" not in path or path.count("/") > MAX_STEPS else expanded(self.folders.root(root), path)
        )

    def _cell(self, row: Row) -> Cell:
        if self.spec.pixels is not None:
            return _pixels(self.spec.pixels, text_of(column(row, self.spec.pixels.column), row, self.name))
        found = column(row, self.spec.bytes or "")
        data = found.get("bytes") if isinstance(found, Mapping) else found
        if not isinstance(data, bytes) or not data:
            raise BrokenCellError(f"{self.name}: column {self.spec.bytes!r} holds no bytes")
        return Cell(data=data)

    def _box(self, row: Row) -> Box:
        templates, spec = self.box or [], self.spec.box or BoxOf(xyxy="")
        found = [evaluate(template, row) for template in templates]
        parts = found if len(found) == 4 else found[0]
        parts = NUMBER.findall(parts) if isinstance(parts, str) else parts
        if not isinstance(parts, list | tuple) or len(parts) != 4:
            raise DataError(f"{row.place}: {self.name}: a box is four numbers, not {found[0]!r}")
        left, top, third, fourth = (number_of(part, row, f"{self.name}: box") for part in parts)
        right, bottom = (third, fourth) if spec.xyxy is not None else (left + third, top + fourth)
        return Box(xyxy=(left, top, right, bottom), unit=spec.unit)


def expanded(folder: Path, path: str) -> Iterator[str]:
    """Yield the paths below `folder` that exist and that `path` means: `*` in a step stands for any text."""
    step, _, below = path.partition("/")
    head, star, tail = step.partition("*")
    names = [step]
    if star:
        found = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        long = (name for name in found if len(name) >= len(head) + len(tail))
        names = [name for name in long if name.startswith(head) and name.endswith(tail)]
    for name in names:
        if below:
            yield from (f"{name}/{rest}" for rest in expanded(folder / name, below))
        elif there(folder / name):
            yield name


def _box_templates(box: BoxOf) -> list[Value]:
    given = box.xyxy if box.xyxy is not None else box.xywh
    return [value(text) for text in ([given] if isinstance(given, str) else given or ())]


def _pixels(spec: Pixels, text: str) -> Cell:
    width, height = spec.size
    expected = width * height * (3 if spec.mode == "rgb" else 1)
    try:
        data = bytes(map(int, text.split()))
    except ValueError:
        raise BrokenCellError(f"column {spec.column!r} holds something that is no pixel from 0 to 255") from None
    if len(data) != expected:
        raise BrokenCellError(f"column {spec.column!r} holds {len(data):,} pixels, not {expected:,}")
    return Cell(data=data, size=spec.size, mode=spec.mode)
