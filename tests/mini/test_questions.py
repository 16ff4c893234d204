"""The questions that `mini` learns from have the right answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from random import Random

import numpy as np
import pytest

from affectbench import faces
from affectbench.mini import questions, wordings
from affectbench.mini.pictures import SHOWN, Seen, _film

BLANK = np.zeros((1, 1, 1, 3), np.uint8)
NO_POINTS = np.zeros((1, faces.LANDMARKS, 2), np.float32)


def seen(expression: str, seed: int = 1) -> Seen:
    rng = faces.generator(seed)
    return Seen(faces.face(faces.identity(rng), expression, rng), BLANK, NO_POINTS)


def many(expression: str, n: int = 400) -> list[questions.Question]:
    chance = Random(3)
    return [questions.asked(seen(expression, i), chance) for i in range(n)]


@pytest.mark.parametrize("expression", ["fear", "neutral", "sadly angry", ""])
def test_every_kind_of_question_comes_and_none_is_empty(expression: str) -> None:
    every = many(expression)
    assert all(q.answer and (q.before + q.after).strip() for q in every)
    assert len({q.before + q.after for q in every}) > 390
    said = Counter(re.sub(r"[-\d.]+", "0", q.answer) for q in every)
    assert any(re.match(r"valence: 0", answer) for answer in said)
    assert any(re.match(r"AU0", answer) for answer in said) or expression == "neutral"


def test_an_answer_is_in_its_list() -> None:
    chance = Random(5)
    for turn in range(600):
        parts, answer = questions._choice(
            seen(("fear", "happiness", "sadly angry")[turn % 3], turn), chance, (0.0, 0.5, 1.0)[turn % 7 % 3]
        )
        text = " ".join(parts)
        if answer.startswith("{"):
            (answer,) = json.loads(answer).values()
        if re.fullmatch("[A-Z]", answer):
            assert re.search(rf"(^|\W){answer}( -|[.):])", text), (text, answer)
        else:
            assert answer in text, (text, answer)


def test_where_the_truth_is_missing_the_nearest_is_right() -> None:
    assert questions._near("angrily disgusted", "anger") > questions._near("sadly fearful", "anger")
    nearest = max((n for n in questions.BASIC if n != "fear"), key=lambda n: questions._near(n, "fear"))
    assert nearest == "surprise"


def test_units_that_are_not_listed_are_not_answered() -> None:
    chance = Random(7)
    for turn in range(300):
        parts, answer = questions._units(seen("fear", turn), chance)
        listed = set(re.findall(r"AU\d+", parts[1]))
        if len(listed) > 2:  # else all may be answered, and the second part is an example
            assert set(re.findall(r"AU\d+", answer)) <= listed


def test_values_are_those_of_the_face() -> None:
    face = seen("happiness")
    valence, arousal = face.face.valence_arousal
    for turn in range(50):
        _, answer = questions._levels(face, Random(turn))
        said = dict(re.findall(r'(valence|arousal)"?: (-?\d\.\d)', answer))
        for name, value in (("valence", valence), ("arousal", arousal)):
            assert name not in said or abs(float(said[name]) - value) <= 0.0501


def test_films_are_asked_about_as_films() -> None:
    film = _film(0, 3, np.zeros((SHOWN, 1, 1, 3), np.uint8))
    asked = [questions.asked(film, Random(n)) for n in range(100)]
    assert all(film.face.expression for _ in asked)
    assert sum("video" in q.before + q.after or "clip" in q.before + q.after for q in asked) > 20


def test_a_wording_has_no_place_left_open() -> None:
    chance = Random(11)
    for expression in ("fear", "sadly angry", ""):
        for n in range(500):
            q = questions.asked(seen(expression, n), chance)
            assert not re.search(r"\{(?!\")[a-z]+\}", q.system + q.before + q.after), q
    assert len(set(wordings.WORDS)) > 250
