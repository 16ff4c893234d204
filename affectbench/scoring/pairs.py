"""Systems that answered the same samples: each metric's differences, with intervals, tests and the samples they need.

All systems are resampled alike, so that what two of them share cancels out of their difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from affectbench.metrics import Entry, paired, power
from affectbench.metrics.intervals import Interval, choose, wilson
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Measured, Statistics, Units, measure
from affectbench.metrics.swaps import randomised
from affectbench.scoring.rows import Rows
from affectbench.scoring.scorer import Scorer, Sizes, columns, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Samples by who was right: both systems, one of them alone, neither."""

    both: int
    only_first: int
    only_second: int
    neither: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A metric of the first system minus that of the second, over all labels (`label` None) or for one.

    `p` is that of the randomisation test, `p_bootstrap` that of the paired bootstrap; `p_mcnemar` (shares of samples
    that are independent) and `p_wilcoxon` (means of what each sample scores) are None for other metrics. `detectable`:
    the smallest true difference found on as many samples with 80 % power; `needed`: the samples that find this one so.
    """

    metric: str
    label: str | None
    better: str
    first: float | None
    second: float | None
    value: float | None
    low: float | None = None
    high: float | None = None
    interval: str | None = None
    p: float | None = None
    p_bootstrap: float | None = None
    p_mcnemar: float | None = None
    p_wilcoxon: float | None = None
    effect: str | None = None
    effect_size: float | None = None
    odds_ratio: float | None = None
    detectable: float | None = None
    needed: int | None = None
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class System:
    """One system's answers to the metrics that share their statistics."""

    statistics: Statistics
    units: list[Units]
    measured: list[Measured]
    sizes: list[Sizes]


