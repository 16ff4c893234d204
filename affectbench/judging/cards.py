"""Cards of calibrated judges: one JSON file a rubric and judge, in the user's data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from affectbench.judging.judges import Judge
from affectbench.paths import cards_folder
from affectbench.records import write_json

SCHEMA = 1


class _Of(BaseModel):
    rubric: str
    judge: str


class _Card(BaseModel):
    """A card, as far as it is read."""

    schema_: int
    of: _Of
    n: int
    passes: bool
    faults: list[str]
    remarks: list[str]


def place(judge: Judge) -> Path:
    """Return where the card of a judge is kept."""
    return cards_folder() / f"{Path(judge.file).stem}.json"


def write(judge: Judge, findings: Mapping[str, Any], path: Path | None = None) -> Path:
    """Write a card where it is found again, or to `path`; returns the file."""
    card = {
        "schema": SCHEMA,
        "of": {"rubric": judge.digest, "judge": judge.identity},
        **judge.facts(),
        **findings,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = path or place(judge)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, card)
    return path


def found(judge: Judge) -> dict[str, Any] | None:
    """Return what a run keeps of a judge's card; None without one, or where rubric or judge are others now."""
    try:
        data = json.loads(place(judge).read_text(encoding="utf-8"))
        card = _Card.model_validate({**data, "schema_": data["schema"]})
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return None
    if card.schema_ != SCHEMA or (card.of.rubric, card.of.judge) != (judge.digest, judge.identity):
        return None
    return {"n": card.n, "passes": card.passes, "faults": card.faults, "remarks": card.remarks}
