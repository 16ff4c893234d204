"""People's own votes on CREMA-D replayed as if a model had given them: a run's tables say what the votes say.

The tables are the real ones with all 22,326 presentations; of the media there is one mocked clip and one mocked sound
under every name, which a replay locates and does not decode.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.flow.flows import affectbench

FIGURES = {"voice": 40.00, "face": 57.44, "both": 63.07}
SEES = {"voice": "[audio]", "face": "[video]", "both": "[audio, video]"}
DIGITS = {"1": "voice", "2": "face", "3": "both"}
CODES = {"A": "ANG", "D": "DIS", "F": "FEA", "H": "HAP", "N": "NEU", "S": "SAD"}
NAMES = {"A": "anger", "D": "disgust", "F": "fear", "H": "happy", "N": "neutral", "S": "sad"}
TASK = """\
title: People on {seen} of CREMA-D
dataset: crema-d-votes
split: {seen}
target: intended
sees: {sees}
prompt: choice/acted-emotion
answer: {{form: choice, labels: crema-d-6}}
metrics: [accuracy, uar, confusion]
main: accuracy
protocol: crema-d/people
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real tables beside mocked media, and a plug-in with a task for each way of presenting a clip."""
    shared = Path(os.environ.get("AFFECTBENCH_SHARED", Path(__file__).parents[3] / "shared")) / "data/crema-d"
    if not shared.is_dir():
        pytest.skip("the real tables of CREMA-D (AFFECTBENCH_SHARED) are not here")
    root = tmp_path_factory.mktemp("crema-d-votes")
    shutil.copytree(shared, root / "data")
    done = affectbench("data", "mock", "crema-d", root / "data", "--fill", "--limit", "1")
    assert done.code == 0, done.err
    clips = {row["fileName"] for row in votes(root)}
    for folder in ("VideoFlash", "AudioWAV"):
        (one,) = (root / "data" / folder).iterdir()
        for clip in clips - {one.stem}:
            os.link(one, one.with_name(clip + one.suffix))
    (root / "tasks/own").mkdir(parents=True)
    for seen, sees in SEES.items():
        (root / f"tasks/own/people-{seen}.yaml").write_text(TASK.format(seen=seen, sees=sees))
    return root


def votes(root: Path) -> list[dict[str, str]]:
    """Read the rows of the tabulated votes with nothing of ours."""
    with (root / "data/tabulatedVotes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def actors(root: Path) -> dict[str, dict[str, str]]:
    """Read who the actors are; ages in the bands that are reported."""
    with (root / "data/VideoDemographics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    bands = ((30, "<30"), (45, "30-44"), (60, "45-59"), (999, "60+"))
    return {
        row["ActorID"]: {
            "sex": row["Sex"].lower(),
            "race": row["Race"],
            "ethnicity": row["Ethnicity"],
            "age": next(band for below, band in bands if int(row["Age"]) < below),
        }
        for row in rows
    }


def expected(root: Path, seen: str) -> dict[tuple[str, str], float]:
    """Share of all single votes for what was played, over all and for each value of each group of the actor."""
    who, right, given = actors(root), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in votes(root):
        if DIGITS[row[""][0]] == seen:
            actor, _, played, _ = row["fileName"].split("_")
            for key in (("", ""), *who[actor].items()):
                right[key] += int(row[played[0]])
                given[key] += int(row["numResponses"])
    return {key: right[key] / n for key, n in given.items()}


def replayed(root: Path, seen: str, out: Path) -> Any:
    """Run `affectbench run` with the people's answers; return its one run."""
    told = out / f"{seen}.csv"
    with told.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "text"])
        for row in votes(root):
            if DIGITS[row[""][0]] == seen:
                lines.writerows([f"{row['fileName']}_{seen}_{CODES[x]}", NAMES[x]] for x in CODES if int(row[x]))
    where = ["--data", f"crema-d-votes={root / 'data'}", "--plugin", root, "--out", out / "runs"]
    done = affectbench("run", "-m", f"replay:{told}", "-t", f"people-{seen}", *where, "--json")
    assert done.code == 0, done.err
    (run,) = done.json["runs"]
    return run


def test_all_presentations_are_there(corpus: Path) -> None:
    rows = votes(corpus)
    assert len(rows) == 22_326 and Counter(row[""][0] for row in rows) == dict.fromkeys("123", 7_442)
    assert sum(int(row["numResponses"]) for row in rows) == 212_000
    assert all(sum(int(row[x]) for x in CODES) == int(row["numResponses"]) for row in rows)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seen", FIGURES)
def test_people_replayed_reach_the_share_of_their_votes(seen: str, corpus: Path, tmp_path: Path) -> None:
    run = replayed(corpus, seen, tmp_path)
    assert run["status"]["ok"] == run["n"] and run["mock"]
    want = expected(corpus, seen)
    found = {
        (s["group"]["name"], s["group"]["value"]) if s["group"] else ("", ""): s
        for s in run["scores"]
        if s["metric"] == "accuracy" and s["over"] == "all" and s["label"] is None
    }
    assert {key: s["value"] for key, s in found.items()} == pytest.approx(want, abs=1e-12)
    assert {name for name, _ in found} == {"", "sex", "race", "age", "ethnicity"}
    assert round(100 * found["", ""]["value"], 2) == FIGURES[seen]
    assert found["", ""]["low"] < found["", ""]["value"] < found["", ""]["high"]
