"""The numbers of a reply that can be answers: not the ends of a scale, nor what a number is out of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

MOST = 500  # numbers; a reply with more is no answer
NUMBER = r"[-+]?(?:[0-9]{1,15}+(?:\.[0-9]{1,15}+)?|\.[0-9]{1,15}+)(?:e[-+]?[0-9]{1,3}+)?"
FREE = r"(?<![\w.,])(?<![\w]-)"
RANGES = re.compile(  # from 1 to 9, between 1 and 9, 1-9, -1..1, [-1, 1] behind "scale" or before a colon
    rf"\bbetween {NUMBER} and {NUMBER}"
    rf"|{FREE}{NUMBER}(?: ?\([a-z ]{{1,24}}\))?"
    rf"(?: ?(?:to|through|until|\.\.\.?|~) ?| - |-(?=[-+]?[0-9.])){NUMBER}(?!\w)"
    rf"|\b(?:in|range|scale|interval|within|of)\b[ :=]{{0,3}}[\[(] ?{NUMBER} ?[,;] ?{NUMBER} ?[\])]"
    rf"|[\[(] ?{NUMBER} ?[,;] ?{NUMBER} ?[\])](?=[*_ ]{{0,3}}[:=])"
    rf"|(?:±|\+/-) ?{NUMBER}"
    rf"|\b[0-9]{{1,3}}[- ]point\b"
)
LONE = re.compile(
    rf"""{FREE}({NUMBER}(?:,[-+]?[0-9]{{1,15}}+(?:\.[0-9]{{1,15}}+)?){{0,7}}+)"""
    rf"(?:(\s?%)|\s?(?:/|out of|of) ?({NUMBER})(?![\w/])|(?!\w|[.,][0-9]|/[0-9]))"
)
COMMA = re.compile(r"([-+]?[0-9]{1,15}),([0-9]{1,2}|[0-9]{4,15})")
THOUSANDS = re.compile(r",0[0-9]")


class Number(NamedTuple):
    """A number as it is written, with what it is out of (`7/10`) or a percent sign."""

    start: int
    end: int
    written: str
    out_of: float | None = None
    percent: bool = False


def numbers(text: str) -> list[Number]:
    """Return the numbers of folded `text`, in order; at most `MOST` + 1."""
    return list(islice(_found(text), MOST + 1))


def without_ranges(text: str) -> str:
    """Blank the scales and intervals of a text, for their ends are no answers; the length stays."""
    return RANGES.sub(lambda match: "\0" * len(match[0]), text)


def _found(text: str) -> Iterator[Number]:
    for match in LONE.finditer(text):
        out_of = float(match[3]) if match[3] else None
        yield Number(match.start(1), match.end(1), match[1], out_of, bool(match[2]))


def single(number: Number, low: float, high: float) -> float | None:
    """Return the value of a number that stands alone; None if it is not on the scale from `low` to `high`.

    `0,5` is 0.5; `7/10` is 7 where the scale ends at 10; `50%` is 0.5 on 0..1 and 50 on 0..100. Else nothing is
    rescaled.
    """
    if number.out_of is not None and number.out_of != high:
        return None
    comma = COMMA.fullmatch(number.written)
    if "," in number.written and comma is None:
        return None
    value = float(f"{comma[1]}.{comma[2]}" if comma else number.written)
    if number.percent:
        if (low, high) not in ((0, 1), (0, 100)):
            return None
        value = value / 100 if high == 1 else value
    return value if low <= value <= high else None


def several(found: list[Number]) -> list[Number]:
    """Split numbers that are joined by commas: `0.5,-0.2` is two, `5,3` too, but not the thousand in `1,000`."""
    split = []
    for number in found:
        at = number.start
        for piece in [number.written] if THOUSANDS.search(number.written) else number.written.split(","):
            split.append(number._replace(start=at, end=at + len(piece), written=piece))
            at += len(piece) + 1
    return split
