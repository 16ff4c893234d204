"""The filters, tests and methods of templates, each with a bound on what it gives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import Undefined

from affectbench.templates.operators import bounded, kind_of, printable

MOJIBAKE = re.compile("[\u0080-\u009f\u00c2-\u00f4]")
WINDOWS = {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    """`text` with `old` replaced by `new`, at most `count` times."""
    text = _text(text)
    found = text.count(old) if count < 0 else min(text.count(old), count)
    bounded(len(text) + found * (len(new) - len(old)))
    return text.replace(old, new, count)


def join(items: Iterable[Any], separator: str = "") -> str:
    """Items as text with `separator` between them."""
    texts = [str(printable(item)) for item in _items(items)]
    bounded(sum(map(len, texts)) + len(separator) * max(0, len(texts) - 1))
    return separator.join(texts)


def zfill(text: str, width: int) -> str:
    """`text` with zeros in front, up to `width` (at most 99) characters."""
    if width > 99:
        raise ValueError("a width of at most 99")
    return text.zfill(width)


def name(path: str) -> str:
    """The last step of a path."""
    return _text(path).rstrip("/").rsplit("/", 1)[-1]


def parent(path: str) -> str:
    """The path without its last step."""
    return _text(path).rstrip("/").rpartition("/")[0]


def stem(path: str) -> str:
    """The last step of a path without its ending."""
    last = name(path)
    dot = last.rfind(".")
    return last[:dot] if dot > 0 else last


def integer(value: Any) -> int:
    """A whole number: `07` and `3.0` are, `3.5` and an empty text are not (ValueError)."""
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            value = number(value)
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"{value!r} is not a whole number")
    return int(_numeric(value))


def number(value: Any) -> float:
    """A number with a fraction. Raises ValueError where `value` is none."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise ValueError(f"{value[:40]!r} is not a number") from None
    return float(_numeric(value))


def rounded(value: Any, digits: int = 0) -> Any:
    """`value` rounded half to even; a whole number without `digits`."""
    if not 0 <= digits <= 15:
        raise ValueError("0 to 15 digits")
    return round(_numeric(value), digits) if digits else round(_numeric(value))


def default(value: Any, other: Any = "", empty: bool = False) -> Any:
    """`other` where the column is absent (with `empty` also where it is empty)."""
    return other if isinstance(value, Undefined) or (empty and not value) else value


def fix_mojibake(text: str) -> str:
    """UTF-8 that was read as Windows-1252 (`donâ€™t`), or Windows-1252 read as Latin-1, put right."""
    text = _text(text)
    if not MOJIBAKE.search(text):
        return text
    try:
        return text.translate(WINDOWS).encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text.translate(WINDOWS)


def as_list(value: Any) -> list[Any]:
    """A list as it is; an empty text as no item; anything else as a list of one."""
    if isinstance(value, list | tuple):
        return list(value)
    return [] if isinstance(value, str) and not value else [value]


def each(items: Iterable[Any], filter_name: str, *args: Any) -> list[Any]:
    """Every item through a filter: `| map('trim')`."""
    if filter_name not in FILTERS or filter_name == "map":
        raise ValueError(f"no filter {filter_name!r}")
    found, length = [], 0
    for item in _items(items):
        result = FILTERS[filter_name](item, *args)
        length += len(result) if isinstance(result, str | list) else 1
        bounded(length)
        found.append(result)
    return found


def pairs(items: Iterable[Any], others: Iterable[Any]) -> list[list[Any]]:
    """The items of two lists side by side: `speakers | zip(lines)`. Raises ValueError where one list is longer."""
    first, second = list(_items(items)), list(_items(others))
    if len(first) != len(second):
        raise ValueError(f"lists of {len(first)} and {len(second)} items do not go side by side")
    return [[one, other] for one, other in zip(first, second, strict=True)]


def from_json(text: str) -> Any:
    """What a JSON text says; numbers stay text, as in a table."""
    try:
        return json.loads(_text(text), parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at {error.pos}") from None


def to_json(value: Any) -> str:
    """`value` as JSON."""
    parts, length = [], 0
    for part in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        length += len(part)
        bounded(length)
        parts.append(part)
    return "".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined):
        str(value)
    raise TypeError(f"needs text, not {kind_of(value)}")


def _numeric(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, int | float):
        raise TypeError(f"needs a number, not {kind_of(value)}")
    return value


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, list | tuple | Mapping | type({}.items()) | type({}.keys()) | type({}.values())):
        raise TypeError(f"needs a list, not {kind_of(value)}")
    return value


def _sized(value: Any) -> int:
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, Sequence | Mapping):
        raise TypeError(f"needs text or a list, not {kind_of(value)}")
    return len(value)


def _one(value: Any, place: int) -> Any:
    items = value if isinstance(value, str) else list(_items(value))
    if not items:
        raise ValueError("an empty list or text has no item")
    return items[place]


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(_numeric(value)),
    "as_list": as_list,
    "capitalize": lambda text: _text(text).capitalize(),
    "default": default,
    "first": lambda value: _one(value, 0),
    "fix_mojibake": fix_mojibake,
    "float": number,
    "int": integer,
    "join": join,
    "json": from_json,
    "last": lambda value: _one(value, -1),
    "length": _sized,
    "list": lambda items: list(_items(items)),
    "lower": lambda text: _text(text).lower(),
    "map": each,
    "max": lambda items: max(_items(items)),
    "min": lambda items: min(_items(items)),
    "name": name,
    "parent": parent,
    "replace": replace,
    "round": rounded,
    "sort": lambda items: sorted(_items(items)),
    "split": lambda text, separator=None: _text(text).split(separator),
    "stem": stem,
    "string": lambda value: str(printable(value)),
    "strip": lambda text, characters=None: _text(text).strip(characters),
    "sum": lambda items: sum(_numeric(item) for item in _items(items)),
    "title": lambda text: _text(text).title(),
    "tojson": to_json,
    "trim": lambda text, characters=None: _text(text).strip(characters),
    "unique": lambda items: list(dict.fromkeys(_items(items))),
    "upper": lambda text: _text(text).upper(),
    "zfill": lambda text, width: zfill(_text(text), width),
    "zip": pairs,
}

TESTS: dict[str, Callable[..., bool]] = {
    "defined": lambda value: not isinstance(value, Undefined),
    "undefined": lambda value: isinstance(value, Undefined),
    "none": lambda value: value is None,
    "odd": lambda value: _numeric(value) % 2 == 1,
    "even": lambda value: _numeric(value) % 2 == 0,
    "divisibleby": lambda value, other: _numeric(value) % _numeric(other) == 0,
    "in": lambda value, items: value in items,
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float),
    "mapping": lambda value: isinstance(value, Mapping),
    "sequence": lambda value: isinstance(value, list | tuple),
}

METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    str: {
        **{
            each_name: getattr(str, each_name)
            for each_name in (
                *("capitalize", "casefold", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdigit"),
                *("islower", "isnumeric", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix"),
                *("rfind", "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip"),
                *("title", "upper"),
            )
        },
        "replace": replace,
        "zfill": zfill,
        "join": lambda text, items: join(items, text),
    },
    dict: {
        "get": lambda mapping, key, other=None: mapping.get(key, other),
        "items": lambda mapping: list(mapping.items()),
        "keys": list,
        "values": lambda mapping: list(mapping.values()),
    },
}
