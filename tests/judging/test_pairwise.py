"""Two runs' answers side by side: both orders are asked, and a judge that goes by the order decides nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import affectbench as package
from affectbench.errors import FileErrors, UsageError
from affectbench.specs.base import read_text
from affectbench.specs.rubric import RubricSpec
from tests.flow.flows import affectbench
from tests.judging.judged_runs import ids, judging_server, replay, texts, verdicts

RUBRIC = """\
title: Which of two descriptions is better
sees: [gold]
pairwise: true
scale: {better: [1, 2]}
user: |
  {{ gold }}
  First: {{ answer }}
  Second: {{ other }}
  {{ verdict }}
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    plugin = texts(tmp_path / "plugin")
    (plugin / "prompts/judge/which.yaml").write_text(RUBRIC)
    return plugin


def run_of(plugin: Path, name: str, answers: dict[str, str | None]) -> Path:
    model = replay(plugin / f"{name}.jsonl", answers)
    asked: list[str | Path] = ["-m", model, "-t", "texts", "--plugin", plugin, "--data", f"texts={plugin / 'data'}"]
    done = affectbench("run", *asked, "--out", plugin / "runs", "--max-bad", "1", "--json")
    return Path(done.json["runs"][0]["path"])


def two(plugin: Path) -> tuple[Path, Path]:
    """Two runs with more or fewer marks; the first says nothing of `t0006`, and neither of `t0007`."""
    ours: dict[str, str | None] = {name: f"brows of {name} {'!' * (i % 3)}" for i, name in enumerate(ids(8))}
    theirs: dict[str, str | None] = {name: f"lips of {name} !" for name in ids(8)}
    return run_of(plugin, "ours", {**ours, "t0006": "", "t0007": ""}), run_of(plugin, "theirs", {**theirs, "t0007": ""})


def shown(prompt: str) -> list[str]:
    return re.findall(r"<judged_answer>\n(.*)\n</judged_answer>", prompt.partition("First:")[2])


def by_marks(prompt: str) -> str:
    """Prefer the answer with more exclamation marks, neither where there are as many."""
    first, second = (answer.count("!") for answer in shown(prompt))
    return f"VERDICT: better={1.5 if first == second else 1 if first > second else 2}"


def against(plugin: Path, runs: tuple[Path, Path], model: str, *more: str) -> dict[str, Any]:
    done = affectbench("judge", runs[0], "--against", runs[1], "-m", model, "-r", "which", "--plugin", plugin, *more)
    assert done.code == 0, done.err
    (found,) = json.loads((runs[0] / "results.json").read_text())["pairwise"]
    assert isinstance(found, dict)
    return found


def test_each_pair_is_asked_in_both_orders(plugin: Path) -> None:
    runs = two(plugin)
    with judging_server(by_marks) as server:
        model = f"openai:j@{server.url}"
        found = against(plugin, runs, model)
        assert server.count["requests"] == 12
        assert against(plugin, runs, model) == found
        assert server.count["requests"] == 12
    # marks 0 1 2 0 1 2 against 1: lost, tied, won, lost, tied, won; t0006 is lost without an answer, t0007 is tied
    assert (found["win"], found["tie"], found["loss"]) == (2, 3, 3)
    assert (found["judged"], found["order_dependent"], found["status"]) == (6, 0.0, {"ok": 8, "judge_error": 0})
    rate = found["scores"][0]
    assert (rate["metric"], rate["value"], rate["n"]) == ("win_rate", (2 + 1.5) / 8, 8)
    assert rate["low"] < rate["value"] < rate["high"]
    lines = verdicts(runs[0])
    assert sorted(line["swapped"] for line in lines) == [False] * 6 + [True] * 6
    out = affectbench("show", runs[0]).out
    assert "won 2 · tied 3 · lost 3" in out and "uncalibrated" in out
    assert affectbench("score", runs[0]).code == 0
    assert json.loads((runs[0] / "results.json").read_text())["pairwise"] == [found]
    mirrored = against(plugin, (runs[1], runs[0]), replay(plugin / "j.jsonl", {}), "--max-bad", "1")
    assert mirrored["status"]["judge_error"] == 6


def test_a_judge_that_goes_by_the_order_makes_ties(plugin: Path) -> None:
    with judging_server(lambda prompt: "VERDICT: better=1") as server:
        found = against(plugin, two(plugin), f"openai:j@{server.url}")
    assert (found["order_dependent"], found["win"], found["tie"], found["loss"]) == (1.0, 0, 7, 1)


def test_a_missing_order_leaves_bounds_and_is_filled(plugin: Path) -> None:
    runs = two(plugin)
    fails = [True]
    with judging_server(lambda p: "?" if fails and "brows of t0002" in shown(p)[0] else by_marks(p)) as server:
        model = f"openai:j@{server.url}"
        found = against(plugin, runs, model, "--max-bad", "1")
        assert found["status"] == {"ok": 7, "judge_error": 1}
        rate = found["scores"][0]
        assert (rate["value"], rate["low"], rate["high"]) == (None, 2.5 / 8, 3.5 / 8)
        fails.clear()
        before = server.count["requests"]
        assert against(plugin, runs, model)["win"] == 2
        assert server.count["requests"] == before + 1


def test_an_answer_of_the_other_run_that_changed_is_asked_again(plugin: Path) -> None:
    runs = two(plugin)
    with judging_server(by_marks) as server:
        model = f"openai:j@{server.url}"
        against(plugin, runs, model)
        before = (runs[1] / "samples.jsonl").read_text()
        (runs[1] / "samples.jsonl").write_text(before.replace("lips of t0002 !", "lips of t0002 !!!"))
        assert against(plugin, runs, model)["loss"] == 4
        assert server.count["requests"] == 14
        (runs[1] / "samples.jsonl").write_text(before)
        assert against(plugin, runs, model)["loss"] == 3
        assert server.count["requests"] == 14


def test_what_makes_no_pairs_is_refused(plugin: Path) -> None:
    runs = two(plugin)
    model = replay(plugin / "j.jsonl", {})
    for more, said in (
        (["-r", "which"], "name the other one with --against"),
        (["-r", "mine", "--against", str(runs[1])], "scores single answers"),
        (["-r", "which", "--against", str(runs[0])], "makes no pairs with itself"),
    ):
        done = affectbench("judge", runs[0], "-m", model, "--plugin", plugin, *more)
        assert (done.code, said in done.err) == (2, True), done.err
    with pytest.raises(UsageError, match="would judge its own"):
        package.judge(runs[0], f"replay:{plugin / 'theirs.jsonl'}", "which", runs[1], plugins=plugin)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{better: [1, 2]}", "{better: [1, 2], worse: [1, 2]}", "a pairwise rubric has one scale"),
        ("  Second: {{ other }}\n", "", "has no place for 'other'"),
        ("pairwise: true\n", "", "uses 'other', another run's answer"),
    ],
)
def test_a_fault_of_a_pairwise_rubric_is_told(old: str, new: str, said: str) -> None:
    with pytest.raises(FileErrors, match=said):
        read_text(RUBRIC.replace(old, new), RubricSpec, "which", "which.yaml")


def test_a_task_names_no_pairwise_rubric(tmp_path: Path) -> None:
    plugin = texts(tmp_path / "plugin", judge="which")
    (plugin / "prompts/judge/which.yaml").write_text(RUBRIC)
    done = affectbench("tasks", "check", "texts", "--plugin", plugin)
    assert (done.code, "compares two runs" in done.err) == (2, True)
