"""Rubrics that show the media: the judge gets what the model got, and what was judged is known by its bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import affectbench as package
from tests.flow.flows import affectbench
from tests.judging.judged_runs import replay, verdicts
from tests.stub_server import Plan, StubServer

N = 4
TASK = """\
title: What a picture shows
dataset:
  title: Pictures
  access: {{kind: open, send: {send}, publish: {{media: true, labels: true, text: true}}}}
  splits: {{test: unknown}}
  read:
    rows: {{table: {{file: rows.csv}}}}
    id: "{{{{ file | stem }}}}"
    split: test
    media: {{face: {{kind: image, path: "{{{{ file }}}}"}}}}
    targets: {{description: {{text: "{{{{ gold }}}}"}}}}
answer: {{form: text}}
metrics: [token_f1]
judge: seen
protocol: pictures/token-f1
"""
RUBRIC = """\
title: Whether a description is of the picture
sees: [media]
scale: {right: [0, 10]}
user: |
  {{ media }}
  {{ answer }}
  {{ verdict }}
"""


def pictures(folder: Path, send: str = "any") -> Path:
    """Write a plug-in with the task `pictures`, the rubric `seen` and the data; returns the plug-in."""
    (folder / "data").mkdir(parents=True)
    for i in range(N):
        Image.new("RGB", (8, 8), (40 * i, 90, 90)).save(folder / f"data/p{i}.png")
    rows = ["file,gold", *(f"p{i}.png,shade {i}" for i in range(N))]
    (folder / "data/rows.csv").write_text("\n".join(rows) + "\n")
    for name, text in (("tasks/own/pictures.yaml", TASK.format(send=send)), ("prompts/judge/seen.yaml", RUBRIC)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def server() -> StubServer:
    def reply(request: dict[str, object]) -> dict[str, object]:
        judges = "judged_answer" in json.dumps(request)
        return {"message": {"role": "assistant", "content": "VERDICT: right=7" if judges else "a shade"}}

    def usage(request: dict[str, object]) -> dict[str, int]:
        return {"prompt_tokens": 10 + 90 * ("image_url" in json.dumps(request)), "completion_tokens": 2}

    return StubServer(Plan(message=reply, usage=usage))


def run_of(plugin: Path, model: str, *more: str | Path) -> Path:
    data = f"pictures={plugin / 'data'}"
    asked: list[str | Path] = ["-m", model, "-t", "pictures", "--plugin", plugin, "--data", data]
    done = affectbench("run", *asked, "--out", plugin / "runs", "--json", *more)
    assert done.code == 0, done.err
    return Path(done.json["runs"][0]["path"])


def judge(run: Path, plugin: Path, model: str, *more: str) -> int:
    data = f"pictures={plugin / 'data'}"
    return affectbench("judge", run, "-m", model, "--plugin", plugin, "--data", data, *more).code


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return pictures(tmp_path / "plugin")


def test_the_judge_gets_what_the_model_got(plugin: Path) -> None:
    with server() as stub:
        run = run_of(plugin, f"openai:m@{stub.url}")
        asked = [json.dumps(request["messages"]) for request in stub.requests]
        urls = {text.split('"url": "')[1].split('"')[0] for text in asked if '"url": "' in text}
        assert judge(run, plugin, f"openai:j@{stub.url}") == 0
        judged = [request["messages"] for request in stub.requests if "judged_answer" in json.dumps(request)]
        seen = [part for messages in judged for part in messages[-1]["content"] if part["type"] == "image_url"]
        assert len(judged) == N and {part["image_url"]["url"] for part in seen} == urls and len(urls) == N
        before = stub.count["requests"]
        assert judge(run, plugin, f"openai:j@{stub.url}") == 0
        assert stub.count["requests"] == before
    lines = {line["id"]: line for line in verdicts(run)}
    sent = {
        row["id"]: row["sent"][0]["digest"] for row in map(json.loads, (run / "samples.jsonl").read_text().splitlines())
    }
    assert {name: line["shown"] for name, line in lines.items()} == {n: [f"face:{d}"] for n, d in sent.items()}
    assert len({line["judged"] for line in lines.values()}) == N
    assert affectbench("score", run).code == 0  # without the data
    assert json.loads((run / "results.json").read_text())["judged"][0]["scores"][0]["value"] == 7.0


def test_another_picture_is_no_longer_what_was_judged(plugin: Path) -> None:
    with server() as stub:
        run = run_of(plugin, f"openai:m@{stub.url}")
        Image.new("RGB", (8, 8), (9, 9, 9)).save(plugin / "data/p2.png")
        assert judge(run, plugin, f"openai:j@{stub.url}") == 3
        assert sum("judged_answer" in json.dumps(request) for request in stub.requests) == N - 1
    (line,) = [line for line in verdicts(run) if line["status"] == "judge_error"]
    assert (line["id"], line["error"]["stage"], line["error"]["kind"]) == ("p2", "media", "changed")


def test_a_run_without_sight_is_judged_on_the_media_of_its_task(plugin: Path) -> None:
    run = run_of(plugin, replay(plugin / "a.jsonl", {f"p{i}": "a shade" for i in range(N)}))
    with server() as stub:
        for _ in range(2):
            assert judge(run, plugin, f"openai:j@{stub.url}") == 0
        assert stub.count["requests"] == N
    assert all(line["shown"][0].startswith("face:") for line in verdicts(run))
    assert len({line["judged"] for line in verdicts(run)}) == N


def test_a_judge_within_a_run_and_from_python(plugin: Path) -> None:
    with server() as stub:
        run = run_of(plugin, f"openai:m@{stub.url}", "--judge", f"openai:j@{stub.url}")
        assert json.loads((run / "results.json").read_text())["judged"][0]["status"]["ok"] == N
        data = {"pictures": plugin / "data"}
        found = package.judge(run, f"openai:k@{stub.url}", plugins=plugin, data=data)
    assert found.results["judged"][1]["status"]["ok"] == N


def test_a_judge_that_cannot_see_is_refused_before_it_is_asked(plugin: Path) -> None:
    (plugin / "models").mkdir()
    with server() as stub:
        card = f"blind:\n  backend: openai\n  id: j\n  base_url: {stub.url}\n  accepts: []\n"
        (plugin / "models/blind.yaml").write_text(card)
        run = run_of(plugin, replay(plugin / "a.jsonl", {f"p{i}": "a shade" for i in range(N)}))
        done = affectbench("judge", run, "-m", "blind", "--plugin", plugin, "--data", f"pictures={plugin / 'data'}")
        assert (done.code, "does not accept image" in done.err) == (2, True)
        asked: list[str | Path] = ["-m", f"openai:m@{stub.url}", "-t", "pictures", "--plugin", plugin]
        done = affectbench("run", *asked, "--data", f"pictures={plugin / 'data'}", "--judge", "blind", "--out", plugin)
        assert (done.code, "does not accept image" in done.err) == (2, True)
        assert stub.count["requests"] == 0


def test_licences_hold_for_what_a_judge_sees(tmp_path: Path) -> None:
    plugin = pictures(tmp_path / "plugin", send="local")
    run = run_of(plugin, replay(plugin / "a.jsonl", {f"p{i}": "a shade" for i in range(N)}))
    done = affectbench(
        "judge", run, "-m", "openai:j@http://192.0.2.1/v1", "--plugin", plugin, "--data", f"pictures={plugin / 'data'}"
    )
    assert (done.code, "may not be sent" in done.err) == (2, True)


def test_without_the_data_it_says_so(plugin: Path) -> None:
    run = run_of(plugin, replay(plugin / "a.jsonl", {f"p{i}": "a shade" for i in range(N)}))
    done = affectbench("judge", run, "-m", "openai:j@http://127.0.0.1:9/v1", "--plugin", plugin)
    assert (done.code, "--data" in done.err) == (2, True)
