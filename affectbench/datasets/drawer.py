"""Draws demo files beside other processes: `python -m affectbench.datasets.drawer ROOT`, which ones on its input."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from affectbench.media import aside

WORTH = 40
"""So many files and more are drawn in several processes: it takes one a second to begin."""


@contextmanager
def beside(demo: Any, root: Path, paths: Sequence[str]) -> Iterator[None]:
    """Have a process for each other core draw as well, each beginning elsewhere among the files."""
    others = aside.workers() - 1 if len(paths) >= WORTH else 0
    helpers = []
    for other in range(1, others + 1):
        begin = other * len(paths) // (others + 1)
        command = [sys.executable, "-m", "affectbench.datasets.drawer", str(root)]
        with tempfile.TemporaryFile("w+") as wishes:
            json.dump({"demo": asdict(demo), "paths": [*paths[begin:], *paths[:begin]]}, wishes)
            wishes.seek(0)
            quiet = subprocess.DEVNULL
            helpers.append(subprocess.Popen(command, stdin=wishes, stderr=quiet, env=aside.surroundings()))
    try:
        yield
    except BaseException:
        for helper in helpers:
            helper.terminate()
        raise
    finally:
        for helper in helpers:
            helper.wait()


def main(root: str) -> None:
    """Draw what is missing of the files that standard input names."""
    from affectbench.datasets.demo import draw
    from affectbench.datasets.rows import demo_of

    wished = json.load(sys.stdin)
    demo = demo_of({name: value for name, value in wished["demo"].items() if value is not None})
    draw(demo, Path(root), wished["paths"])


if __name__ == "__main__":
    main(*sys.argv[1:])
