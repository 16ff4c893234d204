"""The emotion wheels of MER-UniBench: from the official files to a lexicon's tables.

`wheel1.xlsx` … `wheel5.xlsx` have the columns level1, level2, level3, where an empty cell repeats the one above it;
`synonym.xlsx` has eight runs of word_runN and synonym_runN (a list in one cell); `format.csv` has `name` and `format`
(a list in one cell). What is read of them is bounded, since a download is somebody else's file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from affectbench.assets import workbook
from affectbench.assets.workbook import MAX_ROWS, read_bytes
from affectbench.errors import DataError
from affectbench.metrics.lexicon import clusters

WHEELS = tuple(f"wheel{number}" for number in range(1, 6))
FILES = (*(f"{wheel}.xlsx" for wheel in WHEELS), "synonym.xlsx", "format.csv")
RUNS = range(1, 9)
LIST_MARKS = re.compile(r"""['",]""")

Row = Mapping[str, str]


def convert(files: Mapping[str, Path]) -> dict[str, Any]:
    """Return the tables of the seven files: `wheels` (clusters by level), `synonyms`, `forms`.

    Raises DataError for a file that cannot be read or lacks a column, UsageError without openpyxl.
    """
    return {
        "wheels": {wheel: list(clusters(_tree(files[f"{wheel}.xlsx"]))) for wheel in WHEELS},
        "synonyms": _synonyms(files["synonym.xlsx"]),
        "forms": _forms(files["format.csv"]),
    }


def counts(content: Mapping[str, Any]) -> dict[str, int]:
    """How many words the wheels have, raw words the synonyms, and forms all raw words together."""
    return {
        "wheel words": len({word for wheel in content["wheels"].values() for word in wheel[0]}),
        "raw words": len(content["synonyms"]),
        "forms": len({form for forms in content["forms"].values() for form in forms}),
    }


def _tree(path: Path) -> dict[str, dict[str, list[str]]]:
    tree: dict[str, dict[str, list[str]]] = {}
    above = ["", "", ""]
    for row in _sheet(path, ("level1", "level2", "level3")):
        above = [row[name] or before for name, before in zip(("level1", "level2", "level3"), above, strict=True)]
        wide, narrow, word = above
        tree.setdefault(wide, {}).setdefault(narrow, []).append(word)
    return tree


def _synonyms(path: Path) -> dict[str, list[str]]:
    near: dict[str, set[str]] = {}
    columns = [name for run in RUNS for name in (f"word_run{run}", f"synonym_run{run}")]
    for row in _sheet(path, columns):
        for run in RUNS:
            word = row[f"word_run{run}"]
            for raw in (word, *_listed(row[f"synonym_run{run}"])) if word else ():
                near.setdefault(raw, set()).add(word)
    return {raw: sorted(words) for raw, words in sorted(near.items())}


def _forms(path: Path) -> dict[str, list[str]]:
    try:
        rows = list(islice(csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8-sig"))), MAX_ROWS))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a CSV file of UTF-8 text: {error}") from None
    forms: dict[str, set[str]] = {}
    for row in rows:
        raw, written = row.get("name"), row.get("format")
        if raw is None or written is None:
            raise DataError(f"{path}: expected the columns name and format in every row")
        forms.setdefault(raw, {raw}).update(_listed(written))
    return {raw: sorted(written) for raw, written in sorted(forms.items())}


def _listed(text: str) -> list[str]:
    """Read the list of a cell as the official code does: one pair of brackets, then what quotes and commas part."""
    bare = text.strip().removeprefix("[").removesuffix("]")
    return [item.strip() for item in LIST_MARKS.split(bare) if item.strip()]


def _sheet(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a workbook's first sheet: what stands in `columns`, in lower case, empty cells as ``."""
    rows = workbook.rows(path, read_bytes(path))
    header = [_text(cell) for cell in next(rows, ())]
    if missing := [name for name in columns if name not in header]:
        raise DataError(f"{path}: there is no column {missing[0]!r} in its first sheet (found: {', '.join(header)})")
    places = {name: header.index(name) for name in columns}
    for row in rows:
        cells = {name: _text(row[place]) if place < len(row) else "" for name, place in places.items()}
        if any(cells.values()):
            yield cells


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip().lower()
