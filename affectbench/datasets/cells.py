"""Cells: texts, numbers, sentinels and codes, and what is said of those that are none."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from affectbench.datasets.rows import Row
from affectbench.errors import DataError, near
from affectbench.labels import LabelSet

LARGEST = 1e12
LONE = re.compile("[\ud800-\udfff]")
"""Halves of characters, from broken JSON or from file names that are not UTF-8: no record could hold them."""


class Unknown:
    """Codes that no label set knows, with how often and where first: all are told at once, when the reading is over."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, str], tuple[int, str]] = {}

    def note(self, target: str, code: str, row: Row, labels: LabelSet) -> None:
        """Note one row with an unknown code."""
        key = (target, code, labels.id)
        count, place = self.found.get(key, (0, row.place))
        self.found[key] = (count + 1, place)

    def raise_if_any(self, labels: Mapping[str, LabelSet]) -> None:
        """Raise DataError that names each code, its rows, the first place and near labels."""
        lines = []
        for (target, code, name), (count, place) in list(self.found.items())[:20]:
            known = [*labels[name].names, *(given for given in labels[name].codes if given is not None)]
            hint = (
                near(code, known)
                or f" (codes: {', '.join(known[len(labels[name].names) :][:12]) or 'none, only names'})"
            )
            lines.append(f"{place}: target {target!r}: {code!r} is not a label of {name!r}{hint}; {count:,} row(s)")
        if lines:
            advice = "add the code to the label set, list it under `missing`, or leave such rows out by `where`"
            raise DataError("\n".join([*lines, advice]))


class Missing:
    """The sentinels of a target: a text, or the same number in another spelling."""

    def __init__(self, texts: Collection[str]) -> None:
        self.texts = frozenset(texts)
        self.numbers = frozenset(number for text in texts if (number := as_number(text)) is not None)

    def __contains__(self, text: object) -> bool:
        return bool(self.texts) and (text in self.texts or (bool(self.numbers) and as_number(text) in self.numbers))


def text_of(found: Any, row: Row, what: str) -> str:
    """Return a text or number as text. Raises DataError for anything else."""
    if isinstance(found, str):
        if not found.isascii() and LONE.search(found):
            raise DataError(f"{row.place}: {what}: {found[:80]!r} holds half a character, so it is no text")
        return found
    if isinstance(found, int | float):
        return str(found)
    raise DataError(f"{row.place}: {what}: text was expected, not {found!r}")


def number_of(found: Any, row: Row, what: str) -> float:
    """Return a finite number. Raises DataError for anything else."""
    number = as_number(found)
    if number is None or not math.isfinite(number):
        raise DataError(f"{row.place}: {what}: {found!r} is not a number; a code for no value goes under `missing`")
    if abs(number) > LARGEST:  # its square, and sums of such, would leave the range of numbers
        raise DataError(f"{row.place}: {what}: {number:g} is too large a number")
    return number


def as_number(found: Any) -> float | None:
    """Return a number, None for what is none."""
    try:
        return float(found)
    except (TypeError, ValueError):
        return None
