"""`affectbench board figures`: the charts of a board as files for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from affectbench.cli import options, printing


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to fill."
)
@click.option(
    "--format", "form", type=click.Choice(("svg", "png", "pdf")), default="pdf", show_default=True,
    help="PNG has 300 pixels an inch; PDF holds its fonts.",
)  # fmt: skip
@options.plugin
@options.as_json
def figures(runs: tuple[Path, ...], out: Path, form: Any, plugin: tuple[Path, ...], as_json: bool) -> None:
    """Draw all finished RUNS: run folders, or folders that hold them. Beside each picture stand its numbers as CSV.

    One figure a task compares its runs; others show each run's confusions, recalls, groups and calibration.
    """
    from affectbench.board.figures import draw

    drawn = draw(runs, out, form, options.catalogue(plugin))
    if as_json:
        left = [{"folder": one.shown, "reason": one.reason} for one in drawn.left_out]
        printing.document({"schema": 1, "files": [str(file) for file in drawn.files], "left_out": left})
        return
    for one in drawn.left_out:
        printing.say(f"left out: {one.shown}: {one.reason}", err=True)
    printing.say(f"{len(drawn.files) // 2:,} figures: {out}")
