"""Corpora of reasoning, and benchmarks made of several: every pitfall is a test, over small trees in their layouts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import affectbench as ab
from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.errors import DataError
from affectbench.specs.dataset import Publish
from affectbench.suites import totals
from affectbench.task import bind
from affectbench.types import Sample
from tests.trees import by_id, gold, only, reading, shipped, write

KNOWN = Catalogue()
NEW = [
    "emer-v1", "emer-v2", "merr", "mer-caption-plus", "ov-merd", "ov-merd-plus", "mer2024", "fea-20k", "faba-au",
    "faba-emotion", "emobench-m", "emobench-m-mc-eiu", "emobench-m-smile", "mme-emotion", "mme-emotion-fine",
    "mme-emotion-multi",
]  # fmt: skip


@pytest.mark.parametrize("name", NEW)
def test_their_samples_stay_on_the_machine(name: str) -> None:
    access = shipped(name).access
    assert (access.send, access.publish) == ("local", Publish())


@pytest.mark.parametrize("name", [n for n in KNOWN.ids("task") if bind(KNOWN, n).dataset.id in NEW])
def test_a_task_says_which_published_score_it_is_not(name: str) -> None:
    assert bind(KNOWN, name).spec.approximate


def words(samples: Mapping[str, Sample]) -> dict[str, tuple[str, ...] | None]:
    return {name: sample.gold.labels for name, sample in samples.items()}


def places(sample: Sample) -> list[tuple[str, str | None]]:
    return [(media.root, media.path) for media in sample.media]


def scores(task: str, roots: Mapping[str, Path], answers: Mapping[str, str], out: Path) -> dict[str, float]:
    """Return metric → score over all samples of a run in which a model gave these answers."""
    out.mkdir(exist_ok=True)
    replies = out / "answers.jsonl"
    replies.write_text("".join(json.dumps({"id": k, "text": v}) + "\n" for k, v in answers.items()), encoding="utf-8")
    run = ab.run(task, f"replay:{replies}", data=dict(roots), out=out)
    found = [s for s in run.results["scores"] if s["over"] == "all" and s["label"] is None and s["group"] is None]
    return {s["metric"]: s["value"] for s in found}


# -- EMER, MERR, MER-Caption+, OV-MERD -------------------------------------------------------------------------------

GT = (
    "names,emotions,subtitles,reasons\n"
    'sample_00000648,angry,"No, don\'t.",He roared. Therefore it is anger.\n'
    "samplenew_00000002,happy,,She smiles.\n"
)


@pytest.mark.parametrize("below", ["", "EMER/dataset-v1/"])
@pytest.mark.parametrize("place", ["train/{}.avi", "test1/{}.mp4", "test3/{}.avi"])
def test_emer_v1_finds_its_clips_in_any_part_of_mer2023(tmp_path: Path, below: str, place: str) -> None:
    root = write(tmp_path / "emer", {f"{below}gt-eng.csv": GT})
    mer = write(tmp_path / "mer", {place.format("sample_00000648"): ""})
    found = by_id("emer-v1", root, "reasoning", mer2023=mer)
    first = found["sample_00000648"]
    assert places(first) == [("mer2023", place.format("sample_00000648"))] * 2
    assert first.gold.text == "He roared. Therefore it is anger."
    assert first.text == {"utterance": "No, don't."}
    assert found["samplenew_00000002"].text == {"utterance": ""}, "an utterance may be empty"
    assert words(by_id("emer-v1", root, "words", mer2023=mer))["samplenew_00000002"] == ("happy",)


def test_emer_says_which_corpus_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'mer2023' \(which 'emer-v1' needs\) are not bound"):
        by_id("emer-v1", write(tmp_path, {"gt-eng.csv": GT}), "reasoning")


def test_emer_v2_has_both_languages_and_no_transcript(tmp_path: Path) -> None:
    table = 'name,chinese,english\nsample_00000000,他笑了。,"He laughs, and says ""yes""."\n'
    root = write(tmp_path / "emer", {"EMER/dataset-v2/final-EMER-reason.csv": table})
    mer = write(tmp_path / "mer", {"test2/sample_00000000.mp4": ""})
    texts = {
        target: by_id("emer-v2", root, target, mer2023=mer)["sample_00000000"]
        for target in shipped("emer-v2").target_names()
    }
    assert {target: sample.gold.text for target, sample in texts.items()} == {
        "reasoning": 'He laughs, and says "yes".', "reasoning-chinese": "他笑了。",
    }  # fmt: skip
    assert texts["reasoning"].text == {}
    assert shipped("emer-v2").splits == shipped("ov-merd").splits == {"all": 332}


def test_merr_has_nine_emotions_and_a_text_by_part(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "MERR_coarse_grained.txt": "sample_00000001 25 happy\nsample_00000002 9 doubt\n",
            "MERR_fine_grained.txt": "sample_00000001 25 happy\n",
            "MERR_coarse_grained.json": json.dumps({f"sample_0000000{n}": {"caption": f"coarse {n}"} for n in (1, 2)}),
            "MERR_fine_grained.json": json.dumps({"sample_00000001": {"smp_reason_caption": "fine 1"}}),
            "transcription_en_all.csv": "name,sentence\nsample_00000001,Well.\n",
            "video/sample_00000002.avi": "",
        },
    )
    found = by_id("merr", tmp_path, "emotion")
    assert gold(found) == {
        "coarse-sample_00000001": "happy", "coarse-sample_00000002": "doubt", "fine-sample_00000001": "happy",
    }  # fmt: skip
    texts = {name: sample.gold.text for name, sample in by_id("merr", tmp_path, "reasoning").items()}
    assert list(texts.values()) == ["coarse 1", "coarse 2", "fine 1"]
    assert places(found["coarse-sample_00000002"]) == [("merr", "video/sample_00000002.avi")] * 2
    assert found["coarse-sample_00000001"].cluster == found["fine-sample_00000001"].cluster
    assert found["coarse-sample_00000002"].text == {"utterance": ""}
    assert all("agree" in str(bind(KNOWN, t).spec.approximate) or "alike" in str(bind(KNOWN, t).spec.approximate)
               for t in ("merr-emotion", "merr-reasoning"))  # fmt: skip


OPENSET = (
    "name,openset\n"
    "sample_00000000,\"['happy', 'very sad']\"\n"
    "sample_00000001,[]\n"
    'sample_00000002,"[\'he\'s cross\', ""low""]"\n'
)
CUT = {
    "sample_00000000": ("happy", "very sad"),
    "sample_00000001": ("neutral",),
    "sample_00000002": ("he", "s cross", "low"),
}


def test_lists_of_words_are_cut_at_quotes_and_commas_and_none_is_neutral(tmp_path: Path) -> None:
    said = "name,{}\n" + "".join(f"sample_0000000{n},Well.\n" for n in range(3))
    plus = write(tmp_path / "plus", {"ovlabel.csv": OPENSET, "subtitle_eng.csv": said.format("sentence")})
    assert words(by_id("ov-merd-plus", plus, "words")) == CUT
    files = {"track2_train_ovmerd.csv": OPENSET, "subtitle_chieng.csv": said.format("english")}
    found = by_id("ov-merd", write(tmp_path / "new", files), "words")
    assert words(found) == CUT
    assert places(found["sample_00000000"]) == [
        ("ov-merd", "video/sample_00000000.mp4"), ("ov-merd", "audio/sample_00000000.wav"),
    ]  # fmt: skip
    caption = {name.replace("ovmerd", "mercaptionplus"): text for name, text in files.items()}
    reasons = {"track3_train_mercaptionplus.csv": said.format("reason")}
    captions = write(tmp_path / "caption", {**caption, **reasons})
    assert words(by_id("mer-caption-plus", captions, "words")) == CUT
    assert by_id("mer-caption-plus", captions, "reasoning")["sample_00000001"].gold.text == "Well."


@pytest.mark.parametrize("below", ["", "ov_store/"])
def test_ov_merd_takes_its_checked_words_with_the_clips_of_mer2023(tmp_path: Path, below: str) -> None:
    root = write(tmp_path / "ov", {f"{below}check-openset.csv": OPENSET})
    mer = write(tmp_path / "mer", {"train/sample_00000001.avi": ""})
    found = by_id("ov-merd", root, "words", mer2023=mer)
    assert words(found) == CUT
    assert places(found["sample_00000001"]) == [("mer2023", "train/sample_00000001.avi")] * 2


# -- MER2024 ---------------------------------------------------------------------------------------------------------


def mer2024(root: Path, emotions: Mapping[str, str]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    corpora: dict[str, Any] = {
        "train_corpus": {"sample_00000001": {"emo": "worried", "val": -10}},
        "test1_corpus": {name: {"emo": emotion, "val": -10} for name, emotion in emotions.items()},
    }
    np.savez_compressed(root / "label-6way.npz", **corpora)
    clips = {f"video/{name}.{'avi' if n % 2 else 'mp4'}": "" for n, name in enumerate(emotions)}
    return write(root, {"transcription_merge.csv": "name,chinese\nsamplenew3_00000001,好\n", **clips})


def test_mer2024_test_is_the_first_part_and_clips_have_two_endings(tmp_path: Path) -> None:
    root = mer2024(tmp_path, {"samplenew3_00000001": "sad", "samplenew3_00000002": "surprise"})
    found = reading("mer2024", root, "emotion")
    assert found.splits == ["train", "test1", "test1"]
    samples = by_id("mer2024", root, "words")
    assert words(samples)["samplenew3_00000002"] == ("surprise",)
    assert samples["samplenew3_00000001"].text == {"utterance": "好"}
    assert samples["samplenew3_00000002"].text == {"utterance": ""}
    assert places(samples["samplenew3_00000002"])[0] == ("mer2024", "video/samplenew3_00000002.avi")
    assert any("placeholders" in note for note in shipped("mer2024").pitfalls)


# -- FABA and FEA-20K ------------------------------------------------------------------------------------------------


def faba(root: Path, kind: str, replies: Sequence[str]) -> Path:
    rows = [
        {
            "source": "AffectNet",
            "image": f"FABAInstruct/eval/images/AffectNet/AffectNet_v2/{n}/a.jpg",
            "id": f"AffectNet/AffectNet_v2/{n}/a",
            "conversations": [{"from": "human", "value": "What?\n<image>"}, {"from": "gpt", "value": reply}],
            "landmark": f"FABAInstruct/eval/landmarks/{n}.npy",
        }
        for n, reply in enumerate(replies)
    ]
    return write(root, {f"FABAInstruct/eval/eval_{kind}_anno.json": json.dumps(rows)})


def test_faba_units_are_read_out_of_the_text(tmp_path: Path) -> None:
    replies = [
        "Here:\n\n0. AU9.\n1. AU4 - Brow Lowerer: frown.\n2. AU12: a smile.\n(AU17), AU25/AU26; and AU43.",
        "There is no AU1 in this face.",
        "AU10+AU99 and AU 5, which is far from AU2",
    ]
    found = by_id("faba-au", faba(tmp_path, "au", replies), "aus")
    assert list(words(found).values()) == [
        ("AU4", "AU12", "AU17", "AU25", "AU26", "AU43"), ("AU1",), ("AU2", "AU10"),
    ]  # fmt: skip
    first = found["AffectNet/AffectNet_v2/0/a"]
    assert only(first).path == "FABAInstruct/eval/images/AffectNet/AffectNet_v2/0/a.jpg"
    assert by_id("faba-au", tmp_path, "description")[first.id].gold.text == replies[0]


def test_faba_scores_twelve_of_twenty_units() -> None:
    task = bind(KNOWN, "faba-au")
    assert task.labels is not None
    assert " ".join(task.labels.names) == "AU1 AU2 AU4 AU5 AU6 AU10 AU12 AU17 AU24 AU25 AU26 AU43"
    assert task.gold_labels["faba-12"] == task.labels, "AU9 of a text is neither right nor wrong"
    assert shipped("faba-au").splits == {"train": 15_838, "eval": 325}
    assert shipped("faba-emotion").splits == {"train": 19_474, "eval": 403}


def test_faba_emotion_is_a_text_alone(tmp_path: Path) -> None:
    root = faba(tmp_path, "emotion", ["She is calm."])
    assert [s.gold.text for s in by_id("faba-emotion", root, "description").values()] == ["She is calm."]
    assert list(shipped("faba-emotion").target_names()) == ["description"]


def fea(**more: Any) -> str:
    row = {"id": "7", "dataset": "RAF-DB", "image": "a/7.jpg", "question": "?", "AUs": ["AU4", "AU12"]}
    return json.dumps({**row, "labels": ["Anger"], "description": "A frown.", "meta_info": {}, **more}) + "\n"


def test_fea_takes_the_first_stage_and_leaves_out_what_is_not_labelled(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "raf_test_stage1.jsonl": fea() + fea(id="8", labels=[]) + fea(id="9", AUs=[]),
            "bp4d_train_stage1.jsonl": fea(dataset="BP4D", labels=["happiness"]),
            "raf_train_stage2.jsonl": fea(id="other"),
            "images/RAF-DB/a/7.jpg": "",
        },
    )
    found = by_id("fea-20k", tmp_path, "emotion")
    assert gold(found) == {"BP4D-7": "happiness", "RAF-DB-7": "anger", "RAF-DB-9": "anger"}
    assert words(by_id("fea-20k", tmp_path, "aus")) == {
        "BP4D-7": ("AU4", "AU12"), "RAF-DB-7": ("AU4", "AU12"), "RAF-DB-8": ("AU4", "AU12"),
    }  # fmt: skip
    assert reading("fea-20k", tmp_path, "description").splits == ["train", "test", "test", "test"]
    assert only(found["RAF-DB-7"]).path == "images/RAF-DB/a/7.jpg"
    assert found["RAF-DB-7"].group == {"source": "RAF-DB"}


# -- MER-UniBench ----------------------------------------------------------------------------------------------------

HITS = {"mer2023": ("mer2023", "test1", ()), "mer2024": ("mer2024", "test1", ()), "meld": ("meld", "test", ()),
        "iemocap": ("iemocap", "all", ("5",))}  # fmt: skip
SIDES = {"mosi": "cmu-mosi", "mosei": "cmu-mosei", "sims": "ch-sims", "sims-v2": "ch-sims-v2"}


def test_mer_unibench_is_the_mean_of_nine_with_their_own_scores() -> None:
    suite = KNOWN.load("suite", "mer-unibench").spec
    mains = {name: bind(KNOWN, name).main for name in suite.aggregate.mean_of}
    assert mains == {
        **{f"mer-unibench-{name}": "wheel_hit" for name in HITS},
        **{f"mer-unibench-{name}": "polarity_weighted_f1" for name in SIDES},
        "mer-unibench-ov-merd-plus": "wheel_f1",
    }
    assert suite.tasks == suite.aggregate.mean_of and len(mains) == 9
    assert not suite.aggregate.sum_of


@pytest.mark.parametrize("name", HITS)
def test_mer_unibench_hits_are_of_the_published_part(name: str) -> None:
    task = bind(KNOWN, f"mer-unibench-{name}")
    assert (task.dataset.id, task.split, task.spec.fold or ()) == HITS[name]
    assert task.lexicon is not None and task.lexicon.id == "mer-unibench-v2025"
    assert {"wheel_mscore", "wheel_hit_neutral", "labels_per_answer", "oov_rate"} <= set(task.spec.metrics)


def test_mer_unibench_iemocap_has_four_words_and_excited_is_happy(tmp_path: Path) -> None:
    turns = {"ang": "neu", "exc": "exc", "fru": "fru", "hap": "hap", "xxx": "xxx"}
    lines = "% [START - END] TURN_NAME EMOTION [V, A, D]\n" + "".join(
        f"[{n}.0000 - {n}.5000]\tSes05F_impro01_F00{n}\t{code}\t[2.5000, 2.5000, 2.5000]\n"
        for n, code in enumerate(turns.values())
    )
    said = "".join(f"Ses05F_impro01_F00{n} [00{n}.0-00{n}.5]: Well.\n" for n in range(len(turns)))
    dialog = "Session5/dialog"
    write(tmp_path, {f"{dialog}/EmoEvaluation/Ses05F_impro01.txt": lines,
                     f"{dialog}/transcriptions/Ses05F_impro01.txt": said})  # fmt: skip
    found = words(by_id("iemocap", tmp_path, "words"))
    assert found == {
        "Ses05F_impro01_F000": ("neutral",), "Ses05F_impro01_F001": ("happy",), "Ses05F_impro01_F003": ("happy",),
    }  # fmt: skip


@pytest.mark.parametrize("name", SIDES)
def test_mer_unibench_asks_for_a_side(name: str) -> None:
    task = bind(KNOWN, f"mer-unibench-{name}")
    assert (task.dataset.id, task.split, task.target) == (SIDES[name], "test", "polarity")


def test_always_neutral_has_the_published_figure_of_mosi(tmp_path: Path) -> None:
    """379 negative, 277 positive and 30 zeros are the real test part; always neutral has a WAF of .4231 there."""
    values = [-1.0] * 379 + [1.0] * 277 + [0.0] * 30
    names = [f"v{number}_1" for number in range(len(values))]
    root = write(tmp_path / "data", {"transcription.csv": "name,english\n" + "".join(f"{n},WELL\n" for n in names)})
    write(root, {f"subvideo/{name}.mp4": "clip" for name in names})
    parts: dict[str, Any] = {f"{part}_corpus": {} for part in ("train", "val")}
    parts["test_corpus"] = {n: {"emo": 0, "val": v} for n, v in zip(names, values, strict=True)}
    np.savez_compressed(root / "label.npz", **parts)
    found = scores("mer-unibench-mosi", {"cmu-mosi": root}, dict.fromkeys(names, "neutral"), tmp_path / "runs")
    assert found["polarity_weighted_f1"] == pytest.approx(0.4231, abs=5e-5)
    assert found["polarity_weighted_f1_strict"] == 0


# -- EmoBench-M ------------------------------------------------------------------------------------------------------


def conversations(reply: str, question: str = "The person in video says: I see. Which?") -> list[dict[str, str]]:
    return [{"from": "human", "value": f"<video>\n{question}"}, {"from": "gpt", "value": reply}]


def emobench(root: Path, replies: Mapping[str, Sequence[str]]) -> Path:
    files = {
        f"benchmark_json/{name}.json": json.dumps(
            [
                {"id": str(n), "video": f"videos/X/{n}.mp4", "conversations": conversations(r)}
                for n, r in enumerate(given)
            ]
        )
        for name, given in replies.items()
    }
    return write(root, files)


def test_emobench_m_has_the_labels_of_each_set(tmp_path: Path) -> None:
    root = emobench(tmp_path, {"SIMS": ["negative"], "MUSTARD": ["true"], "RAVDSS_song": ["calm"], "MC-EIU": ["x"]})
    write(root, {"dataset/SIMS_test/videos/X/0.mp4": "", "dataset/MUSTARD/videos/X/0.mp4": ""})
    found = by_id("emobench-m", root, "label")
    assert gold(found) == {"MUSTARD-0": "true", "RAVDSS_song-0": "calm", "SIMS-0": "negative"}
    assert found["MUSTARD-0"].options == ("true", "false")
    assert found["RAVDSS_song-0"].options == ("neutral", "calm", "happy", "sad", "angry", "fearful")
    assert found["SIMS-0"].text == {"question": "The person in video says: I see. Which?"}, (
        "without the mark of the clip"
    )
    assert places(found["SIMS-0"])[0][1] == "dataset/SIMS_test/videos/X/0.mp4"
    with pytest.raises(DataError, match="'joy' is not one of the options"):
        by_id("emobench-m", emobench(tmp_path, {"SIMS": ["joy"]}), "label")


def test_emobench_m_reads_a_dict_and_counts_no_answer_as_a_miss(tmp_path: Path) -> None:
    root = emobench(tmp_path / "data", {"MOSI": ["negative", "positive", "neutral", "positive"]})
    write(root, {f"dataset/MOSI/videos/X/{n}.mp4": "clip" for n in range(4)})
    said = ["{'emotion': 'negative'}", "Positive.", "", "I cannot say."]
    answers = {f"MOSI-{n}": text for n, text in enumerate(said)}
    assert scores("emobench-m-mosi", {"emobench-m": root}, answers, tmp_path / "runs")["accuracy"] == 2 / 4


@pytest.mark.parametrize("reply", ["{'emotion label': 'Happy', 'intent label': 'questioning'}", "happy, questioning"])
def test_emobench_m_wants_emotion_and_intent_right_at_once(tmp_path: Path, reply: str) -> None:
    root = emobench(tmp_path / "data", {"MC-EIU": [reply, "neutral, neutral", "sad, wishing"]})
    assert gold(by_id("emobench-m-mc-eiu", root, "joint")) == {
        "0": "happy / questioning", "1": "neutral / neutral", "2": "sad / wishing",
    }  # fmt: skip
    write(root, {f"dataset/MC-EIU/videos/X/{n}.mp4": "clip" for n in range(3)})
    answers = {"0": "happy / questioning", "1": "neutral/neutral", "2": "sad / neutral"}
    found = scores("emobench-m-mc-eiu", {"emobench-m-mc-eiu": root}, answers, tmp_path / "runs")
    assert found["accuracy"] == pytest.approx(2 / 3)


def test_emobench_m_averages_two_kinds_and_no_more() -> None:
    whole = KNOWN.load("suite", "emobench-m").spec
    assert whole.aggregate is None and len(whole.tasks) == 13
    kinds = {name: KNOWN.load("suite", f"emobench-m-{name}").spec for name in ("fer", "ceu")}
    assert [len(spec.aggregate.mean_of) for spec in kinds.values()] == [5, 5]
    counted = [task for spec in kinds.values() for task in spec.aggregate.mean_of]
    assert {bind(KNOWN, name).main for name in counted} == {"accuracy"}
    rest = ["emobench-m-ur-funny", "emobench-m-mustard", "emobench-m-smile"]
    assert sorted(whole.tasks) == sorted([*counted, *rest])


def test_a_mean_has_no_value_while_one_of_its_tasks_was_not_run() -> None:
    suite = KNOWN.load("suite", "emobench-m-fer").spec
    one = {
        "task": "emobench-m-mosi", "model": "m", "variant": "base", "mock": False, "partial": False, "main": "accuracy",
        "scores": [{"over": "all", "label": None, "fold": None, "group": None, "metric": "accuracy", "value": 0.5,
                    "low": 0.4, "high": 0.6}],
    }  # fmt: skip
    (total,) = totals([suite], [one])
    assert total["value"] is None and len(total["missing"]) == 4
    (total,) = totals([suite], [{**one, "task": name} for name in suite.tasks])
    assert total["value"] == pytest.approx(0.5)


# -- MME-Emotion -----------------------------------------------------------------------------------------------------


def mme(root: Path, task: str, rows: Sequence[tuple[str, str, Sequence[str]]]) -> Path:
    listed = [{"video_id": video, "label": label, "label_set": list(labels)} for video, label, labels in rows]
    return write(root, {f"{task}/question/{task.replace('-', '_')}.json": json.dumps(listed)})


def test_mme_emotion_has_the_list_of_each_row_and_a_clip_may_be_in_two_tasks(tmp_path: Path) -> None:
    clip, sides = "CMU-MOSI/video/a_1.mp4", ["neutral", "positive", "negative"]
    mme(tmp_path, "SA", [(clip, "negative", sides)])
    mme(tmp_path, "FG-SA", [(clip, "weak negative", ["weak negative", "neutral"])])
    mme(
        tmp_path,
        "ER-Wild",
        [("CAER/video/b.avi", "happy", ["happy", "sad"]), ("MAFW/video/b.mp4", "happiness", ["happiness", "fear"])],
    )
    mme(tmp_path, "ML-ER", [("MAFW/video/c.mp4", "fear,sadness", ["fear", "sadness"])])
    write(tmp_path, {"SA/CMU-MOSI/video/a_1.mp4": ""})
    found = by_id("mme-emotion", tmp_path, "label")
    assert gold(found) == {
        "ER-Wild/CAER/video/b.avi": "happy", "ER-Wild/MAFW/video/b.mp4": "happiness",
        f"FG-SA/{clip}": "weak negative", f"SA/{clip}": "negative",
    }  # fmt: skip
    assert found[f"SA/{clip}"].options == tuple(sides)
    assert found[f"SA/{clip}"].cluster == found[f"FG-SA/{clip}"].cluster
    assert found[f"SA/{clip}"].group == {"source": "CMU-MOSI"}
    assert places(found[f"SA/{clip}"]) == [("mme-emotion", f"SA/{clip}")] * 2


def test_mme_emotion_sets_are_cut_at_commas_and_at_semicolons(tmp_path: Path) -> None:
    mme(
        tmp_path,
        "ML-ER",
        [("MAFW/video/1.mp4", "sadness,helplessness", []), ("CMU-MOSEI/video/2.mp4", "happy,sad", [])],
    )
    mme(tmp_path, "FG-ER", [("BOLD/video/3.mp4", "Confidence;Doubt/Confusion", [])])
    assert list(words(by_id("mme-emotion-multi", tmp_path, "labels")).values()) == [
        ("sadness", "helplessness"), ("sadness", "happiness"),
    ]  # fmt: skip
    assert list(words(by_id("mme-emotion-fine", tmp_path, "labels")).values()) == [("Confidence", "Doubt/Confusion")]


def test_mme_emotion_pools_the_samples_of_eight_tasks_as_its_judge_scored_them() -> None:
    suite = KNOWN.load("suite", "mme-emotion").spec
    assert len(suite.tasks) == 8 and suite.aggregate.pooled_of == suite.tasks
    for name in suite.tasks:
        (read_as_published,) = set(bind(KNOWN, name).spec.judge) & set(suite.aggregate.rubrics)
        assert suite.aggregate.scale in KNOWN.load("rubric", read_as_published).spec.aggregate
    parts = {bind(KNOWN, name).split for name in suite.tasks}
    assert parts == {"ER-Lab", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "FG-SA", "IR"}


def test_too_many_labels_cost(tmp_path: Path) -> None:
    names = bind(KNOWN, "mme-emotion-ml-er").labels
    assert names is not None
    root = mme(
        tmp_path / "data",
        "ML-ER",
        [("MAFW/video/1.mp4", "anger,disgust", []), ("MAFW/video/2.mp4", "fear,anxiety", [])],
    )
    write(root, {f"MAFW/video/{n}.mp4": "clip" for n in (1, 2)})
    answers = {"ML-ER/MAFW/video/1.mp4": "anger, disgust", "ML-ER/MAFW/video/2.mp4": ", ".join(names.names)}
    found = scores("mme-emotion-ml-er", {"mme-emotion-multi": root}, answers, tmp_path / "runs")
    assert found["samples_f1"] == pytest.approx((1 + 2 * 2 / (2 + 10)) / 2)


def test_samples_of_a_task_are_those_of_its_split(tmp_path: Path) -> None:
    mme(tmp_path, "SA", [("A/video/1.mp4", "positive", ["positive", "negative"])])
    mme(tmp_path, "IR", [("B/video/2.mp4", "wishing", ["wishing", "neutral"])])
    bound = datasets.bind(bind(KNOWN, "mme-emotion-ir"), {"mme-emotion": tmp_path})
    assert [sample.id for sample in bound.samples] == ["IR/B/video/2.mp4"]
