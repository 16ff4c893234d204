"""The shipped corpora of facial expressions, read over small trees in their own layouts: every pitfall is a test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from affectbench.errors import DataError
from tests.trees import by_id, gold, labels_of, only, reading, shipped, write

# -- RAF-DB ----------------------------------------------------------------------------------------------------------

RAF_LIST = "train_00001.jpg 5\ntest_0001.jpg 7\ntest_0002.jpg 1\n"
RAF = {"surprise": "test_0002", "sadness": "train_00001", "neutral": "test_0001"}
ATTRIBUTES = "".join(f"{x}.5\t{x}.5\n" for x in range(5)) + "1\n2\n3\n"


@pytest.fixture
def raf(tmp_path: Path) -> Path:
    pictures = {f"basic/Image/aligned/{name}_aligned.jpg": "" for name in RAF.values()}
    return write(tmp_path, {"basic/EmoLabel/list_patition_label.txt": RAF_LIST, **pictures})


def test_raf_codes_begin_at_one_and_names_get_aligned(raf: Path) -> None:
    found = by_id("raf-db", raf, "expression")
    assert gold(found) == {name: label for label, name in RAF.items()}
    assert only(found["test_0001"]).path == "basic/Image/aligned/test_0001_aligned.jpg"
    assert all((raf / str(only(sample).path)).is_file() for sample in found.values())
    assert [s.id for s in reading("raf-db", raf, "expression", "test").samples] == ["test_0001", "test_0002"]


def test_raf_groups_come_from_the_manual_annotation_where_it_is(raf: Path) -> None:
    assert by_id("raf-db", raf, "expression")["test_0001"].group == {}
    write(raf, {"basic/Annotation/manual/test_0001_manu_attri.txt": ATTRIBUTES})
    found = by_id("raf-db", raf, "expression")
    assert found["test_0001"].group == {"sex": "female", "race": "Asian", "age": "40-69"}
    assert found["test_0002"].group == {}


def test_raf_originals_keep_their_names(tmp_path: Path) -> None:
    name = "basic/Image/original/test_0001.jpg"
    write(tmp_path, {"basic/EmoLabel/list_patition_label.txt": "test_0001.jpg 7\n", name: ""})
    assert only(by_id("raf-db", tmp_path, "expression")["test_0001"]).path == name


def test_raf_refuses_a_code_of_the_compound_list(raf: Path) -> None:
    write(raf, {"basic/EmoLabel/list_patition_label.txt": "test_0001.jpg 0\ntest_0002.jpg 11\n"})
    with pytest.raises(DataError, match=r"'0' is not a label of 'raf-7'.*\n.*'11'"):
        reading("raf-db", raf, "expression")


def test_raf_compound_has_eleven_classes_from_one(tmp_path: Path) -> None:
    rows = "".join(f"test_{code:04d}.jpg {code}\n" for code in range(1, 12))
    write(tmp_path, {"compound/EmoLabel/list_patition_label.txt": rows, "compound/Image/aligned/x": ""})
    found = by_id("raf-db-compound", tmp_path, "expression")
    assert len(set(gold(found).values())) == 11
    assert gold(found)["test_0011"] == "disgustedly surprised"
    assert only(found["test_0011"]).path == "compound/Image/aligned/test_0011_aligned.jpg"


# -- AffectNet -------------------------------------------------------------------------------------------------------

HEADER = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"


def affectnet(root: Path, header: str = "") -> Path:
    rows = {code: f"{code}/{code}a.jpg,1,2,3,4,5;6,{code},0.25,-0.5\n" for code in range(9)}
    rows |= {code: f"9/{code}.jpg,1,2,3,4,5;6,{code},-2,-2\n" for code in (9, 10)}
    lists = {"training.csv": HEADER + rows[0], "validation.csv": header + "".join(rows[code] for code in range(1, 11))}
    return write(root, {f"Manually_Annotated_file_lists/{name}": text for name, text in lists.items()})


@pytest.mark.parametrize("header", ["", HEADER], ids=["without header", "with header"])
@pytest.mark.parametrize(("name", "kept"), [("affectnet-8", range(1, 8)), ("affectnet-7", range(1, 7))])
def test_affectnet_leaves_out_codes_that_are_no_expression(tmp_path: Path, name: str, kept: range, header: str) -> None:
    found = reading(name, affectnet(tmp_path, header), "expression")
    assert found.splits == ["train", *("val" for _ in kept)]
    assert [s.gold.label for s in found.samples] == list(labels_of(name)[name].names)
    assert only(found.samples[1]).path == "Manually_Annotated_Images/1/1a.jpg"


def test_affectnet_sentinels_are_no_values(tmp_path: Path) -> None:
    affectnet(tmp_path)
    lists = tmp_path / "Manually_Annotated_file_lists/training.csv"
    lists.write_text(lists.read_text() + "0/none.jpg,1,2,3,4,5;6,0,-2.0,-2\n0/low.jpg,1,2,3,4,5;6,0,-1,1\n")
    found = reading("affectnet-va", tmp_path, "affect")
    levels = {sample.id: sample.gold.levels for sample in found.samples}
    assert found.unlabelled == 1
    assert "0/none.jpg" not in levels
    assert levels["0/low.jpg"] == {"valence": -1, "arousal": 1}
    assert len(levels) == 9
    lists.write_text(HEADER + "0/0.jpg,1,2,3,4,5;6,0,-3,0\n")
    with pytest.raises(DataError, match="outside -1 to 1"):
        reading("affectnet-va", tmp_path, "affect")


# -- FER2013 and FER+ ------------------------------------------------------------------------------------------------


def pixels(shade: int) -> str:
    return " ".join([str(shade)] * 48 * 48)


def fer2013(root: Path) -> Path:
    uses = ["Training", "Training", "PublicTest", "PrivateTest"]
    rows = "".join(f"{code},{pixels(code)},{use}\n" for code, use in enumerate(uses))
    return write(root, {"fer2013.csv": "emotion,pixels,Usage\n" + rows})


def test_fer2013_reads_pixels_and_keeps_three_parts(tmp_path: Path) -> None:
    found = reading("fer2013", fer2013(tmp_path), "expression")
    assert found.splits == ["Training", "Training", "PublicTest", "PrivateTest"]
    assert [sample.gold.label for sample in found.samples] == ["angry", "disgust", "fear", "happy"]
    cell = only(found.samples[3]).cell
    assert cell is not None and cell.size == (48, 48) and cell.data == bytes([3]) * 48 * 48
    assert found.samples[3].id == "00003"


VOTES = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"


ROWS = [
    "Training,fer0000000.png,8,0,1,1,0,0,0,0,0,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "PublicTest,fer0000001.png,5,5,0,0,0,0,0,0,0,0",
    "PrivateTest,fer0000002.png,0,0,0,0,0,0,0,2,8,0",
]


@pytest.fixture
def ferplus(tmp_path: Path) -> Path:
    return write(
        tmp_path / "ferplus", {"fer2013new.csv": VOTES + "\n".join(ROWS) + "\n", "data/FER2013Test/label.csv": ""}
    )


def test_ferplus_takes_the_pixels_of_the_same_row(ferplus: Path, tmp_path: Path) -> None:
    faces = fer2013(tmp_path / "fer2013")
    found = by_id("ferplus", ferplus, "votes", fer2013=faces)
    assert list(found) == ["00000", "00002", "00003"], "a row without an image name is no sample, but it counts"
    assert set(found) < set(by_id("fer2013", faces, "expression")), "the ids are those of FER2013"
    assert [only(sample).cell.data[0] for sample in found.values()] == [0, 2, 3]  # type: ignore[union-attr]
    assert found["00003"].gold.votes == {
        **dict.fromkeys(labels_of("ferplus")["ferplus-10"].names, 0),
        "contempt": 2,
        "unknown": 8,
    }
    assert gold(by_id("ferplus", ferplus, "majority", fer2013=faces)) == {"00000": "neutral"}
    assert gold(by_id("ferplus", ferplus, "argmax", fer2013=faces)) == {"00000": "neutral", "00002": "neutral"}


def test_ferplus_without_fer2013_takes_the_picture_files(ferplus: Path) -> None:
    found = by_id("ferplus", ferplus, "votes")
    folders = {"00000": "FER2013Train", "00002": "FER2013Valid", "00003": "FER2013Test"}
    assert {name: str(only(sample).path).split("/")[1] for name, sample in found.items()} == folders
    assert only(found["00003"]).path == "data/FER2013Test/fer0000002.png"


def test_ferplus_on_the_real_votes(shared: Path) -> None:
    root = shared / "data/ferplus"
    assert len((root / "fer2013new.csv").read_text(encoding="utf-8").splitlines()) == 35_887 + 1
    votes = reading("ferplus", root, "votes")
    assert Counter(votes.splits) == shipped("ferplus").splits
    assert Counter(sum((sample.gold.votes or {}).values()) for sample in votes.samples) == {10: 35_713, 9: 1}
    clusters = Counter(sample.cluster for sample in votes.samples)
    doubled = [name for name, count in clusters.items() if count > 1]
    assert doubled == ["fer0006953", "fer0011785", "fer0008403", "fer0033120"]
    test = {target: reading("ferplus", root, target, "PrivateTest") for target in ("majority", "argmax")}
    assert (len(test["majority"].samples), test["majority"].unlabelled) == (3_153, 421)
    assert len(test["argmax"].samples) == 3_546
    agreement = Counter(
        sample.group["agreement"] for sample in reading("ferplus", root, "votes", "PrivateTest").samples
    )
    assert agreement == {
        "unanimous": 806, "80 % or more": 1_048, "majority": 880, "no majority": 840,
    }  # fmt: skip


def published(counts: list[float], rule: str) -> list[float] | None:
    """The rules of FER+ for distributions and sets, written anew; None where the picture is left out."""
    left = [count if count > 1 else 0.0 for count in counts]
    total, taken = sum(left), [0.0] * 10
    if rule == "multi-target":
        taken = [count if count >= 0.3 * total else 0.0 for count in left]
    part, labels, going = 0.0, 0, rule == "probability"
    while going and part < 0.75 * total and labels < 3:
        best = max(left)
        for place in [place for place, count in enumerate(left) if count == best]:
            taken[place], left[place] = best, 0.0
            part, labels = part + best, labels + 1
            if place >= 8:  # unknown or no face ends it, and has no part where something stood before it
                going = False
                if sum(taken) > best:
                    taken[place], labels = 0.0, labels - 1
                break
    if sum(taken) <= 0.5 * total or (rule == "probability" and labels > 3) or taken.index(max(taken)) >= 8:
        return None
    return [count / sum(taken[:8]) for count in taken[:8]]


@pytest.mark.parametrize(("target", "size"), [("probability", 3_505), ("multi-target", 3_472)])
def test_ferplus_distributions_and_sets_are_those_of_the_published_rules(shared: Path, target: str, size: int) -> None:
    root = shared / "data/ferplus"
    votes = {
        sample.id: list((sample.gold.votes or {}).values()) for sample in reading("ferplus", root, "votes").samples
    }
    golds = {sample.id: sample.gold for sample in reading("ferplus", root, target).samples}
    names = labels_of("ferplus")["ferplus-8"].names
    for name, counts in votes.items():
        shares, gold = published(counts, target), golds.get(name)
        assert (shares is None) == (gold is None), name
        if shares is None or gold is None:
            continue
        if target == "probability":
            assert [(gold.votes or {}).get(label, 0) for label in names] == pytest.approx(shares, abs=1e-12), name
        else:
            assert set(gold.labels or ()) == {label for label, share in zip(names, shares, strict=True) if share}, name
    assert len(reading("ferplus", root, target, "PrivateTest").samples) == size


# -- SFEW, CK+, KDEF, JAFFE, ExpW ------------------------------------------------------------------------------------


def test_sfew_keeps_a_name_that_is_in_two_class_folders_in_one_cluster(tmp_path: Path) -> None:
    names = ["Train/Train/Sad/a.png", "Val/Val/Happy/b.png", "Val/Val/Neutral/b.png", "Test/Test/c.png"]
    found = reading("sfew", write(tmp_path, dict.fromkeys(names, "")), "expression")
    assert found.splits == ["train", "val", "val"], "the test part has no labels"
    assert [sample.gold.label for sample in found.samples] == ["sad", "happy", "neutral"]
    assert [sample.cluster for sample in found.samples] == ["a", "b", "b"]


def test_sfew_aligned_faces_are_an_unverified_layout(tmp_path: Path) -> None:
    found = reading("sfew", write(tmp_path, {"Val/Val_Aligned_Faces/Fear/b.png": ""}), "expression")
    assert [sample.gold.label for sample in found.samples] == ["fear"]
    assert found.layout.verified is False


@pytest.mark.parametrize("above", ["Emotion_labels/Emotion", "Emotion"])
def test_ck_plus_takes_the_peak_of_sequences_that_have_a_label(tmp_path: Path, above: str) -> None:
    frames = [
        f"cohn-kanade-images/{x}_{y:08d}.png" for x in ("S005/001/S005_001", "S010/002/S010_002") for y in (1, 11)
    ]
    label = {f"{above}/S005/001/S005_001_00000011_emotion.txt": "   2.0000000e+00\n"}
    (tmp_path / above / "S010/002").mkdir(parents=True)
    found = by_id("ck-plus", write(tmp_path, {**dict.fromkeys(frames, ""), **label}), "expression")
    assert gold(found) == {"S005_001": "contempt"}
    assert only(found["S005_001"]).path == frames[1]
    assert found["S005_001"].cluster == "S005"


def test_ck_plus_pictures_may_lie_one_folder_deeper(tmp_path: Path) -> None:
    picture = "extended-cohn-kanade-images/cohn-kanade-images/S005/001/S005_001_00000011.png"
    label = {"Emotion/S005/001/S005_001_00000011_emotion.txt": "   7.0000000e+00\n"}
    found = by_id("ck-plus", write(tmp_path, {picture: "", **label}), "expression")
    assert only(found["S005_001"]).path == picture


def test_kdef_names_are_read_by_position(tmp_path: Path) -> None:
    names = [
        "AF01/AF01AFS",
        "AF01/AF01ANHL",
        "BF01/BF01NEFR",
        "BM35/BM35SUFL",
        "AF31/AF31V",
        "AM31/AM31H",
        "AF01/AF01SUFR",
    ]
    found = by_id("kdef", write(tmp_path, {f"KDEF/{name}.JPG": "" for name in names}), "expression")
    assert gold(found) == {
        "AF01AFS": "afraid",
        "AF01ANHL": "angry",
        "AF01SUFR": "surprised",
        "BF01NEFR": "neutral",
        "BM35SUFL": "surprised",
    }
    assert found["AF01AFS"].group == {"sex": "female", "angle": "straight"}
    assert found["BM35SUFL"].group == {"sex": "male", "angle": "full left"}
    assert found["AF01AFS"].cluster == found["BF01NEFR"].cluster != found["BM35SUFL"].cluster
    assert found["AF01SUFR"].bad and not found["AF01AFS"].bad


def test_jaffe_names_hold_dots(tmp_path: Path) -> None:
    names = ["KA.AN1.39.tiff", "KM.SA5.13.tiff", "KM.NE1.1.tiff", "README_FIRST.txt"]
    found = by_id("jaffe", write(tmp_path, {f"jaffe/{name}": "" for name in names}), "expression")
    assert gold(found) == {"KA.AN1.39": "anger", "KM.NE1.1": "neutral", "KM.SA5.13": "sadness"}
    assert [sample.cluster for sample in found.values()] == ["KA", "KM", "KM"]


def test_expw_boxes_begin_at_the_top_and_faces_share_pictures(tmp_path: Path) -> None:
    rows = "a_1.jpg 0 10 20 60 90 45.5 3\na_1.jpg 1 11 100 150 91 30.0 6\n"
    found = by_id("expw", write(tmp_path, {"label/label.lst": rows}), "expression")
    assert gold(found) == {"a_1-0": "happy", "a_1-1": "neutral"}
    box = only(found["a_1-0"]).box
    assert box is not None and box.xyxy == (20, 10, 60, 90) and box.unit == "pixel"
    assert only(found["a_1-1"]).path == "image/origin/a_1.jpg"
    assert {sample.cluster for sample in found.values()} == {"a_1.jpg"}
