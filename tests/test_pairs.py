"""Differences of two systems in every metric of the table, through the scoring that runs use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from affectbench import metrics
from affectbench.errors import AffectbenchError
from affectbench.scoring import Answer, Question
from affectbench.scoring.forms import encode
from affectbench.scoring.pairs import Difference, Pairs
from affectbench.scoring.rows import Design, gather
from affectbench.scoring.scorer import Scorer
from affectbench.types import Gold, Sample
from tests.scored import INSTALLED

LABELS = ("negative", "neutral", "positive")
N = 36
RNG = np.random.default_rng(0)
PLACES = RNG.integers(0, 3, N)


def samples(form: str, **more: Any) -> list[Sample]:
    found = []
    for i, place in enumerate(PLACES):
        label = LABELS[place]
        gold = {
            "choice": Gold(label=label, votes={label: 6.0, LABELS[i % 3]: 3.0}),
            "labels": Gold(labels=(label, LABELS[i % 3])),
            "levels": Gold(levels={"valence": float(place) - 1.2 + i / N}),
            "open": Gold(labels=(label, LABELS[i % 3])),
            "text": Gold(text=f"the face shows {label}"),
        }[form]
        found.append(Sample(id=f"s{i}", gold=gold, **{name: of(i) for name, of in more.items()}))
    return found


def said(form: str, place: int, i: int) -> tuple[Any, dict[str, float] | None]:
    label = LABELS[place]
    scores = {name: (0.6 + i / 100 if name == label else 0.2 - i / 200) for name in LABELS}
    value = {
        "choice": label, "labels": (label,), "levels": {"valence": float(place) - 1 + (i % 5) / 10},
        "open": (label,), "text": f"a face full of {label}",
    }[form]  # fmt: skip
    return value, scores if form in ("choice", "labels") else None


def system(form: str, share: float, seed: int, repeats: int = 1) -> list[Answer]:
    rng = np.random.default_rng(seed)
    found = []
    for i, place in enumerate(PLACES):
        for repeat in range(repeats):
            right = rng.random() < share
            value, scores = said(form, place if right else (place + 1) % 3, i)
            found.append(Answer(f"s{i}", repeat, "ok", value, scores) if i != 7 else Answer(f"s{i}", repeat, "refused"))
    return found


def pairs(form: str, wanted: tuple[str, ...], systems: list[list[Answer]], **more: Any) -> Pairs:
    levels = (("valence", -3.0, 3.0),) if form == "levels" else ()
    folds = "mean" if "fold" in more else "pooled"
    asked = Question(
        form=form, metrics=wanted, main=wanted[0], labels=LABELS, levels=levels, folds=folds, resamples=200
    )  # type: ignore[arg-type]
    held = samples(form, **more)
    encoded = encode(asked, held)
    scorer = Scorer(asked, encoded, Design(held, by_fold=folds == "mean"))
    return Pairs(scorer, asked.entries(), [gather(held, one, encoded) for one in systems])


NUMBERS = [(entry.name, form) for entry in INSTALLED for form in entry.forms if not entry.table]
SPECIAL = {"answer_pairs", "compound", "reliance", "conflict", "raters", "wheels", "wheel_words"}
SPECIAL |= {"clue_overlap", "clue_channels", "faithfulness", "final_label", "conclusions", "modalities"}
"""Modules whose metrics need labels, groups, ratings or a lexicon of their own."""


@pytest.mark.parametrize(("name", "form"), NUMBERS)
@pytest.mark.parametrize("clustered", [False, True])
def test_every_metric_has_a_difference_that_turns_with_the_systems(name: str, form: str, clustered: bool) -> None:
    more = {"cluster": lambda i: str(i // 3)} if clustered else {}
    systems = [system(form, 0.8, 1), system(form, 0.4, 2)]
    try:
        found = pairs(form, (name,), systems, **more)
    except AffectbenchError as error:
        assert metrics.find(name, form).module in SPECIAL, error
        return
    one, other = (next(d for d in found.differences(*order) if d.label is None) for order in ((0, 1), (1, 0)))
    if one.value is None:
        assert metrics.find(name, form).module in SPECIAL
        return
    assert one.value == pytest.approx(-(other.value or 0.0))
    assert one.value == pytest.approx((one.first or 0.0) - (one.second or 0.0))
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.value <= one.high
    assert 0 < (one.p or 0) <= 1
    assert one.p == pytest.approx(other.p, abs=0.15)
    assert 0 < (one.p_bootstrap or 0) <= 1


def overall(found: Pairs, metric: str) -> Difference:
    return next(d for d in found.differences(0, 1) if (d.metric, d.label) == (metric, None))


def test_metrics_that_are_means_of_samples_have_wilcoxon_and_shares_mcnemar() -> None:
    kinds = {
        ("choice", "accuracy"): (True, False),
        ("choice", "uar"): (False, False),
        ("choice", "macro_f1"): (False, False),
        ("labels", "samples_f1"): (False, True),
        ("labels", "subset_accuracy"): (True, False),
        ("levels", "mae"): (False, True),
        ("levels", "ccc"): (False, False),
        ("open", "set_f1"): (False, True),
        ("text", "token_f1"): (False, True),
    }
    for (form, metric), expected in kinds.items():
        one = overall(pairs(form, (metric,), [system(form, 0.8, 1), system(form, 0.4, 2)]), metric)
        assert (one.p_mcnemar is not None, one.p_wilcoxon is not None) == expected, metric


def test_repeats_are_averaged_and_swapped_with_their_sample() -> None:
    once = overall(pairs("choice", ("accuracy",), [system("choice", 0.8, 1), system("choice", 0.4, 2)]), "accuracy")
    both = [[Answer(a.id, r, *a[2:]) for a in one for r in (0, 1)] for one in
            (system("choice", 0.8, 1), system("choice", 0.4, 2))]  # fmt: skip
    twice = overall(pairs("choice", ("accuracy",), both), "accuracy")
    assert twice.value == pytest.approx(once.value)
    assert (twice.split, twice.p_mcnemar) == (None, None)
    assert twice.p == pytest.approx(once.p, abs=0.05)
    assert twice.high == pytest.approx(once.high, abs=0.05)


def test_systems_with_other_numbers_of_repeats_compare() -> None:
    found = pairs("choice", ("accuracy", "uar"), [system("choice", 0.8, 1, repeats=3), system("choice", 0.4, 2)])
    assert 0 < (overall(found, "uar").p or 0) < 0.05


def test_folds_are_means_and_leave_no_exact_test() -> None:
    found = pairs(
        "choice", ("accuracy",), [system("choice", 0.8, 1), system("choice", 0.4, 2)], fold=lambda i: str(i % 2)
    )
    one = overall(found, "accuracy")
    assert one.p_mcnemar is None
    assert one.split is not None
    assert sum((one.split.both, one.split.only_first, one.split.only_second, one.split.neither)) == N


def test_a_refusal_never_helps_the_one_that_refuses() -> None:
    full, part = system("choice", 0.8, 1), system("choice", 0.8, 1)
    part = [Answer(a.id, a.repeat, "refused") if i % 4 == 0 else a for i, a in enumerate(part)]
    one = overall(pairs("choice", ("accuracy",), [full, part]), "accuracy")
    assert (one.value or 0) > 0
    assert one.split is not None
    assert one.split.only_second == 0
