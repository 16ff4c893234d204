"""Frames stand in for a video only where the task allows it and the model takes pictures; what was sent is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectbench.catalogue import Catalogue
from affectbench.cli.show import sent
from affectbench.fitting import stood_in_for
from affectbench.specs.model import ModelSpec
from affectbench.task import Task, bind
from affectbench.types import Facts
from tests.flow.flows import affectbench, arguments, colours
from tests.stub_server import StubServer


def clips(plugin: Path, more: str = "") -> Path:
    path = plugin / "tasks/own/colours.yaml"
    path.write_text(path.read_text().replace("kind: image", "kind: video") + more)
    return plugin


@pytest.mark.parametrize(
    ("more", "accepts", "stands"),
    [
        ("", ("image",), set()),
        ("media: {face: {frames: 8}}\n", ("image",), {"video"}),
        ("media: {face: {frames: 8}}\n", ("audio",), set()),
        ("media: {face: {box: whole}}\n", ("image",), set()),
    ],
)
def test_only_where_the_task_allows_it(more: str, accepts: tuple[str, ...], stands: set[str], tmp_path: Path) -> None:
    task: Task = bind(Catalogue([clips(colours(tmp_path / "plugin"), more)]), "colours")
    card = ModelSpec.model_validate({"backend": "openai", "id": "m", "accepts": accepts})
    assert stood_in_for(task, card) == stands


def test_the_refusal_says_how_it_could_be_allowed(tmp_path: Path) -> None:
    plugin = clips(colours(tmp_path / "plugin"))
    with StubServer() as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs"))
        assert server.count["requests"] == 0
    assert done.code == 2 and "does not accept video" in done.err and "{frames: 8}" in done.err


def test_what_each_medium_became_is_shown() -> None:
    clip = Facts(name="clip", kind="video", source="a.mp4", frames=3, times_s=(0.5, 1.5, 2.5), digest="sha256:1")
    assert "3 frames at 0.5, 1.5, 2.5 s" in sent(clip)
    sound = Facts(name="voice", kind="audio", source="a.wav", seconds=2.25, rate=16000, channels=1, digest="sha256:2")
    assert "2.25 s at 16,000 Hz" in sent(sound)
