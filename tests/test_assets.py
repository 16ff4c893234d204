"""Third-party files: found in a clone, checked, converted once, refused when they are others."""

import json
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from affectbench import assets, lexicons
from affectbench.assets import mer_wheels, workbook
from affectbench.catalogue import Catalogue
from affectbench.errors import DataError, UsageError
from affectbench.paths import asset_folder
from tests import wheels
from tests.flow.flows import affectbench

NAME = "mer-unibench-wheels"
TREE = {"joy": {"glee": ["merry", "jolly"], "bliss": ["awe"]}, "woe": {"gloom": ["sad"]}}
ALONE = ("merry", "jolly", "awe", "joy", "glee", "bliss", "woe", "gloom")
SMALL = {
    "wheels": {f"wheel{n}": TREE for n in range(1, 6)},
    "synonyms": {"happy": ["jolly", "merry"], "sad": ["gloom", "sad"], **{word: [word] for word in ALONE}},
    "forms": {"happy": ["happy", "happily"], "sad": ["sad", "sadly"]},
    "forms_removed_2026": {},
}
SMALL["clusters"] = {
    name: dict(zip(("level1", "level2"), mer_wheels.clusters(tree), strict=True))
    for name, tree in SMALL["wheels"].items()
}


def as_known(monkeypatch: pytest.MonkeyPatch, found: dict, **more) -> None:
    """Take the small files for the known ones."""
    asset = assets.ASSETS[NAME]
    kept = {field: getattr(asset, field) for field in asset.__slots__} | {"versions": {"v2025": assets.digest(found)}}
    monkeypatch.setattr(assets, "ASSETS", {NAME: assets.Asset(**kept)})


def small(folder: Path) -> dict[str, Path]:
    wheels.write(folder, SMALL)
    return {name: folder / name for name in mer_wheels.FILES}


def test_the_official_files_are_known(shared: Path, tmp_path: Path) -> None:
    found = wheels.facts(shared)
    wheels.write(tmp_path / wheels.FOLDERS["v2025"], found)
    wheels.write(tmp_path / wheels.FOLDERS["v2026"], found, "v2026", only=("format.csv", "wheel2.xlsx"))
    done = affectbench("assets", "add", NAME, tmp_path, "--json")
    assert [one["version"] for one in done.json["added"]] == ["v2025", "v2026"]
    counts = {"v2025": found["counts"]["forms_2025"], "v2026": found["counts"]["forms_2026"]}
    for version, forms in counts.items():
        content = assets.read(NAME, version)
        words = {"wheel words": found["counts"]["wheel_words"], "raw words": found["counts"]["raws"]}
        assert mer_wheels.counts(content) == {**words, "forms": forms}
        assert mer_wheels.counts(content) == assets.ASSETS[NAME].counts[version]
        lexicon = lexicons.load(Catalogue(), f"mer-unibench-{version}")
        for label in (
            "fear",
            "Happy ",
            "surprise",
            "contempt",
            "overwhelmed",
            "frustrated",
            "neutral",
            "resting",
            "nope",
        ):
            for wheel in found["clusters"]:
                for level in (1, 2):
                    expected = wheels.slow_cluster(found, version, label, (wheel, f"level{level}"))
                    assert lexicon.cluster(label, wheel, level) == expected, (version, label, wheel, level)
    listed = affectbench("assets", "list", "--json").json["versions"]
    assert all(Path(one["path"]).is_file() for one in listed)
    assert "not added" not in affectbench("assets", "list").out


def test_every_word_is_where_the_facts_put_it(shared: Path, tmp_path: Path) -> None:
    found = wheels.facts(shared)
    wheels.write(tmp_path, found)
    assets.add(NAME, tmp_path)
    lexicon = lexicons.load(Catalogue(), "mer-unibench-v2025")
    raws: dict[str, set[str]] = {}
    for raw, written in found["forms"].items():
        for form in written:
            raws.setdefault(form, set()).add(raw)
    assert len(lexicon.places) == len(raws) == 7386
    for form, origins in raws.items():
        words = sorted(set().union(*(found["synonyms"][raw] for raw in origins)))
        for wheel, clusters in found["clusters"].items():
            expected = next((clusters["level1"][word] for word in words if word in clusters["level1"]), None)
            assert lexicon.cluster(form, wheel) == expected


