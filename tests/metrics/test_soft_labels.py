"""Answers against votes, by counting pairs of answer and voter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.metrics import soft_labels

LABELS = ["joy", "awe"]
votes = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(["joy", "awe", "unsure"]), st.integers(1, 5), min_size=1),
        st.sampled_from(["joy", "awe", None]),
    ),
    min_size=1,
    max_size=10,
)


@settings(deadline=None)
@given(votes)
def test_by_counting(pairs: list[tuple[dict[str, int], str | None]]) -> None:
    gold, predicted = map(list, zip(*pairs, strict=True))
    ballots = [[label for label, count in sample.items() for _ in range(count)] for sample in gold]
    agree = [[vote == answer for vote in ballot] for ballot, answer in zip(ballots, predicted, strict=True)]
    mean = np.mean([np.mean(one) for one in agree])
    assert metrics.vote_accuracy(gold, predicted, LABELS) == pytest.approx(mean, abs=1e-9)
    assert metrics.vote_accuracy_pooled(gold, predicted, LABELS) == pytest.approx(
        np.mean(np.concatenate(agree)), abs=1e-9
    )
    refused = [None, *predicted[1:]]
    assert metrics.vote_accuracy(gold, refused, LABELS) <= metrics.vote_accuracy(gold, predicted, LABELS)


@settings(deadline=None)
@given(votes)
def test_a_person_against_the_others(pairs: list[tuple[dict[str, int], str | None]]) -> None:
    gold = [sample for sample, _ in pairs]
    ballots = [[label for label, count in sample.items() for _ in range(count)] for sample in gold]
    shares = [
        [np.mean([other == vote for j, other in enumerate(ballot) if j != i]) for i, vote in enumerate(ballot)]
        for ballot in ballots
        if len(ballot) > 1
    ]
    mean, pooled = soft_labels.one_of_us(soft_labels.matrix(gold, ["joy", "awe", "unsure"]))
    if not shares:
        assert np.isnan(mean)
        assert np.isnan(pooled)
        return
    assert mean == pytest.approx(np.mean([np.mean(one) for one in shares]), abs=1e-9)
    assert pooled == pytest.approx(np.mean(np.concatenate(shares)), abs=1e-9)
