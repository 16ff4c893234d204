"""`tasks/lexicons/<id>.yaml`: which emotion words mean the same, in the file itself or in a file that the user adds;
or by which words a rationale speaks of which clues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from affectbench.specs.base import Part, Spec

MOST_WHEELS = 16
MOST_WORDS = 20_000


def _spelled(word: str) -> str:
    if word != word.strip().lower() or not word:
        raise ValueError(f"{word!r} is looked up in lower case and without outer space: write it so")
    return word


Word = Annotated[str, AfterValidator(_spelled)]
Wheel = dict[Word, dict[Word, tuple[Word, ...]]]


class AssetUse(Part):
    """One version of a third-party file (`affectbench assets list`)."""

    id: str
    version: str


Channel = Literal["face", "voice", "gaze", "posture", "words", "context"]


class ClueWords(Part):
    """How a text speaks of one clue: by whole `words`, or (`when`) by a part of the body and what it does.

    `when` pairs two names of `groups`, a part and a movement: `[inner-brow, up]` is met by "the inner brows are raised"
    and by "raised inner brows". Where the movement is `unless` (lips that are closed), the clue is denied; so it is by
    the words in `denied`.
    """

    title: str = ""
    words: tuple[Word, ...] = ()
    when: tuple[tuple[str, str], ...] = ()
    denied: tuple[Word, ...] = ()
    unless: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _can_be_said(self) -> ClueWords:
        if not self.words and not self.when:
            raise ValueError("a clue is met by `words` or `when`: it has neither")
        return self


class LexiconSpec(Spec):
    """One of `wheels` (name -> wide cluster -> narrow cluster -> words), an `asset` that holds them, or `clues`.

    The names of clusters are words as well. `neutral` are the words that say that there is no emotion. `clues` are by
    channel and id (`face: {AU12: …}`); `groups` are the words for parts and movements of which they are made.
    """

    wheels: dict[str, Wheel] = Field(default_factory=dict, max_length=MOST_WHEELS)
    asset: AssetUse | None = None
    clues: dict[Channel, dict[str, ClueWords]] = Field(default_factory=dict)
    groups: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    neutral: tuple[Word, ...] = ()
    version: int = 1
    notes: str = ""
    cite: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> LexiconSpec:
        if sum(map(bool, (self.wheels, self.asset, self.clues))) != 1:
            raise ValueError("a lexicon has either `wheels` or an `asset`, or it has `clues`")
        if bare := next((name for name, wheel in self.wheels.items() if not wheel), None):
            raise ValueError(f"wheel {bare!r} has no clusters")
        listed = sum(len(words) + 1 for wheel in self.wheels.values() for g in wheel.values() for words in g.values())
        if listed + len(self.neutral) > MOST_WORDS:
            raise ValueError(f"more than {MOST_WORDS:,} words")
        return self

    @model_validator(mode="after")
    def _clues_have_their_groups(self) -> LexiconSpec:
        if (self.groups or self.clues) and (self.neutral or not self.clues):
            raise ValueError("`groups` go with `clues`, and `neutral` with wheels")
        named = [
            (name, role) for _, clue in self.all_clues() for pair in _pairs(clue) for role, name in enumerate(pair)
        ]
        if strange := next((name for name, _ in named if name not in self.groups), None):
            raise ValueError(f"no group is called {strange!r}")
        parts, moves = ({name for name, role in named if role == wanted} for wanted in (0, 1))
        if both := sorted(parts & moves):
            raise ValueError(f"group {both[0]!r} is a part here and a movement there")
        words = [word for _, clue in self.all_clues() for word in (*clue.words, *clue.denied)]
        if len(words) + sum(map(len, self.groups.values())) > MOST_WORDS:
            raise ValueError(f"more than {MOST_WORDS:,} words")
        return self

    def all_clues(self) -> Iterator[tuple[str, ClueWords]]:
        """Yield each clue with its full name: `face/AU12`."""
        for channel, clues in self.clues.items():
            yield from ((f"{channel}/{name}", clue) for name, clue in clues.items())

    @model_validator(mode="after")
    def _one_place_a_word(self) -> LexiconSpec:
        for name, wheel in self.wheels.items():
            listed = [word for groups in wheel.values() for words in groups.values() for word in words]
            listed += [group for groups in wheel.values() for group, words in groups.items() if group not in words]
            if twice := next((word for word, count in Counter(listed).items() if count > 1), None):
                raise ValueError(f"wheel {name!r}: {twice!r} stands in two clusters, or twice in one")
            if lonely := next((family for family, groups in wheel.items() if not groups), None):
                raise ValueError(f"wheel {name!r}: {lonely!r} has no narrow clusters")
            homes: dict[str, set[str]] = {}
            for family, groups in wheel.items():
                for word in _words(groups):
                    homes.setdefault(word, set()).add(family)
            if strange := next((family for family in wheel if homes.get(family, set()) - {family}), None):
                raise ValueError(f"wheel {name!r}: {strange!r} names a wide cluster and stands in another one")
        known = {word for wheel in self.wheels.values() for groups in wheel.values() for word in _words(groups)}
        if emotions := [word for word in self.neutral if word in known]:
            raise ValueError(f"{emotions[0]!r} is neutral and stands in a wheel")
        return self


def _pairs(clue: ClueWords) -> tuple[tuple[str, str], ...]:
    return (*clue.when, *clue.unless)


def _words(groups: dict[str, tuple[str, ...]]) -> set[str]:
    return {word for group, words in groups.items() for word in (group, *words)}
