"""Replies of models that were held to an answer: one option and nothing else, or JSON of the agreed form.

A reply that is anything else shows that the constraint was not enforced, and is no answer, whatever it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from affectbench.answers.text import storable
from affectbench.answers.verdict import Value, answered, trimmed, unparsed
from affectbench.errors import UsageError
from affectbench.types import Asked, Form, Parsed

KEY = "answer"
"""The field of a constrained answer, as `models.constraint` asks for it."""
IGNORED = "not held to the constraint"


def choice(asked: Asked) -> Callable[[str], Parsed]:
    """Return the reader of replies that may be one of the options alone. Raises UsageError for another form."""
    if asked.form != "choice" or not asked.options:
        raise UsageError("`constrain: choice` is for answers of form 'choice', which have options")

    def read(text: str) -> Parsed:
        within = trimmed(text)
        said = text[slice(*within)]
        return answered(said, within, "constrained choice") if said in asked.options else _ignored(within)

    return read


def document(asked: Asked) -> Callable[[str], Parsed]:
    """Return the reader of replies that may be JSON of the agreed form alone. Raises UsageError for free texts."""
    if asked.form not in _VALUES:
        raise UsageError(f"`constrain: json` is not for answers of form {asked.form!r}")
    value = _VALUES[asked.form]

    def read(text: str) -> Parsed:
        within = trimmed(text)
        try:
            found = value(asked, json.loads(text))
        except (ValueError, RecursionError, TypeError, LookupError, OverflowError):
            return _ignored(within)
        return answered(found, within, "constrained JSON")

    return read


def _ignored(within: tuple[int, int]) -> Parsed:
    return unparsed(within, IGNORED if within[0] < within[1] else "empty")


def _only(found: dict[str, Any], *names: str) -> list[Any]:
    """Return the values of an object that has these fields and no other. Raises ValueError for anything else."""
    if not isinstance(found, dict) or set(found) != set(names):
        raise ValueError(names)
    return [found[name] for name in names]


def _choice(asked: Asked, found: Any) -> Value:
    (label,) = _only(found, KEY)
    return asked.options[asked.options.index(label)]


def _labels(asked: Asked, found: Any) -> Value:
    (named,) = _only(found, KEY)
    if not isinstance(named, list) or not set(named) <= set(asked.options):
        raise ValueError(named)
    return tuple(option for option in asked.options if option in named)


def _open(asked: Asked, found: Any) -> Value:
    (named,) = _only(found, KEY)
    if not isinstance(named, list) or not all(isinstance(word, str) and word.strip() for word in named):
        raise ValueError(named)
    return tuple(dict.fromkeys(" ".join(storable(word).lower().split()) for word in named))


def _levels(asked: Asked, found: Any) -> Value:
    given = _only(found, *(name for name, _, _ in asked.levels))
    values: dict[str, float] = {}
    for (name, low, high), number in zip(asked.levels, given, strict=True):
        if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
            raise ValueError(number)
        values[name] = float(number)
    return values


_VALUES: dict[Form, Callable[[Asked, Any], Value]] = {
    "choice": _choice,
    "labels": _labels,
    "levels": _levels,
    "open": _open,
}
