"""Figures for papers: the charts of the pages, drawn without a browser, each with its numbers beside it as CSV."""

from __future__ import annotations

import copy
import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from affectbench.board import charts, export, found, rows, tasks
from affectbench.board.found import LeftOut, Raw
from affectbench.board.keys import key
from affectbench.board.lines import Looked
from affectbench.board.rows import Entry
from affectbench.board.schema import Table
from affectbench.catalogue import Catalogue
from affectbench.errors import AffectbenchError, RecordError, UsageError
from affectbench.manifest import file_name
from affectbench.paths import shipped

Format = Literal["svg", "png", "pdf"]
Line = dict[str, Any]

FORMATS: tuple[Format, ...] = ("svg", "png", "pdf")
WIDTH, CELL, PPI = 440, 34, 300
"""Of a chart in CSS pixels (96 an inch); of a cell of a table of confusions; pixels an inch of a PNG."""
LONGEST = 60
_TURNING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure: the chart's name, the name of its files without ending, its lines, and what its axis measures."""

    chart: str
    name: str
    lines: list[Line]
    axis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The files that were written, and the runs that could not be drawn, with the reason."""

    files: list[Path]
    left_out: list[LeftOut]


def draw(paths: Sequence[Path], out: Path, form: Format, known: Catalogue) -> Drawn:
    """Draw the runs at or below `paths` into the folder `out`, as SVG, PNG (300 pixels an inch) or PDF.

    One figure a task compares its runs; others show each run's confusions, recalls, groups and calibration. Nothing is
    fetched. Raises UsageError where there is no run or the library is missing, RecordError if `out` cannot be written.
    """
    pen = _Pen(form)
    runs, left = _read(paths)
    drawings = [*_of_tasks(runs, known), *(one for raw, entry in runs for one in _of_run(raw, entry))]
    files = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for drawing in drawings:
            picture, numbers = (out / f"{drawing.name}.{ending}" for ending in (form, "csv"))
            picture.write_bytes(pen.picture(drawing))
            numbers.write_text(_csv(drawing.lines), encoding="utf-8")
            files += [picture, numbers]
    except OSError as error:
        raise RecordError(f"{out}: {error.strerror or error}") from None
    return Drawn(files=files, left_out=left)


def _read(paths: Sequence[Path]) -> tuple[list[tuple[Raw, Entry]], list[LeftOut]]:
    runs: list[tuple[Raw, Entry]] = []
    left = []
    for place in found.places(paths):
        try:
            raw = found.read(place)
        except AffectbenchError as error:
            left.append(LeftOut(place.shown, found.reason(error, place)))
            continue
        if not any(raw.manifest["run"] == other.manifest["run"] for other, _ in runs):
            runs.append((raw, rows.entry(raw, Looked())))
    if not runs:
        raise UsageError("\n".join(["no run can be drawn", *(f"{one.shown}: {one.reason}" for one in left[:20])]))
    return runs, left


def _of_tasks(runs: Sequence[tuple[Raw, Entry]], known: Catalogue) -> Iterator[Drawing]:
    by_task: dict[str, list[tuple[Raw, Entry]]] = defaultdict(list)
    for raw, entry in runs:
        by_task[entry.task].append((raw, entry))
    for name, own in sorted(by_task.items()):
        task = tasks.known(known, name, own[0][0].manifest)
        shown = tasks.table(task, [entry for _, entry in own], lambda _: [])
        if lines := _forest(shown):
            axis = f"{shown['metric_title'] or shown['metric']}, with 95 % intervals"
            yield Drawing(chart="forest", name=f"{key(name)}-forest", lines=lines, axis=axis)


def _forest(shown: Table) -> list[Line]:
    measured = [row for row in shown["rows"] if row["value"] is not None]
    names = [row["model"] if row["variant"] == "base" else f"{row['model']}, {row['variant']}" for row in measured]
    lines: list[Line] = [
        {"name": name, **{part: row[part] for part in ("value", "low", "high", "n")}, "ranked": not row["apart"]}
        for name, row in zip(_told_apart(names), measured, strict=True)
    ]
    guesses = {"chance": shown["chance"], "majority": shown["majority"], "people": shown["human"]}
    return [*lines, *({"line": line, "at": at} for line, at in guesses.items() if at is not None)] if lines else []


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names cut to what an axis has room for, of which no two are the same."""
    used: set[str] = set()
    found_ = []
    for name in names:
        short = _plain(name)
        tries = (short if number == 1 else f"{short} ({number})" for number in count(1))
        found_.append(next(text for text in tries if text not in used))
        used.add(found_[-1])
    return found_


