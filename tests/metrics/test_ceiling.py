"""The human ceiling against a count by hand of every annotator, and what it may not be."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from affectbench import metrics
from affectbench.metrics.ceiling import ceiling, ceiling_of_ratings, left_out

LABELS = ("joy", "fear", "awe")
tables = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=12)


def one_by_one(votes: list[list[int]]) -> tuple[list[int], list[int], list[float]]:
    """Every annotator's label with the majority of the others, ties as rows that share one; with no table of ours."""
    gold, said, weight = [], [], []
    for row in votes:
        people = [label for label, count in enumerate(row) for _ in range(count)]
        for place, label in enumerate(people):
            others = Counter(people[:place] + people[place + 1 :])
            best = [other for other, count in others.items() if count == max(others.values())]
            for other in best:
                gold.append(other)
                said.append(label)
                weight.append(1 / len(best))
    return gold, said, weight


@given(votes=tables)
def test_the_ceiling_is_that_of_every_annotator_in_turn(votes: list[list[int]]) -> None:
    gold, said, weight = one_by_one(votes)
    if not gold:
        assert np.isnan(ceiling("accuracy", votes, LABELS))
        return
    right = np.average(np.equal(gold, said), weights=weight)
    assert ceiling("accuracy", votes, LABELS) == pytest.approx(right, abs=1e-9)
    with np.errstate(all="ignore"):
        f1 = f1_score(gold, said, labels=[0, 1, 2], average="macro", sample_weight=weight, zero_division=0)
    assert ceiling("macro_f1", votes, LABELS) == pytest.approx(f1, abs=1e-9)
    if len(set(said) | set(gold)) > 1 and set(said) <= set(gold):
        uar = balanced_accuracy_score(gold, said, sample_weight=weight)
        assert ceiling("uar", votes, LABELS) == pytest.approx(uar, abs=1e-9)


@given(votes=tables)
def test_votes_against_the_distribution_of_the_others(votes: list[list[int]]) -> None:
    each = []
    for row in votes:
        if sum(row) > 1:
            each.append(sum(v * (v - 1) for v in row) / (sum(row) * (sum(row) - 1)))
    value = ceiling("vote_accuracy", votes, LABELS, "distribution")
    assert value == pytest.approx(np.mean(each), abs=1e-9) if each else np.isnan(value)


def test_unanimous_people_reach_everything_and_shares_are_refused() -> None:
    assert ceiling("uar", [[3, 0, 0], [0, 2, 0]], LABELS) == 1.0
    with pytest.raises(ValueError, match="whole numbers"):
        left_out([[0.5, 0.5]])
    with pytest.raises(KeyError, match="against the majority"):
        ceiling("vote_accuracy", [[1, 1, 1]], LABELS)
    with pytest.raises(KeyError, match="no metric of numbers"):
        ceiling_of_ratings("uar", [[1.0]])


def test_numbers_are_compared_with_the_mean_of_the_others() -> None:
    rng = np.random.default_rng(5)
    ratings = rng.normal(size=(4, 30))
    ratings[1, :7] = ratings[0, 3] = np.nan
    for name in ("mae", "pcc", "ccc"):
        values = []
        for person in range(4):
            others = np.nanmean(np.delete(ratings, person, 0), axis=0)
            both = ~np.isnan(ratings[person])
            values.append(getattr(metrics, name)(others[both], ratings[person][both]))
        assert ceiling_of_ratings(name, ratings) == pytest.approx(np.mean(values), abs=1e-12)


def test_ten_votes_for_many_samples_take_no_time() -> None:
    import time

    votes = np.random.default_rng(0).multinomial(10, [0.5, 0.3, 0.2], size=35_887)
    start = time.perf_counter()
    ceiling("uar", votes, LABELS)
    assert time.perf_counter() - start < 2
