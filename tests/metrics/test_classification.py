"""Single-label metrics against scikit-learn and the reference figures."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from affectbench import metrics

FIXTURE = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())
SIX = ["angry", "happy", "neutral", "sad", "surprise", "worried"]
LABELS = ["a", "b", "c", "d"]


def case(name: str) -> tuple[list[str], list[str], dict]:
    data, key = FIXTURE["data"], name[0]
    gold, predicted = data["gt"], data["pred_A" if key == "D" else f"pred_{key}"]
    if key == "D":
        gold, predicted = ([column[i] for i in data["D_index"]] for column in (gold, predicted))
    return gold, predicted, FIXTURE["cases"][name]


@pytest.mark.parametrize("name", FIXTURE["cases"])
def test_reference_figures(name: str) -> None:
    gold, predicted, figures = case(name)
    expected = {
        "accuracy": figures["acc"],
        "war": figures["acc"],
        "uar": figures["balanced_accuracy"],
        "macro_f1": figures["macro_f1_fixed6"],
        "macro_f1_present": figures["macro_f1_gt_labels_only"],
        "weighted_f1": figures["weighted_f1"],
        "micro_f1": figures["micro_f1_fixed6"],
        "weighted_precision": figures["weighted_precision"],
        "weighted_recall": figures["acc"],
        "uf1": figures["macro_f1_fixed6"],
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, SIX) == pytest.approx(value, abs=1e-12), metric
    recall = metrics.recall(gold, predicted, SIX)
    assert np.nanmean(recall) == pytest.approx(figures["uar_gt_labels"], abs=1e-12)
    assert np.nan_to_num(recall).mean() == pytest.approx(figures["uar_fixed6"], abs=1e-12)


@pytest.mark.parametrize("name", FIXTURE["cases"])
def test_reference_figures_over_every_string_that_occurs(name: str) -> None:
    gold, predicted, figures = case(name)
    strings = figures["confusion_labels"]
    expected = {
        "macro_f1_union": figures["macro_f1_default_union"],
        "uar_union": figures["uar_default_union"],
        "micro_f1": figures["micro_f1_default"],
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, strings) == pytest.approx(value, abs=1e-12), metric


def test_reference_confusion_keeps_what_is_outside_the_list() -> None:
    gold, predicted, figures = case("B_out_of_set_and_empty")
    order = figures["confusion_labels"]
    table = np.array(figures["confusion"])
    inside = [order.index(label) for label in SIX]
    outside = [order.index(label) for label in order if label not in SIX]
    ours = metrics.confusion(gold, predicted, SIX)
    assert (ours[:, :-1] == table[np.ix_(inside, inside)]).all()
    assert (ours[:, -1] == table[np.ix_(inside, outside)].sum(axis=1)).all()
    assert ours.sum() == len(gold)


def test_reference_micro_expressions() -> None:
    figures = FIXTURE["micro_expression"]
    assert metrics.uf1(figures["gt"], figures["pred"], [0, 1, 2]) == pytest.approx(figures["UF1"], abs=1e-12)
    assert metrics.uar(figures["gt"], figures["pred"], [0, 1, 2]) == pytest.approx(figures["UAR"], abs=1e-12)


def inside(predicted: list[str]) -> list[str]:
    return [label if label in LABELS else "<invalid>" for label in predicted]


answers = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", "d", "z", ""])), min_size=1, max_size=30
)


@settings(deadline=None)
@given(answers)
def test_against_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = map(list, zip(*pairs, strict=True))
    present = sorted(set(gold))
    expected = {
        "accuracy": sk.accuracy_score(gold, predicted),
        "uar": sk.recall_score(gold, predicted, labels=present, average="macro", zero_division=0),
        "macro_f1": sk.f1_score(gold, predicted, labels=LABELS, average="macro", zero_division=0),
        "macro_f1_present": sk.f1_score(gold, predicted, labels=present, average="macro", zero_division=0),
        "weighted_f1": sk.f1_score(gold, predicted, labels=present, average="weighted", zero_division=0),
        "micro_f1": sk.f1_score(gold, predicted, labels=LABELS, average="micro", zero_division=0),
        "macro_f1_one": sk.f1_score(gold, predicted, labels=LABELS, average="macro", zero_division=1),
        "macro_f1_union": sk.f1_score(gold, inside(predicted), average="macro", zero_division=0),
        "weighted_precision": sk.precision_score(gold, predicted, labels=present, average="weighted", zero_division=0),
        "weighted_recall": sk.recall_score(gold, predicted, labels=present, average="weighted", zero_division=0),
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, LABELS) == pytest.approx(value, abs=1e-9), metric
    recall = sk.recall_score(gold, predicted, labels=LABELS, average=None, zero_division=np.nan)
    precision = sk.precision_score(gold, predicted, labels=LABELS, average=None, zero_division=0)
    np.testing.assert_allclose(metrics.recall(gold, predicted, LABELS), recall, atol=1e-9)
    np.testing.assert_allclose(metrics.precision(gold, predicted, LABELS), precision, atol=1e-9)


@settings(deadline=None)
@given(answers)
def test_recall_of_the_union_against_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = map(list, zip(*pairs, strict=True))
    every = sorted({*gold, *inside(predicted)})
    expected = sk.recall_score(gold, inside(predicted), labels=every, average="macro", zero_division=0)
    assert metrics.uar_union(gold, predicted, LABELS) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=20))
def test_kappa_against_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = map(list, zip(*pairs, strict=True))
    ours = metrics.kappa(gold, predicted, LABELS)
    if len({*gold, *predicted}) == 1:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(sk.cohen_kappa_score(gold, predicted), abs=1e-9)


def test_kappa_counts_a_missing_answer_against_the_model() -> None:
    gold, predicted = ["a", "a", "b", "b"], ["a", "a", "b", None]
    expected = (2 * 2 + 1 * 2 + 1 * 2) / 16  # the missing one is expected as the commonest class
    assert metrics.kappa(gold, predicted, LABELS) == pytest.approx((0.75 - expected) / (1 - expected))
    assert metrics.kappa(["a", "a"], ["a", None], LABELS) == -1


@pytest.mark.parametrize("size", [2, 3, 6, 7, 11, 43])
def test_a_constant_answer_has_exactly_one_over_k(size: int) -> None:
    gold = np.arange(size * 3) % size
    labels = [f"class {i}" for i in range(size)]
    assert metrics.uar(gold, np.zeros(len(gold), int), labels) == 1 / size


def test_names_and_positions_are_the_same() -> None:
    assert metrics.uar(["a", "b"], ["a", "a"], ["a", "b"]) == metrics.uar([0, 1], np.array([0, 0]), ["a", "b"])
    assert metrics.accuracy(np.array([7, 9]), np.array([7, 7]), [7, 9]) == 0.5


def test_faults_are_said() -> None:
    with pytest.raises(ValueError, match="'z' is not in the label list"):
        metrics.accuracy(["a", "z"], ["a", "a"], ["a", "b"])
    with pytest.raises(ValueError, match="2 gold labels, but 1 predictions"):
        metrics.accuracy(["a", "b"], ["a"], ["a", "b"])
