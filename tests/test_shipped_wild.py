"""The shipped corpora of people in the wild, frame by frame and in videos: every pitfall is a test."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

import affectbench as ab
from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.datasets import Source, check
from affectbench.errors import DataError, UsageError
from affectbench.task import bind
from affectbench.types import Gold
from tests.flow.flows import affectbench
from tests.trees import by_id, gold, labels_of, only, reading, shipped, write

# -- Aff-Wild2 -------------------------------------------------------------------------------------------------------

CLASSES = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"
UNITS = "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"
EXPR = "annotations/EXPR_Recognition_Challenge"


def text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture
def expr(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            f"{EXPR}/Train_Set/9.txt": text(CLASSES, "3"),
            f"{EXPR}/Validation_Set/4-30-1280x720_left.txt": text(CLASSES, "-1", "0", "7"),
            f"{EXPR}/Validation_Set/4-30-1280x720_right.txt": text(CLASSES, "4"),
            f"{EXPR}/Validation_Set/video70.txt": text(CLASSES, *"01234567"),
        },
    )


def test_line_k_after_the_header_is_frame_k_and_unlabelled_frames_are_no_samples(expr: Path) -> None:
    found = by_id("affwild2-expr", expr, "expression")
    left = "4-30-1280x720_left"
    assert {name: label for name, label in gold(found).items() if left in name} == {
        f"{left}/00002": "neutral", f"{left}/00003": "other",
    }  # fmt: skip
    assert only(found[f"{left}/00003"]).path == f"cropped_aligned/{left}/00003.jpg"
    assert [found[f"video70/{k:05d}"].gold.label for k in range(1, 9)] == [name.lower() for name in CLASSES.split(",")]


def test_two_people_of_a_video_are_one_cluster(expr: Path) -> None:
    found = by_id("affwild2-expr", expr, "expression")
    assert {s.cluster for name, s in found.items() if name.startswith("4-30")} == {"4-30-1280x720"}
    assert found["video70/00001"].cluster == "video70"


def test_only_files_of_the_wanted_split_are_opened(expr: Path) -> None:
    (expr / f"{EXPR}/Train_Set/torn.txt").write_bytes(b"\xff\xfe\n\xff\n")
    write(expr, {f"{EXPR}/Test_Set/hidden.txt": text(CLASSES, "1")})
    found = reading("affwild2-expr", expr, "expression", "val")
    assert len(found.samples) == 11
    assert {Path(file).parent.name for file in found.files} == {"Validation_Set"}
    with pytest.raises(DataError, match=r"torn\.txt"):
        reading("affwild2-expr", expr, "expression", "train")
    (expr / f"{EXPR}/Train_Set/torn.txt").unlink()
    both = reading("affwild2-expr", expr, "expression")
    assert sorted(set(both.splits)) == ["train", "val"], "a test part is no split: its labels are not public"
    assert len(both.samples) == 12


@pytest.mark.parametrize("folder", ["annotations/EXPR_Classification_Challenge", "6th ABAW/EXPR_Recognition_Challenge"])
def test_the_folder_has_other_names_in_other_years(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {f"{folder}/Validation_Set/a.txt": text(CLASSES, "6")})
    assert gold(by_id("affwild2-expr", tmp_path, "expression")) == {"a/00001": "surprise"}


def test_the_seven_classes_and_eight_units_of_older_challenges_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, {f"annotations/{kind}_Set/Validation_Set/a.txt": text("x", "1") for kind in ("EXPR", "AU", "VA")})
    tracks = (("affwild2-expr", "expression"), ("affwild2-au", "aus"), ("affwild2-va", "affect"))
    for name, target in tracks:
        with pytest.raises(DataError, match="nothing there is called"):
            reading(name, tmp_path, target)


def test_pictures_of_the_second_package_are_found(expr: Path) -> None:
    there = "cropped_aligned_new_50_vids/video70/00002.jpg"
    found = by_id("affwild2-expr", write(expr, {there: ""}), "expression")
    assert only(found["video70/00002"]).path == there
    assert only(found["video70/00001"]).path == "cropped_aligned/video70/00001.jpg"


def test_a_frame_without_a_picture_counts_against_the_model(expr: Path, tmp_path: Path) -> None:
    run = ab.run("affwild2-expr", "baseline:majority", data={"affwild2-expr": expr}, out=tmp_path / "runs")
    assert run.results["status"]["media_error"] == sum(run.results["status"].values()) == 2
    assert next(s for s in run.results["scores"] if s["metric"] == "accuracy" and s["over"] == "all")["value"] == 0


def test_a_task_takes_the_frames_1_101_201(tmp_path: Path) -> None:
    codes = ["-1" if k == 100 else str(k % 8) for k in range(250)]
    files = {f"{EXPR}/Validation_Set/{name}.txt": text(CLASSES, *codes) for name in "ab"}
    bound = datasets.bind(bind(Catalogue(), "affwild2-expr"), {"affwild2-expr": write(tmp_path, files)})
    assert list(bound.ids) == ["a/00001", "a/00201", "b/00001", "b/00201"]


def test_frames_that_nobody_rated_have_minus_five(tmp_path: Path) -> None:
    folder = "annotations/VA_Estimation_Challenge/Validation_Set"
    lines = ["valence,arousal", "-5,-5", "-1,1", "0.25,-5", "-0.5,0.75", "-5.0,-5.0"]
    write(tmp_path, {f"{folder}/a.txt": text(*lines)})
    found = by_id("affwild2-va", tmp_path, "affect")
    assert {name: sample.gold.levels for name, sample in found.items()} == {
        "a/00002": {"valence": -1, "arousal": 1},
        "a/00004": {"valence": -0.5, "arousal": 0.75},
    }
    write(tmp_path, {f"{folder}/a.txt": text("valence,arousal", "1.5,0")})
    with pytest.raises(DataError, match="outside -1 to 1"):
        reading("affwild2-va", tmp_path, "affect")


def test_units_that_nobody_coded_are_neither_present_nor_absent(tmp_path: Path) -> None:
    rows = [",".join(["-1"] * 12), "1,0,0,0,0,0,1,0,0,0,0,0", "-1" + ",0" * 10 + ",1"]
    write(tmp_path, {"annotations/AU_Detection_Challenge/Validation_Set/a.txt": text(UNITS, *rows)})
    found = by_id("affwild2-au", tmp_path, "aus")
    assert list(found) == ["a/00002", "a/00003"]
    assert found["a/00002"].gold.labels == ("AU1", "AU12")
    assert (found["a/00003"].gold.labels, found["a/00003"].gold.unlabelled) == (("AU26",), ("AU1",))


def test_the_tracks_have_the_scores_of_the_challenges() -> None:
    tracks = {"affwild2-va": "ccc", "affwild2-expr": "macro_f1", "affwild2-au": "macro_f1"}
    known = Catalogue()
    assert {name: bind(known, name).main for name in tracks} == tracks
    suite = known.load("suite", "abaw").spec
    assert set(suite.aggregate.sum_of) == set(tracks), "the multi-task score is the sum of the three"
    assert bind(known, "affwild2-va").levels == (("valence", -1, 1), ("arousal", -1, 1))
    assert bind(known, "affwild2-au").labels.names == tuple(UNITS.split(","))  # type: ignore[union-attr]


TRACKS = {
    "affwild2-expr": ("EXPR_Recognition_Challenge", "expression", CLASSES, "4"),
    "affwild2-va": ("VA_Estimation_Challenge", "affect", "valence,arousal", "0.5,-0.5"),
    "affwild2-au": ("AU_Detection_Challenge", "aus", UNITS, "0,1" + ",0" * 10),
}


@pytest.mark.parametrize("name", TRACKS)
def test_each_track_keeps_people_apart_and_its_test_part_out(name: str, tmp_path: Path) -> None:
    folder, target, header, line = TRACKS[name]
    people = ("4-30_left", "4-30_right", "4-30")
    files = {f"annotations/{folder}/Validation_Set/{one}.txt": text(header, line, line) for one in people}
    write(tmp_path, {**files, f"annotations/{folder}/Test_Set/9.txt": text(header, line)})
    found = reading(name, tmp_path, target)
    assert {sample.id for sample in found.samples} == {f"{one}/0000{k}" for one in people for k in (1, 2)}
    assert ({s.cluster for s in found.samples}, set(found.splits)) == ({"4-30"}, {"val"})
    assert {only(s).path for s in found.samples} == {f"cropped_aligned/{s.id}.jpg" for s in found.samples}


# -- VEATIC ----------------------------------------------------------------------------------------------------------


def veatic(root: Path, lengths: dict[str, int]) -> Path:
    series = {"valence": 0.5, "arousal": -0.5}
    files = {
        f"rating_averaged/{video}_{level}.csv": text(*(f"{k / 25},{sign * k / length}" for k in range(length)))
        for video, length in lengths.items()
        for level, sign in series.items()
    }
    return write(root, files)


def test_veatic_splits_each_video_in_time_and_no_clip_reaches_across(tmp_path: Path) -> None:
    found = reading("veatic", veatic(tmp_path, {"7": 100, "12": 90}), "affect")
    ids: dict[str, list[str]] = {"train": [], "test": []}
    for sample, split in zip(found.samples, found.splits, strict=True):
        ids[split].append(sample.id)
    # 70 % of 90 is 62.99… in the authors' arithmetic, so that frame 62 begins the test part
    assert ids["train"] == [*(f"12/{k}" for k in range(20, 62)), *(f"7/{k}" for k in range(20, 70))]
    assert ids["test"] == [*(f"12/{k}" for k in range(82, 90)), *(f"7/{k}" for k in range(90, 100))]
    assert {sample.cluster for sample in found.samples} == {"7", "12"}


def test_veatic_rates_frame_k_in_row_k_and_shows_the_frames_before_it(tmp_path: Path) -> None:
    (tmp_path / "frames/7").mkdir(parents=True)
    found = by_id("veatic", veatic(tmp_path, {"7": 100}), "affect")
    assert found["7/90"].gold.levels == {"valence": 0.45, "arousal": -0.45}
    clip = only(found["7/90"])
    assert (clip.kind, clip.path, clip.first, clip.last, clip.count_from) == ("video", "frames/7/", 70, 90, 0)


@pytest.mark.parametrize("there", ["frame/7/", "frames/7/", "video/7.mp4", "videos/7.mp4"])
def test_veatic_takes_cut_frames_or_the_videos(tmp_path: Path, there: str) -> None:
    write(tmp_path, {f"{there}70.jpg" if there.endswith("/") else there: ""})
    assert only(by_id("veatic", veatic(tmp_path, {"7": 100}), "affect")["7/90"]).path == there


def test_veatic_reads_the_two_files_of_the_loader_not_the_one_of_the_readme(tmp_path: Path) -> None:
    write(tmp_path, {"rating_averaged/7.csv": text("0,0.1,0.2")})
    with pytest.raises(DataError, match=r"nothing there is called .*_arousal\.csv"):
        reading("veatic", tmp_path, "affect")


def test_veatic_without_the_arousal_of_a_frame_is_an_error(tmp_path: Path) -> None:
    veatic(tmp_path, {"7": 100})
    (tmp_path / "rating_averaged/7_arousal.csv").write_text(text(*(f"{k},0" for k in range(99))))
    with pytest.raises(DataError, match="join"):
        reading("veatic", tmp_path, "affect")


# -- BAH -------------------------------------------------------------------------------------------------------------

SPLITS = "dataset-splits/video-level/BAH_DB/split-0"
VIDEO = "Videos/82593/Visite_1/82593_Question_{}_2024-10-02 16-19-36_Video{}.mp4"


@pytest.fixture
def bah(tmp_path: Path) -> Path:
    lines = [VIDEO.format(1, "-DESKTOP-X") + ",0,Well, I don't know, um, yes.", VIDEO.format(2, "") + ",1,Eat."]
    other = "Videos/82711/Visite_1/82711_Question_1_2024-11-18_16-07-42_Video.mp4,1,Hello?"
    return write(tmp_path, {f"{SPLITS}/test.txt": text(*lines), f"{SPLITS}/train.txt": text(other)})


def test_bah_transcripts_keep_their_commas_and_names_their_spaces(bah: Path) -> None:
    found = by_id("bah", bah, "presence")
    first = found["82593_Question_1_2024-10-02 16-19-36_Video-DESKTOP-X"]
    assert first.text == {"transcript": "Well, I don't know, um, yes."}
    assert {media.name: (media.kind, media.path) for media in first.media} == {
        "clip": ("video", VIDEO.format(1, "-DESKTOP-X")),
        "voice": ("audio", VIDEO.format(1, "-DESKTOP-X")),
    }
    assert [sample.gold.label for sample in found.values()] == ["no", "yes", "yes"]


def test_bah_has_one_cluster_a_participant_and_parts_by_file(bah: Path) -> None:
    found = reading("bah", bah, "presence")
    assert found.splits == ["test", "test", "train"]
    assert [sample.cluster for sample in found.samples] == ["82593", "82593", "82711"]


def test_bah_of_the_other_release_is_told_by_its_counts(bah: Path) -> None:
    write(bah, {f"{SPLITS}/val.txt": text(VIDEO.format(3, "") + ",0,No.")})
    report = check(Source(spec=shipped("bah"), roots={"bah": bah}, labels=labels_of("bah")), media=False)
    (problem,) = report.problems
    assert problem.kind == "count" and "test: 2 found, 392 declared" in problem.examples
    assert sum(n for n in shipped("bah").splits.values() if n) == 1_118


# -- C-EXPR-DB -------------------------------------------------------------------------------------------------------


@pytest.fixture
def cexpr(tmp_path: Path) -> Path:
    return write(tmp_path / "data", {f"cropped_aligned/{video}/{k:05d}.jpg": "x" for video in "12" for k in (1, 2)})


def test_cexpr_has_samples_and_no_gold(cexpr: Path) -> None:
    found = by_id("c-expr-db", cexpr, "expression")
    assert list(found) == ["1/00001", "1/00002", "2/00001", "2/00002"]
    assert {sample.cluster for sample in found.values()} == {"1", "2"}
    assert all(sample.gold == Gold() for sample in found.values())
    face = only(found["2/00001"])
    assert (face.kind, face.path) == ("image", "cropped_aligned/2/00001.jpg")


def test_cexpr_codes_are_those_of_a_submission() -> None:
    known = labels_of("c-expr-db")["c-expr-7"]
    assert list(known.codes) == list("0123456")
    assert (known.name_of("0"), known.name_of("6")) == ("fearfully surprised", "sadly angry")


def test_cexpr_is_exported_whole(cexpr: Path) -> None:
    done = affectbench("tasks", "export", "c-expr-db", "--data", f"c-expr-db={cexpr}")
    requests = [json.loads(line) for line in done.out.splitlines()]
    assert [request["id"] for request in requests] == ["1/00001", "1/00002", "2/00001", "2/00002"]
    assert requests[0]["messages"][0]["content"][0]["path"] == "cropped_aligned/1/00001.jpg"
    assert len(requests[0]["options"]) == 7


def test_cexpr_gets_no_score_and_the_message_says_what_to_do(cexpr: Path, tmp_path: Path) -> None:
    said = r"no public labels of 'c-expr-db'.*affectbench tasks export c-expr-db"
    (tmp_path / "answers.csv").write_text("id,text\n1/00001,sadly angry\n")
    for model in ("baseline:majority", f"replay:{tmp_path / 'answers.csv'}"):
        refused = affectbench("run", "-m", model, "-t", "c-expr-db", "--out", str(tmp_path / "runs"))
        assert refused.code == 2
        assert re.search(said, refused.err), "it is refused before anybody goes and gets the data"
    with pytest.raises(UsageError, match=said):
        ab.run("c-expr-db", f"replay:{tmp_path / 'answers.csv'}", data={"c-expr-db": cexpr}, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_cexpr_can_be_looked_at(cexpr: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(cexpr / "cropped_aligned/1/00001.jpg")
    (tmp_path / "answers.csv").write_text("id,text\n1/00001,sadly angry\n")
    model = f"replay:{tmp_path / 'answers.csv'}"
    dry = affectbench("run", "-m", model, "-t", "c-expr-db", "--data", f"c-expr-db={cexpr}", "--dry-run")
    assert dry.code == 0 and "Which pair is it?" in dry.out
    shown = affectbench("tasks", "show", "c-expr-db").out
    assert "withheld" in shown and "tasks export" in shown
    report = check(
        Source(spec=shipped("c-expr-db"), roots={"c-expr-db": cexpr}, labels=labels_of("c-expr-db")), media=False
    )
    assert report.targets == {"expression": {"-": 4}} and report.ok


def test_no_suite_holds_a_task_that_cannot_be_scored() -> None:
    known = Catalogue()
    named = {name for suite in known.ids("suite") for name in known.load("suite", suite).spec.tasks}
    withheld = {name for name in known.ids("task") if bind(known, name).withheld}
    assert withheld and not withheld & named


# -- all of them -----------------------------------------------------------------------------------------------------

TASKS = ("affwild2-expr", "affwild2-va", "affwild2-au", "veatic", "bah")


@pytest.mark.parametrize("name", TASKS)
def test_a_difference_from_the_published_protocol_is_stated(name: str) -> None:
    task = bind(Catalogue(), name)
    assert task.spec.approximate
    assert task.spec.protocol.startswith(task.dataset.id)


@pytest.mark.parametrize(("name", "medium", "most"), [("veatic", "clip", 5), ("bah", "clip", 8)])
def test_clips_can_be_shown_as_frames(name: str, medium: str, most: int) -> None:
    use = (bind(Catalogue(), name).spec.media or {})[medium]
    assert use.frames is not None and use.frames.frames().most == most
    assert bind(Catalogue(), name).dataset.media_kinds()[medium] == "video"
