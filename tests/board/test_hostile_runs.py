"""Runs that somebody wrote to do harm: what they hold is text in a string, and what lies elsewhere is never taken."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from affectbench.board import lines, scripts
from tests.board.boards import build, change, taken

pytestmark = pytest.mark.usefixtures("no_charts")

HOSTILE = b"".join(
    [
        b'"]);alert(1)//\n',
        b'"});board.take("board",{});//\n',
        b"</script><script>alert(1)</script>\n",
        b"\\\n",
        b'\\"\n',
        b"\xe2\x80\xa8 and \xe2\x80\xa9 end lines in old scripts\n",
        b"\xff\xfe broken \xc3( and cut \xe2\x80\n",
        b"\x00\x01\x1b[2J\r\n",
        "\u202eright to left".encode() + b"\n",
        b'{"id":"x","repeat":0,"status":"' + b"y" * 100_000 + b'"}\n',
        b"[" * 50_000 + b"\n",
        b'{"id":1,"status":["ok"],"error":{"stage":7},"sent":[{"kind":["image"]}],"responses":[3],"prompt":{"messages":[1]}}\n',
        b"null\n",
    ]
)


def one(runs: Path, name: str = "good") -> Path:
    return next(path.parent for path in runs.rglob("manifest.json") if name in str(path))


def left(built: object) -> dict[str, str]:
    return {item["folder"].split("/")[1]: item["reason"] for item in built.board["left_out"]}  # type: ignore[attr-defined]


def test_lines_that_would_end_the_script_stay_text(plugin: Path, runs: Path, tmp_path: Path) -> None:
    (one(runs) / "samples.jsonl").write_bytes(HOSTILE)
    (one(runs) / "gold.jsonl").write_bytes(HOSTILE)
    build(runs, tmp_path / "site", plugin)
    key = json.loads((one(runs) / "manifest.json").read_text())["run"]
    for name in ("samples", "gold"):
        assert taken(tmp_path / "site", f"runs/{key}/{name}-0000") == HOSTILE.decode("utf-8", "replace")
    page = taken(tmp_path / "site", f"runs/{key}/run")
    assert page["lines"] == HOSTILE.count(b"\n")
    assert set(page["status_index"]) == {"?"}


def test_a_line_of_any_length_takes_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples.jsonl").write_bytes(b"x" * 3_000_000 + b"\n" + b'{"id":"a","repeat":0,"status":"ok"}\n' + b"y")
    for most in (lines.MOST_AT_ONCE, 1000):
        monkeypatch.setattr(lines, "MOST_AT_ONCE", most)
        looked = lines.carry(tmp_path / "samples.jsonl", tmp_path, "s")
        assert "".join(looked.letters) == "?o?"
        text = (tmp_path / "s-0000.js").read_text()
        assert "(a line of 3,000,001 bytes is left out)" in text
        assert len(text) < 1000


def test_statuses_are_those_of_whole_parsing(tmp_path: Path) -> None:
    rows = [
        {"id": 'quote " and \\', "repeat": 0, "status": "refused"},
        {"id": '","repeat":0,"status":"ok', "repeat": 1, "status": "unparsed"},
        {"status": "api_error", "id": "turned", "repeat": 0, "error": {"stage": "model", "kind": "x", "message": "m"}},
    ]
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    looked = lines.carry(tmp_path / "samples.jsonl", tmp_path, "s")
    assert "".join(looked.letters) == "rua"
    assert looked.failures[2] == {"id": "turned", "status": "api_error", "stage": "model", "kind": "x", "message": "m"}


def test_the_seconds_are_those_of_replies(tmp_path: Path) -> None:
    row = {
        "id": "a", "repeat": 0, "status": "ok",
        "sent": [{"name": "v", "kind": "audio", "seconds": 9.0, "rate": 16000}],
        "responses": [{"text": 'says "seconds":5}', "seconds": 0.25, "served": "m"}, {"text": "x", "seconds": 1e-05}],
    }  # fmt: skip
    (tmp_path / "samples.jsonl").write_text(json.dumps(row, separators=(",", ":")) + "\n")
    looked = lines.carry(tmp_path / "samples.jsonl", tmp_path, "s")
    assert looked.seconds == pytest.approx(0.25001)
    assert looked.sent == {"audio"}


def test_names_and_labels_are_text(plugin: Path, runs: Path, tmp_path: Path) -> None:
    name = '"]);alert(1)//<img src=x onerror=alert(1)>\u2028../../../etc/passwd\x00'
    change(one(runs), "manifest.json", lambda value: value["model"].update(name=name, parameters=["7B"], revision={}))
    change(one(runs), "results.json", lambda value: value.update(model=name))
    build(runs, tmp_path / "site", plugin)
    row = next(row for row in taken(tmp_path / "site", "tables/colours")["rows"] if row["model"] == name)
    assert (row["parameters"], row["billions"], row["revision"]) == (None, None, None)
    assert taken(tmp_path / "site", f"models/{row['model_key']}")["name"] == name


@pytest.mark.parametrize("run", ["../../../../evil", "..", "/etc/evil", "a/b", "con", ""])
def test_an_id_that_is_a_path_leaves_no_folder(run: str, plugin: Path, runs: Path, tmp_path: Path) -> None:
    for name in ("manifest.json", "results.json"):
        change(one(runs), name, lambda value: value.update(run=run))
    before = set(tmp_path.rglob("*"))
    built = build(runs, tmp_path / "a/b/c/site", plugin)
    new = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "a") for path in new)
    assert built.board["made_from"]["runs"] + len(built.board["left_out"]) == 3


@pytest.mark.parametrize("name", ["samples.jsonl", "gold.jsonl", "results.json", "manifest.json"])
def test_a_link_is_no_file_of_a_run(name: str, plugin: Path, runs: Path, tmp_path: Path) -> None:
    path = one(runs) / name
    secret = tmp_path / "secret"
    path.rename(secret)
    path.symlink_to(secret)
    built = build(runs, tmp_path / "site", plugin)
    assert "a link" in left(built)["replay-good.jsonl"]
    assert built.board["made_from"]["runs"] == 2
    assert len(list((tmp_path / "site/data/runs").iterdir())) == 2


def test_folders_behind_links_are_not_looked_at(plugin: Path, runs: Path, tmp_path: Path) -> None:
    (one(runs).parent / "elsewhere").symlink_to(one(runs, "poor"))
    assert build(runs, tmp_path / "site", plugin).board["made_from"]["runs"] == 3
    verdicts = one(runs) / "verdicts"
    (tmp_path / "other").mkdir()
    (tmp_path / "other/r@j.jsonl").write_text("a secret\n")
    verdicts.symlink_to(tmp_path / "other")
    judge = {"rubric": {"id": "r", "digest": "d", "scale": {}}, "judge": {"name": "j", "verdicts": "v", "pinned": None}}
    change(one(runs), "manifest.json", lambda value: value.update(judges=[{**judge, "file": "verdicts/r@j.jsonl"}]))
    built = build(runs, tmp_path / "site", plugin)
    assert "a link" in left(built)["replay-good.jsonl"]
    assert not any(b"a secret" in path.read_bytes() for path in (tmp_path / "site").rglob("*.js"))


def test_a_device_or_a_pipe_is_not_read(plugin: Path, runs: Path, tmp_path: Path) -> None:
    path = one(runs) / "samples.jsonl"
    path.unlink()
    os.mkfifo(path)
    assert "a device" in left(build(runs, tmp_path / "site", plugin))["replay-good.jsonl"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(text: str, plugin: Path, runs: Path, tmp_path: Path) -> None:
    path = one(runs) / "results.json"
    path.write_text(path.read_text().replace('"value": 1.0', f'"value": {text}', 1))
    built = build(runs, tmp_path / "site", plugin)
    assert "replay-good.jsonl" in left(built)
    assert len(list((tmp_path / "site/data/runs").iterdir())) == 2


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000, '{"run": 1}', "\xff", '{"sealed": true}'])
@pytest.mark.parametrize("name", ["manifest.json", "results.json"])
def test_a_torn_file_is_left_out(text: str, name: str, plugin: Path, runs: Path, tmp_path: Path) -> None:
    (one(runs) / name).write_text(text, encoding="latin-1")
    built = build(runs, tmp_path / "site", plugin)
    assert built.board["made_from"]["runs"] == 2
    assert left(built)["replay-good.jsonl"]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("dataset", "raf-db"), ("dataset", None), ("prompt", []), ("access", 3),
        ("annotations", [1]), ("settings", None), ("platform", "x"),
    ],
)  # fmt: skip
def test_parts_that_scoring_does_not_read_may_be_anything(
    part: str, value: object, plugin: Path, runs: Path, tmp_path: Path
) -> None:
    change(one(runs), "manifest.json", lambda manifest: manifest.update({part: value}))
    assert build(runs, tmp_path / "site", plugin).board["made_from"]["runs"] == 3


def test_addresses_keys_and_paths_of_a_card_are_not_shown(plugin: Path, runs: Path, tmp_path: Path) -> None:
    card = {"base_url": "http://10.0.0.7:8000/v1", "key_env": "MY_KEY", "engine": {"download_dir": "/home/me/models"}}
    change(one(runs), "manifest.json", lambda value: value["model"].update(card))
    build(runs, tmp_path / "site", plugin)
    whole = b"".join(path.read_bytes() for path in (tmp_path / "site/data").rglob("*.js"))
    assert not any(text in whole for text in (b"10.0.0.7", b"MY_KEY", b"/home/me"))
    assert b"<path>" not in whole and b"\\u003cpath>" in whole


def test_a_literal_is_one_string_whatever_it_holds() -> None:
    for data in (bytes(range(256)), HOSTILE, b"", b"\xed\xa0\x80", "😀\u2028".encode()):
        text = scripts.literal(data)
        assert text.isascii() and "<" not in text and "\n" not in text
        assert json.loads(text) == data.decode("utf-8", "replace")
