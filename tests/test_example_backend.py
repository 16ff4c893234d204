"""The package of docs/example-backend: built, installed elsewhere, run by its name, by its backend, as an object."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import affectbench as ab
from affectbench.specs.model import ModelSpec
from tests.conftest import CHECKOUT

EXAMPLE = CHECKOUT / "docs/example-backend"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as pip would install it, in a folder of its own."""
    pytest.importorskip("hatchling", reason="the extra test is not installed")
    folder = tmp_path_factory.mktemp("example")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=EXAMPLE, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def affectbench(site: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(CHECKOUT)])}
    command = [sys.executable, "-m", "affectbench", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_an_installed_package_brings_a_backend_and_a_card(site: Path, tmp_path: Path) -> None:
    listed = affectbench(site, "models", "list", "brightness").stdout
    assert "brightness  brightness  image" in listed
    assert "backends baseline, brightness, hf" in listed
    done = affectbench(
        site, "run", "-m", "brightness", "-t", "demo-expression", "--limit", "8", "--json", "--out", tmp_path
    )
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert run["status"]["ok"] == 8
    assert run["proof"]["state"] == "shown"
    assert run["proof"]["with_media"] > run["proof"]["without"]["image"] + 96 * 96


def test_it_refuses_what_it_cannot_do_before_anything_is_asked(site: Path, tmp_path: Path) -> None:
    done = affectbench(
        site, "run", "-m", "brightness:mean", "-t", "demo-au", "--limit", "2", "--out", tmp_path / "runs"
    )
    assert (done.returncode, "chooses from a list" in done.stderr) == (2, True)
    assert not (tmp_path / "runs").exists()


def test_the_same_as_an_object(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("brightness", EXAMPLE / "affectbench_brightness/__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.Brightness(ModelSpec(name="mine", backend="own", id="mean"))
    run = ab.run("demo-expression", model, limit=8, out=tmp_path)
    assert run.results["status"]["ok"] == 8 and run.results["model"] == "mine"
    assert run.results["proof"]["state"] == "shown"
