"""A changed word in a prompt changes scores: it must show as a diff of a file in tests/golden."""

from __future__ import annotations

import pytest

from affectbench.catalogue import Catalogue
from tests import golden

KNOWN = Catalogue()


@pytest.mark.parametrize("name", KNOWN.ids("task"))
def test_the_prompt_is_as_frozen(name: str) -> None:
    frozen = (golden.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert golden.rendered(KNOWN, name) == frozen, (
        "if this is meant: python -m tests.golden, and bump the task's version"
    )


@pytest.mark.parametrize("name", KNOWN.ids("rubric"))
def test_the_rubric_is_as_frozen(name: str) -> None:
    frozen = (golden.JUDGES / f"{name}.txt").read_text(encoding="utf-8")
    assert golden.rubric(KNOWN, name) == frozen, "if this is meant: python -m tests.golden"


def test_no_frozen_prompt_is_left_over() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.txt")} == set(KNOWN.ids("task"))
    assert {path.stem for path in golden.JUDGES.glob("*.txt")} == set(KNOWN.ids("rubric"))
