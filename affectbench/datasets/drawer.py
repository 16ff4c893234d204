"""Draws demo files beside other processes: `python -m affectbench.datasets.drawer ROOT FIRST PARAMETERS`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from affectbench.media import aside

WORTH = 40
"""So many files and more are drawn in several processes: it takes one a second to begin."""


@contextmanager
def beside(demo: Any, root: Path, first: int, number: int) -> Iterator[None]:
    """Have a process for each other core draw as well, each beginning elsewhere among the `number` files."""
    others = aside.workers() - 1 if number >= WORTH else 0
    helpers = []
    for other in range(1, others + 1):
        begin = (first + other * number // (others + 1)) % number
        command = [sys.executable, "-m", "affectbench.datasets.drawer", str(root), str(begin), json.dumps(asdict(demo))]
        helpers.append(subprocess.Popen(command, env=aside.surroundings(), stderr=subprocess.DEVNULL))
    try:
        yield
    except BaseException:
        for helper in helpers:
            helper.terminate()
        raise
    finally:
        for helper in helpers:
            helper.wait()


def main(root: str, first: str, parameters: str) -> None:
    """Draw what is missing, beginning with the file of a number."""
    from affectbench.datasets.demo import draw_from
    from affectbench.datasets.rows import demo_of

    demo = demo_of({name: value for name, value in json.loads(parameters).items() if value is not None})
    draw_from(demo, Path(root), int(first))


if __name__ == "__main__":
    main(*sys.argv[1:])
