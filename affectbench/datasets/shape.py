"""From the rows of the files to one row a sample: derive, join, where, then pivot or explode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from affectbench.datasets.folders import Folders
from affectbench.datasets.rows import Row, Wanted, evaluate, read_rows
from affectbench.errors import DataError, near
from affectbench.specs.dataset import Read
from affectbench.specs.patterns import pattern
from affectbench.specs.rows import Captures, Join, Pivot
from affectbench.templates import TemplateError, value

BY_NUMBER = {"row_number": "row_number"}


def shaped(read: Read, folders: Folders, files: list[str], split: str | None = None) -> Iterator[Row]:
    """Yield the rows of a `read` block as the fields see them. Raises DataError with the place of a bad row.

    Of `split`, where it is given, files of other splits are not opened if the block says that a file has only one.
    """
    rows = read_rows(read.rows, folders, files, _of_split(read, split))
    if read.derive:
        rows = map(derived(read.derive), rows)
    for join in read.join:
        rows = _joined(rows, join, read_rows(join.source, folders, files))
    if read.where is not None:
        rows = filter(condition(read.where), rows)
    if read.pivot is not None:
        rows = _pivoted(rows, read.pivot)
    if read.explode is not None:
        rows = _exploded(rows, read.explode)
    return rows


def _of_split(read: Read, split: str | None) -> Wanted | None:
    """Return whether a file holds a split, None where that cannot be told by its path."""
    if split is None or read.split is None or not getattr(getattr(read.rows, read.rows.kind), "one_split", False):
        return None
    template = value(read.split)

    def wanted(known: Mapping[str, str]) -> bool:
        try:
            return bool(template(known) == split)
        except TemplateError:
            return (
                False  # the rows of such a file are left out by `where`, or are an error for whoever reads all splits
            )

    return wanted


def condition(text: str) -> Callable[[Row], bool]:
    """Return a test of rows by a template that gives true or false."""
    template = value(text)

    def holds(row: Row) -> bool:
        found = evaluate(template, row)
        if not isinstance(found, bool):
            raise DataError(
                f"{row.place}: where: {text!r} gives {found!r}, not true or false; compare it with something"
            )
        return found

    return holds


def column(row: Row, name: str) -> Any:
    """Return a cell. Raises DataError that names near columns."""
    if name not in row:
        raise DataError(f"{row.place}: no column {name!r}{near(name, row) or f' (columns: {list(row)[:12]})'}")
    return row[name]


def derived(columns: Mapping[str, str | Captures]) -> Callable[[Row], Row]:
    """Return a function that adds columns to a row, one after the other."""
    templates = [(name, value(form)) for name, form in columns.items() if isinstance(form, str)]
    patterns = {
        name: (pattern(form.pattern), value(form.of)) for name, form in columns.items() if isinstance(form, Captures)
    }
    plain = dict(templates)

    def derive(row: Row) -> Row:
        for name in columns:
            if name in plain:
                row[name] = evaluate(plain[name], row)
                continue
            form, of = patterns[name]
            text = str(evaluate(of, row))
            captures = form.match(text)
            if captures is None:
                raise DataError(f"{row.place}: derive.{name}: {text[:80]!r} does not follow the pattern {form.text!r}")
            row.update(captures)
            row[name] = captures
        return row

    return derive


# -- join ------------------------------------------------------------------------------------------------------------


def _joined(rows: Iterator[Row], join: Join, right: Iterator[Row]) -> Iterator[Row]:
    first = next(right, None)
    right = chain([first] if first is not None else [], right)
    names = join.take or tuple(first or ())
    find = _in_step(right) if join.by == BY_NUMBER else _by_key(join, right)
    for row in rows:
        other = find(row)
        if other is None and join.missing == "error":
            keys = ", ".join(f"{theirs} = {row.get(ours)!r}" for ours, theirs in join.by.items())
            raise DataError(f"{row.place}: join: {' or '.join(join.source.files)} has no row with {keys}")
        if other is not None:
            for name in join.take or other:
                row.setdefault(name, column(other, name))
        elif join.missing == "drop":
            continue
        else:
            for name in names:
                row.setdefault(name, "")
        yield row


def _in_step(right: Iterator[Row]) -> Callable[[Row], Row | None]:
    """Find rows of the same number: both sides are gone through once, so nothing is held."""
    held: list[Row | None] = [next(right, None)]

    def find(row: Row) -> Row | None:
        while held[0] is not None and held[0]["row_number"] < row["row_number"]:
            held[0] = next(right, None)
        return held[0] if held[0] is not None and held[0]["row_number"] == row["row_number"] else None

    return find


def _by_key(join: Join, right: Iterator[Row]) -> Callable[[Row], Row | None]:
    """Find rows by equal keys. A key that is there twice is an error as soon as a row asks for it."""
    index: dict[tuple[str, ...], Row] = {}
    again: dict[tuple[str, ...], Row] = {}
    for other in right:
        key = tuple(str(column(other, name)) for name in join.by.values())
        if index.setdefault(key, other) is not other:
            again.setdefault(key, other)

    def find(row: Row) -> Row | None:
        key = tuple(str(column(row, name)) for name in join.by)
        if key in again:
            raise DataError(f"{again[key].place}: join: the key {key} is already in {index[key].place}")
        return index.get(key)

    return find


# -- pivot and explode -----------------------------------------------------------------------------------------------


def _pivoted(rows: Iterator[Row], pivot: Pivot) -> Iterator[Row]:
    """Yield one row for each value of the index; a column that it has no cell for is None."""
    wide: dict[tuple[str, ...], Row] = {}
    names: dict[str, None] = {}
    for row in rows:
        key = tuple(str(column(row, name)) for name in pivot.index)
        name = str(column(row, pivot.columns))
        target = wide.get(key)
        if target is None:
            target = wide[key] = Row(zip(pivot.index, key, strict=True))
            target.file, target.line = row.file, row.line
        if name in target:
            raise DataError(
                f"{row.place}: pivot: {pivot.columns} {name!r} is there twice for {', '.join(pivot.index)} {key}"
            )
        names[name] = None
        target[name] = column(row, pivot.values)
    for number, row in enumerate(wide.values()):
        for name in names:
            row.setdefault(name, None)
        row["row_number"] = number
        yield row


def _exploded(rows: Iterator[Row], name: str) -> Iterator[Row]:
    """Yield one row for each item of a list column; an empty text has no item, anything else is one item."""
    number = 0
    for row in rows:
        cell = column(row, name)
        items = cell if isinstance(cell, list | tuple) else [] if cell == "" else [cell]
        for index, item in enumerate(items):
            one = Row(row)
            one.file, one.line = row.file, row.line
            one.update({name: item, f"{name}_index": index, "row_number": number})
            number += 1
            yield one
