"""npz files: a zip archive with an array a member. Arrays of objects are pickles, which `pickles` reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from affectbench.datasets.pickles import BROKEN, Held, Kind, array_of, unpickled
from affectbench.errors import DataError

LARGEST = 4 << 30
UNSUSPECTED = 64 << 20
MOST_PACKED = 200
"""A member of more than `UNSUSPECTED` bytes is not unpacked if it is packed more tightly than this."""


class Archive(Mapping[str, Any]):
    """The variables of an npz file, each read when it is asked for. Raises DataError."""

    def __init__(self, file: Path, shown: str) -> None:
        self.file = file
        self.shown = shown
        try:
            with ZipFile(file) as archive:
                members = archive.infolist()
        except BROKEN as error:
            raise DataError(f"{shown}: not readable as npz: {error}") from None
        self.members = {member.filename.removesuffix(".npy"): member for member in members}

    def __getitem__(self, name: str) -> Any:
        member = self.members[name]
        shown = f"{self.shown}: {name}"
        _check_size(member, shown)
        try:
            with ZipFile(self.file) as archive, archive.open(member) as stream:
                return _array(stream, shown)
        except BROKEN as error:
            raise DataError(f"{shown}: not readable as an array: {str(error) or type(error).__name__}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


def _check_size(member: ZipInfo, shown: str) -> None:
    size = member.file_size
    packed = size > UNSUSPECTED and size > MOST_PACKED * max(member.compress_size, 1)
    if packed or size > LARGEST:
        raise DataError(f"{shown}: {size:,} bytes in {member.compress_size:,}: too much to be unpacked")


def _array(stream: IO[bytes], shown: str) -> Any:
    """Return the array of one member, as `Held` where it has objects."""
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} of the format")
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = header(stream)
    Kind(dtype.str)  # raises for a type that is not read
    if not dtype.hasobject:
        return array_of(dtype, shape, stream.read(), "F" if fortran else "C")
    found = unpickled(BufferedReader(stream), shown)  # type: ignore[type-var]  # a pickle is read a few bytes at a time
    if not isinstance(found, Held | np.ndarray):
        raise ValueError("its pickle holds no array")
    return found
