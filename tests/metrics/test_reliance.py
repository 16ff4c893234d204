"""Which cue answers follow, and how right they are where cues agree and conflict, against a count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.scoring import Answer, Question, score
from affectbench.types import Gold, Sample

LABELS = ("joy", "fear", "awe")
label = st.sampled_from(LABELS)
cue = st.none() | label
rows = st.lists(st.tuples(label, st.tuples(cue, cue, cue), st.none() | st.sampled_from([*LABELS, "rage"])), min_size=1)
NAMES = ("face", "text", "voice")


def named(cues: tuple[str | None, ...]) -> dict[str, str]:
    return {name: one for name, one in zip(NAMES, cues, strict=True) if one is not None}


def share(pairs: list[bool]) -> float:
    return float(np.mean(pairs)) if pairs else float("nan")


@given(rows=rows)
def test_shares_are_those_of_a_count_by_hand(rows) -> None:
    gold = [(whole, named(cues)) for whole, cues, _ in rows]
    said = [answer for _, _, answer in rows]
    found = {name for _, cues in gold for name in cues}
    follow = []
    for name in sorted(found):
        pairs = [a == c[name] for (_, c), a in zip(gold, said, strict=True) if name in c and len(set(c.values())) > 1]
        follow.append(share(pairs))
    value = np.atleast_1d(metrics.follows([cues for _, cues in gold], said, LABELS))
    np.testing.assert_allclose(value, follow if found else np.zeros(0), equal_nan=True, atol=1e-12)
    both = [(w == a, len(set(c.values())) == 1) for (w, c), a in zip(gold, said, strict=True) if len(c) > 1]
    parts = [share([right for right, same in both if same is subset]) for subset in (True, False)]
    value = metrics.accuracy_by_conflict(gold, said, LABELS)
    np.testing.assert_allclose(value, parts, equal_nan=True, atol=1e-12)


def samples(n: int = 400) -> list[Sample]:
    """Half of the samples conflict; the whole is the voice's label there."""
    made = []
    for i in range(n):
        face, voice = LABELS[i % 3], LABELS[(i + i % 2) % 3]
        made.append(Sample(id=f"s{i}", gold=Gold(label=voice, ratings={"face": face, "voice": voice})))
    return made


def asked(**more) -> Question:
    names = ("accuracy", "follows", "accuracy_by_conflict")
    return Question(form="choice", labels=LABELS, metrics=names, main="accuracy", **more)


def test_a_run_says_which_cue_was_followed_with_an_interval_and_its_own_n() -> None:
    made = samples()
    answers = []
    for i, sample in enumerate(made):
        ratings = sample.gold.ratings or {}
        answers.append(Answer(sample.id, 0, "ok", ratings["face" if i % 20 < 13 else "voice"]))
    found = {(s.metric, s.label): s for s in score(asked(), made, answers).scores if s.over == "all" and not s.group}
    face, voice = found["follows", "face"], found["follows", "voice"]
    conflicting = [i for i in range(400) if i % 2]
    faces = sum(i % 20 < 13 for i in conflicting)
    assert (face.n, voice.n) == (200, 200)
    assert face.value == pytest.approx(faces / 200)
    assert voice.value == pytest.approx(1 - faces / 200)
    assert face.low is not None and face.high is not None and face.low < face.value < face.high < 0.75
    assert found["accuracy_by_conflict", "congruent"].value == 1.0
    assert found["accuracy_by_conflict", "conflicting"].value == voice.value
    assert found["accuracy_by_conflict", "congruent"].n == 200


def test_no_answer_follows_nothing() -> None:
    made = samples()
    scores = score(asked(), made, [Answer(s.id, 0, "refused") for s in made]).scores
    assert {s.value for s in scores if s.metric in ("follows", "accuracy_by_conflict") and s.over == "all"} == {0.0}


def test_labels_by_modality_are_asked_for() -> None:
    from affectbench.errors import DataError

    with pytest.raises(DataError, match="follows, accuracy_by_conflict needs labels by modality"):
        score(asked(), [Sample(id="s", gold=Gold(label="joy"))], [])
