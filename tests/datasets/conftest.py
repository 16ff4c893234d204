"""A corpus of a few files and its dataset file, written by a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpora import Builder, builder


@pytest.fixture
def corpus(tmp_path: Path) -> Builder:
    return builder(tmp_path / "root")
