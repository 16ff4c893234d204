"""What a person sees of a finished run: groups, baselines, how much was answered, tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import affectbench as ab
from affectbench.cli import details, table
from affectbench.errors import UsageError
from tests.flow.flows import LABELS, affectbench, arguments, colours

REFUSAL = "I can't identify emotions of real people."


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return colours(tmp_path / "plugin", n=120)


def replayed(plugin: Path, tmp_path: Path) -> Path:
    """A run that is right on the right side, half so on the left one, and refuses every tenth sample."""
    file = tmp_path / "answers.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "text"])
        for i in range(120):
            said = LABELS[i % 6] if i % 2 == 0 or i % 4 == 1 else LABELS[(i + 1) % 6]
            writer.writerow([f"s{i:04}", REFUSAL if i % 10 == 9 else said])
    done = affectbench(*arguments(plugin, f"replay:{file}", tmp_path / "runs", "--json"))
    return Path(done.json["runs"][0]["path"])


def test_results_hold_groups_baselines_and_rates(plugin: Path, tmp_path: Path) -> None:
    results = json.loads((replayed(plugin, tmp_path) / "results.json").read_text())
    rates = {s["metric"]: s for s in results["scores"] if s["metric"].endswith(("coverage", "_rate"))}
    assert {name: one["value"] for name, one in rates.items()} == pytest.approx(
        {"coverage": 0.9, "refusal_rate": 0.1, "unparsed_rate": 0.0, "error_rate": 0.0}
    )
    assert all(one["low"] <= one["value"] <= one["high"] and one["n"] == 120 for one in rates.values())
    assert set(results["baselines"]) == {"chance", "majority", "prior", "constant"} == set(results["baselines_by"])
    assert not set(rates) & set(results["baselines"]["constant"])
    assert results["above"] == {
        "baseline": "majority", "value": pytest.approx(1 / 6), "p": 2 / 1001, "ahead": True, "holds": True,
    }  # fmt: skip
    (group,) = results["groups"]
    assert (group["name"], group["best"], group["worst"], group["gap"]["p"]) == ("side", "right", "left", 1 / 1001)
    assert [value["n"] for value in group["values"]] == [60, 60]


def test_every_key_is_documented(plugin: Path, tmp_path: Path) -> None:
    results = json.loads((replayed(plugin, tmp_path) / "results.json").read_text())
    text = (Path(__file__).resolve().parents[2] / "docs/results.md").read_text()
    (group,) = results["groups"]
    keys = {*results, *results["scores"][0], *results["above"], *group, *group["gap"], *group["values"][0]}
    keys |= {*results["status"], *results["tables"], *results["baselines"]}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_show_reads_like_a_report(plugin: Path, tmp_path: Path) -> None:
    folder = replayed(plugin, tmp_path)
    shown = affectbench("show", folder, "--first", "0").out
    for words in (
        "90.0% (0.778 over those)",
        "how much was answered",
        "refusal_rate",
        "what guessing reaches",
        "accuracy 0.700 is better than majority 0.167 (p = 0.002)",
        "accuracy by side",
        "left is worst, right best, p = 0.001 (1,000 permutations)",
    ):
        assert words in shown, words
    guess = affectbench(*arguments(plugin, "baseline:majority", tmp_path / "guesses")).out
    assert "not better than majority" in guess


def test_any_metric_by_any_group(plugin: Path, tmp_path: Path) -> None:
    folder = replayed(plugin, tmp_path)
    shown = affectbench("show", folder, "--by", "side", "--metric", "macro_f1").out
    assert "macro_f1 by side" in shown
    assert "s0000" not in shown
    (group,) = ab.groups(folder, by="side", metric="macro_f1")
    assert affectbench("show", folder, "--by", "side", "--metric", "macro_f1", "--json").json["runs"][0]["groups"] == [
        group
    ]
    assert ab.groups(folder) == json.loads((folder / "results.json").read_text())["groups"]
    with pytest.raises(UsageError, match="has no group 'sid'; did you mean 'side'"):
        ab.groups(folder, by="sid")
    assert affectbench("show", folder, "--by", "side", "--metric", "ccc").code == 2
    assert "--by" in affectbench("show", folder, "--metric", "uar").err


def test_samples_are_those_of_one_run(plugin: Path, tmp_path: Path) -> None:
    folder = replayed(plugin, tmp_path)
    results = json.loads((folder / "results.json").read_text())
    assert affectbench("show", folder, "--json").json["results"] == results
    assert "there is no such sample" in affectbench("show", folder, "--status", "api_error").out
    affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs"))
    assert affectbench("show", tmp_path / "runs").code == 0
    for option in ("--json", "--wrong"):
        assert "holds 2 runs: name one of them" in affectbench("show", tmp_path / "runs", option).err


def test_a_long_reply_is_cut_where_it_is_shown(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_text(json.dumps({"id": "s0000", "text": "[" * 20_000}))
    more = ("--limit", "120", "--max-bad", "1")
    affectbench(*arguments(plugin, f"replay:{tmp_path / 'long.jsonl'}", tmp_path / "runs", *more))
    shown = affectbench("show", tmp_path / "runs", "--sample", "s0000").out
    assert "… (20,000 letters; --json prints all)" in shown
    assert len(shown) < 10_000


HOSTILE: dict[str, tuple[str, Any]] = {
    "a group without values": ("groups", [{"name": "sex"}]),
    "a group that is no group": ("groups", [[]]),
    "an unknown guess": ("above", {"baseline": "people", "value": 1.0, "p": None, "ahead": True, "holds": True}),
    "a guess that is no text": ("baselines_by", {"constant": {"uar": 7}}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_results_of_somebody_else_are_checked(plugin: Path, tmp_path: Path, case: str) -> None:
    key, value = HOSTILE[case]
    file = replayed(plugin, tmp_path) / "results.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    done = affectbench("show", file.parent)
    assert done.code == 1
    assert f"not a file of this version of affectbench: {key}" in done.err


def test_what_is_worth_a_line_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    overall = {"over": "all", "fold": None, "group": None, "low": 0.1, "high": 0.3, "interval": "bca", "n": 9}
    scores = [{**overall, "metric": "mae", "label": label, "value": 0.2, "missing": None} for label in (None, "joy")]
    guesses = {"baselines": {"chance": {"mae": 0.5}}, "baselines_by": {"constant": {"mae": "always " + "x" * 900}}}
    details.details({"scores": scores, "tables": {}, "main": "mae", "status": {"ok": 1}, **guesses})
    found = capsys.readouterr().out
    assert "mae (low is better)" in found
    assert "by label" not in found  # one label says the same as all
    assert max(map(len, found.splitlines())) < 120
    scores.append({**scores[1], "label": "awe"})
    details.details({"scores": scores, "tables": {}, "main": "mae", "status": {"ok": 1}, **guesses})
    assert "by label" in capsys.readouterr().out


def shown(capsys: pytest.CaptureFixture[str], **tables: Any) -> str:
    status = {"ok": 1}
    details.details({"scores": [], "tables": tables, "baselines": {"chance": {}}, "main": "uar", "status": status})
    return capsys.readouterr().out


def test_tables_of_any_shape_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    small = {"labels": ["a", "b", "<invalid>"], "counts": [[1, 0, 0.5], [0, 2, 0]]}
    assert "rows are gold, columns are answers" in shown(capsys, confusion=small)
    names = [f"label {i}" for i in range(40)]
    counts = [[7 if i == j else 2 if j == (i + 1) % 40 else 0 for j in range(41)] for i in range(40)]
    many = shown(capsys, confusion={"labels": [*names, "<invalid>"], "counts": counts})
    assert "label 1 2" in many
    assert max(map(len, many.splitlines())) < 60
    bins = {"ece": 0.125, "labels": ["0–0.5", "0.5–1"], "counts": [3, 9], "confidence": [0.25, None]}
    reliability = shown(capsys, reliability=bins)
    assert "ece: 0.125" in reliability
    assert "0.250" in reliability


def test_runs_from_before_are_shown_too(plugin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = json.loads((replayed(plugin, tmp_path) / "results.json").read_text())
    for key in ("above", "groups", "baselines_by"):
        del results[key]
    table.show([results])
    details.details(results)
    assert "what guessing reaches" in capsys.readouterr().out
