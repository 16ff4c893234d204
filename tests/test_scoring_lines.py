"""What stands beside a score: baselines, the running score, and the faults that gold can have."""

import math
import random
import time

import numpy as np
import pytest

from affectbench.errors import DataError, UsageError
from affectbench.scoring import Answer, Question, Running, score
from affectbench.types import Gold, Sample
from tests.scored import LABELS, VALENCE, choice, find, labelled, replies

# -- baselines -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 3, 7, 11, 43])
def test_baselines_of_a_choice_are_exact(size: int) -> None:
    labels = tuple(f"class {i}" for i in range(size))
    samples = labelled([labels[i % size] for i in range(size * 5 + 1)])
    results = score(choice(("uar", "accuracy"), labels=labels), samples, replies([labels[0]] * len(samples)))
    assert results.baselines["majority"]["uar"] == 1 / size
    assert find(results, "uar").value == 1 / size
    assert results.baselines["majority"]["accuracy"] == pytest.approx(6 / len(samples))
    assert results.baselines["chance"]["accuracy"] == 1 / size
    assert results.baselines["chance"]["uar"] == 1 / size


def test_every_metric_has_both_baselines_and_they_are_simulated_well() -> None:
    rng = random.Random(0)
    metrics = ("accuracy", "macro_f1", "weighted_f1", "micro_f1", "precision", "recall", "macro_f1_present")
    samples = labelled([rng.choice(LABELS) for _ in range(900)])
    baselines = score(choice(metrics), samples, []).baselines
    assert set(baselines) == {"chance", "majority", "prior", "constant"}
    for line in baselines.values():
        assert set(line) == set(metrics)
    for metric in metrics:
        assert baselines["chance"][metric] == pytest.approx(1 / 3, abs=0.01)


def test_options_of_a_samples_own() -> None:
    samples = [
        Sample(id="s0", gold=Gold(label="joy"), options=("joy", "awe")),
        Sample(id="s1", gold=Gold(label="joy"), options=("fear", "joy", "anger", "calm")),
        Sample(id="s2", gold=Gold(label="awe"), options=("awe", "calm")),
    ]
    results = score(choice(("accuracy", "confusion"), labels=()), samples, replies(["joy", "calm", "awe"]))
    assert results.baselines["chance"]["accuracy"] == pytest.approx((1 / 2 + 1 / 4 + 1 / 2) / 3)
    assert results.baselines["majority"]["accuracy"] == 1
    assert results.tables["confusion"]["labels"] == ["joy", "awe", "fear", "anger", "calm", "<invalid>"]


def test_thousands_of_options_have_an_accuracy_and_no_table() -> None:
    samples = [
        Sample(id=f"s{i}", gold=Gold(label=f"{i}a"), options=tuple(f"{i}{c}" for c in "abcd")) for i in range(2000)
    ]
    answers = replies([f"{i}{'a' if i % 2 else 'b'}" for i in range(2000)])
    results = score(choice(("accuracy",), labels=()), samples, answers)
    assert find(results, "accuracy").value == 0.5
    assert find(results, "accuracy").interval == "bootstrap"
    assert results.baselines["chance"]["accuracy"] == pytest.approx(0.25)
    with pytest.raises(DataError, match="uar: 8000 different options are too many"):
        score(choice(("uar",), labels=()), samples, answers)


def test_votes_have_a_human_line() -> None:
    votes = [{"joy": 3.0, "fear": 1.0}, {"anger": 2.0, "unsure": 2.0}]
    samples = [Sample(id=f"s{i}", gold=Gold(votes=one)) for i, one in enumerate(votes)]
    results = score(choice(("vote_accuracy", "vote_accuracy_pooled")), samples, replies(["joy", None]))
    assert find(results, "vote_accuracy").value == 0.375
    assert results.baselines["human"]["vote_accuracy"] == pytest.approx((6 / 12 + 4 / 12) / 2)
    assert results.baselines["chance"]["vote_accuracy"] == pytest.approx((4 / 4 / 3 + 2 / 4 / 3) / 2)
    assert results.baselines["majority"]["vote_accuracy"] == 0.375


