"""A plug-in with an inline dataset, a real photograph, and the real transformers path with a tiny model."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.flow.flows import affectbench

pytest.importorskip("transformers", reason="the extra hf is not installed")

TASK = """\
title: The expression of an astronaut
dataset:
  title: One photograph
  access: {kind: open, licence: public domain, send: any, publish: {media: true, labels: true, text: true}}
  splits: {test: 1}
  read:
    rows: {filenames: {files: "{name}.png"}}
    id: "{{ name }}"
    split: test
    media: {photo: {kind: image, path: "{{ path }}"}}
    targets: {expression: {labels: ekman-6, label: happiness}}
settings: {max_tokens: 8}
metrics: [accuracy, confusion]
protocol: photo/accuracy
"""


def test_a_tiny_model_answers_about_a_real_photograph(shared: Path, tmp_path: Path) -> None:
    from tests.tiny import idefics3

    plugin = tmp_path / "plugin/tasks/own"
    plugin.mkdir(parents=True)
    (plugin / "astronaut.yaml").write_text(TASK)
    data = tmp_path / "photos"
    data.mkdir()
    shutil.copy(shared / "data/photo/astronaut.png", data)
    model = idefics3(tmp_path / "tiny")
    bound = ["--plugin", tmp_path / "plugin", "--data", f"astronaut={data}", "--out", tmp_path / "runs"]
    done = affectbench("run", "-m", f"hf:{model}", "-t", "astronaut", *bound, "--json")
    assert done.code == 0
    (run,) = done.json["runs"]
    assert run["observed"] is True
    assert run["usage"]["prompt_tokens"] > 10
    assert str(tmp_path) not in json.dumps({k: v for k, v in run.items() if k != "path"})
    shown = affectbench("show", run["path"]).out
    digest = hashlib.sha256((data / "astronaut.png").read_bytes()).hexdigest()
    assert "512×512" in shown
    assert digest in shown
