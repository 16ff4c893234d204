"""The clues that a rationale names: by channel, present, denied or hedged, each with its place in the text.

`Reader` reads a text by a clue lexicon (`tasks/lexicons/clues.yaml`); the same text always gives the same clues.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from affectbench.answers.folding import Folded, fold
from affectbench.clues.binding import Binder, Named, numbered, pieces
from affectbench.clues.lexis import Lexis
from affectbench.clues.polarity import Polarity, Weigher
from affectbench.clues.tokens import Token, tokens
from affectbench.specs.lexicon import LexiconSpec

__all__ = ["Clue", "Polarity", "Reader", "claims", "written"]

STRENGTH: dict[Polarity, int] = {"present": 2, "hedged": 1, "denied": 0}
SIGNS: dict[Polarity, str] = {"present": "", "hedged": "maybe ", "denied": "no "}
UNITS = "face/AU"


class Clue(NamedTuple):
    """A clue that a text names at start..end: `channel` and `id`, such as `face` and `AU12`."""

    channel: str
    id: str
    polarity: Polarity
    start: int
    end: int

    @property
    def name(self) -> str:
        """The clue with its channel: `face/AU12`."""
        return f"{self.channel}/{self.id}"


class Reader:
    """Reads texts by one lexicon.

    >>> from affectbench import clues
    >>> from affectbench.catalogue import Catalogue
    >>> read = clues.Reader(Catalogue().load("lexicon", "clues").spec)
    >>> [(clue.name, clue.polarity) for clue in read("Raised brows, but no sign of a smile.")]
    [('face/AU1', 'present'), ('face/AU2', 'present'), ('face/AU12', 'denied')]
    """

    def __init__(self, spec: LexiconSpec) -> None:
        self.lexis = Lexis(spec)

    def __call__(self, text: str) -> list[Clue]:
        """Return every mention of a clue in the order of the text; a span counts in `text` as it was given."""
        folded = fold(text)
        stream = tokens(folded)
        found = pieces(self.lexis, stream)
        named = [*Binder(self.lexis, stream, found).named(), *numbered(self.lexis, folded, stream)]
        named = sorted(set(named))
        blocked = [(piece.first, piece.last) for piece in found]
        polarities = Weigher(stream, named, blocked).weigh()
        order = sorted(range(len(named)), key=lambda index: (named[index].first, index))
        return [_clue(folded, named[i], polarities[i], stream[named[i].first].start, stream) for i in order]


def _clue(folded: Folded, one: Named, polarity: Polarity, start: int, stream: Sequence[Token]) -> Clue:
    channel, _, name = one.clue.partition("/")
    return Clue(channel, name, polarity, *folded.span(start, stream[one.last - 1].end))


def claims(found: Iterable[Clue]) -> dict[str, Clue]:
    """Return each clue once, by name: where it is said to be there, else where it is left open, else where denied."""
    held: dict[str, Clue] = {}
    for clue in found:
        before = held.get(clue.name)
        if before is None or STRENGTH[clue.polarity] > STRENGTH[before.polarity]:
            held[clue.name] = clue
    return held


def written(found: Iterable[Clue]) -> tuple[str, ...]:
    """Return each clue once as metrics take it: `face/AU12`, `maybe face/AU4`, `no voice/laugh`."""
    return tuple(SIGNS[clue.polarity] + name for name, clue in claims(found).items())
