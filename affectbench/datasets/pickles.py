"""Pickles without `pickle`: an interpreter that makes plain values and numpy arrays and can call nothing else.

A pickle is a program. `pickletools` takes it apart without running it; of its instructions those are carried out that
make text, numbers, lists, tuples and dicts, and of the functions that it may name the few by which numpy writes arrays,
which are written anew here. Nothing is looked up in any module, so there is nothing that a hostile file could reach.
"""

from __future__ import annotations

import math
import pickletools
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectbench.errors import DataError

MOST_EMPTY = 1_000_000
MOST_AXES = 32
BROKEN = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, TypeError),
    *(ValueError, BadZipFile, struct.error, zlib.error),
)
"""What a broken file may raise, depending on where reading stumbles."""

_KIND = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|[SU]\d{1,6}|O\d?)")
_MARK = object()


def unpickled(stream: IO[bytes], shown: str) -> Any:
    """Return the value of a pickle of protocol 0 to 5. Arrays come as `Held`.

    Raises DataError for anything that is no plain value or array, and for a torn file. Nothing in the file is run.
    """
    try:
        return _Machine().run(stream)
    except BROKEN as error:
        raise DataError(f"{shown}: not readable as arrays: {str(error) or type(error).__name__}") from None


# -- arrays ----------------------------------------------------------------------------------------------------------


class Kind:
    """The type of an array's items: truth, whole numbers, numbers, text of fixed length, or objects."""

    def __init__(self, text: object, *_: object) -> None:
        if not isinstance(text, str) or not _KIND.fullmatch(text):
            raise ValueError(f"items of the type {text!r} are not read")
        self.dtype = np.dtype(text)

    def fill(self, state: Any) -> None:
        """Take the order of bytes; items that have parts are refused."""
        _, order, *parts = state if isinstance(state, tuple) else (None, None, True)
        if order not in ("<", ">", "|", "=") or any(part is not None for part in parts[:3]):
            raise ValueError("items that have parts are not read")
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class Held:
    """An array, which is made before it is filled."""

    def __init__(self) -> None:
        self.value: Any = _MARK

    def fill(self, state: Any) -> None:
        """Take shape, type and content as numpy writes them."""
        _, shape, kind, fortran, content = state
        self.value = array_of(_kind(kind).dtype, shape, content, "F" if fortran else "C")

    @property
    def content(self) -> Any:
        """The numbers or texts as an array, objects as lists in lists, or the one item of an array without axes."""
        if self.value is _MARK:
            raise ValueError("an array has no content")
        return self.value


def array_of(dtype: np.dtype[Any], shape: Any, content: Any, order: Any) -> Any:
    """Return an array, or lists in lists of objects. Raises ValueError where shape and content do not agree.

    So the size that a file claims is never taken up unless the file has as much.
    """
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape) or len(shape) > MOST_AXES:
        raise ValueError(f"{str(shape)[:80]} is no shape of an array")
    count = math.prod(shape)
    if math.prod(n or 1 for n in shape) > max(count, MOST_EMPTY):
        raise ValueError(f"an empty array of the shape {shape}")
    given = len(content) if dtype.hasobject and isinstance(content, list) else _length(content, dtype)
    if given != count:
        raise ValueError(f"the shape {str(shape)[:80]} claims {count:,} items, but there are {given:,}")
    if not dtype.hasobject:
        return np.frombuffer(_bytes_of(content), dtype).reshape(shape, order=order)
    return _taken(np.arange(count).reshape(shape).tolist(), content)  # objects are listed row by row in any order


def _length(content: Any, dtype: np.dtype[Any]) -> int:
    size = len(_bytes_of(content))
    if dtype.hasobject or dtype.itemsize == 0 or size % dtype.itemsize:
        raise ValueError(f"{size:,} bytes are no items of the type {dtype}")
    return size // dtype.itemsize


def _bytes_of(content: Any) -> bytes:
    if isinstance(content, str):  # Python 2 had no bytes
        return content.encode("latin-1")
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    raise ValueError(f"an array's content is bytes, not {type(content).__name__}")


def _taken(places: Any, items: list[Any]) -> Any:
    return [_taken(place, items) for place in places] if isinstance(places, list) else items[places]


def _kind(found: Any) -> Kind:
    if not isinstance(found, Kind):
        raise ValueError("an array has no type of items")
    return found


# -- the functions that a pickle may name ----------------------------------------------------------------------------


