"""Metrics of label sets against scikit-learn and the reference figures."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
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
        "jaccard_weighted": "jaccard_weighted_zd0(MMAFFBen acc)",
        "jaccard_macro": "jaccard_macro_zd0",
        "macro_f1_one": "macro_f1_zd1(MMAFFBen macro)",
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
        "macro_f1_one": sk.f1_score(gold, predicted, average="macro", zero_division=1),
        "jaccard_macro": sk.jaccard_score(gold, predicted, average="macro", zero_division=0),
        "jaccard_weighted": sk.jaccard_score(gold, predicted, average="weighted", zero_division=0),
        "hamming": sk.hamming_loss(gold, predicted),
        "subset_accuracy": sk.accuracy_score(gold, predicted),
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, LABELS) == pytest.approx(value, abs=1e-9), metric
    np.testing.assert_allclose(
        metrics.au_accuracy(gold, predicted, LABELS), (gold == predicted).mean(axis=0), atol=1e-9
    )


def test_uncoded_cells_count_nowhere() -> None:
    gold = np.array([[1, np.nan, 0], [0, np.nan, 1], [np.nan, np.nan, np.nan]])
    right = np.array([[1, 1, 0], [0, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(metrics.au_f1(gold, right, LABELS), [1, np.nan, 1])
    for metric in ("macro_f1", "micro_f1", "samples_f1", "jaccard", "subset_accuracy"):
        assert getattr(metrics, metric)(gold, right, LABELS) == 1, metric
    assert metrics.hamming(gold, right, LABELS) == 0
    assert metrics.hamming(gold, [None, None, None], LABELS) == 1


def test_rows_of_numbers_are_a_table_in_any_form() -> None:
    gold, predicted = [[1, 0, 1], [0, 0, 0]], [[1, 1, 0], None]
    expected = metrics.hamming([{"joy", "fear"}, set()], [{"joy", "awe"}, None], LABELS)
    assert metrics.hamming(gold, predicted, LABELS) == expected
    assert metrics.hamming(pd.DataFrame(gold, columns=LABELS), predicted, LABELS) == expected
    assert metrics.accuracy(pd.Series(["joy", "awe"]), pd.Series(["joy", None]), LABELS) == 0.5


def test_refusing_an_empty_set_is_no_right_answer() -> None:
    gold: list[set[str]] = [set(), {"joy"}]
    for metric in ("samples_f1", "jaccard", "subset_accuracy"):
        assert getattr(metrics, metric)(gold, [set(), {"joy"}], LABELS) == 1
        assert getattr(metrics, metric)(gold, [None, {"joy"}], LABELS) == 0.5
