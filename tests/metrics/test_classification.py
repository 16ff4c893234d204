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
SCALARS = ["accuracy", "war", "uar", "macro_f1", "macro_f1_present", "weighted_f1", "micro_f1"]


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
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, SIX) == pytest.approx(value, abs=1e-12), metric


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
    assert metrics.macro_f1(figures["gt"], figures["pred"], [0, 1, 2]) == pytest.approx(figures["UF1"], abs=1e-12)
    assert metrics.uar(figures["gt"], figures["pred"], [0, 1, 2]) == pytest.approx(figures["UAR"], abs=1e-12)


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
    }
    for metric, value in expected.items():
        assert getattr(metrics, metric)(gold, predicted, LABELS) == pytest.approx(value, abs=1e-9), metric
    recall = sk.recall_score(gold, predicted, labels=LABELS, average=None, zero_division=np.nan)
    precision = sk.precision_score(gold, predicted, labels=LABELS, average=None, zero_division=0)
    np.testing.assert_allclose(metrics.recall(gold, predicted, LABELS), recall, atol=1e-9)
    np.testing.assert_allclose(metrics.precision(gold, predicted, LABELS), precision, atol=1e-9)


@settings(deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_bounds_and_permutation(pairs: list[tuple[str, str]], random) -> None:
    shuffled = random.sample(pairs, len(pairs))
    for metric in SCALARS:
        values = [getattr(metrics, metric)(*map(list, zip(*some, strict=True)), LABELS) for some in (pairs, shuffled)]
        assert values[0] == values[1]
        assert 0 <= values[0] <= 1


@settings(deadline=None)
@given(answers, st.integers(0, 29))
def test_a_model_never_gains_by_refusing(pairs: list[tuple[str, str]], index: int) -> None:
    gold, predicted = map(list, zip(*pairs, strict=True))
    index %= len(gold)
    refused = [None if i == index else value for i, value in enumerate(predicted)]
    for metric in ("accuracy", "war", "uar"):
        function = getattr(metrics, metric)
        assert function(gold, refused, LABELS) <= function(gold, predicted, LABELS)
    right = [gold[index] if i == index else value for i, value in enumerate(predicted)]
    for metric in SCALARS:
        function = getattr(metrics, metric)
        assert function(gold, refused, LABELS) <= function(gold, right, LABELS) + 1e-12


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
