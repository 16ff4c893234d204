"""Phrases by their first word: the longest that stands at a place of a text, whatever the endings of its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from affectbench.answers.folding import fold
from affectbench.clues.grammar import SKIPPED
from affectbench.clues.tokens import Token, tokens

T = TypeVar("T")
MOST_SKIPPED = 3  # small words between two words of a phrase


class Found(NamedTuple, Generic[T]):
    """A phrase at tokens first..last (exclusive) with all that it stands for."""

    first: int
    last: int
    means: tuple[T, ...]


class Phrases(Generic[T]):
    """Looks up phrases; `loose` compares stems and passes over articles and sides, otherwise words are as written."""

    def __init__(self, given: Iterable[tuple[str, T]], loose: bool = True) -> None:
        self.loose = loose
        self._by_first: dict[str, list[tuple[tuple[str, ...], list[T]]]] = {}
        known: dict[tuple[str, ...], list[T]] = {}
        for phrase, meaning in given:
            words = tuple(self._word(token) for token in tokens(fold(phrase)) if not self._skips(token))
            if words and meaning not in known.setdefault(words, []):
                known[words].append(meaning)
        for words, meanings in sorted(known.items(), key=lambda item: (-len(item[0]), item[0])):
            self._by_first.setdefault(words[0], []).append((words[1:], meanings))

    def at(self, text: Sequence[Token], place: int) -> Found[T] | None:
        """Return the longest phrase that begins at a token, or None."""
        for rest, meanings in self._by_first.get(self._word(text[place]), ()):
            last = self._follow(text, place + 1, rest)
            if last is not None:
                return Found(place, last, tuple(meanings))
        return None

    def _follow(self, text: Sequence[Token], place: int, rest: tuple[str, ...]) -> int | None:
        for word in rest:
            end = min(place + MOST_SKIPPED, len(text))
            while place < end and self._skips(text[place]):
                place += 1
            if place >= len(text) or self._word(text[place]) != word:
                return None
            place += 1
        return place

    def _word(self, token: Token) -> str:
        return token.stem if self.loose else token.raw

    def _skips(self, token: Token) -> bool:
        return self.loose and token.raw in SKIPPED
