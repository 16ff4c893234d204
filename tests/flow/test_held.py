"""Tasks that hold the model to an answer, or take the likeliest: refused where it cannot be, recorded where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flow.flows import LABELS, Done, affectbench, arguments, colours
from tests.stub_server import Plan, StubServer

CARD = "able: {{backend: openai, id: m, base_url: '{url}', supports: [choice, json, logprobs]}}\n"


def asking(tmp_path: Path, answer: str, server: StubServer | None = None) -> Path:
    """Write the plug-in with another `answer` block, and a card of a server that can do all."""
    plugin = colours(tmp_path / "plugin")
    task = plugin / "tasks/own/colours.yaml"
    task.write_text(task.read_text().replace("answer: {form: choice}", f"answer: {answer}"))
    if server:
        (plugin / "models").mkdir()
        (plugin / "models/own.yaml").write_text(CARD.format(url=server.url))
    return plugin


def run(plugin: Path, model: str, tmp_path: Path) -> Done:
    return affectbench(*arguments(plugin, model, tmp_path / "runs", "--json"))


def lines(done: Done) -> list[dict[str, Any]]:
    folder = Path(done.json["runs"][0]["path"])
    return [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("answer", "needs"),
    [
        ("{constrain: choice}", "supports: [choice]"),
        ("{constrain: json}", "supports: [json]"),
        ("{score_by: likelihood}", "supports: [logprobs]"),
    ],
)
def test_what_a_card_does_not_say_is_refused_before_any_call(tmp_path: Path, answer: str, needs: str) -> None:
    with StubServer() as server:
        done = run(asking(tmp_path, answer), f"openai:m@{server.url}", tmp_path)
        assert (done.code, server.count["requests"]) == (2, 0)
    assert needs in done.err


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("{constrain: choice, parser: emotion-llama}", "reads free replies"),
        ("{score_by: likelihood, parser: emotion-llama}", "reads free replies"),
        ("{constrain: letter}", "'none', 'choice' or 'json'"),
    ],
)
def test_faults_of_the_task_file_have_their_place(tmp_path: Path, answer: str, why: str) -> None:
    done = run(asking(tmp_path, answer), "baseline:majority", tmp_path)
    assert done.code == 2 and why in done.err and "colours.yaml:13:" in done.err


def test_a_constraint_that_is_ignored_gives_no_answer(tmp_path: Path) -> None:
    said = ("anger", "I would say anger.", "Anger", "rage")
    with StubServer(Plan(replies=said)) as server:
        done = run(asking(tmp_path, "{constrain: choice}", server), "able", tmp_path)
        assert all(request["structured_outputs"] == {"choice": list(LABELS)} for request in server.requests)
    for line in lines(done):
        exact = line["responses"][0]["text"] == "anger"
        assert (line["status"], line["parsed"]["rule"]) == (
            ("ok", "constrained choice") if exact else ("unparsed", "not held to the constraint")
        )
        assert line["prompt"]["constrain"] == "choice"
    again = affectbench("score", done.json["runs"][0]["path"], "--json")
    assert again.json["runs"][0]["status"] == done.json["runs"][0]["status"]


def test_json_is_read(tmp_path: Path) -> None:
    with StubServer(Plan(replies=tuple(f'{{"answer": "{label}"}}' for label in LABELS))) as server:
        done = run(asking(tmp_path, "{constrain: json}", server), "able", tmp_path)
    assert done.json["runs"][0]["status"]["ok"] == 12


def first_token(request: dict[str, Any]) -> dict[str, Any]:
    """A server that finds fear likeliest for every picture, whatever it says."""
    tops = [{"token": label[:3], "logprob": -9.0 + 8.0 * (label == "fear")} for label in LABELS]
    content = [{"token": "fea", "logprob": -1.0, "top_logprobs": tops}]
    return {"message": {"content": "Who knows?"}, "logprobs": {"content": content}}


def test_the_likeliest_option_is_the_answer(tmp_path: Path) -> None:
    with StubServer(Plan(message=first_token)) as server:
        done = run(asking(tmp_path, "{score_by: likelihood}", server), "able", tmp_path)
    for line in lines(done):
        assert (line["parsed"]["value"], line["parsed"]["rule"]) == ("fear", "likelihood")
        assert set(line["parsed"]["scores"]) == set(LABELS)
        assert line["prompt"]["score_by"] == "likelihood"
    again = affectbench("score", done.json["runs"][0]["path"], "--json")
    assert again.json["runs"][0]["scores"] == done.json["runs"][0]["scores"]


def test_letters_hide_how_likely_an_option_is_from_a_server(tmp_path: Path) -> None:
    """A reply that begins with `A` means the first option, and not the one whose name begins so."""
    with StubServer(Plan(message=first_token)) as server:
        done = run(asking(tmp_path, "{letters: true, score_by: likelihood}", server), "able", tmp_path)
        assert (done.code, "letters: false" in done.err, server.count["requests"]) == (2, True, 0)


def test_what_sees_nothing_is_held_to_nothing(tmp_path: Path) -> None:
    done = run(asking(tmp_path, "{constrain: choice, score_by: likelihood}"), "baseline:majority", tmp_path)
    assert done.json["runs"][0]["status"]["ok"] == 12
    assert {(line["prompt"]["constrain"], line["prompt"]["score_by"]) for line in lines(done)} == {("none", "text")}


def test_how_an_answer_is_held_is_another_run_and_another_request(tmp_path: Path) -> None:
    runs, digests = set(), set()
    with StubServer(Plan(replies=("fear",))) as server:
        for number, answer in enumerate(("{form: choice}", "{constrain: choice}", "{constrain: json}")):
            done = run(asking(tmp_path / str(number), answer, server), "able", tmp_path)
            digests.add(lines(done)[0]["prompt"]["digest"])
            runs.add(done.json["runs"][0]["run"])
    assert (len(runs), len(digests)) == (3, 3)


def test_what_stands_behind_a_stop_text_is_cut_off(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    task = plugin / "tasks/own/colours.yaml"
    task.write_text(task.read_text() + "settings: {stop: ['</answer>']}\n")
    with StubServer(Plan(replies=("<answer>fear</answer> or anger",))) as server:  # it does not know `stop`
        done = run(plugin, f"openai:m@{server.url}", tmp_path)
        assert server.requests[0]["stop"] == ["</answer>"]
    assert {line["responses"][0]["text"] for line in lines(done)} == {"<answer>fear"}
    assert {line["parsed"]["value"] for line in lines(done)} == {"fear"}
