"""CMU-MOSI, CMU-MOSEI, CH-SIMS and CH-SIMS v2: their layouts, and the pitfalls of their splits, names and zeros."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import affectbench as ab
from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.datasets import Source, check
from affectbench.errors import DataError
from affectbench.task import bind
from affectbench.types import Sample
from tests.trees import by_id, labels_of, reading, shipped, write

CORPORA = ("cmu-mosi", "cmu-mosei", "ch-sims", "ch-sims-v2")


def label_npz(root: Path, corpora: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write label.npz as MERBench does: for each part an array without axes that holds name → emo and val."""
    root.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Any] = {
        f"{part}_corpus": {name: {"emo": 0, "val": val} for name, val in corpora.get(part, {}).items()}
        for part in ("train", "val", "test")
    }
    np.savez_compressed(root / "label.npz", **parts)
    return root


def levels(samples: Mapping[str, Sample]) -> dict[str, float]:
    return {name: sample.gold.levels["sentiment"] for name, sample in samples.items() if sample.gold.levels}


def places(sample: Sample) -> dict[str, str | None]:
    return {medium.name: medium.path for medium in sample.media}


def scores(task: str, root: Path, answers: Mapping[str, str], out: Path) -> dict[str, float]:
    """Return metric → score over all samples of a run in which a model gave these answers."""
    replies = out / "answers.jsonl"
    out.mkdir(exist_ok=True)
    replies.write_text("".join(json.dumps({"id": k, "text": v}) + "\n" for k, v in answers.items()), encoding="utf-8")
    dataset = bind(Catalogue(), task).dataset.id
    run = ab.run(task, f"replay:{replies}", data={dataset: root}, out=out)
    found = [s for s in run.results["scores"] if s["over"] == "all" and s["label"] is None and s["group"] is None]
    return {s["metric"]: s["value"] for s in found}


# -- CMU-MOSI --------------------------------------------------------------------------------------------------------

SAID = 'name,chinese,english\n03bSnISJMiM_1,不错,ANYHOW IT WAS REALLY GOOD\nab_c-_d_efg_12,差,"NO, IT WAS NOT"\n'
MOSI = {"train": {"03bSnISJMiM_1": 2.4000000953674316}, "test": {"ab_c-_d_efg_12": np.float64(-1.75)}}


@pytest.mark.parametrize("table", ["transcription-engchi-polish.csv", "transcription.csv"])
def test_mosi_takes_labels_from_an_array_of_objects_and_words_from_a_table(tmp_path: Path, table: str) -> None:
    root = write(label_npz(tmp_path, MOSI), {table: SAID})
    found = by_id("cmu-mosi", root, "sentiment")
    assert levels(found) == {"03bSnISJMiM_1": 2.4000000953674316, "ab_c-_d_efg_12": -1.75}
    assert reading("cmu-mosi", root, "sentiment").splits == ["train", "test"]
    assert [sample.cluster for sample in found.values()] == ["03bSnISJMiM", "ab_c-_d_efg"], "ids hold underscores"
    assert found["ab_c-_d_efg_12"].text == {"utterance": "NO, IT WAS NOT"}
    assert set(reading("cmu-mosi", root, "sentiment").files) == {"cmu-mosi:label.npz", f"cmu-mosi:{table}"}


@pytest.mark.parametrize(
    ("files", "clip", "voice"),
    [
        (
            ["Raw/Video/Segmented/{}.mp4", "Raw/Audio/WAV_16000/Segmented/{}.wav"],
            "Raw/Video/Segmented/{}.mp4",
            "Raw/Audio/WAV_16000/Segmented/{}.wav",
        ),
        (["Raw/Video/Segmented/{}.mp4"], "Raw/Video/Segmented/{}.mp4", "Raw/Video/Segmented/{}.mp4"),
        (["subvideo/{}.mp4"], "subvideo/{}.mp4", "subvideo/{}.mp4"),
    ],
)
def test_mosi_hears_the_wav_or_the_track_of_the_clip(tmp_path: Path, files: list[str], clip: str, voice: str) -> None:
    name = "03bSnISJMiM_1"
    root = write(label_npz(tmp_path, MOSI), {"transcription.csv": SAID, **{path.format(name): "" for path in files}})
    assert places(by_id("cmu-mosi", root, "sentiment")[name]) == {
        "clip": clip.format(name),
        "voice": voice.format(name),
    }


