"""Open a large board in Chromium: how soon a page is shown, and how much it loads.

PYTHONPATH=. python benchmarks/board_pages.py [MODELS] [TASKS] [SAMPLES]        300 60 20000 without arguments

The board has a run for each of so many models and tasks, and one run of so many samples. Every page is opened from its
file in a fresh tab. It needs the extras `board` and `browser`, and Chromium with its driver.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlparse

from board import command, copies, real_run, task_ids

from tests.board.browsing import Browser, browser

LIMIT_S, LIMIT_KB = 2.0, 1000
FEW = 20
"""Samples of each of the many runs: how many there are decides nothing about first pages."""


def site(folder: Path, models: int, tasks: int, samples: int) -> tuple[Path, str]:
    """Build the board; return its folder and the key of its largest run."""
    for name in ("few", "many"):
        (folder / name).mkdir()
    copies(real_run(folder / "few", FEW), folder / "runs", models, task_ids(tasks))
    large = real_run(folder / "many", samples)
    shutil.copytree(large, folder / "runs/many/large" / large.name)
    asked = command("board", "build", "runs", "-o", "site", "--pairs", "0")
    subprocess.run(asked, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    chunks = {path.parent.name: path for path in sorted((folder / "site/data/runs").glob("*/samples-*.js"))}
    return folder / "site", max(chunks, key=lambda key: chunks[key].name)


def opened(shown: Browser, page: str, **query: str) -> tuple[float, float, set[str]]:
    """Open a page; return the seconds until it was drawn, the kB that it loaded, and the names of these files."""
    shown.asked_for()
    shown.go(page, **query)
    seconds = shown.js("return performance.now()") / 1000
    return seconds, *loaded(shown)


def loaded(shown: Browser) -> tuple[float, set[str]]:
    """Return how many kB of which files were loaded since this was asked last."""
    files = {Path(unquote(urlparse(address).path)) for address in shown.asked_for() if address.startswith("file:")}
    return sum(file.stat().st_size for file in files) / 1000, {file.name for file in files}


def turned(shown: Browser) -> tuple[int, set[str]]:
    """Turn the pages of the samples until another file is loaded; return how often, and which files came."""
    button = "document.querySelector('[data-go=next]')"
    shown.until(f"return {button}")
    loaded(shown)
    for times in range(1, 30):
        shown.js(f"{button}.click()")
        time.sleep(0.3)
        if came := {name for name in loaded(shown)[1] if name.startswith("samples-")}:
            return times, came
    raise SystemExit("no page of the samples loaded another file")


def main() -> None:
    given = [int(text) for text in sys.argv[1:]]
    models, tasks, samples = given + [300, 60, 20_000][len(given) :]
    slow = []
    with tempfile.TemporaryDirectory() as place:
        where, large = site(Path(place), models, tasks, samples)
        with browser(where, Path(place) / "profile") as shown:
            shown.go("index.html")  # starts the browser's own parts
            table = max((where / "data/tables").glob("*.js"), key=lambda path: path.stat().st_size).stem
            pages = {
                "overview": ("index.html", {}),
                f"table of {models:,} models": ("index.html", {"task": table}),
                f"run of {samples:,} samples": ("run.html", {"run": large}),
            }
            for name, (page, query) in pages.items():
                seconds, kilobytes, files = opened(shown, page, **query)
                chunks = sum(file.startswith("samples-") for file in files)
                print(f"{name}: {seconds:.2f} s, {kilobytes:,.0f} kB, {chunks} files of samples")
                slow += [name] if seconds > LIMIT_S or kilobytes > LIMIT_KB or chunks > 1 else []
            times, came = turned(shown)
            print(f"the next file of samples ({', '.join(sorted(came))}) comes when the page is turned {times} times")
    if slow:
        raise SystemExit(f"over {LIMIT_S} s, {LIMIT_KB} kB or one file of samples: {', '.join(slow)}")


if __name__ == "__main__":
    main()
