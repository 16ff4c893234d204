"""The library that draws charts takes seconds to bundle: tests that look at data alone have a line in its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

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
