"""The shipped corpora of speech and conversations over small trees in their own layouts: every pitfall is a test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.errors import DataError
from affectbench.task import bind
from affectbench.types import Media, Sample
from tests.trees import by_id, gold, labels_of, only, reading, shipped, write

KNOWN = Catalogue()


def medium(sample: Sample, name: str) -> Media:
    (found,) = [media for media in sample.media if media.name == name]
    return found


def scored(task: str, root: Path) -> dict[str, Sample]:
    """Return the samples of a task over a root."""
    bound = bind(KNOWN, task)
    return {sample.id: sample for sample in datasets.bind(bound, {bound.dataset.id: root}).samples}


MAINS = {
    "meld": ("weighted_f1", "pooled"), "meld-sentiment": ("weighted_f1", "pooled"),
    "iemocap-6": ("weighted_f1", "pooled"),
    "mer2023-semi": ("weighted_f1", "pooled"), "emotiontalk": ("weighted_f1", "pooled"), "iemocap-4": ("uar", "mean"),
    "iemocap-4-voice": ("uar", "mean"), "emodb": ("uar", "pooled"), "esd-en": ("accuracy", "pooled"),
    "esd-zh": ("accuracy", "pooled"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAINS)
def test_the_first_figure_is_the_one_of_papers(name: str) -> None:
    task = bind(KNOWN, name)
    assert (task.main, task.spec.aggregate.folds) == MAINS[name]
    assert {"accuracy", "weighted_f1", "macro_f1", "uar"} <= set(task.spec.metrics)


def test_what_is_said_is_shown_in_conversations_only() -> None:
    shown = {name for name in MAINS if bind(KNOWN, name).sees_text}
    assert {"meld", "meld-sentiment", "iemocap-4", "iemocap-6", "emotiontalk"} <= shown
    assert "iemocap-4-voice" not in shown
    assert bind(KNOWN, "iemocap-4-voice").kinds() == bind(KNOWN, "emodb").kinds() == {"audio"}


@pytest.mark.parametrize("name", ["meld", "iemocap", "mer2023", "emotiontalk", "emodb", "esd"])
def test_their_samples_stay_on_the_machine_and_their_words_out_of_records(name: str) -> None:
    access = shipped(name).access
    assert (access.send, access.publish.media, access.publish.text) == ("local", False, False)
    assert access.publish.labels == (name == "meld"), "the tables of MELD are open"


# -- MELD ------------------------------------------------------------------------------------------------------------

MELD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
TIMES = '4,7,"00:20:57,256","00:21:00,049"'
MELD_ROWS = [
    f"1,Hey.,Phoebe,joy,positive,0,1,{TIMES}",
    f'2,"Oh, you\x92re late.",Ross,anger,negative,0,0,{TIMES}',
    f"4,Whatâ€™s that?,The Waiter,surprise,negative,0,2,{TIMES}",
    f"5,Hi.,Joey,neutral,neutral,1,0,{TIMES}",
]


def meld(root: Path, below: str = "data/MELD/") -> Path:
    table = MELD + "\n".join(MELD_ROWS) + "\n"
    return write(root, {f"{below}{split}_sent_emo.csv": table for split in ("train", "dev", "test")})


@pytest.mark.parametrize("below", ["data/MELD/", "MELD.Raw/", ""])
def test_meld_dialogues_begin_again_in_each_split(tmp_path: Path, below: str) -> None:
    found = by_id("meld", meld(tmp_path, below), "emotion")
    assert len(found) == 12
    assert {"train-dia0_utt0", "dev-dia0_utt0", "test-dia0_utt0"} <= set(found)
    assert found["train-dia0_utt0"].cluster == found["train-dia0_utt1"].cluster
    assert len({found[f"{split}-dia0_utt0"].cluster for split in ("train", "dev", "test")}) == 3


def test_meld_has_names_of_emotions_and_sentiments(tmp_path: Path) -> None:
    meld(tmp_path)
    found = gold(by_id("meld", tmp_path, "emotion"))
    assert [found[f"test-dia0_utt{n}"] for n in (0, 1, 2)] == ["anger", "joy", "surprise"]
    assert gold(by_id("meld", tmp_path, "sentiment"))["test-dia0_utt2"] == "negative"
    table = tmp_path / "data/MELD/test_sent_emo.csv"
    table.write_text(table.read_text().replace("anger", "6"))
    with pytest.raises(DataError, match="'6' is not a label of 'meld-7'"):
        by_id("meld", tmp_path, "emotion")


@pytest.mark.parametrize("above", ["MELD.Raw/", "MELD.Raw/{}/", "", "{}/"])
def test_meld_clips_lie_in_folders_of_their_own_names(tmp_path: Path, above: str) -> None:
    folders = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
    clips = {split: f"{above.format(split)}{folder}/dia0_utt1.mp4" for split, folder in folders.items()}
    more = {f"{above.format('test')}{folders['test']}/final_videos_testdia0_utt1.mp4": ""}
    found = by_id("meld", write(meld(tmp_path), {**dict.fromkeys(clips.values(), ""), **more}), "emotion")
    assert len(found) == 12, "a clip that no table names is no sample"
    for split, clip in clips.items():
        sample = found[f"{split}-dia0_utt1"]
        assert {(media.name, media.kind, media.path) for media in sample.media} == {
            ("clip", "video", clip), ("voice", "audio", clip),
        }  # fmt: skip


def test_meld_broken_clips_are_bad_samples_of_their_own_split(tmp_path: Path) -> None:
    rows = f"1,Hm.,Ross,neutral,neutral,125,3,{TIMES}\n2,Hm.,Ross,neutral,neutral,110,7,{TIMES}\n"
    write(tmp_path, {f"data/MELD/{split}_sent_emo.csv": MELD + rows for split in ("train", "dev", "test")})
    found = by_id("meld", tmp_path, "emotion")
    assert {name for name, sample in found.items() if sample.bad} == {"train-dia125_utt3", "dev-dia110_utt7"}
    assert len(found) == 6


def test_meld_words_are_put_right_and_follow_the_dialogue(tmp_path: Path) -> None:
    found = by_id("meld", meld(tmp_path), "emotion")
    assert found["test-dia0_utt0"].text == {"speaker": "Ross", "utterance": "Oh, you’re late.", "context": ""}
    assert found["test-dia0_utt2"].text == {
        "speaker": "The Waiter", "utterance": "What’s that?", "context": "Ross: Oh, you’re late.\nPhoebe: Hey.",
    }  # fmt: skip
    assert found["test-dia1_utt0"].text["context"] == "", "another dialogue is no context"
    assert found["test-dia0_utt2"].group == {"speaker": "other"}
    assert found["test-dia0_utt0"].group == {"speaker": "Ross"}


def test_meld_shows_five_earlier_utterances(tmp_path: Path) -> None:
    rows = "".join(f"{n},Line {n}.,Ross,neutral,neutral,0,{n},{TIMES}\n" for n in range(12))
    found = by_id("meld", write(tmp_path, {"data/MELD/test_sent_emo.csv": MELD + rows}), "emotion")
    assert found["test-dia0_utt11"].text["context"].splitlines() == [f"Ross: Line {n}." for n in range(6, 11)]


# -- IEMOCAP ---------------------------------------------------------------------------------------------------------

SUMMARY = "[{start:.4f} - {end:.4f}]\t{turn}\t{emotion}\t[2.5000, 2.5000, 2.5000]\n"
RATERS = "C-E2:\tNeutral;\t()\nC-F1:\tAnger; Frustration;\t(loud)\nA-E3:\tval 3; act 2; dom  3;\t()\n\n"


def iemocap(root: Path, dialogues: dict[str, list[tuple[str, str]]]) -> Path:
    """Write dialogues, each a list of (end of the turn's name, emotion) in the order of time."""
    for dialogue, turns in dialogues.items():
        names = [f"{dialogue}_{turn}" for turn, _ in turns]
        lines = [
            SUMMARY.format(start=3 * n + 6.29, end=3 * n + 8.2357, turn=name, emotion=emotion) + RATERS
            for n, (name, (_, emotion)) in enumerate(zip(names, turns, strict=True))
        ]
        said = "".join(
            f"{name} [{3 * n + 6.29:08.4f}-{3 * n + 8.2357:08.4f}]: Well [{n}]: no.\n" for n, name in enumerate(names)
        )
        # Sounds between turns have no line in the evaluation, and may come twice.
        unlabelled = f"M: [LAUGHTER]\n{dialogue}_MXX0 [000.1-000.2]: Hm.\n{dialogue}_MXX0 [000.3-000.4]: Hm.\n"
        session = f"Session{dialogue[4]}/dialog"
        write(
            root,
            {
                # The lines of one actor stand before those of the other, so they are in no order of time.
                f"{session}/EmoEvaluation/{dialogue}.txt": "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
                + "".join(reversed(lines)),
                f"{session}/EmoEvaluation/._{dialogue}.txt": "\x00",
                f"{session}/EmoEvaluation/Categorical/{dialogue}_e2_cat.txt": f"{names[0]} :Neutral; ()\n",
                f"{session}/transcriptions/{dialogue}.txt": said + unlabelled,
            },
        )
    return root


@pytest.fixture
def conversation(tmp_path: Path) -> Path:
    turns = [("F000", "neu"), ("M000", "xxx"), ("F001", "exc"), ("M001", "fru"), ("F002", "hap"), ("M002", "sur")]
    return iemocap(tmp_path, {"Ses01F_impro01": turns, "Ses05M_script03_2": [*turns, ("M003", "ang"), ("F003", "sad")]})


def test_iemocap_reads_summary_lines_only(conversation: Path) -> None:
    found = reading("iemocap", conversation, "emotion")
    assert found.rows == 14
    assert found.unlabelled == 4, "xxx and sur have no gold here"
    assert Counter(sample.gold.label for sample in found.samples) == {
        "neutral": 2, "excited": 2, "frustrated": 2, "happy": 2, "angry": 1, "sad": 1,
    }  # fmt: skip


def test_iemocap_excited_is_happy_and_frustrated_is_none_of_four(conversation: Path) -> None:
    assert gold(scored("iemocap-4", conversation)) == {
        "Ses01F_impro01_F000": "neutral",
        "Ses01F_impro01_F001": "happy",
        "Ses01F_impro01_F002": "happy",
        "Ses05M_script03_2_F000": "neutral",
        "Ses05M_script03_2_F001": "happy",
        "Ses05M_script03_2_F002": "happy",
        "Ses05M_script03_2_M003": "angry",
        "Ses05M_script03_2_F003": "sad",
    }


def test_iemocap_of_six_emotions_is_asked_in_the_fifth_session(conversation: Path) -> None:
    found = scored("iemocap-6", conversation)
    assert {sample.fold for sample in found.values()} == {"5"}
    assert gold(found)["Ses05M_script03_2_F001"] == "excited"
    assert gold(found)["Ses05M_script03_2_M001"] == "frustrated"
    assert len(found) == 6


def test_iemocap_sessions_are_folds_of_which_the_mean_is_taken() -> None:
    for task in ("iemocap-4", "iemocap-4-voice"):
        assert bind(KNOWN, task).spec.aggregate.folds == "mean"
    assert list(shipped("iemocap").folds) == ["1", "2", "3", "4", "5"]


def test_iemocap_cuts_out_the_speaker_by_both_letters(conversation: Path) -> None:
    found = by_id("iemocap", conversation, "emotion")
    left, right = (0, 0, 0.5, 1), (0.5, 0, 1, 1)
    for name, side in {
        "Ses01F_impro01_F000": left,
        "Ses01F_impro01_M001": right,
        "Ses05M_script03_2_F000": right,
        "Ses05M_script03_2_M003": left,
    }.items():
        box = medium(found[name], "clip").box
        assert box is not None and (box.xyxy, box.unit) == (side, "share"), name
        assert found[name].group["sex"] == {"F": "female", "M": "male"}[name[-4]]
    assert found["Ses05M_script03_2_F000"].group["kind"] == "scripted"
    assert found["Ses01F_impro01_F000"].group["kind"] == "improvised"


def test_iemocap_clip_is_a_part_of_the_dialogue_and_the_voice_a_file(conversation: Path) -> None:
    sample = by_id("iemocap", conversation, "emotion")["Ses05M_script03_2_F001"]
    clip, voice = medium(sample, "clip"), medium(sample, "voice")
    assert clip.path == "Session5/dialog/avi/DivX/Ses05M_script03_2.avi"
    assert (clip.start_s, clip.end_s) == (12.29, 14.2357)
    assert voice.path == "Session5/sentences/wav/Ses05M_script03_2/Ses05M_script03_2_F001.wav"
    assert voice.start_s is None
    assert sample.cluster == "Ses05M_script03_2"


def test_iemocap_conversation_is_in_time_with_the_turns_that_have_no_gold(conversation: Path) -> None:
    found = by_id("iemocap", conversation, "emotion")
    assert found["Ses01F_impro01_F000"].text == {"speaker": "Speaker F", "utterance": "Well [0]: no.", "context": ""}
    assert found["Ses01F_impro01_F001"].text["context"] == "Speaker F: Well [0]: no.\nSpeaker M: Well [1]: no."


# -- MER2023 ---------------------------------------------------------------------------------------------------------


def test_mer2023_semi_is_the_third_test_part(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "train-label.csv": "name,discrete,valence\nsample_00000001,angry,-1.5\n",
            "test1-label.csv": "name,discrete,valence\nsample_00000002,sad,-2.0\n",
            "test2-label.csv": "name,discrete,valence\nsample_00000003,happy,2.0\n",
            "test3-label.csv": "name,discrete\nsamplenew_00000004,worried\nsamplenew_00000005,surprise\n",
            "reference-label.csv": "name,discrete\nx,neutral\n",
            "test3/samplenew_00000004.avi": "",
            "test3/samplenew_00000005.mp4": "",
        },
    )
    found = by_id("mer2023", tmp_path, "emotion")
    assert reading("mer2023", tmp_path, "emotion").splits.count("test3") == 2
    assert "x" not in found
    semi = scored("mer2023-semi", tmp_path)
    assert gold(semi) == {"samplenew_00000004": "worried", "samplenew_00000005": "surprise"}
    for name, ending in {"samplenew_00000004": "avi", "samplenew_00000005": "mp4"}.items():
        assert [media.path for media in semi[name].media] == [f"test3/{name}.{ending}"] * 2
    assert shipped("mer2023").access.send == "local"
    assert bind(KNOWN, "mer2023-semi").main == "weighted_f1"