def test_other_words_are_refused(shared: Path, tmp_path: Path) -> None:
    found = wheels.facts(shared)
    found["forms"]["happy"] = [*found["forms"]["happy"], "happyish"]
    wheels.write(tmp_path, found)
    done = affectbench("assets", "add", NAME, tmp_path)
    assert done.code == 2
    assert "7,387 forms" in done.err
    assert "v2025: 253 wheel words, 1,255 raw words, 7,386 forms" in done.err
    assert assets.stored(NAME, "v2025") is None


def test_small_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = mer_wheels.convert(small(tmp_path / "clone/deep"))
    assert content["forms"] == {"happy": ["happily", "happy"], "sad": ["sad", "sadly"]}
    assert content["synonyms"]["happy"] == ["jolly", "merry"]
    assert content["wheels"]["wheel1"][1] == {
        "joy": "bliss", "glee": "glee", "merry": "glee", "jolly": "glee", "bliss": "bliss", "awe": "bliss",
        "woe": "gloom", "gloom": "gloom", "sad": "gloom",
    }  # fmt: skip
    as_known(monkeypatch, content)
    (added,) = assets.add(NAME, tmp_path)
    kept = json.loads(added.path.read_text())
    assert (kept["version"], kept["digest"], set(kept["sources"])) == ("v2025", added.digest, set(mer_wheels.FILES))
    assert assets.read(NAME, "v2025") == content
    assert [path.name for path in added.path.parent.iterdir()] == ["v2025.json"]


def test_a_stored_file_that_changed_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_known(monkeypatch, mer_wheels.convert(small(tmp_path)))
    (added,) = assets.add(NAME, tmp_path)
    for text in (added.path.read_text().replace("merry", "marry"), "{", "[]", "[" * 100_000, ""):
        added.path.write_text(text)
        with pytest.raises(UsageError, match="is not as it was stored: fetch https://github"):
            assets.read(NAME, "v2025")


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"v2025 is not here .*: fetch .*`affectbench assets add mer-unibench-wheels DIR`"
    ):
        assets.read(NAME, "v2025")
    with pytest.raises(UsageError, match="no version 'v1'"):
        assets.read(NAME, "v1")
    with pytest.raises(UsageError, match="did you mean 'mer-unibench-wheels'"):
        assets.add("mer-unibench-wheel", tmp_path)
    with pytest.raises(UsageError, match=r"holds no format\.csv"):
        assets.add(NAME, tmp_path)
    with pytest.raises(UsageError, match="is not a folder"):
        assets.add(NAME, tmp_path / "nowhere")
    small(tmp_path)["wheel3.xlsx"].unlink()
    with pytest.raises(UsageError, match=r"lacks wheel3\.xlsx"):
        assets.add(NAME, tmp_path)
    assert not asset_folder().exists()


def test_hostile_workbooks(tmp_path: Path) -> None:
    files = small(tmp_path)
    bomb, entities, wrong, far = (tmp_path / f"{name}.xlsx" for name in ("bomb", "entities", "wrong", "far"))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (workbook.MAX_BYTES + 1))
    with zipfile.ZipFile(entities, "w") as packed:
        packed.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ccc">]><a>&b;</a>')
    wrong.write_bytes(b"PK\x03\x04 nothing")
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A1048576"] = "level1", "end"
    book.save(far)
    for path, said in (
        (bomb, "unpacks to more"),
        (entities, "entities"),
        (wrong, "not a workbook"),
        (far, "more than"),
    ):
        with pytest.raises(DataError, match=said):
            mer_wheels.convert({**files, "wheel1.xlsx": path})
    for endless in (tmp_path / "pipe.xlsx", Path("/dev/zero"), tmp_path):
        if endless.suffix:
            os.mkfifo(endless)
        with pytest.raises(DataError, match="not a plain file"):
            mer_wheels.convert({**files, "wheel1.xlsx": endless})
    with pytest.raises(DataError, match="no column 'level1'"):
        mer_wheels.convert({**files, "wheel1.xlsx": files["synonym.xlsx"]})
    files["format.csv"].write_bytes(b"name,format\nhappy\n")
    with pytest.raises(DataError, match="columns name and format"):
        mer_wheels.convert(files)
    files["format.csv"].write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not a CSV file of UTF-8"):
        mer_wheels.convert(files)


def test_without_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = small(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(UsageError, match=r"pip install \"affectbench\[data\]\""):
        mer_wheels.convert(files)
