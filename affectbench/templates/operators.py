"""What operators may do inside a template, and what may stand inside text; every result is bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Undefined

MAX_TEXT = 65_536
MAX_BITS = 512

FORMAT = re.compile(r"%[-+ 0#]{0,4}\d{0,2}(\.\d{0,2})?[sdifeEgGxX]|%%")


class Method:
    """A method of some text or mapping, waiting for its arguments."""

    __slots__ = ("function", "owner")

    def __init__(self, function: Callable[..., Any], owner: Any) -> None:
        self.function = function
        self.owner = owner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self.function(self.owner, *args, **kwargs)


def printable(value: Any) -> Any:
    """Return what may stand inside text: text and numbers. Raises TypeError for anything else."""
    if isinstance(value, str | int | float | Undefined):
        return value
    raise TypeError(f"{kind_of(value)} cannot stand inside text; join it, or let the expression stand alone")


def binary(operator: str, left: Any, right: Any) -> Any:
    """Compute `left operator right`: numbers, `+` on texts or lists, `%` on a format. Raises TypeError, ValueError."""
    for side in (left, right):
        if isinstance(side, Undefined):
            str(side)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _arithmetic(operator, left, right)
    if operator == "%" and isinstance(left, str):
        return _formatted(left, right)
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        return bounded(len(left) + len(right)) and left + right
    if operator == "+" and isinstance(left, list) and isinstance(right, list):
        return bounded(len(left) + len(right)) and left + right
    raise TypeError(
        f"{kind_of(left)} {operator} {kind_of(right)} has no meaning; columns are text: convert with | int or | float"
    )


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    if all(isinstance(side, int) for side in (left, right)) and left.bit_length() + right.bit_length() > MAX_BITS:
        raise ValueError("the numbers are too large")
    operations: dict[str, Callable[[Any, Any], Any]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "//": lambda a, b: a // b,
        "%": lambda a, b: a % b,
    }
    return operations[operator](left, right)


def _formatted(form: str, values: Any) -> str:
    given = values if isinstance(values, tuple) else (values,)
    if "%" in FORMAT.sub("", form):
        raise ValueError("a format knows %s %d %f %g %e %x with widths up to two digits")
    for item in given:
        printable(item)
        if isinstance(item, int) and item.bit_length() > MAX_BITS:
            raise ValueError("the number is too large")
    bounded(len(form) + 100 * form.count("%") + sum(len(item) for item in given if isinstance(item, str)))
    return form % given


def bounded(length: int) -> bool:
    """Return True; raises ValueError when a result would be longer than MAX_TEXT."""
    if length > MAX_TEXT:
        raise ValueError(f"gives {length:,} characters, at most {MAX_TEXT:,}")
    return True


def kind_of(value: Any) -> str:
    """Return what a value is, in words."""
    names = {str: "text", bool: "true/false", int: "a number", float: "a number", type(None): "nothing (none)"}
    if isinstance(value, Mapping):
        return "a mapping"
    return names.get(type(value), "a method" if isinstance(value, Method) else f"a {type(value).__name__}")
