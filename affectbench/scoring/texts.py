"""A text: its words, and the clues, units and final label that it holds, as a lexicon of clues reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from affectbench.clues.rationale import Rationale, Rationales
from affectbench.metrics import Entry
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index, Statistics
from affectbench.scoring.encoded import require
from affectbench.scoring.question import Question
from affectbench.scoring.words import Words
from affectbench.types import Gold, Sample

Row = tuple[Any, Any]


def _claims(read: Rationales, gold: Gold, said: Rationale | None) -> Row:
    return read.gold(gold), said and said.written


def _units(read: Rationales, gold: Gold, said: Rationale | None) -> Row:
    return gold.labels or (), None if said is None else read.coded(said.units, gold)


def _label(read: Rationales, gold: Gold, said: Rationale | None) -> Row:
    return gold.label, said and said.label


def _following(read: Rationales, gold: Gold, said: Rationale | None) -> Row:
    return (said.follows if said else ()), said and said.label


def _hidden(read: Rationales, gold: Gold, said: Rationale | None) -> Row:
    return read.known.hidden, said and said.written


ROWS: dict[str, Callable[[Rationales, Gold, Rationale | None], Row]] = {
    "clue_overlap": _claims,
    "clue_channels": _claims,
    "faithfulness": _units,
    "final_label": _label,
    "conclusions": _following,
    "modalities": _hidden,
}
"""By module of metrics: what it compares of the gold and the answer."""


class Texts(Words):
    """Texts, compared as strings and by what they say."""

    def __init__(self, question: Question, samples: Sequence[Sample]) -> None:
        super().__init__(question, samples)
        self.rationales: Rationales | None = question.lexicon
        self.golds = [sample.gold for sample in samples]
        require(
            question, {"faithfulness"}, "the action units of each face (`beside`)",
            [sample for sample in samples if sample.gold.labels is None],
        )  # fmt: skip
        require(
            question, {"final_label"}, "a gold label (`beside`)",
            [sample for sample in samples if sample.gold.label is None],
        )  # fmt: skip
        self.names = self.rationales.channels if self.rationales else ()

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Statistics:
        """Words in common, or what the metric compares of the rationales."""
        if not entry.lexicon or self.rationales is None:
            return super().statistics(entry, sample, predicted)
        read, row = self.rationales, ROWS[entry.module]
        pairs = [
            row(read, self.golds[place], None if said is None else read.read(said))
            for place, said in zip(sample, predicted, strict=True)
        ]
        gold, answers = ([pair[side] for pair in pairs] for side in (0, 1))
        rows: Array = entry.load().statistics(gold, answers, self.names)
        return rows
