"""Metrics of numbers against scipy, scikit-learn and the reference figures."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affectbench import metrics
from affectbench.metrics import agreement, continuous
from affectbench.metrics.resample import total

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())["va"]
numbers = st.lists(st.tuples(st.floats(-1, 1, width=16), st.floats(-1, 1, width=16)), min_size=2, max_size=25).map(
    lambda pairs: tuple(np.array(pairs).T)
)


def test_reference_figures() -> None:
    expected = {
        "ccc": "ccc_population_var(reference calculate_ccc, MERTools toolkit/utils/functions.py)",
        "ccc_sample": "ccc_sample_var",
        "pcc": "pcc",
        "mse": "mse",
        "rmse": "rmse",
        "mae": "mae",
        "sagr": "sagr_sign3(sign(0)=0)",
        "sagr_nonnegative": "sagr_binary(>=0)",
    }
    for metric, figure in expected.items():
        value = getattr(metrics, metric)(FIGURES["gt"], FIGURES["pred"])
        assert value == pytest.approx(FIGURES[figure], abs=1e-12), metric


@settings(deadline=None)
@given(numbers)
def test_against_direct_formulas(pair: tuple[np.ndarray, np.ndarray]) -> None:
    gold, predicted = pair
    spread = gold.std() > 1e-4 and predicted.std() > 1e-4
    if spread:
        covariance = np.cov(gold, predicted, ddof=0)
        ccc = 2 * covariance[0, 1] / (covariance.trace() + (gold.mean() - predicted.mean()) ** 2)
        assert metrics.ccc(gold, predicted) == pytest.approx(ccc, abs=1e-9)
        plain = 2 * np.cov(gold, predicted)[0, 1]
        sample = plain / (gold.var(ddof=1) + predicted.var(ddof=1) + (gold.mean() - predicted.mean()) ** 2)
        assert metrics.ccc_sample(gold, predicted) == pytest.approx(sample, abs=1e-9)
        both = np.stack([gold, predicted], axis=1)
        assert metrics.icc(gold, predicted) == pytest.approx(agreement.icc(both), abs=1e-9)
        assert metrics.pcc(gold, predicted) == pytest.approx(stats.pearsonr(gold, predicted).statistic, abs=1e-9)
    assert metrics.rmse(gold, predicted) == pytest.approx(math.sqrt(((gold - predicted) ** 2).mean()), abs=1e-9)
    assert metrics.mse(gold, predicted) == pytest.approx(((gold - predicted) ** 2).mean(), abs=1e-9)
    same_side = (gold >= 0) == (predicted >= 0)
    assert metrics.sagr_nonnegative(gold, predicted) == pytest.approx(same_side.mean(), abs=1e-9)
    assert metrics.mae(gold, predicted) == pytest.approx(np.abs(gold - predicted).mean(), abs=1e-9)
    assert metrics.sagr(gold, predicted) == pytest.approx((np.sign(gold) == np.sign(predicted)).mean(), abs=1e-9)


@settings(deadline=None)
@given(numbers, st.randoms(use_true_random=False), st.integers(0, 24))
def test_bounds_permutation_and_refusal(pair: tuple[np.ndarray, np.ndarray], random, index: int) -> None:
    gold, predicted = pair
    order = random.sample(range(len(gold)), len(gold))
    refused = predicted.copy()
    refused[index % len(gold)] = np.nan
    # Sums of squares hold 16 digits: of numbers that hardly differ, few are left for their variance.
    exact = 1e-9 if min(gold.std(), predicted.std()) > 1e-3 else 1e-6
    for metric in (entry.name for entry in metrics.ENTRIES if entry.module == "continuous"):
        function, entry = getattr(metrics, metric), metrics.find(metric, "levels")
        value = function(gold, predicted)
        if not math.isnan(value):
            assert entry.range[0] - exact <= value <= entry.range[1] + exact
            assert function(gold[order], predicted[order]) == pytest.approx(value, abs=exact)
        if metric in ("rmse", "mse", "mae"):
            assert function(gold, refused, [(-1, 1)]) >= value - 1e-12
        if metric in ("sagr", "sagr_nonnegative"):
            assert function(gold, refused, [(-1, 1)]) <= value


@settings(deadline=None)
@given(numbers)
def test_refusing_everything_agrees_with_nothing(pair: tuple[np.ndarray, np.ndarray]) -> None:
    gold, _ = pair
    for metric in (metrics.ccc, metrics.ccc_sample, metrics.icc):
        assert metric(gold, np.full(len(gold), np.nan), [(-1, 1)]) <= 1e-12


@pytest.mark.parametrize("constant", [0.1, -1 / 3, 1e6 + 0.1])
def test_a_constant_prediction_scores_exactly_zero(constant: float) -> None:
    gold = np.random.default_rng(0).uniform(-1, 1, 101)
    predicted = np.full(101, constant)
    for metric in (metrics.ccc, metrics.ccc_sample, metrics.icc):
        assert metric(gold, predicted) == 0
    assert metrics.pcc(gold, predicted) == 0
    assert metrics.ccc(predicted, predicted) == 0
    assert math.isnan(metrics.pcc(predicted, gold))


def test_moments_far_from_zero_keep_their_digits() -> None:
    rng = np.random.default_rng(1)
    gold, predicted = rng.normal(size=50), rng.normal(size=50)
    assert metrics.ccc(gold + 1e6, predicted + 1e6) == pytest.approx(metrics.ccc(gold, predicted), abs=1e-9)


def test_levels_without_gold_count_nowhere() -> None:
    gold = np.array([[0.5, np.nan], [-0.5, np.nan], [0.1, 0.3]])
    predicted = np.array([[0.5, 1.0], [-0.5, 1.0], [0.1, np.nan]])
    sums = total(continuous.statistics(gold, predicted, [(-1, 1), (-1, 1)]))
    assert continuous.support(sums).tolist() == [3, 1]
    assert continuous.mae(sums).tolist() == pytest.approx([0, 1.3])
    assert continuous.sagr(sums).tolist() == [1, 0]
    with pytest.raises(ValueError, match="give the range"):
        continuous.statistics(gold, predicted)
