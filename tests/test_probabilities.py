"""Numbers that a model gave for labels, from the answer to the score."""

import random

import pytest

from affectbench import metrics
from affectbench.scoring import Answer, Question, Running, score
from affectbench.types import Gold, Sample
from tests.scored import LABELS, choice, find, labelled

SETS = Question(form="labels", labels=LABELS, metrics=("map", "auc", "macro_f1"), main="map")


def some_sets(size: int) -> tuple[list[Sample], list[Answer]]:
    rng = random.Random(4)
    golds = [tuple(label for label in LABELS if rng.random() < 0.4) for _ in range(size)]
    samples = [Sample(id=f"s{i}", gold=Gold(labels=gold)) for i, gold in enumerate(golds)]
    answers = []
    for i, gold in enumerate(golds):
        scores = {label: round(rng.random() * 0.8 + 0.2 * (label in gold), 2) for label in LABELS}
        likely = tuple(label for label in LABELS if scores[label] >= 0.5)
        others = {1: ("ok", likely, None), 2: ("refused", None, None)}
        answers.append(Answer(f"s{i}", 0, *others.get(i % 9, ("ok", likely, scores))))
    return samples, answers


def test_a_metric_of_ranks_has_intervals_labels_and_a_running_value() -> None:
    samples, answers = some_sets(700)
    results, running = score(SETS, samples, answers), Running(SETS, samples)
    found = find(results, "map")
    assert found.value is not None
    assert found.low < found.value < found.high
    assert found.interval == "bootstrap"
    assert find(results, "map", over="ok").value > found.value
    assert [find(results, "auc", label=label).n for label in LABELS] == [700] * 3
    assert results.baselines["chance"]["auc"] == 0.5
    for answer in answers:
        running.add(answer.id, answer.status, answer.value, answer.scores)
    assert running.estimate().value == pytest.approx(found.value, abs=1e-12)
    assert running.estimate().low is None


def test_folds_are_ranked_apart() -> None:
    samples, answers = some_sets(60)
    folded = [Sample(id=s.id, gold=s.gold, fold=str(i % 2)) for i, s in enumerate(samples)]
    parts = [find(score(SETS, samples[i::2], answers[i::2]), "auc").value for i in range(2)]
    together = Question(form="labels", labels=LABELS, metrics=("auc",), main="auc", folds="mean")
    assert find(score(together, folded, answers), "auc").value == pytest.approx(sum(parts) / 2)


def test_few_samples_of_ranks_have_an_interval_of_their_own() -> None:
    samples, answers = some_sets(12)
    found = find(score(SETS, samples, answers), "map")
    assert found.interval == "bca"
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_answers_that_could_not_be_judged_bound_the_score() -> None:
    samples = [
        Sample(id=f"s{i}", gold=Gold(label=label, votes={label: 3, "fear": 1})) for i, label in enumerate(LABELS)
    ]
    said = {"anger": 0.2, "joy": 0.7, "fear": 0.1}
    answers = [Answer("s0", 0, "judge_error"), Answer("s1", 0, "ok", "joy", said), Answer("s2", 0, "ok", "fear")]
    results = score(choice(("kl", "brier", "accuracy", "auc")), samples, answers)
    for metric in ("kl", "brier", "accuracy", "auc"):
        assert find(results, metric).value is None
    missing, right = (
        score(choice(("brier",)), samples, [first, *answers[1:]])
        for first in (Answer("s0", 0, "refused"), Answer("s0", 0, "ok", "anger"))
    )
    assert find(results, "brier").high == find(missing, "brier").value
    assert find(results, "brier").low == find(right, "brier").value
    assert find(results, "kl").low == pytest.approx(
        find(score(choice(("kl",)), samples[1:], answers[1:]), "kl").value * 2 / 3  # the votes themselves: 0
    )


def test_numbers_change_only_the_metrics_that_look_at_them() -> None:
    samples = labelled(["anger", "joy", "fear"])
    plain = [Answer(f"s{i}", 0, "ok", "joy") for i in range(3)]
    with_numbers = [answer._replace(scores={"joy": 55, "fear": 45}) for answer in plain]
    metrics = ("accuracy", "uar", "confusion", "brier", "ece", "reliability")
    one, other = (score(choice(metrics), samples, answers) for answers in (plain, with_numbers))
    for metric in ("accuracy", "uar"):
        assert find(one, metric) == find(other, metric)
    assert one.tables["confusion"] == other.tables["confusion"]
    assert (find(one, "ece").value, find(other, "ece").value) == pytest.approx((2 / 3, 0.55 - 1 / 3))
    assert find(other, "brier").value < find(one, "brier").value
    table = other.tables["reliability"]
    assert table["labels"][8:10] == ["0.533–0.600", "0.600–0.667"]
    assert (table["counts"][8], table["confidence"][8]) == (3, pytest.approx(0.55))
    assert table["accuracy"][9] is None


def test_numbers_of_a_refusal_are_not_read() -> None:
    samples = labelled(["joy"])
    answer = Answer("s0", 0, "refused", "joy", {"joy": 0.9, "fear": 0.1})
    assert find(score(choice(("brier",)), samples, [answer]), "brier").value == 2


@pytest.mark.parametrize("said", [{}, {"other": 1.0}, {"a": 0.0, "b": 0.0}])
def test_numbers_that_are_no_probabilities_are_no_answer(said: dict[str, float]) -> None:
    both = {"gold": ["a", "b"], "names": ["a", "b"]}
    assert (
        metrics.brier(predicted=[said, {"b": 1.0}], **both) == metrics.brier(predicted=[None, {"b": 1.0}], **both) > 0
    )
