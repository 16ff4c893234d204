"""The suite `demo-reasoning` offline: model and judge from files, killed and resumed, with faults; nothing is drawn."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from affectbench import clues, voices
from affectbench.catalogue import Catalogue
from affectbench.datasets import Source, bind, read
from affectbench.datasets.demo import Demo
from affectbench.datasets.demo_clips import Clips
from affectbench.faces import units
from affectbench.task import bind as bind_task
from affectbench.types import Sample
from tests.flow.flows import Done, affectbench
from tests.stub_server import Plan, StubServer
from tests.trees import labels_of

CLIPS, FACES = Clips(clips=252, train=21), Demo(faces=252, train=70)
pytestmark = pytest.mark.timeout(400)  # whole runs, read clue by clue and resampled
TASKS = ("demo-reason", "demo-reason-clip")
LIMIT = 24
GOOD = "VERDICT: clues={}, label=10"


@pytest.fixture
def placed(tmp_path: Path) -> list[str]:
    """Return the options that bind the demo to files of one byte: what is replayed is sent nothing."""
    for demo, name in ((FACES, "demo-faces"), (CLIPS, "demo-clips")):
        for path in (path for files in demo.files() for path in files):
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(b".")
    return [f"--data={name}={tmp_path / name}" for name in ("demo-faces", "demo-clips")]


def samples(placed: list[str], task: str) -> list[Sample]:
    roots = {name: Path(path) for name, _, path in (one.removeprefix("--data=").partition("=") for one in placed)}
    bound = bind_task(Catalogue(), task)
    return list(bind(bound, {bound.dataset.id: roots[bound.dataset.id]}, LIMIT).samples)


def told(sample: Sample) -> str:
    """Return the answer of somebody who sees each unit and hears each cue."""
    found = [units.CUES[int(unit.removeprefix("AU"))] for unit in sample.gold.labels or ()]
    voice = (sample.gold.text or "").partition(". ")[2]
    return f"{', '.join(found) or 'the face is relaxed'}. {voice}\nLabel: {sample.gold.label}"


def rows(path: Path, found: Mapping[tuple[str, str], str | None]) -> str:
    """Write replies by task and id, None for an error; returns the model's name."""
    lines = [
        {"task": task, "id": name, **({"error": "gone"} if text is None else {"text": text})}
        for (task, name), text in found.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return f"replay:{path}"


def answers(placed: list[str]) -> dict[tuple[str, str], str | None]:
    return {(task, sample.id): told(sample) for task in TASKS for sample in samples(placed, task)}


def suite(placed: list[str], model: str, out: Path, *more: str) -> list[str]:
    return ["run", "-m", model, "-t", "demo-reasoning", *placed, "--limit", str(LIMIT), "--out", str(out), *more]


def results(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).parts[0]: path.read_bytes() for path in out.rglob("results.json")}


