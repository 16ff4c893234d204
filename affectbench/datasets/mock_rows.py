"""Invented rows: every source of a dataset file with rows in which every class comes up in every split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from affectbench.datasets.mock_columns import BUILT_IN, Columns, Turn, declared, used
from affectbench.datasets.rows import Row
from affectbench.datasets.shape import BY_NUMBER, derived
from affectbench.labels import LabelSet
from affectbench.specs.dataset import DatasetSpec, FoldBy, MockOf, Read
from affectbench.specs.patterns import path_pattern, pattern
from affectbench.specs.rows import Captures, Join, Rows
from affectbench.specs.targets import FromColumns, RatingColumns
from affectbench.specs.values import split_root
from affectbench.templates import TemplateError, value

Cells = dict[str, Any]
Placed = list[tuple[str, Cells]]
FEWEST, MOST = 12, 400


def invent(spec: DatasetSpec, read: Read, labels: Mapping[str, LabelSet]) -> list[tuple[Rows, Placed]]:
    """Return every source with (file, row) pairs: that of the samples first, then those that are joined to it."""
    columns = Columns(spec, read, labels)
    hints = read.mock or spec.mock or MockOf()
    rows = [(turn, _row(turn, columns, hints)) for turn in _turns(spec, columns, hints)]
    rows = list(_long(rows, read))
    joined = [(join, _right(join, [row for _, row in rows], read, hints)) for join in read.join]
    theirs = {name for _, others in joined for other in others[:1] for name in other}
    hidden = (
        theirs - {name for join in read.join for name in join.by} | (set(read.derive) - set(hints.columns)) | BUILT_IN
    )
    left = [
        (
            _file(turn, row, read),
            {name: cell for name, cell in row.items() if name not in hidden or name in hints.columns},
        )
        for turn, row in rows
    ]
    right = [(join.source, [(filled(join.source.files[0], row), row) for row in others]) for join, others in joined]
    return [(read.rows, left), *_together(right)]


def filled(text: str, row: Mapping[str, Any]) -> str:
    """Return the path (with its dataset id) whose captures take the cells of a row."""
    root, below = split_root(text)
    cells = {name: str(cell) for name, cell in row.items()}
    path = "/".join(step.fill(cells) for step in path_pattern(below))
    return f"{root}:{path}" if root else path


def hinted(hint: Any, known: Mapping[str, Any], top: bool = True) -> Any:
    """Return what a hint gives: a list its items in turn, a text its value as a template, a mapping each entry."""
    if isinstance(hint, str):
        return value(hint)(known)
    if isinstance(hint, Mapping):
        return {name: hinted(item, known, top=False) for name, item in hint.items()}
    if isinstance(hint, list | tuple):
        items = [hint[known["i"] % len(hint)]] if top else hint
        found = [hinted(item, known, top=False) for item in items]
        return found[0] if top else found
    return hint


def _turns(spec: DatasetSpec, columns: Columns, hints: MockOf) -> Iterator[Turn]:
    read = columns.read
    classes = max([1, *(len(columns.codes(target)) for target in read.targets.values())])
    folds = _folds(spec, read)
    size = hints.rows or max(FEWEST, min(MOST, classes * max(2, len(folds))))
    i = 0
    for split in [read.split] if read.split in spec.splits else list(spec.splits):
        for n in range(size):
            cycle = n // classes
            yield Turn(i=i, n=n, cycle=cycle, split=str(split), fold=folds[cycle % len(folds)] if folds else "")
            i += 1


def _folds(spec: DatasetSpec, read: Read) -> list[str]:
    if isinstance(read.fold, FoldBy):
        return list(read.fold.of)
    return [] if read.fold is None else list(spec.folds) or ["1", "2", "3"]


def _row(turn: Turn, columns: Columns, hints: MockOf) -> Cells:
    row = {name: make(turn) for name, make in columns.makers.items()}
    for name, hint in hints.columns.items():
        row[name] = hinted(hint, {**row, **asdict(turn)})
    for form in columns.read.derive.values():
        column = value(form.of).column if isinstance(form, Captures) else None
        if isinstance(form, Captures) and column and column not in hints.columns:
            row[column] = pattern(form.pattern).fill({name: str(cell) for name, cell in row.items()})
    return row


def _long(rows: list[tuple[Turn, Cells]], read: Read) -> Iterator[tuple[Turn, Cells]]:
    """Yield the rows that a pivot makes wide again; without a pivot the rows as they are."""
    pivot = read.pivot
    if pivot is None:
        yield from rows
        return
    golds = [target.gold for target in read.targets.values()]
    names = dict.fromkeys(n for gold in golds if isinstance(gold, FromColumns | RatingColumns) for n in gold.columns)
    for turn, row in rows:
        base = {key: cell for key, cell in row.items() if key not in names}
        for name in names:
            yield turn, {**base, pivot.columns: name, pivot.values: row[name]}


def _file(turn: Turn, row: Cells, read: Read) -> str:
    """Return the file of a row: of those that the source names, the one that gives the row its split."""
    source = getattr(read.rows, read.rows.kind)
    given = read.rows.files[:1] if getattr(source, "file", ()) else read.rows.files
    paths = [filled(text, row) for text in given]
    split = value(read.split) if read.split is not None and len(paths) > 1 else None
    for path in paths if split is not None else ():
        try:
            if split is not None and split({**row, "path": split_root(path)[1]}) == turn.split:
                return path
        except TemplateError:
            continue
    return paths[0]


# -- what is joined --------------------------------------------------------------------------------------------------


def _right(join: Join, rows: list[Cells], read: Read, hints: MockOf) -> list[Cells]:
    """Return the rows of a joined source: one for each key that the left rows have."""
    names = _right_columns(join, read, hints)
    derive = derived(read.derive)
    found: dict[tuple[str, ...], Cells] = {}
    for i, row in enumerate(rows):
        full = Row({"path": "", "row_number": i, "file_row": i, **row})
        full.file, full.line = "mock", i
        key = tuple(str(derive(full)[name]) for name in join.by)
        cells = {name: row.get(name, str(i)) for name in names}
        cells |= {
            name: hinted(hint, {"i": len(found), **cells}) for name, hint in hints.joined.items() if name in names
        }
        keys = {} if join.by == BY_NUMBER else dict(zip(join.by.values(), key, strict=True))
        found.setdefault(key, {**cells, **keys})
    return list(found.values())


def _together(sources: list[tuple[Rows, Placed]]) -> list[tuple[Rows, Placed]]:
    """Put what is joined from one table under other names each time into that table, under its own names."""
    found: dict[tuple[str, ...], tuple[Rows, Placed]] = {}
    for rows, placed in sources:
        old = {new: name for name, new in rows.table.columns_as.items()} if rows.table else {}
        own = [(file, {old.get(name, name): cell for name, cell in cells.items()}) for file, cells in placed]
        known = found.setdefault(tuple(rows.files), (rows, []))
        known[1].extend([one for one in own if one not in known[1]] if known[1] else own)
    return list(found.values())


def _right_columns(join: Join, read: Read, hints: MockOf) -> list[str]:
    """Return the columns of a joined source besides its keys, as far as the dataset file tells."""
    told = [*(join.take or hints.joined), *(declared(join.source) or ())]
    if join.source.table is not None:
        told += join.source.table.columns_as.values()
    left = declared(read.rows)
    if not told and left is not None:
        told = sorted(used(read) - left - set(read.derive) - BUILT_IN)
    return list(dict.fromkeys(name for name in told if name not in join.by.values()))
