"""Rows: a source of a dataset file, read as one mapping of columns a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from affectbench.datasets.folders import Folders, Found
from affectbench.datasets.hub import hub_cells, hub_files
from affectbench.datasets.lines import line_cells
from affectbench.datasets.table import table_cells
from affectbench.errors import DataError, UsageError, near
from affectbench.specs.rows import Rows
from affectbench.templates import TemplateError, Value

Cells = Iterator[tuple[int, dict[str, Any]]]


class Row(dict[str, Any]):
    """The columns of one row, and the file and line that it comes from."""

    __slots__ = ("file", "line")

    file: str
    line: int

    @property
    def place(self) -> str:
        """Where the row stands, as errors say it."""
        return f"{self.file}:{self.line}" if self.line else self.file


def evaluate(template: Value, row: Row) -> Any:
    """Return a template's value over a row. Raises DataError with the row's place."""
    try:
        return template(row)
    except TemplateError as error:
        raise DataError(f"{row.place}: {error}") from None


Wanted = Callable[[Mapping[str, str]], bool]
"""Whether a file is read, by its path and what was captured of it."""


def read_rows(rows: Rows, folders: Folders, files: list[str], wanted: Wanted | None = None) -> Iterator[Row]:
    """Yield the rows of a source; the annotation files that are read are noted in `files`. Raises DataError."""
    number = 0
    for (root, path, captures), cells in _sources(rows, folders, files, wanted):
        base = {"path": path, **captures}
        for in_file, (line, own) in enumerate(cells):
            row = Row(own)
            for name, cell in base.items():
                row.setdefault(name, cell)
            row.setdefault("row_number", number)
            row.setdefault("file_row", in_file)
            row.file, row.line = f"{root}:{path}" if root else path, line
            number += 1
            yield row


def _sources(rows: Rows, folders: Folders, files: list[str], wanted: Wanted | None) -> Iterator[tuple[Found, Cells]]:
    """Yield each file of a source with its cells, line by line."""
    if rows.demo is not None:
        yield ("", "demo", {}), ((0, dict(row)) for row in demo_rows(rows.demo))
    elif rows.filenames is not None:
        above: set[tuple[str, str]] = set()
        for found in _found(rows, folders):
            folder = (found[0], found[1].rpartition("/")[0])
            if folder not in above:
                folders.open(folder)  # names behind a link that leaves the root are not the dataset's
                above.add(folder)
            yield found, iter([(0, {})])
    else:
        read, count = _reader(rows), getattr(getattr(rows, rows.kind), "count", None)
        for found in _found(rows, folders) if rows.hub is None else hub_files(rows.hub, folders):
            if wanted is not None and not wanted({"path": found[1], **found[2]}):
                continue
            files.append(f"{found[0] or folders.spec.id}:{found[1]}")
            cells = read(folders.open(found[:2]), found[1])
            yield found, _counted(cells, count) if count else cells


def _counted(cells: Cells, count: str) -> Cells:
    """Yield the cells of a file with how many there are, for which the whole file is held."""
    held = list(cells)
    yield from ((line, {**own, count: len(held)}) for line, own in held)


def _reader(rows: Rows) -> Callable[[Path, str], Cells]:
    """Return the function (file, its name in errors) → cells of a source."""
    if rows.table is not None:
        table = rows.table
        return lambda file, shown: table_cells(file, table, shown)
    if rows.lines is not None:
        lines = rows.lines
        return lambda file, shown: line_cells(file, lines, shown)
    if rows.arrays is not None:
        from affectbench.datasets.arrays import array_cells

        arrays = rows.arrays
        return lambda file, shown: array_cells(file, arrays, shown)
    return hub_cells


def _found(rows: Rows, folders: Folders) -> Iterator[Found]:
    """Yield the files of a source: those of the first `file` that exists, or of all `files`, each once."""
    source = getattr(rows, rows.kind)
    first_only = bool(getattr(source, "file", ()))
    seen: set[tuple[str, str]] = set()
    for text in rows.files:
        for found in folders.matching(text):
            if found[:2] not in seen:
                seen.add(found[:2])
                yield found
        if seen and first_only:
            return
    if not seen:
        wanted = " or ".join(map(repr, rows.files))
        raise DataError(f"{folders.root('')}: nothing there is called {wanted}{folders.instead(rows.files[0])}")


def demo_rows(params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the demo data."""
    from affectbench.datasets import demo

    return demo.rows(demo_of(params))


def demo_of(params: Mapping[str, Any]) -> Any:
    """Return what `rows: {demo: …}` asks for, its texts as the numbers that they mean. Raises UsageError."""
    from affectbench.datasets.demo import CLIPS, Demo
    from affectbench.datasets.demo_clips import Clips

    asked = Clips if params.get("kind") == CLIPS else Demo
    known = {field.name for field in fields(asked)}
    for name in params:
        if name not in known:
            raise UsageError(f"demo rows: no parameter {name!r}{near(name, known)}")
    given: dict[str, Any] = {name: int(text) if str(text).isdigit() else text for name, text in params.items()}
    return asked(**given)
