"""The shipped sets of questions and of reasons over small trees: every pitfall is a test."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from affectbench import datasets
from affectbench.answers import reader
from affectbench.catalogue import Catalogue
from affectbench.prompts import Prompter
from affectbench.task import bind
from affectbench.types import Decoded, Facts, Sample
from tests.trees import by_id, gold, only, reading, shipped, write

KNOWN = Catalogue()


def scored(task: str, root: Path) -> dict[str, Sample]:
    """Return the samples of a task over a root."""
    bound = bind(KNOWN, task)
    return {sample.id: sample for sample in datasets.bind(bound, {bound.dataset.id: root}).samples}


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def read_as(task: str, sample: Sample, reply: str) -> str | None:
    """Return what a reply to the question of a sample is read as."""
    bound = bind(KNOWN, task)
    kinds = bound.dataset.media_kinds()
    media = {m.name: Decoded(facts=Facts(name=m.name, kind=kinds[m.name], source="x")) for m in sample.media}
    asked = Prompter(bound, bound.spec.settings, lambda _: [])(sample, 0, media).asked
    value: str | None = reader(asked)(reply).value
    return value


# -- SMILE -----------------------------------------------------------------------------------------------------------

REASONS = {
    "1_80": "The audience laughed because he was late.",
    "1402": "The audience laughed because it rhymes.",
    "2_2": "The audience laughed because she fell.",
    "9": "The audience laughed because of the hat.",
}


def smile(root: Path) -> Path:
    parts = [{"train": [9], "validation": ["2_2"], "test": ["1_80", 1402]}]
    files = {"data_split": parts, "GT_laughter_reason": {**REASONS, "77": "The audience laughed."}}
    return write(root, {f"annotations/{name}.json": json.dumps(value) for name, value in files.items()})


def test_smile_parts_are_lists_of_clips_some_of_them_numbers(tmp_path: Path) -> None:
    found = reading("smile", smile(tmp_path), "reason")
    parts = {sample.id: split for sample, split in zip(found.samples, found.splits, strict=True)}
    assert parts == {"1_80": "test", "1402": "test", "2_2": "validation", "9": "train"}, "77 is in no part"
    assert {sample.id: sample.gold.text for sample in found.samples} == REASONS


def test_smile_sitcoms_have_an_underscore(tmp_path: Path) -> None:
    found = scored("smile", smile(tmp_path))
    assert {name: sample.group["source"] for name, sample in found.items()} == {"1_80": "sitcom", "1402": "talk"}


@pytest.mark.parametrize("above", ["videos/", "videos/SMILE_videos/"])
def test_smile_shows_clips_not_segments(tmp_path: Path, above: str) -> None:
    write(smile(tmp_path), {f"{above}video_clips/1_80.mp4": "", f"{above}video_segments/1_80_0.mp4": ""})
    sample = by_id("smile", tmp_path, "reason")["1_80"]
    assert {(media.name, media.path) for media in sample.media} == {
        ("clip", f"{above}video_clips/1_80.mp4"), ("voice", f"{above}video_clips/1_80.mp4"),
    }  # fmt: skip


def test_smile_is_asked_with_the_words_that_begin_every_reason() -> None:
    task = bind(KNOWN, "smile")
    assert task.form == "text" and task.spec.protocol == "smile/v2-overlap"
    assert all("The audience laughed because" in wording.user for wording in task.prompt.wordings().values())
    assert "first version" in (task.spec.approximate or "")


# -- Social-IQ 2.0 ---------------------------------------------------------------------------------------------------


def question(name: str, video: str, right: int | None, *answers: str) -> dict[str, Any]:
    told = {} if right is None else {"answer_idx": right, "ans_corr": answers[right], "idx_types": ["corr"]}
    asked = {"qid": f"{video}_{name}", "q": "How does she feel?", "vid_name": video, "ts": "0.00-60.019000"}
    return {**asked, **told, **{f"a{n}": text for n, text in enumerate(answers)}}


ALIKE = ("Bored.", "Uninterested.", "She seems happy and relaxed", "She seems happy and relaxed.")


def social(root: Path, below: str = "siq2/") -> Path:
    train = lines(question("q1", "-a", 0, "One", "Two", "Three", "Four"))
    val = lines(
        question("q1", "-b", 2, *ALIKE),
        question("q2", "-b", 3, "No", "Yes", "Maybe", "Never"),
        question("q3", "-c", 1, "He left. ", "He left.", "He came.", "He sat."),
    )
    test = lines(question("q1", "-d", None, "One", "Two", "Three", "Four"))
    return write(root, {f"{below}qa/qa_{k}.json": v for k, v in (("train", train), ("val", val), ("test", test))})


@pytest.mark.parametrize("below", ["siq2/", ""])
def test_social_iq_has_one_question_a_line_and_a_test_without_answers(tmp_path: Path, below: str) -> None:
    found = reading("social-iq-2", social(tmp_path, below), "answer")
    assert Counter(found.splits) == {"val": 3, "train": 1}
    samples = {sample.id: sample for sample in found.samples}
    assert samples["-a_q1"].gold.label == "One", "the place of the answer counts from 0"
    assert samples["-b_q2"].gold.label == "Never"
    assert samples["-b_q1"].cluster == samples["-b_q2"].cluster == "-b" != samples["-c_q3"].cluster
    assert {m.name: m.path for m in samples["-a_q1"].media} == {
        "clip": f"{below}video/-a.mp4", "voice": f"{below}audio/wav/-a.wav",
    }  # fmt: skip
    assert set(scored("social-iq-2", tmp_path)) == {"-b_q1", "-b_q2", "-c_q3"}


def test_social_iq_answers_that_differ_in_a_full_stop_are_told_apart_by_letters(tmp_path: Path) -> None:
    sample = scored("social-iq-2", social(tmp_path))["-b_q1"]
    assert sample.options == ALIKE and sample.gold.label == ALIKE[2]
    assert bind(KNOWN, "social-iq-2").spec.answer.letters
    assert read_as("social-iq-2", sample, "C") == ALIKE[2]
    assert read_as("social-iq-2", sample, "D.") == ALIKE[3]
    assert read_as("social-iq-2", sample, "The answer is (B).") == ALIKE[1]
    assert read_as("social-iq-2", sample, "E") is None


def test_social_iq_answers_of_the_same_words_have_numbers(tmp_path: Path) -> None:
    sample = scored("social-iq-2", social(tmp_path))["-c_q3"]
    assert sample.options == ("1 He left.", "2 He left.", "3 He came.", "4 He sat.")
    assert sample.gold.label == "2 He left."


@pytest.mark.parametrize("voice", ["audio/wav/-b.wav", "audio/mp3/-b.mp3", "video/-b.mp4"])
def test_social_iq_sound_is_a_file_or_the_track_of_the_video(tmp_path: Path, voice: str) -> None:
    write(social(tmp_path), {"siq2/video/-b.mp4": "", f"siq2/{voice}": ""})
    sample = by_id("social-iq-2", tmp_path, "answer")["-b_q1"]
    assert [media.path for media in sample.media if media.name == "voice"] == [f"siq2/{voice}"]


# -- HumanVBench -----------------------------------------------------------------------------------------------------


def test_humanvbench_is_asked_by_its_four_tasks_on_emotion(tmp_path: Path) -> None:
    rows = [
        {"id": f"q{n}", "task": task, "video": "v.mp4", "question": "Who?", "options": options, "answer": answer}
        for n, (task, options, answer) in enumerate(
            [
                ("Emotion Recognition", ["joy", "fear", "anger"], "C"),
                ("Emotion Temporal Analysis", ["up", "down"], "A"),
                ("Attitude Recognition", ["good", "bad", "none", "mixed"], "D"),
                ("Emotion Intensity Comparison", ["the left one", "the right one"], "B"),
                ("Human Counting", ["1", "2"], "A"),
            ]
        )
    ]
    found = scored("humanvbench-emotion", write(tmp_path, {"humanvbench.jsonl": lines(*rows)}))
    assert gold(found) == {"q0": "anger", "q1": "up", "q2": "mixed", "q3": "the right one"}
    assert Counter(sample.group["task"] for sample in found.values()).keys() == {row["task"] for row in rows[:4]}
    assert read_as("humanvbench-emotion", found["q1"], "B") == "down"
    assert not shipped("humanvbench-emotion").verified


def test_humanvbench_frames_are_whole() -> None:
    task = bind(KNOWN, "humanvbench-emotion")
    shown = task.spec.media or {}
    assert set(shown) == {"clip", "voice"}
    assert all(use.detect is None for use in shown.values()), "red boxes lie anywhere in the picture"
    assert all(media.box is None for media in shipped("humanvbench-emotion").forms[0].read.media.values())


# -- EmotionHallucer -------------------------------------------------------------------------------------------------

SETTINGS = {
    "knowledge": None, "text": None, "image": ("picture", "image"), "audio": ("voice", "audio"),
    "short video": ("clip", "video"), "long video": ("clip", "video"),
}  # fmt: skip


@pytest.fixture
def hallucer(tmp_path: Path) -> Path:
    rows = [
        {"pair": f"p{n}", "half": half, "setting": setting, "file": f"f{n}", "question": "Is it so?", "answer": answer}
        for n, setting in enumerate(SETTINGS)
        for half, answer in (("basic", "Yes"), ("hallucinated", "No"))
    ]
    return write(tmp_path, {"emotionhallucer.jsonl": lines(*rows)})


def test_emotionhallucer_questions_of_a_pair_are_one_cluster(hallucer: Path) -> None:
    found = scored("emotionhallucer", hallucer)
    pairs: dict[str | None, list[tuple[str, str | None]]] = {}
    for sample in found.values():
        pairs.setdefault(sample.cluster, []).append((sample.group["half"], sample.gold.label))
    assert len(found) == 12 and len(pairs) == 6
    assert all(sorted(halves) == [("basic", "yes"), ("hallucinated", "no")] for halves in pairs.values())


def test_emotionhallucer_shows_what_a_setting_has(hallucer: Path) -> None:
    for sample in scored("emotionhallucer", hallucer).values():
        shown = SETTINGS[sample.group["setting"]]
        if shown is None:
            assert sample.media == ()
            continue
        assert (only(sample).name, only(sample).kind) == shown
        assert only(sample).path == f"media/f{list(SETTINGS).index(sample.group['setting'])}"


def test_emotionhallucer_without_sound_is_a_protocol_of_its_own(hallucer: Path) -> None:
    both = [bind(KNOWN, name) for name in ("emotionhallucer", "emotionhallucer-no-audio")]
    assert both[0].kinds() == {"image", "audio", "video"} and both[1].kinds() == {"image", "video"}
    assert both[0].spec.protocol != both[1].spec.protocol
    assert len(scored("emotionhallucer-no-audio", hallucer)) == 10


@pytest.mark.parametrize("name", ["smile", "humanvbench-emotion", "emotionhallucer", "mc-eiu"])
def test_forms_that_were_not_seen_say_so(name: str) -> None:
    assert not shipped(name).verified
    assert any("not confirmed" in note or "not known" in note for note in shipped(name).notes)
