"""FER+ bound to its real table: 35,887 rows of real votes, pictures by `data mock --fill`."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.flow.flows import affectbench

EMOTIONS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]


@pytest.fixture
def ferplus(shared: Path, tmp_path: Path) -> Path:
    shutil.copytree(shared / "data/ferplus", tmp_path / "ferplus")
    return tmp_path / "ferplus"


def votes(folder: Path, split: str) -> list[dict[str, int]]:
    """Read the votes of the rows that name a picture, with nothing of ours."""
    with (folder / "fer2013new.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["Usage"] == split and row["Image name"]]
    return [{name: int(row[name]) for name in [*EMOTIONS, "unknown", "NF"]} for row in rows]


def by_majority(row: dict[str, int]) -> str | None:
    """The published rule, written anew: single votes do not count, the winner needs more than half of the rest."""
    kept = {name: count if count > 1 else 0 for name, count in row.items()}
    winner = max(kept, key=lambda name: kept[name])
    enough = kept[winner] > sum(kept.values()) / 2
    return winner if enough and winner in EMOTIONS else None


def test_the_counts_are_those_of_the_published_rules(ferplus: Path) -> None:
    with (ferplus / "fer2013new.csv").open() as file:
        assert sum(1 for _ in file) - 1 == 35_887
    report = affectbench("data", "check", "ferplus", "--data", f"ferplus={ferplus}", "--json").json
    assert {name: counts["found"] for name, counts in report["splits"].items()} == {
        "Training": 28_561, "PublicTest": 3_579, "PrivateTest": 3_574,
    }  # fmt: skip
    assert [problem["kind"] for problem in report["problems"]] == ["missing"]


def test_majority_and_vote_accuracy_from_the_real_votes(ferplus: Path, tmp_path: Path) -> None:
    bound = ["--data", f"ferplus={ferplus}"]
    assert affectbench("data", "mock", "ferplus", ferplus, "--fill", "--split", "PrivateTest").code == 0
    runs = affectbench(
        "run",
        "-m",
        "baseline:majority",
        "-t",
        "ferplus",
        "-t",
        "ferplus-votes",
        *bound,
        "--out",
        tmp_path / "r",
        "--json",
    ).json["runs"]
    assert all(run["mock"] for run in runs)

    def main_of(run: dict) -> float:
        plain = (s for s in run["scores"] if s["metric"] == run["main"] and s["over"] == "all")
        return next(s["value"] for s in plain if not s["label"] and not s["group"])

    rows = votes(ferplus, "PrivateTest")
    labels = Counter(filter(None, map(by_majority, rows)))
    majority, voted = runs
    assert majority["n"] == labels.total() == 3_153
    assert main_of(majority) == labels.most_common(1)[0][1] / labels.total()
    assert voted["n"] == len(rows) == 3_574
    shares = {name: sum(row[name] / sum(row.values()) for row in rows) / len(rows) for name in EMOTIONS}
    assert main_of(voted) == pytest.approx(max(shares.values()), abs=1e-12)
    assert voted["baselines"]["human"]["vote_accuracy"] > 0.5


def test_the_ceiling_is_that_of_every_person_left_out_in_turn(ferplus: Path, tmp_path: Path) -> None:
    """Each of the ten votes against what the published rule makes of the other nine, written anew."""
    bound = ["--data", f"ferplus={ferplus}", "--out", tmp_path / "r"]
    done = affectbench("run", "-m", "baseline:majority", "-t", "ferplus", "-t", "ferplus-votes", *bound, "--json")
    majority, voted = (run["baselines"]["human"] for run in done.json["runs"])
    right = Counter[str]()
    asked = Counter[str]()
    shares = []
    for row in votes(ferplus, "PrivateTest"):
        total = sum(row.values())
        shares.append(sum(count * (count - 1) for count in row.values()) / (total * (total - 1)))
        if by_majority(row) is None:
            continue
        for name, count in row.items():
            others = by_majority({**row, name: count - 1}) if count else None
            if others:
                asked[others] += count
                right[others] += count * (name == others)
    assert majority["accuracy"] == pytest.approx(right.total() / asked.total(), abs=1e-12)
    assert majority["uar"] == pytest.approx(sum(right[n] / asked[n] for n in asked) / len(asked), abs=1e-12)
    assert voted["vote_accuracy"] == pytest.approx(sum(shares) / len(shares), abs=1e-12)
    shown = affectbench("show", done.json["runs"][0]["path"]).out
    assert "people" in shown
