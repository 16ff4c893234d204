"""A task whose main score is a judge's: it stands where a metric would, with what must be known of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import affectbench as package
from affectbench.catalogue import Catalogue
from affectbench.errors import FileErrors
from affectbench.task import bind
from tests.flow.flows import affectbench
from tests.judging.judged_runs import finished, ids, judging_server, replay, texts, verdicts

RANKED = "mine\nmain: mine/clues"
SAID = "VERDICT: clues={}, label=10"
SUITE = "title: Texts\ntasks: [texts, other]\naggregate: {name: both, mean_of: [texts, other]}\n"


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return texts(tmp_path / "plugin", judge=RANKED)


def results(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "results.json").read_text())
    return found


def main_of(run: Path, scale: str = "clues") -> dict[str, Any]:
    return next(one for one in results(run)["scores"] if one["metric"] == f"mine/{scale}" and one["over"] == "all")


def test_before_anybody_judged_there_are_bounds_alone(plugin: Path) -> None:
    run = finished(plugin)
    found = results(run)
    assert found["main"] == "mine/clues"
    assert found["main_by"] == {"rubric": "mine", "digest": None, "judge": None, "calibrated": False}
    assert (found["status"]["ok"], found["status"]["judge_error"]) == (0, 8)
    main = main_of(run)
    assert (main["value"], main["low"], main["high"], main["interval"]) == (None, 0.0, 10.0, "bounds")
    assert "not judged" in affectbench("show", run).out


def test_a_scale_stands_where_a_metric_would(plugin: Path) -> None:
    model = replay(plugin / "judge.jsonl", {name: SAID.format(i) for i, name in enumerate(ids(8))})
    run = finished(plugin, None, "--judge", model)
    found, main = results(run), main_of(run)
    assert (main["value"], main["n"], main["missing"]) == (3.5, 8, "lowest")
    assert main["low"] < 3.5 < main["high"]
    assert found["protocol"].startswith("texts/token-f1+mine#")
    assert found["status"]["ok"] == 8
    (sides,) = found["groups"]
    assert (sides["metric"], {one["value"]: one["score"] for one in sides["values"]}) == (
        "mine/clues", {"left": 4.0, "right": 3.0},
    )  # fmt: skip
    assert package.groups(run, "side") == found["groups"]
    assert package.groups(run, "side", "mine/label")[0]["values"][0]["score"] == 10.0
    shown = affectbench("show", run).out
    assert "mine/clues" in shown and "uncalibrated judge" in shown
    frame = package.load_runs(plugin / "runs")
    row = frame[(frame.metric == "mine/clues") & (frame.over == "all") & frame.group.isna()].iloc[0]
    assert (row.value, row.judge, row.calibrated) == (3.5, "replay:judge.jsonl", False)
    assert affectbench("score", run).code == 0
    assert results(run) == found


STRICT = """\
title: Steps
parser: mme-emotion-strict
scale: {recognition: [0, 1], reasoning: [0, 1]}
aggregate: {chain: {recognition: 0.5, reasoning: 0.5}}
user: "{{ answer }} {{ verdict }}"
"""
STEPS = ["1/1", "0/1", "1/1, Step 2: 1/1", "0/1, Step 2: 1/1"]


def test_a_sum_of_scales_stands_there_too(tmp_path: Path) -> None:
    plugin = texts(tmp_path / "plugin", judge="mine\nmain: mine/chain")
    (plugin / "prompts/judge/mine.yaml").write_text(STRICT)
    assert (main_of(finished(plugin), "chain")["low"], main_of(finished(plugin), "chain")["high"]) == (0.0, 1.0)
    said = {name: f"<score>Step 1: {STEPS[i % 4]}</score>" for i, name in enumerate(ids(8))}
    run = finished(plugin, None, "--judge", replay(plugin / "judge.jsonl", said))
    main = main_of(run, "chain")
    assert (main["value"], main["n"]) == (0.625, 8)  # recognition 3 / 4, reasoning 1 / 2 of the four that have any
    found = results(run)["judged"][0]["scores"]
    by_group = [one for one in found if one["metric"] == "reasoning" and one["group"]]
    assert [(one["value"], one["n"]) for one in by_group] == [(1.0, 2), (0.0, 2)]
    assert package.groups(run, "side", "mine/chain") == results(run)["groups"]
    other = finished(plugin, {name: f"another of {name}" for name in ids(8)}, "--judge", f"replay:{plugin}/judge.jsonl")
    compared = package.compare(run, other)
    assert (compared.metric, [one.metric for one in compared.pairs[0].differences]) == (
        "mine/chain", ["mine/recognition", "mine/reasoning", "mine/chain"],
    )  # fmt: skip


def test_a_missing_verdict_withholds_it(plugin: Path) -> None:
    replies = {name: SAID.format(4) for name in ids(8)} | {"t0003": "Hm."}
    model = replay(plugin / "judge.jsonl", replies)
    done = affectbench(
        "run", "-m", replay(plugin / "a.jsonl", dict.fromkeys(ids(8), "brows")), "-t", "texts", "--plugin", plugin,
        "--data", f"texts={plugin / 'data'}", "--out", plugin / "out", "--judge", model, "--json",
    )  # fmt: skip
    assert done.code == 3
    (run,) = done.json["runs"]
    assert (run["status"]["ok"], run["status"]["judge_error"]) == (7, 1)
    assert (run["judged"][0]["cost"], run["judged"][0]["status"]["judge_error"]) == (0.0, 1)
    main = main_of(Path(run["path"]))
    assert (main["value"], main["low"], main["high"]) == (None, 3.5, 4.75)
    shown = affectbench("show", run["path"], "--status", "judge_error").out
    assert "t0003: ok" in shown and "t0001" not in shown


def test_verdicts_of_a_rubric_of_the_task_are_missed_under_any_main(tmp_path: Path) -> None:
    plugin = texts(tmp_path / "plugin", judge="mine")
    assert results(finished(plugin))["status"]["judge_error"] == 0  # nobody was to judge it yet
    model = replay(plugin / "judge.jsonl", {name: SAID.format(4) for name in ids(8)} | {"t0003": "Hm."})
    found = results(finished(plugin, None, "--judge", model))
    assert (found["status"]["judge_error"], found["main"]) == (1, "token_f1")
    assert next(one for one in found["scores"] if one["metric"] == "token_f1")["value"] is not None


def test_money_and_tokens_of_a_judge_stand_where_those_of_a_model_do(plugin: Path) -> None:
    (plugin / "models").mkdir()
    with judging_server(lambda prompt: SAID.format(5)) as server:
        card = (
            f"paid:\n  backend: openai\n  id: j\n  base_url: {server.url}\n  price: {{prompt: 100, completion: 1000}}\n"
        )
        (plugin / "models/paid.yaml").write_text(card)
        done = affectbench("judge", finished(plugin), "-m", "paid", "--plugin", plugin, "--json")
    (run,) = done.json["runs"]
    (judged,) = run["judged"]
    assert judged["usage"]["completion_tokens"] == 16
    assert run["cost"] == judged["cost"] > 0
    manifest = json.loads((Path(run["path"]) / "manifest.json").read_text())
    assert manifest["judges"][0]["spent"]["cost"] == pytest.approx(judged["cost"])
    assert "cost" not in results(Path(run["path"]))["judged"][0]
    line = verdicts(Path(run["path"]))[0]
    assert line["response"]["usage"]["cost"] > 0 and line["response"]["seconds"] >= 0


def test_runs_are_compared_by_a_scale(plugin: Path) -> None:
    runs = []
    for name in ("one", "two"):
        given = {sample: f"{name} brows of {i} go up" for i, sample in enumerate(ids(8))}
        answers = replay(plugin / f"{name}.jsonl", given)
        done = affectbench(
            "run", "-m", answers, "-t", "texts", "--plugin", plugin, "--data", f"texts={plugin / 'data'}", "--out",
            plugin / "runs", "--max-bad", "1", "--json",
        )  # fmt: skip
        runs.append(Path(done.json["runs"][0]["path"]))
    refused = affectbench("compare", *runs)
    assert (refused.code, "was not judged by 'mine'" in refused.err) == (2, True)

    def rule(prompt: str) -> str:
        number = next(i for i in range(8) if f"brows {i} raised" in prompt)
        return SAID.format(number % 5 + (3 if "two brows" in prompt else 0))

    with judging_server(rule) as server:
        model = f"openai:j@{server.url}"
        assert affectbench("judge", plugin / "runs", "-m", model, "--plugin", plugin).code == 0
        found = package.compare(*runs)
        assert (found.metric, found.judge, found.calibrated) == ("mine/clues", f"openai:j@{server.url}", False)
        main = found.pairs[0].of("mine/clues")
        assert (main.value, main.p_bootstrap is not None) == (-3.0, True)
        assert main.p is not None and main.p < 0.05
        assert "uncalibrated judge" in affectbench("compare", *runs).out
        assert package.compare(*runs, metric="token_f1").judge is None
        assert package.compare(*runs, metric="mine/label").metric == "mine/label"
        other = f"openai:other@{server.url}"
        assert affectbench("judge", runs[0], "-m", other, "--plugin", plugin).code == 0
        refused = affectbench("compare", *runs)
    assert (refused.code, "the judges" in refused.err) == (2, True)


def test_a_suite_is_made_of_it_and_says_so(plugin: Path) -> None:
    task = (plugin / "tasks/own/texts.yaml").read_text()
    (plugin / "tasks/own/other.yaml").write_text(task)
    (plugin / "tasks/suites").mkdir()
    (plugin / "tasks/suites/all-texts.yaml").write_text(SUITE)
    model = replay(plugin / "judge.jsonl", {name: SAID.format(i) for i, name in enumerate(ids(8))})
    asked: list[str | Path] = [
        "-t",
        "all-texts",
        "-m",
        replay(plugin / "a.jsonl", dict.fromkeys(ids(8), "brows")),
        "--plugin",
        plugin,
    ]
    data = ["--data", f"texts={plugin / 'data'}", "--data", f"other={plugin / 'data'}"]
    more: list[str | Path] = [*data, "--out", plugin / "out", "--judge", model]
    done = affectbench("run", *asked, *more, "--json")
    (total,) = done.json["suites"]
    assert (total["value"], total["uncalibrated"]) == (3.5, True)
    assert "uncalibrated judge" in affectbench("run", *asked, *more).out


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("mine\nmain: mine/clue", "the rubric 'mine' has no scale 'clue'; did you mean 'clues'?"),
        ("mine\nmain: other/clues", "`judge` names no rubric 'other' (rubrics: mine)"),
        ("mine\nmain: clues", "'clues' is not one of the metrics token_f1"),
    ],
)
def test_a_main_that_is_no_scale_is_a_fault_of_the_file(tmp_path: Path, named: str, said: str) -> None:
    plugin = texts(tmp_path / "plugin", judge=named)
    with pytest.raises(FileErrors) as caught:
        bind(Catalogue((plugin,)), "texts")
    assert said in str(caught.value)
