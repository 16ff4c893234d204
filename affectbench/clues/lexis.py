"""A clue lexicon made ready for reading: what each phrase stands for, which part with which movement is which clue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from affectbench.answers.units import numbered
from affectbench.clues.phrases import Phrases
from affectbench.specs.lexicon import LexiconSpec

PART, MOVE, CLUE, DENIED = "part", "move", "clue", "denied"


class Meaning(NamedTuple):
    """What a phrase stands for: a group of parts or of movements, or a clue that is said to be there or denied."""

    kind: str
    name: str


class Lexis:
    """The phrases of a lexicon, and its pairs of part and movement."""

    def __init__(self, spec: LexiconSpec) -> None:
        self.id, self.version = spec.id, spec.version
        self.channels: tuple[str, ...] = tuple(spec.clues)
        self.titles = {name: clue.title or name.partition("/")[2] for name, clue in spec.all_clues()}
        self.pairs: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for name, clue in spec.all_clues():
            for pairs, denied in ((clue.when, False), (clue.unless, True)):
                for pair in pairs:
                    self.pairs.setdefault(pair, []).append((name, denied))
        self.units = numbered(name for name in spec.clues.get("face", {}))
        self.phrases = Phrases(_phrases(spec))

    def bound(self, parts: tuple[str, ...], moves: tuple[str, ...]) -> list[tuple[str, bool]]:
        """Return the clues that a part with a movement is, and whether it denies them."""
        found = (clue for part in parts for move in moves for clue in self.pairs.get((part, move), ()))
        return list(dict.fromkeys(found))


def _phrases(spec: LexiconSpec) -> Iterator[tuple[str, Meaning]]:
    parts = {part for _, clue in spec.all_clues() for part, _ in (*clue.when, *clue.unless)}
    for name, words in spec.groups.items():
        yield from ((word, Meaning(PART if name in parts else MOVE, name)) for word in words)
    for name, clue in spec.all_clues():
        yield from ((word, Meaning(CLUE, name)) for word in clue.words)
        yield from ((word, Meaning(DENIED, name)) for word in clue.denied)
