"""docs/media.md says what the code does: its tables, its numbers, its task and its commands."""

from __future__ import annotations

import ast
import re
from typing import get_args

import pytest

from affectbench import views
from affectbench.media import aside, shaping
from affectbench.media.decoders import ASKED, DECODERS, DEFAULT
from affectbench.media.perturb import PERTURBATIONS
from affectbench.specs.task import MOST_FRAMES, MediaUse
from affectbench.specs.yaml_text import parse
from tests.conftest import CHECKOUT

PAGE = (CHECKOUT / "docs/media.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


def test_the_table_of_perturbations_is_that_of_the_code() -> None:
    written = [[words(name)[0], *rest] for name, *rest in rows("Made worse")]
    assert written == [
        [name, change.kind, change.does, *(f"{amount:g}" for amount in change.severities)]
        for name, change in PERTURBATIONS.items()
    ]


def kinds() -> set[str]:
    """Return every kind of MediaError that the package raises, from its source."""
    found = set()
    for path in (CHECKOUT / "affectbench").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [getattr(node.func, "id", "")] if isinstance(node, ast.Call) else []
            if names == ["MediaError"]:
                found |= _texts(node.args[0])
            elif names == ["_error"] and path.name == "image.py":
                found |= _texts(node.args[1])
            elif (
                isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "kind"
                and path.parent.name in ("media", "decoders")
            ):
                found |= _texts(node.value)
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "fault":
                found |= _texts(node.value.elts[0]) if isinstance(node.value, ast.Tuple) else {"crashed"}
    return found


def _texts(node: ast.expr) -> set[str]:
    """Return the texts that an expression may be."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_kind_of_error_is_told_and_no_other() -> None:
    told = [kind for cell, _ in rows("What goes wrong") for kind in words(cell)]
    assert len(told) == len(set(told))
    assert set(told) == kinds()


def test_the_decoders_are_told() -> None:
    assert [words(cell)[0] for cell, _ in rows("Decoders")] == list(DECODERS)
    assert f"`{DEFAULT}` (the default)" in PAGE
    assert f"`{ASKED}`" in PAGE


def test_each_way_to_choose_frames_is_one() -> None:
    written = [form for cell, _ in rows("Frames") for form in words(cell)]
    chosen = [MediaUse.model_validate(parse(f"frames: {form}", "page")[0]).view().frames for form in written]
    assert {frames.policy for frames in chosen if frames} == set(get_args(views.Policy))


NUMBERS = (
    *(f"else it is {views.FRAMES}.", f"`size` pixels ({views.SIDE})", f"`max` ({MOST_FRAMES:,} if left out)"),
    *(f"quality {shaping.QUALITY}", f"{shaping.MOST_PIXELS:,} pixels a frame"),
    *(f"at {views.RATE:,} Hz", f"`seconds` ({views.SECONDS:g})"),
    *(f"longer than {aside.DEADLINE_S:g} s", f"more than {aside.MEMORY // 1_000_000} MB"),
)


@pytest.mark.parametrize("said", NUMBERS)
def test_numbers_are_those_of_the_code(said: str) -> None:
    assert said in " ".join(PAGE.split())
