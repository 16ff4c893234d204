"""A submission that does not hold is refused with the reason, and nothing of it is written."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectbench.board import parcel, receive
from affectbench.catalogue import Catalogue
from affectbench.errors import RecordError
from tests.board.submissions import add, changed, digest, edited, finished, lines, nothing_in, packed, written

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parcel of a run whose gold goes along."""
    return packed(finished(tmp_path_factory.mktemp("theirs") / "plugin"))


@pytest.fixture(scope="module")
def without_gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(finished(tmp_path_factory.mktemp("closed") / "plugin", publish=False))


def members(file: Path) -> Members:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refused(file: Path, out: Path, said: str, *more: str | Path) -> None:
    done = add(file, out, *more)
    assert done.code == 1, done.out
    assert said in done.err
    assert nothing_in(out)
    assert not list(out.parent.glob(".submission-*"))


def _score(results: dict[str, Any]) -> None:
    first = next(score for score in results["scores"] if score["metric"] == "accuracy" and score["over"] == "all")
    first["value"] = 0.99


def _more_right(results: dict[str, Any]) -> None:
    results["status"] |= {"ok": 11, "refused": 1}


def _other_data(facts: dict[str, Any]) -> None:
    facts["annotations"] = dict.fromkeys(facts["annotations"], "0" * 64)


def _other_main(facts: dict[str, Any]) -> None:
    facts["question"]["main"] = "uar"


def _said_other(rows: list[Any]) -> None:
    rows[3]["parsed"]["value"] = rows[3]["responses"][-1]["text"] = "anger"
    rows[3]["parsed"]["span"] = [0, 5]


def _read_other(rows: list[Any]) -> None:
    rows[3]["parsed"]["value"] = "surprise"


def _twice(rows: list[Any]) -> None:
    rows[1] = rows[0]


def _stranger(rows: list[Any]) -> None:
    rows[1]["id"] = "nobody"


def _more_fields(rows: list[Any]) -> None:
    rows[1]["image"] = "AAAA"


def _worse(rows: list[Any]) -> None:
    rows[1]["status"] = "refused"


def _gold(rows: list[Any]) -> None:
    rows[0]["gold"]["label"] = rows[1]["gold"]["label"]


FORGED: list[tuple[str, Callable[..., None], Callable[[Any], None], str]] = [
    ("results.json", edited, _score, "accuracy all is 0.99, and 0.5 follows from the answers"),
    ("results.json", edited, _more_right, "has 12 answers ok, results.json counts 11"),
    ("results.json", edited, lambda value: value.update(n=11), "has 12 answers, and the results are of 11"),
    ("results.json", edited, lambda value: value.update(mock=True), "says mock True, manifest.json False"),
    ("results.json", edited, lambda value: value.update(judged=[]), "holds 'judged', which nothing in the run gives"),
    ("results.json", edited, lambda value: value["scores"][0].update(value=1.5), "outside 0 to 1"),
    ("manifest.json", edited, _other_data, "follows from the manifest: it was changed"),
    ("manifest.json", edited, lambda value: value["task"].update(version=7), "follows from the manifest"),
    ("manifest.json", edited, lambda value: value["model"].update(identity="x"), "follows from the manifest"),
    ("manifest.json", edited, _other_main, "scores by main 'uar', its task by 'accuracy'"),
    ("manifest.json", edited, lambda value: value.update(sealed=False), "is not finished"),
    ("manifest.json", edited, lambda value: value["model"].update(name="another"), "says model"),
    ("samples.jsonl", lines, lambda rows: rows.pop(), "has 11 answers, and the results are of 12"),
    ("samples.jsonl", lines, _said_other, "follows from the answers"),
    ("samples.jsonl", lines, _read_other, "the reply to 's0003' does not say what was read out of it"),
    ("samples.jsonl", lines, _twice, "the answer to 's0000' stands there twice"),
    ("samples.jsonl", lines, _stranger, "has no answer to 's0001'"),
    ("samples.jsonl", lines, _more_fields, "samples.jsonl:2: not an outcome"),
    ("samples.jsonl", lines, _worse, "'s0001' is refused, and how it was read says otherwise"),
    ("gold.jsonl", lines, _gold, "follows from the answers"),
    ("gold.jsonl", lines, lambda rows: rows.pop(), "answers 's0011', which is no sample of the task"),
]


