"""The files of each run: its page's data and its samples in chunks, written by several processes.

Runs go through one by one; what is kept of each is an `Entry`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from affectbench.board import found, lines, loose, rows, scripts
from affectbench.board.found import LeftOut, Place, Raw
from affectbench.board.keys import key
from affectbench.board.lines import PER_CHUNK, Looked
from affectbench.board.rows import Entry
from affectbench.board.schema import RunPage
from affectbench.board.sent import SUBMITTED
from affectbench.board.workers import Workers
from affectbench.errors import AffectbenchError, UsageError
from affectbench.records import MANIFEST, RESULTS, SAMPLES

NOT_SHOWN = ("model", "question", "dataset", "labels", "lexicon", "settings", "views", "judges", "whole")
"""Parts of a manifest that a page has elsewhere, or that nobody reads; `model` is shown as its card."""

Publish = Mapping[str, bool]
Done = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Where:
    """Where runs are written, and what the datasets that are known here allow to be published."""

    data: Path
    publish: Mapping[str, Publish] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The places of finished runs, each run once; the ids of their datasets; what is left out."""

    places: list[Place]
    datasets: list[str]
    left: list[LeftOut]


def unique(places: Sequence[Place], workers: Workers) -> Chosen:
    """Return which of the places hold runs that can be shown.

    Raises UsageError where two folders hold one run with different results.
    """
    by_id: dict[str, Place] = {}
    left: list[LeftOut] = []
    datasets: set[str] = set()
    for place, identified in zip(places, workers.map(_identify, places), strict=True):
        if isinstance(identified, LeftOut):
            left.append(identified)
            continue
        run, dataset = identified
        datasets.add(dataset)
        if (first := by_id.setdefault(run, place)) is not place and not _same(first, place):
            raise UsageError(f"{first.folder} and {place.folder} are one run, {run}, with different results")
    return Chosen(list(by_id.values()), sorted(datasets), left)


def write(places: Sequence[Place], where: Where, workers: Workers, done: Done) -> Iterator[Entry | LeftOut]:
    """Write the files of each run, and yield what a board keeps of it, or why it is left out."""
    work = [(place, where) for place in places]
    for number, one in enumerate(workers.map(_written, work)):
        done(number + 1, len(places))
        yield one


def _identify(place: Place) -> tuple[str, str] | LeftOut:
    try:
        return found.identify(place)
    except AffectbenchError as error:
        return LeftOut(place.shown, found.reason(error, place))


def _same(first: Place, second: Place) -> bool:
    """Whether two folders hold the same results. One model may have two names: they decide no number."""
    try:
        one, other = ({**json.loads((place.folder / RESULTS).read_bytes()), "model": None} for place in (first, second))
    except (ValueError, TypeError, RecursionError):
        return False
    return one == other


def _written(work: tuple[Place, Where]) -> Entry | LeftOut:
    place, where = work
    try:
        raw = found.read(place)
    except AffectbenchError as error:
        return LeftOut(place.shown, found.reason(error, place))
    try:
        return _run(raw, where)
    except AffectbenchError as error:
        reason = found.reason(error, place)
    except ValueError as error:  # a number that is none
        reason = f"{RESULTS} or {MANIFEST}: {error}"
    shutil.rmtree(where.data / "runs" / key(raw.manifest["run"]), ignore_errors=True)
    return LeftOut(place.shown, reason)


