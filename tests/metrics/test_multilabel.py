"""Metrics of label sets against scikit-learn and the reference figures."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from affectbench import metrics

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())["multilabel"]
LABELS = ["joy", "awe", "fear"]


def test_reference_figures() -> None:
    gold, predicted = np.array(FIGURES["Y"]), np.array(FIGURES["pred"])
    labels = [f"AU{n}" for n in FIGURES["columns"]]
    np.testing.assert_allclose(metrics.au_f1(gold, predicted, labels), FIGURES["f1_each"], atol=1e-12)
    expected = {
        "macro_f1": "macro_f1_all",
        "macro_f1_present": "macro_f1_valid_only(Facial-R1: gt has positives)",
        "micro_f1": "micro_f1",
        "weighted_f1": "weighted_f1",
        "samples_f1": "samples_f1_zd1",
        "samples_f1_zero": "samples_f1_zd0",
        "jaccard_zero": "jaccard_samples_zd0",
        "hamming": "hamming_loss",
        "subset_accuracy": "subset_accuracy",
    }
    for metric, figure in expected.items():
        assert getattr(metrics, metric)(gold, predicted, labels) == pytest.approx(FIGURES[figure], abs=1e-12), metric


tables = st.integers(1, 12).flatmap(
    lambda rows: st.tuples(*[arrays(np.int64, (rows, 3), elements=st.integers(0, 1)) for _ in range(2)])
)


@settings(deadline=None)
@given(tables)
def test_against_scikit_learn(tables: tuple[np.ndarray, np.ndarray]) -> None:
    gold, predicted = tables
    expected = {
        "macro_f1": sk.f1_score(gold, predicted, average="macro", zero_division=0),
        "micro_f1": sk.f1_score(gold, predicted, average="micro", zero_division=0),
        "weighted_f1": sk.f1_score(gold, predicted, average="weighted", zero_division=0),
        "samples_f1": sk.f1_score(gold, predicted, average="samples", zero_division=1),
        "samples_f1_zero": sk.f1_score(gold, predicted, average="samples", zero_division=0),
        "jaccard": sk.jaccard_score(gold, predicted, average="samples", zero_division=1),
        "jaccard_zero": sk.jaccard_score(gold, predicted, average="samples", zero_division=0),
        "hamming": sk.hamming_loss(gold, predicted),
        "subset_accuracy": sk.accuracy_score(gold, predicted),
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, LABELS) == pytest.approx(value, abs=1e-9), metric
    np.testing.assert_allclose(
        metrics.au_accuracy(gold, predicted, LABELS), (gold == predicted).mean(axis=0), atol=1e-9
    )


@settings(deadline=None)
@given(tables, st.integers(0, 11), st.permutations(range(12)))
def test_bounds_permutation_and_refusal(tables: tuple[np.ndarray, np.ndarray], index: int, order: list[int]) -> None:
    gold, predicted = tables
    order = [place for place in order if place < len(gold)]
    refused, right = predicted.astype(float), predicted.copy()
    refused[index % len(gold)] = np.nan
    right[index % len(gold)] = gold[index % len(gold)]
    for metric in metrics.names("labels"):
        function = getattr(metrics, metric)
        sign = -1 if metrics.find(metric, "labels").better == "low" else 1
        value = np.asarray(function(gold, predicted, LABELS))
        if np.isnan(value).any():  # no label is present anywhere
            assert metric == "macro_f1_present" and not gold.any()
            continue
        assert ((value >= 0) & (value <= 1)).all()
        np.testing.assert_allclose(value, function(gold[order], predicted[order], LABELS), atol=1e-12)
        without = sign * np.asarray(function(gold, refused, LABELS))
        assert (without <= sign * np.asarray(function(gold, right, LABELS)) + 1e-12).all()
        if metrics.find(metric, "labels").missing != "empty set":
            assert (without <= sign * value + 1e-12).all()


def test_uncoded_cells_count_nowhere() -> None:
    gold = np.array([[1, np.nan, 0], [0, np.nan, 1], [np.nan, np.nan, np.nan]])
    right = np.array([[1, 1, 0], [0, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(metrics.au_f1(gold, right, LABELS), [1, np.nan, 1])
    for metric in ("macro_f1", "micro_f1", "samples_f1", "jaccard", "subset_accuracy"):
        assert getattr(metrics, metric)(gold, right, LABELS) == 1, metric
    assert metrics.hamming(gold, right, LABELS) == 0
    assert metrics.hamming(gold, [None, None, None], LABELS) == 1


def test_refusing_an_empty_set_is_no_right_answer() -> None:
    gold: list[set[str]] = [set(), {"joy"}]
    for metric in ("samples_f1", "jaccard", "subset_accuracy"):
        assert getattr(metrics, metric)(gold, [set(), {"joy"}], LABELS) == 1
        assert getattr(metrics, metric)(gold, [None, {"joy"}], LABELS) == 0.5
