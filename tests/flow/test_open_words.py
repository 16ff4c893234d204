"""Free words from a task file to scores by emotion wheels: published figures, other lexicons, runs read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from affectbench.assets import mer_wheels
from affectbench.specs.lexicon import LexiconSpec
from tests import wheels
from tests.flow.flows import Done, affectbench

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures/open_vocabulary.json").read_text())
CLOSE = {"rel": 0, "abs": 1e-12}
TASK = """\
title: Clips and emotion words
dataset:
  id: clips
  title: Clips and emotion words
  access: {{kind: open, send: any, publish: {{media: true, labels: true, text: true}}}}
  splits: {{test: unknown}}
  read:
    rows: {{table: {{file: rows.tsv, columns: [id, words]}}}}
    id: "{{{{ id }}}}"
    split: test
    media: {{face: {{kind: image, path: x.png}}}}
    targets: {{emotions: {{labels: open, set: "{{{{ words.split(';') }}}}"}}}}
answer: {{form: open, {answer}}}
metrics: [{metrics}]
protocol: mer-unibench/v2025/level1
"""
SETS = "wheel_f1, wheel_precision, wheel_recall, wheel2_f1, wheel2_precision, wheel2_recall, wheel_mean_f1"
OWN = """\
title: Two moods
wheels: {moods: {up: {bright: [glad, merry]}, down: {dark: [sad, low]}}}
neutral: [neutral]
"""


class Clips:
    """A plug-in with one task over clips and their words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tasks/own", "tasks/lexicons", "data"):
            (folder / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / "data/x.png")

    def task(self, gold: dict[str, list[str]], metrics: str, answer: str) -> Clips:
        rows = "".join(f"{clip}\t{';'.join(words)}\n" for clip, words in gold.items())
        (self.folder / "data/rows.tsv").write_text(rows)
        (self.folder / "tasks/own/clips.yaml").write_text(TASK.format(metrics=metrics, answer=answer))
        return self

    def lexicon(self, text: str = OWN) -> None:
        (self.folder / "tasks/lexicons/own.yaml").write_text(text)

    def replay(self, answers: dict[str, Any]) -> Done:
        texts = {clip: json.dumps(said, ensure_ascii=False) for clip, said in answers.items() if said is not None}
        lines = [json.dumps({"id": clip, "text": text}) for clip, text in texts.items()]
        (self.folder / "answers.jsonl").write_text("\n".join(lines))
        bound = ["--plugin", self.folder, "--data", f"clips={self.folder / 'data'}", "--out", self.folder / "runs"]
        return affectbench("run", "-m", f"replay:{self.folder / 'answers.jsonl'}", "-t", "clips", *bound, "--json")


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    return Clips(tmp_path / "plugin")


