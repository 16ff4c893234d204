"""What tests of whole runs share: the official files of MER-UniBench's wheels, added as a user would."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

import pytest

from affectbench.paths import asset_folder
from tests import wheels
from tests.flow.flows import affectbench


@pytest.fixture
def official(shared: Path) -> None:
    """Both versions of the official files, added as a user would."""
    added = _added(shared)
    folder = asset_folder() / "mer-unibench-wheels"
    folder.mkdir(parents=True)
    for name, text in added.items():
        (folder / name).write_bytes(text)


@functools.cache
def _added(shared: Path) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        for version, place in wheels.FOLDERS.items():
            only = () if version == "v2025" else ("format.csv",)
            wheels.write(Path(name) / place, wheels.facts(shared), version, only)
        done = affectbench("assets", "add", "mer-unibench-wheels", name, "--json")
    paths = [Path(one["path"]) for one in done.json["added"]]
    kept = {path.name: path.read_bytes() for path in paths}
    shutil.rmtree(asset_folder())
    return kept
