"""A model takes the words out of free answers: kept like verdicts, scored again without it, beside what rules found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flow.flows import affectbench
from tests.judging.judged_runs import judging_server, replay

TASK = """\
title: Which emotions
dataset:
  title: Texts
  access: {kind: open, send: SEND, publish: {media: true, labels: true, text: true}}
  splits: {test: unknown}
  read:
    rows: {table: {file: rows.csv}}
    id: "{{ id }}"
    split: test
    text: {clip: "{{ clip }}"}
    targets: {words: {labels: open, set: "{{ [first, second] }}"}}
prompt: open/words
answer: {form: open, extract: emotion-words}
metrics: [set_f1, hit]
protocol: words/set-f1
"""
ANSWERS = {
    "w0": "She feels calm and proud.",
    "w1": "calm",
    "w2": "Her shoulders drop. The light goes out of her.",  # rules find nothing
    "w3": "angry, sad",
    "w4": "",
    "w5": "I'm sorry, but I can't help with that.",
    "w6": None,
}
LISTS = {"w0": '["calm", "proud"]', "w1": "[calm]", "w2": "[sad, tired]", "w3": "[angry]"}


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return words(tmp_path / "plugin")


def words(folder: Path, send: str = "any") -> Path:
    for name, text in {
        "data/rows.csv": "id,clip,first,second\n" + "".join(f"w{i},clip {i},calm,proud\n" for i in range(7)),
        "tasks/own/words.yaml": TASK.replace("SEND", send),
        "prompts/open/words.yaml": 'user: "{{ text.clip }} Which emotions?"\n',
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(plugin: Path, *more: str | Path) -> Path:
    model = replay(plugin / "answers.jsonl", ANSWERS)
    bound = ["--plugin", plugin, "--data", f"words={plugin / 'data'}", "--out", plugin / "runs", "--max-bad", "1"]
    done = affectbench("run", "-m", model, "-t", "words", *bound, "--json", *more)
    assert done.code == 0, done.err
    return Path(done.json["runs"][0]["path"])


def extract(folder: Path, model: str, plugin: Path, *more: str) -> int:
    return affectbench("judge", "extract", folder, "-m", model, "--plugin", plugin, *more).code


def results(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text())


def overall(found: Any, over: str = "all") -> dict[str, Any]:
    return {one["metric"]: one for one in found["scores"] if one["over"] == over and one["group"] is None}


def test_words_are_taken_out_beside_the_rules_and_scored_again_without_the_model(plugin: Path) -> None:
    folder = run(plugin)
    before = results(folder)
    model = replay(plugin / "lists.jsonl", LISTS)
    assert extract(folder, model, plugin) == 0
    after = results(folder)
    (found,) = after["extracted"]
    assert {name: after[name] for name in before} == before  # the rules' score stays what it was
    assert found["status"] == {"ok": 4, "judge_error": 0, "unanswered": 3}
    assert (found["prompt"], found["extractor"], found["pinned"]) == ("emotion-words", "replay:lists.jsonl", True)
    assert (found["verdicts"], set(found["usage"])) == (
        "verdicts/emotion-words@replay-lists.jsonl.jsonl", {"prompt_tokens", "completion_tokens"},
    )  # fmt: skip
    score = overall(found)["set_f1"]
    assert score["value"] == pytest.approx((1 + 2 / 3 + 0 + 0) / 7)
    assert score["protocol"].startswith("words/set-f1+emotion-words#")
    assert overall(before)["set_f1"]["value"] == pytest.approx((1 + 2 / 3) / 7)
    agreed = found["agreement"]
    assert (agreed["both"], agreed["model_only"], agreed["rules_only"], agreed["neither"]) == (3, 1, 0, 0)
    assert (agreed["same"], agreed["overlap"]) == (pytest.approx(2 / 3), pytest.approx((1 + 1 + 1 / 2) / 3))
    whole = (folder / "results.json").read_bytes()
    assert affectbench("score", folder).code == 0
    assert (folder / "results.json").read_bytes() == whole
    shown = affectbench("show", folder, "--first", "0").out
    assert "words     sad, tired  (by replay:lists.jsonl)" in shown
    assert "model and rules find the same words in 66.7%" in shown


def test_what_the_model_could_not_read_is_no_answer_of_the_rules(plugin: Path) -> None:
    folder = run(plugin)
    model = replay(plugin / "lists.jsonl", {**LISTS, "w1": "calm, I think", "w3": None})
    assert extract(folder, model, plugin) == 3
    (found,) = results(folder)["extracted"]
    assert found["status"] == {"ok": 2, "judge_error": 2, "unanswered": 3}
    score = overall(found)["set_f1"]
    assert (score["value"], score["interval"]) == (None, "bounds")
    assert (score["low"], score["high"]) == pytest.approx((1 / 7, 3 / 7))
    assert found["agreement"]["rules_only"] == 2
    assert "no list: not one list of words" in affectbench("show", folder, "--first", "0").out
    with judging_server(lambda prompt: "[calm]") as server:  # another model is asked for all of its own
        assert extract(folder, f"openai:m@{server.url}", plugin, "--max-bad", "1") == 0
        assert server.count["requests"] == 4
    assert len(results(folder)["extracted"]) == 2


def test_each_answer_costs_one_call_and_nothing_again(plugin: Path) -> None:
    with judging_server(lambda prompt: "[calm]") as server:
        model = f"openai:m@{server.url}"
        folder = run(plugin, "--extractor", model)
        assert server.count["requests"] == 4
        assert all(request["temperature"] == 0 for request in server.requests)
        assert run(plugin, "--extractor", model) == folder
        assert extract(folder, model, plugin) == 0
        (file,) = (folder / "verdicts").iterdir()
        torn = file.read_bytes()
        file.write_bytes(torn[:-20])
        assert extract(folder, model, plugin) == 0  # the cache has it
        assert server.count["requests"] == 4
        spent = json.loads((folder / "manifest.json").read_text())["extractors"][0]["spent"]
        assert (spent["calls"], spent["cached"]) == (4, 1)
        prompts = plugin / "prompts/extract"
        prompts.mkdir()
        (prompts / "mine.yaml").write_text('user: "Words of {{ answer }}?"\n')
        assert extract(folder, model, plugin, "-p", "mine") == 0
        assert server.count["requests"] == 8
        assert "> calm?" in str(server.requests[-4:])
    assert [one["prompt"] for one in results(folder)["extracted"]] == ["emotion-words", "mine"]


def test_an_answer_cannot_speak_to_its_reader_and_licences_hold(tmp_path: Path) -> None:
    plugin = words(tmp_path / "local", send="local")
    folder = run(plugin)
    done = affectbench("judge", "extract", folder, "-m", "openai:j@http://192.0.2.1/v1", "--plugin", plugin)
    assert (done.code, "may not be sent" in done.err) == (2, True)
    own = f"replay:{plugin / 'answers.jsonl'}"
    done = affectbench("judge", "extract", folder, "-m", own, "--plugin", plugin)
    assert (done.code, "extract the words of its own" in done.err) == (2, True)


def test_what_cannot_be_is_told_before_anything_is_asked(plugin: Path) -> None:
    done = affectbench("run", "-m", "baseline:majority", "-t", "demo-reason", "--extractor", "openai:j@http://127.0.0.1:9/v1",
                       "--data", f"demo-faces={plugin}", "--out", plugin / "runs")  # fmt: skip
    assert (done.code, "no task names a prompt to extract by" in done.err) == (2, True)
    task = plugin / "tasks/own/words.yaml"
    task.write_text(TASK.replace("SEND", "any").replace("emotion-words", "emotion-word"))
    done = affectbench("tasks", "check", "words", "--plugin", plugin)
    assert (done.code, "did you mean 'emotion-words'" in done.err) == (2, True)
    folder = run(words(plugin.parent / "other"))
    done = affectbench("judge", "extract", folder, "--plugin", plugin)
    assert (done.code, "no model" in done.err) == (2, True)
