"""What README shows must work as it is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from affectbench.catalogue import Catalogue
from affectbench.cli import cli
from affectbench.task import bind
from tests.conftest import CHECKOUT

PAGES = ("README.md", "CONTRIBUTING.md", "docs/board.md", "docs/datasets.md", "docs/media.md")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (CHECKOUT / page).read_text(encoding="utf-8"), re.S)


def test_the_task_file_binds(tmp_path: Path) -> None:
    (text,) = (block for block in blocks("README.md", "yaml") if "my-plugin/tasks" in block)
    path = tmp_path / "tasks/fer/my-faces.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert bind(Catalogue([tmp_path]), "my-faces").form == "choice"


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("README.md", "python")
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert len(names["frame"]) > 10  # type: ignore[arg-type]


def commands() -> list[str]:
    lines = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]
    found = [part.split(" # ")[0].strip() for line in lines for part in line.split("&&")]
    return [line for line in found if line.startswith("affectbench ") and "…" not in line]


@pytest.mark.parametrize("line", commands())
def test_the_commands_and_options_exist(line: str) -> None:
    _, *words = shlex.split(line)
    context = click.Context(cli)
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert ((CHECKOUT / page).parent / target).exists(), target
