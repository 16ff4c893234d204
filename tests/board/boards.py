"""What the tests of the board share: runs to build from, and data files read as a page would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from affectbench.board import site as sites
from affectbench.catalogue import Catalogue
from tests.flow.flows import LABELS, affectbench, arguments

N = 12


def replayed(plugin: Path, out: Path, name: str, say: Callable[[int], str], *more: str) -> Path:
    """Run `colours` with the replies of `say` by the number of the sample; return the run's folder."""
    rows = [json.dumps({"id": f"s{i:04}", "text": say(i)}) for i in range(N)]
    answers = plugin.parent / f"{name}.jsonl"
    answers.write_text("\n".join(rows) + "\n")
    done = affectbench(*arguments(plugin, f"replay:{answers}", out, *more, "--json"))
    assert done.code == 0, done.err
    (run,) = done.json["runs"]
    return Path(run["path"])


def right(i: int) -> str:
    return LABELS[i % 6]


def wrong(i: int) -> str:
    return LABELS[(i + 1) % 6]


def build(runs: Path | list[Path], site: Path, plugin: Path | None = None, **how: Any) -> sites.Built:
    """Build a site in this process, without published figures if nothing else is said."""
    paths = runs if isinstance(runs, list) else [runs]
    catalogue = Catalogue((plugin,) if plugin else ())
    return sites.build(paths, site, catalogue, sites.How(**{"reported": (), "processes": 1, **how}))


def taken(site: Path, name: str) -> Any:
    """Return what a data file hands to the page; the file must be one call in ASCII and nothing else."""
    text = (site / "data" / f"{name}.js").read_text(encoding="ascii")
    head = f"board.take({json.dumps(name)},"
    assert text.startswith(head) and text.endswith(");\n") and text.count("\n") == 1
    assert "<" not in text
    return json.loads(text[len(head) : -3])


def change(folder: Path, name: str, edit: Callable[[Any], None]) -> None:
    """Edit a JSON file of a run."""
    path = folder / name
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(value))