# -- EmotionTalk -----------------------------------------------------------------------------------------------------


def emotiontalk(root: Path, below: str = "") -> Path:
    utterances = {
        "G00009/G00009_42/G00009_42_14/G00009_42_14_003": ("neutral", "angry", "[over/]三[/over]。"),
        "G00009/G00009_42/G00009_42_12/G00009_42_12_002": ("fearful", "neutral", "二[interrupted]。"),
        "G00009/G00009_42/G00009_42_14/G00009_42_14_001": ("surprised", "neutral", "一[laughing]，[over/]啊[/over]。"),
        "G00001/G00001_02/G00001_02_01/G00001_02_01_001": ("happy", "sad", "好"),
        "G00012/G00012_02/G00012_02_01/G00012_02_01_001": ("sad", "sad", "好"),
        "G00003/G00003_11/G00003_11_13/G00003_11_13_001": ("disgusted", "sad", "好"),
        "G00015/G00015_11/G00015_11_13/G00015_11_13_001": ("angry", "sad", "好"),
    }
    labels = "\ufefffile_name,emotion\n" + "".join(f"{key}.mp4,{by_all}\n" for key, (by_all, *_) in utterances.items())
    words = "name,emotion,chinese\n" + "".join(
        f"{key},{by_text},{said}\n" for key, (_, by_text, said) in utterances.items()
    )
    return write(root, {f"{below}mm.csv": labels, f"{below}transcription.csv": words})


