"""Clue by clue, what an answer shares with the gold: for people who want to see why a score is what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from affectbench.clues import SIGNS, claims
from affectbench.clues.rationale import Rationale
from affectbench.metrics.clue_overlap import named, sure


class Line(NamedTuple):
    """One clue: `verdict` is matched, missed, invented, contradicted or denied; `said` are the words of the answer."""

    verdict: str
    clue: str
    said: str = ""


def explain(gold: Sequence[str], answer: Rationale, text: str) -> Iterator[Line]:
    """Yield each clue of the gold and of the answer once, in that order."""
    there, settled = named(gold), sure(gold)
    held, opinions = claims(answer.mentions), sure(answer.written)
    claimed = named(answer.written)
    for clue in dict.fromkeys([*settled, *sorted(there), *held]):
        mention = held.get(clue)
        said = text[mention.start : mention.end] if mention else ""
        sign = SIGNS[mention.polarity] if mention else ""
        if clue in settled and clue in opinions and settled[clue] != opinions[clue]:
            yield Line("contradicted", sign + clue, said)
        elif clue in claimed:
            yield Line("matched" if clue in there else "invented", sign + clue, said)
        elif clue in there:
            yield Line("missed", clue, said)
        else:
            yield Line("denied", f"no {clue}", said)
