"""Shots, turns, repeats, shuffled options and letters, as a server really receives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affectbench.records import read_outcomes
from tests.flow.flows import affectbench
from tests.stub_server import Plan, StubServer

TASK = """\
title: Drawn faces, talked about
dataset: demo-faces
split: test
target: expression
prompt: choice/talk
{more}
metrics: [accuracy, uar]
protocol: talk/accuracy
"""
PROMPT = """\
title: A talk
user: "{{ media }} Which one: {{ labels | join(', ') }}?"
turns: [{turns}]
"""


def talk(folder: Path, more: str = "", turns: str = "", *, plan: Plan | None = None, limit: int = 4) -> tuple[Any, Any]:
    """Run the task against a stub; returns the server and the run's JSON element."""
    (folder / "tasks/own").mkdir(parents=True)
    (folder / "prompts/choice").mkdir(parents=True)
    (folder / "tasks/own/talk.yaml").write_text(TASK.format(more=more))
    (folder / "prompts/choice/talk.yaml").write_text(PROMPT.replace("{turns}", turns))
    with StubServer(plan or Plan()) as server:
        place = ["--plugin", folder, "--out", folder / "runs", "--limit", str(limit), "--no-cache"]
        done = affectbench("run", "-m", f"openai:m@{server.url}", "-t", "talk", *place, "--json")
    assert done.code == 0, done.err
    return server, done.json["runs"][0]


def pictures(request: dict[str, Any]) -> list[str]:
    parts = [part for message in request["messages"] for part in message["content"] if isinstance(part, dict)]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def asked(server: StubServer) -> list[dict[str, Any]]:
    """Return the requests but for the one that shows, by its text alone, whether pictures are taken in."""
    probes = [request for request in server.requests if not pictures(request)]
    assert len(probes) == 1
    return [request for request in server.requests if pictures(request)]


def test_shots_come_from_the_other_split_with_their_pictures(tmp_path: Path) -> None:
    server, run = talk(tmp_path, "shots: {n: 3, from: train, by: label}")
    assert run["n"] == 4
    for request in asked(server):
        assert [m["role"] for m in request["messages"]] == ["user", "assistant"] * 3 + ["user"]
        assert len(set(pictures(request))) == 4
    outcome = next(iter(read_outcomes(Path(run["path"]))))
    assert ["/train/" in facts.source for facts in outcome.sent] == [True, True, True, False]


def test_turns_hold_the_replies_and_the_last_one_is_read(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        text = "fear" if len(request["messages"]) == 1 else "anger"
        return {"message": {"role": "assistant", "content": text}}

    server, run = talk(tmp_path, turns="Are you sure?", plan=Plan(message=reply))
    assert len(asked(server)) == 8
    outcome = next(iter(read_outcomes(Path(run["path"]))))
    assert [response.text for response in outcome.responses] == ["fear", "anger"]
    assert outcome.prompt
    assert [turn.role for turn in outcome.prompt.messages] == ["user", "assistant", "user"]
    assert outcome.parsed
    assert outcome.parsed.value == "anger"


def test_repeats_are_asked_apart_and_count_as_one_sample(tmp_path: Path) -> None:
    server, run = talk(tmp_path, "repeats: 3\nsettings: {temperature: 0.7}")
    assert len(asked(server)) == 12
    assert run["n"] == 4
    assert {s["n"] for s in run["scores"] if not s["group"]} == {4}


def test_letters_and_shuffled_options_are_read_as_shown(tmp_path: Path) -> None:
    server, run = talk(tmp_path, "answer: {letters: true, order: shuffled}", plan=Plan(replies=("B",)))
    for outcome in read_outcomes(Path(run["path"])):
        assert outcome.prompt
        assert outcome.prompt.options
        assert outcome.parsed
        assert outcome.parsed.value == outcome.prompt.options[1]
    assert len({json.dumps(r["messages"]).split("Which one")[1] for r in server.requests}) > 1


@pytest.mark.parametrize("more", ["repeats: 2", "shots: {n: 1, from: tran}", "answer: {form: levels}"])
def test_what_cannot_be_is_said_with_its_place(tmp_path: Path, more: str) -> None:
    (tmp_path / "tasks/own").mkdir(parents=True)
    (tmp_path / "tasks/own/talk.yaml").write_text(TASK.format(more=more).replace("choice/talk", "choice/plain"))
    done = affectbench("run", "-m", "baseline:chance", "-t", "talk", "--plugin", tmp_path)
    assert done.code == 2
    assert "talk.yaml:" in done.err
