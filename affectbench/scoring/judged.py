"""The scales of a rubric in the place of metrics, so that a judge's scores have what metrics have.

A verdict is an `Answer` whose value is one score a scale; an answer of which there should be a verdict and is none has
the status `judge_error`. What has no answer at all counts as the lowest score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from affectbench.metrics import Entry, judged
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index
from affectbench.scoring.question import Answer, Question
from affectbench.scoring.report import divided
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Scorer
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Sample, Score

MISSING = "lowest"
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Entry):
    """One scale of a rubric; `column` is its place among them."""

    column: int = 0

    def finish(self) -> Callable[[Any], Any]:
        """The mean of the scale."""
        return partial(judged.mean_score, column=self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales(Question):
    """A question whose metrics are the scales of a rubric: name → (lowest, highest); `main` is one of them."""

    scale: Mapping[str, Ends]

    def __post_init__(self) -> None:
        """Names of scales are no names of metrics."""

    def entries(self) -> list[Entry]:
        """The scales, in the rubric's order."""
        return [
            Scale(
                name=name, module="judged", attribute="mean_score", forms=(self.form,), title=name, missing=MISSING,
                range=ends, column=place,
            )
            for place, (name, ends) in enumerate(self.scale.items())
        ]  # fmt: skip

    def main_entry(self) -> Entry:
        """The scale that stands for the run."""
        return next(entry for entry in self.entries() if entry.name == self.main)


class Verdicts:
    """The scores of a rubric's scales (rows, S), NaN where there is none. No guess has any."""

    names: tuple[str, ...] = ()
    span = 1.0
    rows = 1

    def __init__(self, scale: Mapping[str, Ends], size: int) -> None:
        self.lowest, self.highest = (np.array([ends[side] for ends in scale.values()]) for side in (0, 1))
        self.size = size

    def read(self, values: Sequence[Any]) -> Array:
        """One row of scores an answer."""
        nothing = [np.nan] * len(self.lowest)
        return np.array([nothing if value is None else value for value in values], np.float64).reshape(len(values), -1)

    def right(self, entry: Entry) -> Array:
        """The highest scores, for the better bound of what was not judged."""
        return np.broadcast_to(self.highest, (self.size, len(self.highest)))

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Array:
        """The scores, and 1."""
        return judged.statistics(predicted, self.lowest)

    def majority(self) -> Array:
        """The lowest scores: nothing is known of what guessing would be given."""
        return np.broadcast_to(self.lowest, (self.size, len(self.lowest)))

    def drawn(self, rng: np.random.Generator) -> Array:
        """As `majority`."""
        return self.majority()

    def expected(self) -> Iterator[tuple[Any, Array]]:
        """Nothing is expected."""
        return iter(())

    drawn_prior, expected_prior = drawn, expected

    def constants(self) -> Iterator[tuple[str, Any]]:
        """No constant answer was judged."""
        return iter(())


def scales(rubric: RubricSpec, asked: Mapping[str, Any], main: str = "") -> Scales:
    """Return a rubric's scales as the question of a run, whose own (`asked`) its manifest holds."""
    return of_scale(rubric.scale, asked, main or next(iter(rubric.scale)))


def of_scale(scale: Mapping[str, Ends], asked: Mapping[str, Any], main: str) -> Scales:
    """As `scales`, where only the scales are known."""
    return Scales(
        form=asked["form"], metrics=(), main=main, scale=scale, labels=tuple(asked["labels"]),
        levels=tuple((name, low, high) for name, low, high in asked["levels"]), protocol=asked["protocol"],
        folds=asked["folds"], seed=asked["seed"],
    )  # fmt: skip


def scorer(question: Scales, samples: Sequence[Sample]) -> Scorer:
    """Return what measures the scales of a rubric on the samples of a run."""
    return Scorer(question, Verdicts(question.scale, len(samples)), Design(samples, by_fold=question.folds == "mean"))


def rows(scorer: Scorer, answers: Sequence[Answer]) -> Rows:
    """Return verdicts as rows, in the order of the samples."""
    return gather(scorer.design.samples, answers, scorer.encoded)


def scores(scorer: Scorer, found: Rows) -> list[Score]:
    """Return each scale's mean over all, over the judged answers, by fold and by group."""
    return list(divided(scorer, found))
