"""What a rationale says, all of it: its clues, the label that it ends with, and what follows from what it claims."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from affectbench import answers
from affectbench.answers.units import numbered
from affectbench.clues import Clue, Reader, claims, written
from affectbench.clues.prototypes import following
from affectbench.specs.lexicon import LexiconSpec
from affectbench.types import Asked, Gold

FACE = "face/"
MOST_KEPT = 100_000

HIDDEN_WITHOUT: dict[str, frozenset[str]] = {
    "face": frozenset({"image", "video"}),
    "gaze": frozenset({"image", "video"}),
    "posture": frozenset({"image", "video"}),
    "voice": frozenset({"audio"}),
    "words": frozenset({"audio", "text"}),
}
"""By channel what must be shown, one of these at least, for a clue of it to be perceived."""


def hidden(shown: Collection[str]) -> tuple[str, ...]:
    """Return the channels of which nothing can be perceived if only these kinds are shown.

    >>> hidden(["image"])
    ('voice', 'words')
    """
    return tuple(channel for channel, kinds in HIDDEN_WITHOUT.items() if kinds.isdisjoint(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known beside a text: the labels that it may end with, the units that were coded, what was not shown."""

    labels: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    units: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class Rationale(NamedTuple):
    """A text as it was read. `written` are its clues as metrics take them; `label` is None where none could be read,

    and `rule` says how, or why not; `units` are the action units that it claims.
    """

    mentions: tuple[Clue, ...]
    written: tuple[str, ...]
    label: str | None
    rule: str
    units: tuple[str, ...]

    @property
    def follows(self) -> tuple[str, ...]:
        """The labels that follow from the units that are claimed."""
        return following(numbered(self.units))


class Rationales:
    """Reads rationales; the same text is read once."""

    def __init__(self, spec: LexiconSpec, known: Circumstances | None = None) -> None:
        self.known = known or Circumstances()
        self.clues = Reader(spec)
        self.channels = self.clues.lexis.channels
        self.titles = self.clues.lexis.titles
        asked = Asked(form="choice", options=self.known.labels, synonyms=self.known.synonyms)
        self._label = answers.reader(asked) if self.known.labels else None
        self._kept: dict[str, Rationale] = {}

    def read(self, text: str) -> Rationale:
        """Return what a text says."""
        if text not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[text] = self._read(text)
        return self._kept[text]

    def _read(self, text: str) -> Rationale:
        mentions = tuple(self.clues(text))
        parsed = self._label(text) if self._label else None
        label = parsed.value if parsed and parsed.status == "ok" and isinstance(parsed.value, str) else None
        named = [clue for clue in claims(mentions).values() if clue.polarity != "denied" and clue.channel == "face"]
        units = tuple(clue.id for clue in named if numbered((clue.id,)))
        return Rationale(mentions, written(mentions), label, parsed.rule if parsed else "", units)

    def gold(self, gold: Gold) -> tuple[str, ...]:
        """Return the clues of the gold: its text's, but of the face the action units where these are labelled."""
        found = self.read(gold.text or "").written
        if gold.labels is None or not numbered(gold.labels):
            return found if gold.labels is None or not self.known.units else tuple(c for c in found if FACE not in c)
        other = tuple(clue for clue in found if FACE not in clue)
        return (*(f"{FACE}{unit}" for unit in gold.labels), *other)

    def coded(self, units: Collection[str], gold: Gold) -> tuple[str, ...]:
        """Return those of `units` of which the gold says whether they are there."""
        known = self.known.units or units
        return tuple(unit for unit in units if unit in known and unit not in gold.unlabelled)
