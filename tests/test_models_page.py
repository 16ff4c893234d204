"""docs/models.md: its card is a card, its model runs, and it names every backend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from affectbench import backends
from affectbench.records import read_results
from affectbench.specs.base import read_text
from affectbench.specs.model import ModelsSpec
from tests.conftest import CHECKOUT

PAGE = (CHECKOUT / "docs/models.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return str(found)


def test_the_card_is_one() -> None:
    (card,) = read_text(block("yaml"), ModelsSpec, "mine").spec.models.values()
    assert card.settings.max_tokens == 512 and card.trained_on == ("raf-db", "ferplus")
    assert set(re.findall(r"^  (\w+):", block("yaml"), re.M)) >= {"accepts", "supports", "frames", "key_env", "price"}


def test_the_model_of_the_callers_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block("python"), "docs/models.md", "exec"), {})
    (folder,) = (path.parent for path in tmp_path.rglob("results.json"))
    results = read_results(folder)
    assert (results["model"], results["status"]["ok"], results["proof"]["state"]) == ("mine", 20, "not shown")


@pytest.mark.parametrize("name", backends.BACKENDS)
def test_every_backend_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE
