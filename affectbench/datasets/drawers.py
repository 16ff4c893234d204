"""Has processes (`drawer`) draw demo files: beside the one that waits for them, or ahead of the one that asks."""

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

Wish = tuple[Any, Sequence[str]]
"""A `demo.Drawn` and the paths of its files that are to be drawn."""


@contextmanager
def beside(demo: Any, root: Path, paths: Sequence[str]) -> Iterator[None]:
    """Have a process for each other core draw as well, each beginning elsewhere among the files."""
    others = aside.workers() - 1 if len(paths) >= WORTH else 0
    begins = [other * len(paths) // (others + 1) for other in range(1, others + 1)]
    helpers = [_process(root, [(demo, [*paths[begin:], *paths[:begin]])]) for begin in begins]
    try:
        yield
    except BaseException:
        for helper in helpers:
            helper.terminate()
        raise
    finally:
        for helper in helpers:
            helper.wait()


@contextmanager
def ahead(root: Path, wishes: Sequence[Wish]) -> Iterator[None]:
    """Have one process draw, where there is a second core, as long as the block takes."""
    if aside.workers() == 1 or not any(paths for _, paths in wishes):
        yield
        return
    helper = _process(root, wishes)
    try:
        yield
    finally:
        helper.terminate()
        helper.wait()


def _process(root: Path, wishes: Sequence[Wish]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "affectbench.datasets.drawer", str(root)]
    with tempfile.TemporaryFile("w+") as told:
        json.dump([{"demo": asdict(demo), "paths": list(paths)} for demo, paths in wishes], told)
        told.seek(0)
        return subprocess.Popen(command, stdin=told, stderr=subprocess.DEVNULL, env=aside.surroundings())
