"""The cells of a workbook (.xlsx) that somebody else made: what it may unpack to is bounded, and its XML is plain."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from affectbench.errors import DataError, UsageError

MAX_BYTES = 20_000_000  # of a file, and of all that is packed in it
MAX_MEMBERS = 1_000
MAX_ROWS, MAX_COLUMNS = 20_000, 64

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ParseError, RecursionError, NotImplementedError, RuntimeError, EOFError, OSError),
    *(LookupError, TypeError, ValueError, AttributeError),
)
"""What the readers of archives and of XML raise on a file that is not what it says."""


def read_bytes(path: Path) -> bytes:
    """Return a whole file. Raises DataError if it is too large, no plain file, or cannot be read."""
    try:
        if not path.is_file():  # a pipe or a device may have no end; this raises what a link to itself raises
            path.stat()
            raise DataError(f"{path}: not a plain file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise DataError(f"{path}: larger than {MAX_BYTES:,} bytes")
    return data


def rows(path: Path, data: bytes) -> Iterator[Sequence[Any]]:
    """Return the cells of the first sheet of the workbook `data`, row by row; `path` is what errors name.

    Raises DataError for what is no workbook or unpacks to too much, UsageError without openpyxl.
    """
    _check(path, data)
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise UsageError('reading .xlsx files needs openpyxl: pip install "affectbench[data]"') from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        found = list(islice(book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS), MAX_ROWS + 1))
    except (InvalidFileException, *BROKEN) as error:
        raise DataError(f"{path}: not a workbook that can be read: {str(error).partition(chr(10))[0]}") from None
    if len(found) > MAX_ROWS:
        raise DataError(f"{path}: more than {MAX_ROWS:,} rows")
    return iter(found)


def _check(path: Path, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            large = sum(member.file_size for member in members) > MAX_BYTES or len(members) > MAX_MEMBERS
            odd = not large and any(_is_odd(packed.read(member)) for member in members)
    except BROKEN as error:
        raise DataError(f"{path}: not a workbook (.xlsx): {error}") from None
    if large:
        raise DataError(f"{path}: unpacks to more than {MAX_BYTES:,} bytes or {MAX_MEMBERS:,} files")
    if odd:
        raise DataError(f"{path}: its XML declares entities or is not UTF-8")


def _is_odd(member: bytes) -> bool:
    """Whether XML has declarations of its own, by which a small file grows, or an encoding that could hide them."""
    is_text = member[:5].lstrip(b"\xef\xbb\xbf\x00\xff\xfe \r\n\t")[:1] == b"<"
    return is_text and (b"<!DOCTYPE" in member or b"\x00" in member)
