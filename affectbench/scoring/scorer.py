"""One metric on one selection of answers: its value, its interval, its n."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from affectbench.metrics import Entry
from affectbench.metrics.intervals import Grounds, choose
from affectbench.metrics.probabilities import replaced
from affectbench.metrics.ratios import Array, mean_defined, ratio
from affectbench.metrics.resample import MOST, Finish, Index, Kept, Measured, Statistics, Units, measure, total
from affectbench.scoring.encoded import Encoded, ends
from affectbench.scoring.question import Question
from affectbench.scoring.rows import Design, Rows, Stratum

FEWEST = 100  # draws


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval, over all labels (`label` None) or for one; a value of None is undefined or withheld."""

    value: float | None
    n: int
    label: str | None = None
    low: float | None = None
    high: float | None = None
    interval: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Samples, resampled units, samples of each label, and those on which each label's value rests."""

    n: int
    units: int
    support: Array
    evidence: Array


Estimates = dict[str, list[Estimate]]
Line = dict[str, float | None]  # a metric's name to a value


def columns(entry: Entry) -> Finish:
    """The metric with one more axis: its values by label and their mean, or its only value."""
    finish: Callable[[Array], Array] = entry.finish()

    def by_label(sums: Array) -> Array:
        each = finish(sums)
        return np.concatenate([each, mean_defined(each)[..., None]], axis=-1)

    return by_label if entry.per_label else lambda sums: np.asarray(finish(sums))[..., None]


def number(value: float) -> float | None:
    """A plain float; None for NaN."""
    return None if math.isnan(value) else float(value)