class Pairs:
    """Systems measured on the same resamples; `differences` compares two of them."""

    def __init__(self, scorer: Scorer, entries: Sequence[Entry], systems: Sequence[Rows]) -> None:
        self.scorer = scorer
        self.groups = [list(group) for _, group in groupby(sorted(entries, key=_module), key=_module)]
        self.order = {entry.name: place for place, entry in enumerate(entries)}
        self.systems = [[self._system(entries, rows) for rows in systems] for entries in self.groups]

    def _system(self, entries: Sequence[Entry], rows: Rows) -> System:
        scorer, question = self.scorer, self.scorer.question
        statistics = scorer.encoded.statistics(entries[0], rows.sample, rows.predicted)
        strata = scorer.design.strata(rows.sample)
        units = [Units(statistics[s.rows], s.unit, s.weight, s.count) for s in strata]
        finishes = [columns(entry) for entry in entries]
        draws = scorer.draws(statistics, question.resamples)
        measured = measure(finishes, units, draws, question.seed, paired=True)
        return System(statistics, units, measured, [scorer.sizes(entry, statistics, strata) for entry in entries])

    def measured(self, entry: Entry, system: int) -> Measured:
        """One metric of one system."""
        for entries, systems in zip(self.groups, self.systems, strict=True):
            if entry in entries:
                return systems[system].measured[entries.index(entry)]
        raise KeyError(entry.name)

    def differences(self, first: int, second: int) -> list[Difference]:
        """Every metric of two systems, in the order of the metrics, those over all labels before those of labels."""
        found = []
        for entries, systems in zip(self.groups, self.systems, strict=True):
            pair = systems[first], systems[second]
            question = self.scorer.question
            strata = list(zip(pair[0].units, pair[1].units, strict=True))
            draws = self.scorer.draws(pair[0].statistics, question.resamples, systems=2)
            p = randomised([columns(entry) for entry in entries], strata, draws, question.seed)
            for place, entry in enumerate(entries):
                found += self._of_metric(entry, place, pair, p[place])
        return sorted(found, key=lambda one: (self.order[one.metric], one.label is not None))

    def _of_metric(self, entry: Entry, place: int, pair: tuple[System, System], p: Array) -> list[Difference]:
        measured = [system.measured[place] for system in pair]
        labels = self.scorer.labels(entry)
        found = []
        for column, label in enumerate(labels):
            first, second = (float(one.estimate[column]) for one in measured)
            base = Difference(
                metric=entry.name, label=label, better=entry.better, first=number(first), second=number(second),
                value=number(first - second), p=number(float(p[column])),
            )  # fmt: skip
            if base.value is None:
                found.append(base)
                continue
            with_bounds = replace(base, **self._bounds(entry, place, pair, column))
            found.append(replace(with_bounds, **self._by_sample(entry, pair, base)) if label is None else with_bounds)
        return found

    def _bounds(self, entry: Entry, place: int, pair: tuple[System, System], column: int) -> dict[str, Any]:
        """The interval of a difference, its p on the resamples, and what its standard error says of sizes."""
        one, other = (system.measured[place] for system in pair)
        replicates = one.replicates[:, column] - other.replicates[:, column]
        value = float(one.estimate[column] - other.estimate[column])
        known = replicates[~np.isnan(replicates)]
        jackknife = None
        if one.jackknife is not None and other.jackknife is not None:
            jackknife = one.jackknife[:, column] - other.jackknife[:, column]
        label = self.scorer.labels(entry)[column]
        grounds = [self.scorer.grounds(entry, s.sizes[place], None if label is None else column) for s in pair]
        units, trials = min(g.units for g in grounds), min(g.trials for g in grounds)
        span = grounds[0].range[1] - grounds[0].range[0]
        size = min(g.size for g in grounds)
        whole = replace(grounds[0], units=units, trials=trials, size=size, range=(-span, span), proportion=False)
        alike = len(known) > 0 and bool(np.abs(known).max() <= paired.ALIKE)
        interval = _none_differs(span, min(units, trials)) if alike else choose(value, replicates, jackknife, whole)
        error = float(known.std(ddof=1)) if len(known) > 1 else 0.0
        return {
            "low": interval and interval.low,
            "high": interval and interval.high,
            "interval": interval and interval.name,
            "p_bootstrap": number(paired.bootstrap_p(replicates)),
            "detectable": power.detectable(error) if error > 0 else None,
            "needed": self._needed(error, pair[0].sizes[place], value),
        }

    def _needed(self, error: float, sizes: Sizes, value: float) -> int | None:
        """Samples, as many a cluster as there are now."""
        return power.units_needed(error, sizes.n, value) if error > 0 else None

    def _by_sample(self, entry: Entry, pair: tuple[System, System], base: Difference) -> dict[str, Any]:
        """The tests and the effect size of metrics that are a share of samples, or the mean of what each scores."""
        found = [self._unit_scores(entry, system) for system in pair]
        if found[0] is None or found[1] is None:
            return {}
        counted = ~np.isnan(found[0]) & ~np.isnan(found[1])
        first, second = (scores[counted] for scores in found if scores is not None)
        if not entry.proportion or entry.per_label:
            size = paired.rank_biserial(first, second)
            return {"effect": "rank-biserial", "effect_size": size, "p_wilcoxon": paired.wilcoxon(first, second)}
        size = paired.cohen_h(base.first or 0.0, base.second or 0.0)
        return {"effect": "Cohen's h", "effect_size": size, **self._split(entry, pair)}

    def _split(self, entry: Entry, pair: tuple[System, System]) -> dict[str, Any]:
        """Who was right, where both answered each sample once; McNemar's test, where samples hang with no other."""
        design = self.scorer.design
        if any(len(system.statistics) != design.size for system in pair):
            return {}
        every, once = np.arange(design.size), np.ones(design.size)
        plain = (Units(system.statistics, every, once, design.size) for system in pair)
        found = [paired.unit_scores(columns(entry), units) for units in plain]
        first, second = (scores > 0.5 for scores in found if scores is not None)
        split = Split(
            both=int((first & second).sum()),
            only_first=int((first & ~second).sum()),
            only_second=int((second & ~first).sum()),
            neither=int((~first & ~second).sum()),
        )
        if design.clustered or design.weighted or len(pair[0].units) > 1:
            return {"split": split}
        alone, share = (split.only_first, split.only_second), (split.only_first + split.only_second) / design.size
        return {
            "split": split,
            "odds_ratio": paired.odds_ratio(*alone),
            "p_mcnemar": paired.mcnemar(*alone),
            "detectable": power.mcnemar_detectable(design.size, share),
            "needed": power.mcnemar_samples(abs(alone[0] - alone[1]) / design.size, share),
        }

    def _unit_scores(self, entry: Entry, system: System) -> Array | None:
        parts = [paired.unit_scores(columns(entry), units) for units in system.units]
        known = [part for part in parts if part is not None]
        return np.concatenate(known) if len(known) == len(parts) else None


def _none_differs(span: float, units: float) -> Interval:
    """Bounds of a difference where none was seen: at most the share of units that may differ, Wilson's bound of 0."""
    most = span * wilson(0.0, units)[1]
    return Interval(-most, most, "none differs")


def _module(entry: Entry) -> str:
    return entry.module