def values(done: Done, over: str = "all") -> dict[tuple[str, str | None], float]:
    (run,) = done.json["runs"]
    return {(score["metric"], score["label"]): score["value"] for score in run["scores"] if score["over"] == over}


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("version", ["v2025", "v2026"])
def test_published_sets(clips: Clips, version: str) -> None:
    gold, expected = FIGURES["set"]["gold"], FIGURES["set"]["expected"]
    clips.task(gold, SETS, f"lexicon: mer-unibench-{version}, parser: mer-unibench")
    for name, predictions in FIGURES["set"]["predictions"].items():
        found = values(clips.replay(predictions))
        for level, start in (("level1", "wheel"), ("level2", "wheel2")):
            figures = expected[f"{version}/{name}/{level}"]
            for wheel in (*wheels.facts_names(), None):
                for short, metric in (("precision", "precision"), ("recall", "recall"), ("f", "f1")):
                    wanted = figures[wheel or "mean5"][short]
                    assert found[f"{start}_{metric}", wheel] == pytest.approx(wanted, **CLOSE), (name, level, wheel)
        both = [expected[f"{version}/{name}/{level}"]["mean5"]["f"] for level in ("level1", "level2")]
        assert found["wheel_mean_f1", None] == pytest.approx(sum(both) / 2, **CLOSE)


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("version", ["v2025", "v2026"])
def test_published_hits(clips: Clips, version: str) -> None:
    gold = {clip: [label] for clip, label in FIGURES["hit"]["gold"].items()}
    more = "wheel_hit, wheel_mscore, wheel_hit_neutral, labels_per_answer, oov_rate"
    clips.task(gold, more, f"lexicon: mer-unibench-{version}, parser: mer-unibench")
    for name, predictions in FIGURES["hit"]["predictions"].items():
        done = clips.replay(predictions)
        found, figures = values(done), FIGURES["hit"]["expected"][f"{version}/{name}"]
        for wheel in wheels.facts_names():
            assert found["wheel_hit", wheel] == pytest.approx(figures[wheel]["hit"], **CLOSE)
            shown = [
                s["n"] for s in done.json["runs"][0]["scores"] if (s["metric"], s["label"]) == ("wheel_hit", wheel)
            ]
            assert shown == [figures[wheel]["n"]] * 2
        assert found["wheel_hit", None] == pytest.approx(figures["mean5"], **CLOSE)
        if name == "spray":
            assert found["wheel_hit", None] == pytest.approx(1)
            assert found["wheel_mscore", None] < 0.3 < found["wheel_hit_neutral", None]
            assert found["labels_per_answer", None] == 8


@pytest.mark.usefixtures("official")
def test_the_best_constant_answer_shows_that_hit_can_be_gamed(clips: Clips) -> None:
    gold = {clip: [label] for clip, label in FIGURES["hit"]["gold"].items()}
    clips.task(gold, "wheel_hit, wheel_mscore", "lexicon: mer-unibench-v2025")
    (run,) = clips.replay({clip: ["happy"] for clip in gold}).json["runs"]
    assert run["baselines"]["constant"]["wheel_hit"] == 1
    assert run["baselines"]["constant"]["wheel_mscore"] < 0.5


@pytest.mark.usefixtures("official")
def test_our_parser_reads_lists_of_plain_words_as_they_are(clips: Clips) -> None:
    plain = {clip: [word for word in words if word.isalpha()] for clip, words in FIGURES["set"]["gold"].items()}
    gold = {clip: words for clip, words in plain.items() if words and not {"empty", "here"} & set(words)}
    clips.task(gold, SETS, "lexicon: mer-unibench-v2025")
    found = values(clips.replay(gold))
    assert {name: value for name, value in found.items() if value != 1 and not name[0].endswith("_rate")} == {}


def test_without_the_asset_nothing_is_asked(clips: Clips) -> None:
    clips.task({"a": ["sad"]}, SETS, "lexicon: mer-unibench-v2025")
    done = clips.replay({"a": ["sad"]})
    assert done.code == 2
    assert "fetch https://github.com/zeroQiaoba/MERTools" in done.err
    assert "affectbench assets add mer-unibench-wheels DIR" in done.err
    assert not list(clips.folder.rglob("samples.jsonl"))
    assert affectbench("tasks", "check", "clips", "--plugin", clips.folder).code == 0


def test_a_lexicon_of_a_plug_in(clips: Clips) -> None:
    clips.lexicon()
    gold = {"a": ["glad"], "b": ["sad", "glad"], "c": ["neutral"], "d": ["low"]}
    clips.task(gold, f"{SETS}, wheel_hit_neutral, oov_rate", "lexicon: own")
    done = clips.replay({"a": ["Merry", "odd"], "b": ["low"], "c": [], "d": None})
    found = values(done)
    assert found["wheel_precision", "moods"] == found["wheel_precision", None] == pytest.approx(2 / 3)
    assert found["wheel_recall", None] == pytest.approx(0.5)
    assert found["wheel_hit_neutral", None] == pytest.approx(3 / 4)
    assert found["oov_rate", None] == pytest.approx(2 / 4)
    (run,) = done.json["runs"]
    again = affectbench("score", run["path"], "--json")  # its words are in the manifest: no --plugin is needed
    assert again.json["runs"][0]["scores"] == run["scores"]
    clips.lexicon(OWN.replace("merry]", "merry, odd]"))
    (other,) = clips.replay({"a": ["Merry", "odd"], "b": ["low"], "c": [], "d": None}).json["runs"]
    assert other["path"] != run["path"]
    assert other["versions"]["lexicon"] != run["versions"]["lexicon"]


