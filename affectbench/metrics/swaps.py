"""The approximate randomisation test of any metric that is a function of a sum.

If two systems are alike, it does not matter which of them gave which answer. So the answers of the two are swapped,
unit by unit, by the toss of a coin; the metric of each mixture is compared, and p says how often the difference is at
least as large as the one found. Swapping moves the sum of one system by the differences of the swapped units: a matrix
product. Samples that differ in the same two cells of a table are swapped together, by a binomial number of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics.paired import ALIKE
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.metrics.resample import BLOCK, Finish, Index, Kept, OneHot, Units

Pair = tuple[Units, Units]
"""The units of two systems: the same ones in the same order."""


def randomised(finishes: Sequence[Finish], strata: Sequence[Pair], resamples: int, seed: int) -> list[Array]:
    """Two-sided p (C,) of each metric's difference; all answers of a unit are swapped together, folds as in `measure`.

    One is added to both counts, so that p is at least 1 / (resamples + 1) and the test keeps its level exactly. A
    mixture on which the metric is undefined counts as a large difference. NaN where the metric itself is undefined.
    Source: Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989.
    """
    rngs = [np.random.default_rng([seed, place]) for place in range(len(strata))]
    mixed = [_mixed(finishes, pair, resamples, rng) for pair, rng in zip(strata, rngs, strict=True)]
    found = []
    for place, finish in enumerate(finishes):
        whole = _difference([np.stack([finish(units.total())[None] for units in pair]) for pair in strata])
        drawn = _difference([one[place] for one in mixed])
        extreme = (~(np.abs(drawn) < np.abs(whole) - ALIKE)).sum(axis=0)
        found.append(np.where(np.isnan(whole[0]), np.nan, (extreme + 1) / (resamples + 1)))
    return found


def _difference(values: Sequence[Array]) -> Array:
    """The first system's metric minus the second's (R, C), from values (2, R, C) in each fold."""
    first, second = mean_defined(np.stack(values), axis=0)
    difference: Array = first - second
    return difference


def _mixed(finishes: Sequence[Finish], pair: Pair, resamples: int, rng: np.random.Generator) -> list[Array]:
    """Each metric of both mixtures (2, R, C)."""
    values = [
        [np.stack([finish(first), finish(second)]) for finish in finishes]
        for first, second in _mixtures(pair, resamples, rng)
    ]
    return [np.concatenate(column, axis=1) for column in zip(*values, strict=True)]


def _mixtures(pair: Pair, resamples: int, rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
    """The sums of both systems after swaps, in blocks (r, *shape)."""
    if isinstance(pair[0].statistics, Kept):
        yield from _of_kept(*pair, resamples, rng)
        return
    first, second = (units.total() for units in pair)
    differences, times = _differences(*pair)
    for rows in _steps(resamples, first.size):
        moved = np.zeros((rows, first.size))
        for start in range(0, len(times), step := max(1, BLOCK // rows)):
            part = slice(start, start + step)
            moved += _tosses(times[part], rows, rng) @ differences[part]
        moved = moved.reshape(rows, *first.shape)
        yield first + moved, second - moved


def _of_kept(first: Units, second: Units, resamples: int, rng: np.random.Generator) -> Iterator[tuple[Kept, Kept]]:
    """The samples of both systems, of which each mixture takes one part and its opposite the other."""
    weight = np.concatenate([first.weight, second.weight])
    samples: list[Any] = [first.statistics, second.statistics]
    both = Kept(np.concatenate([kept.rows for kept in samples]), weight)
    units = np.concatenate([first.unit, second.unit + first.count])
    for rows in _steps(resamples, len(weight)):
        tosses = _tosses(np.ones(first.count, np.intp), rows, rng)
        taken = np.concatenate([1 - tosses, tosses], axis=1)[:, units]
        yield both.weighed(taken * weight), both.weighed((1 - taken) * weight)


def _steps(resamples: int, size: int) -> Iterator[int]:
    """How many resamples of this size to hold at once."""
    step = max(1, BLOCK // max(1, size))
    yield from (min(step, resamples - start) for start in range(0, resamples, step))


def _tosses(times: Index, rows: int, rng: np.random.Generator) -> Array:
    """How many of `times` alike units are swapped, (rows, len(times))."""
    if times.max(initial=1) == 1:
        return rng.integers(0, 2, (rows, len(times)), np.bool_).astype(np.float64)
    return rng.binomial(times, 0.5, (rows, len(times))).astype(np.float64)


def _differences(first: Units, second: Units) -> tuple[Any, Index]:
    """What a swap adds to the sum of the first system (P, size), and how many units each row stands for (P,)."""
    if isinstance(first.statistics, OneHot) and isinstance(second.statistics, OneHot):
        return _of_tables(first, second)
    moves = (second.each() - first.each()).reshape(first.count, -1)
    moves = moves[(moves != 0).any(axis=1)]
    return moves, np.ones(len(moves), np.intp)


def _of_tables(first: Units, second: Units) -> tuple[Any, Index]:
    """As above for tables of counts, as a sparse matrix: a large table is mostly empty."""
    from scipy import sparse

    tables: list[Any] = [first.statistics, second.statistics]
    size = int(np.prod(tables[0].shape))
    if _plain(first) and _plain(second):
        cells = np.stack([t.cell[np.argsort(units.unit)] for t, units in zip(tables, (first, second), strict=True)])
        kinds, times = np.unique(cells[:, cells[0] != cells[1]], axis=1, return_counts=True)
        here, value = np.tile(np.arange(len(times)), 2), np.repeat([-first.weight[0], first.weight[0]], len(times))
        return sparse.csr_array((value, (here, kinds.ravel())), shape=(len(times), size)), times
    weights = (-first.weight, second.weight)
    places = [(units.unit, t.cell) for t, units in zip(tables, (first, second), strict=True)]
    parts = [sparse.csr_array(part, shape=(first.count, size)) for part in zip(weights, places, strict=True)]
    moves = parts[0] + parts[1]
    moves = moves[np.flatnonzero(abs(moves).sum(axis=1))]
    return moves, np.ones(moves.shape[0], np.intp)


def _plain(units: Units) -> bool:
    """Whether each unit is one sample that counts as much as any other."""
    return len(units.statistics) == units.count and bool(np.ptp(units.weight) == 0)
