"""Building a site: its pages are laid out, its data files are written, and it stands where the former one did."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectbench.board import charts, found, swap
from affectbench.board.building import Building, Plan
from affectbench.board.reported import Reported, load
from affectbench.board.schema import SCHEMA, Board
from affectbench.board.workers import Workers
from affectbench.catalogue import Catalogue
from affectbench.errors import UsageError
from affectbench.paths import shipped

MOST_PROCESSES = 2
TITLE = "affectbench"


def _quiet(text: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, kw_only=True)
class How:
    """How a site is built. `reported`: folders of published figures, None for those that ship, none for no figures.

    So many best runs of each task are compared in `pairs`. `tell` is told what goes on.
    """

    title: str = TITLE
    reported: Sequence[Path] | None = None
    pairs: int = 0
    processes: int = field(default_factory=lambda: min(MOST_PROCESSES, os.cpu_count() or 1))
    tell: Callable[[str], None] = _quiet


@dataclass(frozen=True, kw_only=True)
class Built:
    """A site: its folder and its index."""

    site: Path
    board: Board

    def document(self) -> dict[str, Any]:
        """The same as plain values, as `--json` prints them."""
        made, left = self.board["made_from"], self.board["left_out"]
        return {"schema": SCHEMA, "site": str(self.site), "made_from": made, "left_out": left}


def build(paths: Sequence[Path], site: Path, catalogue: Catalogue, how: How) -> Built:
    """Build a site from the runs at or below `paths`, in place of a former one. Same runs, same bytes.

    Raises UsageError where there are no runs, where two folders contradict each other, and for a place that is taken;
    FileErrors for published figures that are wrong.
    """
    places = found.places(paths)
    reported = Reported({}) if how.reported is not None and not how.reported else load(catalogue, how.reported)
    how.tell(f"{len(places):,} run folders, {len(reported.figures):,} published figures")
    with swap.built(site) as made, Workers(how.processes) as workers:
        _lay_out(made)
        plan = Plan(title=how.title, pairs=how.pairs, workers=workers, tell=how.tell)
        board = Building(made, catalogue, reported, plan).board(places)
    return Built(site=site, board=board)


def _lay_out(made: Path) -> None:
    """Copy the pages; beside them write the library that draws charts, and the charts as a script."""
    pages = shipped("leaderboard") / "site"
    if not pages.is_dir():
        raise UsageError(f"{pages} is not there: the installation is not whole")
    shutil.copytree(pages, made, dirs_exist_ok=True, ignore=shutil.ignore_patterns("charts", ".*"))
    charts.write(pages, made / "data")
    charts.write_library(made / "assets")