class _Name:
    """A function that may be named; it can be called in the interpreter, and nothing about it can be changed."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make


def _reconstruct(*_: object) -> Held:
    return Held()  # the shape and type given here are those of an empty array; the true ones come with its content


def _scalar(kind: Any, content: Any) -> Any:
    return array_of(_kind(kind).dtype, (1,), content, "C")[0].item()


def _from_buffer(content: Any, kind: Any, shape: Any, order: Any, axes: Any = None) -> Held:
    held = Held()
    array: NDArray[Any] = array_of(_kind(kind).dtype, shape, content, "F" if order == "F" else "C")
    held.value = array if axes is None else array.transpose(axes)
    return held


def _encoded(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"bytes written as text of the encoding {encoding!r}")
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    return b""


def _never(*_: object) -> Any:
    raise ValueError("an array is made by a call that numpy does not write")


NAMES: Mapping[str, _Name] = {
    **{f"{core}.multiarray _reconstruct": _Name(_reconstruct) for core in ("numpy.core", "numpy._core")},
    **{f"{core}.multiarray scalar": _Name(_scalar) for core in ("numpy.core", "numpy._core")},
    **{f"{core}.numeric _frombuffer": _Name(_from_buffer) for core in ("numpy.core", "numpy._core")},
    **{f"{module} bytes": _Name(_no_bytes) for module in ("builtins", "__builtin__")},
    "_codecs encode": _Name(_encoded),
    "numpy dtype": _Name(Kind),
    "numpy ndarray": _Name(_never),
}
"""All that a pickle may name, as module and name. Each is a function of this file."""


# -- the interpreter -------------------------------------------------------------------------------------------------

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = frozenset((
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BYTEARRAY8",
))  # fmt: skip
_PASSED_OVER = frozenset(("PROTO", "FRAME"))


class _Machine:
    """A stack and a memo, as the pickle's instructions expect them."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, stream: IO[bytes]) -> Any:
        """Carry out the instructions up to the last, and return what is left."""
        for opcode, argument, place in pickletools.genops(stream):
            name = opcode.name
            if name in _LITERALS:
                self.stack.append(argument)
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name])
            elif name in STEPS:
                STEPS[name](self, argument)
            elif name == "STOP":
                return self.pop()
            elif name not in _PASSED_OVER:
                raise ValueError(f"byte {place}: the instruction {name} makes no plain value and is not carried out")
        raise ValueError("it has no end")

    def pop(self) -> Any:
        """Take the value on top."""
        found = self.stack.pop()
        if found is _MARK:
            raise ValueError("a value is missing")
        return found

    def popped(self) -> list[Any]:
        """Take all values down to the last mark, and the mark."""
        at = len(self.stack) - 1
        while at >= 0 and self.stack[at] is not _MARK:
            at -= 1
        if at < 0:
            raise ValueError("a mark is missing")
        found = self.stack[at + 1 :]
        del self.stack[at:]
        return found

    def top(self, *kinds: type) -> Any:
        """Return the value on top, which must be of one of the kinds."""
        if not isinstance(self.stack[-1], kinds):
            raise ValueError(f"{type(self.stack[-1]).__name__} stands where something else is filled")
        return self.stack[-1]

    def put(self, made: Any) -> None:
        """Lay a value on top."""
        self.stack.append(made)

    def extend(self, items: list[Any]) -> None:
        """Put items into the list on top."""
        self.top(list).extend(items)

    def enter(self, items: list[Any]) -> None:
        """Put keys and values, one after the other, into the dict on top."""
        into = self.top(dict)
        if len(items) % 2 or not all(isinstance(key, str | int | float) for key in items[::2]):
            raise ValueError("a key that is neither text nor a number")
        into.update(zip(items[::2], items[1::2], strict=True))

    def dict_of(self, items: list[Any]) -> None:
        """Lay a dict of keys and values on top."""
        self.put({})
        self.enter(items)

    def last(self, count: int) -> list[Any]:
        """Take the values on top, the lowest first."""
        return [self.pop() for _ in range(count)][::-1]

    def name(self, wanted: str) -> None:
        """Lay one of the functions on top that may be named."""
        if wanted not in NAMES:
            shown = ".".join(wanted.split(" ", 1))[:100]
            raise ValueError(f"it names {shown}, which is no plain value or array; it was not run")
        self.put(NAMES[wanted])

    def named(self) -> None:
        """Do so by module and name on top."""
        module, name = self.last(2)
        self.name(f"{module} {name}")

    def call(self) -> None:
        """Call one of the functions that may be named."""
        function, arguments = self.last(2)
        if not isinstance(function, _Name) or not isinstance(arguments, tuple):
            raise ValueError("something is called that is no function")
        self.put(function.make(*arguments))

    def build(self) -> None:
        """Give an array or its type what it holds."""
        state = self.pop()
        self.top(Held, Kind).fill(state)

    def remember(self, number: int | None) -> None:
        """Keep the value on top under a number."""
        self.memo[len(self.memo) if number is None else number] = self.stack[-1]

    def drop(self) -> None:
        """Throw away the value on top, or the mark."""
        self.stack.pop()


STEPS: Mapping[str, Callable[[_Machine, Any], Any]] = {
    "MARK": lambda machine, _: machine.put(_MARK),
    "POP": lambda machine, _: machine.drop(),
    "POP_MARK": lambda machine, _: machine.popped(),
    "DUP": lambda machine, _: machine.put(machine.top(object)),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda machine, number: machine.put(machine.memo[number])),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), lambda machine, number: machine.remember(number)),
    "EMPTY_LIST": lambda machine, _: machine.put([]),
    "LIST": lambda machine, _: machine.put(machine.popped()),
    "APPEND": lambda machine, _: machine.extend(machine.last(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.popped()),
    "EMPTY_TUPLE": lambda machine, _: machine.put(()),
    "TUPLE": lambda machine, _: machine.put(tuple(machine.popped())),
    "TUPLE1": lambda machine, _: machine.put(tuple(machine.last(1))),
    "TUPLE2": lambda machine, _: machine.put(tuple(machine.last(2))),
    "TUPLE3": lambda machine, _: machine.put(tuple(machine.last(3))),
    "EMPTY_DICT": lambda machine, _: machine.put({}),
    "DICT": lambda machine, _: machine.dict_of(machine.popped()),
    "SETITEM": lambda machine, _: machine.enter(machine.last(2)),
    "SETITEMS": lambda machine, _: machine.enter(machine.popped()),
    "GLOBAL": lambda machine, wanted: machine.name(wanted),
    "STACK_GLOBAL": lambda machine, _: machine.named(),
    "REDUCE": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.build(),
}
