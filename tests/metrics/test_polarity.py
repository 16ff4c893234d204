"""Polarity against a second writing with scikit-learn, and what an answer without a side counts as."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from affectbench import metrics

NAMES = ["negative", "neutral", "positive"]
ALL = [entry.name for entry in metrics.ENTRIES if entry.module == "polarity"]
answers = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([*NAMES, "", "Positive.", None])), min_size=1)


def sides(pairs: list[tuple[str, str | None]]) -> tuple[list[bool], list[bool]]:
    return tuple(map(list, zip(*((g == "positive", p == "positive") for g, p in pairs if g != "neutral"), strict=True)))


@settings(deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_against_scikit_learn(pairs: list[tuple[str, str | None]], random) -> None:
    gold, said = zip(*pairs, strict=True)
    if all(label == "neutral" for label in gold):
        assert all(math.isnan(getattr(metrics, name)(gold, said, NAMES)) for name in ALL)
        return
    truth, read = sides(pairs)
    assert metrics.polarity_accuracy(gold, said, NAMES) == pytest.approx(accuracy_score(truth, read), abs=1e-9)
    f1 = f1_score(truth, read, average="weighted", zero_division=0)
    assert metrics.polarity_weighted_f1(gold, said, NAMES) == pytest.approx(f1, abs=1e-9)
    kept = [(g, p if p in ("negative", "positive") else "?") for g, p in pairs if g != "neutral"]
    truth, read = map(list, zip(*kept, strict=True))
    assert metrics.polarity_accuracy_strict(gold, said, NAMES) == pytest.approx(accuracy_score(truth, read), abs=1e-9)
    f1 = f1_score(truth, read, labels=["negative", "positive"], average="weighted", zero_division=0)
    assert metrics.polarity_weighted_f1_strict(gold, said, NAMES) == pytest.approx(f1, abs=1e-9)
    mixed = random.sample(pairs, len(pairs))
    for name in ALL:
        value = getattr(metrics, name)(gold, said, NAMES)
        assert 0 <= value <= 1
        assert getattr(metrics, name)(*zip(*mixed, strict=True), NAMES) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("constant", ["neutral", "unreadable", None])
def test_always_neutral_scores_as_always_negative(constant: str | None) -> None:
    gold = ["positive"] * 6 + ["negative"] * 4 + ["neutral"] * 5
    said = [constant] * 15
    assert metrics.polarity_accuracy(gold, said, NAMES) == 0.4
    assert metrics.polarity_weighted_f1(gold, said, NAMES) == pytest.approx(0.4 * (2 * 0.4 / 1.4))
    assert metrics.polarity_accuracy_strict(gold, said, NAMES) == 0
    assert metrics.polarity_weighted_f1_strict(gold, said, NAMES) == 0


@settings(deadline=None)
@given(answers, st.integers(0, 99))
def test_no_model_gains_by_refusing_in_the_strict_figures(pairs: list[tuple[str, str | None]], index: int) -> None:
    gold, said = zip(*pairs, strict=True)
    index %= len(gold)
    refused = [None if place == index else label for place, label in enumerate(said)]
    right = [gold[index] if place == index else label for place, label in enumerate(said)]
    if any(label != "neutral" for label in gold):
        assert metrics.polarity_accuracy_strict(gold, refused, NAMES) <= metrics.polarity_accuracy_strict(
            gold, said, NAMES
        )
        for name in ("polarity_accuracy_strict", "polarity_weighted_f1_strict"):
            function = getattr(metrics, name)
            assert function(gold, refused, NAMES) <= function(gold, right, NAMES) + 1e-12


def test_faults_are_said() -> None:
    with pytest.raises(ValueError, match="lacks 'negative'"):
        metrics.polarity_accuracy(["joy"], ["joy"], ["joy", "positive"])
    with pytest.raises(ValueError, match="'joy' is not in the label list"):
        metrics.polarity_accuracy(["joy"], ["positive"], NAMES)
    with pytest.raises(ValueError, match="2 gold labels, but 1"):
        metrics.polarity_accuracy(["positive", "negative"], ["positive"], NAMES)