@pytest.mark.parametrize("below", ["", "mm-process/", "EmotionTalk/dataset/mm-process/"])
def test_emotiontalk_gold_is_the_label_by_all_and_parts_are_sessions(tmp_path: Path, below: str) -> None:
    found = reading("emotiontalk", emotiontalk(tmp_path, below), "emotion")
    assert found.splits == ["train", "train", "train", "val", "val", "test", "test"]
    assert [sample.gold.label for sample in found.samples] == [
        "neutral", "fearful", "surprised", "happy", "sad", "disgusted", "angry",
    ]  # fmt: skip
    assert set(scored("emotiontalk", tmp_path)) == {"G00003_11_13_001", "G00015_11_13_001"}


def test_emotiontalk_turns_of_both_speakers_make_one_dialogue(tmp_path: Path) -> None:
    found = by_id("emotiontalk", emotiontalk(tmp_path), "emotion")
    first, second, third = (found[f"G00009_42_{turn}"] for turn in ("14_001", "12_002", "14_003"))
    assert first.text == {"speaker": "Speaker 14", "utterance": "一[laughing]，啊。", "context": ""}
    assert second.text["utterance"] == "二。"
    assert third.text["context"] == "Speaker 14: 一[laughing]，啊。\nSpeaker 12: 二。"
    assert first.cluster == second.cluster == "G00009_42" != found["G00001_02_01_001"].cluster
    assert second.group == {"actor": "12"}


