"""The site and the browser that tests of pages share: made once for all tests and workers."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.board import browsing, example


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