def test_a_run_whose_lexicon_was_changed_is_not_scored(clips: Clips) -> None:
    clips.lexicon()
    (run,) = clips.task({"a": ["glad"], "b": ["sad"]}, SETS, "lexicon: own").replay({"a": ["glad"]}).json["runs"]
    path = Path(run["path"]) / "manifest.json"
    whole = path.read_text()
    for old, new, said in (
        ('"merry"', '"marry"', "not the one by which this run was scored"),
        ('"glad"', '"Glad"', "the run's lexicon: wheels"),
        ('"digest":', '"digests":', "not a file of this version"),
    ):
        assert old in whole
        path.write_text(whole.replace(old, new))
        done = affectbench("score", run["path"])
        assert done.code != 0
        assert said in done.err, (old, done.err)


FAULTS = {
    "twice in a wheel": (OWN.replace("low]", "low, glad]"), "'glad' stands in two clusters"),
    "not as it is looked up": (OWN.replace("merry", "Merry"), "lower case"),
    "a family's name elsewhere": (OWN.replace("low]", "low, up]"), "'up' names a wide cluster"),
    "no clusters": (OWN.replace("{bright: [glad, merry]}", "{}"), "'up' has no narrow clusters"),
    "a wheel of nothing": (OWN.replace("wheels: {", "wheels: {bare: {}, "), "wheel 'bare' has no clusters"),
    "neutral and not": (OWN.replace("[neutral]", "[neutral, low]"), "'low' is neutral and stands in a wheel"),
    "two sources": (OWN + "asset: {id: mer-unibench-wheels, version: v2025}\n", "either `wheels` or an `asset`"),
    "an unknown field": (OWN + "wheel: {}\n", "unknown field 'wheel'; did you mean 'wheels'"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults_of_a_lexicon_have_their_place(clips: Clips, case: str) -> None:
    text, said = FAULTS[case]
    clips.lexicon(text)
    clips.task({"a": ["glad"]}, SETS, "lexicon: own")
    done = affectbench("tasks", "check", "clips", "--plugin", clips.folder)
    assert done.code == 2
    assert "own.yaml:" in done.err
    assert said in done.err


def test_a_task_names_its_lexicon_well(clips: Clips) -> None:
    clips.task({"a": ["glad"]}, SETS, "lexicon: afectbench")
    assert "did you mean 'affectbench'" in affectbench("tasks", "check", "clips", "--plugin", clips.folder).err
    clips.task({"a": ["glad"]}, SETS, "labels: null")
    assert "lexicon   affectbench" in affectbench("tasks", "show", "clips", "--plugin", clips.folder).out
    text = (clips.folder / "tasks/own/clips.yaml").read_text()
    choice = text.replace("labels: open, set:", "labels: ekman-6, set:").replace(
        "form: open, labels: null", "lexicon: own"
    )
    (clips.folder / "tasks/own/clips.yaml").write_text(choice)
    assert "a lexicon is for free words" in affectbench("tasks", "check", "clips", "--plugin", clips.folder).err


def test_facts_have_the_wheels_of_the_files() -> None:
    assert wheels.facts_names() == mer_wheels.WHEELS


def test_a_lexicon_of_too_many_words_is_refused_at_once() -> None:
    words = {"moods": {"up": {"bright": [f"word{n}" for n in range(30_000)]}}}
    with pytest.raises(ValueError, match="more than 20,000 words"):
        LexiconSpec.model_validate({"id": "own", "title": "Own", "wheels": words})
    families = {f"family{n}": {f"group{n}": [f"word{n}"]} for n in range(8_000)}
    LexiconSpec.model_validate({"id": "own", "title": "Own", "wheels": {"moods": families}})
