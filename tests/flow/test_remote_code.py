"""A model's own code runs only where its entry asks for it and the user says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import tiny
from tests.flow.flows import affectbench, arguments, colours

pytest.importorskip("transformers", reason="the extra hf is not installed")

OWN = """\
from pathlib import Path
from transformers import Idefics3Config, Idefics3ForConditionalGeneration

Path({mark!r}).touch()


class OwnConfig(Idefics3Config):
    model_type = "own"


class Own(Idefics3ForConditionalGeneration):
    config_class = OwnConfig
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A plug-in with a task, and a model that comes with code, which leaves a mark where it runs."""
    model = tiny.idefics3(tmp_path / "own")
    (model / "own.py").write_text(OWN.format(mark=str(tmp_path / "ran")))
    config = json.loads((model / "config.json").read_text())
    code = {"AutoConfig": "own.OwnConfig", "AutoModelForImageTextToText": "own.Own"}
    (model / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": code}))
    made = colours(tmp_path / "plugin", n=3)
    (made / "models").mkdir()
    entry = {"backend": "hf", "id": str(model)}
    cards = {"own": {**entry, "engine": {"trust_remote_code": True}}, "silent": entry}
    (made / "models/own.yaml").write_text(json.dumps(cards))
    return made


def run(plugin: Path, tmp_path: Path, model: str, *more: str) -> tuple[int, str, bool]:
    """Run the task; return the exit code, what was said, and whether the model's code ran."""
    done = affectbench(*arguments(plugin, model, tmp_path / "runs", "--json", *more))
    return done.code, done.err, (tmp_path / "ran").exists()


def test_nothing_runs_before_the_user_says_so(plugin: Path, tmp_path: Path) -> None:
    code, said, ran = run(plugin, tmp_path, "own")
    assert (code, ran) == (2, False)
    assert "--trust-remote-code own" in said
    checked = affectbench("models", "check", "own", "--plugin", plugin)
    assert (checked.code, (tmp_path / "ran").exists()) == (2, False)


def test_the_users_word_alone_is_not_enough(plugin: Path, tmp_path: Path) -> None:
    code, said, ran = run(plugin, tmp_path, "silent", "--trust-remote-code", "silent")
    assert code != 0 and not ran
    assert "silent" in said


def test_with_both_it_runs_and_answers(plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    code, said, ran = run(plugin, tmp_path, "own", "--trust-remote-code", "own")
    assert (code, ran) == (0, True), said
