"""Every metric of every answer form at once, on small and awkward tasks: what holds of all scores and baselines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from affectbench.metrics import find
from affectbench.scoring import Answer, Question, Results, score
from affectbench.types import Gold, Sample, Score
from tests.metrics.test_never_gains import LABELS, LEVELS, LEXICON, RATIONALES, said, sample
from tests.scored import INSTALLED

FORMS = ("choice", "labels", "levels", "open", "text")
STATUSES = ("refused", "unparsed", "api_error")


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing is simulated by few draws: their number is not what is tested."""
    monkeypatch.setattr("affectbench.scoring.baselines.DRAWS", 5)


def asked(form: str, folds: str = "pooled", **more: Any) -> Question:
    entries = [
        e for e in INSTALLED if form in e.forms and not (e.pooled and folds == "mean") and e.module != "answer_pairs"
    ]
    more |= {"labels": LABELS} if form in ("choice", "labels") else {}
    more |= {"levels": LEVELS} if form == "levels" else {}
    more |= {"lexicon": {"open": LEXICON, "text": RATIONALES}[form]} if form in ("open", "text") else {}
    return Question(  # type: ignore[arg-type]
        form=form, metrics=tuple(e.name for e in entries), main=entries[0].name, folds=folds, resamples=40, **more
    )


def checked(question: Question, samples: list[Sample], answers: list[Answer]) -> Results:
    found = score(question, samples, answers)
    lines = [[one.model_dump(mode="json") for one in found.scores], found.baselines, found.tables, found.groups]
    json.dumps([*lines, found.above], allow_nan=False)
    for one in found.scores:
        _has_its_bounds(question, one)
    for line in found.baselines.values():
        for name, value in line.items():
            low, high = find(name, question.form).range
            assert value is None or low - 1e-9 <= value <= high + 1e-9, name
    return found


def _has_its_bounds(question: Question, one: Score) -> None:
    if one.value is None:
        assert one.interval in (None, "bounds")
        return
    assert one.low is not None, one
    assert one.high is not None, one
    assert one.low - 1e-9 <= one.value <= one.high + 1e-9, one
    if one.metric in question.metrics:
        low, high = find(one.metric, question.form).range
        assert low - 1e-9 <= one.low <= one.high <= high + 1e-9, one


def answered(rng: np.random.Generator, samples: list[Sample], form: str, repeat: int, judged: bool) -> list[Answer]:
    found = []
    for one in samples:
        turn = rng.random()
        if turn < 0.15:
            found.append(Answer(one.id, repeat, STATUSES[rng.integers(3)]))
        elif turn < 0.2 and judged:
            found.append(Answer(one.id, repeat, "judge_error"))
        elif turn < 0.95:  # and some are never asked
            found.append(said(rng, one.id, form)._replace(repeat=repeat))
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(6))
def test_clusters_folds_weights_groups_repeats_and_missing_answers(form: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = [
        replace(
            sample(rng, f"s{place}", form),
            cluster=f"c{rng.integers(8)}" if seed % 3 == 1 else None,
            fold=f"f{rng.integers(3)}",
            weight=float(rng.integers(1, 4)) if seed % 2 else 1.0,
            group={"sex": "fm"[rng.integers(2)]},
        )
        for place in range(int(rng.integers(5, 70)))
    ]
    answers = [one for repeat in range(1 + seed % 3) for one in answered(rng, samples, form, repeat, seed == 5)]
    results = checked(asked(form, "mean" if seed % 2 else "pooled"), samples, answers)
    for name, best in results.baselines["constant"].items():
        guess, turn = results.baselines["majority"][name], 1 if find(name, form).better == "high" else -1
        if best is not None and guess is not None:
            assert turn * best >= turn * guess - 1e-9, name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 2, 40])
@pytest.mark.parametrize("missing", ["none", "half", "all", "never asked"])
def test_few_samples_and_no_answers(form: str, size: int, missing: str) -> None:
    rng = np.random.default_rng(size)
    samples = [sample(rng, f"s{place}", form) for place in range(size)]
    given = [said(rng, one.id, form) for one in samples]
    gone = {"none": size + 1, "half": 2, "all": 1, "never asked": 1}[missing]
    answers = [a if (i + 1) % gone else Answer(a.id, 0, "refused") for i, a in enumerate(given)]
    checked(asked(form), samples, [] if missing == "never asked" else answers)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("alike", [False, True])
def test_gold_that_is_always_the_same(form: str, alike: bool) -> None:
    rng = np.random.default_rng(3)
    first = sample(rng, "s0", form)
    samples = [replace(first, id=f"s{place}") for place in range(40)]
    answers = [said(rng, one.id, form) for one in samples]
    checked(asked(form), samples, [answers[0]._replace(id=one.id) for one in samples] if alike else answers)


def test_more_labels_than_a_table_has_room_for() -> None:
    labels = tuple(f"label {place}" for place in range(300))
    samples = [Sample(id=str(place), gold=Gold(label=label)) for place, label in enumerate(labels)]
    question = Question(form="choice", labels=labels, metrics=("accuracy", "war"), main="accuracy", resamples=40)
    checked(question, samples, [Answer(str(place), 0, "ok", labels[place // 2]) for place in range(300)])
