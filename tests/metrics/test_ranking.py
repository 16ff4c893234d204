"""Average precision and ROC against scikit-learn and the reference figures, and their resampling."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from affectbench import metrics
from affectbench.metrics import ranking
from affectbench.metrics.probabilities import Scored
from affectbench.metrics.resample import Kept, Units, draws, measure, total

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())["multilabel"]
LABELS = ["joy", "awe", "fear"]


def test_reference_figures() -> None:
    labels = [f"AU{n}" for n in FIGURES["columns"]]
    each = metrics.map(np.array(FIGURES["Y"]), np.array(FIGURES["score"]), labels)
    expected = [np.nan if value is None else value for value in FIGURES["ap_each(valid)"]]
    np.testing.assert_allclose(each, expected, atol=1e-12)
    assert np.nanmean(each) == pytest.approx(FIGURES["mAP_valid"], abs=1e-12)


def tables(levels: int) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Gold and numbers of which many are tied."""
    return st.integers(1, 12).flatmap(
        lambda rows: st.tuples(
            arrays(np.int64, (rows, 3), elements=st.integers(0, 1)),
            arrays(np.float64, (rows, 3), elements=st.integers(0, levels).map(lambda level: level / levels)),
        )
    )


@settings(deadline=None)
@given(tables(4))
def test_against_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    gold, number = pair
    precision, area = metrics.map(gold, number, LABELS), metrics.auc(gold, number, LABELS)
    for label, truth in enumerate(gold.T):
        if not truth.any():
            assert np.isnan(precision[label])
        else:
            expected = sk.average_precision_score(truth, number[:, label])
            assert precision[label] == pytest.approx(expected, abs=1e-9)
        if truth.all() or not truth.any():
            assert np.isnan(area[label])
        else:
            assert area[label] == pytest.approx(sk.roc_auc_score(truth, number[:, label]), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LABELS), *[st.integers(0, 4)] * 3), min_size=3, max_size=12))
def test_one_label_against_the_rest_as_in_scikit_learn(rows: list[tuple[str, int, int, int]]) -> None:
    gold, numbers = [row[0] for row in rows], np.array([row[1:] for row in rows], float) + 0.25
    each = metrics.auc(gold, [dict(zip(LABELS, row, strict=True)) for row in numbers], LABELS)
    shares = numbers / numbers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(metrics.auc(gold, shares, LABELS), each)
    if set(gold) == set(LABELS):
        expected = sk.roc_auc_score(
            [LABELS.index(label) for label in gold], shares.round(12), multi_class="ovr", labels=[0, 1, 2], average=None
        )
        np.testing.assert_allclose(each, expected, atol=1e-9)
        truth = np.array([[label == one for label in LABELS] for one in gold])
        precision = [sk.average_precision_score(truth[:, k], shares.round(12)[:, k]) for k in range(3)]
        np.testing.assert_allclose(metrics.map(gold, shares, LABELS), precision, atol=1e-9)


@settings(deadline=None)
@given(tables(3), st.data())
def test_a_weight_is_how_often_a_sample_is_there(pair: tuple[np.ndarray, np.ndarray], data: st.DataObject) -> None:
    gold, number = pair
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(gold), max_size=len(gold))))
    kept = total(ranking.statistics(gold, number, LABELS), times.astype(float))
    again = ranking.statistics(np.repeat(gold, times, axis=0), np.repeat(number, times, axis=0), LABELS)
    for metric in (ranking.average_precision, ranking.auc, ranking.support, ranking.rarer):
        np.testing.assert_allclose(metric(kept), metric(total(again)), atol=1e-9)