@pytest.mark.parametrize(("name", "way", "change", "said"), FORGED)
def test_a_careful_forger_is_found_out(
    file: Path, tmp_path: Path, name: str, way: Callable[..., None], change: Callable[[Any], None], said: str
) -> None:
    refused(changed(file, lambda held: way(held, name, change)), tmp_path / "mine", said)


@pytest.mark.parametrize("name", ["manifest.json", "results.json", "samples.jsonl", "gold.jsonl"])
def test_a_careless_one_by_the_digests(file: Path, tmp_path: Path, name: str) -> None:
    held = members(file)
    held[name] = held[name].replace(b"anger", b"angry", 1) if b"anger" in held[name] else held[name] + b" "
    forged = written(tmp_path / "forged.zip", held.items())
    refused(forged, tmp_path / "mine", f"{name} is not the file that was packed")


def test_other_gold_is_found_by_the_receivers_data(file: Path, tmp_path: Path) -> None:
    theirs = file.parent
    data = ["--plugin", theirs, "--data", f"colours={theirs / 'data'}"]
    forged = changed(file, lambda held: lines(held, "gold.jsonl", _gold))
    refused(forged, tmp_path / "mine", "the gold of 's0000' is another than these data have", *data)


def test_other_data_are_found_by_the_receivers_data(file: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    finished(plugin)
    table = plugin / "data/labels.csv"
    table.write_text(table.read_text().replace("s0001.png,disgust", "s0001.png,fear"))
    data = ["--plugin", plugin, "--data", f"colours={plugin / 'data'}"]
    refused(file, tmp_path / "mine", "it was made on other data: colours:labels.csv is another file", *data)


def test_a_score_without_gold_is_found_by_the_receivers_data(without_gold: Path, tmp_path: Path) -> None:
    theirs = without_gold.parent
    data = ["--plugin", theirs, "--data", f"colours={theirs / 'data'}"]
    forged = changed(without_gold, lambda held: edited(held, "results.json", _score))
    refused(forged, tmp_path / "mine", "accuracy all is 0.99, and 0.5 follows from the answers", *data)
    assert add(forged, tmp_path / "believed").code == 0
    (found,) = (tmp_path / "believed").rglob("SUBMITTED.json")
    assert json.loads(found.read_text())["scores"] == "as submitted"


def test_a_question_that_the_known_task_does_not_ask(without_gold: Path, tmp_path: Path) -> None:
    forged = changed(
        without_gold,
        lambda held: edited(held, "manifest.json", lambda value: value["question"].update(protocol="raf-db/accuracy")),
    )
    said = "has another 'protocol' than the task 'colours'"
    refused(forged, tmp_path / "mine", said, "--plugin", without_gold.parent)


def test_gold_that_may_not_be_published_is_refused(file: Path, without_gold: Path, tmp_path: Path) -> None:
    gold = members(file)["gold.jsonl"]
    forged = changed(without_gold, lambda held: held.update({"gold.jsonl": gold}))
    refused(forged, tmp_path / "mine", "it holds the gold of colours, whose labels may not be published")


def test_verdicts_that_nothing_names_are_refused(file: Path, tmp_path: Path) -> None:
    forged = changed(file, lambda held: held.update({"verdicts/a@b.jsonl": b""}))
    refused(forged, tmp_path / "mine", "it holds the verdicts a@b.jsonl, which the manifest does not name")


NAMES = ["../manifest.json", "/etc/passwd", "..\\x", "C:/x", "a/b", "SUBMITTED.json", "verdicts/../x.jsonl",
         "MANIFEST.JSON", "verdicts/x@y.jsonl/", "verdicts/.@.jsonl", "s0001.png"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_run_has_is_refused(file: Path, tmp_path: Path, name: str) -> None:
    forged = written(tmp_path / "forged.zip", [*members(file).items(), (name, b"x")])
    refused(forged, tmp_path / "mine", "which is no file of a run")
    assert not (tmp_path / "manifest.json").exists()


def test_a_name_that_stands_twice_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        forged = written(tmp_path / "forged.zip", [*members(file).items(), ("samples.jsonl", b"")])
    refused(forged, tmp_path / "mine", "the archive holds samples.jsonl twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFDIR])
def test_a_link_or_device_is_refused(file: Path, tmp_path: Path, kind: int) -> None:
    held = members(file)
    info = zipfile.ZipInfo("gold.jsonl")
    info.external_attr = (kind | 0o777) << 16
    held.pop("gold.jsonl")
    forged = written(tmp_path / "forged.zip", [*held.items(), (info, b"/etc/passwd")])
    refused(forged, tmp_path / "mine", "gold.jsonl is a link, a folder or a device")


def test_a_bomb_is_refused_before_it_is_unpacked(file: Path, tmp_path: Path) -> None:
    held = members(file) | {"samples.jsonl": b"0" * 30_000_000}
    forged = written(tmp_path / "forged.zip", held.items())
    refused(forged, tmp_path / "mine", "samples.jsonl is pressed together")


def small(**limits: int) -> receive.How:
    return receive.How(known=Catalogue(), limits=parcel.Limits(**limits))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"member": 1_000}, "a file may have 1,000"),
        ({"total": 4_000}, "bytes: more than the 4,000 that a run may have|a run may have 4,000"),
        ({"members": 3}, "more than a run has"),
        ({"contents": 50}, "more than a run has"),
    ],
)
def test_what_is_too_large_is_refused(file: Path, tmp_path: Path, limits: dict[str, int], said: str) -> None:
    with pytest.raises(RecordError, match=said):
        receive.add(file, tmp_path / "mine", small(**limits))
    assert nothing_in(tmp_path / "mine")


