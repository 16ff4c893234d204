"""Files of arrays as rows: MATLAB's, numpy's npz, and pickles of plain values and arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from affectbench.datasets.npz import Archive
from affectbench.datasets.pickles import BROKEN, Held, unpickled
from affectbench.datasets.table import as_text
from affectbench.errors import DataError, near
from affectbench.specs.rows import Arrays

Cells = Iterator[tuple[int, dict[str, Any]]]

SHORT = ("f2", "f4")
MOST = 20_000_000
"""So many values are made into rows at most: a small file can name the same list in itself over and over."""


def array_cells(file: Path, arrays: Arrays, shown: str) -> Cells:
    """Yield (0, column → text, list or mapping) of the variables that `each` or `columns` names. Raises DataError."""
    data = _LOADERS[arrays.format](file, shown)
    for column, named, block in _blocks(data, arrays, shown):
        base = {column: named} if column else {}
        for record in _columns(block, arrays, shown) if arrays.columns else _records(_Plain(shown).of(block), arrays):
            yield 0, {**base, **record}


def _blocks(data: Mapping[str, Any], arrays: Arrays, shown: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (column, its value, what holds rows) for each variable; without `each` the file itself holds them."""
    if not arrays.each:
        yield "", "", data
    for column, variables in arrays.each.items():
        for named, variable in variables.items():
            yield column, named, _entry(data, variable, shown)


def _entry(data: Any, name: str, shown: str) -> Any:
    data = data.content if isinstance(data, Held) else data
    if not isinstance(data, Mapping):
        raise DataError(f"{shown}: no variables are there, but {type(data).__name__}")
    if name not in data:
        raise DataError(f"{shown}: no variable {name!r}{near(name, map(str, data))}")
    return data[name]


# -- the formats -----------------------------------------------------------------------------------------------------


def _mat(file: Path, shown: str) -> Mapping[str, Any]:
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


def _pkl(file: Path, shown: str) -> Any:
    with file.open("rb") as stream:
        return unpickled(stream, shown)


_LOADERS: Mapping[str, Callable[[Path, str], Any]] = {"mat": _mat, "npz": Archive, "pkl": _pkl}


# -- rows ------------------------------------------------------------------------------------------------------------


def _columns(block: Any, arrays: Arrays, shown: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each place of arrays of equal length."""
    plain = _Plain(shown)
    columns = {name: plain.of(_entry(block, name, shown)) for name in arrays.columns}
    lengths = {name: len(cells) if isinstance(cells, list) else -1 for name, cells in columns.items()}
    if len(set(lengths.values())) > 1 or -1 in lengths.values():
        said = ", ".join(f"{name} {'no list' if n < 0 else format(n, ',')}" for name, n in lengths.items())
        raise DataError(f"{shown}: columns must be lists of one length: {said}")
    for cells in zip(*columns.values(), strict=True):
        yield dict(zip(columns, cells, strict=True))


def _records(data: Any, arrays: Arrays) -> Iterator[dict[str, Any]]:
    """Yield the rows of a variable: a list of structs, or a struct whose `entries` are named by a column."""
    if arrays.entries is not None and isinstance(data, Mapping):
        data = [{arrays.entries: key, **_struct(record)} for key, record in data.items()]
    for record in data if isinstance(data, list) else [data]:
        yield _struct(record)


def _struct(record: Any) -> dict[str, Any]:
    return dict(record) if isinstance(record, Mapping) else {"value": record}


class _Plain:
    """Makes lists of arrays and text of everything below, without the blanks that fill the rows of a text matrix."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.left = MOST

    def of(self, value: Any) -> Any:
        """Return a value as plain text, list or mapping. Raises DataError where it is too large or goes round."""
        try:
            return self._plain(value)
        except RecursionError:
            raise DataError(f"{self.shown}: its values hold one another, or are nested too deeply") from None
        except BROKEN as error:
            raise DataError(f"{self.shown}: not readable as arrays: {error}") from None

    def _plain(self, value: Any) -> Any:
        self._count(1)
        if isinstance(value, Held):
            return self._plain(value.content)
        if hasattr(value, "tolist"):
            self._count(getattr(value, "size", 1))
            if getattr(getattr(value, "dtype", None), "str", "")[1:] in SHORT:
                value = value.astype(str).astype(float)  # 0.1 stays 0.1, where its true value would be a little more
            value = value.tolist()
            return self._plain(value) if hasattr(value, "tolist") else self._below(value)
        return self._below(value)

    def _below(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): self._plain(item) for key, item in value.items()}
        if isinstance(value, str):
            return value.rstrip(" ")
        return [self._plain(item) for item in value] if isinstance(value, list | tuple) else as_text(value)

    def _count(self, more: int) -> None:
        self.left -= more
        if self.left < 0:
            raise DataError(f"{self.shown}: more than {MOST:,} values")
