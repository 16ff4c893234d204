"""Judging that is killed, torn or fails: the same command asks exactly what is missing and ends with the same bytes."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from affectbench import mini, rejudging
from affectbench.pacing import Retry
from tests.flow.flows import affectbench
from tests.judging.judged_runs import between, finished, prompt_of, texts, verdicts
from tests.served import TRANSFORMERS, serving
from tests.stub_server import Plan, StubServer

N = 80
KILLS = 4


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return texts(tmp_path / "plugin", N)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no judge wait between the tries of a call."""
    monkeypatch.setattr(rejudging, "How", partial(rejudging.How, retry=Retry(first_s=0.001)))


def reply(request: dict[str, Any]) -> dict[str, Any]:
    """Score by the number that the answer holds."""
    number = int("".join(c for c in between(prompt_of(request)) if c.isdecimal()))
    return {"message": {"role": "assistant", "content": f"VERDICT: clues={number % 11}, label={number % 7}"}}


def judge(run: Path, url: str, plugin: Path, *more: str) -> list[str]:
    return list(
        map(str, ["judge", run, "-m", f"openai:j@{url}", "-r", "mine", "--plugin", plugin, "--no-cache", *more])
    )


def said(run: Path) -> list[dict[str, Any]]:
    """The verdicts of a run, each sample's last, without what a clock decides."""
    lines = {line["id"]: line for line in verdicts(run)}
    for line in lines.values():
        line["response"].pop("seconds", None)
    return [lines[name] for name in sorted(lines)]


def judged(run: Path) -> set[str]:
    """The samples whose whole line with scores is in the file."""
    files = list((run / "verdicts").glob("*")) if (run / "verdicts").is_dir() else []
    rows = [json.loads(raw) for file in files for raw in file.read_bytes().split(b"\n")[:-1]]
    return {row["id"] for row in rows if row["status"] == "ok"}


@pytest.mark.timeout(300)
def test_kills_change_nothing(plugin: Path) -> None:
    run = finished(plugin)
    calm_run = plugin / "calm"
    shutil.copytree(run, calm_run)
    with StubServer(Plan(message=reply)) as calm:
        assert affectbench(*judge(calm_run, calm.url, plugin)).code == 0
        port = calm.port
    rng = random.Random(0)
    with StubServer(Plan(latency_s=0.25, message=reply), port=port) as server:
        command = [sys.executable, "-m", "affectbench", *judge(run, server.url, plugin, "--in-flight", "3")]
        for _ in range(KILLS):
            before = judged(run)
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                asked = server.count["requests"]
                while server.count["requests"] == asked and child.poll() is None:
                    time.sleep(0.02)
                time.sleep(rng.uniform(0.2, 0.8))
                child.send_signal(signal.SIGKILL)
            assert before <= judged(run)
        done = judged(run)
        assert 0 < len(done) < N, "the server was too fast, or too slow, for this test"
        (file,) = (run / "verdicts").iterdir()
        with file.open("ab") as lines:
            lines.write(b'{"id":"t0079","repeat":0,"status":"ok","rubric":"mi')  # as a kill within a write leaves it
        asked = server.count["requests"]
        subprocess.run(command, check=True, capture_output=True)
        assert server.count["requests"] - asked == N - len(done)
        assert server.count["requests"] <= N + 3 * KILLS
    assert (run / "results.json").read_bytes() == (calm_run / "results.json").read_bytes()
    assert said(run) == said(calm_run)
    assert len(verdicts(run)) == N


