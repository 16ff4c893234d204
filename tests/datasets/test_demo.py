"""Demo rows: balanced, without leaks, drawn once and whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from affectbench import faces
from affectbench.datasets import drawers
from affectbench.datasets.demo import KINDS, Demo, copy, materialise, rows
from affectbench.errors import UsageError


def of(kind: faces.Kind, split: str, people: int = 6) -> list[dict]:
    demo = Demo(kind=kind, faces=people * Demo(kind=kind, faces=0).each, train=people * Demo(kind=kind, faces=0).each)
    return [row for row in rows(demo) if row["split"] == split]


@pytest.mark.parametrize(("kind", "column"), [("basic", "expression"), ("compound", "compound")])
def test_classes_are_balanced_in_each_split(kind: faces.Kind, column: str) -> None:
    for split in ("train", "test"):
        assert Counter(row[column] for row in of(kind, split)) == dict.fromkeys(faces.labels(kind), 6)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_unique_and_tell_nothing(kind: faces.Kind) -> None:
    every = of(kind, "train") + of(kind, "test")
    assert len({row["id"] for row in every}) == len({row["path"] for row in every}) == len(every)
    words = [word for label in faces.labels(kind) for word in label.split()]
    assert not [row["path"] for row in every if any(word in str(row["path"]) for word in words)]


def test_the_place_of_a_face_says_nothing_of_its_label() -> None:
    every_seventh = {row["expression"] for row in of("basic", "test", 18)[::7]}
    assert len(every_seventh) > 3


@pytest.mark.parametrize("kind", KINDS)
def test_splits_share_no_person(kind: faces.Kind) -> None:
    train, test = ({row["subject"] for row in of(kind, split)} for split in ("train", "test"))
    assert len(train) == len(test) == 6
    assert not train & test


def test_groups_are_balanced() -> None:
    test = of("basic", "test", 18)
    for column, values in (("sex", faces.SEXES), ("age", faces.AGES), ("skin", faces.SKINS)):
        assert Counter(row[column] for row in test) == dict.fromkeys(values, 126 // len(values))


@pytest.mark.parametrize("kind", KINDS)
def test_columns_have_one_type_and_agree_with_each_other(kind: faces.Kind) -> None:
    every = of(kind, "test")
    types = {name: {type(row[name]) for row in every} for name in every[0]}
    assert all(len(found) == 1 and found <= {str, float, list} for found in types.values())
    for row in every:
        assert row["aus"] == [faces.code(unit) for unit in faces.NAMES if row[faces.code(unit)] >= 2]
        assert -1 <= row["valence"] <= 1 >= abs(row["arousal"])
        counts = {name: row[f"votes_{name.replace(' ', '_')}"] for name in faces.labels(kind)}
        assert counts == {name: float(row["votes"].count(name)) for name in faces.labels(kind)}
        assert sum(counts.values()) == (0 if kind == "units" else 10)


def test_parts_name_the_basic_emotions() -> None:
    assert {tuple(row["parts"]) for row in of("compound", "test")} == set(faces.PARTS.values())
    assert all(row["parts"] == [row["expression"]] for row in of("basic", "test"))
    assert all(row["parts"] == [] and row["aus"] for row in of("units", "test"))


def test_more_faces_leave_the_first_ones_as_they_are() -> None:
    few, many = (list(rows(Demo(faces=number, train=0))) for number in (14, 28))
    assert many[:14] == few
    assert [row["id"] for row in few] == [f"test_{i:04d}" for i in range(14)]


def test_seeds_and_kinds_give_other_people() -> None:
    def valences(demo: Demo) -> list[object]:
        return [row["valence"] for row in rows(demo)]

    assert valences(Demo(faces=7, train=0)) == valences(Demo(faces=7, train=0))
    assert valences(Demo(faces=7, train=0)) != valences(Demo(faces=7, train=0, seed=1))


def test_rows_draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces.Face, "picture", lambda *_: pytest.fail("a row drew a picture"))
    assert len(list(rows(Demo(faces=70, train=7)))) == 77


def test_pictures_are_drawn_once_and_again_when_missing(tmp_path: Path) -> None:
    demo = Demo(faces=7, train=7, size=40)
    materialise(demo, tmp_path)
    paths = [tmp_path / str(row["path"]) for row in rows(demo)]
    assert sorted(paths) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    with Image.open(paths[0]) as picture:
        assert picture.size == (40, 40)
    first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    paths[3].unlink()
    materialise(demo, tmp_path)
    assert all(path.read_bytes() == first[path][0] for path in paths)
    assert all(path.stat().st_mtime_ns == first[path][1] for path in paths if path != paths[3])


def test_how_far_the_drawing_is_can_be_seen(tmp_path: Path) -> None:
    seen: list[str] = []

    def watched(files: Sequence[str]) -> Iterator[str]:
        for number, file in enumerate(files):
            assert sum(path.is_file() for path in tmp_path.rglob("*")) == number
            seen.append(file)
            yield file

    materialise(demo := Demo(faces=7, train=7, size=40), tmp_path, seen=watched)
    assert sorted(seen) == sorted(str(row["path"]) for row in rows(demo))
    materialise(demo, tmp_path, seen=lambda files: pytest.fail(f"{files} are there"))


def test_only_what_is_wanted_is_drawn(tmp_path: Path) -> None:
    demo = Demo(faces=7, train=7, size=40)
    wanted = [str(row["path"]) for row in rows(demo)][5:9]
    materialise(demo, tmp_path, only=wanted)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / path for path in wanted}


def test_other_processes_draw_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = Demo(faces=7, train=7, size=40)
    copy(demo, tmp_path / "alone", tmp_path / "copy")
    wanted = sorted(path.relative_to(tmp_path / "alone") for path in (tmp_path / "alone").rglob("*") if path.is_file())
    monkeypatch.setattr(drawers, "WORTH", 1)
    monkeypatch.setattr(drawers.aside, "workers", lambda: 2)
    with drawers.beside(demo, tmp_path / "beside", [path.as_posix() for path in wanted]):
        pass  # whoever waits so long draws nothing
    for folder in ("copy", "beside"):
        assert len(wanted) == 14
        for path in wanted:
            assert (tmp_path / folder / path).read_bytes() == (tmp_path / "alone" / path).read_bytes()


def test_a_changed_drawing_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = Demo(faces=7, train=0, size=40)
    before = demo.folder
    monkeypatch.setattr(faces, "DRAWING_VERSION", faces.DRAWING_VERSION + 1)
    materialise(demo, tmp_path)
    assert demo.folder != before
    assert (tmp_path / demo.folder / "test" / "test_0006.png").is_file()


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        materialise(Demo(faces=7, train=0, size=40), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'basic'"):
        Demo(faces=7, kind="basics")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"faces: 100 is not a multiple of 7; try 98"):
        Demo(faces=100)
    with pytest.raises(UsageError, match=r"train: 5 is not a multiple of 11; try 11"):
        Demo(faces=22, kind="compound", train=5)
    with pytest.raises(UsageError, match="size 32 or more"):
        Demo(faces=7, size=8)
