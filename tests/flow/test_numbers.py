"""Reference figures of numbers, sentiment, compounds and raters, through `affectbench run` with a replay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from affectbench import metrics
from tests.flow.test_scores import Small, values

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())["va"]
VALENCE = 'targets: {felt: {levels: {valence: "{{ v }}"}, range: [%s, %s]}}'


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


def rows(numbers: Sequence[float]) -> list[dict[str, Any]]:
    return [{"id": f"s{i}", "v": repr(float(number))} for i, number in enumerate(numbers)]


def replayed(small: Small, gold: Sequence[float], said: Sequence[float | None], wanted: Sequence[str]) -> Any:
    task = f"metrics: [{', '.join(wanted)}]\n"
    texts = ["" if number is None else f"valence: {number!r}" for number in said]
    return small(rows(gold), VALENCE % (-5, 5), task).replayed(texts)


def test_the_valence_figures(small: Small) -> None:
    expected = {
        "ccc": "ccc_population_var(reference calculate_ccc, MERTools toolkit/utils/functions.py)",
        "ccc_sample": "ccc_sample_var",
        "pcc": "pcc",
        "rmse": "rmse",
        "mse": "mse",
        "mae": "mae",
        "sagr": "sagr_sign3(sign(0)=0)",
        "sagr_nonnegative": "sagr_binary(>=0)",
    }
    run = replayed(small, FIGURES["gt"], FIGURES["pred"], list(expected))
    assert run["status"]["ok"] == 411
    found = values(run)
    assert {name: found[name] for name in expected} == pytest.approx(
        {name: FIGURES[figure] for name, figure in expected.items()}, abs=1e-12
    )


def test_sentiment_has_its_figures_baselines_and_missing_rules(small: Small) -> None:
    rng = np.random.default_rng(3)
    gold = rng.integers(-6, 7, 80) / 2
    said = np.clip(np.round(gold + rng.normal(0, 1, 80), 1), -3, 3)
    names = [entry.name for entry in metrics.ENTRIES if entry.module == "sentiment"]
    run = replayed(small, gold, [None if i < 2 else float(v) for i, v in enumerate(said)], names)
    found = values(run)
    polar = gold != 0
    side = np.where(np.arange(80) < 2, ~(gold > 0), said > 0)
    assert found["acc2_nonzero"] == pytest.approx(accuracy_score(gold[polar] > 0, side[polar]), abs=1e-12)
    assert found["f1_nonzero"] == pytest.approx(f1_score(gold[polar] > 0, side[polar], average="weighted"), abs=1e-12)
    right = (np.round(np.clip(gold, -3, 3)) == np.round(said)) & (np.arange(80) >= 2)
    assert found["acc7"] == pytest.approx(right.mean(), abs=1e-12)
    for line in ("chance", "majority"):
        assert all(0 <= run["baselines"][line][name] <= 1 for name in names)
    main = next(score for score in run["scores"] if score["metric"] == "acc2_nonzero" and score["over"] == "all")
    assert (main["missing"], main["label"]) == ("the other side", None)
    assert main["low"] < main["value"] < main["high"]


def test_polarity_leaves_neutral_gold_out_and_chance_is_exact(small: Small) -> None:
    labels = ["positive", "negative", "neutral"]
    small._write(
        "tasks/labels/sides.yaml", "title: Sides\nlabels: [{name: positive}, {name: negative}, {name: neutral}]\n"
    )
    table = [{"id": f"s{i}", "label": labels[i % 3]} for i in range(36)]
    task = (
        "metrics: [polarity_weighted_f1, polarity_accuracy, polarity_accuracy_strict, polarity_weighted_f1_strict]\n"
        "main: polarity_weighted_f1\n"
    )
    read = 'targets: {side: {labels: sides, label: "{{ label }}"}}'
    said = [["positive", "neutral", "positive"][i % 3] if i < 18 else "" for i in range(36)]
    run = small(table, read, task).replayed(said)
    found = values(run)
    assert found["polarity_accuracy"] == pytest.approx(18 / 24)  # six right, six neutral and six silent as negative
    assert found["polarity_accuracy_strict"] == pytest.approx(6 / 24)
    assert run["baselines"]["chance"]["polarity_accuracy"] == pytest.approx(1 / 2 * (1 / 3 + 2 / 3), abs=1e-12)
    assert run["baselines"]["chance"]["polarity_accuracy_strict"] == pytest.approx(1 / 3, abs=1e-12)


def test_a_compound_in_the_other_order_is_right_but_not_in_order(small: Small) -> None:
    names = ["happily surprised", "sadly angry", "fearfully surprised"]
    table = [{"id": f"s{i}", "label": names[i % 3]} for i in range(6)]
    said = [
        "surprised and happy", "sadly angry", '{\\"answer\\": \\"surprise and fear\\"}',
        "The answer is **happily surprised**.", "sadly fearful", "",
    ]  # fmt: skip
    read = 'targets: {face: {labels: raf-compound-11, label: "{{ label }}"}}'
    task = "metrics: [compound_accuracy, compound_order_accuracy, accuracy, uar, confusion]\n"
    run = small(table, read, task).replayed(said)
    found = values(run)
    assert found == pytest.approx(
        {"compound_accuracy": 4 / 6, "compound_order_accuracy": 2 / 6, "accuracy": 4 / 6, "uar": (1 + 0.5 + 0.5) / 3}
        | {name: value for name, value in found.items() if name not in run["baselines"]["chance"]}
    )
    assert sum(map(sum, run["tables"]["confusion"]["counts"])) == 6
    for line in ("chance", "majority"):
        assert run["baselines"][line]["compound_order_accuracy"] == run["baselines"][line]["accuracy"]


def test_kappa_with_each_rater_and_what_they_reach_among_themselves(small: Small) -> None:
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 8, 60)
    rated = np.clip(truth[:, None] + rng.integers(-2, 3, (60, 3)), 0, 7)
    said = np.clip(truth + rng.uniform(-2, 2, 60), 0, 7).round(2)
    table = [
        {"id": f"s{i}", "mean": float(np.mean(one)), "a": one[0], "b": one[1], "c": one[2]}
        for i, one in enumerate(rated)
    ]
    read = """targets:
      felt: {levels: {awe: "{{ mean }}"}, range: [0, 7], beside: [people]}
      people: {ratings: {columns: [a, b, c], level: awe}, range: [0, 7]}"""
    run = small(table, read, "target: felt\nmetrics: [rater_kappa, ccc]\n").replayed([f"awe: {x}" for x in said])

    def kappa(one: np.ndarray, other: np.ndarray) -> float:
        return float(cohen_kappa_score(one, other, weights="quadratic", labels=range(8)))

    expected = np.mean([kappa(rated[:, r], said.astype(int)) for r in range(3)])
    assert values(run)["rater_kappa"] == pytest.approx(expected, abs=1e-12)
    people = np.mean([kappa(rated[:, r], rated[:, s]) for r in range(3) for s in range(3) if r != s])
    assert run["baselines"]["human"]["rater_kappa"] == pytest.approx(people, abs=1e-12)
    score = next(one for one in run["scores"] if one["metric"] == "rater_kappa" and one["label"] == "awe")
    assert (score["n"], score["missing"]) == (60, "farthest end")
