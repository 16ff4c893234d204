"""Shards joined: the same bytes as a run without shards, and an exact word for what is missing, doubled or strange."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import affectbench as package
from affectbench.datasets import Shard
from affectbench.errors import AffectbenchError, RecordError, UsageError
from affectbench.merging import merge
from tests.flow.flows import affectbench, arguments, colours, lines
from tests.stub_server import Plan, StubServer

SAMPLES = 11
MODEL = "baseline:prior"


def run(plugin: Path, out: Path, *more: str, model: str = MODEL) -> Path:
    """Run the task `colours` and return the run's folder."""
    done = affectbench(*arguments(plugin, model, out, "--json", "--max-bad", "1", *more))
    assert done.code == 0, done.err
    return Path(done.json["runs"][0]["path"])


def sharded(plugin: Path, out: Path, of: int = 3, model: str = MODEL) -> list[Path]:
    return [run(plugin, out, "--shard", f"{index}/{of}", model=model) for index in range(1, of + 1)]


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def timeless(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in ("started", "merged")}


def same(one: Path, other: Path) -> None:
    assert (one / "results.json").read_bytes() == (other / "results.json").read_bytes()
    same_answers(one, other)


def same_answers(one: Path, other: Path) -> None:
    """Two runs are one but for the sample by which it was proved that the model takes in what it is sent."""
    first, second = (json.loads((folder / "results.json").read_text()) for folder in (one, other))
    assert {**first, "proof": None} == {**second, "proof": None}
    assert (one / "gold.jsonl").read_bytes() == (other / "gold.jsonl").read_bytes()
    assert lines(one) == lines(other)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return colours(tmp_path / "plugin", n=SAMPLES)


@pytest.mark.parametrize("of", [1, 2, 4, SAMPLES])
def test_shards_merge_into_the_run_that_has_none(plugin: Path, tmp_path: Path, of: int) -> None:
    whole = run(plugin, tmp_path / "whole")
    folders = sharded(plugin, tmp_path / "runs", of)
    done = affectbench("merge", tmp_path / "runs", "--json")
    assert done.code == 0
    (element,) = done.json["runs"]
    merged = Path(element["path"])
    same(whole, merged)
    assert merged == folders[0].resolve().parent
    assert merged.relative_to(tmp_path / "runs") == whole.relative_to(tmp_path / "whole")
    assert timeless(manifest(merged)) == timeless(manifest(whole))


def test_a_limited_run_in_two_wordings_with_repeats_merges_too(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=30)
    task = plugin / "tasks/own/colours.yaml"
    task.write_text(task.read_text() + "repeats: 3\nsettings: {temperature: 0.5}\n")
    whole = run(plugin, tmp_path / "whole", "--limit", "9", model="baseline:chance")
    for index in (2, 1):
        run(plugin, tmp_path / "runs", "--limit", "9", "--shard", f"{index}/2", model="baseline:chance")
    merged = merge([tmp_path / "runs"])
    same(whole, merged)
    assert len(lines(merged)) == 27
    assert json.loads((merged / "results.json").read_text())["partial"] is True


