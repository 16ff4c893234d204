"""Expressions: samples stay near their prototypes, and labels follow from what moves."""

from __future__ import annotations

import pytest

from affectbench import faces
from affectbench.faces import units
from affectbench.faces.expressions import any_units, intensities, prototype

EVERY = (*faces.BASIC, *faces.COMPOUND)


def samples(expression: str, count: int = 60) -> list[dict[int, float]]:
    return [intensities(expression, faces.generator(4, seed)) for seed in range(count)]


def test_the_kinds_have_their_known_sizes() -> None:
    assert faces.labels("basic") == ("neutral", "happiness", "sadness", "surprise", "fear", "anger", "disgust")
    assert len(faces.labels("compound")) == 11
    assert set(faces.PARTS) == set(faces.COMPOUND)
    assert all(part in faces.BASIC for parts in faces.PARTS.values() for part in parts)


@pytest.mark.parametrize("expression", EVERY)
def test_what_always_moves_is_active_and_nothing_foreign_is(expression: str) -> None:
    pattern = prototype(expression)
    for sample in samples(expression):
        active = set(faces.active(sample))
        assert set(pattern.always) <= active <= set(pattern.always) | set(pattern.maybe)
        assert all(0.0 < value <= 5.0 and round(value, 1) == value for value in sample.values())
        assert all(value <= 1.0 for unit, value in sample.items() if unit not in active)


@pytest.mark.parametrize("expression", EVERY)
def test_no_mouth_makes_two_movements_at_once(expression: str) -> None:
    for sample in samples(expression):
        assert not [pair for pair in units.EXCLUSIVE if set(pair) <= set(sample)]


@pytest.mark.parametrize("expression", [name for name in EVERY if name != "neutral"])
def test_intensities_vary(expression: str) -> None:
    assert len({tuple(sorted(sample.items())) for sample in samples(expression)}) > 50


def test_prototypes_differ_in_what_always_moves() -> None:
    for kind in (faces.BASIC, faces.COMPOUND):
        assert len({frozenset(pattern.always) for pattern in kind.values()}) == len(kind)


def test_units_at_random_are_few_and_all_of_them_occur() -> None:
    drawn = [any_units(faces.generator(9, seed)) for seed in range(300)]
    assert {unit for sample in drawn for unit in sample} == set(faces.NAMES)
    for sample in drawn:
        assert 1 <= len(sample) <= 6
        assert len(faces.active(sample)) == len(sample)
        assert 26 not in sample or 25 in sample


def test_the_same_seed_gives_the_same_intensities() -> None:
    assert intensities("fear", faces.generator(2)) == intensities("fear", faces.generator(2))