@pytest.mark.timeout(300)
def test_faults_that_pass_change_nothing(plugin: Path, quick: None) -> None:
    run = finished(plugin)
    calm_run = plugin / "calm"
    shutil.copytree(run, calm_run)
    with StubServer(Plan(message=reply)) as calm:
        assert affectbench(*judge(calm_run, calm.url, plugin)).code == 0
        port = calm.port
    with StubServer(Plan(message=reply, faults=0.3), port=port) as rough:
        assert affectbench(*judge(run, rough.url, plugin)).code == 0
        failed = rough.count["requests"] - rough.count["ok"]
        assert failed > 10 and rough.count["ok"] == N
    assert (run / "results.json").read_bytes() == (calm_run / "results.json").read_bytes()
    assert said(run) == said(calm_run)
    spent = json.loads((run / "manifest.json").read_text())["judges"][0]["spent"]
    assert spent["calls"] == N + failed


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty"),
        ('{"clues": 3', "no verdict"),
        ("VERDICT: clues=11, label=1", "outside the scale"),
        ("I cannot.", ""),
    ],
)
def test_replies_that_are_no_verdicts_are_judge_errors_and_asked_again(plugin: Path, content: str, why: str) -> None:
    run = finished(plugin)

    def odd(request: dict[str, Any]) -> dict[str, Any]:
        bad = between(prompt_of(request)).startswith("the brows of 7 ")
        return {"message": {"role": "assistant", "content": content}} if bad else reply(request)

    with StubServer(Plan(message=odd)) as server:
        done = affectbench(*judge(run, server.url, plugin, "--max-bad", "0.01", "--json"))
        port = server.port
    (found,) = done.json["runs"][0]["judged"]
    assert (done.code, found["status"]) == (3, {"ok": N - 1, "judge_error": 1, "unanswered": 0})
    (line,) = [one for one in verdicts(run) if one["status"] == "judge_error"]
    assert (line["id"], line["response"]["text"], why in line["error"]["message"]) == ("t0007", content, True)
    with StubServer(Plan(message=reply), port=port) as server:
        assert affectbench(*judge(run, server.url, plugin)).code == 0
        assert server.count["requests"] == 1


def test_a_judge_that_is_gone_leaves_a_gap_that_is_filled(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejudging, "How", partial(rejudging.How, retry=Retry(tries=2, first_s=0.001)))
    run = finished(plugin)
    with StubServer(Plan(always="500")) as server:
        done = affectbench(*judge(run, server.url, plugin, "--in-flight", "4", "--json"))
        assert done.code == 3
        assert server.count["requests"] < N  # the breaker opened after 20 answers, tried twice each
        port = server.port
    (found,) = done.json["runs"][0]["judged"]
    assert found["status"] == {"ok": 0, "judge_error": N, "unanswered": 0}
    assert (found["scores"][0]["value"], found["scores"][0]["low"], found["scores"][0]["high"]) == (None, 0.0, 10.0)
    with StubServer(Plan(message=reply), port=port) as server:
        assert affectbench(*judge(run, server.url, plugin)).code == 0
        assert server.count["requests"] == N


def test_a_key_that_is_refused_ends_it_and_loses_nothing(plugin: Path) -> None:
    run = finished(plugin)
    before = (run / "results.json").read_bytes()
    with StubServer(Plan(always="401")) as server:
        done = affectbench(*judge(run, server.url, plugin))
    assert done.code == 1
    assert (run / "results.json").read_bytes() == before
    assert affectbench("show", run).code == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_served_model_answers_and_judges(tmp_path: Path) -> None:
    """Both are the small model that ships, behind a server that nobody here wrote; what counts is the record."""
    pytest.importorskip("transformers", reason="the extra hf is not installed")
    pytest.importorskip("uvicorn", reason="transformers[serving] is not installed")
    with serving([*TRANSFORMERS, str(mini.FOLDER), "--device", "cpu"], tmp_path / "log") as url:
        model = f"openai:{mini.FOLDER}@{url}"
        asked = ["-m", model, "-t", "demo-describe", "--limit", "6", "--out", str(tmp_path / "runs"), "--max-bad", "1"]
        done = affectbench("run", *asked, "--json")
        assert done.code == 0, done.err
        run = Path(done.json["runs"][0]["path"])
        refused = affectbench("judge", run, "-m", model, "-r", "description")
        assert (refused.code, "judge its own" in refused.err) == (2, True)
        again = ["judge", str(run), "-m", model, "-r", "description", "--allow-self", "--max-bad", "1", "--json"]
        done = affectbench(*again)
        assert done.code == 0, done.err
        (found,) = done.json["runs"][0]["judged"]
        answered = done.json["runs"][0]["status"]["ok"] + done.json["runs"][0]["status"]["judge_error"]
        lines = verdicts(run)
        assert sum(found["status"].values()) == 6 and len(lines) == answered > 0
        assert found["usage"]["prompt_tokens"] > 0 and list(found["served"].values()) == [answered]
        for line in lines:
            assert line["response"]["usage"]["prompt_tokens"] > 0 and line["response"]["seconds"] > 0
            assert (line["status"] == "ok") == ("scores" in line) == ("error" not in line)
            assert line["cached"] is False
        spent = json.loads((run / "manifest.json").read_text())["judges"][0]["spent"]
        assert (spent["calls"], spent["cached"]) == (answered, 0)
        affectbench(*again)
        ok = sum(line["status"] == "ok" for line in lines)
        assert len(verdicts(run)) == answered + (answered - ok)  # what was no verdict is asked again, and nothing else
