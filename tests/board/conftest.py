"""What tests of the board share: small runs, a whole site, and a browser that shows it.

The library that draws charts takes seconds to bundle: tests that look at data alone have a line in its place.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.board import browsing, example
from tests.board.boards import replayed, right, wrong
from tests.flow.flows import colours


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a plug-in with the task `colours`, and a folder with three runs of it; neither may be changed."""
    base = tmp_path_factory.mktemp("board")
    plugin, runs = colours(base / "plugin"), base / "runs"
    replayed(plugin, runs, "good", right)
    replayed(plugin, runs, "poor", wrong)
    replayed(plugin, runs, "fair", lambda i: right(i) if i % 2 else "I cannot tell what people feel.")
    return plugin, runs


@pytest.fixture
def plugin(made: tuple[Path, Path]) -> Path:
    return made[0]


@pytest.fixture
def runs(made: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the runs that a test may change."""
    return Path(shutil.copytree(made[1], tmp_path / "runs"))


@pytest.fixture
def no_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    vl_convert = pytest.importorskip("vl_convert", reason="the extra board is not installed")
    pytest.importorskip("pyarrow", reason="the extra board is not installed")
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda snippet: f"/* charts */ {snippet}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example site, built by the command line; a second worker waits until the first has made it."""
    pytest.importorskip("vl_convert", reason="vl-convert-python is not here (extra board)")
    pytest.importorskip("pyarrow", reason="pyarrow is not here (extra board)")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "board-example"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made/site/board.json").is_file():
            patch.setenv("AFFECTBENCH_CACHE", str(folder / "cache"))
            (folder / "made").mkdir()
            example.make(folder / "made")
    return folder / "made/site"


@pytest.fixture(scope="session")
def chromium(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[browsing.Browser]:
    with browsing.browser(site, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def browser(chromium: browsing.Browser) -> Iterator[browsing.Browser]:
    """The browser at a desktop's size in light colours; each test ends without a complaint in the console."""
    chromium.size(1280)
    chromium.system_theme("light")
    chromium.complaints()
    chromium.asked_for()
    yield chromium
    assert chromium.complaints() == []
