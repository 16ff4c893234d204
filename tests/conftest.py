"""What every test may use. Nothing here reaches the network; caches and runs live in each test's own folder."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

# Tests run beside each other: where each of them computes on all cores, they mostly wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a cache of its own; the demo's faces and clips alone are drawn once for all tests and workers."""
    base = tmp_path_factory.getbasetemp()
    drawn = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "demo-drawn"
    drawn.mkdir(exist_ok=True)
    cache = tmp_path_factory.mktemp("cache")
    (cache / "demo").symlink_to(drawn)
    monkeypatch.setenv("AFFECTBENCH_CACHE", str(cache))
    monkeypatch.setenv("XDG_DATA_HOME", str(cache / "data"))
    for name in ("AFFECTBENCH_DATA", "AFFECTBENCH_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real annotation files; a test that needs it skips where it is absent."""
    folder = Path(os.environ.get("AFFECTBENCH_SHARED", CHECKOUT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the real annotation files (AFFECTBENCH_SHARED) are not here")
    return folder


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no run wait between the tries of a call, of which there are two."""
    from affectbench import asking, pipeline

    real = pipeline._asking

    def quick(*given: Any) -> asking.Asking:
        found = real(*given)
        return dataclasses.replace(found, retry=dataclasses.replace(found.retry, tries=2, first_s=0.001))

    monkeypatch.setattr(pipeline, "_asking", quick)
