"""The largest gap of a metric between groups of samples: a permutation test, and an interval.

If the groups do not differ, their names could as well stand at other samples. So the names are dealt out anew many
times, and the gap counts as found if few deals have one as large. Samples that hang together (clips of one person)
keep what they share: clusters that lie within one group swap its name whole, in the others it is dealt out inside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, mean_defined
from affectbench.metrics.resample import BLOCK, Finish, Index, Kept, OneHot, Statistics

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """Statistics (N, *shape) of the answers of one fold, whose samples belong to one of `groups` groups each.

    Answer n is to sample `sample[n]`, counts `weight[n]` times, and lies in `unit[n]` (a cluster, or the sample alone)
    and in `group[n]`. All answers to a sample lie in the same.
    """

    statistics: Statistics
    weight: Array
    sample: Index
    unit: Index
    group: Index
    groups: int

    def dealt(self, permutations: int, rng: np.random.Generator) -> Iterator[Any]:
        """The sums of each group after its name was dealt out anew, in blocks (r, groups, *shape)."""
        mixed = self.mixed()[self.unit]
        own = np.where(mixed, self.sample, self.sample.max() + 1 + self.unit)
        _, first, piece = np.unique(own, return_index=True, return_inverse=True)
        statistics, alone = self.statistics, len(first) == len(piece) and np.ptp(self.weight) == 0 and not mixed.any()
        if isinstance(statistics, OneHot) and alone and self.groups * len(np.unique(statistics.cell)) < len(piece):
            yield from self._tables(statistics, permutations, rng)
            return
        pool = np.where(mixed, 1 + self.unit, 0)[first]
        step = max(1, BLOCK // max(len(first), self.groups * self._width()))
        for start in range(0, permutations, step):
            names = _dealt(self.group[first], pool, min(step, permutations - start), rng)
            yield self._sums(names, piece, len(first))

    def _width(self) -> int:
        """Numbers that one sum holds."""
        if isinstance(self.statistics, Kept):
            return len(self.statistics)
        return int(np.prod(self.statistics.shape if isinstance(self.statistics, OneHot) else self.statistics.shape[1:]))

    def mixed(self) -> NDArray[np.bool_]:
        """Whether each unit has samples of several groups, (U,)."""
        lowest = np.full(int(self.unit.max()) + 1, self.groups)
        highest = np.full(len(lowest), -1)
        np.minimum.at(lowest, self.unit, self.group)
        np.maximum.at(highest, self.unit, self.group)
        apart: NDArray[np.bool_] = highest > lowest
        return apart

    def _tables(self, statistics: OneHot, permutations: int, rng: np.random.Generator) -> Iterator[Array]:
        """Tables of counts of single samples: the same law, cell by cell (multivariate hypergeometric)."""
        table = np.bincount(statistics.cell, minlength=int(np.prod(statistics.shape)))
        sizes = np.bincount(self.group, minlength=self.groups)
        step = max(1, BLOCK // (self.groups * table.size))
        for start in range(0, permutations, step):
            rows = min(step, permutations - start)
            left = np.repeat(table[None], rows, axis=0)
            out = np.zeros((rows, self.groups, table.size))
            for group, size in enumerate(sizes[:-1]):
                need, rest = np.full(rows, size), left.sum(axis=1)
                for cell in np.flatnonzero(table):
                    rest = rest - left[:, cell]
                    drawn = rng.hypergeometric(left[:, cell], rest, need)
                    need, left[:, cell] = need - drawn, left[:, cell] - drawn
                    out[:, group, cell] = drawn
            out[:, -1] = left
            yield (out * self.weight[0]).reshape(rows, self.groups, *statistics.shape)

    def _sums(self, names: Index, piece: Index, pieces: int) -> Any:
        """Sums by group where piece p of deal r has the name `names[r, p]`, (r, groups, *shape)."""
        statistics = self.statistics
        if isinstance(statistics, Kept):
            named = names[:, None, piece] == np.arange(self.groups)[:, None]
            return statistics.weighed(named * self.weight)
        if isinstance(statistics, OneHot):
            size = int(np.prod(statistics.shape))
            keys, place = np.unique(piece * size + statistics.cell, return_inverse=True)
            owner, cell = np.divmod(keys, size)
            value = np.bincount(place, self.weight)
            sums = [np.bincount(row[owner] * size + cell, value, minlength=self.groups * size) for row in names]
            return np.stack(sums).astype(np.float64).reshape(len(names), self.groups, *statistics.shape)
        flat = statistics.reshape(len(statistics), -1)
        each = np.stack([np.bincount(piece, column * self.weight, minlength=pieces) for column in flat.T], axis=1)
        by_group = [(names == group).astype(np.float64) @ each for group in range(self.groups)]
        return np.stack(by_group, axis=1).reshape(len(names), self.groups, *statistics.shape[1:])


def _dealt(names: Index, pool: Index, deals: int, rng: np.random.Generator) -> Index:
    """Names shuffled within each pool, (deals, pieces)."""
    if (pool == pool[0]).all():
        shuffled: Index = rng.permuted(np.repeat(names[None], deals, axis=0), axis=1)
        return shuffled
    order = np.argsort(pool, kind="stable")
    keys = pool[order] + rng.random((deals, len(names)))
    dealt = np.empty((deals, len(names)), np.intp)
    dealt[:, order] = names[order][np.argsort(keys, axis=1)]
    return dealt


def permuted_gaps(finish: Finish, folds: Sequence[Divided], permutations: int, seed: int) -> Array:
    """The largest gap between groups in each deal, (permutations,).

    `finish` maps sums (..., *shape) to values (..., C), of which the last counts; a group's value is the mean of those
    in the folds.
    """
    values = []
    for place, fold in enumerate(folds):
        blocks = fold.dealt(permutations, np.random.default_rng([seed, place, fold.groups]))
        values.append(np.concatenate([finish(block)[..., -1] for block in blocks]))
    by_group: Array = mean_defined(np.stack(values), axis=0)
    gaps: Array = np.fmax.reduce(by_group, axis=-1) - np.fmin.reduce(by_group, axis=-1)
    return gaps


def share_as_large(gap: float, permuted: Array) -> float:
    """The p-value: the share of deals whose gap is as large, the one that was observed counted with them.

    >>> share_as_large(0.2, np.array([0.1, 0.2, 0.05]))
    0.5
    """
    return float((1 + (permuted >= gap - 1e-12).sum()) / (1 + len(permuted)))


def interval(best: tuple[float, float, float], worst: tuple[float, float, float], values: int) -> tuple[float, float]:
    """Bounds of the difference of two values from their own (value, low, high), wide enough for any two of `values`.

    Each bound moves as far as both intervals together (Newcombe, Statistics in Medicine 1998; Zou and Donner 2008),
    times what Bonferroni asks for the choice among all pairs. A bound below 0: which is worse is not known.

    >>> [round(bound, 3) for bound in interval((0.7, 0.6, 0.8), (0.5, 0.4, 0.6), 2)]
    [0.059, 0.341]
    """
    pairs = max(1, values * (values - 1) // 2)
    wider = _NORMAL.inv_cdf(1 - 0.025 / pairs) / _NORMAL.inv_cdf(0.975)
    upper, lower = (best, worst) if best[0] >= worst[0] else (worst, best)
    gap = upper[0] - lower[0]
    down = math.hypot(upper[0] - upper[1], lower[2] - lower[0])
    up = math.hypot(upper[2] - upper[0], lower[0] - lower[1])
    return gap - wider * down, gap + wider * up
