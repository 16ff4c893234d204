"""MUStARD bound to its real annotation: 690 dialogues asked by their words, with context and speakers, no clips."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from affectbench.records import read_outcomes
from tests.flow.flows import affectbench
from tests.stub_server import Plan, StubServer


@pytest.fixture
def mustard(shared: Path, tmp_path: Path) -> Path:
    shutil.copytree(shared / "data/mustard", tmp_path / "mustard")
    return tmp_path / "mustard"


def dialogues(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the annotation with nothing of ours."""
    found: dict[str, dict[str, Any]] = json.loads((folder / "sarcasm_data.json").read_text())
    return found


def run(folder: Path, model: str, *more: str | Path, task: str = "mustard", code: int = 0) -> dict[str, Any]:
    where = ["--data", f"mustard={folder}", "--out", folder.parent / "runs"]
    done = affectbench("run", "-m", model, "-t", task, *where, *more, "--json")
    assert done.code == code, done.err
    (found,) = done.json["runs"]
    assert isinstance(found, dict)
    return found


def figures(found: dict[str, Any], *group: str) -> dict[str, float]:
    wanted = {"name": group[0], "value": group[1]} if group else None
    scores = (s for s in found["scores"] if s["over"] == "all" and not s["label"] and s["group"] == wanted)
    return {s["metric"]: s["value"] for s in scores}


def weighted_f1(pairs: list[tuple[bool, bool]]) -> float:
    """The mean of both classes' F1 by their support, written anew."""
    total = 0.0
    for label in (True, False):
        both = sum(gold == said == label for gold, said in pairs)
        named = sum(gold == label for gold, _ in pairs) + sum(said == label for _, said in pairs)
        total += 2 * both / named * sum(gold == label for gold, _ in pairs) if named else 0.0
    return total / len(pairs)


def guess(dialogue: dict[str, Any]) -> bool:
    """A rule that needs words, speaker and context: somebody answers a question, or shouts."""
    return dialogue["utterance"].endswith("!") or dialogue["context"][-1].endswith("?")


def test_a_rule_on_the_words_replayed_has_the_figures_of_the_annotation(mustard: Path, tmp_path: Path) -> None:
    known = dialogues(mustard)
    said = {name: "Yes, sarcastic." if guess(dialogue) else "No." for name, dialogue in known.items()}
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in said.items()))
    found = run(mustard, f"replay:{answers}")
    assert found["n"] == found["status"]["ok"] == 690 and not found["mock"]
    pairs = [(dialogue["sarcasm"], guess(dialogue)) for dialogue in known.values()]
    assert figures(found)["weighted_f1"] == pytest.approx(weighted_f1(pairs), abs=1e-12)
    assert figures(found)["accuracy"] == pytest.approx(sum(g == s for g, s in pairs) / 690, abs=1e-12)
    friends = [(d["sarcasm"], guess(d)) for d in known.values() if d["show"] == "FRIENDS"]
    assert len(friends) == 356
    assert figures(found, "show", "Friends")["weighted_f1"] == pytest.approx(weighted_f1(friends), abs=1e-12)


def test_whoever_says_the_same_always_has_half(mustard: Path) -> None:
    found = run(mustard, "baseline:majority")
    assert figures(found)["accuracy"] == 0.5
    assert figures(found)["weighted_f1"] == pytest.approx(1 / 3, abs=1e-12)
    assert found["baselines"]["chance"]["accuracy"] == 0.5


def test_a_server_is_sent_the_dialogue_with_its_speakers_and_no_media(mustard: Path) -> None:
    known = dialogues(mustard)
    with StubServer(Plan(replies=("no",))) as server:
        found = run(mustard, f"openai:m@{server.url}", "--limit", "3", "--no-cache")
    asked = [json.dumps(request["messages"], ensure_ascii=False) for request in server.requests]
    assert len(asked) == found["n"] == 3 and not any("_url" in text or "input_audio" in text for text in asked)
    outcomes = list(read_outcomes(Path(found["path"])))
    for outcome in outcomes:
        dialogue = known[outcome.id]
        speakers = Counter(map(str.title, [*dialogue["context_speakers"], dialogue["speaker"]]))
        (text,) = [text for text in asked if json.dumps(dialogue["utterance"])[1:-1] in text.replace("\\\\", "\\")]
        assert all(f"{name}: " in text or f"{name} says" in text for name in speakers)
        recorded = "\n".join(message.text for message in outcome.prompt.messages) if outcome.prompt else ""
        assert dialogue["utterance"] not in recorded and "<text:utterance sha256:" in recorded


def test_the_clip_task_says_that_the_clips_are_not_there_and_mocked_ones_can_be_filled_in(mustard: Path) -> None:
    found = run(mustard, "baseline:majority", "--limit", "4", task="mustard-clip", code=3)
    assert found["status"]["media_error"] == 4
    assert affectbench("data", "mock", "mustard", mustard, "--fill").code == 0
    found = run(mustard, "baseline:majority", "--limit", "4", "--out", mustard.parent / "filled", task="mustard-clip")
    assert found["mock"]
    assert found["status"]["ok"] == 4
