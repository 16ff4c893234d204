"""People's scores of answers, by which a judge is calibrated: a CSV or JSONL file.

Columns: `id`, `answer`, `gold` and `question` where the rubric sees them, and one for each scale. Optional: `rater`
(several rows of one id are several people), `label` (the gold label), and `group` or `group.NAME`.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from affectbench.errors import Fault, FileErrors, UsageError
from affectbench.judging.cases import Case
from affectbench.specs.rubric import RubricSpec

MOST_FAULTS = 20


@dataclass
class Rated:
    """One answer with the scores of those who rated it: rater → scale → score."""

    case: Case
    label: str | None
    groups: Mapping[str, str]
    ratings: dict[str, dict[str, float]] = field(default_factory=dict)

    def mean(self, scale: str) -> float:
        """Return the mean of people's scores."""
        return math.fsum(scores[scale] for scores in self.ratings.values()) / len(self.ratings)


def read(path: Path, rubric: RubricSpec) -> list[Rated]:
    """Return the rated answers of a file, in its order.

    Raises UsageError for a file that is not there or of another kind, FileErrors (path:line) for rows that lack
    something, are off the scale, or contradict each other.
    """
    rows = {".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if rows is None or not path.is_file():
        raise UsageError(f"{path}: " + ("there is no such file" if rows else "people's scores come as .csv or .jsonl"))
    found: dict[str, Rated] = {}
    faults: list[Fault] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in rows(file):
                try:
                    _add(found, rubric, row)
                except ValueError as error:
                    faults.append(Fault(str(path), line, 1, str(error)))
                if len(faults) == MOST_FAULTS:
                    break
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    if faults:
        raise FileErrors(faults)
    if not found:
        raise UsageError(f"{path} holds no rated answer")
    return list(found.values())


Row = Mapping[str, object]
_Read = Callable[[Iterable[str]], Iterator[tuple[int, Row]]]


def _csv(file: Iterable[str]) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(file, strict=True)
    for row in reader:
        yield reader.line_num, {name: value for name, value in row.items() if name is not None}


def _jsonl(file: Iterable[str]) -> Iterator[tuple[int, Row]]:
    for number, text in enumerate(file, start=1):
        if text.strip():
            try:
                row = json.loads(text)
            except (ValueError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else {}


def _add(found: dict[str, Rated], rubric: RubricSpec, row: Row) -> None:
    """Add a row. Raises ValueError with what is wrong with it."""
    name = _text(row, "id")
    texts = {column: _text(row, column) for column in ("answer", *rubric.sees)}
    given = {key: value for key, value in row.items() if isinstance(value, str) and value}
    groups = {key.partition(".")[2] or "group": v for key, v in given.items() if key == "group" or key[:6] == "group."}
    rated = found.setdefault(name, Rated(Case(id=name, repeat=0, texts=texts), given.get("label"), groups))
    if rated.case.texts != texts:
        raise ValueError(f"id {name!r} stands above with another answer, gold or question")
    rater = given.get("rater") or f"rater {len(rated.ratings) + 1}"
    if rater in rated.ratings:
        raise ValueError(f"{rater!r} rated id {name!r} twice")
    rated.ratings[rater] = {scale: _score(row, scale, ends) for scale, ends in rubric.scale.items()}


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
        raise ValueError(f"the row has no {column}")
    return str(value)


def _score(row: Row, scale: str, ends: tuple[float, float]) -> float:
    value = row.get(scale)
    try:
        score = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        score = math.nan
    if not ends[0] <= score <= ends[1]:
        raise ValueError(f"{scale}: expected a number from {ends[0]:g} to {ends[1]:g}, not {repr(value)[:40]}")
    return score
