"""What tables hold, for others: `board.json`, `runs.parquet` and their schema, beside the pages."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectbench.board.schema import SCHEMA, Board, Row, SuiteTable, Table
from affectbench.board.swap import MADE_BY, MARK
from affectbench.errors import UsageError

PARQUET, JSON_SCHEMA = "runs.parquet", "board.schema.json"
NEEDED = 'the board needs {}: pip install "affectbench[board]"'


def write(site: Path, board: Board, tables: Sequence[Table], suites: Sequence[SuiteTable]) -> None:
    """Write `board.json`, its schema and `runs.parquet` into a site. Raises UsageError if pyarrow is missing."""
    with (site / MARK).open("w", encoding="ascii") as file:
        file.writelines(_document(board, tables, suites))
    (site / JSON_SCHEMA).write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="ascii")
    _write_parquet(site / PARQUET, tables)


def _document(board: Board, tables: Sequence[Table], suites: Sequence[SuiteTable]) -> Iterator[str]:
    """Yield the document in pieces, a table a line; the first line says whose it is."""
    yield f'{{"made_by": {json.dumps(MADE_BY)},\n'
    for name in ("schema", "title", "made_from", "left_out", "models", "sources"):
        yield f"{_dumps(name)}: {_dumps(board[name])},\n"
    for last, name, values in ((False, "tasks", tables), (True, "suites", suites)):
        yield f"{_dumps(name)}: [\n"
        yield ",\n".join(map(_dumps, values))
        yield "\n]\n}\n" if last else "\n],\n"


def _dumps(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of `board.json`."""
    properties = {
        "made_by": {"const": MADE_BY},
        "schema": {"const": SCHEMA},
        **{name: _typed(kind) for name, kind in typing.get_type_hints(Board).items() if name in ("title", "made_from")},
        "left_out": {"type": "array", "items": {"type": "object"}},
        "models": {"type": "array", "items": {"type": "object"}},
        "sources": {"type": "object"},
        "tasks": {"type": "array", "items": _object(Table)},
        "suites": {"type": "array", "items": _object(SuiteTable)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A board of affectbench",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _object(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {name: _typed(hint) for name, hint in hints.items()},
        "required": list(hints),
        "additionalProperties": False,
    }


def _typed(hint: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    plain = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
    if hint in plain:
        return {"type": plain[hint]}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_typed(one) for one in arguments]}
    if origin is list:
        return {"type": "array", "items": _typed(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _typed(arguments[1])}
    if typing.is_typeddict(hint):
        return _object(hint)
    return {}


def _write_parquet(path: Path, tables: Sequence[Table]) -> None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise UsageError(NEEDED.format("pyarrow")) from None
    kinds = {name: _arrow(pa, hint) for name, hint in typing.get_type_hints(Row).items()}
    schema = pa.schema([("task", pa.string()), ("better", pa.string()), *kinds.items()])
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for table in tables:
            lines: list[Mapping[str, Any]] = [
                {"task": table["task"], "better": table["better"], **row} for row in table["rows"]
            ]
            file.write_table(pa.Table.from_pylist(list(lines), schema=schema))


def _arrow(pa: Any, hint: Any) -> Any:
    plain = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    if hint in plain:
        return plain[hint]
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is list:
        return pa.list_(_arrow(pa, arguments[0]))
    if typing.get_origin(hint) is typing.Literal:
        return pa.string()
    return _arrow(pa, next(one for one in arguments if one is not type(None)))
