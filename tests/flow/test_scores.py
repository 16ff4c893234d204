"""Scores from the files of a task to the JSON document: maps, subsets, and baselines that reach their lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.flow.flows import Done, affectbench

TASK = """\
title: A small table
dataset:
  id: small
  title: A small table
  access: {kind: open, send: any, publish: {media: true, labels: true, text: true}}
  splits: {test: unknown}
  read:
    rows: {table: {file: rows.csv}}
    id: "{{ id }}"
    split: test
    media: {face: {kind: image, path: x.png}}
"""
FEELINGS = """\
title: Four feelings
labels: [{name: joy}, {name: sorrow}, {name: rage}, {name: blank}]
maps:
  ekman-6: {version: 2, drop: [blank], to: {joy: happiness, sorrow: sadness, rage: anger}}
"""
MOVES = """\
title: Movements, left and right apart
labels: [{name: left brow}, {name: right brow}, {name: chin}]
maps:
  moves: {version: 1, to: {left brow: brow, right brow: brow}}
"""


class Small:
    """A plug-in with one task over a table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in {
            "feelings": FEELINGS,
            "sides": MOVES,
            "moves": "labels: [{name: brow}, {name: chin}]",
        }.items():
            self._write(f"tasks/labels/{name}.yaml", text if "title" in text else f"title: Movements\n{text}\n")
        self._write("data/rows.csv", "")
        Image.new("RGB", (8, 8)).save(folder / "data/x.png")

    def __call__(self, rows: Sequence[dict[str, Any]], read: str, task: str) -> Small:
        with (self.folder / "data/rows.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        self._write("tasks/own/small.yaml", f"{TASK}    {read}\n{task}\nprotocol: small\n")
        return self

    def _write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def run(self, model: str) -> Done:
        bound = ["--plugin", self.folder, "--data", f"small={self.folder / 'data'}", "--out", self.folder / "runs"]
        return affectbench("run", "-m", model, "-t", "small", *bound, "--json")

    def replayed(self, answers: Sequence[str]) -> dict[str, Any]:
        lines = [json.dumps({"id": f"s{i}", "text": text}) + "\n" for i, text in enumerate(answers) if text]
        (self.folder / "answers.jsonl").write_text("".join(lines))
        return self.run(f"replay:{self.folder / 'answers.jsonl'}").json["runs"][0]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


def values(run: dict[str, Any]) -> dict[str, float]:
    plain = (s for s in run["scores"] if s["over"] == "all" and not (s["label"] or s["fold"] or s["group"]))
    plain = (s for s in plain if s["metric"] in run["baselines"]["chance"])
    return {score["metric"]: score["value"] for score in plain}


def test_a_map_takes_labels_and_the_votes_beside_them(small: Small) -> None:
    labels = ["joy", "sorrow", "rage", "blank"]
    rows = [{"id": f"s{i}", "label": labels[i % 4], "joy": 6, "sorrow": 3, "rage": 1, "blank": 5} for i in range(8)]
    read = """targets:
      felt: {labels: feelings, label: "{{ label }}", beside: [votes]}
      votes: {labels: feelings, votes: {columns: [joy, sorrow, rage, blank]}}"""
    task = "target: felt\nmap: ekman-6\nmetrics: [accuracy, vote_accuracy]\n"
    answers = ["" if i % 4 == 3 else "happiness" for i in range(8)]
    run = small(rows, read, task).replayed(answers)
    assert (run["n"], run["protocol"]) == (6, "small+ekman-6@2")
    assert values(run) == pytest.approx({"accuracy": 2 / 6, "vote_accuracy": 0.6})


def test_a_subset_is_drawn_from_what_the_map_leaves(small: Small) -> None:
    rows = [{"id": f"s{i}", "label": ["joy", "blank"][i % 2], "site": "ab"[i // 15]} for i in range(30)]
    read = 'targets: {felt: {labels: feelings, label: "{{ label }}"}}'
    task = "map: ekman-6\nsubset: {n: 5, by: site}\nmetrics: [accuracy]\n"
    assert small(rows, read, task).run("baseline:majority").json["runs"][0]["n"] == 10


def test_labels_that_a_map_merges_are_present_if_one_of_them_is(small: Small) -> None:
    rows = [
        {"id": "s0", "left": 1, "right": 9, "chin": 0},  # the brow moved, whatever its other half did
        {"id": "s1", "left": 0, "right": 9, "chin": 1},  # whether it moved is not known
        {"id": "s2", "left": 0, "right": 0, "chin": 9},
    ]
    columns = "{columns: {left: left brow, right: right brow, chin: chin}}"
    read = f'targets: {{moves: {{labels: sides, missing: ["9"], set: {columns}}}}}'
    run = small(rows, read, "map: moves\nmetrics: [au_f1]\n").replayed(["brow", "brow, chin", "none"])
    found = {s["label"]: (s["value"], s["n"]) for s in run["scores"] if s["metric"] == "au_f1" and s["over"] == "all"}
    assert found == {None: (1, 3), "brow": (1, 2), "chin": (1, 2)}


def test_a_map_that_nothing_could_follow_is_an_error(small: Small) -> None:
    read = 'targets: {felt: {levels: {valence: "{{ v }}"}, range: [-1, 1]}}'
    done = small([{"id": "s0", "v": 0.5}], read, "map: ekman-6\nmetrics: [mae]\n").run("baseline:majority")
    assert done.code == 2
    assert "nothing to map" in done.err
    read = 'targets: {felt: {labels: feelings, label: "{{ v }}"}}'
    both = "map: ekman-6\nanswer: {labels: feelings}\nmetrics: [accuracy]\n"
    done = small([{"id": "s0", "v": "joy"}], read, both).run("baseline:majority")
    assert done.code == 2
    assert "labels of the map's set" in done.err


OWN = """options: "{{ o.split(';') }}"
    targets: {felt: {labels: options, label: "{{ label }}"}}"""
VOTES = "targets: {felt: {labels: feelings, votes: {columns: [joy, sorrow, rage, blank]}}}"
CASES = {
    "ties between labels": (
        [{"id": f"s{i}", "o": ["awe;zeal", "zeal;awe;calm"][i % 2], "label": ["zeal", "awe"][i % 2]} for i in range(8)],
        OWN,
        "metrics: [accuracy, uar, macro_f1]",
    ),
    "unequal numbers of votes": (
        [{"id": "s0", "joy": 40, "sorrow": 0, "rage": 0, "blank": 0}]
        + [{"id": f"s{i}", "joy": 0, "sorrow": 0, "rage": 2, "blank": 1} for i in (1, 2)],
        VOTES,
        "metrics: [vote_accuracy, vote_accuracy_pooled]",
    ),
    "ties between words": (
        [{"id": f"s{i}", "e": words} for i, words in enumerate(["tired;calm", "sad;calm;tired", "awed"])],
        "targets: {felt: {labels: open, set: \"{{ e.split(';') }}\"}}",
        "metrics: [set_f1, hit]",
    ),
    "numbers that are missing": (
        [{"id": f"s{i}", "v": i / 10, "a": "-" if i % 2 else 0.5} for i in range(8)],
        'targets: {felt: {levels: {valence: "{{ v }}", arousal: "{{ a }}"}, range: [-1, 1], missing: ["-"]}}',
        "metrics: [mae, rmse, ccc]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_majority_baseline_reaches_its_line_and_every_baseline_can_be_read(small: Small, case: str) -> None:
    small(*CASES[case])
    for rule in ("majority", "chance", "prior"):
        (run,) = small.run(f"baseline:{rule}").json["runs"]
        assert run["status"]["ok"] == run["n"], rule
        if rule == "majority":
            assert values(run) == pytest.approx(run["baselines"]["majority"], abs=1e-12)


def test_the_majority_of_votes_gives_each_sample_one_voice(small: Small) -> None:
    (run,) = small(*CASES["unequal numbers of votes"]).run("baseline:majority").json["runs"]
    assert run["baselines"]["majority"]["vote_accuracy"] == pytest.approx(4 / 9)