def _run(raw: Raw, where: Where) -> Entry:
    manifest = raw.manifest
    name = f"runs/{key(manifest['run'])}"
    submitted = _submitted(raw.place)
    (where.data / name).mkdir(parents=True)
    allowed = publish(manifest, where.publish)
    looked = lines.carry(found.own(raw.place, SAMPLES), where.data, f"{name}/samples")
    entry = rows.entry(raw, looked, ["submitted"] if submitted else [])
    page = RunPage(
        key=key(manifest["run"]), task=entry.task, task_key=key(entry.task), model=entry.row["model"],
        model_key=key(entry.row["model"]), manifest=_trimmed(manifest), results=raw.results,
        status_index="".join(looked.letters), lines=len(looked.letters), chunks=looked.chunks, per_chunk=PER_CHUNK,
        gold=_gold(raw.place, where.data, f"{name}/gold") if allowed["labels"] else False,
        failures=looked.failures, verdicts=_verdicts(raw, where.data, name) if _may_repeat(allowed) else [],
        publish=dict(allowed), submitted=submitted,
    )  # fmt: skip
    scripts.write(where.data, f"{name}/run", page)
    return replace(entry, first=_first(looked) if allowed["text"] else None)


def publish(manifest: Mapping[str, Any], known: Mapping[str, Publish]) -> dict[str, bool]:
    """Return what of a run's data may be shown: what its manifest allows and, where it is known here, its dataset."""
    said = loose.mapping(loose.mapping(manifest.get("access")).get("publish"))
    here = known.get(str(loose.mapping(manifest.get("dataset")).get("id")), {})
    return {name: said.get(name) is True and here.get(name, True) for name in ("media", "labels", "text")}


def _may_repeat(allowed: Publish) -> bool:
    """Whether a judge's reply, which may repeat gold and text, may be shown."""
    return allowed["labels"] and allowed["text"]


def _gold(place: Place, data: Path, name: str) -> bool:
    path = found.gold(place)
    return path is not None and lines.copy(path, data, name) > 0


def _verdicts(raw: Raw, data: Path, name: str) -> list[dict[str, Any]]:
    """Write the verdicts of each judge that the manifest names; return who judged by what, and the files."""
    written = []
    for number, judge in enumerate(raw.manifest.get("judges", ())):
        path = found.own(raw.place, judge["file"])
        prefix = f"{name}/verdicts-{key(judge['rubric']['digest'])[:16]}-{number}"
        written.append(
            {
                "rubric": judge["rubric"]["id"],
                "judge": judge["judge"]["name"],
                "files": prefix.rpartition("/")[2],
                "chunks": lines.copy(path, data, prefix),
            }
        )
    return written


def _trimmed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in manifest.items() if name not in NOT_SHOWN}
    judges = [
        {"rubric": one["rubric"]["id"], "judge": one["judge"]["name"], "spent": one.get("spent")}
        for one in manifest.get("judges", ())
    ]
    shown = {**kept, "model": rows.shown_card(manifest["model"]), "settings": manifest.get("settings")}
    trimmed: dict[str, Any] = rows.without_paths({**shown, "dataset": _dataset(manifest), "judges": judges})
    return trimmed


def _dataset(manifest: Mapping[str, Any]) -> dict[str, Any]:
    dataset = loose.mapping(manifest.get("dataset"))
    return {name: dataset.get(name) for name in ("id", "family", "splits")}


def _first(looked: Looked) -> str | None:
    """Return the prompt of the first sample as JSON: role and text of each turn."""
    turns = loose.mapping(loose.mapping(looked.first).get("prompt")).get("messages")
    shown = [
        {"role": turn["role"], "text": turn["text"]}
        for turn in (turns if isinstance(turns, list) else ())
        if isinstance(turn, dict) and isinstance(turn.get("role"), str) and isinstance(turn.get("text"), str)
    ]
    return json.dumps(shown) if shown else None


def _submitted(place: Place) -> dict[str, Any] | None:
    """Return what was verified of a run that somebody submitted."""
    if not os.path.lexists(place.folder / SUBMITTED):
        return None
    value = json.loads(found.own(place, SUBMITTED).read_bytes())
    return value if isinstance(value, dict) else None


def entries(found_: Iterable[Entry | LeftOut], left: list[LeftOut]) -> list[Entry]:
    """Return the runs of what `write` yields; what was left out is added to `left`."""
    kept = []
    for one in found_:
        if isinstance(one, LeftOut):
            left.append(one)
        else:
            kept.append(one)
    return kept
