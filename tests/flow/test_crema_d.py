"""CREMA-D bound to its real tables: 7,442 clips, the crowd's votes on voice, face and both; no media are needed."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from affectbench import datasets, finished, manifest
from affectbench.catalogue import Catalogue
from affectbench.metrics.ceiling import ceiling
from affectbench.scoring import Answer, score
from affectbench.task import bind
from tests.flow.flows import affectbench

FIGURES = {"crema-d-voice": 40.00, "crema-d-face": 57.44, "crema-d": 63.07}
DIGITS = {"crema-d-voice": "1", "crema-d-face": "2", "crema-d": "3"}
LABELS = ("anger", "disgust", "fear", "happy", "neutral", "sad")  # A D F H N S, ANG DIS FEA HAP NEU SAD


def table(shared: Path) -> dict[str, dict[str, list[int]]]:
    """Read the votes with nothing of ours: the first digit of a row → clip → votes."""
    found: dict[str, dict[str, list[int]]] = defaultdict(dict)
    with (shared / "data/crema-d/tabulatedVotes.csv").open() as file:
        for row in csv.DictReader(file):
            found[row[""][0]][row["fileName"]] = [int(row[letter]) for letter in "ADFHNS"]
    return found


def played(clip: str) -> int:
    """Return the place of the emotion that a file name says."""
    return "ADFHNS".index(clip.split("_")[2][0])


def scored(name: str, shared: Path, answers: dict[str, str] | None = None) -> Any:
    task = bind(Catalogue(), name)
    bound = datasets.bind(task, {"crema-d": shared / "data/crema-d"})
    question = finished.question({"question": manifest.question(task)})
    said = [Answer(s.id, 0, "ok", (answers or {}).get(s.id, "neutral")) for s in bound.samples]
    return bound.samples, score(question, bound.samples, said)


@pytest.mark.parametrize("name", FIGURES)
def test_people_recognise_what_was_played_as_often_as_the_votes_say(name: str, shared: Path) -> None:
    samples, results = scored(name, shared)
    human = results.baselines["human"]
    votes = table(shared)[DIGITS[name]]
    hits = sum(row[played(clip)] for clip, row in votes.items())
    assert len(samples) == len(votes) == 7_442
    assert human["accuracy"] == pytest.approx(hits / sum(map(sum, votes.values())), abs=1e-12)
    assert round(100 * human["accuracy"], 2) == FIGURES[name]
    recalls = []
    for place in range(6):
        rows = [row for clip, row in votes.items() if played(clip) == place]
        recalls.append(sum(row[place] for row in rows) / sum(map(sum, rows)))
    assert human["uar"] == pytest.approx(sum(recalls) / 6, abs=1e-12)


def test_the_tables_are_read_whole(shared: Path) -> None:
    report = affectbench("data", "check", "crema-d", "--data", f"crema-d={shared / 'data/crema-d'}", "--json").json
    assert report["splits"]["all"]["found"] == 7_442
    assert [problem["kind"] for problem in report["problems"]] == ["missing"]


def test_actors_are_clusters_and_have_groups(shared: Path) -> None:
    samples, _ = scored("crema-d-face", shared)
    actors = {sample.cluster: sample.group for sample in samples}
    assert len(actors) == 91
    assert sum(group["sex"] == "male" for group in actors.values()) == 48
    assert sum(group["ethnicity"] == "Hispanic" for group in actors.values()) == 10
    assert {group["race"] for group in actors.values()} == {"Caucasian", "African American", "Asian", "Unknown"}
    assert {group["age"] for group in actors.values()} == {"<30", "30-44", "45-59", "60+"}


def test_answers_that_follow_the_face_are_seen_to(shared: Path) -> None:
    """Whoever answers what most people saw in the face follows it on every conflicting clip."""
    votes = table(shared)

    def most(digit: str, clip: str) -> str | None:
        row = votes[digit][clip]
        return LABELS[row.index(max(row))] if row.count(max(row)) == 1 else None

    face, voice = ({clip: most(digit, clip) for clip in votes["1"]} for digit in ("2", "1"))
    samples, results = scored("crema-d", shared, {clip: label or "neutral" for clip, label in face.items()})
    both = [clip for clip in face if face[clip] and voice[clip]]
    conflicting = [clip for clip in both if face[clip] != voice[clip]]
    found = {(s.metric, s.label): s for s in results.scores if s.over == "all" and not s.group}
    assert found["follows", "face"].value == 1.0
    assert found["follows", "voice"].value == 0.0
    assert found["follows", "voice"].n == len(conflicting)
    right = {True: 0, False: 0}
    for clip in both:
        right[face[clip] == voice[clip]] += face[clip] == LABELS[played(clip)]
    for part, same in (("congruent", True), ("conflicting", False)):
        n = len(conflicting) if not same else len(both) - len(conflicting)
        score_ = found["accuracy_by_conflict", part]
        assert score_.n == n
        assert score_.value == pytest.approx(right[same] / n, abs=1e-12)
        assert score_.low < score_.value < score_.high
    assert {sample.cluster for sample in samples} == {clip[:4] for clip in votes["1"]}


def test_a_run_without_media_shows_people_and_a_model_that_sees_is_refused(shared: Path, tmp_path: Path) -> None:
    bound = ["--data", f"crema-d={shared / 'data/crema-d'}", "--out", tmp_path]
    done = affectbench("run", "-m", "baseline:majority", "-t", "crema-d-voice", *bound, "--limit", "40", "--json")
    (run,) = done.json["runs"]
    assert done.code == 3
    assert run["status"]["media_error"] == run["n"] == 40
    assert 0.2 < run["baselines"]["human"]["accuracy"] < 0.7
    refused = affectbench("run", "-m", "openai:x@http://127.0.0.1:1/v1", "-t", "crema-d-voice", *bound)
    assert refused.code == 2
    assert "crema-d-voice" in refused.err and "audio" in refused.err


def test_one_vote_against_the_others_of_each_modality(shared: Path) -> None:
    """Left out one by one, people agree with each other least on the voice."""
    votes = table(shared)
    agree = [ceiling("accuracy", list(votes[digit].values()), LABELS) for digit in "123"]
    assert agree == sorted(agree)
    assert 0.5 < agree[0] < agree[2] < 0.8
