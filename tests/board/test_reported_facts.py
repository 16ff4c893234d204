"""The shipped tables hold the collected figures, each under its corpus, measure, model and setting, and no other."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from affectbench.board import reported
from affectbench.catalogue import Catalogue

SETTINGS = {"supervised specialist": "specialist", "reference annotation": "annotation"}
KINDS = {"A": "audio", "V": "video", "I": "image", "T": "text"}
SPLITS = {"6500 clips": "all clips", "5000 questions": "all questions", "benchmark set": None}
LABELS = {"anger": "angry"}
MEASURES = {"F_s": "F"}

Key = tuple[Any, ...]


def short(text: str) -> str:
    """A measure's or a part's name without what explains it."""
    return re.split(r" \(|\[| of | and ", text)[0]


def of_fact(fact: dict[str, Any]) -> Key:
    label = re.search(r"\[(.+)\]", fact["metric"])
    level = fact["task"] if fact["task"] in ("valence", "arousal") else None
    sees = fact["modalities"]
    name = label.group(1) if label else level
    split = fact["split"] and short(fact["split"])
    return (
        short(fact["dataset"]),
        SPLITS.get(split, split),
        MEASURES.get(short(fact["metric"]), short(fact["metric"])),
        LABELS.get(name or "", name),
        fact["model"].removesuffix(" (seed abstract)"),
        fact["model_params"],
        SETTINGS.get(fact["setting"], fact["setting"]),
        None if sees is None else frozenset(KINDS[sign] for sign in re.findall(r"[AVIT]", sees)),
        "verbatim" if fact["confidence"] == "seen-verbatim" else "secondary",
        Decimal(fact["value"]).normalize(),
    )


def of_figure(figure: reported.Figure) -> Key:
    column, row = figure.column, figure.row
    named = re.search(r" of (AU\d+|valence|arousal)$", column.printed)
    return (
        short(column.dataset),
        column.split and short(column.split),
        short(column.printed),
        column.label or (named.group(1) if named else None),
        row.model,
        row.parameters,
        row.setting,
        None if row.sees is None else frozenset(row.sees),
        row.confidence,
        Decimal(figure.text).normalize(),
    )


@pytest.fixture(scope="module")
def facts(shared: Path) -> list[dict[str, Any]]:
    path = shared / "reference/reported/reported.yaml"
    if not path.is_file():
        pytest.skip("the collected figures (reference/reported) are not here")
    found = yaml.load(path.read_text(), Loader=yaml.CBaseLoader)
    return [{name: value if value != "null" else None for name, value in fact.items()} for fact in found]


def test_every_collected_figure_is_shipped_with_its_value(facts: list[dict[str, Any]]) -> None:
    collected = Counter(map(of_fact, facts))
    shipped = Counter(map(of_figure, reported.load(Catalogue()).figures))
    assert len(facts) == 3261
    assert sum((collected - shipped).values()) == 0, list(collected - shipped)[:5]
    assert sum((shipped - collected).values()) == 0, list(shipped - collected)[:5]


def test_no_source_or_note_is_taken_over_word_for_word(facts: list[dict[str, Any]]) -> None:
    sources = reported.load(Catalogue()).sources.values()
    ours = " ".join(str(spec.model_dump()) for spec in sources)
    notes = {fact["note"] for fact in facts if fact.get("note")}
    assert [note for note in notes if len(note.split()) > 5 and note in ours] == []
