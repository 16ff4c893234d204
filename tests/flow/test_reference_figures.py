"""The reference figures of single labels and of label sets, from a task file and replayed answers to the scores."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any

import pytest

from tests.flow.test_scores import Small, values

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())
SIX = ("angry", "happy", "neutral", "sad", "surprise", "worried")
SETS = FIGURES["multilabel"]
UNITS = tuple(f"AU{code}" for code in SETS["columns"])


def bound(folder: Path, labels: tuple[str, ...]) -> Small:
    small = Small(folder)
    names = ", ".join(f"{{name: {label}}}" for label in labels)
    (folder / "tasks/labels/own.yaml").write_text(f"title: Own labels\nlabels: [{names}]\n")
    return small


@pytest.mark.parametrize("case", FIGURES["cases"])
def test_single_labels(case: str, tmp_path: Path) -> None:
    data, figures = FIGURES["data"], FIGURES["cases"][case]
    kept = data["D_index"] if case[0] == "D" else range(len(data["gt"]))
    gold, said = data["gt"], data["pred_A" if case[0] == "D" else f"pred_{case[0]}"]
    expected = {
        "accuracy": figures["acc"],
        "weighted_recall": figures["acc"],
        "uar": figures["uar_gt_labels"],
        "macro_f1": figures["macro_f1_fixed6"],
        "macro_f1_present": figures["macro_f1_gt_labels_only"],
        "weighted_f1": figures["weighted_f1"],
        "micro_f1": figures["micro_f1_fixed6"],
        "weighted_precision": figures["weighted_precision"],
    }
    if case[0] != "B":  # there strings outside the list were answered, each a class of its own
        expected |= {"macro_f1_union": figures["macro_f1_default_union"], "uar_union": figures["uar_default_union"]}
    rows = [{"id": f"s{place}", "label": gold[i]} for place, i in enumerate(kept)]
    read = 'targets: {felt: {labels: own, label: "{{ label }}"}}'
    task = f"metrics: [{', '.join(expected)}]\nmain: accuracy\n"
    run = bound(tmp_path, SIX)(rows, read, task).replayed([said[i] or "?" for i in kept])
    assert run["status"]["unparsed"] == sum(said[i] not in SIX for i in kept)
    assert values(run) == pytest.approx(expected, abs=1e-12)


def of_sets(folder: Path, answers: list[str], metrics: tuple[str, ...]) -> dict[str, Any]:
    rows = [{"id": f"s{i}", **dict(zip(UNITS, row, strict=True))} for i, row in enumerate(SETS["Y"])]
    read = f"targets: {{moved: {{labels: own, set: {{columns: [{', '.join(UNITS)}]}}}}}}"
    task = f"metrics: [{', '.join(metrics)}]\n"
    return bound(folder, UNITS)(rows, read, task).replayed(answers)


BY_SET = {
    "macro_f1": SETS["macro_f1_all"],
    "macro_f1_present": SETS["macro_f1_valid_only(Facial-R1: gt has positives)"],
    "macro_f1_one": SETS["macro_f1_zd1(MMAFFBen macro)"],
    "micro_f1": SETS["micro_f1"],
    "weighted_f1": SETS["weighted_f1"],
    "samples_f1": SETS["samples_f1_zd1"],
    "samples_f1_zero": SETS["samples_f1_zd0"],
    "jaccard_zero": SETS["jaccard_samples_zd0"],
    "jaccard_weighted": SETS["jaccard_weighted_zd0(MMAFFBen acc)"],
    "jaccard_macro": SETS["jaccard_macro_zd0"],
    "hamming": SETS["hamming_loss"],
    "subset_accuracy": SETS["subset_accuracy"],
}


def test_sets_of_labels(tmp_path: Path) -> None:
    answers = [", ".join(u for u, on in zip(UNITS, row, strict=True) if on) or "none" for row in SETS["pred"]]
    run = of_sets(tmp_path, answers, (*BY_SET, "au_f1"))
    assert values(run) == pytest.approx(BY_SET | {"au_f1": SETS["macro_f1_all"]}, abs=1e-12)
    each = {s["label"]: s["value"] for s in run["scores"] if s["metric"] == "au_f1" and s["over"] == "all"}
    assert [each[unit] for unit in UNITS] == pytest.approx(SETS["f1_each"], abs=1e-12)


def test_numbers_for_labels_give_the_sets_and_their_average_precision(tmp_path: Path) -> None:
    answers = [json.dumps(dict(zip(UNITS, row, strict=True))) for row in SETS["score"]]
    run = of_sets(tmp_path, answers, ("map", "auc", *BY_SET))
    found = values(run)
    assert found.pop("map") == pytest.approx(SETS["mAP_valid"], abs=1e-12)
    assert 0.9 < found.pop("auc") < 1
    assert found == pytest.approx(BY_SET, abs=1e-12)
    each = {s["label"]: s for s in run["scores"] if s["metric"] == "map" and s["over"] == "all"}
    assert [each[unit]["value"] for unit in UNITS] == pytest.approx(SETS["ap_each(valid)"], abs=1e-12)
    assert each[None]["low"] < SETS["mAP_valid"] < each[None]["high"]
    assert each[None]["missing"] == "on the wrong side of every label"
    assert run["baselines"]["constant"]["map"] < 0.3


def test_probabilities_of_a_choice_reach_the_scores(tmp_path: Path) -> None:
    votes = [{"joy": 6, "sorrow": 3, "rage": 1, "blank": 0}, {"joy": 0, "sorrow": 0, "rage": 5, "blank": 5}]
    rows = [{"id": f"s{i}", "label": ["joy", "rage"][i % 2], **votes[i % 2]} for i in range(40)]
    read = """targets:
      felt: {labels: feelings, label: "{{ label }}", beside: [votes]}
      votes: {labels: feelings, votes: {columns: [joy, sorrow, rage, blank]}}"""
    metrics = ("accuracy", "kl", "jsd", "top_vote", "share_macro_f1", "ece", "brier", "reliability", "auc")
    small = Small(tmp_path)(rows, read, f"target: felt\nmetrics: [{', '.join(metrics)}]\nmain: kl\n")
    said = ['{"joy": 0.6, "sorrow": 0.3, "rage": 0.1}', '{"rage": 51, "blank": 49}']
    run = small.replayed([said[i % 2] for i in range(40)])
    found = values(run)
    assert found["kl"] == pytest.approx((0 + log(0.5 / 0.51) / 2 + log(0.5 / 0.49) / 2) / 2)
    assert (found["accuracy"], found["share_macro_f1"], found["top_vote"]) == (1, 1, 0.75)
    assert found["brier"] == pytest.approx((0.4**2 + 0.3**2 + 0.1**2 + 2 * 0.49**2) / 2)
    assert found["ece"] == pytest.approx((0.4 + 0.49) / 2)
    assert found["auc"] == 1
    table = run["tables"]["reliability"]
    assert sum(table["counts"]) == 40
    assert [one for one in table["confidence"] if one is not None] == pytest.approx([0.51, 0.6])
    assert found["kl"] < run["baselines"]["constant"]["kl"] < run["baselines"]["chance"]["kl"] < 2
    assert run["baselines_by"]["constant"]["kl"] == "always the mean of the votes"