@pytest.mark.parametrize(
    ("clip", "voice", "heard"),
    [("Multimodal/mp4/{}.mp4", "Audio/wav/{}.wav", "Audio/wav/{}.wav"), ("{}.mp4", "{}.wav", "{}.wav"),
     ("{}.mp4", None, "{}.mp4")],
)  # fmt: skip
def test_emotiontalk_sound_is_a_file_or_the_track_of_the_clip(
    tmp_path: Path, clip: str, voice: str | None, heard: str
) -> None:
    key = "G00003/G00003_11/G00003_11_13/G00003_11_13_001"
    there = [clip, *([voice] if voice else [])]
    write(emotiontalk(tmp_path), {path.format(key): "" for path in there})
    sample = by_id("emotiontalk", tmp_path, "emotion")["G00003_11_13_001"]
    assert medium(sample, "clip").path == clip.format(key)
    assert medium(sample, "voice").path == heard.format(key)


# -- EmoDB -----------------------------------------------------------------------------------------------------------


def test_emodb_emotion_is_the_sixth_letter(tmp_path: Path) -> None:
    files = ["03a01Fa", "03a01Nc", "08b09Wb", "09a02La", "10a04Ad", "11b03Td", "16b10Eb"]
    write(tmp_path, {**{f"wav/{name}.wav": "" for name in files}, "wav/03a01.txt": "", "erkennung.txt": ""})
    found = by_id("emodb", tmp_path, "emotion")
    assert gold(found) == dict(
        zip(files, ["happiness", "neutral", "anger", "boredom", "fear", "sadness", "disgust"], strict=True)
    )
    assert {name: sample.fold for name, sample in found.items()} == {name: name[:2] for name in files}
    assert found["08b09Wb"].group == {"sex": "female", "age": "30+"}
    assert found["11b03Td"].group == {"sex": "male", "age": "<30"}
    assert only(found["09a02La"]).path == "wav/09a02La.wav"


