"""What guessing reaches, against all answers and all draws at small n, and whether a run is better than it."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.errors import DataError, UsageError
from affectbench.scoring import Answer, Question, Results, score
from affectbench.scoring.baselines import constant
from affectbench.scoring.forms import encode
from affectbench.scoring.rows import Design
from affectbench.scoring.scorer import Scorer
from affectbench.types import Gold, Sample
from tests.scored import LABELS, VALENCE, choice, find, labelled, replies

UNITS = ("AU1", "AU4", "AU6", "AU12")
GOLDS = st.lists(st.sampled_from(LABELS), min_size=1, max_size=12)
SETS = st.lists(st.sets(st.sampled_from(UNITS)), min_size=1, max_size=10)
NUMBERS = st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=12)


def guessed(question: Question, samples: list[Sample]) -> Results:
    return score(question, samples, [])


def best_constant(question: Question, samples: list[Sample]) -> dict[str, float | None]:
    """The line of constants alone: simulating the others takes time."""
    scorer = Scorer(question, encode(question, samples), Design(samples, by_fold=False))
    return {name: guess.value for name, guess in constant(scorer, question.entries()).items()}


# -- the best constant answer ----------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(GOLDS)
def test_the_best_label_of_all(gold: list[str]) -> None:
    names = ("accuracy", "uar", "macro_f1", "macro_f1_present", "weighted_f1", "micro_f1")
    found = best_constant(choice(names), labelled(gold))
    for name in names:
        tried = [getattr(metrics, name)(gold, [label] * len(gold), LABELS) for label in LABELS]
        assert found[name] == pytest.approx(max(tried), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(SETS)
def test_the_best_set_of_all(sets: list[set[str]]) -> None:
    names = ("micro_f1", "macro_f1", "weighted_f1", "hamming", "subset_accuracy")
    question = Question(form="labels", labels=UNITS, metrics=names, main=names[0])
    found = best_constant(question, [Sample(id=f"s{i}", gold=Gold(labels=tuple(one))) for i, one in enumerate(sets)])
    every = [set(some) for k in range(5) for some in itertools.combinations(UNITS, k)]
    for name in names:
        tried = [getattr(metrics, name)(sets, [one] * len(sets), UNITS) for one in every]
        best = min(tried) if name == "hamming" else max(tried)
        assert found[name] == pytest.approx(best, abs=1e-12), name


@settings(max_examples=30, deadline=None)
@given(NUMBERS)
def test_the_best_number_of_all(numbers: list[float]) -> None:
    question = Question(
        form="levels", levels=VALENCE[:1], metrics=("rmse", "mae", "sagr", "ccc"), main="mae", resamples=2
    )
    samples = [Sample(id=f"s{i}", gold=Gold(levels={"valence": v})) for i, v in enumerate(numbers)]
    found = best_constant(question, samples)
    for name in ("rmse", "mae"):
        tried = [getattr(metrics, name)(numbers, [one] * len(numbers)) for one in np.linspace(-1, 1, 101)]
        assert found[name] <= min(tried) + 1e-9
    tried = [metrics.sagr(numbers, [one] * len(numbers)) for one in (-0.5, 0.0, 0.5)]
    assert found["sagr"] == pytest.approx(max(tried))
    assert found["ccc"] in (0, None)


def test_a_constant_answer_says_what_it_is_and_misses_where_it_is_no_option() -> None:
    results = guessed(choice(("accuracy",)), labelled(["joy", "joy", "fear"]))
    assert results.baselines["constant"]["accuracy"] == pytest.approx(2 / 3)
    assert results.baselines_by["constant"]["accuracy"] == "always joy"
    options = [("joy", "awe"), ("calm", "fear"), ("calm", "zeal")]
    golds = ["joy", "calm", "zeal"]
    own = [
        Sample(id=f"s{i}", gold=Gold(label=g), options=o) for i, (g, o) in enumerate(zip(golds, options, strict=True))
    ]
    results = guessed(choice(("accuracy",), labels=()), own)
    assert results.baselines["majority"]["accuracy"] == pytest.approx(2 / 3)
    assert results.baselines_by["constant"]["accuracy"] == "always the commonest option"


# -- answers as often as gold has them ---------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(GOLDS)
def test_prior_answers_exactly(gold: list[str]) -> None:
    found = guessed(choice(("accuracy", "uar", "recall"), resamples=2), labelled(gold))
    share = [gold.count(label) / len(gold) for label in LABELS]
    present = [p for p in share if p]
    assert found.baselines["prior"]["accuracy"] == pytest.approx(sum(p * p for p in share))
    assert found.baselines["prior"]["uar"] == pytest.approx(np.mean(present))
    assert found.baselines_by["prior"]["accuracy"] == "exact"


def test_prior_answers_against_all_draws() -> None:
    gold = ["joy", "joy", "fear", "anger"]
    names = ("accuracy", "macro_f1")
    found = guessed(choice(names), labelled(gold))
    draws = list(itertools.product(gold, repeat=len(gold)))  # each label as often as gold has it
    for name in names:
        expected = np.mean([getattr(metrics, name)(gold, draw, LABELS) for draw in draws])
        assert found.baselines["prior"][name] == pytest.approx(expected, abs=1e-12 if name == "accuracy" else 0.03)
    assert found.baselines_by["prior"]["macro_f1"] == "mean of 400 draws"


def test_prior_of_options_of_a_samples_own() -> None:
    golds, options = ["a", "a", "b", "c"], [("a", "b"), ("a", "b", "c"), ("b", "c"), ("c", "d")]
    own = [
        Sample(id=f"s{i}", gold=Gold(label=g), options=o) for i, (g, o) in enumerate(zip(golds, options, strict=True))
    ]
    found = guessed(choice(("accuracy", "macro_f1"), labels=()), own).baselines["prior"]
    assert found["accuracy"] == pytest.approx((2 / 3 + 2 / 4 + 1 / 2 + 1) / 4)
    assert 0.4 < found["macro_f1"] < 0.8


def test_prior_of_sets_and_of_numbers() -> None:
    sets = [Sample(id=f"s{i}", gold=Gold(labels=("AU1",) if i < 2 else ())) for i in range(8)]
    question = Question(form="labels", labels=("AU1", "AU4"), metrics=("hamming", "micro_f1"), main="hamming")
    found = guessed(question, sets).baselines["prior"]
    assert found["hamming"] == pytest.approx(2 * 0.25 * 0.75 / 2)
    assert found["micro_f1"] == pytest.approx(0.25, abs=0.05)
    values = [-0.5, 0.1, 0.9]
    samples = [Sample(id=f"s{i}", gold=Gold(levels={"valence": v})) for i, v in enumerate(values)]
    question = Question(form="levels", levels=VALENCE[:1], metrics=("mae", "ccc"), main="mae")
    results = guessed(question, samples)
    assert results.baselines["prior"]["mae"] == pytest.approx(
        np.mean([abs(a - b) for a in values for b in values]), abs=0.05
    )
    assert (results.baselines["prior"]["ccc"], results.baselines_by["prior"]["ccc"]) == (0.0, "known")


GOLD_OF_FORM = {
    "choice": (
        {"label": "negative", "votes": {"negative": 2.0, "neutral": 1.0}},
        {"labels": ("negative", "neutral", "positive")},
    ),
    "labels": ({"labels": ("joy",)}, {"labels": LABELS}),
    "levels": ({"levels": {"valence": 0.2, "arousal": 0.1}}, {"levels": VALENCE}),
    "open": ({"labels": ("happy", "calm")}, {}),
    "text": ({"text": "a smile"}, {}),
}


@pytest.mark.parametrize("form", GOLD_OF_FORM)
def test_every_metric_has_every_baseline(form: str) -> None:
    gold, more = GOLD_OF_FORM[form]
    samples = [Sample(id=f"s{i}", gold=Gold(**gold)) for i in range(3)]
    scored = 0
    for name in metrics.names(form):
        if metrics.find(name, form).table:
            continue
        try:
            question = Question(form=form, metrics=(name,), main=name, resamples=2, **more)
            results = guessed(question, samples)
        except (DataError, UsageError):
            continue  # it needs more than this gold has, or a lexicon
        for line in ("chance", "majority", "prior", "constant"):
            assert set(results.baselines[line]) == set(results.baselines_by[line]) == {name}
        scored += 1
    assert scored >= 2


# -- better than guessing ----------------------------------------------------------------------------


def test_a_run_is_better_than_guessing_or_not() -> None:
    rng = random.Random(0)
    samples = labelled([rng.choice(["joy", "joy", "fear"]) for _ in range(150)])
    gold = [sample.gold.label for sample in samples]
    majority = sum(one == "joy" for one in gold) / 150
    right = score(choice(), samples, replies(gold)).above
    assert right == {"baseline": "majority", "value": majority, "p": 2 / 1001, "ahead": True, "holds": True}
    same = score(choice(), samples, replies(["joy"] * 150)).above
    assert (same["ahead"], same["holds"], same["p"]) == (False, False, 1.0)
    hardly = ["joy"] * 150
    hardly[gold.index("fear")] = "fear"
    hardly = score(choice(), samples, replies(hardly)).above
    assert (hardly["ahead"], hardly["holds"], hardly["p"]) == (True, False, 1.0)
    assert score(choice(), samples, replies(["fear"] * 150)).above["holds"] is False


def test_five_right_answers_prove_nothing() -> None:
    found = score(
        choice(), labelled(["joy", "joy", "fear", "anger", "fear"]), replies(["joy", "joy", "fear", "anger", "fear"])
    )
    assert find(found, "accuracy").value == 1
    assert (found.above["ahead"], found.above["holds"]) == (True, False)


def test_errors_are_better_where_they_are_smaller() -> None:
    question = Question(form="levels", levels=VALENCE[:1], metrics=("mae",), main="mae")
    gold = [2 * (((i * 37) % 100) / 100) ** 3 - 1 for i in range(100)]
    samples = [Sample(id=f"s{i}", gold=Gold(levels={"valence": v})) for i, v in enumerate(gold)]
    near = score(question, samples, replies([{"valence": v / 1.2} for v in gold]))
    assert near.above["baseline"] == "constant"
    assert near.above["value"] == min(line["mae"] for line in near.baselines.values())
    assert (near.above["ahead"], near.above["holds"]) == (True, True)
    far = score(question, samples, replies([{"valence": -v} for v in gold]))
    assert (far.above["ahead"], far.above["holds"]) == (False, False)


def test_against_random_answers_the_interval_decides() -> None:
    words = ["the brow is raised", "the lips part", "a smile", "a frown", "the lips part a little"] * 8
    samples = [Sample(id=f"s{i}", gold=Gold(text=one)) for i, one in enumerate(words)]
    question = Question(form="text", metrics=("token_f1",), main="token_f1")
    results = score(question, samples, replies(words))
    assert results.above["holds"]
    if results.above["baseline"] in ("chance", "prior"):
        assert results.above["p"] is None


def test_nothing_is_said_of_a_score_that_was_withheld() -> None:
    answers = [Answer("s0", 0, "judge_error"), Answer("s1", 0, "ok", "joy")]
    assert score(choice(), labelled(["joy", "joy"]), answers).above is None


def test_guesses_are_seldom_taken_for_knowledge() -> None:
    """Chance answers to a balanced task: the test keeps its level."""
    rng = random.Random(5)
    held = 0
    for _ in range(60):
        gold = [*LABELS] * 20
        answers = replies([rng.choice(LABELS) for _ in gold])
        held += score(choice(("accuracy",), resamples=200), labelled(gold), answers).above["holds"]
    assert held <= 6
