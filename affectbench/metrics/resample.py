"""Resampling for metrics that are functions of a sum.

A metric here is `finish(sum over samples of statistics)`. So a bootstrap resample is a matrix product: how often each
unit was drawn, times the statistics of the units. A unit is a sample, or a cluster of samples that are not independent
(clips of one person); what lies in one unit is summed first. A table of counts, where each unit is one cell, is drawn
at once from the multinomial distribution, which is the same law and needs no pass over the samples. More units than
`MOST` are first thrown together at random, a few in each of `MOST` equal units: sums of independent units vary as much
when they are drawn in handfuls, and the cost stays bounded. What no sum can hold (ranks) is `Kept`: the samples stay,
and what stands for their sum is how often each of them counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, mean_defined

Index = NDArray[np.intp]
Finish = Callable[[Any], Array]  # sums (..., *shape), or Kept samples, to values (..., C)

FEW = 30  # below this many units the percentile bootstrap is too narrow
MOST = 20_000  # units drawn one by one
BLOCK = 4_000_000  # numbers held at once while resampling


@dataclass(frozen=True, slots=True)
class OneHot:
    """Statistics of samples that each add one to a cell of a table of `shape`; `cell` (N,) are flat positions."""

    cell: Index
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.cell)

    def __getitem__(self, rows: Index | NDArray[np.bool_] | slice) -> OneHot:
        return OneHot(self.cell[rows], self.shape)


@dataclass(frozen=True, slots=True)
class Kept:
    """Statistics that stay samples, `rows` (N, ...), where a sample counts `weight` (..., N) times.

    A metric of ranks reads rows and weights together. Each place of the leading axes of `weight` is one "sum". What
    metrics found out about the rows alone they keep in `known`, which other weights of the same rows share.
    """

    rows: Array
    weight: Array
    known: dict[str, Any] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Index | NDArray[np.bool_] | slice) -> Kept:
        return Kept(self.rows[rows], self.weight[..., rows])

    def beside(self, more: Kept) -> Kept:
        """These samples and more of them."""
        return Kept(np.concatenate([self.rows, more.rows]), np.concatenate([self.weight, more.weight], axis=-1))

    def weighed(self, weight: Array) -> Kept:
        """The same samples with other weights."""
        return replace(self, weight=weight)


Statistics = Array | OneHot | Kept


def total(statistics: Statistics, weight: Array | None = None) -> Any:
    """The weighted sum over samples, shape (*shape,); of kept samples, the samples with these weights.

    >>> total(OneHot(np.array([0, 3, 3]), (2, 2))).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    if isinstance(statistics, Kept):
        return statistics if weight is None else statistics.weighed(weight)
    if isinstance(statistics, OneHot):
        size = int(np.prod(statistics.shape))
        table = np.bincount(statistics.cell, weight, minlength=size).reshape(statistics.shape)
        return table.astype(np.float64, copy=False)
    summed: Array = statistics.sum(axis=0) if weight is None else np.tensordot(weight, statistics, axes=1)
    return summed