def test_emodb_has_ten_speakers_and_no_other_letters(tmp_path: Path) -> None:
    assert list(shipped("emodb").folds) == ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"]
    assert labels_of("emodb")["emodb-7"].name_of("a") is None
    with pytest.raises(DataError, match="fold: '04' is not declared"):
        by_id("emodb", write(tmp_path, {"wav/04a01Fa.wav": ""}), "emotion")


def test_emodb_letters_that_are_versions_are_no_emotions(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'a' is not a label of 'emodb-7'"):
        by_id("emodb", write(tmp_path, {"wav/03a01aF.wav": ""}), "emotion")


# -- ESD -------------------------------------------------------------------------------------------------------------

EMOTIONS = ("Neutral", "Angry", "Happy", "Sad", "Surprise")
PARTS = {1: "evaluation", 20: "evaluation", 21: "test", 50: "test", 51: "train", 350: "train"}


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "with folders of parts"])
def test_esd_parts_follow_from_the_number_within_an_emotion(tmp_path: Path, nested: bool) -> None:
    expected = {
        f"{speaker}_{350 * place + number:06d}": (emotion.lower(), part)
        for speaker in ("0001", "0011")
        for place, emotion in enumerate(EMOTIONS)
        for number, part in PARTS.items()
    }
    for name, (emotion, part) in expected.items():
        folder = f"{name[:4]}/{emotion.title()}" + (f"/{part}" if nested else "")
        write(tmp_path, {f"{folder}/{name}.wav": ""})
    write(tmp_path, {"0001/0001.txt": "0001_000001\t打远一看。\t中立\n", "ReadMe.txt": ""})
    found = reading("esd", tmp_path, "emotion")
    read = zip(found.samples, found.splits, strict=True)
    assert {sample.id: (sample.gold.label, part) for sample, part in read} == expected


