"""Whether a run is better than guessing: its main score against the best of the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.paired import bootstrap_p
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.metrics.resample import FEW, Finish, Kept, OneHot, Units
from affectbench.metrics.swaps import randomised
from affectbench.scoring.baselines import Guess, Guesses, better
from affectbench.scoring.rows import Rows
from affectbench.scoring.scorer import Scorer, columns
from affectbench.types import Score

ORDER = ("majority", "constant", "prior", "chance")  # of several that reach as much, the first
LEVEL = 0.05


def above(scorer: Scorer, rows: Rows, main: Score, found: Guesses) -> dict[str, Any] | None:
    """The best baseline, its value, the two-sided p of the difference, and whether the run is (significantly) better.

    Against fixed answers the test is a paired bootstrap of the difference. Where the run and the guess differ in few
    units, which a bootstrap takes for certain too soon, it is a randomisation test: their answers are swapped, unit by
    unit. Against random answers there is no such pair (p None): then the interval of the score must lie beyond their
    value. None where the score or every baseline is undefined.
    """
    entry = scorer.question.main_entry()
    best: tuple[str, Guess] | None = None
    for name in ORDER:
        guess = found[name][entry.name]
        if guess.value is not None and (best is None or better(entry, guess.value, best[1].value or 0.0)):
            best = name, guess
    if best is None or best[1].value is None or main.value is None:
        return None
    name, guess = best
    value = best[1].value
    p = None if guess.answers is None else _p(scorer, rows, guess.answers)
    ahead = better(entry, main.value, value)
    bound = main.low if entry.better == "high" else main.high
    sure = p < LEVEL if p is not None else bound is not None and better(entry, bound, value)
    return {"baseline": name, "value": value, "p": p, "ahead": ahead, "holds": sure and ahead}


def _p(scorer: Scorer, rows: Rows, answers: Any) -> float | None:
    entry = scorer.question.main_entry()
    run, guess = (
        scorer.encoded.statistics(entry, rows.sample, said) for said in (rows.predicted, answers[rows.sample])
    )
    if isinstance(run, Kept) or isinstance(guess, Kept):
        return None  # samples that are kept are no sum whose parts could be compared
    pairs = [
        (Units(run[s.rows], s.unit, s.weight, s.count), Units(guess[s.rows], s.unit, s.weight, s.count))
        for s in scorer.design.strata(rows.sample)
    ]
    resamples, seed = scorer.question.resamples, scorer.question.seed
    if sum(_differing(*pair) for pair in pairs) < FEW:
        return float(randomised([columns(entry)], pairs, resamples, seed)[0][-1])
    return bootstrap_p(_differences(columns(entry), pairs, resamples, seed))


def _differing(run: Units, guess: Units) -> int:
    """Units in which the run and the guess differ at all."""
    if isinstance(run.statistics, OneHot) and isinstance(guess.statistics, OneHot):
        apart = run.statistics.cell != guess.statistics.cell
    else:
        apart = np.not_equal(np.asarray(run.statistics), np.asarray(guess.statistics))
        apart = apart.reshape(len(run.unit), -1).any(axis=1)
    return len(np.unique(run.unit[apart]))


def _differences(finish: Finish, pairs: Sequence[tuple[Units, Units]], resamples: int, seed: int) -> Array:
    """The main score of the run less that of the guess on the same resamples, (R,)."""
    drawn = [
        [_resampled(finish, units, resamples, np.random.default_rng([seed, place])) for units in pair]
        for place, pair in enumerate(pairs)
    ]
    run, guess = mean_defined(np.array(drawn), axis=0)
    difference: Array = run - guess
    return difference


def _resampled(finish: Finish, units: Units, resamples: int, rng: np.random.Generator) -> Array:
    return np.concatenate([finish(block)[:, -1] for block in units.resampled(resamples, rng, paired=True)])
