"""Run folders become a site: what its files hold, that it comes out the same again, and what it never replaces."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from affectbench.board.export import json_schema
from affectbench.board.keys import key
from affectbench.errors import UsageError
from tests.board.boards import N, build, change, replayed, right, taken, wrong
from tests.flow.flows import affectbench, arguments

pytestmark = pytest.mark.usefixtures("no_charts")


def folder_of(runs: Path, name: str) -> Path:
    return next(path.parent for path in runs.rglob("manifest.json") if f"{name}.jsonl" in str(path))


def by_model(site: Path) -> dict[str, dict[str, object]]:
    return {row["model"].removeprefix("replay:"): row for row in taken(site, "tables/colours")["rows"]}


def test_a_table_has_the_runs_with_their_numbers_and_ranks(plugin: Path, runs: Path, tmp_path: Path) -> None:
    built = build(runs, tmp_path / "site", plugin)
    table = taken(tmp_path / "site", "tables/colours")
    assert (table["metric"], table["better"], table["range"]) == ("accuracy", "higher", [0.0, 1.0])
    assert table["chance"] == pytest.approx(1 / 6)
    assert [row["model"] for row in table["rows"]] == ["replay:good.jsonl", "replay:fair.jsonl", "replay:poor.jsonl"]
    assert [row["value"] for row in table["rows"]] == [1.0, 0.5, 0.0]
    assert [row["rank"] for row in table["rows"]] == [[1, 2], [1, 3], [2, 3]] or table["rows"][0]["rank"][0] == 1
    fair = table["rows"][1]
    assert (fair["ok"], fair["refused"], fair["errors"], fair["n"]) == (6, 6, 0, N)
    assert fair["tags"] == ["replay", "input not observed"]
    assert fair["holds"] is not None
    assert built.board["made_from"] == {"runs": 3, "reported": 0}
    (task,) = built.board["tasks"]
    assert task["best"]["model"] == "replay:good.jsonl"


def test_a_runs_page_has_all_that_it_shows(plugin: Path, runs: Path, tmp_path: Path) -> None:
    build(runs, tmp_path / "site", plugin)
    fair = by_model(tmp_path / "site")["fair.jsonl"]
    page = taken(tmp_path / "site", f"runs/{fair['key']}/run")
    assert page["status_index"] == "ro" * 6
    assert (page["lines"], page["chunks"], page["gold"]) == (N, 1, True)
    assert page["failures"][0] == {
        "id": "s0000", "status": "refused", "stage": "answer", "kind": None,
        "message": "I cannot tell what people feel.",
    }  # fmt: skip
    lines = taken(tmp_path / "site", f"runs/{fair['key']}/samples-0000")
    assert lines.encode() == (folder_of(runs, "fair") / "samples.jsonl").read_bytes()
    gold = taken(tmp_path / "site", f"runs/{fair['key']}/gold-0000")
    assert [json.loads(line)["gold"]["label"] for line in gold.splitlines()] == [right(i) for i in range(N)]
    assert page["results"] == json.loads((folder_of(runs, "fair") / "results.json").read_text())


def test_a_tasks_page_says_what_is_asked(plugin: Path, runs: Path, tmp_path: Path) -> None:
    build(runs, tmp_path / "site", plugin)
    page = taken(tmp_path / "site", "tasks/colours")
    assert page["access"]["publish"] == {"media": True, "labels": True, "text": True}
    assert page["rendered"][0]["text"].startswith("<image:face>")
    assert [(one["name"], one["count"]) for one in page["labels"]][:2] == [("anger", 2), ("disgust", 2)]
    assert {run["model"] for run in page["runs"]} == {f"replay:{name}.jsonl" for name in ("good", "fair", "poor")}


def test_the_same_runs_give_the_same_bytes(plugin: Path, runs: Path, tmp_path: Path) -> None:
    build(runs, tmp_path / "one", plugin, pairs=2)
    moved = tmp_path / "elsewhere" / "runs"
    moved.parent.mkdir()
    runs.rename(moved)
    build(moved, tmp_path / "two", plugin, pairs=2)
    files = [
        sorted(p.relative_to(tmp_path / s) for p in (tmp_path / s).rglob("*") if p.is_file()) for s in ("one", "two")
    ]
    assert files[0] == files[1]
    for name in files[0]:
        one = (tmp_path / "one" / name).read_bytes()
        assert one == (tmp_path / "two" / name).read_bytes(), name
        assert str(tmp_path).encode() not in one, name


def test_what_stands_beside_the_pages_is_for_others(plugin: Path, runs: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    build(runs, tmp_path / "site", plugin)
    document = json.loads((tmp_path / "site/board.json").read_text())
    schema = json.loads((tmp_path / "site/board.schema.json").read_text())
    assert schema == json_schema()
    assert list(document) == list(schema["properties"])
    for name in ("tasks", "suites"):
        for one in document[name]:
            assert set(one) == set(schema["properties"][name]["items"]["properties"])
    rows = document["tasks"][0]["rows"]
    wanted = schema["properties"]["tasks"]["items"]["properties"]["rows"]["items"]["properties"]
    assert all(set(row) == set(wanted) for row in rows)
    table = parquet.read_table(tmp_path / "site/runs.parquet").to_pylist()
    assert [row["value"] for row in table] == [row["value"] for row in rows]
    assert table[0]["tags"] == rows[0]["tags"]


def test_the_best_runs_are_compared(plugin: Path, runs: Path, tmp_path: Path) -> None:
    build(runs, tmp_path / "site", plugin, pairs=3)
    found = taken(tmp_path / "site", "pairs/colours")["pairs"]
    assert len(found) == taken(tmp_path / "site", "tasks/colours")["pairs"] == 3
    best = found[0]
    assert best["keys"] == [run["run"] for run in best["runs"]]
    assert "path" not in best["runs"][0]
    assert best["pairs"][0]["differences"][0]["value"] == pytest.approx(0.5)


def test_a_former_site_is_replaced_and_nothing_else(plugin: Path, runs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(runs, site, plugin)
    (site / "left-over.txt").write_text("of the former site")
    build(runs, site, plugin)
    assert not (site / "left-over.txt").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    for name, content in (("mine.txt", "x"), ("board.json", '{"made_by": "somebody else"}')):
        other = tmp_path / f"other-{name}"
        other.mkdir()
        (other / name).write_text(content)
        with pytest.raises(UsageError, match="holds other things"):
            build(runs, other, plugin)
        assert (other / name).read_text() == content
    (tmp_path / "link").symlink_to(site)
    with pytest.raises(UsageError, match="is a link"):
        build(runs, tmp_path / "link", plugin)


def test_a_build_that_fails_leaves_the_former_site(
    plugin: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    build(runs, site, plugin)
    before = (site / "board.json").read_bytes()

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("affectbench.board.export.write", broken)
    with pytest.raises(OSError, match="No space"):
        build(runs, site, plugin, title="another")
    assert (site / "board.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".site")] == []


def _named(value: Any, name: str) -> None:
    if isinstance(value["model"], str):
        value["model"] = name
    else:
        value["model"]["name"] = name


def test_one_run_in_two_places_is_one_run(plugin: Path, runs: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(runs, again)
    assert build([runs, again], tmp_path / "site", plugin).board["made_from"]["runs"] == 3
    for name in ("manifest.json", "results.json"):
        change(folder_of(again, "fair"), name, lambda value: _named(value, "the same by another name"))
    assert build([runs, again], tmp_path / "site", plugin).board["made_from"]["runs"] == 3
    change(folder_of(again, "good"), "results.json", lambda value: value["scores"][0].update(value=0.1))
    with pytest.raises(UsageError, match="one run") as raised:
        build([runs, again], tmp_path / "other", plugin)
    assert str(folder_of(runs, "good")) in str(raised.value)
    assert str(folder_of(again, "good")) in str(raised.value)


def test_what_is_no_finished_run_is_left_out_and_named(plugin: Path, runs: Path, tmp_path: Path) -> None:
    change(folder_of(runs, "poor"), "manifest.json", lambda value: value.update(sealed=False))
    change(folder_of(runs, "fair"), "results.json", lambda value: value.pop("status"))
    built = build(runs, tmp_path / "site", plugin)
    said = {one["folder"].split("/")[1]: one["reason"] for one in built.board["left_out"]}
    assert "not finished" in said["replay-poor.jsonl"]
    assert "status: Field required" in said["replay-fair.jsonl"]
    assert str(tmp_path) not in json.dumps(built.board)
    for folder in runs.rglob("manifest.json"):
        folder.unlink()
    with pytest.raises(UsageError, match="no run there"):
        build(runs, tmp_path / "site", plugin)


def test_gold_and_the_prompt_are_shown_only_where_they_may_be(plugin: Path, runs: Path, tmp_path: Path) -> None:
    for folder in runs.rglob("manifest.json"):
        change(folder.parent, folder.name, lambda value: value["access"]["publish"].update(labels=False, text=False))
    build(runs, tmp_path / "site", plugin)
    assert not list((tmp_path / "site").rglob("gold-*"))
    page = taken(tmp_path / "site", f"runs/{by_model(tmp_path / 'site')['good.jsonl']['key']}/run")
    assert page["gold"] is False
    assert taken(tmp_path / "site", "tasks/colours")["rendered"] is None


def test_a_run_cannot_allow_what_its_dataset_does_not(runs: Path, tmp_path: Path) -> None:
    """The data of a known dataset keep its rules, whatever a manifest says."""
    for folder in runs.rglob("manifest.json"):
        change(folder.parent, folder.name, lambda value: value["dataset"].update(id="raf-db"))
    build(runs, tmp_path / "site")
    assert not list((tmp_path / "site").rglob("gold-*"))


def test_suites_have_the_published_number_of_whole_models_alone(plugin: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(plugin, tmp_path / "plugin"))
    (own / "tasks/own/again.yaml").write_text(
        (own / "tasks/own/colours.yaml").read_text().replace("metrics: [accuracy", "main: uar\nmetrics: [accuracy")
    )
    (own / "tasks/suites").mkdir()
    (own / "tasks/suites/both.yaml").write_text(
        "title: Both\ntasks: [colours, again]\naggregate: {name: mean of both, mean_of: [colours, again]}\n"
    )
    replayed(own, tmp_path / "runs", "good", right)
    whole = affectbench(
        "run", "-m", f"replay:{own.parent / 'good.jsonl'}", "-t", "again", "--plugin", own, "--data",
        f"again={own / 'data'}", "--out", tmp_path / "runs",
    )  # fmt: skip
    assert whole.code == 0, whole.err
    replayed(own, tmp_path / "runs", "half", lambda i: right(i) if i % 2 else wrong(i))
    build(tmp_path / "runs", tmp_path / "site", own)
    suite = taken(tmp_path / "site", "suites/both")
    assert (suite["aggregate"], suite["how"], suite["of"]) == ("mean of both", "mean", ["colours", "again"])
    rows = {row["model"]: row for row in suite["rows"]}
    assert rows["replay:good.jsonl"]["value"] == pytest.approx(1.0)
    assert rows["replay:half.jsonl"]["value"] is None
    assert rows["replay:half.jsonl"]["missing"] == ["again"]
    assert rows["replay:half.jsonl"]["cells"]["again"]["why"] == "not run"


def test_the_command_builds_and_says_what_it_left_out(plugin: Path, runs: Path, tmp_path: Path) -> None:
    change(folder_of(runs, "poor"), "manifest.json", lambda value: value.update(sealed=False))
    asked = ["board", "build", runs, "-o", tmp_path / "site", "--plugin", plugin, "--no-reported"]
    done = affectbench(*asked)
    assert done.code == 0, done.err
    assert "2 runs" in done.out
    assert "left out" in done.err
    assert "not finished" in done.err
    document = affectbench(*asked, "--json").json
    assert document["made_from"] == {"runs": 2, "reported": 0}
    assert document["left_out"][0]["folder"].startswith("colours/replay-poor")
    assert affectbench(*asked, "--reported", tmp_path).code == 2


def test_published_figures_stand_in_tables_and_are_never_ranked(plugin: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "paper.yaml").write_text(
        "title: A table\nsource: {title: A paper, year: 2025, arxiv: '2501.00001', table: Table 2}\n"
        "setting: zero-shot\ncolumns:\n"
        "  a: {dataset: Colours, printed: accuracy, task: colours, metric: accuracy, differs: other words}\n"
        "rows:\n  - {model: 'Fair.JSONL', figures: [60.5]}\n  - {model: other, figures: [20]}\n"
    )
    out = tmp_path / "runs"
    replayed(plugin, tmp_path / "made-once", "fair", right)
    card = "fair.jsonl: {backend: replay, id: %s}\n" % (plugin.parent / "fair.jsonl")
    own = Path(shutil.copytree(plugin, tmp_path / "plugin"))
    (own / "models").mkdir()
    (own / "models/mine.yaml").write_text(card)
    done = affectbench(*arguments(own, "fair.jsonl", out))
    assert done.code == 0, done.err
    built = build(out, tmp_path / "site", own, reported=(figures,))
    table = taken(tmp_path / "site", "tables/colours")
    printed = {row["model"]: row for row in table["rows"] if row["kind"] == "reported"}
    assert printed["Fair.JSONL"]["value"] == pytest.approx(0.605)
    assert printed["Fair.JSONL"]["printed"] == "accuracy 60.5"
    assert all(row["rank"] is None for row in printed.values())
    source = built.board["sources"][printed["other"]["source"]]
    assert (source["title"], source["url"]) == ("A paper", "https://arxiv.org/abs/2501.00001")
    measured = next(row for row in table["rows"] if row["model"] == "fair.jsonl")
    assert measured["minus"] == pytest.approx(1.0 - 0.605)
    assert built.board["made_from"]["reported"] == 2
    assert taken(tmp_path / "site", "reported/paper")["rows"][0]["figures"] == ["60.5"]


@pytest.mark.parametrize(
    "name", ["a", "model-7b", "x.y_z", "A", "con", "a/b", "..", "", "a:b", "é" * 300, "x" * 81, "a~b"]
)
def test_a_file_name_is_safe_and_its_own(name: str) -> None:
    made = key(name)
    assert "/" not in made and not made.startswith(".") and not made.endswith(".")
    assert made == made.casefold() and made.isascii() and 0 < len(made) <= 80
    assert (made == name) == (name in ("a", "model-7b", "x.y_z"))
