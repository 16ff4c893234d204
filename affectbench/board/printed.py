"""Published figures as rows of tables, marked as such, and how far what was measured here is from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectbench.board.keys import key
from affectbench.board.reported import Figure, Reported
from affectbench.board.rows import Entry, billions
from affectbench.board.schema import Row, Source, SuiteRow
from affectbench.specs.reported import ReportedSpec

KINDS = ("image", "video", "audio", "text")
PLAIN = "zero-shot"
NOT_MEASURED = ("human", "chance", "annotation")
"""Settings of figures that are no model's."""


def rows(reported: Reported, task: str, metric: str) -> list[Row]:
    """Return the published figures of a task in the metric by which it ranks."""
    return [_row(reported, figure, metric) for figure in reported.of_task(task, metric)]


def suite_rows(reported: Reported, suite: str, tasks: Sequence[str]) -> list[SuiteRow]:
    """Return the published numbers of a suite, each with what the same row of its table says of the suite's tasks."""
    beside = [figure for task in tasks for figure in reported.of_task(task)]
    found = []
    for figure in reported.of_suite(suite):
        own = [one for one in beside if one.source == figure.source and one.row == figure.row]
        found.append(_suite_row(reported, figure, own, tasks))
    return found


def sources(reported: Reported) -> dict[str, Source]:
    """Return where figures stand, by the key that rows name."""
    return {key(name): _source(name, spec) for name, spec in sorted(reported.sources.items())}


def table(name: str, spec: ReportedSpec) -> dict[str, Any]:
    """Return a published table as it is printed: columns, and rows with the figures as text."""
    columns = [
        {"name": column, **json.loads(of.model_dump_json(exclude_defaults=True))} for column, of in spec.columns.items()
    ]
    lines = [
        {
            **row.model_dump(mode="json", exclude={"figures"}, exclude_defaults=True),
            "figures": [None if figure is None else str(figure) for figure in row.figures],
        }
        for row in spec.rows
    ]
    shared = {"setting": spec.setting, "sees": list(spec.sees) if spec.sees is not None else None}
    return {"key": key(name), "title": spec.title, **shared, "differs": spec.differs, "columns": columns, "rows": lines}


def _source(name: str, spec: ReportedSpec) -> Source:
    at = spec.source
    return Source(
        key=key(name), title=at.title, year=at.year, venue=at.venue, url=link(spec), table=at.table,
        read_in=at.read_in, note=spec.note,
    )  # fmt: skip


def link(spec: ReportedSpec) -> str | None:
    """Return where the source of a table is found on the web."""
    at = spec.source
    if at.doi:
        return f"https://doi.org/{at.doi}"
    if at.arxiv:
        return f"https://arxiv.org/abs/{at.arxiv}"
    return f"https://{at.repository}" if at.repository else None


def _row(reported: Reported, figure: Figure, metric: str) -> Row:
    row, column = figure.row, figure.column
    sees = list(row.sees or ())
    return Row(
        run=None, key=None, model=row.model, model_key=None, kind="reported", backend=None, parameters=row.parameters,
        billions=billions(row.parameters), modalities=[kind for kind in KINDS if kind in sees], accepts=[],
        revision=None, open=None, value=figure.value, low=None, high=None, interval=None, n=column.n, metric=metric,
        ok=None, refused=None, unparsed=None, errors=None, cost=None, seconds=None, prompt_tokens=None,
        completion_tokens=None, observed=None, proof=None, variant="base", holds=None, uncalibrated=False, rank=None,
        apart=[row.doubt] if row.doubt else [], tags=["other samples"] if column.samples == "other" else [],
        source=key(figure.source), setting=row.setting, note=row.note, differs=_differs(reported, figure),
        confidence=row.confidence, split=column.split, printed=f"{column.printed} {figure.text}", minus=None,
        minus_of=None,
    )  # fmt: skip


def _suite_row(reported: Reported, figure: Figure, beside: Sequence[Figure], tasks: Sequence[str]) -> SuiteRow:
    row = figure.row
    by_task = {one.column.task: one for one in beside}
    return SuiteRow(
        model=row.model, model_key=None, kind="reported", backend=None, parameters=row.parameters,
        billions=billions(row.parameters), accepts=list(row.sees or ()), open=None, value=figure.value, low=None,
        high=None, interval=None, missing=[],
        cells={
            task: {
                "value": by_task[task].value if task in by_task else None, "low": None, "high": None,
                "metric": by_task[task].column.metric if task in by_task else None, "key": None,
                "why": None if task in by_task else "not printed",
            }
            for task in tasks
        },
        rank=None, tags=[], source=key(figure.source), setting=row.setting, note=row.note,
        differs=_differs(reported, figure), confidence=row.confidence,
        printed=f"{figure.column.printed} {figure.text}", minus=None, minus_of=None,
    )  # fmt: skip


def _differs(reported: Reported, figure: Figure) -> str | None:
    said = (reported.sources[figure.source].differs, figure.column.differs)
    return "; ".join(dict.fromkeys(text for text in said if text)) or None


def compared(
    measured: Iterable[Mapping[str, Any]], published: Sequence[Mapping[str, Any]], ids: Mapping[str, str]
) -> None:
    """Write into measured rows how far they are from the published figure of the same model, where there is one.

    `ids` gives the ids of models by name. A figure of the plain setting goes before others, one that was read in its
    source before a quotation.
    """
    known: dict[str, list[Mapping[str, Any]]] = {}
    for one in published:
        if one["value"] is not None and one["setting"] not in NOT_MEASURED and not one.get("apart"):
            for name in (one["model"], f"{one['model']}{one['parameters'] or ''}"):
                known.setdefault(_plain(name), []).append(one)
    for row in measured:
        names = (row["model"], ids.get(row["model"], "").rpartition("/")[2])
        same = [one for name in names for one in known.get(_plain(name), ())]
        if same and row["value"] is not None:
            first = min(same, key=_trust)
            row.update(minus=row["value"] - first["value"], minus_of=first["source"])  # type: ignore[attr-defined]


def _trust(row: Mapping[str, Any]) -> tuple[bool, bool, str]:
    return row["setting"] != PLAIN, row["confidence"] != "verbatim", row["source"] or ""


def _plain(name: str) -> str:
    """Return a name without case, signs, and the ending that tables leave out.

    >>> _plain("Qwen2.5-VL-7B-Instruct"), _plain("gemma-3-4b-it"), _plain("Kit")
    ('qwen25vl7b', 'gemma34b', 'kit')
    """
    return re.sub(r"[^a-z0-9]+", "", re.sub(r"[-_ ](instruct|chat|it)$", "", name.casefold()))


def model_ids(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the id of each model by its name."""
    return {one.row["model"]: one.model_id for one in entries}
