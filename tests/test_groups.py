"""By group: who is ranked, what is tested, what is said where it cannot be; rates of answers beside."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench.scoring import Answer, Question, by_group, score
from affectbench.types import Gold, Sample
from tests.scored import LABELS, VALENCE, choice, find, replies


def sides(sizes: dict[str, int], rates: dict[str, float], seed: int = 0, **more) -> tuple[list[Sample], list[Answer]]:
    """Samples of `side`, so many of each value, of which this share is answered rightly."""
    rng = random.Random(seed)
    values = [value for value, size in sizes.items() for _ in range(size)]
    gold = [rng.choice(LABELS) for _ in values]
    samples = [
        Sample(id=f"s{i}", gold=Gold(label=label), group={"side": value}, **{k: f(i) for k, f in more.items()})
        for i, (value, label) in enumerate(zip(values, gold, strict=True))
    ]
    wrong = dict(zip(LABELS, [*LABELS[1:], LABELS[0]], strict=True))
    said = [g if rng.random() < rates[v] else wrong[g] for v, g in zip(values, gold, strict=True)]
    return samples, replies(said)


def the_group(samples: list[Sample], answers: list[Answer], **more) -> dict:
    (found,) = by_group(choice(("accuracy", "uar"), **{"resamples": 200, **more}), samples, answers)
    return found


def test_a_gap_has_its_bounds_its_test_and_the_scores_that_stand_among_the_scores() -> None:
    samples, answers = sides({"left": 150, "right": 150}, {"left": 0.8, "right": 0.5})
    results = score(choice(), samples, answers)
    (found,) = results.groups
    values = {value["value"]: value for value in found["values"]}
    assert (found["name"], found["metric"], found["best"], found["worst"]) == ("side", "accuracy", "left", "right")
    for one in results.scores:
        if one.group:
            held = values[one.group.value]
            assert (held["score"], held["low"], held["high"], held["n"]) == (one.value, one.low, one.high, one.n)
    gap = found["gap"]
    assert gap["value"] == values["left"]["score"] - values["right"]["score"]
    assert 0 < gap["low"] < gap["value"] < gap["high"]
    assert (gap["p"], gap["permutations"]) == (1 / 1001, 1000)
    assert found["note"] is None


def test_values_of_few_samples_are_shown_and_never_ranked() -> None:
    samples, answers = sides({"a": 60, "b": 60, "few": 29}, {"a": 0.5, "b": 0.6, "few": 0.0})
    found = the_group(samples, answers)
    assert {value["value"]: value["ranked"] for value in found["values"]} == {"a": True, "b": True, "few": False}
    assert found["worst"] == "a"
    assert found["gap"]["value"] < 0.4
    few = next(value for value in found["values"] if value["value"] == "few")
    assert (few["n"], few["score"]) == (29, 0.0)
    found = the_group(*sides({"a": 60, "few": 29}, {"a": 0.5, "few": 0.0}))
    assert (found["worst"], found["gap"]) == (None, None)
    assert found["note"] == "not ranked: fewer than two values have 30 samples and a score"


def test_for_an_error_the_worst_value_is_the_largest() -> None:
    question = Question(form="levels", levels=VALENCE[:1], metrics=("mae",), main="mae", resamples=100)
    samples = [Sample(id=f"s{i}", gold=Gold(levels={"valence": 0.0}), group={"side": "ab"[i % 2]}) for i in range(80)]
    answers = replies([{"valence": 0.5 if i % 2 else 0.1 + i / 1000} for i in range(80)])
    (found,) = by_group(question, samples, answers)
    assert (found["best"], found["worst"]) == ("a", "b")
    assert found["gap"]["value"] == pytest.approx(0.361)
    assert found["gap"]["p"] == 1 / 1001


def test_many_values_are_ranked_and_their_gap_is_not_tested() -> None:
    sizes = {f"subject {i}": 30 for i in range(25)}
    found = the_group(*sides(sizes, dict.fromkeys(sizes, 0.5)))
    assert found["gap"]["p"] is None
    assert found["gap"]["permutations"] == 0
    assert found["note"] == "not tested: more than 20 values"


def test_where_each_value_is_one_cluster_nothing_can_be_told_from_it() -> None:
    found = the_group(*sides({"a": 40, "b": 40}, {"a": 0.9, "b": 0.3}, cluster=lambda i: f"person {i // 40}"))
    assert found["gap"]["p"] is None
    assert found["note"] == "not tested: each value is a single cluster"


def test_a_gap_between_few_people_is_not_a_gap_between_groups() -> None:
    """Six people, three a group: whatever their clips say, there are only ten ways to split them."""
    rates = [0.9, 0.85, 0.8, 0.5, 0.45, 0.4]
    rng = random.Random(0)
    samples, said = [], []
    for i in range(600):
        person = i % 6
        group = {"side": "left" if person < 3 else "right"}
        samples.append(Sample(id=f"s{i}", gold=Gold(label="joy"), group=group, cluster=f"person {person}"))
        said.append("joy" if rng.random() < rates[person] else "fear")
    found = the_group(samples, replies(said))
    assert found["gap"]["value"] > 0.3
    assert found["gap"]["p"] == pytest.approx(0.1, abs=0.03)


def test_folds_weights_and_repeats_are_those_of_the_score() -> None:
    samples, answers = sides(
        {"left": 100, "right": 100},
        {"left": 0.8, "right": 0.6},
        fold=lambda i: str(i % 3),
        weight=lambda i: 1.0 + i % 4,
    )
    thrice = [answer._replace(repeat=repeat) for answer in answers for repeat in range(3)]
    once, again = (the_group(samples, some, folds="mean") for some in (answers, thrice))
    for one, two in zip(once["values"], again["values"], strict=True):
        assert one["score"] == pytest.approx(two["score"])
    assert once["gap"]["value"] == pytest.approx(again["gap"]["value"])
    assert once["gap"]["p"] == pytest.approx(again["gap"]["p"], abs=0.03)
    assert once["gap"]["value"] != pytest.approx(the_group(samples, answers)["gap"]["value"])


def test_with_a_failed_judge_nothing_is_ranked() -> None:
    samples, _ = sides({"left": 40, "right": 40}, {"left": 1.0, "right": 1.0})
    found = the_group(samples, replies([None] * 80, "judge_error"))
    assert (found["worst"], found["gap"], found["note"]) == (None, None, "not ranked: some answers could not be judged")


def test_noise_and_balance_stand_beside_each_value() -> None:
    votes = [{"joy": 3.0, "fear": 1.0}, {"joy": 2.0, "fear": 2.0}, {"anger": 4.0}]
    samples = [
        Sample(id=f"s{i}", gold=Gold(label="joy" if i < 2 else "anger", votes=one), group={"side": "ab"[i // 2]})
        for i, one in enumerate(votes)
    ]
    (found,) = by_group(choice(), samples, [])
    first, second = found["values"]
    assert (first["labels"], first["largest"], first["balance"]) == ({"joy": 2}, 1.0, 0.0)
    entropy = (-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)) + np.log(2)) / 2
    assert first["votes"] == {"n": 2, "share": 0.625, "entropy": pytest.approx(entropy)}
    assert second["votes"] == {"n": 1, "share": 1.0, "entropy": 0.0}
    question = Question(form="labels", labels=("AU1", "AU6"), metrics=("macro_f1",), main="macro_f1")
    sets = [Sample(id=f"s{i}", gold=Gold(labels=("AU1",) if i else ()), group={"side": "a"}) for i in range(4)]
    (value,) = by_group(question, sets, [])[0]["values"]
    assert (value["labels"], value["size"], value["votes"]) == ({"AU1": 3}, 0.75, None)
    raters = Gold(label="joy", ratings={"ann": "joy", "ben": "fear"})
    (value,) = by_group(choice(), [Sample(id="s0", gold=raters, group={"side": "a"})], [])[0]["values"]
    assert value["votes"] == {"n": 1, "share": 0.5, "entropy": pytest.approx(np.log(2))}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["accuracy", "uar", "macro_f1"]))
def test_a_gap_lies_within_what_the_metric_allows(seed: int, metric: str) -> None:
    rng = random.Random(seed)
    sizes = {value: rng.randint(30, 50) for value in "abc"[: rng.randint(2, 3)]}
    samples, answers = sides(sizes, {value: rng.random() for value in sizes}, seed)
    (found,) = by_group(choice((metric,), resamples=30), samples, answers)
    gap = found["gap"]
    assert -1 <= gap["low"] <= gap["value"] <= gap["high"] <= 1
    assert 1 / 1001 <= gap["p"] <= 1
    scores = {value["value"]: value["score"] for value in found["values"]}
    assert scores[found["best"]] - scores[found["worst"]] == pytest.approx(gap["value"])
    assert scores[found["best"]] == max(scores.values())


def test_a_planted_gap_is_found_and_none_is_not() -> None:
    """Thirty seeds of what benchmarks/groups.py does with two hundred."""
    planted = [
        the_group(*sides({"a": 1000, "b": 1000}, {"a": 0.7, "b": 0.6}, seed), resamples=20)["gap"]["p"]
        for seed in range(30)
    ]
    nothing = [
        the_group(*sides({"a": 300, "b": 300}, {"a": 0.65, "b": 0.65}, seed), resamples=20)["gap"]["p"]
        for seed in range(30)
    ]
    assert np.mean([p < 0.05 for p in planted]) >= 0.95
    assert np.mean([p < 0.05 for p in nothing]) <= 0.15


# -- how much was answered -------------------------------------------------------------------------


def test_rates_are_over_all_samples_and_have_intervals() -> None:
    samples = [Sample(id=f"s{i}", gold=Gold(label="joy")) for i in range(200)]
    statuses = ["ok"] * 150 + ["refused"] * 30 + ["unparsed"] * 15 + ["api_error"] * 4 + ["media_error"]
    answers = [Answer(f"s{i}", 0, status, "joy") for i, status in enumerate(statuses)]
    results = score(choice(), samples, answers)
    expected = {"coverage": 0.75, "refusal_rate": 0.15, "unparsed_rate": 0.075, "error_rate": 0.025}
    for name, value in expected.items():
        found = find(results, name)
        assert (found.value, found.n, found.missing, found.protocol) == (pytest.approx(value), 200, None, None)
        assert found.low < value < found.high
        assert name not in results.baselines["chance"]
    assert find(results, "coverage").interval == "bootstrap"


def test_rates_of_clusters_of_few_samples_and_of_repeats() -> None:
    everyone = [Sample(id=f"s{i}", gold=Gold(label="joy")) for i in range(20)]
    found = find(score(choice(), everyone, replies(["joy"] * 20)), "coverage")
    assert (found.value, found.interval, round(found.low, 4)) == (1, "wilson", 0.8389)
    people = [Sample(id=f"s{i}", gold=Gold(label="joy"), cluster=f"c{i // 10}") for i in range(400)]
    refusers = replies([None if i // 10 % 4 == 0 else "joy" for i in range(400)], "refused")
    found = find(score(choice(), people, refusers), "refusal_rate")
    assert (found.value, found.interval) == (0.25, "cluster bootstrap")
    assert found.high - found.low > 0.2
    mixed = [Answer("s0", 0, "ok", "joy"), Answer("s0", 1, "refused"), Answer("s1", 0, "ok", "joy")]
    assert find(score(choice(), everyone[:2], mixed), "coverage").value == 0.75


STATUS = st.sampled_from(["ok", "refused", "unparsed", "api_error", "media_error", "judge_error"])


@settings(max_examples=25, deadline=None)
@given(st.lists(STATUS, min_size=1, max_size=12))
def test_rates_sum_to_one(statuses: list[str]) -> None:
    samples = [Sample(id=f"s{i}", gold=Gold(label="joy")) for i in range(len(statuses))]
    answers = [Answer(f"s{i}", 0, status, "joy") for i, status in enumerate(statuses)]
    results = score(choice(resamples=10), samples, answers)
    found = [find(results, name) for name in ("coverage", "refusal_rate", "unparsed_rate", "error_rate")]
    assert sum(one.value for one in found) == pytest.approx(1)
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found)
