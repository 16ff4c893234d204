"""Where a reply mentions the options: whole words, the longest spelling first, however they are joined or set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from affectbench.answers.folding import fold
from affectbench.answers.units import bare, numbered, units

# Scripts without spaces between words: each character is a token. Accents and vowel signs belong to their word.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
LETTER = rf"[^\W_{UNSPACED}]"
TOKEN = re.compile(
    r"(?<![\w.)])[-+][0-9]++(?:\.[0-9]++)?(?!\w)|[0-9]++(?:\.[0-9]++)+(?!\w)"
    rf"|[{UNSPACED}]|{LETTER}++(?:'{LETTER}++|[{MARKS}]++{LETTER}*+)*+"
)
GAP = re.compile(r"(?:[^\w.;:!?,(\n]|_){0,3}")  # what may stand between the words of one spelling
MOST = 2000  # mentions; a reply with more is a loop, not an answer


class Mention(NamedTuple):
    """An option in a reply, start..end of the folded text.

    `kind` is `word`, `unit` (an action unit by number), `letter`, `bare` (a letter that may be none) or `pair`.
    """

    start: int
    end: int
    label: str
    kind: str = "word"


class Vocabulary:
    """The spellings by which options are found: their names, their synonyms and, for `AU6`, every way to write it."""

    def __init__(self, names: Iterable[str], synonyms: Iterable[tuple[str, tuple[str, ...]]] = ()) -> None:
        names = tuple(names)
        others = [(other, name) for name, alternatives in synonyms if name in names for other in alternatives]
        self.units = numbered(names)
        self._starting: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        worded = tuple(name for name in names if name not in self.units.values())
        for phrase, label in _phrases(worded, others).items():
            self._starting.setdefault(phrase[0], []).append((phrase[1:], label))
        for phrases in self._starting.values():
            phrases.sort(key=lambda item: -len(item[0]))

    def mentions(self, text: str, lists: bool = True) -> list[Mention]:
        """Return where folded `text` mentions options, in order, and units outside the options by their number.

        At most `MOST` + 1 are returned, so that a caller can tell a reply that has too many.
        """
        found = list(islice(self._spelled(text), MOST + 1))
        if self.units:
            found += [self._unit(*unit) for unit in islice(units(text, self.units, lists), MOST + 1)]
            found = sorted(set(found or (self._unit(*unit) for unit in islice(bare(text), MOST + 1) if lists)))
        return found

    def _unit(self, number: int, start: int, end: int) -> Mention:
        return Mention(start, end, self.units.get(number, f"AU{number}"), "unit")

    def _spelled(self, text: str) -> Iterator[Mention]:
        free = 0
        for token in TOKEN.finditer(text):
            phrases = self._starting.get(token[0].lstrip("+"))
            if phrases is None or token.start() < free:
                continue
            for rest, label in phrases:
                end = _follow(text, token.end(), rest)
                if end is not None:
                    yield Mention(token.start(), end, label)
                    free = end
                    break


def _follow(text: str, end: int, words: tuple[str, ...]) -> int | None:
    """Return where `words` end if they are what comes next in a text, with little between them."""
    for word in words:
        token = TOKEN.search(text, end)
        if token is None or token[0].lstrip("+") != word or not GAP.fullmatch(text, end, token.start()):
            return None
        end = token.end()
    return end


def _phrases(names: tuple[str, ...], others: list[tuple[str, str]]) -> dict[tuple[str, ...], str]:
    """Return words → label. A name beats a synonym; a spelling that two labels share reads as neither."""
    phrases: dict[tuple[str, ...], str] = {}
    for group in ([(name, name) for name in names], others):
        named = dict(phrases)
        for spelling, label in group:
            words = tuple(match[0].lstrip("+") for match in TOKEN.finditer(fold(spelling).text))
            if words and words not in named and phrases.setdefault(words, label) != label:
                phrases[words] = ""
    return {words: label for words, label in phrases.items() if label}


def glued(text: str, left: Mention, right: Mention) -> bool:
    """Return whether nothing but a little punctuation stands between two mentions, as in `(b): fear`."""
    gap = text[left.end : right.start]
    return len(gap) <= 8 and "\n" not in gap and not any(character.isalnum() for character in gap)