def draws(units: int, resamples: int, rng: np.random.Generator) -> Iterator[Array]:
    """How often each unit is drawn, in blocks (r, units): each row is `units` draws with replacement.

    Depends on the generator's seed and the number of units alone, so systems that are compared see the same resamples.
    """
    step = max(1, BLOCK // 4 // max(units, 1))  # a block is held as what was drawn, its counts, and these as floats
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, units, size=(rows, units))
        drawn += np.arange(rows)[:, None] * units
        yield np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Units:
    """Statistics (N, *shape) that belong to `count` units: sample n counts `weight[n]` times in unit `unit[n]`."""

    statistics: Statistics
    unit: Index
    weight: Array
    count: int

    def total(self) -> Any:
        """The sum over all units, (*shape,), or the kept samples with their weights."""
        return total(self.statistics, self.weight)

    def without_each(self) -> Any:
        """The sum over all units but one, for each of them, (count, *shape)."""
        if isinstance(self.statistics, Kept):
            others = np.arange(self.count)[:, None] != self.unit
            return self.statistics.weighed(others * self.weight)
        return self.total() - self.each()

    def each(self) -> Array:
        """The sum within each unit, (count, *shape). TypeError for kept samples, which have no sum."""
        if isinstance(self.statistics, Kept):
            raise TypeError("kept samples have no sums of units")
        if isinstance(self.statistics, OneHot):
            size = int(np.prod(self.statistics.shape))
            cell = self.unit * size + self.statistics.cell
            tables = np.bincount(cell, self.weight, minlength=self.count * size).astype(np.float64)
            return tables.reshape(self.count, *self.statistics.shape)
        flat = self.statistics.reshape(len(self.statistics), -1)
        summed = np.empty((self.count, flat.shape[1]))
        for place, column in enumerate(flat.T):
            summed[:, place] = np.bincount(self.unit, column * self.weight, minlength=self.count)
        return summed.reshape(self.count, *self.statistics.shape[1:])

    def resampled(self, resamples: int, rng: np.random.Generator, *, paired: bool = False) -> Iterator[Any]:
        """Sums over resampled units, in blocks (r, *shape). `paired` draws tables of counts unit by unit, too."""
        single = len(self.statistics) == self.count and np.ptp(self.weight) == 0
        if isinstance(self.statistics, OneHot) and single and not paired:
            yield from self._tables(self.statistics, resamples, rng)
            return
        units = self._thrown_together(rng) if self.count > MOST else self
        drawn = draws(units.count, resamples, rng)
        if isinstance(units.statistics, Kept):
            yield from units._weighed(units.statistics, drawn)
        elif isinstance(units.statistics, OneHot):
            yield from units._counts(units.statistics, drawn)
        else:
            yield from _products(units.each(), drawn)

    def _thrown_together(self, rng: np.random.Generator) -> Units:
        return Units(self.statistics, (rng.permutation(self.count) % MOST)[self.unit], self.weight, MOST)

    def _tables(self, statistics: OneHot, resamples: int, rng: np.random.Generator) -> Iterator[Array]:
        table = np.bincount(statistics.cell, minlength=int(np.prod(statistics.shape)))
        occupied = np.flatnonzero(table)
        share = table[occupied] / self.count
        step = max(1, BLOCK // table.size)
        for start in range(0, resamples, step):
            rows = min(step, resamples - start)
            out = np.zeros((rows, table.size))
            out[:, occupied] = rng.multinomial(self.count, share, size=rows) * self.weight[0]
            yield out.reshape(rows, *statistics.shape)

    def _weighed(self, statistics: Kept, drawn: Iterator[Array]) -> Iterator[Kept]:
        step = max(1, BLOCK // len(self.unit))
        for block in drawn:
            for start in range(0, len(block), step):
                yield statistics.weighed(block[start : start + step, self.unit] * self.weight)

    def _counts(self, statistics: OneHot, drawn: Iterator[Array]) -> Iterator[Array]:
        """Cells of one unit are merged first: few large units then cost no more than their occupied cells."""
        size = int(np.prod(statistics.shape))
        keys, place = np.unique(self.unit * size + statistics.cell, return_inverse=True)
        unit, cell = np.divmod(keys, size)
        value = np.bincount(place, self.weight)
        for block in drawn:
            tables: Array = np.stack([np.bincount(cell, times[unit] * value, minlength=size) for times in block])
            yield tables.reshape(len(block), *statistics.shape)


def _products(each: Array, drawn: Iterator[Array]) -> Iterator[Array]:
    flat = each.reshape(len(each), -1)
    for block in drawn:
        yield (block @ flat).reshape(len(block), *each.shape[1:])


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric: its value (C,), its values on resamples (R, C), and without each unit (U, C) if units are few."""

    estimate: Array
    replicates: Array
    jackknife: Array | None


def measure(
    finishes: Sequence[Finish], strata: Sequence[Units], resamples: int, seed: int, paired: bool = False
) -> list[Measured]:
    """Value, bootstrap and jackknife of metrics that share their statistics.

    `strata` are folds: each is resampled within itself, and a metric is the mean of its values in them. Every finish
    maps sums (..., *shape) to (..., C). `paired`: systems with the same units and seed see the same resamples.
    """
    sums = [units.total() for units in strata]
    parts = [np.stack([finish(one) for one in sums]) for finish in finishes]
    few = sum(units.count for units in strata) < FEW
    blocks = [
        units.resampled(resamples, np.random.default_rng([seed, place]), paired=paired)
        for place, units in enumerate(strata)
    ]
    drawn = [_replicates(finishes, one) for one in blocks]
    measured = []
    for place, finish in enumerate(finishes):
        replicates = mean_defined(np.stack([one[place] for one in drawn]), axis=0)
        jackknife = _leave_one_out(finish, strata, parts[place]) if few else None
        measured.append(Measured(mean_defined(parts[place], axis=0), replicates, jackknife))
    return measured


def _replicates(finishes: Sequence[Finish], blocks: Iterator[Any]) -> list[Array]:
    values = [[finish(block) for finish in finishes] for block in blocks]
    return [np.concatenate(column) for column in zip(*values, strict=True)]


def _leave_one_out(finish: Finish, strata: Sequence[Units], parts: Array) -> Array:
    values = []
    for place, units in enumerate(strata):
        changed = np.repeat(parts[:, None], units.count, axis=1)
        changed[place] = finish(units.without_each()) if units.count > 1 else np.nan
        values.append(mean_defined(changed, axis=0))
    return np.concatenate(values)