MMSA = "video_id,clip_id,text,label,label_T,label_A,label_V,annotation,mode\n"


@pytest.mark.parametrize("name", ["cmu-mosi", "cmu-mosei"])
def test_the_table_of_mmsa_gives_the_same_ids_and_is_not_verified(tmp_path: Path, name: str) -> None:
    root = write(tmp_path, {"label.csv": MMSA + "03bSnISJMiM,1,it was good,2.4,,,,Positive,test\n"})
    found = by_id(name, root, "sentiment")
    assert levels(found) == {"03bSnISJMiM_1": 2.4}
    assert places(found["03bSnISJMiM_1"])["voice"] == "Raw/03bSnISJMiM/1.mp4"
    assert reading(name, root, "sentiment").layout.verified is False


def test_labels_that_are_code_are_refused_and_never_run(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    hostile = np.array({"03bSnISJMiM_1": Hostile()}, dtype=object)
    write(tmp_path, {"transcription.csv": SAID})
    np.savez(tmp_path / "label.npz", train_corpus=hostile, val_corpus=hostile, test_corpus=hostile)
    for name in ("cmu-mosi", "cmu-mosei"):
        with pytest.raises(DataError, match=r"label.npz: train_corpus: .* it names posix.system"):
            reading(name, tmp_path, "sentiment")
    assert not (tmp_path / "ran").exists()


def test_a_sentiment_beyond_the_scale_is_an_error(tmp_path: Path) -> None:
    root = write(label_npz(tmp_path, {"test": {"03bSnISJMiM_1": 3.5}}), {"transcription.csv": SAID})
    with pytest.raises(DataError, match="outside -3 to 3"):
        reading("cmu-mosi", root, "sentiment")


# -- zeros, rounding, and samples without an answer ------------------------------------------------------------------


def mosi(root: Path, values: list[float]) -> list[str]:
    """Write a CMU-MOSI with a test part of these values, and return its ids."""
    names = [f"v{number}_1" for number in range(len(values))]
    rows = "".join(f"{name},x,WELL\n" for name in names)
    write(root, {f"subvideo/{name}.mp4": "clip" for name in names})
    write(
        label_npz(root, {"test": dict(zip(names, values, strict=True))}),
        {"transcription.csv": "name,c,english\n" + rows},
    )
    return names


def test_the_zeros_of_mosi_are_left_out_of_one_and_positive_in_the_other(tmp_path: Path) -> None:
    """379 negative, 277 positive and 30 zeros are the real test part; always 0 has a weighted F1 of .4231 there."""
    names = mosi(tmp_path / "data", [-1.0] * 379 + [1.0] * 277 + [0.0] * 30)
    found = scores("cmu-mosi", tmp_path / "data", dict.fromkeys(names, "sentiment: 0"), tmp_path / "runs")
    assert found["acc2_nonzero"] == pytest.approx(379 / 656)
    assert found["f1_nonzero"] == pytest.approx(0.4231, abs=5e-5)
    assert found["acc2_nonnegative"] == pytest.approx((277 + 30) / 686)
    assert found["acc7"] == pytest.approx(30 / 686)
    assert found["mae"] == pytest.approx(656 / 686)


def test_classes_are_rounded_halves_to_even_after_they_are_clipped(tmp_path: Path) -> None:
    pairs = [(-0.5, "0"), (1.5, "2"), (2.5, "2"), (0.5, "1"), (3.0, "2.6"), (3.0, "2.4"), (-1.0, "-1.4")]
    names = mosi(tmp_path / "data", [gold for gold, _ in pairs])
    answers = {name: f"sentiment: {said}" for name, (_, said) in zip(names, pairs, strict=True)}
    found = scores("cmu-mosi", tmp_path / "data", answers, tmp_path / "runs")
    assert found["acc7"] == pytest.approx(5 / 7), "0.5 is 0, not 1; 2.4 is 2, not 3"
    assert found["acc5"] == pytest.approx(6 / 7), "clipped to 2, 3.0 and 2.4 agree"
    assert found["acc2_nonzero"] == pytest.approx(1), "-0.5 is answered by 0, which is not positive"
    assert found["acc2_nonnegative"] == pytest.approx(6 / 7), "but 0 is not negative either"


def test_no_answer_is_on_the_wrong_side(tmp_path: Path) -> None:
    names = mosi(tmp_path / "data", [1.0, -1.0, 0.0, 2.0])
    answers = {names[0]: "sentiment: 1", names[1]: "I cannot say.", names[2]: "", names[3]: "sentiment: 2"}
    found = scores("cmu-mosi", tmp_path / "data", answers, tmp_path / "runs")
    assert found["acc2_nonzero"] == pytest.approx(2 / 3)
    assert found["acc2_nonnegative"] == pytest.approx(2 / 4)
    assert found["acc7"] == pytest.approx(2 / 4)
    assert found["mae"] == pytest.approx((4 + 3) / 4), "as far off as the scale allows"


# -- CMU-MOSEI -------------------------------------------------------------------------------------------------------

LINES = {
    "aB_-cd_": "aB_-cd____0___0.5___3.25___I liked it___a lot\naB_-cd____7___10___12.5___Not bad, but\n",
    "100178": "100178___1___0.0___4.1___This has no label.\n\n100178___3___4.1___9___It was awful.\n",
}
MOSEI = {"train": {"aB_-cd__0": 2.0}, "val": {"aB_-cd__7": 0.6666666865348816}, "test": {"100178_3": -3.0}}
COMBINED = "Raw/Transcript/Segmented/Combined"


@pytest.fixture
def mosei(tmp_path: Path) -> Path:
    files = {f"{COMBINED}/{video}.txt": lines for video, lines in LINES.items()}
    return write(label_npz(tmp_path, MOSEI), files)


def test_mosei_finds_clips_in_whole_videos_by_their_times(mosei: Path) -> None:
    found = by_id("cmu-mosei", mosei, "sentiment")
    assert levels(found) == {"100178_3": -3, "aB_-cd__0": 2, "aB_-cd__7": 0.6666666865348816}
    assert set(reading("cmu-mosei", mosei, "sentiment").splits) == {"train", "valid", "test"}
    last = found["aB_-cd__7"]
    assert last.cluster == found["aB_-cd__0"].cluster == "aB_-cd_", "an id may end with an underscore"
    for medium in last.media:
        assert medium.path == "Raw/Videos/Full/Combined/aB_-cd_.mp4"
        assert (medium.start_s, medium.end_s) == (10, 12.5)
    assert found["aB_-cd__0"].text == {"utterance": "I liked it___a lot"}


def test_mosei_numbers_of_segments_have_gaps_and_lines_without_a_label_are_left_out(mosei: Path) -> None:
    found = reading("cmu-mosei", mosei, "sentiment")
    assert {sample.id.rsplit("_", 1)[1] for sample in found.samples} == {"0", "3", "7"}
    assert found.rows == 3
    assert "100178_1" not in {sample.id for sample in found.samples}


def test_mosei_without_a_whole_video_has_missing_media(mosei: Path) -> None:
    write(mosei, {"Raw/Videos/Full/Combined/aB_-cd_.mp4": "clip"})
    report = check(Source(spec=shipped("cmu-mosei"), roots={"cmu-mosei": mosei}, labels=labels_of("cmu-mosei")))
    problems = {problem.kind: problem.examples for problem in report.problems}
    assert problems["missing"] == ["cmu-mosei:Raw/Videos/Full/Combined/100178.mp4"]
    assert len(problems["count"]) == 3


def test_mosei_of_merbench_has_a_file_for_each_sentence(tmp_path: Path) -> None:
    words = "name,english\n" + "".join(f"{name},WELL\n" for part in MOSEI.values() for name in part)
    root = write(label_npz(tmp_path, MOSEI), {"transcription.csv": words, "video/100178_3.mp4": ""})
    found = by_id("cmu-mosei", root, "sentiment")
    assert set(found) == {name for part in MOSEI.values() for name in part}
    assert places(found["100178_3"]) == {"clip": "video/100178_3.mp4", "voice": "video/100178_3.mp4"}
    assert places(found["aB_-cd__0"])["clip"] == "subvideo/aB_-cd__0.mp4"


# -- CH-SIMS ---------------------------------------------------------------------------------------------------------

ROWS = [("video_0001", 1, -1.0), ("video_0001", 2, 0.0), ("video_0002", 1, 0.2), ("video_0002", 11, 1.0)]
PARTS = {"train": [3], "val": [1], "test": [2, 0]}


@pytest.fixture
def sims(tmp_path: Path) -> Path:
    def column(change: float) -> str:
        rows = (f"{video},{clip},{max(-1.0, min(1.0, round(label + change, 1)))}\n" for video, clip, label in ROWS)
        return "video_id,clip_id,label\n" + "".join(rows)

    files = {
        f"metadata/sentiment/label_{name}.csv": column(change)
        for name, change in {"M": 0.0, "T": 0.2, "A": -0.2, "V": 0.4}.items()
    }
    files |= {f"metadata/{part}_index.csv": "index\n" + "".join(f"{n}\n" for n in rows) for part, rows in PARTS.items()}
    words = "".join(f"{video},{clip},你好{clip},hello {clip}\n" for video, clip, _ in ROWS)
    return write(tmp_path, {**files, "metadata/Translation.csv": "video_id,clip_id,Chinese,English\n" + words})


def test_sims_is_split_by_the_numbers_of_rows(sims: Path) -> None:
    found = reading("ch-sims", sims, "sentiment")
    assert [(sample.id, split) for sample, split in zip(found.samples, found.splits, strict=True)] == [
        ("video_0001_0001", "test"),
        ("video_0001_0002", "valid"),
        ("video_0002_0001", "test"),
        ("video_0002_0011", "train"),
    ]
    assert levels({sample.id: sample for sample in found.samples})["video_0001_0002"] == 0


def test_sims_clips_have_four_digits_and_words_are_chinese(sims: Path) -> None:
    sample = by_id("ch-sims", sims, "sentiment")["video_0002_0011"]
    assert places(sample) == {"clip": "Raw/video_0002/0011.mp4", "voice": "Raw/video_0002/0011.mp4"}
    assert sample.text == {"utterance": "你好11"}
    assert sample.cluster == "video_0002"


def test_sims_labels_of_words_voice_and_face_are_their_own(sims: Path) -> None:
    found = {
        target: levels(by_id("ch-sims", sims, target))["video_0002_0001"]
        for target in ("sentiment", "words", "voice", "face")
    }
    assert found == {"sentiment": 0.2, "words": 0.4, "voice": 0, "face": 0.6}


def test_a_row_in_no_part_or_in_two_is_an_error(sims: Path) -> None:
    index = sims / "metadata/test_index.csv"
    index.write_text("index\n2\n")
    with pytest.raises(DataError, match="has no row with index = 0"):
        reading("ch-sims", sims, "sentiment")
    index.write_text("index\n2\n0\n3\n")
    with pytest.raises(DataError, match="is already in"):
        reading("ch-sims", sims, "sentiment")


def test_sims_of_mmsa_gives_the_same_ids(tmp_path: Path) -> None:
    root = write(tmp_path, {"label.csv": MMSA + "video_0001,0002,你好,0.0,0.2,-0.2,0.4,Neutral,valid\n"})
    found = reading("ch-sims", root, "face")
    assert levels({sample.id: sample for sample in found.samples}) == {"video_0001_0002": 0.4}
    assert (found.splits, found.layout.verified) == (["valid"], False)


# -- CH-SIMS v2 ------------------------------------------------------------------------------------------------------


def sims_v2(root: Path, values: list[float], below: str = "") -> Path:
    rows = "".join(f"video_0001,{n + 1:04d},你好,{value},-1,0,1,x,test\n" for n, value in enumerate(values))
    clips = {f"{below}Raw/video_0001/{n + 1:04d}.mp4": "clip" for n in range(len(values))}
    return write(root, {f"{below}meta.csv": MMSA + rows, **clips})


@pytest.mark.parametrize("below", ["", "ch-simsv2s/"])
def test_sims_v2_keeps_leading_zeros(tmp_path: Path, below: str) -> None:
    root = sims_v2(tmp_path, [-0.1], below)
    found = by_id("ch-sims-v2", root, "sentiment")
    assert levels(found) == {"video_0001_0001": -0.1}
    assert places(found["video_0001_0001"])["clip"] == f"{below}Raw/video_0001/0001.mp4"
    assert [levels(by_id("ch-sims-v2", root, target)) for target in ("words", "voice", "face")] == [
        {"video_0001_0001": -1},
        {"video_0001_0001": 0},
        {"video_0001_0001": 1},
    ]


def test_the_zeros_of_sims_are_negative_in_one_and_left_out_of_the_other(tmp_path: Path) -> None:
    root = sims_v2(tmp_path / "data", [-1.0, 0.0, 0.0, 0.6, 0.2])
    ids = [f"video_0001_{n:04d}" for n in range(1, 6)]
    said = dict(zip(ids, ("-0.8", "0", "0.2", "0.6", "0.2"), strict=True))
    found = scores("ch-sims-v2", root, {k: f"sentiment: {v}" for k, v in said.items()}, tmp_path / "runs")
    assert found["acc2_sims"] == pytest.approx(4 / 5), "0.2 for a gold of 0 is wrong: 0 is negative"
    assert found["acc2_nonzero"] == pytest.approx(1)
    assert found["acc3_sims"] == pytest.approx(4 / 5)


def test_a_label_of_a_tenth_below_zero_is_negative(tmp_path: Path) -> None:
    root = sims_v2(tmp_path / "data", [-0.1, 0.1, 0.2])
    said = {f"video_0001_000{n}": f"sentiment: {v}" for n, v in ((1, -0.5), (2, 0), (3, 0.7))}
    found = scores("ch-sims-v2", root, said, tmp_path / "runs")
    assert found["acc3_sims"] == pytest.approx(1)
    assert found["acc5_sims"] == pytest.approx(1)


# -- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CORPORA)
def test_the_main_task_shows_clip_voice_and_words(name: str) -> None:
    task = bind(Catalogue(), name)
    assert task.shown == ("clip", "voice") and task.sees_text
    assert task.main == "acc2_nonzero"
    assert {"mae", "pcc"} < set(task.spec.metrics)


@pytest.mark.parametrize("corpus", ["ch-sims", "ch-sims-v2"])
@pytest.mark.parametrize(
    ("part", "shown", "text"), [("words", (), True), ("voice", ("voice",), False), ("face", ("clip",), False)]
)
def test_a_task_of_one_modality_shows_no_other(corpus: str, part: str, shown: tuple[str, ...], text: bool) -> None:
    task = bind(Catalogue(), f"{corpus}-{part}")
    assert (task.shown, task.sees_text, task.target) == (shown, text, part)


def test_test_parts_without_zeros_are_as_large_as_published() -> None:
    """Declared sizes, less the zeros that the pitfalls name, are those of the parts that are scored without them."""
    zeros = {"cmu-mosi": (30, 656), "cmu-mosei": (1_025, 3_634), "ch-sims": (69, 388), "ch-sims-v2": (123, 911)}
    for name, (left_out, kept) in zeros.items():
        size = shipped(name).splits["test"]
        assert size is not None and size - left_out == kept
        assert any(f"{left_out:,} of the" in pitfall for pitfall in shipped(name).pitfalls)


@pytest.mark.parametrize("name", CORPORA)
def test_the_mock_has_zeros_and_both_signs_in_each_part(name: str, tmp_path: Path) -> None:
    made = datasets.mock(shipped(name), tmp_path / "mock", labels_of(name))
    found = datasets.read(Source(spec=shipped(name), roots=made.roots, labels=labels_of(name), target="sentiment"))
    for part in shipped(name).splits:
        values = [
            np.sign((sample.gold.levels or {})["sentiment"])
            for sample, split in zip(found.samples, found.splits, strict=True)
            if split == part
        ]
        assert set(Counter(values)) == {-1, 0, 1}
