"""The model that ships with affectbench, from the first command to the last, and what its scores are worth."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="the extra hf is not installed")

from affectbench.datasets.demo import Demo, materialise
from affectbench.faces import labels
from tests.flow.flows import affectbench, lines

BASIC = labels("basic")
CHANCE = 1 / len(BASIC)


def scores(*arguments: str | Path) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Run it and return the scores of the one run, by metric and label."""
    done = affectbench("run", "-m", "mini", "--json", *arguments)
    assert done.code == 0, done.err
    run = done.json["runs"][-1]  # an ablated run comes after the whole one
    results = json.loads((Path(run["path"]) / "results.json").read_text())
    assert results["status"]["unparsed"] <= 0.01 * sum(results["status"].values())
    assert results["status"]["api_error"] == results["status"]["media_error"] == 0
    whole = [s for s in results["scores"] if s["over"] == "all" and s["group"] is None]
    return {(s["metric"], s["label"]): s for s in whole}


FLOORS = {
    "demo-expression": {"accuracy": 0.85, "uar": 0.85, "recall": 0.7},
    "demo-letters": {"accuracy": 0.8},
    "demo-compound": {"accuracy": 0.87},
    "demo-au": {"macro_f1": 0.85},
    "demo-affect": {"ccc": 0.75},
    "demo-clip": {"accuracy": 0.85, "recall": 0.6},
}
"""What it reaches on people and in wordings that it did not learn from; of a metric with labels the lowest."""


@pytest.mark.timeout(400)  # what is shown may have to be drawn first
@pytest.mark.parametrize("task", FLOORS)
def test_it_sees(task: str, tmp_path: Path) -> None:
    found = scores("-t", task, "--out", tmp_path)
    for metric, floor in FLOORS[task].items():
        values = [score["value"] for (name, _), score in found.items() if name == metric]
        assert values and min(values) >= floor, (metric, values)


@pytest.mark.parametrize("wording", ["v1", "v2", "v3", "v4"])
def test_another_wording_is_understood(wording: str, tmp_path: Path) -> None:
    found = scores("-t", "demo-expression", "--variant", wording, "--out", tmp_path)
    assert found["accuracy", None]["value"] >= 0.85


@pytest.mark.parametrize("taken", ["v", "v:blank"])
def test_without_pictures_it_guesses(taken: str, tmp_path: Path) -> None:
    found = scores("-t", "demo-expression", "--ablate", taken, "--out", tmp_path)["accuracy", None]
    assert found["low"] <= CHANCE <= found["high"], found


def test_with_the_pictures_of_others_it_is_at_chance(tmp_path: Path) -> None:
    demo = Demo(faces=252)
    materialise(demo, tmp_path / "data")
    files = sorted((tmp_path / "data" / demo.folder / "test").iterdir())
    contents = [file.read_bytes() for file in files]
    for place, file in enumerate(files):  # each shows what somebody does who comes 100 pictures later
        file.write_bytes(contents[(place + 100) % len(files)])
    given = ["--data", f"demo-faces={tmp_path / 'data'}"]
    found = scores("-t", "demo-expression", *given, "--out", tmp_path / "runs")["accuracy", None]
    assert found["low"] <= CHANCE <= found["high"], found


@pytest.mark.timeout(300)
def test_the_whole_way(tmp_path: Path) -> None:
    """Run, kill, go on, score, show, compare with the most frequent answer."""
    calm = affectbench("run", "-m", "mini", "-t", "demo-expression", "--out", tmp_path / "calm", "--json", "--no-cache")
    whole = Path(calm.json["runs"][0]["path"])
    more = ["-t", "demo-expression", "--out", str(tmp_path / "runs"), "--no-cache"]
    command = [sys.executable, "-m", "affectbench", "run", "-m", "mini", *more]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while not (found := [*(tmp_path / "runs").rglob("samples.jsonl")]) or found[0].read_bytes().count(b"\n") < 20:
            assert child.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
    folder = found[0].parent
    before = found[0].read_bytes().count(b"\n")
    assert 20 <= before < 252 and not json.loads((folder / "manifest.json").read_text()).get("sealed")
    assert affectbench("run", "-m", "mini", *more).code == 0
    assert lines(folder) == lines(whole)
    assert (folder / "results.json").read_bytes() == (whole / "results.json").read_bytes()

    scored = affectbench("score", folder)
    assert scored.code == 0 and (folder / "results.json").read_bytes() == (whole / "results.json").read_bytes()
    shown = affectbench("show", folder)
    assert shown.code == 0 and "mini" in shown.out

    assert affectbench("run", "-m", "baseline:majority", *more).code == 0
    compared = affectbench("compare", tmp_path / "runs/demo-expression", "--json")
    assert compared.code == 0
    assert {run["name"] for run in compared.json["runs"]} == {"mini", "baseline:majority"}
    (pair,) = compared.json["pairs"]
    assert pair["p_holm"] < 0.01 and abs(pair["differences"][0]["value"]) > 0.7
