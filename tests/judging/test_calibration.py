"""Judges held against people: a good one passes; one that is constant, random, forgetful or leaning is caught."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectbench.paths import cards_folder
from tests.flow.flows import affectbench
from tests.judging.judged_runs import finished, ids, replay, texts

N = 80
RNG = np.random.default_rng(7)
PEOPLE = RNG.integers(0, 11, size=(N, 2))  # clues, label
NOISE = RNG.integers(0, 11, size=(N, 2, 2))


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = texts(tmp_path / "plugin")
    with (folder / "human.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "answer", "gold", "rater", "clues", "label", "group.sex"])
        for i, (clues, label) in enumerate(PEOPLE):
            for rater in ("ann", "bob"):
                near = min(10, clues + 1) if rater == "bob" else clues
                answer = "brows up, " * (1 + i % 9)
                rows.writerow([f"a{i}", answer, "brows up", rater, near, label, "female" if i % 2 else "male"])
    return folder


def calibrated(plugin: Path, rule: Callable[[int, int], tuple[Any, Any]]) -> dict[str, Any]:
    """Calibrate a judge whose scores follow a rule of (answer, which asking)."""
    lines = []
    for i in range(N):
        for repeat in (0, 1):
            clues, label = rule(i, repeat)
            lines.append({"id": f"a{i}", "repeat": repeat, "text": f"VERDICT: clues={clues}, label={label}"})
    file = plugin / "judge.jsonl"
    file.write_text("".join(json.dumps(line, default=int) + "\n" for line in lines))
    done = affectbench(
        "judge",
        "calibrate",
        "mine",
        "-m",
        f"replay:{file}",
        "--human",
        plugin / "human.csv",
        "--plugin",
        plugin,
        "--json",
    )
    assert done.code == 0, done.err
    card: dict[str, Any] = done.json
    assert json.loads(Path(card["card"]).read_text())["scales"] == card["scales"]
    return card


def test_a_judge_that_agrees_with_people_passes(plugin: Path) -> None:
    card = calibrated(plugin, lambda i, repeat: (min(10, PEOPLE[i, 0] + i % 2), PEOPLE[i, 1]))
    assert (card["passes"], card["faults"], card["n"], card["raters"]) == (True, [], N, 2)
    clues = card["scales"]["clues"]
    assert 0.9 < clues["weighted_kappa"]["low"] < clues["weighted_kappa"]["value"] < clues["weighted_kappa"]["high"] < 1
    assert clues["spearman"]["value"] > 0.95
    assert clues["krippendorff_alpha"]["value"] > 0.95
    assert card["scales"]["label"]["weighted_kappa"]["value"] == 1.0
    assert clues["retest"]["same"] == 1.0
    sexes = {one["value"]: one["above_people"]["value"] for one in clues["by_group"]["sex"]}
    assert sexes["female"] > 0 > sexes["male"]
    assert any("sex is female" in remark for remark in card["remarks"])


def test_a_constant_judge_is_caught(plugin: Path) -> None:
    card = calibrated(plugin, lambda i, repeat: (7, 7))
    assert not card["passes"]
    assert "clues: gives every answer the same score" in card["faults"]
    assert card["scales"]["clues"]["spearman"]["value"] is None


def test_a_random_judge_is_caught(plugin: Path) -> None:
    card = calibrated(plugin, lambda i, repeat: tuple(NOISE[i, 0]))
    assert not card["passes"]
    assert "clues: agrees with people no better than chance" in card["faults"]


def test_a_judge_that_does_not_repeat_itself_is_caught(plugin: Path) -> None:
    card = calibrated(plugin, lambda i, repeat: tuple(PEOPLE[i]) if repeat == 0 else tuple(NOISE[i, 1]))
    assert not card["passes"]
    assert "clues: does not repeat itself" in card["faults"]


def test_a_judge_that_loves_length_is_told_of(plugin: Path) -> None:
    card = calibrated(plugin, lambda i, repeat: (min(10, PEOPLE[i, 0] * 0.5 + i % 9 * 0.6), PEOPLE[i, 1]))
    assert any(remark.startswith("clues: gives long answers more") for remark in card["remarks"])


def test_scores_are_uncalibrated_until_there_is_a_card(plugin: Path) -> None:
    run = finished(plugin)
    good = replay(plugin / "judge.jsonl", dict.fromkeys(ids(8), "VERDICT: clues=5, label=5"))
    arguments = ("judge", run, "-m", good, "-r", "mine", "--plugin", plugin)
    done = affectbench(*arguments)
    assert (done.code, "uncalibrated" in done.out) == (0, True)
    assert "uncalibrated" in affectbench("show", run).out
    assert cards_folder().is_dir() is False
    path = cards_folder() / "mine@replay-judge.jsonl.json"
    held = json.loads((run / "manifest.json").read_text())["judges"][0]
    path.parent.mkdir(parents=True)
    card = {"schema": 1, "of": {"rubric": held["rubric"]["digest"], "judge": held["judge"]["verdicts"]}}
    card |= {"n": 80, "passes": True, "faults": [], "remarks": []}
    path.write_text(json.dumps(card))
    assert "calibrated on 80 answers" in affectbench(*arguments).out
    path.write_text(json.dumps(card | {"passes": False, "faults": ["clues: does not repeat itself"]}))
    assert "calibration failed: clues: does not repeat itself" in affectbench(*arguments).out
    path.write_text(json.dumps(card | {"of": {"rubric": "another", "judge": held["judge"]["verdicts"]}}))
    assert "uncalibrated" in affectbench(*arguments).out


def test_a_file_of_people_is_checked(plugin: Path) -> None:
    file = plugin / "bad.csv"
    file.write_text("id,answer,gold,clues,label\na,x,y,11,3\nb,x,,1,2\nc,x,y,1,\n")
    done = affectbench("judge", "calibrate", "mine", "-m", "replay:x.csv", "--human", file, "--plugin", plugin)
    assert done.code == 2
    assert "bad.csv:2:1: clues: expected a number from 0 to 10, not '11'" in done.err
    assert "bad.csv:3:1: the row has no gold" in done.err
    assert "bad.csv:4:1: label: expected a number" in done.err
