"""What a run leaves in the cache: good greedy replies by model, request and settings, and nothing else."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.flow.flows import Done, affectbench, arguments, colours
from tests.stub_server import Plan, StubServer

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return colours(tmp_path / "plugin")


def kept() -> int:
    path = Path(os.environ["AFFECTBENCH_CACHE"]) / "responses.sqlite"
    if not path.exists():
        return 0
    file = sqlite3.connect(path)
    (count,) = file.execute("SELECT count(*) FROM responses").fetchone()
    file.close()
    return int(count)


def run(plugin: Path, server: StubServer, *more: str) -> Done:
    out = plugin.parent / "runs"
    return affectbench(*arguments(plugin, f"openai:m@{server.url}", out, "--json", "--fresh", *more))


def test_the_same_request_is_asked_once(plugin: Path) -> None:
    with StubServer() as server:
        first, again = run(plugin, server), run(plugin, server)
        assert server.count["requests"] == kept() == 13  # twelve samples and the probe
    assert first.json["runs"][0]["scores"] == again.json["runs"][0]["scores"]


def test_no_cache_leaves_it_alone(plugin: Path) -> None:
    with StubServer() as server:
        run(plugin, server, "--no-cache")
        assert kept() == 0
        run(plugin, server)
        run(plugin, server, "--no-cache")
        assert server.count["requests"] == 3 * 13 and kept() == 13


@pytest.mark.parametrize("fault", ["400", "500", "filter", "garbage"])
def test_errors_never_enter(plugin: Path, fault: str) -> None:
    with StubServer(Plan(always=fault)) as server:
        done = run(plugin, server)
    assert done.json["runs"][0]["status"]["api_error"] == 12 and kept() == 0


def test_only_the_good_replies_of_a_mixed_run_enter(plugin: Path) -> None:
    with StubServer(Plan(faults=0.4, kinds=("400",), seed=3)) as server:
        done = run(plugin, server)
        good = server.count["ok"]
    status = done.json["runs"][0]["status"]
    assert 0 < status["api_error"] < 12
    assert kept() == good


def test_a_reply_that_a_filter_stopped_never_enters(plugin: Path) -> None:
    plan = Plan(message=lambda _: {"message": {"content": "fe"}, "finish_reason": "content_filter"})
    with StubServer(plan) as server:
        done = run(plugin, server)
    assert done.json["runs"][0]["status"]["api_error"] == 12 and kept() == 0


def test_a_sampled_reply_never_enters(plugin: Path) -> None:
    task = plugin / "tasks/own/colours.yaml"
    task.write_text(task.read_text() + "settings: {temperature: 0.7}\n")
    with StubServer() as server:
        run(plugin, server)
        run(plugin, server)
        assert server.count["requests"] == 26 and kept() == 0


@pytest.mark.parametrize(
    "change",
    ["settings: {max_tokens: 7}\n", "settings: {seed: 3}\n", "settings: {stop: [x]}\n", "prompt: choice/plain\n"],
)
def test_what_changes_the_request_is_asked_anew(plugin: Path, change: str) -> None:
    task = plugin / "tasks/own/colours.yaml"
    plain = task.read_text()
    task.write_text(plain + "prompt: choice/expression\n")
    with StubServer() as server:
        run(plugin, server)
        task.write_text(plain + (change if "prompt" in change else f"prompt: choice/expression\n{change}"))
        run(plugin, server)
        assert server.count["requests"] == 26


def test_another_server_and_another_revision_are_other_models(plugin: Path) -> None:
    with StubServer() as one, StubServer() as other:
        run(plugin, one)
        run(plugin, other)
        assert (one.count["requests"], other.count["requests"]) == (13, 13)
        out = plugin.parent / "runs"
        affectbench(*arguments(plugin, f"openai:m@v2@{one.url}", out))
        assert one.count["requests"] == 26


def test_another_picture_under_the_same_name_is_asked_anew(plugin: Path) -> None:
    with StubServer() as server:
        run(plugin, server)
        (plugin / "data/s0003.png").write_bytes((plugin / "data/s0004.png").read_bytes())
        run(plugin, server)
        assert server.count["requests"] == 13  # the very picture and question of another sample
        (plugin / "data/s0003.png").write_bytes((plugin / "data/s0004.png").read_bytes() + b"more")
        run(plugin, server)
        assert server.count["requests"] == 14
