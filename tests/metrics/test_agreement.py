"""Agreement of raters against scikit-learn, scipy, krippendorff and published tables."""

import json
import math
import warnings
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from affectbench.metrics import agreement

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())["agreement"]
SCALES = ("nominal", "ordinal", "interval", "ratio")
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30)
tables = st.integers(2, 12).flatmap(
    lambda items: st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.5, np.nan]), min_size=items, max_size=items), min_size=2, max_size=4
    )
)


def test_reference_figures() -> None:
    a, b = FIGURES["a"], FIGURES["b"]
    for weights, figure in (("nominal", "kappa"), ("linear", "kappa_linear"), ("quadratic", "kappa_quadratic")):
        found = agreement.cohen_kappa(a, b, [1, 2, 3, 4, 5], weights)
        assert found == pytest.approx(FIGURES[figure], abs=1e-12), weights
    assert agreement.spearman(a, b) == pytest.approx(FIGURES["spearman"], abs=1e-12)
    assert agreement.kendall_tau_b(a, b) == pytest.approx(FIGURES["kendall_tau_b"], abs=1e-12)


@pytest.mark.parametrize("scale", SCALES)
def test_reference_alpha(scale: agreement.Scale) -> None:
    figures = FIGURES["krippendorff"]
    ratings = figures["ratings(raters x items, null=missing)"]
    assert agreement.krippendorff_alpha(ratings, scale) == pytest.approx(figures[scale], abs=1e-12)


def test_published_icc_of_six_targets_by_four_judges() -> None:
    assert round(agreement.icc(SHROUT_FLEISS), 2) == 0.71
    assert round(agreement.icc(SHROUT_FLEISS, average=True), 2) == 0.91
    two = np.array(SHROUT_FLEISS)[:, :2]
    between, error = 2 * two.mean(axis=1).var(ddof=1), (two[:, 0] - two[:, 1]).var(ddof=1) / 2
    assert agreement.icc(two) == pytest.approx((between - error) / (between + error), abs=1e-12)
    with pytest.raises(ValueError, match="full table"):
        agreement.icc([[1, 2], [np.nan, 2]])


@settings(deadline=None)
@given(pairs)
def test_kappa_against_scikit_learn(rated: list[tuple[int, int]]) -> None:
    a, b = map(list, zip(*rated, strict=True))
    for weights in ("nominal", "linear", "quadratic"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn divides by nothing where both raters are constant
            expected = cohen_kappa_score(a, b, labels=range(5), weights=None if weights == "nominal" else weights)
        found = agreement.cohen_kappa(a, b, range(5), weights)
        assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)
        assert found <= 1 + 1e-12 or math.isnan(found)
        assert agreement.cohen_kappa(b[::-1], a[::-1], range(5), weights) == pytest.approx(found, nan_ok=True)


def test_kappa_of_constant_raters() -> None:
    assert math.isnan(agreement.cohen_kappa([2, 2, 2], [2, 2, 2], range(5)))
    assert agreement.cohen_kappa([2, 2, 2], [3, 3, 3], range(5), "quadratic") == 0
    with pytest.raises(ValueError, match="not in the list"):
        agreement.cohen_kappa([1, 9], [1, 2], range(5))
    with pytest.raises(ValueError, match="2 ratings of one rater, but 1"):
        agreement.cohen_kappa([1, 2], [1], range(5))


@settings(deadline=None, max_examples=200)
@given(tables)
def test_alpha_against_krippendorff(table: list[list[float]]) -> None:
    ratings = np.array(table)
    rated = ratings[:, (~np.isnan(ratings)).sum(axis=0) > 1]
    for scale in SCALES:
        found = agreement.krippendorff_alpha(ratings, scale)
        if len(np.unique(rated[~np.isnan(rated)])) < 2:
            assert math.isnan(found)
            continue
        expected = krippendorff.alpha(reliability_data=ratings, level_of_measurement=scale)
        assert found == pytest.approx(expected, abs=1e-9), scale
        assert found <= 1 + 1e-12
        assert agreement.krippendorff_alpha(ratings[::-1, ::-1], scale) == pytest.approx(found, abs=1e-12)


def test_alpha_takes_words_and_says_what_is_no_table() -> None:
    words = [["joy", "awe", None, "joy"], ["joy", "awe", "awe", "awe"]]
    numbers = [[0, 1, np.nan, 0], [0, 1, 1, 1]]
    assert agreement.krippendorff_alpha(words) == agreement.krippendorff_alpha(numbers)
    assert math.isnan(agreement.krippendorff_alpha([[None, None], [None, None]]))
    with pytest.raises(ValueError, match="raters, items"):
        agreement.krippendorff_alpha([1.0, 2.0], "interval")


@settings(deadline=None)
@given(pairs)
def test_ranks_against_scipy(rated: list[tuple[int, int]]) -> None:
    a, b = map(list, zip(*rated, strict=True))
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert agreement.spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-9)
        assert agreement.kendall_tau_b(a, b) == pytest.approx(stats.kendalltau(a, b).statistic, abs=1e-9)
        assert agreement.spearman(b[::-1], a[::-1]) == pytest.approx(agreement.spearman(a, b), abs=1e-12)
    else:
        assert math.isnan(agreement.spearman(a, b))
        assert math.isnan(agreement.kendall_tau_b(a, b))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-5, 5), min_size=3, max_size=3), min_size=2, max_size=15))
def test_icc_has_its_bounds_and_forgets_what_a_rater_adds(table: list[list[int]]) -> None:
    ratings = np.array(table)
    found = agreement.icc(ratings)
    assert -0.5 - 1e-9 <= found <= 1 + 1e-9
    assert agreement.icc(ratings[::-1, ::-1] + np.array([0, 7, -2])) == pytest.approx(found, abs=1e-9)
