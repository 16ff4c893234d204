"""Which number belongs to which name: `valence: 0.5`, `0.5 for valence`, `the arousal is about -0.2`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from affectbench.answers.numbers import Number
from affectbench.answers.words import Mention

FILLING = """
a about actual an and answer approximately are around as assessed at be best both close degree estimate estimated equals
expression face facial fairly final for from give given guess high i i'd in intensity is it its level likely low mean
medium mild mildly moderate moderately most mostly my near negative neutral of old on or out overall perceived person
person's point points positive predicted probably quite rate rated rating roughly say scale score set slightly somewhat
strong strongly that the this to value very was weak weakly would year years
"""
FILLER = frozenset(FILLING.split())
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
BEHIND = re.compile(r"""[ )\]"'*_]{0,3}(?:for|in|on)(?: the)? ["'*_]{0,2}""")
IN_BRACKETS = re.compile(r"""[ "'*_]{0,3}\(["'*_]{0,2}""")
SENTENCE_END = re.compile(r"[.;!?]\s")
LONGEST_GAP = 80  # characters between a name and its number
NEXT_MEMBER = re.compile(r"\s*(?:[,;]|and\b|&)")
ASSIGNS = re.compile(r"\b(?:is|was|are|at|of)\b|[:=]")


def within_a_name(number: Number, names: list[Mention]) -> bool:
    """Return whether a number is part of a name, as the 6 of `AU 6`."""
    index = bisect_right(names, number.start, key=lambda name: name.start)
    return index > 0 and number.start < names[index - 1].end


def attached(text: str, names: list[Mention], found: list[Number]) -> Iterator[tuple[str, Number]]:
    """Yield each number with the name it belongs to: the one behind it ("0.5 for valence"), else the one before it."""
    starts = [name.start for name in names]
    for number in found:
        index = bisect_left(starts, number.start)
        after = names[index] if index < len(names) else None
        if after and _belongs_to(text, number, after):
            yield after.label, number
        elif index and leads_to(text[names[index - 1].end : number.start]):
            yield names[index - 1].label, number


def _belongs_to(text: str, number: Number, name: Mention) -> bool:
    if BEHIND.fullmatch(text, number.end, name.start):
        return True
    return (
        bool(IN_BRACKETS.fullmatch(text, number.end, name.start))
        and text[name.end : name.end + 3].lstrip("\"'*_")[:1] == ")"
    )


def leads_to(gap: str) -> bool:
    """Return whether nothing but filler stands between a name and a number, and no new member of a list begins."""
    if len(gap) > LONGEST_GAP or SENTENCE_END.search(gap) or ("\n" in gap and WORD.search(gap)):
        return False
    if NEXT_MEMBER.match(gap) and not ASSIGNS.search(gap):
        return False
    return only_filler(gap) and not any(character.isdigit() for character in gap)


def only_filler(text: str) -> bool:
    """Return whether every word of a text could stand around a number without changing what it is."""
    return all(match[0] in FILLER for match in WORD.finditer(text))


def without_names(text: str, names: list[Mention]) -> str:
    """Return a text without the names in it."""
    pieces, at = [], 0
    for name in names:
        pieces.append(text[at : name.start])
        at = name.end
    return " ".join([*pieces, text[at:]])
