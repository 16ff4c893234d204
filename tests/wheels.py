"""The emotion wheels of MER-UniBench for tests: official files written from the facts beside the checkout, and slow
look-ups that share no code with the package."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

FOLDERS = {
    "v2025": "MERTools/MER2025/MER2025_Track23/emotion_wheel",
    "v2026": "MERTools/MER2026/MER2026_Track2/emotion_wheel",
}


def facts(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "reference/metrics/emotion_wheels.json").read_text())


def forms(found: Mapping[str, Any], version: str) -> dict[str, list[str]]:
    gone = found["forms_removed_2026"] if version == "v2026" else {}
    return {raw: [form for form in written if form not in gone.get(raw, ())] for raw, written in found["forms"].items()}


def write(folder: Path, found: Mapping[str, Any], version: str = "v2025", only: tuple[str, ...] = ()) -> Path:
    """Write the seven files (or `only` some) as they are published: first cells of a block alone, lists in cells."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, tree in found["wheels"].items():
        rows = [["level1", "level2", "level3"]]
        for wide, groups in tree.items():
            for narrow, words in groups.items():
                rows += [[wide.title() + " ", f" {narrow}", word] for word in words]
        for later, row in reversed(list(zip(rows[2:], rows[1:], strict=False))):
            later[:2] = [None if a == b else a for a, b in zip(later[:2], row[:2], strict=True)]
        _workbook(folder / f"{name}.xlsx", rows, only)
    _workbook(folder / "synonym.xlsx", _synonyms(found), only)
    if not only or "format.csv" in only:
        with (folder / "format.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "format"])
            writer.writerows([raw, ",".join(reversed(written))] for raw, written in forms(found, version).items())
    return folder


def _workbook(path: Path, rows: list[list[Any]], only: tuple[str, ...]) -> None:
    if only and path.name not in only:
        return
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def _synonyms(found: Mapping[str, Any]) -> list[list[Any]]:
    words = sorted({word for wheel in found["clusters"].values() for word in wheel["level1"]})
    near = {
        word: [raw for raw, others in found["synonyms"].items() if word in others and raw != word] for word in words
    }
    rows = [[name for run in range(1, 9) for name in (f"word_run{run}", f"synonym_run{run}")]]
    for place in range(len(words)):
        row: list[Any] = []
        for run in range(8):
            word = words[(place + 7 * run) % len(words)]
            some = near[word][run::8]
            row += [word.upper() if run == 1 else word, str(some) if run % 2 else ", ".join(some)]
        rows.append(row)
    return rows


def slow_cluster(found: Mapping[str, Any], version: str, label: str, at: tuple[str, str]) -> str | None:
    """Look one label up as the published description says, step by step; `at` is (wheel, level)."""
    label = label.strip().lower()
    raws = [raw for raw, written in forms(found, version).items() if label in written or label == raw]
    words = sorted({word for raw in raws for word in found["synonyms"][raw]})
    clusters = found["clusters"][at[0]][at[1]]
    return next((clusters[word] for word in words if word in clusters), None)


def facts_names() -> tuple[str, ...]:
    return tuple(f"wheel{number}" for number in range(1, 6))
