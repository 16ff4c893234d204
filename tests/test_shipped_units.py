"""The shipped corpora of action units, pain and micro-expressions over small trees: every pitfall is a test."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import affectbench as ab
from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.errors import DataError
from affectbench.specs.dataset import FoldBy
from affectbench.task import bind
from affectbench.types import Sample
from tests.trees import by_id, gold, labels_of, only, reading, shipped, write

KNOWN = Catalogue()


def of_task(name: str, **roots: Path) -> dict[str, Sample]:
    """Return the samples of a shipped task by id."""
    return {sample.id: sample for sample in datasets.bind(bind(KNOWN, name), roots).samples}


def scored(name: str, answers: Mapping[str, str], root: Path, out: Path) -> dict[str, Any]:
    """Run a task over written answers; return its scores over all samples: metric or (metric, label or fold)."""
    out.mkdir()
    lines = [json.dumps({"id": sample, "text": text}) for sample, text in answers.items()]
    (out / "answers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run = ab.run(name, f"replay:{out / 'answers.jsonl'}", data={bind(KNOWN, name).dataset.id: root}, out=out / "runs")
    kept = [s for s in run.results["scores"] if s["over"] == "all" and s["group"] is None]
    return {
        s["metric"] if s["label"] == s["fold"] else (s["metric"], s["label"] or s["fold"]): s["value"] for s in kept
    }


def people(name: str) -> dict[str, list[str]]:
    """Return fold → the people who are tested in it."""
    fold = shipped(name).forms[0].read.fold
    assert isinstance(fold, FoldBy)
    return {part: list(members) for part, members in fold.of.items()}


def sheet(file: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """Write an Excel sheet with cells as typed."""
    book = pytest.importorskip("openpyxl").Workbook()
    for row in rows:
        book.active.append(row)
    file.parent.mkdir(parents=True, exist_ok=True)
    book.save(file)
    return file.parent


# -- DISFA -----------------------------------------------------------------------------------------------------------

CODED = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)


def disfa(root: Path, frames: Mapping[str, Sequence[Mapping[int, int]]]) -> Path:
    """Write label files: person → of each frame, unit → intensity; the units that are not named have 0."""
    files = {}
    for person, coded in frames.items():
        for unit in CODED:
            lines = [f"{number},{units.get(unit, 0)}" for number, units in enumerate(coded, 1)]
            files[f"ActionUnit_Labels/SN{person}/SN{person}_au{unit}.txt"] = "\r\n".join(lines) + "\r\n"
    return write(root, files)


def test_disfa_units_are_there_from_intensity_two_on(tmp_path: Path) -> None:
    root = disfa(tmp_path, {"001": [{1: 1, 2: 2, 12: 5, 5: 4}, {}, {1: 1}]})
    occurrence = by_id("disfa", root, "occurrence")
    assert {name: sample.gold.labels for name, sample in occurrence.items()} == {
        "SN001-1": ("AU2", "AU12"), "SN001-2": (), "SN001-3": (),
    }  # fmt: skip
    levels = by_id("disfa", root, "intensity")["SN001-1"].gold.levels
    assert levels == {f"AU{unit}": {1: 1, 2: 2, 12: 5, 5: 4}.get(unit, 0) for unit in CODED}, "twelve units are coded"
    assert len(labels_of("disfa")["disfa-8"].names) == 8, "and eight are scored"
    with pytest.raises(DataError, match="12 is 6, outside 0 to 5"):
        reading("disfa", disfa(tmp_path, {"001": [{12: 6}]}), "intensity")


def test_disfa_numbers_frames_from_one_in_its_labels_and_so_do_the_stills(tmp_path: Path) -> None:
    root = disfa(tmp_path, {"002": [{}, {}]})
    video = "Videos_LeftCamera/LeftVideoSN002_comp.avi"
    for found in by_id("disfa", root, "occurrence").values():
        media = only(found)
        assert (media.kind, media.path, media.count_from) == ("image", video, 1)
        assert f"SN002-{media.frame}" == found.id
    write(root, {"Video_LeftCamera/LeftVideoSN002_comp.avi": "x"})
    found = only(by_id("disfa", root, "occurrence")["SN002-1"])
    assert (found.path, found.frame) == ("Video_LeftCamera/LeftVideoSN002_comp.avi", 1)


def test_disfa_has_three_folds_of_nine_people(tmp_path: Path) -> None:
    folds = people("disfa")
    assert [len(set(members)) for members in folds.values()] == [9, 9, 9]
    assert len({member for members in folds.values() for member in members}) == 27
    assert sum(filter(None, shipped("disfa").folds.values())) == shipped("disfa").splits["all"]
    found = by_id("disfa", disfa(tmp_path, {"003": [{}], "013": [{}], "002": [{}]}), "occurrence").values()
    assert {sample.cluster: sample.fold for sample in found} == {"003": "1", "013": "2", "002": "3"}
    with pytest.raises(DataError, match="'014' is in no fold"):
        reading("disfa", disfa(tmp_path, {"014": [{}]}), "occurrence")


def test_disfa_without_the_file_of_a_unit_has_no_gold_for_it(tmp_path: Path) -> None:
    root = disfa(tmp_path, {"001": [{9: 3}], "002": [{26: 2}]})
    for unit in (26, 20):
        (root / f"ActionUnit_Labels/SN001/SN001_au{unit}.txt").unlink()
    found = {name: (s.gold.labels, s.gold.unlabelled) for name, s in by_id("disfa", root, "occurrence").items()}
    assert found == {"SN001-1": (("AU9",), ("AU26",)), "SN002-1": (("AU26",), ())}


def test_disfa_takes_each_twentieth_frame_of_a_person(tmp_path: Path) -> None:
    root = disfa(tmp_path, {"001": [{}] * 41, "003": [{}] * 20})
    assert list(of_task("disfa", disfa=root)) == ["SN001-1", "SN001-21", "SN001-41", "SN003-1"]
    assert len(of_task("disfa-full", disfa=root)) == 61
    assert list(of_task("disfa-intensity", disfa=root)) == list(of_task("disfa", disfa=root))


# -- BP4D ------------------------------------------------------------------------------------------------------------

COLUMNS = [0, 1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 23, 24]


def bp4d(root: Path, frames: Mapping[str, Mapping[int, Mapping[int, int]]]) -> Path:
    """Write tables: person_task → frame → unit → code; the units that are not named have 0."""
    files = {}
    for name, coded in frames.items():
        rows = [",".join(str(unit) for unit in COLUMNS)]
        rows += [
            ",".join([str(frame), *(str(units.get(unit, 0)) for unit in COLUMNS[1:])]) for frame, units in coded.items()
        ]
        files[f"AUCoding/AU_OCC/{name}.csv"] = "\n".join(rows) + "\n"
    return write(root, files)


def test_bp4d_nine_is_neither_present_nor_absent(tmp_path: Path) -> None:
    nobody = dict.fromkeys(COLUMNS[1:], 9)
    root = bp4d(tmp_path, {"F001_T1": {2440: {1: 1, 5: 1, 23: 9, 24: 9}, 2441: {}, 2442: nobody}})
    found = reading("bp4d", root, "occurrence")
    assert {s.id: (s.gold.labels, s.gold.unlabelled) for s in found.samples} == {
        "F001-T1-2440": (("AU1",), ("AU23", "AU24")),
        "F001-T1-2441": ((), ()),
    }
    assert found.unlabelled == 1, "a frame in which nothing was coded is no sample"
    with pytest.raises(DataError, match="12 is '2': neither present, absent nor missing"):
        reading("bp4d", bp4d(tmp_path, {"F001_T1": {1: {12: 2}}}), "occurrence")


@pytest.mark.parametrize("file", ["0097", "097", "97"])
@pytest.mark.parametrize("above", ["", "BP4D-training/"])
def test_bp4d_frames_have_zeros_in_front_or_none(tmp_path: Path, file: str, above: str) -> None:
    picture = f"{above}M003/T8/{file}.jpg"
    root = write(bp4d(tmp_path, {"M003_T8": {97: {}}}), {picture: "x"})
    sample = by_id("bp4d", root, "occurrence")["M003-T8-97"]
    assert only(sample).path == picture
    assert (sample.fold, sample.cluster, sample.group) == ("1", "M003", {"sex": "male"})


def test_bp4d_people_are_in_one_fold_each() -> None:
    folds = people("bp4d")
    everybody = [member for members in folds.values() for member in members]
    assert Counter(member[0] for member in everybody) == {"F": 23, "M": 18}
    assert len(set(everybody)) == len(everybody) == 41
    assert sum(filter(None, shipped("bp4d").folds.values())) == shipped("bp4d").splits["all"]


def test_bp4d_f1_is_the_mean_of_folds_and_leaves_out_what_was_not_coded(tmp_path: Path) -> None:
    frames = {"F007_T1": {1: {12: 1}, 2: {12: 9}, 3: {12: 1}, 4: {}}, "M011_T1": {1: {12: 1}}, "F001_T1": {1: {}}}
    root = bp4d(tmp_path / "data", frames)
    for name, coded in frames.items():
        write(root, {f"{name.replace('_', '/')}/{frame:04d}.jpg": "x" for frame in coded})
    # Of AU12: fold 1 has one hit, one miss, one false alarm (frame 2 does not count), fold 2 a hit, fold 3 nothing.
    said = {"F007-T1-1": "AU12", "F007-T1-2": "AU12", "F007-T1-3": "none", "F007-T1-4": "AU12"}
    found = scored("bp4d-full", {**said, "M011-T1-1": "AU12", "F001-T1-1": "none"}, root, tmp_path / "out")
    assert found["au_f1", "AU12"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((0.5 + 1 + 0) / 3 / 12)
    assert found["macro_f1", "1"] == pytest.approx(0.5 / 12)


def test_bp4d_takes_each_twentieth_frame_of_a_person_over_all_tasks(tmp_path: Path) -> None:
    root = bp4d(tmp_path, {f"F001_{task}": {frame: {} for frame in range(1, 16)} for task in ("T1", "T2")})
    assert list(of_task("bp4d", bp4d=root)) == ["F001-T1-1", "F001-T2-6"]


# -- UNBC-McMaster ---------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    return f"{value:.7e}".rjust(16)


def unbc(root: Path, frames: Sequence[tuple[float, Mapping[int, int]]]) -> Path:
    """Write the frames of one sequence: PSPI, and unit → intensity."""
    files = {}
    for at, (pspi, units) in enumerate(frames, 1):
        name = f"042-ll042/ll042t1aaaff/ll042t1aaaff{at:03d}"
        files[f"Frame_Labels/PSPI/{name}_facs.txt"] = number(pspi)
        rows = ["".join(map(number, (unit, level, 0, 0))) for unit, level in units.items()]
        files[f"Frame_Labels/FACS/{name}_facs.txt"] = "".join(f"{row} \n" for row in rows)
    return write(root, files)


def test_unbc_pain_is_from_one_folder_and_units_from_the_other(tmp_path: Path) -> None:
    root = unbc(tmp_path, [(0, {}), (6, {4: 2, 7: 3, 43: 0}), (0, {25: 2, 15: 1, 27: 1, 50: 0}), (1, {10: 1})])
    names = [f"ll042t1aaaff{at:03d}" for at in range(1, 5)]
    units = by_id("unbc-mcmaster", root, "units")
    assert {name: sample.gold.labels for name, sample in units.items()} == dict(
        zip(names, [(), ("AU4", "AU7", "AU43"), ("AU25",), ("AU10",)], strict=True)
    )
    assert all(not sample.gold.unlabelled for sample in units.values())
    pain = by_id("unbc-mcmaster", root, "pain")
    assert [sample.gold.levels for sample in pain.values()] == [{"pain": level} for level in (0, 6, 0, 1)]
    assert gold(by_id("unbc-mcmaster", root, "presence")) == dict(
        zip(names, ["no pain", "pain", "no pain", "pain"], strict=True)
    )
    assert only(pain[names[1]]).path == "Images/042-ll042/ll042t1aaaff/ll042t1aaaff002.png"
    assert pain[names[1]].cluster == "042-ll042"


def test_unbc_without_a_pain_file_or_with_a_strange_one_is_an_error(tmp_path: Path) -> None:
    root = unbc(tmp_path, [(0, {}), (17, {})])
    with pytest.raises(DataError, match="pain is 17, outside 0 to 16"):
        reading("unbc-mcmaster", root, "pain")
    (root / "Frame_Labels/PSPI/042-ll042/ll042t1aaaff/ll042t1aaaff002_facs.txt").unlink()
    with pytest.raises(DataError, match=r"Frame_Labels/PSPI.* has no row with .*ll042t1aaaff002"):
        reading("unbc-mcmaster", root, "pain")


def test_unbc_pain_of_the_mock_is_what_its_units_make(tmp_path: Path) -> None:
    root = dict(datasets.mock(shipped("unbc-mcmaster"), tmp_path, labels_of("unbc-mcmaster")).roots)["unbc-mcmaster"]
    values = []
    for file in (root / "Frame_Labels/FACS").rglob("*_facs.txt"):
        rows = [tuple(map(float, line.split()[:2])) for line in file.read_text().splitlines() if line.strip()]
        level = {int(unit): 1.0 if unit == 43 else strength for unit, strength in rows}
        brow, lids, nose, shut = (max(level.get(unit, 0) for unit in units) for units in ((4,), (6, 7), (9, 10), (43,)))
        said = float((root / "Frame_Labels/PSPI" / file.relative_to(root / "Frame_Labels/FACS")).read_text())
        assert said == brow + lids + nose + shut
        values.append(said)
    assert len(values) == 60 and {0, 1, 4, 5} == set(values)


def test_unbc_takes_each_twentieth_frame_of_a_sequence(tmp_path: Path) -> None:
    root = unbc(tmp_path, [(0, {})] * 21)
    for task in ("unbc-mcmaster", "unbc-mcmaster-presence", "unbc-mcmaster-au"):
        assert list(of_task(task, **{"unbc-mcmaster": root})) == ["ll042t1aaaff001", "ll042t1aaaff021"]


# -- CASME II --------------------------------------------------------------------------------------------------------

CASME2 = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units"]
EMOTIONS = ["happiness", "disgust", "surprise", "repression", "others", "sadness", "fear"]


@pytest.fixture
def casme2(tmp_path: Path) -> Path:
    rows = [["01", f"EP{at:02d}_01f", None, 46, 59, 86, None, "12", emotion] for at, emotion in enumerate(EMOTIONS)]
    rows += [[2, "EP03_02f", None, 9, "/", 80, None, 4, "Others"]]
    return sheet(tmp_path / "CASME2-coding-20140508.xlsx", [[*CASME2, "Estimated Emotion"], *rows])


def test_casme2_has_a_segment_and_an_apex_by_the_sheet(casme2: Path) -> None:
    found = by_id("casme2", casme2, "emotion")
    assert list(gold(found).values()) == [*EMOTIONS, "others"]
    media = only(found["sub01-EP00_01f"])
    assert (media.first, media.apex, media.last, media.fps) == (46, 59, 86, 200)
    assert media.path == "Cropped/sub01/EP00_01f/"
    other = only(found["sub02-EP03_02f"])
    assert (other.first, other.apex, other.last) == (9, None, 80), "a slash is no apex"
    assert (found["sub02-EP03_02f"].fold, found["sub02-EP03_02f"].cluster) == ("sub02", "sub02")


@pytest.mark.parametrize(
    "above",
    ["Cropped", "Cropped/Cropped", "CASME2_RAW_selected", "CASME2_RAW_selected/CASME2_RAW_selected", "CASME2-RAW"],
)
def test_casme2_frames_lie_in_one_of_several_folders(casme2: Path, above: str) -> None:
    write(casme2, {f"{above}/sub01/EP02_01f/img46.jpg": "x"})
    assert only(by_id("casme2", casme2, "emotion")["sub01-EP02_01f"]).path == f"{above}/sub01/EP02_01f/"


def test_casme2_class_sets_differ_by_task(casme2: Path) -> None:
    five = gold(of_task("casme2", casme2=casme2))
    assert list(five.values()) == ["happiness", "disgust", "surprise", "repression", "others", "others"]
    three = gold(of_task("casme2-megc", casme2=casme2))
    assert list(three.values()) == ["positive", "negative", "surprise", "negative", "negative", "negative"]
    assert not {"sub01-EP04_01f", "sub02-EP03_02f"} & set(three), "others are in none of the three"


def test_casme2_f1_is_of_all_people_together(casme2: Path, tmp_path: Path) -> None:
    for name in (*(f"sub01/EP{at:02d}_01f" for at in range(7)), "sub02/EP03_02f"):
        write(casme2, {f"Cropped/{name}/reg_img{at}.jpg": "x" for at in (9, 46, 59, 80, 86)})
    said = dict.fromkeys(of_task("casme2", casme2=casme2), "others") | {"sub01-EP00_01f": "happiness"}
    found = scored("casme2", said, casme2, tmp_path / "out")
    # happiness 1; others 2 of 5 that were called so: 4 / 7; three classes nothing.
    assert found["uf1"] == pytest.approx((1 + 4 / 7) / 5)
    assert found["uar"] == pytest.approx((1 + 1) / 5)


def test_micro_expressions_are_never_the_mean_of_people() -> None:
    tasks = [
        bind(KNOWN, name) for name in ("casme2", "casme2-megc", "samm", "samm-megc", "smic", "smic-vis", "smic-nir")
    ]
    assert {(task.main, task.spec.aggregate.folds) for task in tasks} == {("uf1", "pooled")}


# -- SAMM ------------------------------------------------------------------------------------------------------------

SAMM = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration", "Micro"]
SAMM_EMOTIONS = ["Anger", "Contempt", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other"]


@pytest.mark.parametrize("subject", [6, "006"])
def test_samm_has_text_above_its_names_and_clips_name_the_person(tmp_path: Path, subject: int | str) -> None:
    rows = [
        [subject, f"006_{at}_2", 1, 5562, 5588, 5632, 71, "Micro - 1/2", "AU4", emotion, 3]
        for at, emotion in enumerate(SAMM_EMOTIONS)
    ]
    names = [*SAMM, "Action Units", "Estimated Emotion", "Objective Classes"]
    root = sheet(tmp_path / "SAMM_Micro_FACS_Codes_v2.xlsx", [*[["SAMM", *[None] * 10]] * 13, names, *rows])
    found = by_id("samm", root, "emotion")
    assert list(gold(found).values()) == [emotion.lower() for emotion in SAMM_EMOTIONS]
    media = only(found["006_4_2"])
    assert (media.path, media.first, media.apex, media.last, media.fps) == ("006/006_4_2/", 5562, 5588, 5632, 200)
    assert {(s.fold, s.cluster) for s in found.values()} == {("006", "006")}
    five = gold(of_task("samm", samm=root))
    assert list(five.values()) == ["anger", "contempt", "happiness", "surprise", "other"]
    three = gold(of_task("samm-megc", samm=root))
    assert list(three.values()) == ["negative"] * 4 + ["positive", "negative", "surprise"], "all but other"
    write(root, {"SAMM/006/006_4_2/006_05562.jpg": "x"})
    assert only(by_id("samm", root, "emotion")["006_4_2"]).path == "SAMM/006/006_4_2/"


# -- SMIC ------------------------------------------------------------------------------------------------------------

CLIPS = ["HS/s1/micro/negative/s1_ne_01", "HS/s14/micro/surprise/s14_sur_03", "NIR/s11/micro/positive/s11_po_02"]


@pytest.mark.parametrize("above", ["", "SMIC_all_cropped/", "SMIC_all_raw/"])
def test_smic_clips_are_folders_bound_by_the_name_of_their_class(tmp_path: Path, above: str) -> None:
    frames = {
        f"{above}{clip}/{frame}": "x" for clip in [*CLIPS, CLIPS[0].replace("HS", "VIS")] for frame in ("a1.bmp",)
    }
    others = [
        "HS/s1/non_micro/negative/s1_ne_02/1.bmp",
        "HS/s1/micro/negative/Thumbs.db",
        "HS/SMIC-HS-E_annotation.xlsx",
    ]
    root = write(tmp_path, frames | {above + name: "x" for name in others})
    found = by_id("smic", root, "emotion")
    assert gold(found) == {
        "hs-s1_ne_01": "negative", "hs-s14_sur_03": "surprise", "nir-s11_po_02": "positive", "vis-s1_ne_01": "negative",
    }  # fmt: skip
    media = only(found["hs-s14_sur_03"])
    assert (media.path, media.first, media.last) == (f"{above}{CLIPS[1]}/", None, None)
    assert all(only(sample).apex is None for sample in found.values()), "no apex is annotated"
    assert (found["hs-s1_ne_01"].fold, found["vis-s1_ne_01"].cluster) == ("s1", "s1"), "one person, three cameras"
    assert list(of_task("smic", smic=root)) == ["hs-s1_ne_01", "hs-s14_sur_03"]
    assert list(of_task("smic-vis", smic=root)) == ["vis-s1_ne_01"]
    assert list(of_task("smic-nir", smic=root)) == ["nir-s11_po_02"]
    assert set(labels_of("smic")["megc-3"].codes) == {None}, "numbers of classes differ between code bases"


@pytest.mark.parametrize("clip", ["s3_sur_01", "s03_sur_01"])
def test_smic_long_recordings_say_where_the_part_begins_and_ends(tmp_path: Path, clip: str) -> None:
    rows = [
        ["Subject", "Filename", None, "OnsetF", "OffsetF", "Emotion"],
        [3, "s3_sur_01", None, 308866, 308900, "surprise"],
    ]
    long = "SMIC-E_raw image/HS_long"
    sheet(tmp_path / long / "SMIC-HS-E_annotation.xlsx", rows)
    write(tmp_path, {f"{long}/SMIC-HS-E/s03/{clip}/image308866.jpg": "x"})
    read = reading("smic", tmp_path, "emotion")
    (found,) = read.samples
    media = only(found)
    assert (found.id, found.gold.label, found.fold) == ("hs-s3_sur_01", "surprise", "s3")
    assert (media.path, media.first, media.last) == (f"{long}/SMIC-HS-E/s03/{clip}/", 308_866, 308_900)
    assert (read.splits, read.layout.verified) == (["hs"], False)
