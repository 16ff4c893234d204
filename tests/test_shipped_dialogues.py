"""The shipped corpora of sarcasm, humour and intent over small trees in their own layouts: every pitfall is a test."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from affectbench import datasets
from affectbench.answers import reader
from affectbench.catalogue import Catalogue
from affectbench.datasets import mock
from affectbench.errors import DataError
from affectbench.task import bind
from affectbench.types import Asked, Sample
from tests.trees import by_id, gold, labels_of, reading, shipped, write

KNOWN = Catalogue()
MAINS = {
    "mustard": "weighted_f1", "mustard-clip": "weighted_f1", "mustard-friends": "weighted_f1",
    "ur-funny": "accuracy", "ur-funny-words": "accuracy", "mintrec": "accuracy", "mintrec-2": "accuracy",
    "mc-eiu-emotion": "weighted_f1", "mc-eiu-intent": "weighted_f1",
}  # fmt: skip


def scored(task: str, root: Path) -> dict[str, Sample]:
    """Return the samples of a task over a root."""
    bound = bind(KNOWN, task)
    return {sample.id: sample for sample in datasets.bind(bound, {bound.dataset.id: root}).samples}


@pytest.mark.parametrize("name", MAINS)
def test_the_first_figure_is_the_one_of_papers(name: str) -> None:
    task = bind(KNOWN, name)
    assert task.main == MAINS[name]
    assert {"accuracy", "weighted_f1", "macro_f1", "uar", "recall"} <= set(task.spec.metrics)
    assert task.sees_text
    assert task.kinds() == (set() if name in ("mustard", "ur-funny-words") else {"audio", "video"})


@pytest.mark.parametrize("name", ["mustard", "ur-funny", "mintrec", "mc-eiu"])
def test_their_samples_stay_on_the_machine_and_their_words_out_of_records(name: str) -> None:
    access = shipped(name).access
    assert (access.send, access.publish.media, access.publish.text) == ("local", False, False)
    assert access.publish.labels == (name == "mustard"), "its annotation is under the MIT licence"


# -- MUStARD ---------------------------------------------------------------------------------------------------------


def dialogue(speaker: str, utterance: str, sarcasm: bool, show: str = "BBT", **before: str) -> dict[str, Any]:
    """Return an utterance as the file has it, after what others said before."""
    said = {"context": list(before.values()), "context_speakers": list(before)}
    return {"utterance": utterance, "speaker": speaker, **said, "show": show, "sarcasm": sarcasm}


MUSTARD = {
    "1_60": dialogue("SHELDON", "Oh, thatÕs a privilege.", True, PENNY="ItÕs me.", SHELDON="I see."),
    "1_70": dialogue("PERSON1", "Hi.", True, "SARCASMOHOLICS", PERSON="Hello."),
    "2_2": dialogue("RACHEL", "Fine.", False, "FRIENDS", ROSS="Well?"),
    "2_3": dialogue("DOROTHY", "Sure.", True, "GOLDENGIRLS", ROSE="Sing!"),
}


@pytest.mark.parametrize("below", ["data/", ""])
def test_mustard_has_an_object_of_dialogues_by_clip(tmp_path: Path, below: str) -> None:
    found = by_id("mustard", write(tmp_path, {f"{below}sarcasm_data.json": json.dumps(MUSTARD)}), "sarcasm")
    assert gold(found) == {"1_60": "yes", "1_70": "yes", "2_2": "no", "2_3": "yes"}
    assert [found[name].group for name in MUSTARD] == [
        {"show": "The Big Bang Theory", "speaker": "Sheldon"},
        {"show": "Sarcasmaholics Anonymous", "speaker": "other"},
        {"show": "Friends", "speaker": "Rachel"},
        {"show": "The Golden Girls", "speaker": "Dorothy"},
    ]


def test_mustard_context_has_its_speakers_and_apostrophes(tmp_path: Path) -> None:
    write(tmp_path, {"sarcasm_data.json": json.dumps(MUSTARD)})
    assert by_id("mustard", tmp_path, "sarcasm")["1_60"].text == {
        "speaker": "Sheldon", "utterance": "Oh, that’s a privilege.", "context": "Penny: It’s me.\nSheldon: I see.",
    }  # fmt: skip
    short = {"1_60": MUSTARD["1_60"] | {"context_speakers": ["PENNY"]}}
    write(tmp_path, {"sarcasm_data.json": json.dumps(short)})
    with pytest.raises(DataError, match="lists of 1 and 2 items do not go side by side"):
        by_id("mustard", tmp_path, "sarcasm")


@pytest.mark.parametrize("above", ["mmsd_raw_data/utterances_final/", "data/videos/", "utterances_final/"])
def test_mustard_clips_are_those_of_the_utterances(tmp_path: Path, above: str) -> None:
    files = {"data/sarcasm_data.json": json.dumps(MUSTARD), f"{above}1_60.mp4": "", f"{above}1_60_c.mp4": ""}
    sample = by_id("mustard", write(tmp_path, files), "sarcasm")["1_60"]
    assert {(media.name, media.kind, media.path) for media in sample.media} == {
        ("clip", "video", f"{above}1_60.mp4"), ("voice", "audio", f"{above}1_60.mp4"),
    }  # fmt: skip


def test_mustard_keeps_the_series_apart_that_is_left_for_testing(tmp_path: Path) -> None:
    write(tmp_path, {"sarcasm_data.json": json.dumps(MUSTARD)})
    assert set(scored("mustard-friends", tmp_path)) == {"2_2"}
    assert set(scored("mustard", tmp_path)) == set(MUSTARD)


@pytest.mark.parametrize(
    ("reply", "value"),
    [("Sarcastic.", "yes"), ("Yes, it is sarcasm.", "yes"), ("Not sarcastic", "no"), ("No.", "no"), ("true?", None)],
)
def test_mustard_answers_may_name_the_thing(reply: str, value: str | None) -> None:
    known = labels_of("mustard")["mustard-2"]
    assert reader(Asked(form="choice", options=known.names, synonyms=known.synonym_table()))(reply).value == value


def test_mustard_on_the_real_annotation(shared: Path) -> None:
    found = reading("mustard", shared / "data/mustard", "sarcasm")
    assert (found.rows, found.unlabelled, len(found.samples)) == (690, 0, 690)
    assert Counter(sample.gold.label for sample in found.samples) == {"yes": 345, "no": 345}
    assert Counter((sample.group["show"], sample.gold.label) for sample in found.samples) == {
        ("Friends", "yes"): 152, ("Friends", "no"): 204,
        ("The Big Bang Theory", "yes"): 140, ("The Big Bang Theory", "no"): 140,
        ("The Golden Girls", "yes"): 39, ("The Golden Girls", "no"): 1,
        ("Sarcasmaholics Anonymous", "yes"): 14,
    }  # fmt: skip
    speakers = Counter((s.group["speaker"], s.gold.label) for s in found.samples)
    assert (speakers["Dorothy", "yes"], speakers["Dorothy", "no"]) == (38, 1), "whoever speaks gives it away"
    lengths = [len(sample.text["context"].splitlines()) for sample in found.samples]
    assert (min(lengths), max(lengths)) == (1, 11)
    assert not any("Õ" in text for sample in found.samples for text in sample.text.values())


# -- UR-FUNNY --------------------------------------------------------------------------------------------------------


def ur_funny(root: Path, folds: dict[str, list[int]], labels: dict[int, int], words: dict[int, Any]) -> Path:
    for name, value in (("data_folds", folds), ("humor_label_sdk", labels), ("language_sdk", words)):
        (root / f"{name}.pkl").write_bytes(pickle.dumps(value, protocol=3))
    return root


def spoken(last: Any, *before: Any) -> dict[str, Any]:
    features = {"punchline_embedding_indexes": [1, 2], "context_intervals": [[(0.0, 0.5)]]}
    return {"punchline_sentence": last, "context_sentences": list(before), **features}


def test_ur_funny_pickles_hold_parts_labels_and_words_by_number(tmp_path: Path) -> None:
    words = {7: spoken("and they laughed", "one", "two"), 8: spoken(["in", "words"], ["so", "it", "is"]), 9: spoken("")}
    ur_funny(tmp_path, {"train": [9], "dev": [7], "test": [8]}, {7: 1, 8: 0, 9: 0, 10: 1}, words)
    found = reading("ur-funny", tmp_path, "humour")
    samples = {sample.id: sample for sample in found.samples}
    assert gold(samples) == {"7": "yes", "8": "no", "9": "no"}, "a segment that is in no part is no sample"
    assert dict(zip(samples, found.splits, strict=True)) == {"7": "dev", "8": "test", "9": "train"}
    assert samples["7"].text == {"utterance": "and they laughed", "context": "one\ntwo"}
    assert samples["8"].text == {"utterance": "in words", "context": "so it is"}
    assert samples["9"].text["context"] == "", "there may be no context"
    assert {media.path for media in samples["7"].media} == {"urfunny2_videos/7.mp4"}
    assert set(scored("ur-funny-words", tmp_path)) == {"8"}


def test_ur_funny_pickles_run_nothing(tmp_path: Path) -> None:
    ur_funny(tmp_path, {"train": [], "dev": [], "test": [7]}, {7: 1}, {7: spoken("x")})
    (tmp_path / "language_sdk.pkl").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    with pytest.raises(DataError, match="language_sdk"):
        by_id("ur-funny", tmp_path, "humour")


def test_ur_funny_mock_has_the_forms_of_the_official_files(tmp_path: Path) -> None:
    mock(shipped("ur-funny"), tmp_path / "m", labels_of("ur-funny"))
    folds, labels, words = (
        pickle.loads((tmp_path / "m" / f"{name}.pkl").read_bytes())
        for name in ("data_folds", "humor_label_sdk", "language_sdk")
    )
    assert list(folds) == ["train", "dev", "test"]
    ids = [segment for part in folds.values() for segment in part]
    assert set(ids) == set(labels) == set(words)
    assert set(labels.values()) == {"0", "1"}
    assert all({"punchline_sentence", "context_sentences"} <= set(said) for said in words.values())


# -- MIntRec ---------------------------------------------------------------------------------------------------------

MINTREC = "season\tepisode\tclip\ttext\tlabel\n"


def mintrec(root: Path, *rows: str) -> Path:
    tables = {f"{split}.tsv": MINTREC for split in ("train", "dev")}
    return write(root, {**tables, "test.tsv": MINTREC + "".join(f"{row}\n" for row in rows)})


def test_mintrec_names_have_their_letters_in_tables_and_folders(tmp_path: Path) -> None:
    found = by_id(
        "mintrec",
        mintrec(tmp_path, 'S05\tE07\t525\the said "no\tInform', "S05\tE12\t525\tsorry.\tApologise"),
        "intent",
    )
    assert gold(found) == {"S05_E07_525": "Inform", "S05_E12_525": "Apologise"}
    assert found["S05_E07_525"].text == {"utterance": 'he said "no'}, "a quotation mark is a plain character"
    assert {media.path for media in found["S05_E07_525"].media} == {"raw_data/S05/E07/525.mp4"}
    assert found["S05_E07_525"].cluster != found["S05_E12_525"].cluster
    with pytest.raises(DataError, match="'Apologize' is not a label of 'mintrec-20'"):
        by_id("mintrec", mintrec(tmp_path, "S05\tE07\t525\tx\tApologize"), "intent")


def test_mintrec_columns_are_taken_by_their_places(tmp_path: Path) -> None:
    mintrec(tmp_path, "S04\tE01\t3\thelp me\tAsk for help")
    for split in ("train", "dev", "test"):
        table = tmp_path / f"{split}.tsv"
        table.write_text(table.read_text().replace(MINTREC, "Season\tEp\tn\twords\tintent\n"))
    assert gold(by_id("mintrec", tmp_path, "intent")) == {"S04_E01_3": "Ask for help"}


def test_mintrec_coarse_classes_are_those_of_the_authors(tmp_path: Path) -> None:
    names = labels_of("mintrec")["mintrec-20"].names
    rows = [f"S04\tE01\t{n}\tx\t{name}" for n, name in enumerate(names)]
    coarse = gold(scored("mintrec-2", mintrec(tmp_path, *rows)))
    emotions = {name for n, name in enumerate(names) if coarse[f"S04_E01_{n}"] == "emotion"}
    assert emotions == set(names[:10]) | {"Care"}
    assert names[10:12] == ("Comfort", "Care"), "the classes are not split by their order"
    assert len(names) - len(emotions) == 9


def test_mintrec_spellings_are_read() -> None:
    known = labels_of("mintrec")["mintrec-20"]
    read = reader(Asked(form="choice", options=known.names, synonyms=known.synonym_table()))
    for reply, value in (("Apologize", "Apologise"), ("ask_for_help", "Ask for help"), ("Criticise", "Criticize")):
        assert read(reply).value == value


# -- MC-EIU ----------------------------------------------------------------------------------------------------------

MC_EIU = "video_name,Season,Episode,Dia_No,Utt_No,speaker,Subtitle,emotion,intent,Begin_timestamp,End_timestamp\n"


def mc_eiu(root: Path) -> Path:
    rows = [
        "老友记,1,1,0,10,A,Third.,Neutral,neutral,5,6",
        "老友记,1,1,0,2,B,Second?,surprise,questioning,3,4",
        "老友记,1,1,0,0,A,First.,sad,sympathizing,1,2",
        "老友记,1,1,1,0,A,Other.,happy,wishing,1,2",
    ]
    return write(root, {"EnglishDialogues.csv": MC_EIU + "\n".join(rows) + "\n"})


def test_mc_eiu_has_an_emotion_and_an_intent_for_each_utterance(tmp_path: Path) -> None:
    mc_eiu(tmp_path)
    assert gold(scored("mc-eiu-emotion", tmp_path)) == {
        "dia_0_utt_10": "neutral", "dia_0_utt_2": "surprise", "dia_0_utt_0": "sad", "dia_1_utt_0": "happy",
    }  # fmt: skip
    found = scored("mc-eiu-intent", tmp_path)
    assert gold(found)["dia_0_utt_0"] == "sympathizing", "the ninth intent, which another benchmark leaves out"
    assert gold(found)["dia_0_utt_10"] == "neutral"
    assert found["dia_0_utt_10"].text["context"] == "A: First.\nB: Second?", "in the order of numbers, not of text"
    assert found["dia_1_utt_0"].text["context"] == ""
    assert found["dia_0_utt_0"].cluster == found["dia_0_utt_2"].cluster != found["dia_1_utt_0"].cluster


def test_mc_eiu_labels_are_bound_by_name() -> None:
    for name, size in (("mc-eiu-7", 7), ("mc-eiu-9", 9)):
        known = labels_of("mc-eiu")[name]
        assert len(known.names) == size and set(known.codes) == {None}
        assert "neutral" in known.names
    assert not shipped("mc-eiu").verified


@pytest.mark.parametrize("folder", ["English_Dialogues/", "English_Dialogues_2/", ""])
def test_mc_eiu_clips_may_lie_in_the_folders_of_their_archives(tmp_path: Path, folder: str) -> None:
    clip = f"{folder}dia_0_utt_2.mp4"
    sample = by_id("mc-eiu", write(mc_eiu(tmp_path), {clip: ""}), "intent")["dia_0_utt_2"]
    assert {media.path for media in sample.media} == {clip}
