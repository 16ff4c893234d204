"""Action units as people write them: `AU06`, `Action Unit 6`, `AU6+12`, `AU 6, 12 and 25`, `AU1-AU4`, `AU12L`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

NAME = re.compile(r"(?i)au0*([0-9]{1,2})")
CODE = r"[lr]?0{0,3}([1-9][0-9]?)(?:[a-z](?!\w)|(?!\w))"  # a side (L12, 12L) or an intensity (12B) may stand with it
HEAD = re.compile(
    r"\b(?:aus?|action[ _-]?units?)(?:[ _](?:codes?|numbers?|no\.?))?[ \t]?"
    rf"(?:(?:is|are|active|present)[ \t]?){{0,2}}[*_#:()\[.-]{{0,3}}[ \t]?{CODE}"
)
NEXT = re.compile(
    r"[ \t]{0,2}(?:(-|\bto\b|\bthrough\b|~)|,[ \t]?(?:and|or|&)\b|\b(?:and|or|plus)\b|[,+/&])[ \t*_]{0,4}"
    rf"((?:aus?[ \t]?)?{CODE})(?!\.[0-9]|%|\s?[:=]|\s(?:others?|more|people)\b)"
)
MEMBER = r"0{0,3}[1-9][0-9]?[a-z]?"
BARE = re.compile(rf"[\s\[({{]*+{MEMBER}(?:(?:[ \t]*[,+;/&\n][ \t]*|[ \t]+and[ \t]+){MEMBER})*+[\s\])}}.]*+")
NUMBER = re.compile(r"0*([1-9][0-9]?)[a-z]?")


class Unit(NamedTuple):
    """One action unit and where it is written; the units of a range share its place."""

    number: int
    start: int
    end: int


def numbered(names: Iterable[str]) -> dict[int, str]:
    """Return the options that are action units, by number."""
    found = ((NAME.fullmatch(name.strip()), name) for name in names)
    return {int(match[1]): name for match, name in found if match}


def units(text: str, wanted: Mapping[int, str], lists: bool = True) -> Iterator[Unit]:
    """Yield the action units that folded `text` writes by number.

    A range yields those between its ends that are `wanted`. With `lists` false a number is read only right behind `AU`.
    """
    end = 0
    while head := HEAD.search(text, end):
        last, end = int(head[1]), head.end()
        yield Unit(last, head.start(), end)
        following = NEXT.match(text, end) if lists else None
        while following:
            number, start = int(following[3]), end if following[1] else following.start(2)
            end = following.end()
            if following[1]:
                yield from (Unit(between, start, end) for between in range(last + 1, number) if between in wanted)
            yield Unit(number, start, end)
            last, following = number, NEXT.match(text, end)


def bare(text: str) -> Iterator[Unit]:
    """Yield the units of a reply that is nothing but numbers: `6, 12 and 25`, `6+12`, `[6, 12]`."""
    if BARE.fullmatch(text):
        yield from (Unit(int(match[1]), match.start(), match.end()) for match in NUMBER.finditer(text))
