"""Which clues a text names, denied or not: whole phrases, action units by number, and parts with what they do.

A part takes the movement behind it ("the brows are slightly raised", and "raised and drawn together"), or the one
before it ("raised brows", "raises her brows"); members of a list ("brows and cheeks are raised") share it. Nothing but
small words may stand between, so that "raised brows, pressed lips" is not read as raised lips.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from affectbench.answers.folding import Folded
from affectbench.answers.units import units
from affectbench.clues.grammar import AND, BEFORE, BUT, FILLING, HARD, LINKS
from affectbench.clues.lexis import CLUE, DENIED, MOVE, PART, Lexis, Meaning
from affectbench.clues.phrases import Found
from affectbench.clues.tokens import Token

REACH = 12  # tokens between a part and its movement
BACK = 5
MOST = 2000  # units by number; a text with more is a loop
FACE = "face"


class Named(NamedTuple):
    """A clue at tokens first..last (exclusive); `at` is the later of its pieces, where denials are looked at."""

    at: int
    first: int
    last: int
    clue: str
    negative: bool = False


class Piece(NamedTuple):
    """A phrase at tokens first..last: the groups of parts and movements that it may be, the clues that it is."""

    first: int
    last: int
    parts: tuple[str, ...]
    moves: tuple[str, ...]
    clues: tuple[tuple[str, bool], ...]


def pieces(lexis: Lexis, text: Sequence[Token]) -> list[Piece]:
    """Return the phrases of the lexicon that stand in a text, in order, none inside another."""
    found, place = [], 0
    while place < len(text):
        phrase = lexis.phrases.at(text, place)
        if phrase is not None:
            found.append(_piece(phrase))
        place = phrase.last if phrase else place + 1
    return found


def _piece(found: Found[Meaning]) -> Piece:
    clues = tuple((m.name, m.kind == DENIED) for m in found.means if m.kind in (CLUE, DENIED))
    parts = tuple(m.name for m in found.means if m.kind == PART)
    return Piece(found.first, found.last, parts, tuple(m.name for m in found.means if m.kind == MOVE), clues)


def numbered(lexis: Lexis, folded: Folded, text: Sequence[Token]) -> Iterator[Named]:
    """Yield the action units that a text writes by number."""
    starts = [token.start for token in text]
    for unit in islice(units(folded.text, lexis.units), MOST):
        first = bisect_left(starts, unit.start)
        last = bisect_left(starts, unit.end)
        if first < len(starts):
            yield Named(first, first, max(last, first + 1), f"{FACE}/AU{unit.number}")


class Binder:
    """Joins the parts and movements of one text."""

    def __init__(self, lexis: Lexis, text: Sequence[Token], found: Sequence[Piece]) -> None:
        self.lexis, self.text, self.found = lexis, text, found
        self.starting = {piece.first: index for index, piece in enumerate(found)}
        self.ending = {piece.last: index for index, piece in enumerate(found)}
        self.used: set[int] = set()

    def named(self) -> Iterator[Named]:
        """Yield every clue that a phrase is or that a part and a movement make."""
        bound: list[Named] = []
        alone = []
        for index, piece in enumerate(self.found):
            if piece.parts:
                joined = list(self._behind(index))
                bound += joined
                alone += [] if joined else [index]
        for index in alone:
            bound += self._before(index)
        yield from bound
        for piece in self.found:
            for clue, negative in piece.clues:
                yield Named(piece.first, piece.first, piece.last, clue, negative)

    def _behind(self, index: int) -> Iterator[Named]:
        """Yield what the movements behind a part make of it."""
        part = self.found[index]
        place, end = part.last, min(part.last + REACH, len(self.text))
        bound = linked = moving = False
        while place < end:
            other = self._at(place)
            raw = self.text[place].raw
            if other is not None and (moved := self.lexis.bound(part.parts, self.found[other].moves)):
                if bound and self._of_the_next(other):
                    return
                yield from self._join(part, other, moved)
                self.used.add(other)
                bound, linked, place = True, False, self.found[other].last
            elif other is not None and self.found[other].parts:
                if bound or moving or not linked:
                    return
                linked, place = False, self.found[other].last
            elif raw in HARD:
                return
            elif raw in LINKS or raw in BUT:
                if not bound and raw not in BUT and not self._goes_on(part, place):
                    return
                linked, place = True, place + 1
            elif (
                raw == ":"
                or raw in FILLING
                or self.text[place].stem in FILLING
                or (linked and raw in BEFORE)
                or (other is not None)
            ):
                moving = moving or other is not None
                place = self.found[other].last if other is not None else place + 1
            else:
                return

    def _before(self, index: int) -> Iterator[Named]:
        """Yield what the movements before a part make of it."""
        part = self.found[index]
        place, bound = part.first, False
        while place > max(0, part.first - BACK - (BACK if bound else 0)):
            other = self.ending.get(place)
            raw = self.text[place - 1].raw
            if other is not None:
                moved = self.lexis.bound(part.parts, self.found[other].moves)
                if not moved or other in self.used:
                    if not (moved or self.found[other].moves):
                        return
                    if other in self.used:
                        return
                else:
                    yield from self._join(part, other, moved)
                    bound = True
                place = self.found[other].first
            elif (bound and raw in LINKS) or raw in BEFORE:
                place -= 1
            else:
                return

    def _join(self, part: Piece, other: int, moved: list[tuple[str, bool]]) -> Iterator[Named]:
        move = self.found[other]
        first, last = min(part.first, move.first), max(part.last, move.last)
        for clue, negative in moved:
            yield Named(max(part.first, move.first), first, last, clue, negative)

    def _at(self, place: int) -> int | None:
        return self.starting.get(place)

    def _goes_on(self, part: Piece, place: int) -> bool:
        """Whether a list of parts goes on at a link. "The brows, and the lips are parted" are two clauses."""
        following = self.text[place + 1].raw if place + 1 < len(self.text) else ""
        if self.text[place].raw == "," and following in AND and place == part.last and not self._in_a_list(part.first):
            return False
        return self._part_follows(place + 1)

    def _in_a_list(self, place: int) -> bool:
        """Whether a part stands before a part, with a comma between them."""
        for back in range(place, max(0, place - 3), -1):
            if self.text[back - 1].raw == ",":
                other = self.ending.get(back - 1)
                return other is not None and bool(self.found[other].parts)
            if self.text[back - 1].raw not in BEFORE:
                return False
        return False

    def _part_follows(self, place: int) -> bool:
        """Whether a part comes next, after articles alone."""
        for ahead in range(place, min(place + 4, len(self.text))):
            other = self._at(ahead)
            if other is not None:
                return bool(self.found[other].parts)
            if self.text[ahead].raw not in BEFORE and self.text[ahead].raw not in LINKS:
                return False
        return False

    def _of_the_next(self, move: int) -> bool:
        """Whether a movement belongs to a part that follows it at once: "raised, and pressed LIPS"."""
        place = self.found[move].last
        for ahead in range(place, min(place + 3, len(self.text))):
            other = self._at(ahead)
            if other is not None:
                return bool(self.found[other].parts)
            if self.text[ahead].raw not in BEFORE:
                return False
        return False
