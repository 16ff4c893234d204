"""The wheel holds every tracked file of the package, the tasks, the prompts and the leaderboard, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

pytest.importorskip("hatchling", reason="the extra test is not installed")


def tracked(*folders: str) -> set[str]:
    done = subprocess.run(["git", "ls-files", *folders], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout: nothing to compare the wheel with")
    return {name for name in done.stdout.splitlines() if (CHECKOUT / name).exists()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_is_what_git_has(wheel: Path) -> None:
    package = tracked("affectbench")
    data = {f"affectbench/_data/{name}" for name in tracked("tasks", "prompts", "leaderboard")}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == package | data


def test_the_wheel_finds_its_tasks_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import affectbench, affectbench.cli as c; print(affectbench.__file__); c.cli(['tasks', 'list'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(tmp_path) in done.stdout.splitlines()[0]
    assert "raf-db-compound" in done.stdout
    assert "demo-expression" in done.stdout
