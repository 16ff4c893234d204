"""Answers against votes: by counting pairs of answer and voter, against scipy, and against the reference figures."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics as sk

from affectbench import metrics
from affectbench.metrics import soft_labels

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())["soft"]
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


def test_reference_figures() -> None:
    """The predictions of the file were rounded to six decimals after its figures were computed."""
    gold, said = np.array(FIGURES["votes"]), np.array(FIGURES["pred"])
    names = [str(label) for label in range(gold.shape[1])]
    assert metrics.kl(gold, said, names) == pytest.approx(FIGURES["KL(gt||pred)_nats_mean"], abs=1e-5)
    assert metrics.jsd(gold, said, names) == pytest.approx(FIGURES["JSD_nats_mean"], abs=1e-6)
    assert metrics.js_distance(gold, said, names) == pytest.approx(FIGURES["sqrtJS_scipy_mean"], abs=1e-6)
    shares = gold / gold.sum(axis=1, keepdims=True)
    said = said / said.sum(axis=1, keepdims=True)
    assert metrics.kl(gold, said, names) == pytest.approx(stats.entropy(shares.T, said.T).mean(), abs=1e-12)
    assert metrics.js_distance(gold, said, names) == pytest.approx(jensenshannon(shares.T, said.T).mean(), abs=1e-12)
    assert metrics.jsd(gold, said, names) == pytest.approx((jensenshannon(shares.T, said.T) ** 2).mean(), abs=1e-12)


counts = st.integers(1, 8).flatmap(
    lambda rows: st.tuples(*[arrays(np.int64, (rows, 3), elements=st.integers(0, 4)) for _ in range(2)])
)


@settings(deadline=None)
@given(counts)
def test_distances_against_scipy(tables: tuple[np.ndarray, np.ndarray]) -> None:
    votes, said = (table[(tables[0].sum(axis=1) > 0) & (tables[1].sum(axis=1) > 0)] for table in tables)
    if not len(votes):
        return
    names = ["joy", "awe", "fear"]
    gold, chance = (table / table.sum(axis=1, keepdims=True) for table in (votes, said))
    floor = np.maximum(chance, soft_labels.EPSILON)
    assert metrics.js_distance(votes, said, names) == pytest.approx(jensenshannon(gold.T, chance.T).mean(), abs=1e-7)
    divergence = np.where(gold > 0, gold * np.log(np.where(gold > 0, gold, 1) / floor), 0).sum(axis=1)
    assert metrics.kl(votes, said, names) == pytest.approx(divergence.mean(), abs=1e-9)
    entropy = stats.entropy(gold.T).mean()
    assert metrics.cross_entropy(votes, said, names) == pytest.approx(divergence.mean() + entropy, abs=1e-9)
    assert metrics.kl(votes, votes, names) == pytest.approx(0, abs=1e-12)
    assert metrics.jsd(votes, votes, names) == pytest.approx(0, abs=1e-12)
    table = metrics.share_macro_f1(votes, said, names)
    assert table == pytest.approx(sk.f1_score(gold > 1 / 3, chance > 1 / 3, average="macro", zero_division=0), abs=1e-9)


def test_votes_outside_the_list_are_left_out_of_distributions_and_count_for_an_answer() -> None:
    votes = [{"joy": 3, "awe": 1, "unsure": 4}, {"unsure": 2}]
    said = [{"joy": 0.75, "awe": 0.25}, "joy"]
    assert metrics.kl(votes, said, LABELS) == pytest.approx(0, abs=1e-12)
    assert metrics.top_vote(votes, said, LABELS) == 1
    assert metrics.vote_accuracy(votes, said, LABELS) == pytest.approx((3 / 8 + 0) / 2)
    assert metrics.share_macro_f1(votes, said, LABELS) == 0.5  # awe is in neither set


def test_a_missing_answer_is_farther_than_any() -> None:
    votes = [{"joy": 1, "awe": 1}]
    assert metrics.kl(votes, [None], LABELS) == pytest.approx(np.log(0.5 / 1e-12))
    assert metrics.kl(votes, ["joy"], LABELS) == pytest.approx(np.log(0.5) + 0.5 * np.log(1e12))
    assert metrics.jsd(votes, [None], LABELS) == pytest.approx(np.log(2))
    assert metrics.top_vote(votes, [None], LABELS) == 0
