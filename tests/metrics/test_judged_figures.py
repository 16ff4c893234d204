"""Figures of what judges have read, against sums made by hand: pairs of questions, events, grouped words."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.errors import DataError
from affectbench.metrics.answer_pairs import Pair, numbered, of_pairs
from affectbench.metrics.events import AutoDq, Events, auto_dq, auto_dq_overall, entailed, event_order, mean_event_order
from affectbench.metrics.grouped_words import grouped_words, meanings
from affectbench.metrics.open_vocabulary import folded
from affectbench.scoring import Answer, Question, score
from affectbench.types import Gold, Sample
from tests.scored import find

YES, NO = "yes", "no"
E, N, C = "entailment", "neutral", "contradiction"


def test_pairs_by_hand() -> None:
    found = of_pairs(
        [
            Pair(YES, NO, YES, NO),
            Pair(YES, NO, YES, YES),
            Pair(YES, NO, NO, NO),
            Pair(NO, YES, YES, None),
        ]
    )
    assert (found.basic, found.adversary, found.both, found.n) == (0.5, 0.5, 0.25, 4)
    assert found.yes_bias == 0.5 - 0.5  # yes was said four times of eight, and wanted four times
    assert found.false_yes == pytest.approx(2 / 3)  # of three wrong answers two said yes; silence said nothing
    assert found.low < 0.25 < found.high


def test_who_always_says_yes_gets_half_the_questions_and_no_pair() -> None:
    found = of_pairs([Pair(YES, NO, YES, YES)] * 20)
    assert (found.basic, found.adversary, found.both) == (1, 0, 0)
    assert (found.yes_bias, found.false_yes) == (0.5, 1)
    silent = of_pairs([Pair(YES, NO, None, "perhaps")])
    assert (silent.basic, silent.both, silent.yes_bias) == (0, 0, -0.5)
    assert math.isnan(silent.false_yes)


def test_pairs_need_gold() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        of_pairs([])
    with pytest.raises(ValueError, match="yes or no, not 'Yes' and 'no'"):
        of_pairs([Pair("Yes", NO, YES, NO)])


ASKED = Question(form="choice", labels=(YES, NO), metrics=("pair_accuracy", "accuracy"), main="pair_accuracy")


def questions(pairs: int) -> list[Sample]:
    wanted = ((f"q{i}{one}", f"pair {i}", one) for i in range(pairs) for one in (YES, NO))
    return [Sample(id=name, cluster=pair, gold=Gold(label=label)) for name, pair, label in wanted]


def test_a_run_is_scored_by_pairs_that_are_drawn_together() -> None:
    samples = questions(40)
    results = score(ASKED, samples, [Answer(one.id, 0, "ok", YES) for one in samples])
    found = find(results, "pair_accuracy")
    assert (found.value, find(results, "accuracy").value) == (0, 0.5)
    assert results.baselines["constant"]["pair_accuracy"] == 0
    assert 0.15 < results.baselines["chance"]["pair_accuracy"] < 0.35
    said = [Answer(one.id, 0, "ok", one.gold.label if i < 60 else NO) for i, one in enumerate(samples)]
    found = find(score(ASKED, samples, said), "pair_accuracy")
    assert found.value == 0.75 and found.interval == "cluster bootstrap"
    assert found.low < 0.75 < found.high


def test_a_missing_answer_makes_its_pair_wrong_and_repeats_go_together() -> None:
    samples = questions(2)
    right = [Answer(one.id, 0, "ok", one.gold.label) for one in samples]
    assert find(score(ASKED, samples, [*right[:3], Answer(right[3].id, 0, "refused")]), "pair_accuracy").value == 0.5
    answered = find(score(ASKED, samples, [*right[:3], Answer(right[3].id, 0, "refused")]), "pair_accuracy", over="ok")
    assert answered.value == 1  # the other pair is torn
    again = [one._replace(repeat=1, value=NO) for one in right]
    assert find(score(ASKED, samples, [*right, *again]), "pair_accuracy").value == 0.5


def test_without_pairs_there_is_no_share_of_them() -> None:
    alone = [Sample(id="s0", gold=Gold(label=YES), cluster="c"), Sample(id="s1", gold=Gold(label=NO))]
    with pytest.raises(DataError, match="pair_accuracy needs two samples of one cluster"):
        score(ASKED, alone, [])
    assert numbered(["a", None, "b", "a", None, "b", "c"]).tolist() == [0, -1, 1, 0, -1, 1, -1]
    gold = [(YES, "a"), (NO, "a"), (YES, None), (NO, "c")]
    assert metrics.pair_accuracy(gold, [YES, NO, NO, YES], [YES, NO]) == 1


def test_events_by_hand() -> None:
    """Recall: 2/3 and 1 (no gold event); precision: 1/2 and 0."""
    found = auto_dq([Events([E, E, N], [E, C]), Events([], [C])])
    recall, precision = (2 / 3 + 1) / 2, (1 / 2 + 0) / 2
    assert found == pytest.approx(AutoDq(precision, recall, 2 * precision * recall / (precision + recall)))
    assert auto_dq([]) is None
    assert auto_dq([Events([N], [N])]) == AutoDq(0, 0, 0)


def test_kinds_of_samples_weigh_the_same_whatever_their_size() -> None:
    many, one = [Events([E], [E])] * 9, [Events([N], [C])]
    assert auto_dq_overall({"many": many, "one": one, "none": []}) == AutoDq(0.5, 0.5, 0.5)
    assert auto_dq([*many, *one]) == pytest.approx(AutoDq(0.9, 0.9, 0.9))
    assert auto_dq_overall({"none": []}) is None


def test_a_relation_that_is_none_is_no_silent_zero() -> None:
    with pytest.raises(ValueError, match="'Entailment' is no relation"):
        entailed(["Entailment"])


def slow_order(places: list[int]) -> int:
    sizes = range(len(places), 0, -1)
    return next((n for n in sizes for c in combinations(places, n) if all(a < b for a, b in pairwise(c))), 0)


@given(st.lists(st.none() | st.integers(0, 5), max_size=8))
def test_order_is_the_longest_rising_run(places: list[int | None]) -> None:
    told = [place for place in places if place is not None]
    assert event_order(places, 6) == slow_order(told) / 6
    assert event_order(places, 6) <= len(set(told)) / 6


def test_order_by_hand() -> None:
    assert event_order([0, 1, 2, 3], 4) == 1
    assert event_order([3, 2, 1, 0], 4) == 0.25
    assert event_order([1, 0, 2, None, 3], 4) == 0.75
    assert event_order([], 3) == 0
    assert mean_event_order([Events([E, E], [E], [0]), Events([N, N], [E, E], [1, 0])]) == 0.5
    assert mean_event_order([]) is None
    with pytest.raises(ValueError, match="gold has 2 events"):
        event_order([2], 2)


def test_words_stand_for_the_first_of_their_group() -> None:
    assert meanings([" Happy", "GLAD", ""], [["joyful", "happy"], ["joyful", "Glad"]]) == {"joyful"}
    assert meanings(["glad"], [["happy", "glad"], ["content", "glad"]]) == {"content"}
    assert meanings(["odd"], []) == {"odd"}


def test_grouped_words_by_hand() -> None:
    """Accuracy 1/2, 0, 1; recall 1/2, 0, 1/2; the last sample has no groups and is left out."""
    gold = [["happy", "calm"], ["sad"], ["anger", "fear"], ["joy"]]
    said = [["glad", "odd"], [], ["mad"], ["joy"]]
    groups = [[["happy", "glad"], ["calm"], ["odd"]], [], [["mad", "anger"]], None]
    found = grouped_words(gold, said, groups)
    assert found == pytest.approx((0.5, 1 / 3, 5 / 12, 3))
    assert grouped_words(gold[:1], said[:1], [None]) is None
    with pytest.raises(ValueError, match="4 gold sets, 1 predictions"):
        grouped_words(gold, said[:1], groups)


words = st.lists(st.sampled_from(["happy", "glad", "sad", "calm"]), min_size=1, max_size=4)


@given(words, words)
def test_without_groups_words_are_compared_as_they_are(gold: list[str], said: list[str]) -> None:
    found = grouped_words([gold], [said], [[]])
    both = len(folded(gold) & folded(said))
    assert found is not None
    assert found[:2] == (both / len(set(said)), both / len(set(gold)))
