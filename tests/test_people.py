"""The line of people: their own answers against gold that they did not make, whatever the form of the answer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from affectbench import metrics
from affectbench.metrics.ceiling import ceiling, ceiling_of_ratings
from affectbench.scoring import Answer, Question, score
from affectbench.scoring.question import APART
from affectbench.specs.rules import ferplus_majority
from affectbench.types import Gold, Sample

LABELS = ("joy", "fear", "awe")
RNG = np.random.default_rng(11)
VOTES = [
    dict(zip((*LABELS, "unsure"), map(float, row), strict=True)) for row in RNG.multinomial(7, [0.5, 0.2, 0.2, 0.1], 60)
]


def asked(*names: str, form: str = "choice", **more) -> Question:
    return Question(**{"form": form, "labels": LABELS, "metrics": names, "main": names[0], **more})


def human(question: Question, samples: list[Sample]) -> dict[str, float | None]:
    answers = [Answer(sample.id, 0, "refused") for sample in samples]
    return score(question, samples, answers).baselines.get("human", {})


def test_gold_of_a_rule_is_made_anew_without_each_person() -> None:
    golds = [ferplus_majority(votes, LABELS) for votes in VOTES]
    samples = [
        Sample(id=f"s{i}", gold=Gold(label=g, votes=v)) for i, (g, v) in enumerate(zip(golds, VOTES, strict=True)) if g
    ]
    gold, said, weight = [], [], []
    for sample in samples:
        votes = dict(sample.gold.votes or {})
        for label, count in votes.items():
            others = ferplus_majority({**votes, label: count - 1}, LABELS)
            if count and others:
                gold.append(others)
                said.append(label)
                weight.append(count)
    found = human(asked("accuracy", "uar", "recall", people="ferplus/majority"), samples)
    assert found["accuracy"] == pytest.approx(np.average(np.equal(gold, said), weights=weight), abs=1e-12)
    recalls = [
        np.average(np.equal(gold, said)[np.equal(gold, g)], weights=np.array(weight)[np.equal(gold, g)])
        for g in set(gold)
    ]
    assert found["uar"] == found["recall"] == pytest.approx(np.mean(recalls), abs=1e-12)


def test_gold_from_elsewhere_is_compared_with_every_vote() -> None:
    names = RNG.choice(LABELS, len(VOTES))
    samples = [
        Sample(id=f"s{i}", gold=Gold(label=g, votes=v)) for i, (g, v) in enumerate(zip(names, VOTES, strict=True))
    ]
    hits = sum(votes[str(name)] for name, votes in zip(names, VOTES, strict=True))
    found = human(asked("accuracy", "uar", "vote_accuracy", people=APART), samples)
    assert found["accuracy"] == pytest.approx(hits / (7 * len(VOTES)), abs=1e-12)
    gold = [
        name for name, votes in zip(names, VOTES, strict=True) for count in votes.values() for _ in range(int(count))
    ]
    said = [label for votes in VOTES for label, count in votes.items() for _ in range(int(count))]
    kept = [(g, s) for g, s in zip(gold, said, strict=True)]
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        assert found["uar"] == pytest.approx(balanced_accuracy_score(*zip(*kept, strict=True)), abs=1e-12)
    table = [list(votes.values()) for votes in VOTES]
    assert found["vote_accuracy"] == pytest.approx(ceiling("vote_accuracy", table, [*LABELS, "unsure"], "distribution"))


def test_sets_from_votes_are_answered_with_one_label() -> None:
    votes = {"joy": 4.0, "fear": 4.0}
    samples = [Sample(id="s", gold=Gold(labels=("joy", "fear"), votes=votes))]
    found = human(asked("samples_f1", "subset_accuracy", form="labels", people="ferplus/multi-target"), samples)
    assert found == {"samples_f1": pytest.approx(2 / 3), "subset_accuracy": 0.0}


def test_annotators_with_names_are_compared_one_by_one() -> None:
    ratings = np.clip(RNG.normal(size=(3, 40)), -2, 2)
    ratings[0, 5] = ratings[2, :20] = np.nan
    samples = []
    for i, column in enumerate(ratings.T):
        given = {f"a{k}": {"valence": float(x)} for k, x in enumerate(column) if not np.isnan(x)}
        samples.append(Sample(id=f"s{i}", gold=Gold(levels={"valence": float(np.nanmean(column))}, ratings=given)))
    more = {"form": "levels", "levels": (("valence", -2.0, 2.0),), "labels": ()}
    found = human(asked("ccc", "mae", people="mean", **more), samples)
    assert found["mae"] == pytest.approx(ceiling_of_ratings("mae", ratings), abs=1e-12)
    own = human(asked("mae", people=APART, **more), samples)
    gold = np.nanmean(ratings, axis=0)
    each = [metrics.mae(gold[~np.isnan(row)], row[~np.isnan(row)]) for row in ratings]
    assert own["mae"] == pytest.approx(np.mean(each), abs=1e-12)


def test_labels_by_annotators() -> None:
    given = [("joy", "joy", "fear"), ("fear", "fear", "fear"), ("awe", "joy", "awe")]
    samples = [
        Sample(id=f"s{i}", gold=Gold(label=max(set(row), key=row.count), ratings=dict(zip("abc", row, strict=True))))
        for i, row in enumerate(given)
    ]
    found = human(asked("accuracy", people="rated-majority"), samples)
    # a: fear/fear; b: fear/fear, joy/awe; c: fear/joy, fear/fear. Where two others differ there is no majority.
    assert found["accuracy"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)


def test_there_is_no_line_without_people_and_none_from_shares() -> None:
    gold = Gold(label="joy", votes={"joy": 0.6, "fear": 0.4})
    assert human(asked("accuracy", people=APART), [Sample(id="s", gold=gold)]) == {}
    assert human(asked("accuracy"), [Sample(id="s", gold=Gold(label="joy", votes={"joy": 3.0}))]) == {}
    assert (
        human(asked("accuracy", people="majority"), [Sample(id="s", gold=Gold(label="joy", votes={"joy": 1.0}))]) == {}
    )