def test_esd_has_a_task_for_each_language_with_the_same_test_sentences(tmp_path: Path) -> None:
    names = [f"{speaker}_{number:06d}" for speaker in ("0001", "0010", "0011", "0020") for number in (5, 21)]
    write(tmp_path, {f"{name[:4]}/Neutral/{name}.wav": "" for name in names})
    mandarin, english = scored("esd-zh", tmp_path), scored("esd-en", tmp_path)
    assert set(mandarin) == {"0001_000021", "0010_000021"}
    assert set(english) == {"0011_000021", "0020_000021"}
    assert {name: sample.group["sex"] for name, sample in (mandarin | english).items()} == {
        "0001_000021": "female", "0010_000021": "male", "0011_000021": "male", "0020_000021": "male",
    }  # fmt: skip
    assert english["0011_000021"].cluster == "0011"
    assert english["0011_000021"].text == {}, "the words give no cue and are not shown"
    assert only(english["0011_000021"]).kind == "audio"


def test_esd_half_of_the_speakers_of_each_language_are_men(tmp_path: Path) -> None:
    write(tmp_path, {f"{n:04d}/Neutral/{n:04d}_000021.wav": "" for n in range(1, 21)})
    for task, men in (("esd-zh", {4, 5, 6, 8, 10}), ("esd-en", {11, 12, 13, 14, 20})):
        found = scored(task, tmp_path)
        assert len(found) == 10
        assert {int(name[:4]) for name, sample in found.items() if sample.group["sex"] == "male"} == men


def test_esd_text_files_in_any_encoding_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"0001/Neutral/0001_000021.wav": ""})
    (tmp_path / "0001/0001.txt").write_bytes("0001_000021\t打远一看。\t中立\n".encode("gb18030"))
    assert gold(by_id("esd", tmp_path, "emotion")) == {"0001_000021": "neutral"}


def test_esd_names_the_speaker_twice_alike(tmp_path: Path) -> None:
    write(tmp_path, {"0011/Neutral/0011_000021.wav": "", "0011/Neutral/0012_000021.wav": ""})
    assert list(by_id("esd", tmp_path, "emotion")) == ["0011_000021"]
