"""A process that draws demo files for others: `python -m affectbench.datasets.drawer ROOT`, which ones on its input."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from affectbench.datasets.demo import draw
from affectbench.datasets.rows import demo_of


def main(root: str) -> None:
    """Draw what is missing of the files that standard input names; whoever is ended leaves no half of a file."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parent = os.getppid()
    for wish in json.load(sys.stdin):
        demo = demo_of({name: value for name, value in wish["demo"].items() if value is not None})
        draw(demo, Path(root), _while_wanted(wish["paths"], parent))


def _while_wanted(paths: Sequence[str], parent: int) -> Iterator[str]:
    """Yield paths as long as the process that asked for them is there: a killed one cannot end this one."""
    for path in paths:
        if os.getppid() != parent:
            return
        yield path


if __name__ == "__main__":
    main(*sys.argv[1:])
