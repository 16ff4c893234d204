"""Kappa with each rater against scikit-learn on simulated experts, and what experts reach among themselves."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from affectbench import metrics
from affectbench.metrics import raters
from affectbench.metrics.resample import total

RANGES = [(0, 7)]


def experts(seed: int, samples: int = 60, people: int = 4, levels: int = 5) -> np.ndarray:
    """Ratings of 0 to 7 around a truth, a third of them absent; the last level is 0 for all but one person."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 8, (samples, 1, levels))
    given = np.clip(truth + rng.integers(-2, 3, (samples, people, levels)), 0, 7).astype(float)
    given[:, :-1, -1] = 0
    given[rng.random((samples, people)) < 1 / 3] = np.nan
    return given


def kappa(one: np.ndarray, other: np.ndarray) -> float:
    shared = ~np.isnan(one) & ~np.isnan(other)
    if shared.sum() < 2:
        return math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both raters constant
        pair = one[shared].astype(int), other[shared].astype(int)
        return float(cohen_kappa_score(*pair, weights="quadratic", labels=range(8)))


def mean(values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


@pytest.mark.parametrize("seed", range(5))
def test_against_scikit_learn_on_simulated_experts(seed: int) -> None:
    given = experts(seed)
    said = np.random.default_rng(seed + 100).uniform(0, 7.99, (60, 5))
    said[:, 0] = 3.2
    expected = [mean([kappa(given[:, r, d], np.trunc(said[:, d])) for r in range(4)]) for d in range(5)]
    assert metrics.rater_kappa(given, said) == pytest.approx(expected, abs=1e-9)
    people = [
        mean([mean([kappa(given[:, p, d], given[:, q, d]) for q in range(4) if q != p]) for p in range(4)])
        for d in range(5)
    ]
    assert raters.ceiling_of(given) == pytest.approx(people, abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 7)] * 2, st.floats(0, 7, width=16)), min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_bounds_permutation_and_scikit_learn(rows: list[tuple[int, int, float]], random) -> None:
    table = np.array(rows)
    value = metrics.rater_kappa(table[:, :2], table[:, 2])
    expected = mean([kappa(table[:, r], np.trunc(table[:, 2])) for r in (0, 1)])
    assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)
    mixed = table[random.sample(range(len(rows)), len(rows))]
    assert metrics.rater_kappa(mixed[:, 1::-1], mixed[:, 2]) == pytest.approx(value, abs=1e-9, nan_ok=True)
    if not math.isnan(value):
        assert -1 - 1e-9 <= value <= 1 + 1e-9


def test_a_missing_answer_is_the_farthest_end_from_each_rating() -> None:
    ratings = np.array([[0.0, 7.0], [6.0, 1.0], [3.0, 5.0]])
    said = np.array([np.nan, 2.0, 4.0])
    filled = [kappa(ratings[:, 0], np.array([7, 2, 4])), kappa(ratings[:, 1], np.array([0, 2, 4]))]
    assert metrics.rater_kappa(ratings, said, RANGES) == pytest.approx(mean(filled), abs=1e-12)
    assert metrics.rater_kappa(ratings, np.full(3, np.nan), RANGES) <= 0
    with pytest.raises(ValueError, match="give the range"):
        metrics.rater_kappa(ratings, said)
    with pytest.raises(ValueError, match="are needed"):
        metrics.rater_kappa(ratings, said[:2])


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 4, 7, np.nan])] * 3), min_size=2, max_size=20))
def test_refusing_everything_agrees_with_nobody(rows: list[tuple[float, ...]]) -> None:
    value = metrics.rater_kappa(rows, np.full(len(rows), np.nan), RANGES)
    assert math.isnan(value) or value <= 1e-12


def test_pairs_that_are_undefined_are_passed_over_and_samples_are_counted_once() -> None:
    ratings = np.array([[0.0, np.nan, 0.0], [0.0, np.nan, 5.0], [0.0, 4.0, 5.0]])
    sums = total(raters.statistics(ratings, [0.0, 0.0, 0.0]))
    assert np.isnan(raters.kappas(sums)[:, 0]).tolist() == [True, True, False]  # constant, one sample, defined
    assert raters.rater_kappa(sums).tolist() == [0]
    assert raters.support(sums) == pytest.approx([3])
    assert np.isnan(raters.ceiling_of(ratings[:, :1])).all()
    assert raters.ceiling_of(ratings[:, [2, 2]]).tolist() == [1]
