"""Tables: csv, tsv, spaces, json, jsonl, parquet and xlsx as rows of text."""

from __future__ import annotations

import csv
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TextIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from affectbench.errors import DataError, near
from affectbench.specs.rows import Table

Cells = Iterator[tuple[int, dict[str, Any]]]
Records = Iterator[tuple[int, Any]]
BATCH = 512
BATCH_BYTES = 64 << 20


def table_cells(file: Path, table: Table, shown: str) -> Cells:
    """Yield (line, column → cell) of a table. Raises DataError with file and line for torn or ragged rows."""
    form = table.format_of(shown)
    try:
        if form in ("json", "jsonl"):
            yield from _named(_json(file, table, form), table, shown)
        elif form == "parquet":
            yield from _named(_parquet(file), table, shown)
        elif form == "xlsx":
            yield from _named(_xlsx(file, table), table, shown)
        else:
            with file.open(encoding=text_encoding(table.encoding), newline="") as text:
                yield from _named(_spaces(text, table) if form == "spaces" else _csv(text, table, form), table, shown)
    except UnicodeError as error:
        raise DataError(not_text(shown, table.encoding, error)) from None
    except (csv.Error, json.JSONDecodeError, RecursionError, OSError) as error:
        raise DataError(f"{shown}: not readable as {form}: {error}") from None


def text_encoding(name: str) -> str:
    """Return the encoding to open with: UTF-8 with or without its mark at the beginning."""
    return "utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name


def not_text(shown: str, encoding: str, error: UnicodeError) -> str:
    """Return the message for a file that is not in the encoding it should be in."""
    advice = "where the file has another encoding, say so: `encoding: latin-1`, cp1252, utf-16 …"
    where = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "its text"
    return f"{shown}: {where} is not {encoding}; {advice}"


def as_text(value: Any) -> Any:
    """Return a cell as text: numbers as they would be typed, no value as empty; lists and mappings keep their shape."""
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# -- the formats -----------------------------------------------------------------------------------------------------


def _csv(text: TextIO, table: Table, form: str) -> Records:
    for _ in islice(text, table.skip):
        pass
    separator = table.separator or ("\t" if form == "tsv" else ",")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if table.quotes else csv.QUOTE_NONE
    reader = csv.reader(text, delimiter=separator, quoting=quoting, strict=True)
    line = table.skip + 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = table.skip + reader.line_num + 1
    except csv.Error as error:
        raise csv.Error(f"line {line}: {error}") from None


def _spaces(text: TextIO, table: Table) -> Records:
    for line, content in enumerate(text, 1):
        fields = content.split()
        if fields and line > table.skip:
            yield line, fields


def _json(file: Path, table: Table, form: str) -> Records:
    with file.open(encoding=text_encoding(table.encoding)) as text:
        if form == "jsonl":
            for line, content in enumerate(text, 1):
                if content.strip():
                    yield line, as_text(_parsed(content, line))
            return
        data = json.load(text, parse_float=str, parse_int=str, parse_constant=str)
    for step in table.at.split(".") if table.at else ():
        if not isinstance(data, Mapping) or step not in data:
            raise DataError(
                f"{file.name}: at: there is no {step!r}{near(step, data if isinstance(data, Mapping) else ())}"
            )
        data = data[step]
    yield from ((0, as_text(record)) for record in _records(data, table, file.name))


def _parsed(content: str, line: int) -> Any:
    try:
        return json.loads(content, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise DataError(f"line {line}: not JSON: {error.msg}") from None


def _records(data: Any, table: Table, shown: str) -> Iterator[Any]:
    if isinstance(data, list):
        yield from data
    elif isinstance(data, Mapping) and table.key is not None:
        for key, record in data.items():
            yield {table.key: key, **(record if isinstance(record, Mapping) else {"value": record})}
    else:
        raise DataError(
            f"{shown}: a list was expected; for an object of objects give `key`, the column for its keys, or `at`"
        )


def _parquet(file: Path) -> Records:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise DataError(_needs_extra("parquet", "pyarrow")) from None
    try:
        number = 0
        table = ParquetFile(file)
        for batch in table.iter_batches(batch_size=_batch_size(table.metadata)):
            for record in batch.to_pylist():
                number += 1
                yield number, as_text(record)
    except ArrowException as error:
        raise DataError(f"{file.name}: not readable as parquet: {error}") from None


def _batch_size(metadata: Any) -> int:
    """Return how many rows are taken up at once: fewer where a row holds a clip."""
    size = sum(int(metadata.row_group(group).total_byte_size) for group in range(metadata.num_row_groups))
    return max(1, min(BATCH, BATCH_BYTES * int(metadata.num_rows) // max(size, 1)))


def _xlsx(file: Path, table: Table) -> Records:
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise DataError(_needs_extra("xlsx", "openpyxl")) from None
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        yield from _sheet(book, file, table)
    except (InvalidFileException, BadZipFile, ParseError, zlib.error, LookupError, TypeError, ValueError) as error:
        raise DataError(f"{file.name}: not readable as xlsx: {error}") from None


def _sheet(book: Any, file: Path, table: Table) -> Records:
    if table.sheet is not None and table.sheet not in book.sheetnames:
        raise DataError(f"{file.name}: no sheet {table.sheet!r}{near(table.sheet, book.sheetnames)}")
    sheet = book[table.sheet] if table.sheet is not None else book.worksheets[0]
    for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if line > table.skip and any(cell is not None for cell in cells):
            yield line, [as_text(cell) for cell in cells]
    book.close()


def _needs_extra(form: str, package: str) -> str:
    return f"{form} files need {package}: pip install 'affectbench[data]'"


# -- names for the fields --------------------------------------------------------------------------------------------


def _named(records: Records, table: Table, shown: str) -> Cells:
    """Give every record its columns, by its own keys, the header, or as the dataset file names them."""
    names: list[str] | None = None
    for line, record in records:
        if isinstance(record, Mapping):
            names = names or _renamed(list(record), table, shown)
            yield line, {table.columns_as.get(key) or key: cell for key, cell in record.items()}
            continue
        fields = record if isinstance(record, list) else [record]
        if names is None:
            names = _renamed(list(table.columns) or [str(name).strip() for name in fields], table, shown)
            if _is_header(fields, table):
                continue
        if len(fields) != len(names):
            count = f"{len(fields)} fields, where there are {len(names)} columns"
            raise DataError(f"{shown}:{line}: {count}: {_columns(names)}")
        yield line, dict(zip(names, fields, strict=True))


def _is_header(record: list[Any], table: Table) -> bool:
    if not table.columns or table.header == "true":
        return True
    typed = [str(name).strip().lower() for name in record]
    return table.header == "auto" and typed == [name.lower() for name in table.columns]


def _renamed(names: list[str], table: Table, shown: str) -> list[str]:
    _check_renames(names, table, shown)
    found = [table.columns_as.get(name, name) for name in names]
    doubled = sorted(name for name, count in Counter(found).items() if name and count > 1)
    if doubled:
        raise DataError(f"{shown}: the column {doubled[0]!r} is there twice; give all of them names with `columns`")
    return found


def _check_renames(names: list[str], table: Table, shown: str) -> None:
    for name in table.columns_as:
        if name not in names:
            raise DataError(f"{shown}: columns_as: no column {name!r}{near(name, names) or f' ({_columns(names)})'}")


def _columns(names: list[str]) -> str:
    return ", ".join(map(repr, names[:12])) + (" …" if len(names) > 12 else "")