def test_a_size_that_the_archive_lies_about_is_refused(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo("samples.jsonl").file_size
    forged = tmp_path / "forged.zip"
    forged.write_bytes(data.replace(size.to_bytes(4, "little"), (size - 9).to_bytes(4, "little")))
    refused(forged, tmp_path / "mine", "")


@pytest.mark.parametrize("change", [lambda index: index.update(schema=2), lambda index: index.update(who="me"),
                                    lambda index: index["files"].pop("gold.jsonl"), lambda index: index.update(run="x"),
                                    lambda index: index["files"].update({"x": digest(b"")})])  # fmt: skip
def test_an_index_that_is_not_ours_is_refused(file: Path, tmp_path: Path, change: Callable[[Any], None]) -> None:
    held = members(file)
    edited(held, parcel.INDEX, change)
    refused(written(tmp_path / "forged.zip", held.items()), tmp_path / "mine", parcel.INDEX)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"not a zip" * 100, b"PK\x05\x06" + b"\xff" * 18, b"\x1f\x8b" + b"0" * 99]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    refused(tmp_path / "x.zip", tmp_path / "mine", "")


def test_a_torn_archive_is_refused(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    for part in (len(data) // 3, len(data) - 30):
        (tmp_path / "x.zip").write_bytes(data[:part] + data[-22:])
        refused(tmp_path / "x.zip", tmp_path / "mine", "")


def test_a_line_without_an_end_is_refused(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "LONGEST_LINE", 100)
    refused(file, tmp_path / "mine", "has a line of more than 100 bytes")


@pytest.mark.parametrize("broken", [b"{", b"[]", b'{"id": "s0000"}', b"\xff\xfe", b"{" * 100_000, b"nul"])
def test_a_line_that_is_no_outcome_is_refused(file: Path, tmp_path: Path, broken: bytes) -> None:
    def change(held: Members) -> None:
        held["samples.jsonl"] = broken + b"\n" + held["samples.jsonl"]

    refused(changed(file, change), tmp_path / "mine", "samples.jsonl:1: not an outcome")
