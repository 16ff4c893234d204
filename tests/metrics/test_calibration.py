"""Calibration against a loop over bins and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from affectbench import metrics
from affectbench.metrics.calibration import BINS

LABELS = ["joy", "awe", "fear"]
answers = st.lists(st.tuples(st.sampled_from(LABELS), *[st.integers(0, 20)] * 3), min_size=1, max_size=20).map(
    lambda rows: ([row[0] for row in rows], np.array([row[1:] for row in rows]) + 0.01)
)


@settings(deadline=None)
@given(answers)
def test_against_a_loop_and_scikit_learn(task: tuple[list[str], np.ndarray]) -> None:
    gold, numbers = task
    shares = numbers / numbers.sum(axis=1, keepdims=True)
    confidence, right = shares.max(axis=1), np.array(LABELS)[shares.argmax(axis=1)] == np.array(gold)
    gaps, rows = 0.0, metrics.reliability(gold, numbers, LABELS)
    for place in range(BINS):
        inside = (confidence > place / BINS + 1e-9) & (confidence <= (place + 1) / BINS + 1e-9)
        assert rows[place, 0] == inside.sum()
        if inside.any():
            assert rows[place, 1:] == pytest.approx([confidence[inside].mean(), right[inside].mean()])
            gaps += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert metrics.ece(gold, numbers, LABELS) == pytest.approx(gaps, abs=1e-9)
    expected = brier_score_loss(gold, shares[:, [1, 2, 0]], labels=sorted(LABELS), scale_by_half=False)
    assert metrics.brier(gold, numbers, LABELS) == pytest.approx(expected, abs=1e-9)


def test_a_label_alone_is_certain_and_a_missing_answer_certainly_wrong() -> None:
    gold = ["joy", "joy", "awe", "fear"]
    assert metrics.ece(gold, gold, LABELS) == metrics.brier(gold, gold, LABELS) == 0
    said = ["joy", "awe", "awe", None]
    rows = metrics.reliability(gold, said, LABELS)
    assert rows[BINS - 1].tolist() == pytest.approx([3, 1, 2 / 3])
    assert rows[BINS].tolist() == [1, 1, 0]
    assert np.isnan(rows[:-2, 1:]).all()
    assert metrics.ece(gold, said, LABELS) == pytest.approx((1 + 1) / 4)
    assert metrics.brier(gold, said, LABELS) == pytest.approx((2 + 2) / 4)


def test_numbers_that_are_no_probabilities_are_not_used() -> None:
    logits = {"joy": -1.0, "awe": 3.0}
    assert metrics.brier(["awe"], [logits], LABELS) == 0
    nothing = metrics.brier(["awe"], [None], LABELS)
    assert metrics.brier(["awe"], [{"joy": 0.0, "awe": 0.0, "fear": 0.0}], LABELS) == nothing > 0
    percent = {"joy": 60, "awe": 40}
    assert metrics.brier(["joy"], [percent], LABELS) == pytest.approx(0.4**2 * 2)
