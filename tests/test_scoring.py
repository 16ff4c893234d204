"""Outcomes and gold become scores: by hand, by scikit-learn and by what must always hold."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from affectbench.errors import DataError, UsageError
from affectbench.metrics.lexicon import Lexicon
from affectbench.scoring import Answer, Question, score
from affectbench.scoring.forms import encode
from affectbench.scoring.rows import Design
from affectbench.scoring.scorer import Scorer
from affectbench.types import Gold, Sample
from tests.scored import LABELS, VALENCE, choice, find, group, labelled, replies

# -- every sample counts ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["refused", "unparsed", "api_error", "media_error"])
def test_a_sample_without_an_answer_is_a_miss_and_the_answered_stand_beside(status: str) -> None:
    samples = labelled(["anger", "joy", "joy", "fear"])
    results = score(choice(), samples, replies(["anger", "joy", None, "joy"], status))
    every, answered = find(results, "accuracy"), find(results, "accuracy", over="ok")
    assert (every.value, every.n, every.missing) == (0.5, 4, "a miss")
    assert (answered.value, answered.n, answered.missing) == (2 / 3, 3, None)
    assert results.tables["confusion"] == {
        "labels": ["anger", "joy", "fear", "<invalid>"],
        "counts": [[1, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 0]],
    }


def test_a_sample_that_was_never_asked_counts_too() -> None:
    results = score(choice(), labelled(["anger", "joy"]), replies(["anger"]))
    assert find(results, "accuracy").value == 0.5
    assert find(results, "accuracy").n == 2


def test_nothing_answered_leaves_the_answered_undefined() -> None:
    results = score(choice(), labelled(["anger", "joy"]), replies([None, None]))
    assert find(results, "accuracy").value == 0
    assert find(results, "accuracy").high > 0.5
    answered = find(results, "accuracy", over="ok")
    assert (answered.value, answered.n, answered.low) == (None, 0, None)


def test_with_a_failed_judge_only_bounds_are_shown() -> None:
    samples = labelled(["anger", "joy", "joy", "fear"])
    results = score(choice(), samples, replies(["anger", "fear", None, "fear"], "judge_error"))
    every = find(results, "accuracy")
    assert (every.value, every.low, every.high, every.interval) == (None, 0.5, 0.75, "bounds")
    assert find(results, "uar").low == pytest.approx(2 / 3)
    assert find(results, "uar").high == pytest.approx((1 + 0.5 + 1) / 3)
    assert find(results, "accuracy", over="ok").value == pytest.approx(2 / 3)


def test_bounds_of_a_metric_where_low_is_better_stay_in_order() -> None:
    question = Question(form="levels", levels=VALENCE[:1], metrics=("mae",), main="mae")
    samples = [Sample(id=f"s{i}", gold=Gold(levels={"valence": 0.5})) for i in range(2)]
    results = score(question, samples, [Answer("s0", 0, "ok", {"valence": 0.5}), Answer("s1", 0, "judge_error")])
    assert (find(results, "mae").low, find(results, "mae").high) == (0, 0.75)


pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, None])), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_order_of_answers_changes_nothing_and_refusing_never_helps(rows: list, rng: random.Random) -> None:
    samples = labelled([gold for gold, _ in rows])
    answers = replies([answer for _, answer in rows])
    question = choice(("accuracy", "uar", "macro_f1", "recall", "confusion"), resamples=20)
    results = score(question, samples, answers)
    assert score(question, samples, rng.sample(answers, len(answers))) == results
    refused = [Answer("s0", 0, "refused"), *answers[1:]]
    for metric in ("accuracy", "uar"):
        assert find(score(question, samples, refused), metric).value <= find(results, metric).value
    for one in results.scores:
        if one.value is not None:
            assert one.low is not None and one.high is not None
            assert 0 <= one.low <= one.value <= one.high <= 1


# -- uncertainty -----------------------------------------------------------------------------------


def test_few_samples_and_perfect_scores_have_wilson_intervals() -> None:
    results = score(choice(), labelled(["anger", "joy"] * 10), replies(["anger", "joy"] * 10))
    accuracy = find(results, "accuracy")
    assert (accuracy.value, accuracy.interval, accuracy.high) == (1, "wilson", 1)
    assert accuracy.low == pytest.approx(0.8389, abs=1e-4)
    assert find(results, "uar").interval == "scaled wilson"
    assert find(results, "uar").low == pytest.approx(0.8389, abs=1e-4)


def test_the_same_answer_to_balanced_clusters_has_the_interval_of_its_samples() -> None:
    labels = [*LABELS] * 12
    samples = [Sample(id=f"s{i}", gold=Gold(label=label), cluster=f"c{i // 3}") for i, label in enumerate(labels)]
    results = score(choice(), samples, replies(["joy"] * 36))
    for metric in ("accuracy", "uar"):
        found = find(results, metric)
        assert (found.low, found.high) == pytest.approx((0.2023, 0.4966), abs=1e-3)  # Wilson's, 12 of 36


@pytest.mark.parametrize(("positives", "said", "expected"), [(2, True, (0.3424, 1)), (2, False, (0, 0.6576))])
def test_the_f1_of_a_rare_label_rests_on_its_few_samples(positives: int, said: bool, expected: tuple) -> None:
    question = Question(form="labels", labels=("AU1", "AU9"), metrics=("au_f1", "macro_f1"), main="au_f1")
    sets = [("AU1",) if i < positives else () for i in range(500)]
    samples = [Sample(id=f"s{i}", gold=Gold(labels=labels)) for i, labels in enumerate(sets)]
    results = score(question, samples, replies([labels if said else () for labels in sets]))
    rare = find(results, "au_f1", label="AU1")
    assert (rare.low, rare.high) == pytest.approx(expected, abs=1e-4)
    assert rare.n == 500
    assert find(results, "au_f1", label="AU9").high > 0.5  # never present nor said: nothing is known of it


def test_the_precision_of_a_class_rests_on_how_often_it_was_answered() -> None:
    results = score(choice(("precision",)), labelled(["anger", "joy"] * 50), replies(["anger"] + ["joy"] * 99))
    found = find(results, "precision", label="anger")
    assert (found.value, found.interval) == (1, "scaled wilson")
    assert found.low == pytest.approx(0.2065, abs=1e-4)


def test_clusters_are_resampled_whole() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(60) < 0.5
    samples = [Sample(id=f"s{i}", gold=Gold(label="joy"), cluster=f"c{i // 10}") for i in range(600)]
    answers = replies(["joy" if right[i // 10] else "fear" for i in range(600)])
    clustered = find(score(choice(), samples, answers), "accuracy")
    alone = find(score(choice(), labelled(["joy"] * 600), answers), "accuracy")
    assert (clustered.interval, alone.interval) == ("cluster bootstrap", "bootstrap")
    assert clustered.value == alone.value
    assert clustered.n == alone.n == 600
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)


def test_repeats_are_averaged_and_never_counted_as_samples() -> None:
    samples = labelled(["joy", "fear"] * 20)
    once = replies(["joy", "joy"] * 20)
    thrice = [answer._replace(repeat=repeat) for answer in once for repeat in range(3)]
    question = choice(("accuracy", "uar", "macro_f1", "recall", "confusion"))
    one, three = score(question, samples, once), score(question, samples, thrice)
    assert one.tables == three.tables
    for a, b in zip(one.scores, three.scores, strict=True):
        assert (a.metric, a.label, a.n) == (b.metric, b.label, b.n)
        assert (a.value is None) == (b.value is None)
        if a.value is not None:
            assert b.value == pytest.approx(a.value)
            assert b.high - b.low == pytest.approx(a.high - a.low, rel=0.25)
    mixed = [Answer("s0", 0, "ok", "joy"), Answer("s0", 1, "ok", "fear"), Answer("s1", 0, "ok", "fear")]
    results = score(choice(), labelled(["joy", "fear"]), mixed)
    assert find(results, "accuracy").value == 0.75
    assert results.tables["confusion"]["counts"][1] == [0, 0.5, 0.5, 0]


def test_the_last_answer_to_a_repeat_wins() -> None:
    answers = [Answer("s0", 0, "api_error"), Answer("s0", 0, "ok", "joy")]
    assert find(score(choice(), labelled(["joy"]), answers), "accuracy").value == 1


def test_weights_weigh() -> None:
    samples = [Sample(id="s0", gold=Gold(label="joy"), weight=3.0), Sample(id="s1", gold=Gold(label="joy"))]
    results = score(choice(), samples, replies(["joy", "fear"]))
    assert find(results, "accuracy").value == 0.75
    assert find(results, "accuracy").n == 2
    assert results.tables["confusion"]["counts"][1] == [0, 1, 1, 0]


# -- folds, groups, labels -------------------------------------------------------------------------


def folded() -> tuple[list[Sample], list[Answer]]:
    rng = random.Random(3)
    folds = ["1"] * 40 + ["2"] * 60 + ["3"] * 50
    samples = [Sample(id=f"s{i}", gold=Gold(label=rng.choice(LABELS)), fold=fold) for i, fold in enumerate(folds)]
    return samples, replies([s.gold.label if rng.random() < 0.5 else rng.choice(LABELS) for s in samples])


def test_the_scale_of_weights_says_nothing() -> None:
    question = Question(form="levels", levels=VALENCE[:1], metrics=("ccc_sample", "mae"), main="ccc_sample")
    gold = [Gold(levels={"valence": v}) for v in (-0.5, 0.1, 0.4, 0.9)]
    answers = replies([{"valence": v} for v in (-0.2, 0.0, 0.9, 0.3)])
    values = [
        find(score(question, [Sample(id=f"s{i}", gold=g, weight=scale) for i, g in enumerate(gold)], answers), name)
        for name in question.metrics
        for scale in (1.0, 0.001)
    ]
    assert values[0] == values[1]
    assert values[2] == values[3]


def test_folds_are_scored_and_averaged_or_pooled() -> None:
    samples, answers = folded()
    mean = score(choice(("uar", "accuracy"), folds="mean"), samples, answers)
    pooled = score(choice(("uar", "accuracy"), folds="pooled"), samples, answers)
    each = []
    for fold in "123":
        rows = [(s.gold.label, a.value) for s, a in zip(samples, answers, strict=True) if s.fold == fold]
        each.append(sk.balanced_accuracy_score(*zip(*rows, strict=True)))
        assert find(mean, "uar", fold=fold).value == pytest.approx(each[-1])
        assert find(mean, "uar", fold=fold).n == len(rows)
    assert find(mean, "uar").value == pytest.approx(np.mean(each))
    expected = sk.balanced_accuracy_score([s.gold.label for s in samples], [a.value for a in answers])
    assert find(pooled, "uar").value == pytest.approx(expected)
    assert find(mean, "uar").value != find(pooled, "uar").value
    assert mean.baselines["majority"]["uar"] == 1 / 3


def test_groups_are_always_there() -> None:
    samples = [
        Sample(id=f"s{i}", gold=Gold(label="joy"), group={"sex": "fm"[i % 2], **({"age": "old"} if i < 4 else {})})
        for i in range(10)
    ]
    results = score(choice(), samples, replies(["joy", None] * 5))
    assert {value: (one.value, one.n) for value, one in group(results, "sex").items()} == {"f": (1, 5), "m": (0, 5)}
    assert {value: (one.value, one.n) for value, one in group(results, "age").items()} == {"old": (0.5, 4)}
    assert all(one.metric == "accuracy" and one.interval for one in group(results, "sex").values())


def test_recall_has_a_score_for_each_class() -> None:
    samples = labelled(["anger", "joy", "joy", "joy"])
    results = score(choice(("uar", "recall")), samples, replies(["anger", "joy", "fear", None]))
    assert (find(results, "recall", label="joy").value, find(results, "recall", label="joy").n) == (1 / 3, 3)
    assert (find(results, "recall", label="fear").value, find(results, "recall", label="fear").n) == (None, 0)
    assert find(results, "recall", label="anger").interval == "wilson"
    assert find(results, "recall").value == find(results, "uar").value == 2 / 3


def test_label_sets_with_uncoded_cells() -> None:
    units = ("AU1", "AU6", "AU12")
    question = Question(form="labels", labels=units, metrics=("au_f1", "hamming", "subset_accuracy"), main="au_f1")
    samples = [
        Sample(id="s0", gold=Gold(labels=("AU6", "AU12"), unlabelled=("AU1",))),
        Sample(id="s1", gold=Gold(labels=("AU12",))),
    ]
    answers = [Answer("s0", 0, "ok", ("AU1", "AU6", "AU12")), Answer("s1", 0, "refused")]
    results = score(question, samples, answers)
    values = {unit: find(results, "au_f1", label=unit).value for unit in units}
    assert values == {"AU1": 0, "AU6": 1, "AU12": pytest.approx(2 / 3)}
    assert find(results, "au_f1", label="AU1").n == 1
    assert find(results, "au_f1").value == pytest.approx((0 + 1 + 2 / 3) / 3)
    assert find(results, "au_f1").missing == "empty set"
    assert find(results, "hamming").value == pytest.approx(3 / 5)
    assert find(results, "hamming").missing == "all cells wrong"
    assert find(results, "subset_accuracy").value == 0.5
    assert results.baselines["chance"]["hamming"] == 0.5
    assert results.baselines["majority"]["au_f1"] == pytest.approx(1 / 3)


def test_levels_take_the_farthest_end() -> None:
    question = Question(form="levels", levels=VALENCE, metrics=("mae", "ccc", "rmse"), main="ccc")
    gold = [{"valence": 0.5, "arousal": 0.0}, {"valence": -0.2}, {"valence": 0.1, "arousal": 1.0}]
    samples = [Sample(id=f"s{i}", gold=Gold(levels=levels)) for i, levels in enumerate(gold)]
    answers = replies([{"valence": 0.5, "arousal": 0.5}, None, {"valence": 0.1}])
    results = score(question, samples, answers)
    assert find(results, "mae", label="valence").value == pytest.approx(1.2 / 3)
    assert (find(results, "mae", label="arousal").value, find(results, "mae", label="arousal").n) == (1.25, 2)
    assert find(results, "mae").value == pytest.approx((0.4 + 1.25) / 2)
    assert find(results, "mae").missing == "farthest end"
    assert results.baselines["majority"]["ccc"] == 0
    assert results.baselines["chance"]["ccc"] == 0
    assert results.baselines["majority"]["rmse"] == pytest.approx((np.std([0.5, -0.2, 0.1]) + 0.5) / 2)


def test_the_squared_error_of_one_sample_has_an_interval_that_holds_it() -> None:
    question = Question(form="levels", levels=(("valence", -3.0, 3.0),), metrics=("mse",), main="mse")
    samples = [Sample(id="s0", gold=Gold(levels={"valence": 2.5}))]
    found = find(score(question, samples, [Answer("s0", 0, "ok", {"valence": -3.0})]), "mse")
    assert found.value == 5.5**2
    assert found.low < found.value < found.high <= 36


def test_many_samples_with_ranks_are_drawn_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question(form="labels", labels=LABELS, metrics=("map", "hamming"), main="map")
    samples = [Sample(id=f"s{i}", gold=Gold(labels=(LABELS[i % 3],))) for i in range(60)]
    scorer = Scorer(question, encode(question, samples), Design(samples, by_fold=False))
    ranks, counts = (
        scorer.encoded.statistics(entry, np.arange(60), scorer.encoded.majority()) for entry in question.entries()
    )
    assert scorer.draws(ranks, 1000) == 1000
    monkeypatch.setattr("affectbench.scoring.scorer.MOST", 30)
    assert [scorer.draws(one, 1000) for one in (ranks, counts)] == [500, 1000]
    assert scorer.draws(ranks, 1000, systems=2) == 250
    assert scorer.draws(ranks, 50) == 50


def test_what_describes_answers_has_no_baseline_and_is_no_main_metric() -> None:
    lexicon = Lexicon.of({"moods": {"joy": {"glee": ["merry"]}}})
    more = {"form": "open", "lexicon": lexicon, "metrics": ("labels_per_answer", "oov_rate", "set_f1")}
    samples = [Sample(id=f"s{i}", gold=Gold(labels=("merry",))) for i in range(4)]
    results = score(Question(main="set_f1", **more), samples, replies([("merry", "odd")] * 4))
    assert find(results, "labels_per_answer").value == 2
    assert find(results, "oov_rate").value == 0.5
    assert all(list(line) == ["set_f1"] for line in results.baselines.values())
    with pytest.raises(UsageError, match="neither better nor worse"):
        Question(main="oov_rate", **more)


def test_options_of_their_own_need_the_sides_of_polarity() -> None:
    question = Question(form="choice", metrics=("polarity_accuracy",), main="polarity_accuracy")
    samples = [Sample(id="s0", gold=Gold(label="joy"), options=("joy", "awe"))]
    with pytest.raises(DataError, match="needs the labels negative and positive; there are: joy, awe"):
        score(question, samples, [])


def test_open_words_and_texts() -> None:
    question = Question(form="open", metrics=("set_f1", "hit"), main="set_f1")
    samples = [Sample(id="s0", gold=Gold(labels=("happy", "calm"))), Sample(id="s1", gold=Gold(label="sad"))]
    results = score(question, samples, replies([("Happy",), ("glad", "merry")]))
    assert find(results, "set_f1").value == pytest.approx(1 / 3)
    assert find(results, "hit").value == 0.5
    assert 0.25 < results.baselines["chance"]["hit"] < 0.75
    assert results.baselines["majority"]["hit"] == 0.5
    question = Question(form="text", metrics=("token_f1", "chrf"), main="token_f1")
    samples = [Sample(id="s0", gold=Gold(text="the brow is raised")), Sample(id="s1", gold=Gold(text="a smile"))]
    results = score(question, samples, replies(["raised is the brow", None]))
    assert find(results, "token_f1").value == 0.5
    assert 0 < find(results, "chrf").value < 0.5
