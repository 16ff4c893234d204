"""`board submit` and `board add`: what goes along, what is verified, and how far a run is believed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from affectbench import manifest
from affectbench.board import parcel
from tests.board.submissions import add, finished, packed
from tests.flow.flows import affectbench
from tests.judging import judged_runs


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return finished(tmp_path / "theirs")


def names(file: Path) -> set[str]:
    return set(zipfile.ZipFile(file).namelist())


def verified(out: Path) -> dict[str, object]:
    (found,) = out.rglob("SUBMITTED.json")
    document: dict[str, object] = json.loads(found.read_text())
    return document


def test_the_run_id_follows_from_the_manifest(run: Path) -> None:
    facts = json.loads((run / "manifest.json").read_text())
    assert manifest.run_id(facts) == facts["run"] == run.name


def test_a_run_comes_in_as_it_went_out(run: Path, tmp_path: Path) -> None:
    file = packed(run)
    assert names(file) == {parcel.INDEX, "manifest.json", "results.json", "samples.jsonl", "gold.jsonl"}
    done = add(file, tmp_path / "mine", "--json")
    assert done.code == 0, done.err
    folder = Path(done.json["path"])
    assert folder == tmp_path / "mine" / run.relative_to(run.parents[2])
    for name in ("manifest.json", "results.json", "samples.jsonl", "gold.jsonl"):
        assert (folder / name).read_bytes() == (run / name).read_bytes()
    assert affectbench("show", folder).code == 0
    assert not list(tmp_path.glob(".submission-*"))


def test_the_same_run_gives_the_same_bytes(run: Path) -> None:
    first = packed(run).read_bytes()
    assert packed(run).read_bytes() == first


def test_the_gold_that_comes_along_gives_the_scores(run: Path, tmp_path: Path) -> None:
    add(packed(run), tmp_path / "mine")
    found = verified(tmp_path / "mine")
    assert (found["scores"], found["why"]) == ("recomputed", "by the gold that came along")
    assert found["replies"] == "read again"
    assert str(tmp_path) not in json.dumps(found)


def test_the_receivers_data_give_the_scores(run: Path, tmp_path: Path) -> None:
    theirs = run.parents[3]
    data = ["--plugin", theirs, "--data", f"colours={theirs / 'data'}"]
    assert add(packed(run), tmp_path / "mine", *data).code == 0
    assert verified(tmp_path / "mine")["why"] == "by the receiver's data"


def test_gold_that_may_not_be_published_stays_and_the_scores_stand_as_submitted(tmp_path: Path) -> None:
    run = finished(tmp_path / "theirs", publish=False)
    file = packed(run)
    assert "gold.jsonl" not in names(file)
    assert add(file, tmp_path / "mine").code == 0
    found = verified(tmp_path / "mine")
    assert (found["scores"], found["left_out"]) == ("as submitted", ["gold.jsonl"])
    theirs = tmp_path / "theirs"
    data = ["--plugin", theirs, "--data", f"colours={theirs / 'data'}"]
    assert add(file, tmp_path / "checked", *data).code == 0
    assert verified(tmp_path / "checked")["scores"] == "recomputed"
    assert not list((tmp_path / "checked").rglob("gold.jsonl"))


def test_what_stays_is_told(tmp_path: Path) -> None:
    run = finished(tmp_path / "theirs", publish=False)
    done = affectbench("board", "submit", run, "-o", tmp_path / "run.zip")
    assert "left out: gold.jsonl: colours does not allow its labels to be published" in done.err


def test_a_run_that_is_there_already_stays(run: Path, tmp_path: Path) -> None:
    file = packed(run)
    add(file, tmp_path / "mine")
    again = add(file, tmp_path / "mine", "--json")
    assert (again.code, again.json["already"]) == (0, True)


def test_another_run_of_that_id_is_not_overwritten(run: Path, tmp_path: Path) -> None:
    file = packed(run)
    folder = Path(add(file, tmp_path / "mine", "--json").json["path"])
    (folder / "samples.jsonl").write_text("")
    done = add(file, tmp_path / "mine")
    assert (done.code, "is there already, with another samples.jsonl" in done.err) == (1, True)
    assert (folder / "samples.jsonl").read_text() == ""


def test_a_part_of_the_samples_is_added_as_one(tmp_path: Path) -> None:
    run = finished(tmp_path / "theirs", True, 12, "--limit", "6")
    theirs = tmp_path / "theirs"
    done = add(packed(run), tmp_path / "mine", "--plugin", theirs, "--data", f"colours={theirs / 'data'}")
    assert done.code == 0, done.err


def test_an_unfinished_run_is_not_packed(run: Path, tmp_path: Path) -> None:
    facts = json.loads((run / "manifest.json").read_text()) | {"sealed": False}
    (run / "manifest.json").write_text(json.dumps(facts))
    done = affectbench("board", "submit", run, "-o", tmp_path / "run.zip")
    assert (done.code, "is not finished" in done.err) == (1, True)
    assert not (tmp_path / "run.zip").exists()


def test_a_link_in_a_run_is_not_packed(run: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not theirs\n")
    (run / "gold.jsonl").unlink()
    (run / "gold.jsonl").symlink_to(tmp_path / "secret")
    done = affectbench("board", "submit", run, "-o", tmp_path / "run.zip")
    assert (done.code, "not a file of its own" in done.err) == (1, True)


def test_verdicts_come_along_and_are_counted_again(tmp_path: Path) -> None:
    plugin = judged_runs.texts(tmp_path / "plugin")
    run = judged_runs.finished(plugin)
    reply = '{"clues": 7, "label": 5}'
    judge = judged_runs.replay(tmp_path / "judge.jsonl", {f"t{i:04}": reply for i in range(8)})
    done = affectbench("judge", run, "-m", judge, "-r", "mine", "--plugin", plugin)
    assert done.code == 0, done.err
    out = tmp_path / "run.zip"
    affectbench("board", "submit", run, "-o", out)
    assert any(name.startswith("verdicts/") for name in names(out))
    done = add(out, tmp_path / "mine", "--plugin", plugin)
    assert done.code == 0, done.err
    found = verified(tmp_path / "mine")
    assert (found["scores"], found["judged"]) == ("recomputed", "recomputed")
