"""The demo's tasks of clips: guessing reaches chance, what is followed is seen, and the apex can be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from affectbench import finished, manifest
from affectbench.catalogue import Catalogue
from affectbench.datasets import Source, read
from affectbench.scoring import Answer, score
from affectbench.task import Task, bind
from affectbench.types import Sample
from tests.flow.flows import affectbench
from tests.trees import labels_of

TASKS = {"demo-clip": 252, "demo-voice": 252, "demo-audiovisual": 168, "demo-conflict": 84}
OWN = """\
title: Demo clips, all of them
dataset: demo-clips
split: test
{more}
answer: {{form: choice, labels: demo-7}}
metrics: {metrics}
protocol: own/clips
"""


def own(folder: Path, more: str, metrics: str = "[accuracy, uar, follows, accuracy_by_conflict]") -> Task:
    (folder / "tasks/own").mkdir(parents=True)
    (folder / "tasks/own/own-clips.yaml").write_text(OWN.format(more=more, metrics=metrics))
    return bind(Catalogue([folder]), "own-clips")


def samples(task: Task) -> list[Sample]:
    """Read a task's samples; nothing is drawn for that."""
    roots = {"demo-clips": Path()}
    where = {"split": task.split, "where": task.spec.where, "target": task.target}
    return list(read(Source(spec=task.dataset, roots=roots, labels=labels_of("demo-clips"), **where)).samples)


def scored(task: Task, cue: str = "", label: str = "") -> Any:
    """Score answers that are all `label`, or what the cue says."""
    read_ = samples(task)
    said = [Answer(s.id, 0, "ok", label or str((s.gold.ratings or {})[cue])) for s in read_]
    results = score(finished.question({"question": manifest.question(task)}), read_, said)
    return results, {(s.metric, s.label): s.value for s in results.scores if s.over == "all" and not s.group}


@pytest.mark.parametrize("name", TASKS)
def test_one_answer_to_all_reaches_chance_exactly(name: str) -> None:
    task = bind(Catalogue(), name)
    assert len(samples(task)) == TASKS[name]
    for label in ("anger", "neutral"):
        results, values = scored(task, label=label)
        assert values[task.main, None] == pytest.approx(1 / 7, abs=1e-12)
        assert results.baselines["majority"][task.main] == pytest.approx(1 / 7, abs=1e-12)
        assert results.baselines["chance"][task.main] == pytest.approx(1 / 7, abs=1e-12)
        assert "human" not in results.baselines  # a cue is no person


@pytest.mark.parametrize(("cue", "other"), [("face", "voice"), ("voice", "face")])
def test_whoever_follows_one_modality_is_seen_to(cue: str, other: str) -> None:
    results, values = scored(bind(Catalogue(), "demo-conflict"), cue)
    assert values["follows", cue] == 1.0
    assert values["follows", other] == 0.0
    assert values["vote_accuracy", None] == values["follows", None] == 0.5
    assert {s.n for s in results.scores if s.metric == "follows" and s.over == "all" and not s.group} == {84}


def test_a_conflicting_clip_keeps_both_labels() -> None:
    for sample in samples(bind(Catalogue(), "demo-conflict")):
        ratings, votes = sample.gold.ratings or {}, sample.gold.votes or {}
        assert ratings["face"] != ratings["voice"]
        assert votes == {ratings["face"]: 0.5, ratings["voice"]: 0.5}
    face, voice = (
        {s.id: s.gold.label for s in samples(bind(Catalogue(), name))} for name in ("demo-clip", "demo-voice")
    )
    for sample in samples(bind(Catalogue(), "demo-conflict")):
        assert (face[sample.id], voice[sample.id]) == tuple(
            (sample.gold.ratings or {})[name] for name in ("face", "voice")
        )
    assert sum(face[name] != voice[name] for name in face) == 84


def test_accuracy_is_told_apart_by_conflict(tmp_path: Path) -> None:
    results, values = scored(own(tmp_path, "target: voice-beside-face"), "face")
    assert values["accuracy_by_conflict", "congruent"] == 1.0
    assert values["accuracy_by_conflict", "conflicting"] == 0.0
    assert values["accuracy", None] == pytest.approx(168 / 252)
    assert "human" not in results.baselines


def test_the_apex_can_be_what_is_shown(tmp_path: Path) -> None:
    task = own(tmp_path, "target: face\nmedia: {clip: {frames: apex}}", "[accuracy, uar]")
    view = task.spec.media["clip"].view() if task.spec.media else None
    assert view is not None and view.frames is not None
    assert (view.frames.policy, view.frames.most) == ("apex", 1)
    apexes = [next(m.apex for m in sample.media if m.name == "clip") for sample in samples(task)]
    assert all(apex is not None and 0 < apex < 23 for apex in apexes)
    assert len(set(apexes)) > 3


def test_each_task_shows_its_own_media() -> None:
    shown = {name: bind(Catalogue(), name).shown for name in TASKS}
    both = ("clip", "voice")
    assert shown == {
        "demo-clip": ("clip",), "demo-voice": ("voice",), "demo-audiovisual": both, "demo-conflict": both,
    }  # fmt: skip


@pytest.mark.timeout(300)  # the clips may have to be drawn
def test_the_suite_runs_from_the_command_line(tmp_path: Path) -> None:
    done = affectbench("run", "-m", "baseline:majority", "-t", "demo-av", "--out", tmp_path, "--json")
    assert done.code == 0
    assert {run["task"]: run["n"] for run in done.json["runs"]} == TASKS
    assert all(run["status"]["ok"] == run["n"] for run in done.json["runs"])