class Scorer:
    """A question, its encoded gold and its design: everything that stays when the answers change."""

    def __init__(self, question: Question, encoded: Encoded, design: Design) -> None:
        self.question = question
        self.encoded = encoded
        self.design = design

    def estimates(self, entries: Sequence[Entry], rows: Rows) -> Estimates:
        """Each metric's estimates, those of labels first, the overall one last; only bounds if a judge failed."""
        if not len(rows):
            return {entry.name: [Estimate(None, 0)] for entry in entries}
        if rows.withheld.any():
            return {entry.name: self._bounds(entry, rows) for entry in entries}
        found: Estimates = {}
        strata = self.design.strata(rows.sample)
        for _, group in groupby(sorted(entries, key=_module), key=_module):
            together = list(group)
            statistics = self.encoded.statistics(together[0], rows.sample, rows.predicted)
            found.update(self._measured(together, statistics, strata))
        return found

    def point(self, entry: Entry, sample: Index, predicted: Array) -> Array:
        """The metric's values alone, by label and overall (C,)."""
        statistics = self.encoded.statistics(entry, sample, predicted)
        return self._parts(entry, [total(statistics[s.rows], s.weight) for s in self.design.strata(sample)])

    def points(self, entries: Sequence[Entry], predicted: Any) -> Line:
        """The values alone of answers to every sample in order."""
        return {name: number(values[0]) for name, values in self.each(entries, [predicted]).items()}

    def each(self, entries: Sequence[Entry], several: Iterable[Any]) -> dict[str, Array]:
        """As `points` of several answers to every sample, (R,) by metric; they are made one after the other."""
        every = np.arange(self.design.size)
        strata = self.design.strata(every)
        modules = [list(group) for _, group in groupby(sorted(entries, key=_module), key=_module)]
        sums: list[list[list[Any]]] = [[[] for _ in strata] for _ in modules]
        for predicted in several:
            for together, kept in zip(modules, sums, strict=True):
                statistics = self.encoded.statistics(together[0], every, predicted)
                for stratum, column in zip(strata, kept, strict=True):
                    column.append(total(statistics[stratum.rows], stratum.weight))
        return {
            entry.name: mean_defined(np.stack([_finished(entry, column) for column in kept]), axis=0)
            for together, kept in zip(modules, sums, strict=True)
            for entry in together
        }

    def expectation(self, entry: Entry, answers: Iterable[tuple[Any, Array]]) -> Array:
        """The values of a linear metric on random answers, given with their weights, exactly (C,)."""
        every = np.arange(self.design.size)
        strata = self.design.strata(every)
        sums: list[Array | float] = [0.0] * len(strata)
        for predicted, share in answers:
            statistics = self.encoded.statistics(entry, every, predicted)
            sums = [
                before + total(statistics[s.rows], s.weight * share[s.rows])
                for before, s in zip(sums, strata, strict=True)
            ]
        return self._parts(entry, [np.asarray(one) for one in sums])

    def _parts(self, entry: Entry, sums: Sequence[Array]) -> Array:
        finish = columns(entry)
        return mean_defined(np.stack([finish(one) for one in sums]), axis=0)

    def _measured(self, entries: Sequence[Entry], statistics: Statistics, strata: Sequence[Stratum]) -> Estimates:
        units = [Units(statistics[s.rows], s.unit, s.weight, s.count) for s in strata]
        draws = self.draws(statistics, self.question.resamples)
        measured = measure([columns(entry) for entry in entries], units, draws, self.question.seed)
        found: Estimates = {}
        for entry, one in zip(entries, measured, strict=True):
            found[entry.name] = self._with_intervals(entry, one, self.sizes(entry, statistics, strata))
        return found

    def draws(self, statistics: Statistics, most: int, systems: int = 1) -> int:
        """How many draws to make; of samples that are kept fewer where they are many, or the cost had no bound."""
        if not isinstance(statistics, Kept):
            return most
        return min(most, max(FEWEST, most * MOST // (systems * self.design.size)))

    def sizes(self, entry: Entry, statistics: Statistics, strata: Sequence[Stratum]) -> Sizes:
        """On how much a metric of these statistics rests."""
        sums = [total(statistics[s.rows], s.share) for s in strata]
        return Sizes(
            n=round(sum(s.share.sum() for s in strata)),
            units=sum(s.count for s in strata),
            support=np.sum([entry.load().support(one) for one in sums], axis=0),
            evidence=np.sum([entry.rests_on()(one) for one in sums], axis=0),
        )

    def _with_intervals(self, entry: Entry, measured: Measured, sizes: Sizes) -> list[Estimate]:
        found = []
        for column, label in enumerate(self.labels(entry)):
            value = float(measured.estimate[column])
            jackknife = None if measured.jackknife is None else measured.jackknife[:, column]
            grounds = self.grounds(entry, sizes, None if label is None else column)
            interval = choose(value, measured.replicates[:, column], jackknife, grounds)
            n = sizes.n if label is None else round(float(sizes.support[column]))
            bounds = (interval.low, interval.high, interval.name) if interval else (None, None, None)
            found.append(Estimate(number(value), n, label, *bounds))
        return found

    def grounds(self, entry: Entry, sizes: Sizes, column: int | None) -> Grounds:
        """A share of the samples of one label rests on those alone; other metrics of a label on all of them."""
        overall = column is None
        proportion = entry.proportion and not self.design.weighted and not (overall and entry.per_label)
        if column is not None:
            trials = size = float(sizes.evidence[column])
        else:
            size = harmonic(sizes.evidence) if entry.per_label or entry.macro else float(sizes.n)
            trials = sizes.n if proportion else min(sizes.n, balanced(sizes.evidence))
        return Grounds(
            units=sizes.units if overall or not proportion else min(sizes.units, round(trials)),
            trials=max(1.0, trials),
            range=ends(self.encoded, entry),
            size=size,
            proportion=proportion,
            clustered=self.design.clustered,
        )

    def _bounds(self, entry: Entry, rows: Rows) -> list[Estimate]:
        """The values if every answer that could not be judged were missing, and if it were right."""
        right = self.encoded.right(entry)[rows.sample[rows.withheld]]
        best = replaced(rows.predicted, rows.withheld, right)
        ends = [self.point(entry, rows.sample, predicted) for predicted in (rows.predicted, best)]
        low, high = np.fmin(*ends), np.fmax(*ends)
        n = len(np.unique(rows.sample))
        return [
            Estimate(None, n, label, number(low[c]), number(high[c]), "bounds")
            for c, label in enumerate(self.labels(entry))
        ]

    def labels(self, entry: Entry) -> tuple[str | None, ...]:
        """What the columns of a metric are of; None: all labels."""
        parts = getattr(self.encoded, "parts", {})  # of metrics that have values by something else than by label
        return (*parts.get(entry.module, self.encoded.names), None) if entry.per_label else (None,)


def harmonic(support: Array) -> float:
    """The harmonic mean of the numbers of samples that labels have; infinite where none has any.

    >>> harmonic(np.array([100.0, 25.0, 0.0])), harmonic(np.array([0.0]))
    (40.0, inf)
    """
    present = support[support > 0]
    return float(ratio(np.array(float(len(present))), (1 / present).sum(), empty=np.inf))


def balanced(support: Array) -> float:
    """The size of an equally split sample that would know a mean over labels as well: K^2 / sum of 1 / n.

    >>> balanced(np.array([10.0, 10.0])), round(balanced(np.array([100.0, 2.0])), 1)
    (20.0, 7.8)
    """
    present = support[support > 0]
    return float(ratio(np.array(len(present) ** 2.0), (1 / present).sum()))


def _finished(entry: Entry, sums: Sequence[Any]) -> Array:
    """The overall values of several sums, at once where they can be stacked (R,)."""
    finish = columns(entry)
    if any(isinstance(one, Kept) for one in sums):
        return np.array([finish(one)[-1] for one in sums])
    return finish(np.stack(sums))[:, -1]


def _module(entry: Entry) -> str:
    return entry.module
