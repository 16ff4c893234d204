"""Media: where the pictures, clips and sounds of a row are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from affectbench.datasets.cells import number_of, text_of
from affectbench.datasets.folders import Folders, there
from affectbench.datasets.rows import Row, evaluate
from affectbench.datasets.shape import column
from affectbench.errors import DataError
from affectbench.specs.dataset import BoxOf, FacesOf, MediaOf, Pixels
from affectbench.specs.patterns import MAX_STEPS
from affectbench.specs.values import split_root
from affectbench.templates import Value, value
from affectbench.types import Box, Cell, Face, Media

FRAME_NUMBERS = ("frame", "first", "last", "apex")
NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


class BrokenCellError(Exception):
    """A medium in a cell that is not what the dataset file says."""


class MediaReader:
    """Finds one medium of each row."""

    def __init__(self, name: str, spec: MediaOf, folders: Folders) -> None:
        self.name = name
        self.spec = spec
        self.folders = folders
        self.paths = [(split_root(path)[0], value(split_root(path)[1])) for path in spec.path]
        self.globs = any("*" in literal for _, path in self.paths for literal in path.literals)
        given = {name: getattr(spec, name) for name in (*FRAME_NUMBERS, "start_s", "end_s")}
        self.numbers = {name: value(text) for name, text in given.items() if text is not None}
        self.condition = value(spec.condition) if spec.condition is not None else None
        self.box = _box_templates(spec.box) if spec.box is not None else None
        self.faces = value(spec.faces.xyxy or spec.faces.xywh or "") if spec.faces is not None else None

    def read(self, row: Row) -> Media | None:
        """Return the medium of a row, None where its `if` is false. Raises BrokenCellError."""
        if self.condition is not None and evaluate(self.condition, row) is not True:
            return None
        cells = {name: evaluate(template, row) for name, template in self.numbers.items()}
        numbers = {name: number_of(cell, row, self.name) for name, cell in cells.items() if cell not in ("", None)}
        facts: dict[str, Any] = {n: int(found) if n in FRAME_NUMBERS else found for n, found in numbers.items()}
        if self.spec.path:
            facts["root"], facts["path"] = self._place(row)
        else:
            facts["cell"] = self._cell(row)
        if self.box is not None:
            facts["box"] = self._box(row)
        if self.faces is not None:
            facts["faces"] = tuple(self._faces(evaluate(self.faces, row), row))
        facts |= {"track": self.spec.track, "fps": self.spec.fps, "count_from": self.spec.count_from}
        return Media(name=self.name, kind=self.spec.kind, **facts)

    def _place(self, row: Row) -> tuple[str, str]:
        """Return (dataset id, path): the first of the paths that exists, else the first."""
        places = self._places(row)
        first = next(places, None) or self._filled(row, *self.paths[0])
        if len(self.paths) > 1 or self.globs:
            first = next(filter(self.folders.exists, chain([first], places)), first)
        return first[0] or self.folders.spec.id, first[1]

    def _places(self, row: Row) -> Iterator[tuple[str, str]]:
        """Yield the places of a row in order; a later path is only filled in where it is asked for."""
        for root, path in self.paths:
            place = self._filled(row, root, path)
            yield from ((root, found) for found in self._globbed(*place)) if self.globs else [place]

    def _filled(self, row: Row, root: str, path: Value) -> tuple[str, str]:
        return root, text_of(evaluate(path, row), row, self.name)

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
            path = found.get("path") if isinstance(found, Mapping) else None
            besides = f", only the path {str(path)[:80]!r}" if path else ""
            raise BrokenCellError(f"{self.name}: column {self.spec.bytes!r} holds no bytes{besides}")
        return Cell(data=data)

    def _box(self, row: Row) -> Box:
        templates, spec = self.box or [], self.spec.box or BoxOf(xyxy="")
        found = [evaluate(template, row) for template in templates]
        if spec.landmarks is not None:
            return around(self._numbers(found[0], row), spec)
        return self._box_of(found if len(found) == 4 else found[0], row, spec)

    def _faces(self, found: Any, row: Row) -> Iterator[Face]:
        """Yield the faces of a row: a mapping of ids to boxes."""
        if not isinstance(found, Mapping):
            raise DataError(f"{row.place}: {self.name}: faces are a mapping of ids to boxes, not {found!r}")
        for name, box in found.items():
            yield Face(id=str(name), box=self._box_of(box, row, self.spec.faces or FacesOf(xyxy="")))

    def _box_of(self, found: Any, row: Row, spec: BoxOf | FacesOf) -> Box:
        parts = self._numbers(found, row)
        if len(parts) != 4:
            raise DataError(f"{row.place}: {self.name}: a box is four numbers, not {found!r}")
        left, top, third, fourth = parts
        right, bottom = (third, fourth) if spec.xyxy is not None else (left + third, top + fourth)
        return Box(xyxy=(left, top, right, bottom), unit=spec.unit)

    def _numbers(self, found: Any, row: Row) -> list[float]:
        parts = NUMBER.findall(found) if isinstance(found, str) else found
        if not isinstance(parts, list | tuple):
            raise DataError(f"{row.place}: {self.name}: numbers were expected, not {found!r}")
        return [number_of(part, row, f"{self.name}: box") for part in parts]


def around(points: Sequence[float], spec: BoxOf) -> Box:
    """Return the box around points (x and y in turn), wider by the margin. Raises BrokenCellError without any."""
    across, down = points[0::2], points[1::2]
    if not points or len(across) != len(down):
        raise BrokenCellError(f"landmarks are x and y of each point, not {len(points)} numbers")
    left, top, right, bottom = min(across), min(down), max(across), max(down)
    aside, above = spec.margin * (right - left), spec.margin * (bottom - top)
    return Box(xyxy=(left - aside, top - above, right + aside, bottom + above), unit=spec.unit)


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
    given = next(text for text in (box.xyxy, box.xywh, box.landmarks) if text is not None)
    return [value(text) for text in ([given] if isinstance(given, str) else given)]


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
