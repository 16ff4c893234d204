"""Text made plain for matching, with the way back to where each character stood."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

PLAIN = {  # one character each, so that a text that holds nothing else keeps its places
    ord(character): plain
    for characters, plain in {
        "‘’‚‛′´": "'",
        "“”„‟″«»": '"',
        "‐‑‒–—―−": "-",
        "。…": ".",
        "、・": ",",
        "⁄": "/",
        "\u00a0\u202f": " ",
    }.items()
    for character in characters
}
INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufe0e\ufe0f"
)
WIDEST = 2  # one character may not become a phrase


@dataclass(frozen=True, slots=True)
class Folded:
    """A stretch of a text, folded: lower case, straight quotes, plain dashes, no invisible characters.

    `places[i]` is where folded character i stands in the original; one more entry marks the end.
    """

    text: str
    original: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where folded characters start..end stand in the original."""
        return self.places[start], self.places[end - 1] + 1 if end > start else self.places[start]

    def part(self, start: int, end: int) -> Folded:
        """Return folded characters start..end as a text of their own, with spans that still count in the original."""
        return Folded(self.text[start:end], self.original, self.places[start : end + 1])

    def is_upper(self, index: int) -> bool:
        """Return whether the folded character at `index` was written as a capital."""
        return self.original[self.places[index]].isupper()


def fold(text: str, start: int = 0, end: int | None = None) -> Folded:
    """Fold text[start:end]; spans of the result count from the start of `text`."""
    end = len(text) if end is None else end
    plain = text[start:end]
    if not plain.isascii():
        plain = plain.translate(PLAIN)
    if plain.isascii():
        return Folded(plain.lower(), text, range(start, end + 1))
    pieces = [_fold(character) for character in plain]
    places = [start + index for index, piece in enumerate(pieces) for _ in piece]
    return Folded("".join(pieces), text, [*places, end])


@lru_cache(maxsize=8192)
def _fold(character: str) -> str:
    if character in INVISIBLE:
        return ""
    if unicodedata.category(character) == "No":  # the 2 of 10² must not become a digit of 102
        return character
    plain = unicodedata.normalize("NFKD", character).translate(PLAIN).casefold()
    return plain if len(plain) <= WIDEST else character