def verdicts(out: Path, task: str) -> list[dict[str, Any]]:
    (file,) = (out / task).rglob("verdicts/*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def overall(run: Mapping[str, Any]) -> dict[str, Any]:
    kept = (one for one in run["scores"] if one["over"] == "all" and one["label"] is one["group"] is None)
    return {one["metric"]: one["value"] for one in kept}


# -- gold ------------------------------------------------------------------------------------------------------------


def test_gold_names_what_was_drawn_and_spoken() -> None:
    task = bind_task(Catalogue(), "demo-reason-clip")
    source = Source(spec=task.dataset, roots={"demo-clips": Path()}, labels=labels_of("demo-clips"), split="test",
                    where=task.spec.where, target="reason")  # fmt: skip
    gold = {sample.id: sample.gold for sample in read(source).samples}
    reader = clues.Reader(Catalogue().load("lexicon", "clues").spec)
    spoken = {Path(files[0]).stem: clip for files, clip in zip(CLIPS.files(), CLIPS._clips(), strict=True)}
    assert len(gold) == 168
    for name, one in gold.items():
        clip = spoken[name]
        heard = {f"voice/{cue}" for cue in voices.cues(clip._spoken()[0])}
        assert {clue for clue in clues.written(reader(one.text or "")) if "voice/" in clue} == heard
        assert (one.labels, one.label) == (clip.face.aus, clip.emotion)
    assert sum("voice" in (one.text or "") for one in gold.values()) > 100


# -- runs ------------------------------------------------------------------------------------------------------------


def test_the_suite_is_scored_and_judged_from_files(placed: list[str], tmp_path: Path) -> None:
    found = answers(placed)
    model = rows(tmp_path / "model.jsonl", found)
    judge = rows(tmp_path / "judge.jsonl", {key: GOOD.format(i % 11) for i, key in enumerate(found)})
    done = affectbench(*suite(placed, model, tmp_path / "runs", "--judge", judge, "--json"))
    assert done.code == 0, done.err
    faces, clips = done.json["runs"]
    assert (faces["task"], clips["task"]) == TASKS
    for run in (faces, clips):
        values = overall(run)
        assert values["clue_f1"] == values["claimed_au_f1"] == values["label_accuracy"] == 1.0
        (judged,) = run["judged"]
        assert judged["status"] == {"ok": LIMIT, "judge_error": 0, "unanswered": 0}
        assert all("VERDICT" in line["response"]["text"] for line in verdicts(tmp_path / "runs", run["task"]))
    channels = {one["label"]: one["value"] for one in clips["scores"]
                if one["metric"] == "clue_f1_by_channel" and one["over"] == "all" and one["group"] is None}  # fmt: skip
    assert (channels["face"], channels["voice"], channels["gaze"]) == (1.0, 1.0, None)


def test_claims_of_what_was_taken_away_are_counted(placed: list[str], tmp_path: Path) -> None:
    task = "demo-reason-clip"
    found: dict[tuple[str, str], str | None] = {}
    for i, sample in enumerate(samples(placed, task)):
        heard = ("The voice is loud.", "No voice is heard.", "The sound is missing.", "There is no trembling voice.")
        found[task, sample.id] = f"The lip corners are pulled up. {heard[i % 4]}\nLabel: happiness"
    model = rows(tmp_path / "model.jsonl", found)
    run: list[str | Path] = [
        "run",
        "-m",
        model,
        "-t",
        task,
        *placed,
        "--limit",
        str(LIMIT),
        "--out",
        tmp_path,
        "--ablate",
        "a,v",
    ]
    done = affectbench(*run, "--json")
    assert done.code == 0, done.err
    values = {one["variant"]: overall(one)["invented_modality"] for one in done.json["runs"]}
    assert values == {"base": None, "without sound": 0.25, "without pictures": 1.0}


def test_faults_of_model_and_judge_are_counted_and_told(placed: list[str], tmp_path: Path) -> None:
    found = answers(placed)
    keys = list(found)
    broken = {**found, keys[0]: None, keys[1]: ""}
    del broken[keys[2]]
    model = rows(tmp_path / "model.jsonl", broken)
    said: dict[tuple[str, str], str | None] = {key: GOOD.format(7) for key in keys[3:]}
    said |= {keys[3]: None, keys[4]: "7 of 10?", keys[5]: "VERDICT: clues=70, label=10"}
    del said[keys[6]]
    judge = rows(tmp_path / "judge.jsonl", said)
    done = affectbench(*suite(placed, model, tmp_path / "runs", "--judge", judge, "--max-bad", "1", "--json"))
    assert done.code == 0, done.err
    run = done.json["runs"][0]
    ended = {status: n for status, n in run["status"].items() if n}
    assert ended == {"ok": LIMIT - 7, "judge_error": 4, "unparsed": 1, "api_error": 2}
    (judged,) = run["judged"]
    assert judged["status"] == {"ok": LIMIT - 7, "judge_error": 4, "unanswered": 3}
    score = next(one for one in judged["scores"] if one["metric"] == "clues" and one["over"] == "all")
    lowest, highest = (7 * (LIMIT - 7) + 4 * end for end in (0, 10))
    assert (score["value"], score["interval"]) == (None, "bounds")
    assert (score["low"], score["high"]) == pytest.approx((lowest / LIMIT, highest / LIMIT))
    errors = {line["id"]: line["error"]["kind"] for line in verdicts(tmp_path / "runs", TASKS[0]) if "error" in line}
    assert [errors[name] for _, name in keys[3:7]] == ["replayed", "unparsed", "unparsed", "no_reply"]
    whole = rows(tmp_path / "whole.jsonl", found)
    assert affectbench(*suite(placed, whole, tmp_path / "runs", "--judge", judge)).code == 3


def test_killed_at_any_moment_it_ends_with_the_same_bytes(placed: list[str], tmp_path: Path) -> None:
    found = answers(placed)
    model = rows(tmp_path / "model.jsonl", found)
    judge = rows(tmp_path / "judge.jsonl", {key: GOOD.format(i % 11) for i, key in enumerate(found)})
    calm = affectbench(*suite(placed, model, tmp_path / "calm", "--judge", judge))
    assert calm.code == 0, calm.err
    command = suite(placed, model, tmp_path / "runs", "--judge", judge)
    for place, lines in (("records.Record", 30), ("judging.verdicts.Verdicts", 9)):
        assert killed(command, place, lines) == -signal.SIGKILL
    assert affectbench(*command).code == 0
    assert results(tmp_path / "runs") == results(tmp_path / "calm")
    for task in TASKS:
        ids = [line["id"] for line in verdicts(tmp_path / "runs", task)]
        assert len(ids) == len(set(ids)) == LIMIT


def killed(command: list[str], place: str, lines: int) -> int:
    """Carry out a command that is killed by SIGKILL once so many lines were appended; returns how it ended."""
    module, _, name = place.rpartition(".")
    code = (
        "import os, signal, sys\n"
        f"from affectbench.{module} import {name}\n"
        "from affectbench.cli import cli\n"
        "append, left = " + f"{name}.append, [{lines}]\n"
        "def counted(self, line):\n"
        "    append(self, line)\n"
        "    left[0] -= 1\n"
        "    if not left[0]:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{name}.append = counted\n"
        "cli.main(sys.argv[1:])\n"
    )
    return subprocess.run([sys.executable, "-c", code, *command], capture_output=True, check=False).returncode


# -- a judge that costs ----------------------------------------------------------------------------------------------


@pytest.fixture
def judge_server(tmp_path: Path) -> Iterator[StubServer]:
    said = {"role": "assistant", "content": GOOD.format(6)}

    def usage(request: dict[str, Any]) -> dict[str, int]:
        return {"prompt_tokens": 100, "completion_tokens": 10}

    with StubServer(Plan(message=lambda request: {"message": said}, usage=usage)) as server:
        (tmp_path / "plugin/models").mkdir(parents=True)
        card = (
            f"dear:\n  backend: openai\n  id: j\n  base_url: {server.url}\n  price: {{prompt: 10, completion: 100}}\n"
        )
        (tmp_path / "plugin/models/dear.yaml").write_text(card)
        yield server


def test_verdicts_costs_and_what_the_cache_had_are_in_the_record(
    placed: list[str], tmp_path: Path, judge_server: StubServer
) -> None:
    model = rows(tmp_path / "model.jsonl", answers(placed))
    more = ("--judge", "dear", "--plugin", str(tmp_path / "plugin"))

    def spent(done: Done) -> list[dict[str, float]]:
        assert done.code == 0, done.err
        found = [json.loads(path.read_text()) for path in sorted((tmp_path / "runs").rglob("manifest.json"))]
        return [manifest["judges"][0]["spent"] for manifest in found]

    first = spent(affectbench(*suite(placed, model, tmp_path / "runs", *more)))
    # Answers to several faces are the same: what the judge has read once, the cache has.
    assert sum(one["calls"] for one in first) == judge_server.count["requests"]
    assert all(one["calls"] + one["cached"] == LIMIT for one in first)
    assert all(one["cost"] == pytest.approx(one["calls"] * 0.002) for one in first)
    assert all(one["prompt_tokens"] == 100 * one["calls"] for one in first)
    assert spent(affectbench(*suite(placed, model, tmp_path / "runs", *more))) == first
    for file in (tmp_path / "runs").rglob("verdicts/*.jsonl"):
        file.unlink()
    asked = judge_server.count["requests"]
    again = spent(affectbench(*suite(placed, model, tmp_path / "runs", *more)))
    assert judge_server.count["requests"] == asked
    assert [one["cached"] for one in again] == [one["cached"] + LIMIT for one in first]
    for task in TASKS:
        for line in verdicts(tmp_path / "runs", task):
            assert line["scores"] == {"clues": 6, "label": 10}
            assert line["response"]["usage"]["prompt_tokens"] == 100
