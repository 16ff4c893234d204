"""Sentiment figures against a second writing with scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from affectbench import metrics

NAMES = [entry.name for entry in metrics.ENTRIES if entry.module == "sentiment"]
halves = st.integers(-12, 12).map(lambda n: n / 4)
tenths = st.integers(-10, 10).map(lambda n: n / 10)
mosi = st.lists(st.tuples(halves, halves), min_size=1, max_size=25).map(lambda pairs: tuple(np.array(pairs).T))
sims = st.lists(st.tuples(tenths, tenths), min_size=1, max_size=25).map(lambda pairs: tuple(np.array(pairs).T))


def classes(values: np.ndarray, bounds: tuple[float, ...]) -> list[int]:
    return [sum(value > bound for bound in bounds) for value in values]


def weighted(gold: np.ndarray, said: np.ndarray) -> float:
    return f1_score(gold, said, labels=[False, True], average="weighted", zero_division=0)


@settings(deadline=None)
@given(mosi)
def test_mosi_against_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    gold, said = pair
    expected = {
        "acc2_nonnegative": accuracy_score(gold >= 0, said >= 0),
        "f1_nonnegative": weighted(gold >= 0, said >= 0),
        "acc7": accuracy_score(np.round(gold).astype(int), np.round(said).astype(int)),
        "acc5": accuracy_score(np.clip(np.round(gold), -2, 2), np.clip(np.round(said), -2, 2).astype(int)),
    }
    polar = gold != 0
    if polar.any():
        expected["acc2_nonzero"] = accuracy_score(gold[polar] > 0, said[polar] > 0)
        expected["f1_nonzero"] = weighted(gold[polar] > 0, said[polar] > 0)
    else:
        assert math.isnan(metrics.acc2_nonzero(gold, said))
        assert math.isnan(metrics.f1_nonzero(gold, said))
    for name, value in expected.items():
        assert getattr(metrics, name)(gold, said) == pytest.approx(value, abs=1e-9), name


@settings(deadline=None)
@given(sims)
def test_sims_against_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    gold, said = pair
    expected = {
        "acc2_sims": accuracy_score(gold > 0, said > 0),
        "f1_sims": weighted(gold > 0, said > 0),
        "acc3_sims": accuracy_score(classes(gold, (-0.1, 0.1)), classes(said, (-0.1, 0.1))),
        "acc5_sims": accuracy_score(classes(gold, (-0.7, -0.1, 0.1, 0.7)), classes(said, (-0.7, -0.1, 0.1, 0.7))),
    }
    for name, value in expected.items():
        assert getattr(metrics, name)(gold, said) == pytest.approx(value, abs=1e-9), name


@settings(deadline=None)
@given(mosi, st.randoms(use_true_random=False), st.integers(0, 24))
def test_bounds_permutation_and_refusal(pair: tuple[np.ndarray, np.ndarray], random, index: int) -> None:
    gold, said = pair
    order = random.sample(range(len(gold)), len(gold))
    refused = said.copy()
    refused[index % len(gold)] = np.nan
    for name in NAMES:
        function = getattr(metrics, name)
        value = function(gold, said)
        if math.isnan(value):
            assert name.endswith("nonzero")
            continue
        assert 0 <= value <= 1
        assert function(gold[order], said[order]) == pytest.approx(value, abs=1e-12)
        if name.startswith("acc"):
            assert function(gold, refused) <= value
        else:
            right = said.copy()
            right[index % len(gold)] = gold[index % len(gold)]
            assert function(gold, refused) <= function(gold, right) + 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_refusing_everything_is_worth_nothing(name: str) -> None:
    gold = np.array([-3.0, -0.5, 0.0, 0.0, 0.1, 2.5])
    assert getattr(metrics, name)(gold, np.full(6, np.nan)) == 0
    assert getattr(metrics, name)(gold, gold) == 1


def test_halves_go_to_the_even_number_and_numbers_without_gold_count_nowhere() -> None:
    assert metrics.acc7([0.5, 1.5, 2.5, -2.5], [0.0, 2.0, 2.0, -2.0]) == 1
    assert metrics.acc7([0.5, np.nan], [0.0, 3.0]) == 1
    two = metrics.acc2_nonzero([[1.0, np.nan], [-1.0, 0.5]], [[1.0, 1.0], [1.0, 0.5]])
    assert two.tolist() == [0.5, 1]
    with pytest.raises(ValueError, match="gold has shape"):
        metrics.acc7([1.0], [1.0, 2.0])
