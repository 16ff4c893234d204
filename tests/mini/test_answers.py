"""`mini` says the same to the same question: in every batch, each time, and as it did when it was made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="the extra hf is not installed")

from affectbench import mini
from tests.mini.answers import FILE, answers


@pytest.mark.timeout(400)  # the clips may have to be drawn first
@pytest.mark.parametrize("batch_size", [1, 8, 32])
def test_answers_are_golden_in_batches_of_any_size(batch_size: int, tmp_path: Path) -> None:
    assert answers(batch_size, tmp_path) == json.loads(FILE.read_text())


def test_what_ships_is_small_and_whole() -> None:
    files = {file.name: file.stat().st_size for file in mini.FOLDER.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "processor_config.json"} <= set(files)
    assert sum(files.values()) <= 8_000_000
