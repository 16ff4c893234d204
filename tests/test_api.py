"""From Python, as in a notebook: an event loop runs already, and options are mistyped."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

import affectbench as ab
from affectbench import api
from affectbench.errors import UsageError


def test_a_run_inside_a_running_loop_is_the_same_run(tmp_path: Path) -> None:
    async def cell(folder: str) -> Any:
        return ab.run("demo-expression", "baseline:prior", limit=7, out=tmp_path / folder)

    plain = ab.run("demo-expression", "baseline:prior", limit=7, out=tmp_path / "plain")
    assert asyncio.run(cell("notebook")).results == plain.results


def test_an_interrupt_inside_a_running_loop_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("closed")

    def interrupted(self: Future[Any], timeout: float | None = None) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    async def cell() -> None:
        monkeypatch.setattr(Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            api._to_end(work())

    asyncio.run(cell())
    assert ends == ["closed"]


def test_an_option_that_is_mistyped_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"run\(\) has no option 'lmit'; did you mean 'limit'"):
        ab.run("demo-expression", "baseline:prior", lmit=7, out=tmp_path)
    with pytest.raises(TypeError, match=r"load_samples\(\) has no option 'lmit'; did you mean 'limit'"):
        ab.load_samples("demo-expression", lmit=7)


def test_one_plugin_need_not_be_a_list(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    assert len(ab.load_samples("demo-expression", plugins=str(tmp_path), limit=3)) == 3


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        ab.load_runs(tmp_path / "none")
    assert ab.load_runs(tmp_path).empty