def test_uncoded_labels_and_missing_answers() -> None:
    gold = np.array([[1, np.nan, 0], [0, 1, 0], [1, 0, 1]])
    number = np.array([[0.9, 0.9, 0.1], [0.1, 0.5, 0.3], [np.nan] * 3])
    np.testing.assert_allclose(metrics.map(gold, number, LABELS), [0.5, 0.5, 0.0])
    np.testing.assert_allclose(metrics.auc(gold, number, LABELS), [0.5, 0, 0])
    sets = Scored(np.array([[1.0, 0, 0], [0, 1, 0], [np.nan] * 3]), np.full((3, 3), np.nan))
    np.testing.assert_allclose(metrics.auc(gold, sets, LABELS), [0.5, 0, 0])
    assert np.isnan(metrics.map([set(), set()], [{"joy"}, None], LABELS)).all()


def test_every_sort_of_answer_beside_each_other() -> None:
    gold = [{"joy"}, {"awe"}, {"joy"}, set()]
    said = [{"joy": 0.6, "awe": 0.5, "fear": 0.0}, {"awe"}, None, {"joy": 0.7}]
    numbers = np.array([[0.6, 0.5, 0], [0, 1, 0], [np.nan] * 3, [0.7, 0, 0]])
    np.testing.assert_array_equal(metrics.map(gold, said, LABELS), metrics.map(np.array(
        [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]), numbers, LABELS))  # fmt: skip


def clustered(size: int) -> Units:
    rng = np.random.default_rng(3)
    kept = ranking.statistics(rng.integers(0, 2, (size, 3)), rng.random((size, 3)).round(1), LABELS)
    return Units(kept, np.arange(size) // 2, rng.uniform(0.5, 2, size), size // 2)


def test_resamples_are_those_of_the_units(monkeypatch: pytest.MonkeyPatch) -> None:
    units = clustered(12)
    (found,) = measure([ranking.average_precision], [units], 9, seed=4)
    monkeypatch.setattr("affectbench.metrics.resample.BLOCK", 50)
    (again,) = measure([ranking.average_precision], [units], 9, seed=4)
    np.testing.assert_array_equal(found.replicates, again.replicates)
    times = np.concatenate(list(draws(6, 9, np.random.default_rng([4, 0]))))
    for weights, value in zip(times, found.replicates, strict=True):
        one = total(units.statistics, weights[units.unit] * units.weight)
        np.testing.assert_allclose(value, ranking.average_precision(one))
    assert found.jackknife is not None
    for left, value in enumerate(found.jackknife):
        kept = np.flatnonzero(units.unit != left)
        assert isinstance(units.statistics, Kept)
        np.testing.assert_allclose(value, ranking.average_precision(total(units.statistics[kept], units.weight[kept])))


def test_a_label_that_all_have_is_undefined_whatever_the_weights() -> None:
    """The weight of the samples without it is a sum of nothing, not a difference that rounding makes."""
    kept = ranking.statistics([{"joy"}] * 5, [{"joy": number} for number in (0.5, 0.9, 0.5, 0.25, 0.25)], ["joy"])
    assert np.isnan(ranking.auc(kept.weighed(np.array([1.0, 2.0, 1.0, 1.0, 1.0]) / 3))).all()


def test_blocks_of_weights_are_worked_on_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    gold, said = rng.integers(0, 2, (9, 2)), rng.integers(0, 4, (9, 2)) / 4
    kept = ranking.statistics(gold, said, ["joy", "awe"]).weighed(rng.integers(0, 3, (3, 4, 9)) / 3)
    whole = [metric(kept) for metric in (ranking.average_precision, ranking.auc)]
    monkeypatch.setattr(ranking, "CACHE", 20)
    apart = [metric(kept) for metric in (ranking.average_precision, ranking.auc)]
    assert whole[0].shape == (3, 4, 2)
    np.testing.assert_allclose(apart, whole, atol=1e-12)


def test_many_labels_of_many_samples_take_seconds() -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random((10_000, 26)) < 0.1).astype(float)
    kept = ranking.statistics(gold, gold * 0.3 + rng.random(gold.shape), [str(label) for label in range(26)])
    units = Units(kept, np.arange(10_000), np.ones(10_000), 10_000)
    start = time.process_time()
    (found,) = measure([ranking.average_precision], [units], 200, seed=0)
    assert time.process_time() - start < 20
    assert found.replicates.shape == (200, 26)