def _of_run(raw: Raw, entry: Entry) -> Iterator[Drawing]:
    results = raw.results
    groups = [
        (f"groups-{key(group['name'])}", _group(group), f"{group['metric']} by {group['name']}")
        for group in results.get("groups", ())
    ]
    drawn = [
        ("confusion", _confusion(results["tables"].get("confusion")), ""),
        ("recall", _recall(results["scores"]), "recall"),
        ("calibration", _calibration(results["tables"].get("reliability")), ""),
        *groups,
    ]
    name = f"{key(entry.task)}-{file_name(entry.row['model'])}-{key(raw.manifest['run'])}"
    for part, lines, axis in drawn:
        if lines:
            yield Drawing(chart=part.partition("-")[0], name=f"{name}-{part}", lines=lines, axis=_plain(axis))


def _confusion(table: Mapping[str, Any] | None) -> list[Line]:
    """Return the cells of a table of confusions; the last column is what was no answer."""
    if not table:
        return []
    lines = []
    labels = [*table["labels"]]
    for at, counts in enumerate(table["counts"]):
        said = [*labels[: len(counts) - 1], "no answer"]
        for place, number in enumerate(counts):
            share = number / sum(counts) if sum(counts) else 0.0
            cell = {"gold": labels[at], "said": said[place], "count": number, "share": share}
            lines.append({**cell, "gold_at": at, "said_at": place})
    return lines


def _recall(scores: Sequence[Mapping[str, Any]]) -> list[Line]:
    of_labels = [
        score
        for score in scores
        if score["metric"] == "recall" and score["over"] == "all" and score["label"] is not None
        if score["fold"] is None and score["group"] is None and score["value"] is not None
    ]
    parts = ("label", "value", "low", "high", "n")
    return [{**{part: score[part] for part in parts}, "place": at} for at, score in enumerate(of_labels)]


def _group(group: Mapping[str, Any]) -> list[Line]:
    values = [value for value in group["values"] if value["score"] is not None]
    return [
        {
            "label": one["value"],
            "value": one["score"],
            "low": one["low"],
            "high": one["high"],
            "n": one["n"],
            "place": at,
        }
        for at, one in enumerate(values)
    ]


def _calibration(table: Mapping[str, Any] | None) -> list[Line]:
    if not table:
        return []
    columns = zip(table["labels"], table["confidence"], table["accuracy"], table["counts"], strict=False)
    return [
        {"bin": bin_, "confidence": confidence, "accuracy": accuracy, "n": number}
        for bin_, confidence, accuracy, number in columns
        if confidence is not None and accuracy is not None
    ]


class _Pen:
    """Draws a chart from its kept specification, in the colours and fonts for print."""

    def __init__(self, form: Format) -> None:
        try:
            import vl_convert
        except ImportError:
            raise UsageError(export.NEEDED.format("vl-convert-python")) from None
        self.library = vl_convert
        self.form = form
        kept = charts.specifications(shipped("leaderboard") / "site")
        self.theme = kept.pop(charts.THEME)["print"]
        self.kept = kept

    def picture(self, drawing: Drawing) -> bytes:
        """Return a figure as the bytes of its file."""
        spec = copy.deepcopy(self.kept[drawing.chart])
        spec["datasets"] = {"rows": [_drawable(line) for line in drawing.lines]}
        if spec.get("width") == "container":
            spec["width"] = {"step": CELL} if drawing.chart == "confusion" else WIDTH
        _fit(spec, drawing)
        how = {"config": self.theme, "allowed_base_urls": []}
        if self.form == "svg":
            return str(self.library.vegalite_to_svg(spec, **how)).encode()
        if self.form == "pdf":
            return bytes(self.library.vegalite_to_pdf(spec, **how))
        return bytes(self.library.vegalite_to_png(spec, ppi=PPI, **how))


def _fit(spec: dict[str, Any], drawing: Drawing) -> None:
    """Say what the axis measures, and leave out of the legend what is not drawn."""
    present = {line["line"] for line in drawing.lines if "line" in line}
    for layer in spec.get("layer", ()):
        x = layer.get("encoding", {}).get("x", {})
        if x.get("title", "") is None and drawing.axis:
            x["title"] = drawing.axis
        for channel in ("strokeDash", "color"):
            by = layer.get("encoding", {}).get(channel, {})
            if by.get("field") == "line":
                pairs = zip(by["scale"]["domain"], by["scale"]["range"], strict=True)
                kept = [pair for pair in pairs if pair[0] in present]
                by["scale"] |= {"domain": [name for name, _ in kept], "range": [look for _, look in kept]}


def _drawable(line: Line) -> Line:
    return {name: _plain(value) if isinstance(value, str) else value for name, value in line.items()}


def _plain(text: str) -> str:
    """Return text as long as an axis has room for, without signs that break lines or turn them round."""
    return _TURNING.sub("\ufffd", text)[:LONGEST]


def _csv(lines: Sequence[Line]) -> str:
    """Return lines as CSV, a column for each name that any has; a cell that a table program would run is text."""
    names = list(dict.fromkeys(name for line in lines for name in line))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(line.get(name)) for name in names] for line in lines)
    return file.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
