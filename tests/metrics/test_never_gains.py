"""A model never gains by refusing: one test over every metric of the table, through the scorer.

The strict form is that no answer, however wrong, scores less than none. Where a metric's definition does not allow it,
it stands below with the weaker form that it keeps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench.catalogue import Catalogue
from affectbench.clues.rationale import Circumstances, Rationales
from affectbench.metrics import Entry
from affectbench.metrics.lexicon import Lexicon
from affectbench.metrics.probabilities import replaced
from affectbench.scoring import Answer, Question
from affectbench.scoring.encoded import read
from affectbench.scoring.forms import encode
from affectbench.scoring.rows import Design
from affectbench.scoring.scorer import Scorer
from affectbench.types import Gold, Sample
from tests.scored import INSTALLED

LABELS = ("negative", "neutral", "positive")
LEVELS = (("mood", -3.0, 3.0), ("pull", -3.0, 3.0))
WORDS = ("merry", "glad", "sad", "grim", "neutral", "odd", "strange")
LEXICON = Lexicon.of(
    {"moods": {"joy": {"glee": ["merry"], "bliss": ["glad"]}, "woe": {"gloom": ["sad"], "dread": ["grim"]}}},
    neutral=["neutral"],
)
UNITS = ("AU4", "AU6", "AU12", "AU25")
RATIONALES = Rationales(
    Catalogue().load("lexicon", "clues").spec,
    Circumstances(labels=("happiness", "anger", "sadness"), units=UNITS, hidden=("voice",)),
)
EXAMPLES = settings(deadline=None, max_examples=25)

# An F1 and a precision punish a wrong answer twice, at its own label too; no answer is punished once. So here a refusal
# may gain on a wrong answer, and never on the right one.
TWICE = {
    *("macro_f1", "macro_f1_present", "macro_f1_one", "macro_f1_union", "uf1", "uar_union", "weighted_f1", "micro_f1"),
    *("precision", "weighted_precision", "share_macro_f1", "au_f1", "jaccard_macro", "jaccard_weighted"),
    *("polarity_weighted_f1_strict", "corpus_bleu4"),
}
TWICE |= {"clue_f1_by_channel", "clue_precision_by_channel"}
# What follows from the claimed units is no matter of gold, so that the gold text may itself not follow.
OWN_TRUTH = {"label_follows"}
# Correlations and what is made of them depend on all answers together: a refusal may gain even on a right answer that
# stands among wrong ones. Refusing all is never better than being right.
TOGETHER = {"ccc", "ccc_sample", "icc", "pcc", "rater_kappa"}
# Published so: what is not positive counts as negative. The strict figures beside them are ours.
PUBLISHED = {"polarity_accuracy", "polarity_weighted_f1"}


def asked(entry: Entry) -> Question:
    more: dict[str, Any] = {"labels": LABELS} if entry.forms[0] in ("choice", "labels") else {}
    more |= {"levels": LEVELS} if entry.forms[0] == "levels" else {}
    more |= {"lexicon": RATIONALES if entry.forms[0] == "text" else LEXICON} if entry.lexicon else {}
    main = entry.name if entry.better != "neither" else "set_f1"
    return Question(form=entry.forms[0], metrics=(entry.name, main), main=main, **more)  # type: ignore[arg-type]


def some(rng: np.random.Generator, of: tuple[str, ...], least: int = 0) -> tuple[str, ...]:
    return tuple(rng.permutation(of)[: rng.integers(least, len(of) + 1)].tolist())


def number(rng: np.random.Generator) -> float:
    return float(rng.integers(-6, 7) / 2)


def sample(rng: np.random.Generator, name: str, form: str) -> Sample:
    if form == "choice":
        votes = {label: float(rng.integers(0, 4)) for label in (*LABELS, "unsure")} | {LABELS[rng.integers(3)]: 2.0}
        cues = {cue: LABELS[rng.integers(3)] for cue in ("face", "voice")}
        return Sample(id=name, gold=Gold(label=LABELS[rng.integers(3)], votes=votes, ratings=cues))
    if form == "labels":
        held = some(rng, LABELS)
        unlabelled = tuple(label for label in LABELS if label not in held and rng.random() < 0.2)
        return Sample(id=name, gold=Gold(labels=held, unlabelled=unlabelled))
    if form == "levels":
        levels = {level: number(rng) for level, *_ in LEVELS}
        return Sample(id=name, gold=Gold(levels=levels, ratings={"ann": levels, "bob": levels}))
    if form == "text":
        label = RATIONALES.known.labels[rng.integers(3)]
        units = some(rng, UNITS)
        return Sample(id=name, gold=Gold(text=told(units, label), labels=units, label=label))
    words = some(rng, WORDS, 1)
    return Sample(id=name, gold=Gold(labels=words))


def said(rng: np.random.Generator, name: str, form: str) -> Answer:
    scores = {label: float(rng.integers(0, 5) / 4) for label in LABELS} if rng.random() < 0.5 else None
    if form == "choice":
        label = LABELS[rng.integers(3)]
        return Answer(name, 0, "ok", label, scores and scores | {label: 1.5})
    if form == "labels":
        return Answer(
            name, 0, "ok", tuple(k for k, v in scores.items() if v >= 0.5) if scores else some(rng, LABELS), scores
        )
    if form == "levels":
        return Answer(name, 0, "ok", {level: number(rng) for level, *_ in LEVELS})
    if form == "text":
        sign = ("", "no ", "perhaps ", "a sigh, ")[rng.integers(4)]
        return Answer(name, 0, "ok", sign + told(some(rng, UNITS), RATIONALES.known.labels[rng.integers(3)]))
    return Answer(name, 0, "ok", some(rng, WORDS))


def told(units: tuple[str, ...], label: str) -> str:
    return f"{', '.join(units) or 'The face is still'}.\nLabel: {label}"


class Scored:
    """A random task of one metric, its answers, and how good they are (more is better)."""

    def __init__(self, entry: Entry, seed: int) -> None:
        rng, form = np.random.default_rng(seed), entry.forms[0]
        names = [f"s{i}" for i in range(rng.integers(2, 9))]
        samples = [sample(rng, name, form) for name in names]
        if entry.module == "answer_pairs":
            samples = [replace(one, cluster=f"pair {place // 2}") for place, one in enumerate(samples)]
        self.entry = entry
        self.scorer = Scorer(asked(entry), encode(asked(entry), samples), Design(samples, by_fold=False))
        self.answers = [said(rng, name, form) if rng.random() < 0.85 else Answer(name, 0, "refused") for name in names]
        self.place = int(rng.integers(len(names)))

    def good(self, answers: list[Answer], right: tuple[int, ...] = ()) -> float:
        encoded = self.scorer.encoded
        predicted = read(encoded, answers)
        if right:
            where = np.isin(np.arange(len(answers)), right)
            predicted = replaced(predicted, where, encoded.right(self.entry)[where])
        value = self.scorer.points([self.entry], predicted)[self.entry.name]
        return float("nan") if value is None else value * (1 if self.entry.better == "high" else -1)

    def refused(self) -> list[Answer]:
        gone = Answer(self.answers[self.place].id, 0, "refused")
        return [gone if place == self.place else answer for place, answer in enumerate(self.answers)]


NUMBERS = [entry for entry in INSTALLED if not entry.table]
SCORES = [entry for entry in NUMBERS if entry.better != "neither"]


@pytest.mark.parametrize("entry", SCORES, ids=lambda entry: f"{entry.name}-{entry.forms[0]}")
@EXAMPLES
@given(seed=st.integers(0, 2**32))
def test_no_metric_rewards_a_refusal(entry: Entry, seed: int) -> None:
    task = Scored(entry, seed)
    none = task.good([answer._replace(status="refused") for answer in task.answers])
    perfect = task.good(task.answers, right=tuple(range(len(task.answers))))
    assert not none > perfect + 1e-9
    if entry.name in TOGETHER | PUBLISHED | OWN_TRUTH:
        return
    refused = task.good(task.refused())
    assert not refused > task.good(task.answers, right=(task.place,)) + 1e-9
    if entry.name not in TWICE:
        assert not refused > task.good(task.answers) + 1e-9


@pytest.mark.parametrize("entry", NUMBERS, ids=lambda entry: f"{entry.name}-{entry.forms[0]}")
@EXAMPLES
@given(seed=st.integers(0, 2**32), shuffle=st.randoms(use_true_random=False))
def test_every_metric_keeps_to_its_range_and_the_order_says_nothing(entry: Entry, seed: int, shuffle: Any) -> None:
    task = Scored(entry, seed)
    value = task.good(task.answers) * (1 if entry.better == "high" else -1)
    if np.isnan(value):
        return
    assert entry.range[0] - 1e-9 <= value <= entry.range[1] + 1e-9
    order = shuffle.sample(range(len(task.answers)), len(task.answers))
    samples = [task.scorer.design.samples[place] for place in order]
    other = Scored(entry, seed)
    other.scorer = Scorer(asked(entry), encode(asked(entry), samples), Design(samples, by_fold=False))
    moved = other.good([task.answers[place] for place in order]) * (1 if entry.better == "high" else -1)
    assert moved == pytest.approx(value, abs=1e-9)
