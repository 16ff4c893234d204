"""The scales of a rubric in the place of metrics, so that a judge's scores have what metrics have.

A verdict is an `Answer` whose value is one score a scale, `APART` where the scale does not apply to what was judged; an
answer of which there should be a verdict and is none has the status `judge_error`. What has no answer at all counts as
the lowest score. The sums that a rubric names are sums of the means of its scales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from affectbench.metrics import Entry, judged
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Index
from affectbench.scoring.question import Answer, Question
from affectbench.scoring.report import divided
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Estimates, Scorer
from affectbench.specs.rubric import RubricSpec
from affectbench.types import Sample, Score

MISSING = "lowest"
APART = np.inf
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Entry):
    """A scale of a rubric, or a sum of several: `weights` are by the column of each scale among all of them."""

    weights: Mapping[int, float] = field(default_factory=dict)

    def finish(self) -> Callable[[Any], Any]:
        """The mean of the scale, or the sum of means, each times its weight."""
        return partial(judged.mean_score, weights=self.weights)

    def rests_on(self) -> Callable[[Any], Any]:
        """How many answers each of its scales applies to."""
        return partial(judged.support, columns=list(self.weights))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales(Question):
    """A question whose metrics are the scales of a rubric: name → (lowest, highest); `main` is one of their names.

    `aggregate`: name of a sum → scale → weight. `of` stands before each name of a metric.
    """

    scale: Mapping[str, Ends]
    aggregate: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    of: str = ""

    def __post_init__(self) -> None:
        """Names of scales are no names of metrics."""

    def entries(self) -> list[Entry]:
        """The scales, then the sums of them, in the rubric's order."""
        alone = {name: {name: 1.0} for name in self.scale}
        return [self._entry(name, weights) for name, weights in {**alone, **self.aggregate}.items()]

    def _entry(self, name: str, weights: Mapping[str, float]) -> Entry:
        place = {scale: column for column, scale in enumerate(self.scale)}
        low, high = (sum(by * self.scale[scale][side] for scale, by in weights.items()) for side in (0, 1))
        return Scale(
            name=f"{self.of}{name}", module="judged", attribute="mean_score", forms=(self.form,), title=name,
            missing=MISSING, range=(low, high), weights={place[scale]: by for scale, by in weights.items()},
        )  # fmt: skip

    def main_entry(self) -> Entry:
        """The scale, or the sum, that stands for the run."""
        return next(entry for entry in self.entries() if entry.name == self.main)


class Verdicts:
    """The scores of a rubric's scales (rows, S): NaN without a verdict, `APART` where one does not apply."""

    names: tuple[str, ...] = ()
    span = 1.0
    rows = 1

    def __init__(self, scale: Mapping[str, Ends], size: int) -> None:
        self.lowest, self.highest = (np.array([ends[side] for ends in scale.values()]) for side in (0, 1))
        self.size = size

    def read(self, values: Sequence[Any]) -> Array:
        """One row of scores an answer."""
        nothing = [np.nan] * len(self.lowest)
        return np.array([nothing if value is None else value for value in values], np.float64).reshape(
            len(values), len(nothing)
        )

    def right(self, entry: Entry) -> Array:
        """The highest scores, for the better bound of what was not judged."""
        return np.broadcast_to(self.highest, (self.size, len(self.highest)))

    def statistics(self, entry: Entry, sample: Index, predicted: Any) -> Array:
        """The scores, and which of them count."""
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


class _Judging(Scorer):
    """Counts in each estimate only the samples to which one of its scales applies."""

    def estimates(self, entries: Sequence[Entry], rows: Rows) -> Estimates:
        """As every scorer's, with the `n` of each scale."""
        found = super().estimates(entries, rows)
        return {entry.name: [replace(one, n=_samples(entry, rows)) for one in found[entry.name]] for entry in entries}


def _samples(entry: Entry, rows: Rows) -> int:
    columns = list(entry.weights) if isinstance(entry, Scale) else slice(None)
    applies = (rows.predicted[:, columns] != APART).any(axis=1)
    return len(np.unique(rows.sample[applies]))


def scales(rubric: RubricSpec, asked: Mapping[str, Any], main: str = "") -> Scales:
    """Return a rubric's scales and sums as the question of a run, whose own (`asked`) its manifest holds."""
    found = of_scale(rubric.scale, asked, main or next(iter(rubric.scale)))
    return replace(found, aggregate=rubric.aggregate)


def of_scale(scale: Mapping[str, Ends], asked: Mapping[str, Any], main: str) -> Scales:
    """As `scales`, where only the scales are known."""
    return Scales(
        form=asked["form"], metrics=(), main=main, scale=scale, labels=tuple(asked["labels"]),
        levels=tuple((name, low, high) for name, low, high in asked["levels"]), protocol=asked["protocol"],
        folds=asked["folds"], seed=asked["seed"],
    )  # fmt: skip


def scorer(question: Scales, samples: Sequence[Sample]) -> Scorer:
    """Return what measures the scales of a rubric on the samples of a run."""
    return _Judging(question, Verdicts(question.scale, len(samples)), Design(samples, by_fold=question.folds == "mean"))


def rows(scorer: Scorer, answers: Sequence[Answer]) -> Rows:
    """Return verdicts as rows, in the order of the samples."""
    return gather(scorer.design.samples, answers, scorer.encoded)


def scores(scorer: Scorer, found: Rows) -> list[Score]:
    """Return each scale's mean, and each sum, over all, over the judged answers, by fold and by group."""
    return list(divided(scorer, found))