def test_shards_share_the_samples_and_say_what_they_are(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs")
    ids = [[row["id"] for row in lines(folder)] for folder in folders]
    assert sorted(name for some in ids for name in some) == [f"s{i:04}" for i in range(SAMPLES)]
    assert [len(some) for some in ids] == [4, 4, 3]
    for index, folder in enumerate(folders, start=1):
        results = json.loads((folder / "results.json").read_text())
        assert (results["partial"], results["shard"]) == (True, f"{index}/3")
        assert folder.name == f"shard-{index}-of-3"
        assert manifest(folder)["variant"]["shard"] == {"index": index, "of": 3}
    assert len({manifest(folder)["run"] for folder in folders}) == 1
    shown = affectbench("show", folders[1])
    assert "shard 2/3" in shown.out


def test_the_same_shard_goes_on_where_it_was(plugin: Path, tmp_path: Path) -> None:
    """Which samples a shard has depends on nothing but its number: what failed is asked again, nothing else."""
    with StubServer(Plan(always="400")) as server:
        model, port = f"openai:m@{server.url}", server.port
        first = run(plugin, tmp_path / "runs", "--shard", "2/3", model=model)
        assert {row["status"] for row in lines(first)} == {"api_error"}
        failed = [row["id"] for row in lines(first)]
    with StubServer(Plan(replies=("anger", "fear")), port=port) as server:
        assert run(plugin, tmp_path / "runs", "--shard", "2/3", model=model) == first
        assert failed == [row["id"] for row in lines(first)]
        asked = server.count["requests"]
        run(plugin, tmp_path / "runs", "--shard", "2/3", model=model)
        assert server.count["requests"] == asked
    assert {row["status"] for row in lines(first)} == {"ok"}


def test_a_merged_run_is_the_command_s_own(plugin: Path, tmp_path: Path) -> None:
    """What ended in errors is asked again by the command without shards; merging again keeps those answers."""
    with StubServer(Plan(always="400")) as server:
        model, port = f"openai:m@{server.url}", server.port
        run(plugin, tmp_path / "runs", "--shard", "1/2", model=model)
    with StubServer(Plan(replies=("anger", "fear")), port=port) as server:
        run(plugin, tmp_path / "runs", "--shard", "2/2", model=model)
        merged = merge([tmp_path / "runs"])
        assert [row["status"] for row in lines(merged)] == ["api_error", "ok"] * 5 + ["api_error"]
        shards = manifest(merged)["spent"]["calls"]
        assert shards == sum(manifest(folder)["spent"]["calls"] for folder in merged.glob("shard-*"))
        assert run(plugin, tmp_path / "runs", model=model) == merged
        spent = manifest(merged)["spent"]["calls"]
        assert spent >= shards + 6
        whole = run(plugin, tmp_path / "whole", "--no-cache", model=model)
    same_answers(whole, merged)
    assert merge([tmp_path / "runs"]) == merged
    same_answers(whole, merged)
    assert manifest(merged)["spent"]["calls"] == spent


def test_shards_from_several_places_meet_in_out(plugin: Path, tmp_path: Path) -> None:
    whole = run(plugin, tmp_path / "whole")
    one = run(plugin, tmp_path / "a", "--shard", "1/2")
    two = run(plugin, tmp_path / "b", "--shard", "2/2")
    moved = shutil.move(one, tmp_path / "elsewhere")
    merged = merge([two, Path(moved)], tmp_path / "joined")
    same(whole, merged)
    assert merged.relative_to(tmp_path / "joined") == whole.relative_to(tmp_path / "whole")
    with pytest.raises(UsageError, match="say with --out"):
        merge([Path(moved), two])


def refused(error: type[AffectbenchError], match: str, *paths: Path) -> None:
    with pytest.raises(error, match=match):
        merge(paths)
    done = affectbench("merge", *paths)
    assert done.code == error.exit_code


def test_a_missing_shard_is_named(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs", 4)
    shutil.rmtree(folders[1])
    shutil.rmtree(folders[3])
    refused(RecordError, r"^5 of 11 samples are missing: there is no shard 2/4, 4/4\. .* --shard 2/4$", tmp_path)
    assert not (folders[0].parent / "manifest.json").exists()


def test_a_shard_that_is_not_finished_is_named(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs", 2)
    path = folders[1] / "manifest.json"
    path.write_text(path.read_text().replace('"sealed": true', '"sealed": false'))
    refused(RecordError, "shard-2-of-2 is not finished: the command that began it", tmp_path / "runs")


@pytest.mark.parametrize(("name", "value"), [("id", "../../outside"), ("id", ".."), ("run", "../x"), ("run", "/tmp/x")])
def test_a_shard_of_somebody_else_s_writes_nowhere_else(plugin: Path, tmp_path: Path, name: str, value: str) -> None:
    (folder,) = sharded(plugin, tmp_path / "runs", 1)
    facts = manifest(folder)
    (facts["task"] if name == "id" else facts)[name] = value
    (folder / "manifest.json").write_text(json.dumps(facts))
    with pytest.raises(RecordError, match="not a file of this version"):
        merge([folder], tmp_path / "a" / "b" / "c")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("started", None), ("started", 3), ("spent", {"calls": "many"}), ("spent", [1]), ("allowed_to_send", 3)],
)
def test_a_manifest_of_another_form_is_refused_in_one_line(plugin: Path, tmp_path: Path, name: str, value: Any) -> None:
    (folder,) = sharded(plugin, tmp_path / "runs", 1)
    facts = manifest(folder) | {name: value}
    (folder / "manifest.json").write_text(json.dumps({k: v for k, v in facts.items() if v is not None}))
    refused(RecordError, rf"manifest.json: not a file of this version of affectbench: {name}", folder)


def test_a_part_of_the_data_and_all_of_it_are_no_shards_of_one_run(plugin: Path, tmp_path: Path) -> None:
    one, two = sharded(plugin, tmp_path / "runs", 2)
    facts = manifest(two)
    facts["whole"]["partial"] = True
    (two / "manifest.json").write_text(json.dumps(facts))
    refused(UsageError, "the parts of the data differ: .* has all, .* has a part", one, two)


def test_a_finished_shard_that_goes_on_after_errors_is_not_finished(plugin: Path, tmp_path: Path) -> None:
    with StubServer(Plan(always="400")) as server:
        model, port = f"openai:m@{server.url}", server.port
        folder = run(plugin, tmp_path / "runs", "--shard", "1/1", model=model)
        assert manifest(folder)["sealed"]
    with StubServer(Plan(), port=port):
        command = arguments(plugin, model, tmp_path / "runs", "--shard", "1/1", "--in-flight", "1")
        assert affectbench(*command, "--max-tokens", "60").code == 4
        assert {row["status"] for row in lines(folder)} > {"ok"}
        refused(RecordError, "shard-1-of-1 is not finished: the command that began it goes on", tmp_path / "runs")
        assert package.load_runs(folder).empty
        assert affectbench(*command).code == 0
    assert manifest(merge([tmp_path / "runs"]))["sealed"]
    assert not package.load_runs(folder).empty


def edit(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def test_lines_that_were_lost_are_told(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs", 2)
    edit(folders[0] / "samples.jsonl", lambda rows: rows[1:])
    refused(RecordError, "shard-1-of-2.*lines were lost or changed", tmp_path / "runs")
    results = folders[0] / "results.json"
    results.write_text(results.read_text().replace('"ok": 6', '"ok": 5'))
    refused(RecordError, r"^1 answers are missing; the first is that to 's0000' \(repeat 0\)$", tmp_path / "runs")
    edit(folders[0] / "gold.jsonl", lambda rows: rows[1:])
    refused(RecordError, r"shard-1-of-2 holds 5 samples; shard 1/2 has 6$", tmp_path / "runs")


def test_an_id_in_two_shards_is_told(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs", 2)
    for name in ("samples.jsonl", "gold.jsonl"):
        edit(folders[1] / name, lambda rows: [rows[0].replace(b"s0001", b"s0000"), *rows[1:]])
    refused(
        RecordError, r"^1 samples stand twice; the first is 's0000', in .*shard-1-of-2 and .*shard-2-of-2$", tmp_path
    )


def test_shards_of_different_runs_are_refused(plugin: Path, tmp_path: Path) -> None:
    one, two = sharded(plugin, tmp_path / "runs", 2)
    other = run(plugin, tmp_path / "runs", "--shard", "2/2", model="baseline:chance")
    refused(
        UsageError,
        r"the runs differ: .* has \w+ \(colours · baseline:prior\), .* \w+ \(colours.* each run by itself",
        one,
        other,
    )
    third = run(plugin, tmp_path / "runs", "--shard", "2/3")
    refused(UsageError, "the numbers of shards differ: .* has 2, .* has 3", one, third)
    (plugin / "data/s0004.png").write_bytes((plugin / "data/s0004.png").read_bytes() + b"more")
    changed = run(plugin, tmp_path / "again", "--shard", "2/2")
    refused(UsageError, "the media differ", one, changed)
    whole = run(plugin, tmp_path / "whole")
    refused(UsageError, "is a whole run, and no shard of one", whole)
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(UsageError, "holds no shard of a run", two, empty)


def test_a_shard_carried_out_twice(plugin: Path, tmp_path: Path) -> None:
    """A final answer goes before an error, equal ones are one, and two that differ are refused with both places."""
    with StubServer(Plan(always="400")) as server:
        model, port = f"openai:m@{server.url}", server.port
        failed = run(plugin, tmp_path / "failed", "--shard", "1/2", model=model)
    with StubServer(Plan(replies=("anger", "fear")), port=port) as server:
        good = run(plugin, tmp_path / "good", "--shard", "1/2", model=model)
        twin = run(plugin, tmp_path / "twin", "--shard", "1/2", "--no-cache", model=model)
        rest = run(plugin, tmp_path / "good", "--shard", "2/2", model=model)
        whole = run(plugin, tmp_path / "whole", model=model)
    for number, order in enumerate(([failed, good, rest], [rest, twin, failed, good])):
        same(whole, merge(order, tmp_path / f"joined{number}"))
    (row, *_) = lines(good)
    said = row["parsed"]["value"]
    edit(
        twin / "samples.jsonl",
        lambda rows: [rows[0].replace(f'"value":"{said}"'.encode(), b'"value":"other"'), *rows[1:]],
    )
    refused(
        RecordError,
        rf"the answer to 's0000' \(repeat 0\) is there twice, ok '{said}' in .*good.* and ok 'other' in .*twin",
        *(good, twin, rest),
    )


def test_a_run_that_went_on_beside_its_shards_is_not_overwritten(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs", 2)
    whole = run(plugin, tmp_path / "runs")
    assert whole == folders[0].parent
    before = {path.name: path.read_bytes() for path in whole.iterdir() if path.name.endswith("l")}
    merge([tmp_path / "runs"])
    assert before == {path.name: path.read_bytes() for path in whole.iterdir() if path.name.endswith("l")}
    assert affectbench("compare", tmp_path / "runs").code == 2  # a single run: its shards are no others


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "-1/3", "1/3/5", "a/b", "١/٣", ""])
def test_what_is_no_shard(plugin: Path, tmp_path: Path, text: str) -> None:
    done = affectbench(*arguments(plugin, MODEL, tmp_path / "runs", "--shard", text))
    assert done.code == 2
    assert "expected I/N" in done.err
    assert not (tmp_path / "runs").exists()


def test_a_shard_without_samples_is_told_before_anything_runs(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, MODEL, tmp_path / "runs", "--shard", f"{SAMPLES + 1}/{SAMPLES + 1}"))
    assert (done.code, done.err) == (2, f"shard 12/12 holds no sample: task 'colours' has {SAMPLES}")
    assert not (tmp_path / "runs").exists()
    for index in range(1, SAMPLES + 1):
        run(plugin, tmp_path / "runs", "--shard", f"{index}/{SAMPLES + 1}")
    same(run(plugin, tmp_path / "whole"), merge([tmp_path / "runs"]))


def test_only_whole_runs_are_looked_at_where_shards_are_not_named(plugin: Path, tmp_path: Path) -> None:
    folders = sharded(plugin, tmp_path / "runs", 2)
    done = affectbench("show", tmp_path / "runs")
    assert done.code == 2
    assert "affectbench merge" in done.err
    merged = merge([tmp_path / "runs"])
    frame = package.load_runs(tmp_path / "runs")
    assert set(frame["path"]) == {str(merged)}
    assert set(package.load_runs(folders[0])["path"]) == {str(folders[0])}


def test_the_same_from_python(plugin: Path, tmp_path: Path) -> None:
    bound = {"plugins": plugin, "data": {"colours": plugin / "data"}}
    for index in (1, 2):
        package.run("colours", MODEL, out=tmp_path / "runs", shard=f"{index}/2", **bound)
    with pytest.raises(UsageError, match="expected I/N"):
        package.run("colours", MODEL, out=tmp_path / "runs", shard="", **bound)
    with pytest.raises(UsageError, match="nothing to merge"):
        package.merge()
    merged = package.merge(tmp_path / "runs")
    whole = package.run("colours", MODEL, out=tmp_path / "whole", **bound)
    assert merged.results == whole.results
    same(whole.folder, merged.folder)


def test_a_share_is_every_nth() -> None:
    assert [Shard(i, 3).take(range(7)) for i in (1, 2, 3)] == [[0, 3, 6], [1, 4], [2, 5]]
    assert str(Shard.read("2/3")) == "2/3"
