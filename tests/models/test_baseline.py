"""Baselines answer as text, by the gold alone, the same for the same sample."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest

from affectbench import models
from affectbench.errors import UsageError
from affectbench.types import Asked, Form, Gold
from tests.questions import prompt

OPTIONS = ("anger", "fear", "joy")
ASKED: Mapping[Form, Asked] = {
    "choice": Asked(form="choice", options=OPTIONS),
    "labels": Asked(form="labels", options=("AU1", "AU2", "AU4")),
    "levels": Asked(form="levels", levels=(("valence", -1.0, 1.0), ("arousal", 0.0, 4.0))),
    "open": Asked(form="open"),
    "text": Asked(form="text"),
}
GOLDS: Mapping[Form, list[Gold]] = {
    "choice": [Gold(label="joy"), Gold(label="joy"), Gold(label="fear"), Gold(votes={"anger": 1, "joy": 3})],
    "labels": [
        Gold(labels=("AU1", "AU2")),
        Gold(labels=("AU1",)),
        Gold(labels=(), unlabelled=("AU2",)),
        Gold(labels=("AU1",), unlabelled=("AU2",)),
    ],
    "levels": [Gold(levels={"valence": 0.5, "arousal": 1}), Gold(levels={"valence": -0.25})],
    "open": [Gold(labels=("calm", "tired")), Gold(label="calm"), Gold(labels=("sad",))],
    "text": [Gold(text="She smiles."), Gold(text="He frowns."), Gold(text="He frowns.")],
}


def answers(rule: str, form: Form, count: int = 400, asked: Asked | None = None) -> list[str]:
    golds = {str(n): gold for n, gold in enumerate(GOLDS[form])}
    facts = models.TaskFacts(id="t", asked=ASKED[form], golds=golds, ids=tuple(golds))
    model = models.build(models.parse_name(f"baseline:{rule}"), facts)
    assert not model.observes

    async def run() -> list[str]:
        async with model:
            replies = [await model.generate(prompt(f"s{n}", asked=asked or ASKED[form])) for n in range(count)]
        return [reply.text or "" for reply in replies]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("choice", "joy"),
        ("labels", "AU1"),  # AU2 stands in one of the two samples that coded it: not in more than half
        ("levels", "valence: 0.125, arousal: 1"),
        ("open", "calm"),
        ("text", "He frowns."),
    ],
)
def test_majority(form: Form, expected: str) -> None:
    assert set(answers("majority", form, 5)) == {expected}


def test_chance_draws_every_option_equally_often() -> None:
    drawn = Counter(answers("chance", "choice", 3000))
    assert set(drawn) == set(OPTIONS)
    assert all(abs(count / 3000 - 1 / 3) < 0.04 for count in drawn.values())


def test_prior_draws_as_the_gold_has_it() -> None:
    drawn = Counter(answers("prior", "choice", 3000))
    assert abs(drawn["joy"] / 3000 - 2.75 / 4) < 0.04
    assert abs(drawn["anger"] / 3000 - 0.25 / 4) < 0.03


def test_labels_are_drawn_one_by_one() -> None:
    sets = [set(text.split(", ")) for text in answers("prior", "labels", 2000)]
    assert abs(sum("AU1" in s for s in sets) / 2000 - 0.75) < 0.04
    assert abs(sum("AU2" in s for s in sets) / 2000 - 0.5) < 0.04
    assert not any("AU4" in s for s in sets)
    assert {"none"} in [set(text.split(", ")) for text in answers("chance", "labels")]


def test_levels_stay_in_their_range() -> None:
    for text in answers("chance", "levels", 300):
        values = dict(pair.split(": ") for pair in text.split(", "))
        assert -1 <= float(values["valence"]) <= 1 and 0 <= float(values["arousal"]) <= 4
    assert set(answers("prior", "levels")) == {"valence: 0.5, arousal: 1", "valence: -0.25, arousal: 1"}


@pytest.mark.parametrize("rule", ["chance", "prior"])
@pytest.mark.parametrize("form", ["open", "text"])
def test_words_and_texts_come_from_the_gold(rule: str, form: Form) -> None:
    known = {"calm, tired", "calm", "sad", "tired", "She smiles.", "He frowns."}
    drawn = set(answers(rule, form))
    assert len(drawn) > 1 and drawn <= known


@pytest.mark.parametrize("rule", ["chance", "majority", "prior"])
def test_a_samples_own_options_are_respected_in_any_order(rule: str) -> None:
    own = Asked(form="choice", options=("fear", "anger"))
    turned = Asked(form="choice", options=("anger", "fear"))
    first = answers(rule, "choice", 50, own)
    assert set(first) <= {"fear", "anger"}
    assert answers(rule, "choice", 50, turned) == first
    assert rule != "majority" or set(first) == {"fear"}


def test_prior_without_a_known_option_draws_evenly() -> None:
    own = Asked(form="choice", options=("new", "other"))
    assert set(answers("prior", "choice", 50, own)) == {"new", "other"}


@pytest.mark.parametrize("form", list(ASKED))
def test_the_same_sample_gets_the_same_answer(form: Form) -> None:
    assert answers("prior", form, 30) == answers("prior", form, 30)


def test_a_task_without_gold_is_told() -> None:
    facts = models.TaskFacts(id="raf", asked=ASKED["choice"])
    with pytest.raises(UsageError, match="gold of task 'raf'"):
        models.build(models.parse_name("baseline:majority"), facts)
    models.build(models.parse_name("baseline:chance"), facts)
