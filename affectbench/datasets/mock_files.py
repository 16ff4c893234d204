"""Files of a mock: invented rows written in the format from which the dataset file reads them."""

from __future__ import annotations

import csv
import json
import os
import pickle
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affectbench.datasets.table import text_encoding
from affectbench.errors import DataError
from affectbench.specs.patterns import path_pattern, pattern
from affectbench.specs.rows import Arrays, Lines, Rows, Table
from affectbench.specs.values import split_root

Records = list[dict[str, Any]]


def write_rows(rows: Rows, placed: list[tuple[str, dict[str, Any]]], own: str, roots: Mapping[str, Path]) -> None:
    """Write the rows of one source, given as (file, row), below the roots."""
    captured = {name for text in rows.files for step in path_pattern(split_root(text)[1]) for name in step.names}
    count = getattr(getattr(rows, rows.kind), "count", None)
    files: dict[str, Records] = defaultdict(list)
    for file, record in placed:
        files[file].append({name: cell for name, cell in record.items() if name not in {*captured, count}})
    for file, records in files.items():
        root, path = split_root(file)
        place = roots[root or own] / path
        if not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(roots[root or own])):
            raise DataError(f"{place} is a link that leaves the folder: nothing is written there")
        place.parent.mkdir(parents=True, exist_ok=True)
        _writer(rows)(place, records)


def _writer(rows: Rows) -> Callable[[Path, Records], None]:
    if rows.table is not None:
        table = rows.table
        return lambda place, records: _table(place, records, table)
    if rows.lines is not None:
        lines = rows.lines
        return lambda place, records: _lines(place, records, lines)
    if rows.filenames is not None:
        return lambda place, records: place.touch()
    if rows.arrays is not None:
        arrays = rows.arrays
        return lambda place, records: _arrays(place, records, arrays)
    return lambda place, records: _table(place, records, Table(file=("hub",)))


def _table(place: Path, records: Records, table: Table) -> None:
    form = table.format_of(place.name)
    old = {new: name for name, new in table.columns_as.items()}
    names = list(table.columns) or [old.get(name, name) for name in dict.fromkeys(n for r in records for n in r)]
    named = [{old.get(name, name): cell for name, cell in record.items()} for record in records]
    if form in ("json", "jsonl"):
        _json(place, named, table, form)
    elif form == "parquet":
        import pyarrow
        from pyarrow.parquet import write_table

        write_table(pyarrow.Table.from_pylist(named), place)
    else:
        header = [] if table.columns and table.header != "true" else [names]
        header = [["#"]] * table.skip + header
        body = [[record.get(name, "") for name in names] for record in named]
        _xlsx(place, header + body, table) if form == "xlsx" else _text(place, header + body, table, form)


def _text(place: Path, lines: list[list[Any]], table: Table, form: str) -> None:
    separator = table.separator or ("\t" if form == "tsv" else " " if form == "spaces" else ",")
    with place.open("w", encoding=_plain(table.encoding), newline="") as file:
        if table.quotes and form != "spaces":
            csv.writer(file, delimiter=separator, lineterminator="\n").writerows(lines)
        else:
            file.writelines(separator.join(map(str, line)) + "\n" for line in lines)


def _json(place: Path, records: Records, table: Table, form: str) -> None:
    data: Any = [[record.get(name, "") for name in table.columns] for record in records] if table.columns else records
    if table.key is not None:
        data = {str(record[table.key]): _bare(_without(record, table.key)) for record in records}
    for step in reversed(table.at.split(".") if table.at else ()):
        data = {step: data}
    lines = map(json.dumps, data) if form == "jsonl" else [json.dumps(data, indent=1)]
    place.write_text("\n".join(lines) + "\n", encoding=_plain(table.encoding))


def _xlsx(place: Path, lines: list[list[Any]], table: Table) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = table.sheet or "Sheet1"
    for line in lines:
        book.active.append(line)
    book.save(place)


def _lines(place: Path, records: Records, lines: Lines) -> None:
    if lines.text is not None:
        texts = [str(records[0].get(lines.text, ""))]
    elif lines.columns:
        texts = [str(records[0].get(name, "0")) for name in lines.columns]
    else:
        form = pattern(lines.pattern or "")
        texts = [form.fill({name: str(cell) for name, cell in record.items()}) for record in records]
    place.write_text("\n".join(["#"] * lines.skip + texts) + "\n", encoding=_plain(lines.encoding))


def _arrays(place: Path, records: Records, arrays: Arrays) -> None:
    """Write each variable with the rows of its value, in the format from which it is read."""
    data: dict[str, Any] = {}
    for column, variables in arrays.each.items():
        for named, variable in variables.items():
            found = [record for record in records if record.get(column) == named]
            data[variable] = _variable([_without(record, column) for record in found], arrays)
    if not arrays.each:
        data = _variable(records, arrays)
    if arrays.format == "mat":
        from scipy.io import savemat

        savemat(place, data)
        return
    with place.open("wb") as file:
        if arrays.format == "npz":
            members: dict[str, Any] = {name: np.array(value, dtype=object) for name, value in data.items()}
            np.savez_compressed(file, **members)
        else:
            pickle.dump(data, file)


def _variable(records: Records, arrays: Arrays) -> Any:
    """Return rows as a list of structs, a struct of structs, or arrays of one length."""
    if arrays.entries is not None:
        return {str(record[arrays.entries]): _bare(_without(record, arrays.entries)) for record in records}
    if arrays.columns:
        return {name: [record.get(name, "") for record in records] for name in arrays.columns}
    return [_bare(record) for record in records]


def _bare(record: dict[str, Any]) -> Any:
    """What is read as the column `value` alone stands in the file without a struct around it."""
    return record["value"] if list(record) == ["value"] else record


def _without(record: dict[str, Any], column: str) -> dict[str, Any]:
    return {name: cell for name, cell in record.items() if name != column}


def _plain(encoding: str) -> str:
    return "utf-8" if text_encoding(encoding) == "utf-8-sig" else encoding
