"""What faces mean: numbers, words, sentences and votes that agree with what is drawn."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench import faces
from affectbench.faces import affect, units

EVERY = (*faces.BASIC, *faces.COMPOUND)


def means(expression: str) -> tuple[float, float]:
    drawn = [affect.valence_arousal(faces.intensities(expression, faces.generator(1, seed))) for seed in range(80)]
    valence, arousal = np.mean(drawn, axis=0)
    return float(valence), float(arousal)


def test_expressions_lie_where_the_circumplex_has_them() -> None:
    at = {expression: means(expression) for expression in faces.BASIC}
    assert at["happiness"][0] > 0.5
    assert all(at[name][0] < -0.4 for name in ("sadness", "fear", "anger", "disgust"))
    assert abs(at["surprise"][0]) < 0.2
    assert abs(at["neutral"][0]) < 0.15 > abs(at["neutral"][1])
    assert all(at[name][1] > 0.3 for name in ("surprise", "fear", "anger"))
    assert at["sadness"][1] < -0.2


@given(st.dictionaries(st.sampled_from(sorted(faces.NAMES)), st.floats(0, 5)))
def test_valence_and_arousal_stay_in_range_and_are_mirrored_in_no_order(moved: dict[int, float]) -> None:
    valence, arousal = affect.valence_arousal(moved)
    assert -1.0 <= valence <= 1.0
    assert -1.0 <= arousal <= 1.0
    assert affect.valence_arousal(dict(reversed(moved.items()))) == pytest.approx((valence, arousal), abs=0.0011)


def test_a_stronger_smile_is_more_pleasant() -> None:
    values = [affect.valence_arousal({6: level, 12: level})[0] for level in (0.0, 2.0, 3.5, 5.0)]
    assert values == sorted(set(values))


@pytest.mark.parametrize("expression", EVERY)
def test_words_and_sentence_fit_the_expression(expression: str) -> None:
    moved = faces.intensities(expression, faces.generator(11))
    words = affect.emotions(expression, moved)
    assert len(words) == len(set(words)) >= 3
    sentence = affect.description(expression, moved)
    assert sentence.endswith(f"the person looks {affect.looks(expression)}.")
    named = [unit for unit, cue in units.CUES.items() if cue in sentence.lower()]
    assert set(named) <= set(faces.active(moved))


def test_a_sentence_without_an_expression_only_names_cues() -> None:
    assert affect.description("", {9: 4.0, 26: 1.0}) == "The nose is wrinkled."
    slanted = affect.description("sadness", {1: 4.0, 4: 3.0, 15: 5.0})
    assert slanted.startswith("The inner brows are raised and drawn together and the lip corners are pulled down;")


@pytest.mark.parametrize("expression", EVERY)
def test_most_annotators_are_right_and_the_others_err_sensibly(expression: str) -> None:
    moved = faces.intensities(expression, faces.generator(21))
    said = Counter(affect.votes(expression, moved, faces.generator(31), 4000))
    assert said.most_common(1)[0][0] == expression
    assert 0.6 < said[expression] / 4000 < 0.99
    mistakes = affect.mistakes(expression)
    assert expression not in mistakes
    assert set(said) == {expression, *mistakes}
    assert max(mistakes, key=lambda label: said[label]) == mistakes[0]


def test_weak_faces_are_mistaken_more_often() -> None:
    weak, strong = ({12: level, 6: level} for level in (2.0, 5.0))
    right = [affect.votes("happiness", moved, faces.generator(5), 2000).count("happiness") for moved in (weak, strong)]
    assert right[0] < right[1] - 200
