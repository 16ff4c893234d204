"""How many samples were answered at all: rates of the run, which are no scores of the task."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from affectbench.metrics.intervals import Grounds, choose
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Units, measure
from affectbench.scoring.rows import Design, Rows
from affectbench.types import STATUSES, Score

RATES = {
    "coverage": ("ok",),
    "refusal_rate": ("refused",),
    "unparsed_rate": ("unparsed",),
    "error_rate": ("api_error", "media_error", "judge_error"),
}
"""The name of each rate and the statuses that it counts."""


def rates(design: Design, rows: Rows, resamples: int, seed: int) -> Iterator[Score]:
    """Each rate over all samples, of equal weight, with its interval; the answers of repeats are averaged."""
    share = 1 / np.bincount(rows.sample, minlength=design.size)[rows.sample]
    counted = [np.isin(rows.status, [STATUSES.index(one) for one in kinds]) for kinds in RATES.values()]
    unit = design.unit[rows.sample]
    units = Units(np.stack([*counted, np.ones(len(rows))], axis=1).astype(np.float64), unit, share, int(unit.max()) + 1)
    (found,) = measure([_shares], [units], resamples, seed)
    grounds = Grounds(
        units=units.count, trials=design.size, range=(0.0, 1.0), proportion=True, clustered=design.clustered
    )
    for column, name in enumerate(RATES):
        value = float(found.estimate[column])
        jackknife = None if found.jackknife is None else found.jackknife[:, column]
        bounds = choose(value, found.replicates[:, column], jackknife, grounds)
        low, high, by = (bounds.low, bounds.high, bounds.name) if bounds else (None, None, None)
        yield Score(metric=name, value=value, low=low, high=high, n=design.size, interval=by)


def _shares(sums: Array) -> Array:
    shares: Array = sums[..., :-1] / sums[..., -1:]
    return shares
