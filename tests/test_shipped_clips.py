"""The shipped corpora of clips, read over small trees in their own layouts: every pitfall is a test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from affectbench import datasets
from affectbench.answers import reader
from affectbench.catalogue import Catalogue
from affectbench.datasets import Source, check
from affectbench.errors import DataError
from affectbench.prompts import asked
from affectbench.rendering import requests
from affectbench.task import bind
from affectbench.types import Media, Sample
from tests.trees import by_id, gold, labels_of, only, reading, shipped, write

KNOWN = Catalogue()
SHOWN_ALONE = ("dfew", "dfew-fold-1", "ferv39k", "mafw", "mafw-compound", "afew", "caer", "raer")
HEARD_TOO = ("ravdess", "enterface05")


def media(sample: Sample) -> dict[str, Media]:
    return {found.name: found for found in sample.media}


def source(name: str, root: Path) -> Source:
    return Source(spec=shipped(name), roots={name: root}, labels=labels_of(name))


def files(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "x")


# -- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHOWN_ALONE)
def test_a_clip_is_shown_alone_and_as_eight_frames_to_a_model_that_takes_pictures(name: str) -> None:
    task = bind(KNOWN, name)
    assert task.kinds() == {"video"}
    frames = (task.spec.media or {})["clip"].view().frames
    assert frames is not None and (frames.policy, frames.n) == ("uniform", 8)


@pytest.mark.parametrize("name", HEARD_TOO)
def test_acted_speech_is_seen_and_heard(name: str) -> None:
    assert bind(KNOWN, name).kinds() == {"video", "audio"}


def test_the_voice_alone_is_another_protocol() -> None:
    voice, both = bind(KNOWN, "ravdess-voice"), bind(KNOWN, "ravdess")
    assert voice.kinds() == {"audio"}
    assert voice.spec.protocol != both.spec.protocol


@pytest.mark.parametrize("name", ["dfew", "dfew-fold-1", "ferv39k", "mafw", "mafw-compound", "raer", *HEARD_TOO])
def test_uar_comes_first_and_war_with_it(name: str) -> None:
    task = bind(KNOWN, name)
    assert task.main == "uar"
    assert "war" in task.spec.metrics


@pytest.mark.parametrize(
    ("name", "main"),
    [("afew", "accuracy"), ("caer", "accuracy"), ("crema-d", "uar"), ("crema-d-face", "uar"), ("crema-d-voice", "uar"),
     ("crema-d-crowd", "vote_accuracy")],
)  # fmt: skip
def test_the_first_figure_of_the_others_is_the_one_of_papers(name: str, main: str) -> None:
    task = bind(KNOWN, name)
    assert task.main == main
    assert main == "vote_accuracy" or {"accuracy", "uar"} <= set(task.spec.metrics), "accuracy is WAR"


@pytest.mark.parametrize(
    "name", ["crema-d", "crema-d-face", "crema-d-voice", "ravdess", "ravdess-voice", "enterface05"]
)
def test_where_papers_train_fold_by_fold_the_task_says_that_its_figure_is_another(name: str) -> None:
    assert "trained on other" in (bind(KNOWN, name).spec.approximate or "")


def test_folds_are_averaged_where_papers_do() -> None:
    averaged = {name for name in KNOWN.tasks(["dfer"]) if bind(KNOWN, name).spec.aggregate.folds == "mean"}
    assert averaged == {"dfew", "mafw", "mafw-compound"}


@pytest.mark.parametrize(
    ("name", "target"), [("ferv39k", "emotion"), ("afew", "emotion"), ("caer", "emotion"), ("mafw", "compound")]
)
def test_an_unknown_emotion_is_an_error(name: str, target: str, tmp_path: Path) -> None:
    trees = {
        "ferv39k": {"2_ClipsforFaceCrop/x": "", "4_setups/All_scenes/test_All.csv": "Action/Bored/0001 Bored\n"},
        "afew": files("Val_AFEW/Bored/1.avi"),
        "caer": files("test/Bored/0001.avi"),
        "mafw": {"clips/x": "", "split/compound/no_caption/set_1/test.txt": "00001.mp4 anger_boredom\n"},
    }
    with pytest.raises(DataError, match="is not a label of"):
        reading(name, write(tmp_path, trees[name]), target)


# -- DFEW ------------------------------------------------------------------------------------------------------------

DFEW_TESTS = {1: ["1,7", "345,1"], 2: ["16372,6"], 3: ["22,3"], 4: ["23,2"], 5: ["24,5", "25,4"]}
DFEW_GOLD = {
    "00001": "fear", "00345": "happy", "16372": "disgust", "00022": "neutral", "00023": "sad", "00024": "surprise",
    "00025": "angry",
}  # fmt: skip


def dfew(root: Path, *names: str, part: str = "test(single-labeled)") -> Path:
    lists = {
        f"EmoLabel_DataSplit/{part}/set_{fold}.csv": "video_name,label\n" + "".join(f"{row}\n" for row in rows)
        for fold, rows in DFEW_TESTS.items()
    }
    other = "\n".join(row for rows in list(DFEW_TESTS.values())[1:] for row in rows)
    training = {"EmoLabel_DataSplit/train(single-labeled)/set_1.csv": f"video_name,label\n{other}\n"}
    return write(root, {**lists, **training, **files(*names)})


@pytest.mark.parametrize("part", ["test(single-labeled)", "test(single_labeled)"])
def test_dfew_codes_begin_at_one_and_folders_of_frames_have_five_digits(tmp_path: Path, part: str) -> None:
    root = dfew(tmp_path, "Clip/jpg_256/00345/00345_00001.jpg", part=part)
    found = by_id("dfew", root, "emotion")
    assert gold(found) == DFEW_GOLD
    assert only(found["00345"]).path == "Clip/jpg_256/00345/"
    assert (root / str(only(found["00345"]).path)).is_dir()


def test_dfew_refuses_codes_from_zero(tmp_path: Path) -> None:
    root = dfew(tmp_path, "Clip/jpg_256/x")
    (root / "EmoLabel_DataSplit/test(single-labeled)/set_1.csv").write_text("video_name,label\n1,0\n2,6\n")
    with pytest.raises(DataError, match="'0' is not a label of 'dfew-7'"):
        reading("dfew", root, "emotion")


def test_dfew_test_lists_of_five_folds_are_the_corpus(tmp_path: Path) -> None:
    root = dfew(tmp_path, "Clip/jpg_256/x", "Clip/jpg_256/09999/1.jpg")
    found = reading("dfew", root, "emotion")
    assert Counter(sample.fold for sample in found.samples) == {"1": 2, "2": 1, "3": 1, "4": 1, "5": 2}
    assert "09999" not in {sample.id for sample in found.samples}, "clips without a single label are no samples"
    assert sum(count or 0 for count in shipped("dfew").folds.values()) == shipped("dfew").splits["test"] == 11_697
    report = check(source("dfew", root), media=False)
    assert report.folds["1"] == {"declared": 2_341, "found": 2}


def test_dfew_a_clip_in_the_test_lists_of_two_folds_is_refused(tmp_path: Path) -> None:
    root = dfew(tmp_path, "Clip/jpg_256/x")
    (root / "EmoLabel_DataSplit/test(single-labeled)/set_2.csv").write_text("video_name,label\n00345,1\n")
    with pytest.raises(DataError, match="the id '00345' is already at"):
        reading("dfew", root, "emotion")


def test_dfew_fold_1_alone_is_a_task(tmp_path: Path) -> None:
    root = dfew(tmp_path, "Clip/jpg_256/x")
    assert len(datasets.bind(bind(KNOWN, "dfew"), {"dfew": root}).samples) == 7
    first = datasets.bind(bind(KNOWN, "dfew-fold-1"), {"dfew": root})
    assert [sample.id for sample in first.samples] == ["00001", "00345"]


def test_dfew_frames_may_lie_under_another_name_or_deeper(tmp_path: Path) -> None:
    above = "Clip/clip_224x224"
    found = by_id("dfew", dfew(tmp_path / "a", f"{above}/00345/1.jpg"), "emotion")
    assert only(found["00345"]).path == f"{above}/00345/"
    found = by_id("dfew", dfew(tmp_path / "b", f"{above}/clip_224/00345/1.jpg"), "emotion")
    assert only(found["00345"]).path == f"{above}/clip_224/00345/"


@pytest.mark.parametrize("place", ["Clip/original", "Clip/original/part_1"])
@pytest.mark.parametrize("name", ["345", "00345"])
def test_dfew_original_clips_have_sound_and_their_numbers_mostly_no_zeros(
    tmp_path: Path, place: str, name: str
) -> None:
    found = reading("dfew", dfew(tmp_path, f"{place}/{name}.mp4"), "emotion")
    sample = next(sample for sample in found.samples if sample.id == "00345")
    assert {medium.kind: medium.path for medium in sample.media} == dict.fromkeys(
        ("video", "audio"), f"{place}/{name}.mp4"
    )
    assert found.layout.verified is False


def test_dfew_ids_are_the_same_in_every_layout(tmp_path: Path) -> None:
    frames = by_id("dfew", dfew(tmp_path / "a", "Clip/jpg_256/x"), "emotion")
    clips = by_id("dfew", dfew(tmp_path / "b", "Clip/original/1.mp4"), "emotion")
    assert list(frames) == list(clips) == list(DFEW_GOLD)


def test_a_task_that_names_a_medium_is_refused_a_copy_without_it(tmp_path: Path) -> None:
    plugin = write(tmp_path / "plugin", {"tasks/own/dfew-heard.yaml": HEARD})
    known = Catalogue(plugins=[plugin])
    frames = dfew(tmp_path / "a", "Clip/jpg_256/x")
    with pytest.raises(DataError, match=r"'dfew-heard' shows 'voice', which this copy .* Clip/jpg_256, has clip"):
        datasets.bind(bind(known, "dfew-heard"), {"dfew": frames})
    clips = dfew(tmp_path / "b", "Clip/original/1.mp4")
    bound = datasets.bind(bind(known, "dfew-heard"), {"dfew": clips})
    assert set(media(bound.samples[0])) == {"clip", "voice"}


HEARD = """\
title: DFEW, seen and heard
dataset: dfew
media: {clip: {frames: 8}, voice: {}}
answer: {form: choice}
metrics: [uar]
protocol: own/dfew-heard
"""


# -- FERV39k ---------------------------------------------------------------------------------------------------------

FERV_LISTS = {
    "4_setups/All_scenes/train_All.csv": "Crime/Angry/0003 Angry\n",
    "4_setups/All_scenes/test_All.csv": "Action/Sad/0010 Sad\nDaily/Happy/0011 Happy\n",
    "4_setups/Action/test_Action.csv": "Action/Sad/0010 Sad\n",
}
FERV = "2_ClipsforFaceCrop", "3_ClipsforScenImages"


def ferv39k(root: Path, *above: str) -> Path:
    return write(root, {**FERV_LISTS, **files(*(f"{name}/Action/Sad/0010/1.jpg" for name in above))})


def test_ferv39k_lists_have_no_header_and_names_for_codes(tmp_path: Path) -> None:
    found = reading("ferv39k", ferv39k(tmp_path, FERV[0]), "emotion")
    assert Counter(found.splits) == {"train": 1, "test": 2}
    assert {sample.id: sample.gold.label for sample in found.samples} == {
        "Crime/Angry/0003": "angry", "Action/Sad/0010": "sad", "Daily/Happy/0011": "happy",
    }  # fmt: skip
    assert {sample.group["scene"] for sample in found.samples} == {"Action", "Crime", "Daily"}


def test_ferv39k_codes_begin_at_zero_where_those_of_dfew_begin_at_one() -> None:
    ferv, other = labels_of("ferv39k")["ferv39k-7"], labels_of("dfew")["dfew-7"]
    assert ferv.names == other.names == ("happy", "sad", "neutral", "angry", "surprise", "disgust", "fear")
    assert ferv.codes == tuple("0123456")
    assert other.codes == tuple("1234567")


def test_ferv39k_faces_are_taken_where_there_are_scenes_too(tmp_path: Path) -> None:
    for folder, above, taken in (("a", FERV, FERV[0]), ("b", FERV[1:], FERV[1])):
        found = by_id("ferv39k", ferv39k(tmp_path / folder, *above), "emotion")
        assert only(found["Action/Sad/0010"]).path == f"{taken}/Action/Sad/0010/"


def test_ferv39k_no_path_comes_near_a_prompt(tmp_path: Path) -> None:
    root = ferv39k(tmp_path, FERV[0])
    write(root, files(f"{FERV[0]}/Daily/Happy/0011/1.jpg"))
    for request in requests(datasets.bind(bind(KNOWN, "ferv39k"), {"ferv39k": root})):
        text = " ".join(part.get("text", "") for turn in request["messages"] for part in turn["content"])
        assert "Which emotion" in text
        assert not any(word in text for word in (request["id"], *request["id"].split("/")))


# -- MAFW ------------------------------------------------------------------------------------------------------------

SINGLE = {1: "00025.mp4 anger\n00019.mp4 neutral\n", 2: "03747.mp4 helplessness\n"}
COMPOUND = {1: "03747.mp4 disgust_anger\n", 2: "00025.mp4 anger\n00033.mp4 fear_sadness_anxiety\n"}


def mafw(root: Path, *names: str, above: str = "split") -> Path:
    lists = {
        f"{above}/{setting}/no_caption/set_{fold}/test.txt": text
        for setting, folds in (("single", SINGLE), ("compound", COMPOUND))
        for fold, text in folds.items()
    }
    captions = {f"{above}/single/with_caption/set_1/test.txt": "00025.mp4\tanger\t…\tA man speaks.\n"}
    training = {f"{above}/single/no_caption/set_1/train.txt": SINGLE[2]}
    return write(root, {**lists, **captions, **training, **files(*names)})


@pytest.mark.parametrize("above", ["split", "Train & Test Set"])
def test_mafw_the_two_sets_have_folds_of_their_own(tmp_path: Path, above: str) -> None:
    root = mafw(tmp_path, "clips/00025.mp4", above=above)
    single, compound = by_id("mafw", root, "single"), by_id("mafw", root, "compound")
    assert gold(single) == {"single-00025": "anger", "single-00019": "neutral", "single-03747": "helplessness"}
    assert gold(compound) == {
        "compound-03747": "anger and disgust",
        "compound-00025": "anger",
        "compound-00033": "fear and sadness and anxiety",
    }
    assert (single["single-03747"].fold, compound["compound-03747"].fold) == ("2", "1")


def test_mafw_counts_are_those_of_both_sets() -> None:
    tests = {"single": (1_839, 1_837, 1_833, 1_832, 1_831), "compound": (1_818, 1_809, 1_798, 1_788, 1_783)}
    assert (sum(tests["single"]), sum(tests["compound"])) == (9_172, 8_996)
    assert list(shipped("mafw").folds.values()) == [sum(both) for both in zip(*tests.values(), strict=True)]
    assert shipped("mafw").splits == {"test": 9_172 + 8_996}


def test_mafw_parts_of_a_compound_stand_in_any_order(tmp_path: Path) -> None:
    orders = ["anger_disgust_anxiety", "anxiety_anger_disgust", "disgust_anxiety_anger"]
    lines = "".join(f"{place:05d}.mp4 {order}\n" for place, order in enumerate(orders))
    root = write(tmp_path, {"split/compound/no_caption/set_1/test.txt": lines, "clips/00000.mp4": "x"})
    assert set(gold(by_id("mafw", root, "compound")).values()) == {"anger and disgust and anxiety"}


def test_mafw_has_eleven_emotions_with_anger_first_and_thirty_two_compounds_of_them() -> None:
    singles, classes = labels_of("mafw")["mafw-11"].names, labels_of("mafw")["mafw-43"].names
    assert (len(singles), len(classes)) == (11, 43)
    assert singles[0] == "anger" and singles[4] == "neutral"
    assert classes[:11] == singles
    parts = [name.split(" and ") for name in classes[11:]]
    assert all(set(names) <= set(singles) - {"neutral"} for names in parts)
    assert Counter(map(len, parts)) == {2: 23, 3: 9}
    assert len({frozenset(names) for names in parts}) == 32


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("disgust and anger", "anger and disgust"),
        ("anger_disgust", "anger and disgust"),
        ("Anger & disgust.", "anger and disgust"),
        ("The person looks angry and disgusted.", "anger and disgust"),
        ("anger", "anger"),
        ("anger, disgust", None),
        ("anger and happiness", None),
    ],
)
def test_mafw_a_compound_is_never_read_as_one_of_its_parts(reply: str, expected: str | None) -> None:
    assert reader(asked(bind(KNOWN, "mafw-compound")))(reply).value == expected


def test_mafw_clips_have_sound_and_folders_of_frames_none(tmp_path: Path) -> None:
    for folder, there, path, kinds in (
        ("a", "clips/00025.mp4", "clips/00025.mp4", {"clip", "voice"}),
        ("b", "data/clips/00025.mp4", "data/clips/00025.mp4", {"clip", "voice"}),
        ("c", "data/frames/00025/1.jpg", "data/frames/00025/", {"clip"}),
    ):
        found = media(by_id("mafw", mafw(tmp_path / folder, there), "single")["single-00025"])
        assert set(found) == kinds
        assert {medium.path for medium in found.values()} == {path}


def test_mafw_tasks_ask_of_their_own_set(tmp_path: Path) -> None:
    root = mafw(tmp_path, "clips/00025.mp4")
    for name, target in (("mafw", "single"), ("mafw-compound", "compound")):
        samples = datasets.bind(bind(KNOWN, name), {"mafw": root}).samples
        assert [sample.id for sample in samples] == list(by_id("mafw", root, target))


# -- AFEW, CAER, RAER ------------------------------------------------------------------------------------------------


def test_afew_takes_emotions_from_folders_and_has_no_test_part(tmp_path: Path) -> None:
    names = [
        "Train_AFEW/Angry/000046280.avi",
        "Val_AFEW/Surprise/005150814.avi",
        "Val_AFEW/Sad/005150814.avi",
        "Test_AFEW/x/000000001.avi",
        "Val_AFEW/AlignedFaces_LBPTOP_Points_Val/Faces/005150814/1.jpg",
    ]
    found = reading("afew", write(tmp_path, files(*names)), "emotion")
    assert found.splits == ["train", "val", "val"]
    assert [sample.gold.label for sample in found.samples] == ["angry", "sad", "surprise"]
    assert [sample.cluster for sample in found.samples] == ["000046280", "005150814", "005150814"]
    assert set(media(found.samples[0])) == {"clip", "voice"}
    assert bind(KNOWN, "afew").split == "val"


def test_afew_of_another_year_is_told_by_its_counts(tmp_path: Path) -> None:
    root = write(tmp_path, files("Train_AFEW/Angry/1.avi", "Val_AFEW/Angry/2.avi"))
    problem = check(source("afew", root), media=False).problems[0]
    assert (problem.kind, problem.examples[0]) == ("count", "train: 1 found, 773 declared")


@pytest.mark.parametrize("above", ["", "CAER/"])
def test_caer_numbers_begin_again_in_each_class(tmp_path: Path, above: str) -> None:
    names = [f"{above}{part}/{emotion}/0001.avi" for part in ("train", "test") for emotion in ("Anger", "Happy")]
    root = write(tmp_path, files(*names, f"{above}validation/Sad/0001.avi", f"{above}other/Sad/0001.avi"))
    found = by_id("caer", root, "emotion")
    assert gold(found) == {
        "test-anger-0001": "anger",
        "test-happy-0001": "happy",
        "train-anger-0001": "anger",
        "train-happy-0001": "happy",
        "validation-sad-0001": "sad",
    }
    assert media(found["test-anger-0001"])["clip"].path == f"{above}test/Anger/0001.avi"
    assert media(found["test-anger-0001"])["clip"].box is None, "the scene is shown whole"
    assert "angry" not in labels_of("caer")["caer-7"].names


def test_caer_folders_of_parts_may_be_in_capitals(tmp_path: Path) -> None:
    root = write(tmp_path, files("CAER/TEST/Anger/0001.avi", "CAER/TRAIN/Sad/0001.avi"))
    assert [sample.id for sample in datasets.bind(bind(KNOWN, "caer"), {"caer": root}).samples] == ["test-anger-0001"]


def test_raer_codes_begin_at_one_and_frames_lie_below_the_root(tmp_path: Path) -> None:
    lists = {
        "label/AcademicEmotion_train_set_5_new.txt": "clips/a 16 1\n./clips/b/ 20 5\n",
        "label/AcademicEmotion_test_set_5_new.txt": "clips/c 16 2\nclips/d 9 3\nclips/e 9 4\n",
        "label/four_test.txt": "clips/a 16 9\n",
    }
    found = reading("raer", write(tmp_path, lists), "emotion")
    assert Counter(found.splits) == {"train": 2, "test": 3}
    assert {sample.id: sample.gold.label for sample in found.samples} == {
        "clips/a": "neutrality", "clips/b": "distraction", "clips/c": "enjoyment", "clips/d": "confusion",
        "clips/e": "fatigue",
    }  # fmt: skip
    assert {only(sample).path for sample in found.samples} == {f"clips/{name}/" for name in "abcde"}
    assert all(only(sample).box is None for sample in found.samples)


def test_raer_refuses_codes_from_zero_and_a_clip_of_both_parts(tmp_path: Path) -> None:
    lists = {
        "label/AcademicEmotion_train_set_5_new.txt": "clips/a 16 0\n",
        "label/AcademicEmotion_test_set_5_new.txt": "clips/b 16 1\n",
    }
    with pytest.raises(DataError, match="'0' is not a label of 'raer-5'"):
        reading("raer", write(tmp_path, lists), "emotion")
    (tmp_path / "label/AcademicEmotion_train_set_5_new.txt").write_text("clips/b 16 1\n")
    with pytest.raises(DataError, match="the id 'clips/b' is already at"):
        reading("raer", tmp_path, "emotion")


# -- eNTERFACE'05 ----------------------------------------------------------------------------------------------------


def test_enterface_believes_folders_and_not_names(tmp_path: Path) -> None:
    names = [
        "subject 1/anger/sentence 1/s1_an_1.avi",
        "subject 1/anger/sentence 1/Thumbs.db",
        "subject 2/anger/sentence 1/s2_an_2.avi",
        "subject 2/anger/sentence 2/s2_an_1.avi",
        "subject 3/fear/sentence 5/s_3_fe_5.avi",
        "subject 6/sadness/whole.avi",
        "subject 43/surprise/sentence 5/s43_su_5.avi",
    ]
    found = by_id("enterface05", write(tmp_path, files(*names)), "emotion")
    assert gold(found) == {
        "s1-anger-1": "anger",
        "s2-anger-1": "anger",
        "s2-anger-2": "anger",
        "s3-fear-5": "fear",
        "s43-surprise-5": "surprise",
    }
    assert found["s3-fear-5"].cluster == "3"
    assert {medium.path for medium in found["s2-anger-1"].media} == {names[2]}
    assert {medium.kind for medium in found["s2-anger-1"].media} == {"video", "audio"}


# -- RAVDESS ---------------------------------------------------------------------------------------------------------

RECORDING = "01-06-02-02-01-12"


def ravdess(root: Path, *above: str, kinds: tuple[str, ...] = ("01", "02", "03")) -> Path:
    endings = {"01": "mp4", "02": "mp4", "03": "wav"}
    tree = [f"{folder}/{kind}-{RECORDING}.{endings[kind]}" for folder in above for kind in kinds]
    return write(root, files(*tree))


def test_ravdess_counts_a_recording_once_and_leaves_song_out(tmp_path: Path) -> None:
    root = ravdess(tmp_path, "Actor_12")
    write(root, files("Actor_12/01-02-06-01-01-01-12.mp4", "Actor_12/03-02-06-01-01-01-12.wav"))
    write(root, files("Actor_11/01-01-01-01-01-01-11.mp4", "Actor_11/01-01-08-01-01-01-12.mp4"))
    found = by_id("ravdess", root, "emotion")
    assert gold(found) == {"01-01-01-01-01-11": "neutral", RECORDING: "fearful"}
    assert found[RECORDING].group == {"sex": "female", "intensity": "strong"}
    assert found["01-01-01-01-01-11"].group == {"sex": "male", "intensity": "normal"}
    assert {sample.cluster for sample in found.values()} == {"11", "12"}


def test_ravdess_has_half_as_many_neutral_recordings_as_of_each_other_emotion(tmp_path: Path) -> None:
    names = [
        f"Actor_{actor:02d}/01-01-{emotion:02d}-{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}.mp4"
        for actor in range(1, 25)
        for emotion in range(1, 9)
        for intensity in ((1,) if emotion == 1 else (1, 2))
        for statement in (1, 2)
        for repetition in (1, 2)
    ]
    root = write(tmp_path, files(*names))
    counts = Counter(gold(by_id("ravdess", root, "emotion")).values())
    assert (counts.pop("neutral"), set(counts.values()), len(counts)) == (96, {192}, 7)
    assert not [problem for problem in check(source("ravdess", root), media=False).problems if problem.kind == "count"]


def test_ravdess_voice_is_the_recording_of_sound_or_the_track_of_the_clip(tmp_path: Path) -> None:
    alone = "Audio_Speech_Actors_01-24/Actor_12"
    for folder, more, voice in (
        ("a", [], f"Actor_12/01-{RECORDING}.mp4"),
        ("b", [f"Actor_12/03-{RECORDING}.wav"], f"Actor_12/03-{RECORDING}.wav"),
        ("c", [f"{alone}/03-{RECORDING}.wav"], f"{alone}/03-{RECORDING}.wav"),
    ):
        root = write(ravdess(tmp_path / folder, "Actor_12", kinds=("01",)), files(*more))
        found = media(by_id("ravdess", root, "emotion")[RECORDING])
        assert (found["clip"].path, found["voice"].path) == (f"Actor_12/01-{RECORDING}.mp4", voice)


@pytest.mark.parametrize("above", ["Actor_12", "Audio_Speech_Actors_01-24/Actor_12"])
def test_ravdess_sound_alone_is_enough_for_the_voice_and_not_for_both(tmp_path: Path, above: str) -> None:
    root = ravdess(tmp_path, above, kinds=("03",))
    bound = datasets.bind(bind(KNOWN, "ravdess-voice"), {"ravdess": root})
    assert [sample.id for sample in bound.samples] == [RECORDING], "the ids are those of the clips"
    assert only(bound.samples[0]).path == f"{above}/03-{RECORDING}.wav"
    with pytest.raises(DataError, match="shows 'clip', which this copy"):
        datasets.bind(bind(KNOWN, "ravdess"), {"ravdess": root})


def test_ravdess_folders_of_the_packages_are_an_unverified_layout(tmp_path: Path) -> None:
    above = "Video_Speech_Actor_12/Actor_12"
    found = reading("ravdess", ravdess(tmp_path, above, "Video_Song_Actor_12/Actor_12"), "emotion")
    assert [media(sample)["clip"].path for sample in found.samples] == [f"{above}/01-{RECORDING}.mp4"]
    assert found.layout.verified is False


def test_ravdess_codes_have_two_digits() -> None:
    labels = labels_of("ravdess")["ravdess-8"]
    assert dict(zip(labels.codes, labels.names, strict=True)) == {
        "01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fearful", "07": "disgust",
        "08": "surprised",
    }  # fmt: skip


# -- CREMA-D ---------------------------------------------------------------------------------------------------------

CREMA_CLIPS = ("1001_IEO_ANG_HI", "1013_TSI_NEU_XX")
CREMA_VOTES = {
    "100001": ((6, 1, 0, 0, 3, 0), "A"), "200001": ((0, 5, 0, 0, 5, 0), "D:N"), "300001": ((9, 1, 0, 0, 0, 0), "A"),
    "100002": ((0, 0, 0, 0, 10, 1), "N"), "200002": ((0, 0, 0, 0, 2, 7), "S"), "300002": ((0, 0, 1, 0, 8, 1), "N"),
}  # fmt: skip


def crema_d(root: Path) -> Path:
    """Write the tables as they are released; the rows of a clip are those whose other digits are its number."""
    votes = "".join(
        f'"{row}",{",".join(map(str, votes))},"{CREMA_CLIPS[int(row[-1]) - 1]}",{sum(votes)},0.5,"{most}"\n'
        for row, (votes, most) in CREMA_VOTES.items()
    )
    clips = "".join(f'{number},"{clip}"\n' for number, clip in enumerate(CREMA_CLIPS, 1))
    return write(
        root,
        {
            "SentenceFilenames.csv": f'"Stimulus_Number","Filename"\n{clips}',
            "VideoDemographics.csv": '"ActorID","Age","Sex","Race","Ethnicity"\n'
            '1001,51,"Male","Caucasian","Not Hispanic"\n1013,22,"Female","Unknown","Hispanic"\n',
            "processedResults/tabulatedVotes.csv": '"","A","D","F","H","N","S","fileName","numResponses","agreement",'
            f'"emoVote"\n{votes}',
        },
    )


def test_crema_d_gold_is_what_was_played_with_the_votes_of_its_own_channel(tmp_path: Path) -> None:
    root = crema_d(tmp_path)
    for target, votes in (
        ("intended", {"anger": 9.0, "disgust": 1.0}),
        ("intended-face", {"disgust": 5.0, "neutral": 5.0}),
        ("intended-voice", {"anger": 6.0, "disgust": 1.0, "neutral": 3.0}),
    ):
        found = by_id("crema-d", root, target)
        assert gold(found) == {"1001_IEO_ANG_HI": "anger", "1013_TSI_NEU_XX": "neutral"}
        given = found["1001_IEO_ANG_HI"].gold.votes or {}
        assert {label: count for label, count in given.items() if count} == votes, target
    crowd = by_id("crema-d", root, "face")["1013_TSI_NEU_XX"].gold
    assert crowd.label is None, "what the crowd saw is another target than what was played"
    assert {label: n for label, n in (crowd.votes or {}).items() if n} == {"neutral": 2.0, "sad": 7.0}


def test_crema_d_actors_are_clusters_and_a_race_that_is_unknown_is_a_group(tmp_path: Path) -> None:
    found = by_id("crema-d", crema_d(tmp_path), "intended")
    assert {sample.cluster: sample.group for sample in found.values()} == {
        "1001": {"sex": "male", "age": "45-59", "race": "Caucasian", "ethnicity": "Not Hispanic"},
        "1013": {"sex": "female", "age": "<30", "race": "Unknown", "ethnicity": "Hispanic"},
    }
    places = {medium.name: medium.path for medium in found["1001_IEO_ANG_HI"].media}
    assert places == {"clip": "VideoFlash/1001_IEO_ANG_HI.flv", "voice": "AudioWAV/1001_IEO_ANG_HI.wav"}


def test_crema_d_pointers_of_git_lfs_are_no_media(tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 218342\n"
    media_files = [f"VideoFlash/{clip}.flv" for clip in CREMA_CLIPS] + [f"AudioWAV/{clip}.wav" for clip in CREMA_CLIPS]
    root = write(crema_d(tmp_path), dict.fromkeys(media_files, pointer))
    problems = check(source("crema-d", root)).problems
    assert any("Git LFS pointer" in example for problem in problems for example in problem.examples)


def test_crema_d_votes_weigh_each_answer_by_the_people_who_gave_it(tmp_path: Path) -> None:
    found = reading("crema-d-votes", crema_d(tmp_path), "answer")
    weights = {sample.id: (split, sample.weight) for sample, split in zip(found.samples, found.splits, strict=True)}
    assert weights["1001_IEO_ANG_HI_voice_ANG"] == ("voice", 6.0)
    assert weights["1001_IEO_ANG_HI_face_DIS"] == ("face", 5.0)
    assert weights["1001_IEO_ANG_HI_both_ANG"] == ("both", 9.0)
    assert sum(weight for _, weight in weights.values()) == sum(sum(votes) for votes, _ in CREMA_VOTES.values())
    kinds = {split: {m.kind for m in s.media} for s, split in zip(found.samples, found.splits, strict=True)}
    assert kinds == {"voice": {"audio"}, "face": {"video"}, "both": {"video", "audio"}}
