"""MATLAB files as rows. Only plain arrays, structs, cells and text are taken from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from affectbench.datasets.table import as_text
from affectbench.errors import DataError, near
from affectbench.specs.rows import Arrays

Cells = Iterator[tuple[int, dict[str, Any]]]


def array_cells(file: Path, arrays: Arrays, shown: str) -> Cells:
    """Yield (0, column → text, list or mapping) of the variables that `each` names. Raises DataError."""
    if arrays.format != "mat":
        raise DataError(f"{shown}: arrays of format {arrays.format!r} cannot be read by this version")
    if not arrays.each:
        raise DataError(f"{shown}: `each` must name the variables that hold rows: {{split: [train, test]}}")
    data = _loaded(file, shown)
    for column, variables in arrays.each.items():
        for named, variable in variables.items():
            if variable not in data:
                raise DataError(f"{shown}: no variable {variable!r}{near(variable, data)}")
            for record in _records(_plain(data[variable]), arrays):
                yield 0, {column: named, **record}


def _loaded(file: Path, shown: str) -> Mapping[str, Any]:
    try:
        from scipy.io import loadmat
        from scipy.io.matlab import MatReadError
    except ImportError:
        raise DataError("mat files need scipy: pip install 'affectbench[data]'") from None
    try:
        data: Mapping[str, Any] = loadmat(file, simplify_cells=True)
    except NotImplementedError:
        raise DataError(f"{shown}: a MATLAB 7.3 file; save it as version 7 to read it here") from None
    except (MatReadError, ValueError, TypeError, OSError) as error:
        raise DataError(f"{shown}: not readable as a MATLAB file: {error}") from None
    return data


def _records(data: Any, arrays: Arrays) -> Iterator[dict[str, Any]]:
    """Yield the rows of a variable: a list of structs, or a struct whose `entries` are named by a column."""
    if arrays.entries is not None and isinstance(data, Mapping):
        data = [{arrays.entries: key, **_struct(record)} for key, record in data.items()]
    for record in data if isinstance(data, list) else [data]:
        yield _struct(record)


def _struct(record: Any) -> dict[str, Any]:
    return dict(record) if isinstance(record, Mapping) else {"value": record}


def _plain(value: Any) -> Any:
    """Return arrays as lists and everything below as text, without the blanks that fill the rows of a text matrix."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str):
        return value.rstrip(" ")
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else as_text(value)
