"""`tasks/lexicons/<id>.yaml`: which emotion words mean the same, in the file itself or in a file that the user adds."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

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


class LexiconSpec(Spec):
    """Either `wheels` (name -> wide cluster -> narrow cluster -> words) or an `asset` that holds them.

    The names of clusters are words as well. `neutral` are the words that say that there is no emotion.
    """

    wheels: dict[str, Wheel] = Field(default_factory=dict, max_length=MOST_WHEELS)
    asset: AssetUse | None = None
    neutral: tuple[Word, ...] = ()
    version: int = 1
    notes: str = ""
    cite: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> LexiconSpec:
        if bool(self.wheels) == (self.asset is not None):
            raise ValueError("a lexicon has either `wheels` or an `asset`")
        if bare := next((name for name, wheel in self.wheels.items() if not wheel), None):
            raise ValueError(f"wheel {bare!r} has no clusters")
        listed = sum(len(words) + 1 for wheel in self.wheels.values() for g in wheel.values() for words in g.values())
        if listed + len(self.neutral) > MOST_WORDS:
            raise ValueError(f"more than {MOST_WORDS:,} words")
        return self

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


def _words(groups: dict[str, tuple[str, ...]]) -> set[str]:
    return {word for group, words in groups.items() for word in (group, *words)}
