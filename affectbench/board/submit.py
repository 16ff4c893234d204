"""A finished run, packed for somebody else's board: without media, and with no more of the data than they allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench.board import parcel
from affectbench.board.found import Place, own
from affectbench.board.sent import Sent
from affectbench.errors import RecordError, UsageError
from affectbench.records import GOLD, MANIFEST, RESULTS, SAMPLES, is_shard, read_finished, read_results
from affectbench.run_files import check


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What was packed, and what was left out (name → why)."""

    path: Path
    run: str
    files: tuple[str, ...]
    left_out: Mapping[str, str]


def submit(folder: Path, out: Path) -> Submitted:
    """Pack the run in `folder` into the file `out`. The same run gives the same bytes.

    Raises RecordError for a run that is not finished or whose files are not its own; UsageError for a shard.
    """
    if is_shard(folder):
        raise UsageError(f"{folder} is a part of a run: `affectbench merge` joins the parts")
    facts, results = read_finished(folder), read_results(folder)
    check(folder / MANIFEST, Sent)
    if results["run"] != facts["run"]:
        raise RecordError(f"{folder}: {RESULTS} is of run {results['run']}, {MANIFEST} of run {facts['run']}")
    wanted, left_out = _chosen(folder, facts)
    place = Place(folder, folder.name)
    for name in wanted:
        own(place, name)
    parcel.write(folder, wanted, out, {"run": facts["run"], "left_out": sorted(left_out)})
    return Submitted(path=out, run=facts["run"], files=tuple(wanted), left_out=left_out)


def publishable(facts: Mapping[str, Any]) -> dict[str, bool]:
    """Return which of `labels` and `text` a run's dataset lets be published, as its manifest says."""
    return {name: facts["access"]["publish"][name] for name in ("labels", "text")}


def _chosen(folder: Path, facts: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return the files that go along, and why others do not. A judge's reply may repeat gold, and the text."""
    allowed, id = publishable(facts), facts["dataset"]["id"]
    names, left_out = [MANIFEST, RESULTS, SAMPLES], {}
    if not (folder / GOLD).exists():
        left_out[GOLD] = "it is not in the run"
    elif allowed["labels"]:
        names.append(GOLD)
    else:
        left_out[GOLD] = f"{id} does not allow its labels to be published"
    for name in sorted({held["file"] for held in facts.get("judges", ())}):
        if not (folder / name).exists():
            left_out[name] = "it is not in the run"
        elif all(allowed.values()):
            names.append(name)
        else:
            left_out[name] = f"{id} does not allow labels and text to be published, which a judge may repeat"
    return names, left_out
