"""Compound emotions: pairs in any order, and in the order of the label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.catalogue import Catalogue
from affectbench.labels import label_set
from affectbench.metrics import compound

SPEC = Catalogue().load("labels", "raf-compound-11").spec
RAF = label_set(SPEC, lambda name: SPEC)
ALL = ("compound_accuracy", "compound_order_accuracy")
answers = st.lists(
    st.tuples(st.sampled_from(RAF.names), st.sampled_from([*RAF.names, "surprised and happy", "no idea", "", None])),
    min_size=1,
    max_size=30,
)


def test_every_spelling_of_the_shipped_labels_is_the_same_pair() -> None:
    assert len({frozenset(compound.parts(name)) for name in RAF.names}) == 11
    for label, spellings in zip(SPEC.labels, RAF.synonyms, strict=True):
        assert compound.parts(label.name) == label.of
        for spelling in spellings:
            assert sorted(compound.parts(spelling)) == sorted(label.of), spelling


def test_words_that_only_look_like_emotions_name_none() -> None:
    for text in ("something happened", "fearless", "an angle", "saddle", "hatred"):
        assert compound.parts(text) == (text,)
    assert compound.parts("happy, happily and HAPPINESS") == ("happiness",)


@pytest.mark.parametrize(
    ("said", "in_any_order", "in_order"),
    [
        ("happily surprised", 1, 1),
        ("Happiness and surprise", 1, 1),
        ("surprised and happy", 1, 0),
        ("surprised", 0, 0),
        ("happily surprised and angry", 0, 0),
        ("", 0, 0),
        (None, 0, 0),
        (float("nan"), 0, 0),
    ],
)
def test_what_an_answer_is_worth(said: str | None, in_any_order: int, in_order: int) -> None:
    assert metrics.compound_accuracy(["happily surprised"], [said]) == in_any_order
    assert metrics.compound_order_accuracy(["happily surprised"], [said]) == in_order


@settings(deadline=None)
@given(answers, st.randoms(use_true_random=False), st.integers(0, 29))
def test_bounds_permutation_refusal_and_positions(pairs: list[tuple[str, str | None]], random, index: int) -> None:
    gold, said = zip(*pairs, strict=True)
    mixed = zip(*random.sample(pairs, len(pairs)), strict=True)
    shuffled = tuple(mixed)
    refused = [None if place == index % len(gold) else label for place, label in enumerate(said)]
    values = [getattr(metrics, name)(gold, said) for name in ALL]
    assert 0 <= values[1] <= values[0] <= 1
    assert [getattr(metrics, name)(*shuffled) for name in ALL] == pytest.approx(values)
    assert all(getattr(metrics, n)(gold, refused) <= v for n, v in zip(ALL, values, strict=True))
    places = np.array([RAF.names.index(label) for label in gold])
    turned = [label == "surprised and happy" for label in said]
    read = ["happily surprised" if other else label for label, other in zip(said, turned, strict=True)]
    marked = compound.turn(np.array([RAF.names.index(x) if x in RAF.names else -1 for x in read]), turned)
    assert [getattr(metrics, name)(places, marked, RAF.names) for name in ALL] == pytest.approx(values)
    assert (compound.straight(marked) >= -1).all()


def test_an_answer_read_in_the_other_order_is_known_by_its_words() -> None:
    assert compound.turned("surprised, and happy", "happily surprised")
    for said in ("happy and surprised", "B", "surprised", "happily surprised", "", "surprised and sad"):
        assert not compound.turned(said, "happily surprised")
    assert not compound.turned("sad", "happy")
    with pytest.raises(ValueError, match="2 gold labels, but 1"):
        metrics.compound_accuracy(["sadly angry", "sadly angry"], ["sadly angry"])