# -- faults ----------------------------------------------------------------------------------------


def test_gold_that_a_metric_needs_is_asked_for_by_name() -> None:
    samples = labelled(["joy"])
    with pytest.raises(DataError, match=r"vote_accuracy needs votes; target 'emotion' has none for 1 samples.*'s0'"):
        score(choice(("vote_accuracy",), target="emotion"), samples, [])
    with pytest.raises(DataError, match="accuracy, uar needs a gold label"):
        score(choice(("accuracy", "uar")), [Sample(id="s0", gold=Gold(votes={"joy": 2}))], [])
    with pytest.raises(DataError, match="confusion needs a gold label"):
        score(choice(("vote_accuracy", "confusion")), [Sample(id="s0", gold=Gold(votes={"joy": 2}))], [])
    with pytest.raises(DataError, match="needs a gold label among the options"):
        score(choice(("uar",)), labelled(["awe"]), [])
    with pytest.raises(DataError, match="ccc needs numbers for valence, arousal"):
        score(Question(form="levels", levels=VALENCE, metrics=("ccc",), main="ccc"), samples, [])
    with pytest.raises(DataError, match="no sample of this task"):
        score(choice(), samples, [Answer("other", 0, "ok", "joy")])
    with pytest.raises(DataError, match="no samples"):
        score(choice(), [], [])
    with pytest.raises(UsageError, match="did you mean 'accuracy'"):
        choice(("acuracy",))


# -- while it runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 1300])
def test_the_running_score_is_the_final_one(size: int) -> None:
    rng = random.Random(1)
    samples = labelled([rng.choice(LABELS) for _ in range(size)])
    answers = replies([rng.choice([*LABELS, None, s.gold.label]) for s in samples])
    question = choice(("uar", "accuracy"))
    running = Running(question, samples)
    assert running.estimate().value is None
    for answer in answers:
        running.add(answer.id, answer.status, answer.value)
        running.add(answer.id, "refused")
    found, final = running.estimate(), find(score(question, samples, answers), "uar")
    assert found.n == final.n == size
    assert found.value == pytest.approx(final.value)
    assert found.low <= found.value <= found.high
    if size > 1000:
        assert found.high - found.low == pytest.approx(final.high - final.low, rel=0.25)


def test_the_running_score_of_numbers() -> None:
    question = Question(form="levels", levels=VALENCE, metrics=("ccc",), main="ccc")
    rng = np.random.default_rng(0)
    gold = rng.uniform(-1, 1, (700, 2))
    samples = [Sample(id=f"s{i}", gold=Gold(levels={"valence": v, "arousal": a})) for i, (v, a) in enumerate(gold)]
    answers = replies([{"valence": v / 2, "arousal": a + 0.1} for v, a in gold])
    running = Running(question, samples)
    for answer in answers:
        running.add(answer.id, answer.status, answer.value)
    assert running.estimate().value == pytest.approx(find(score(question, samples, answers), "ccc").value)


def test_the_running_score_weighs_samples_as_the_final_one() -> None:
    rng = random.Random(2)
    samples = [Sample(id=f"s{i}", gold=Gold(label="joy"), weight=rng.choice([0.5, 40.0])) for i in range(600)]
    answers = replies([rng.choice(["joy", "fear"]) if s.weight > 1 else "joy" for s in samples])
    running = Running(choice(), samples)
    for answer in answers:
        running.add(answer.id, answer.status, answer.value)
    found, final = running.estimate(), find(score(choice(), samples, answers), "accuracy")
    assert found.value == pytest.approx(final.value)
    assert found.high - found.low == pytest.approx(final.high - final.low, rel=0.3)


def test_a_hundred_thousand_samples_take_seconds() -> None:
    rng = random.Random(0)
    samples = labelled([rng.choice(LABELS) for _ in range(100_000)])
    answers = replies([rng.choice(LABELS) for _ in samples])
    start = time.process_time()
    results = score(choice(("accuracy", "uar", "macro_f1", "recall", "confusion")), samples, answers)
    assert time.process_time() - start < 20
    assert not math.isnan(find(results, "uar").value or math.nan)
