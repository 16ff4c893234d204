"""Which encoding each answer form has."""

from __future__ import annotations

from collections.abc import Sequence

from affectbench.scoring.choice import Choice
from affectbench.scoring.encoded import Encoded
from affectbench.scoring.label_sets import LabelSets
from affectbench.scoring.levels import Levels
from affectbench.scoring.question import Question
from affectbench.scoring.texts import Texts
from affectbench.scoring.words import Words
from affectbench.types import Sample


def encode(question: Question, samples: Sequence[Sample]) -> Encoded:
    """The gold of `samples` for the metrics of `question`; DataError names what gold lacks."""
    if question.form == "choice":
        return Choice(question, samples)
    if question.form == "labels":
        return LabelSets(question, samples)
    if question.form == "levels":
        return Levels(question, samples)
    if question.form == "text":
        return Texts(question, samples)
    return Words(question, samples)
