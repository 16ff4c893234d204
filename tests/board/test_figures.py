"""Figures for papers: what is drawn of which runs, with the fonts in it and the numbers beside it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from affectbench.board import charts, figures
from affectbench.errors import UsageError
from affectbench.paths import shipped
from tests.board.submissions import finished
from tests.flow.flows import affectbench

pytest.importorskip("vl_convert", reason="the extra board is not installed")

HOSTILE = "<img src=x onerror=alert(1)>\u202egnp"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("runs") / "plugin")


def drawn(run: Path, out: Path, form: str = "svg") -> dict[str, Path]:
    """Draw the runs and return the files by what follows the run's id, or the task."""
    done = affectbench("board", "figures", run, "-o", out, "--format", form, "--json")
    assert done.code == 0, done.err
    files = [Path(name) for name in done.json["files"]]
    return {file.name.partition(f"{run.name}-")[2] or file.name: file for file in files}


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_each_figure_has_its_numbers_beside_it(run: Path, tmp_path: Path) -> None:
    files = drawn(run, tmp_path / "out")
    parts = ("confusion", "recall", "groups-side")
    assert set(files) == {
        "colours-forest.svg",
        "colours-forest.csv",
        *(f"{p}.{e}" for p in parts for e in ("svg", "csv")),
    }
    results: dict[str, Any] = json.loads((run / "results.json").read_text())
    (row, *lines) = table(files["colours-forest.csv"])
    score = next(one for one in results["scores"] if one["metric"] == "accuracy" and one["over"] == "all")
    assert (float(row["value"]), float(row["low"]), float(row["high"])) == (score["value"], score["low"], score["high"])
    assert {line["line"] for line in lines} == {"chance", "majority"}
    cells = table(files["confusion.csv"])
    counts = results["tables"]["confusion"]["counts"]
    assert [int(float(cell["count"])) for cell in cells] == [int(number) for row in counts for number in row]
    assert {cell["said"] for cell in cells} > {"no answer"}
    assert len(table(files["recall.csv"])) == 6


def test_the_same_runs_give_the_same_pictures(run: Path, tmp_path: Path) -> None:
    one, other = drawn(run, tmp_path / "one"), drawn(run, tmp_path / "other")
    assert [file.read_bytes() for file in one.values()] == [file.read_bytes() for file in other.values()]


def test_a_pdf_holds_its_fonts(run: Path, tmp_path: Path) -> None:
    data = drawn(run, tmp_path / "out", "pdf")["colours-forest.pdf"].read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"/FontFile" in data


def test_a_png_is_dense_enough_to_print(run: Path, tmp_path: Path) -> None:
    with Image.open(drawn(run, tmp_path / "out", "png")["colours-forest.png"]) as picture:
        assert picture.width > 4 * figures.PPI
        assert round(picture.info["dpi"][0]) == figures.PPI


def test_text_of_a_run_is_text_in_a_picture(run: Path) -> None:
    lines = [{"name": HOSTILE, "value": 0.5, "low": 0.4, "high": 0.6, "n": 9, "ranked": True}]
    picture = figures._Pen("svg").picture(figures.Drawing(chart="forest", name="x", lines=lines, axis="accuracy"))
    assert b"<img" not in picture
    assert b"&lt;img src=x onerror=alert(1)&gt;" in picture
    assert "\u202e".encode() not in picture
    assert b"accuracy" in picture
    assert b"people" not in picture


def test_runs_of_one_name_are_told_apart() -> None:
    assert figures._told_apart(["a", "a", "b", "x" * 70, "x" * 80]) == ["a", "a (2)", "b", "x" * 60, "x" * 60 + " (2)"]


def test_a_cell_that_a_table_program_would_run_is_text() -> None:
    assert figures._csv([{"name": "=cmd()", "value": -1.5}]) == "name,value\n'=cmd(),-1.5\n"


def test_every_kept_chart_draws_in_print() -> None:
    kept = charts.specifications(shipped("leaderboard") / "site")
    assert {"forest", "confusion", "recall", "groups", "calibration"} <= set(kept)
    line = {"bin": "0.5-0.6", "confidence": 0.55, "accuracy": 0.5, "n": 12}
    drawing = figures.Drawing(chart="calibration", name="x", lines=[line])
    assert b"probability given" in figures._Pen("svg").picture(drawing)


def test_a_folder_without_runs_is_a_usage_error(tmp_path: Path) -> None:
    assert affectbench("board", "figures", tmp_path, "-o", tmp_path / "out").code == UsageError.exit_code
