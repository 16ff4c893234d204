"""Learning goes on where it was interrupted, and two runs with one seed end with equal weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="the extra hf is not installed")

import torch
from click.testing import CliRunner

from affectbench.mini import learning, pictures, train
from affectbench.mini.learning import Plan, learn
from affectbench.mini.pictures import Corpus

PLAN = Plan(faces=30, films=4, seeing=5, speaking=5)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return pictures.unseen(3, (PLAN.faces, PLAN.films))


def weights(corpus: Corpus, folder: Path, stop: str = "") -> dict[str, Any]:
    folder.mkdir(exist_ok=True)

    def report(what: str, done: int, of: int) -> None:
        if stop and what.startswith(stop) and done == 3:
            raise KeyboardInterrupt

    model, _ = learn(corpus, PLAN, 5, folder, report)
    return dict(model.state_dict())


def test_an_interruption_changes_nothing(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "KEPT_EVERY", 2)
    torch.set_num_threads(1)
    whole = weights(corpus, tmp_path / "whole")
    for lesson in ("seeing", "speaking"):
        with pytest.raises(KeyboardInterrupt):
            weights(corpus, tmp_path / "torn", lesson)
    again = weights(corpus, tmp_path / "torn")
    assert all(torch.equal(again[name], value) for name, value in whole.items())


def test_another_seed_learns_otherwise(corpus: Corpus, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    first, second = (learn(corpus, Plan(30, 4, 1, 1), seed, _made(tmp_path / f"{seed}"), _quiet)[0] for seed in (1, 2))
    assert not torch.equal(
        first.model.connector.modality_projection.proj.weight, second.model.connector.modality_projection.proj.weight
    )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _quiet(what: str, done: int, of: int) -> None:
    """Say nothing."""


def test_what_is_drawn_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PIECE", 6)
    said: list[str] = []
    first = pictures.corpus(tmp_path, 1, (12, 3), lambda what, *_: said.append(what))
    assert len(first.faces) == 12 and len(first.films) == 3 and len(said) == 3
    again = pictures.corpus(tmp_path, 1, (12, 3), lambda what, *_: said.append(what))
    assert len(said) == 3
    for one, other in zip((*first.faces, *first.films), (*again.faces, *again.films), strict=True):
        assert one.face == other.face and (one.pictures == other.pictures).all()
    assert first.films[0].strength == again.films[0].strength and len(first.films[0].pictures) == pictures.SHOWN
    assert (first.faces[0].pictures == pictures._face(1, 0).pictures).all()


def test_the_command_makes_a_folder_that_answers(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    done = CliRunner().invoke(train.main, [str(tmp_path), "--share", "0.002"])
    torch.use_deterministic_algorithms(False)
    assert done.exit_code == 0, done.output
    assert "parameters" in done.stderr and (tmp_path / "model/model.safetensors").is_file()
    from affectbench.mini.network import load

    load(tmp_path / "model")


def test_the_command_explains_itself() -> None:
    done = CliRunner().invoke(train.main, ["--help"])
    assert "after an interruption" in done.output and "--seed" in done.output
