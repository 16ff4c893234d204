"""Servers that fail: what can pass is asked again and changes nothing; a server that is gone is left alone in time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.flow.flows import Done, affectbench, arguments, colours
from tests.stub_server import Plan, StubServer

FAILED = ("429", "500", "503", "reset", "truncated", "garbage")


def process(*given: str | Path) -> Done:
    """Run the command line in a process of its own, as a user does."""
    command = [sys.executable, "-m", "affectbench", *map(str, given)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def stub(shared: Path, port: int, *more: str) -> Iterator[str]:
    """Start the stub that nobody here wrote; gives its base address."""
    command = [sys.executable, str(shared / "tools/stub_openai.py"), "--port", str(port), *more]
    reply = ["--reply", "anger|disgust|fear|happiness|sadness|surprise"]
    child = subprocess.Popen([*command, *reply], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None and "listening" in child.stdout.readline()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]


def stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url.replace("/v1", "/stats")) as answer:
        found: dict[str, int] = json.load(answer)
        return found


def sealed(run: dict[str, Any]) -> bytes:
    return (Path(run["path"]) / "results.json").read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_thousand_samples_through_faults(shared: Path, tmp_path: Path) -> None:
    plugin, port, results = colours(tmp_path / "plugin", 2000), free_port(), []
    for name, faults in (("calm", "0"), ("rough", "0.3")):
        with stub(shared, port, "--latency", "0.05", "--faults", faults) as url:
            done = process(*arguments(plugin, f"openai:m@{url}", tmp_path / name, "--no-cache", "--json"))
            assert done.code == 0, done.err
            counted = stats(url)
        (run,) = done.json["runs"]
        assert run["status"]["ok"] == 2000
        failures = sum(counted.get(kind, 0) for kind in FAILED)
        assert counted["requests"] == 2000 + 1 + failures  # one to see that the pictures are taken in
        assert counted["distinct"] == 2000 + 1
        assert (failures > 500) == (faults != "0")
        results.append(sealed(run))
    assert results[0] == results[1]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("gone", ["fails", "refuses", "fails, one at a time"])
def test_a_server_that_is_gone(shared: Path, tmp_path: Path, gone: str) -> None:
    plugin, port = colours(tmp_path / "plugin", 300), free_port()
    command = arguments(plugin, f"openai:m@http://127.0.0.1:{port}/v1", tmp_path / "runs", "--no-cache", "--json")
    command += ["--in-flight", "1"] if "one" in gone else []
    began = time.monotonic()
    if gone == "refuses":
        done = process(*command)
    else:
        with stub(shared, port, "--latency", "0.01", "--faults", "1", "--kinds", "500,503,reset"):
            done = process(*command)
    assert time.monotonic() - began < 120
    assert (done.code, done.json["runs"][0]["status"]["api_error"]) == (3, 300)
    with stub(shared, port, "--latency", "0.01") as url:
        again = process(*command)
        assert (again.code, again.json["runs"][0]["status"]["ok"]) == (0, 300)
        assert stats(url)["requests"] == 300 + 1
        assert process(*command).code == 0
        assert stats(url)["requests"] == 300 + 1


def test_only_what_failed_is_asked_again(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", 30)

    def picky(request: dict[str, Any]) -> dict[str, Any]:
        filtered = zlib.crc32(json.dumps(request).encode()) % 3 == 0
        return {"finish_reason": "content_filter"} if filtered else {"message": {"content": "fear"}}

    with StubServer(Plan(message=picky)) as server:
        url = server.url
        first = affectbench(*arguments(plugin, f"openai:m@{url}", tmp_path / "runs", "--no-cache", "--json"))
    status = first.json["runs"][0]["status"]
    assert first.code == 3 and status["api_error"] > 0 and status["ok"] + status["api_error"] == 30
    with StubServer(Plan(replies=("fear",)), port=int(url.rpartition(":")[2].removesuffix("/v1"))) as server:
        again = affectbench(*arguments(plugin, f"openai:m@{url}", tmp_path / "runs", "--no-cache", "--json"))
        assert again.code == 0 and again.json["runs"][0]["status"]["ok"] == 30
        assert status["api_error"] <= server.count["requests"] <= status["api_error"] + 1  # and a probe, if it was due


@pytest.mark.parametrize("kind", ["401", "404"])
def test_what_no_call_can_pass_stops_at_the_first(tmp_path: Path, kind: str) -> None:
    plugin = colours(tmp_path / "plugin", 40)
    with StubServer(Plan(always=kind)) as server:
        done = process(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs"))
        assert server.count["requests"] == 1
    (line,) = [line for line in done.err.splitlines() if line.startswith("affectbench: ")]
    assert done.code == 1 and ("name its environment variable as key_env" in line or "the address is wrong" in line)


CARD = "priced: {{backend: openai, id: m, base_url: '{url}', price: {{prompt: 1000, completion: 0}}}}\n"


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (("--max-cost", "0.2"), "the budget of a cost of 0.2 is reached"),
        (("--max-tokens", "200"), "the budget of 200 tokens is reached"),
        (("--max-seconds", "0.4"), "the budget of 0.4 s is reached"),
    ],
)
def test_a_budget(tmp_path: Path, budget: tuple[str, str], said: str) -> None:
    """The run stops in time, with nothing asked in vain: the same command asks the rest and nothing else."""
    plugin = colours(tmp_path / "plugin", 40)
    (plugin / "models").mkdir()
    tokens = Plan(latency_s=0.05, replies=("fear",), usage=lambda r: {
        "prompt_tokens": 10 if "image_url" in json.dumps(r) else 4, "completion_tokens": 0,
    })  # fmt: skip
    with StubServer(tokens) as server:
        (plugin / "models/own.yaml").write_text(CARD.format(url=server.url))
        command = arguments(plugin, "priced", tmp_path / "runs", "--no-cache", "--json", "--in-flight", "4")
        stopped = affectbench(*command, *budget)
        assert stopped.code == 4 and said in stopped.err
        asked = server.count["requests"]
        assert 1 < asked < 40 and (budget[0] == "--max-seconds" or asked <= 4 + 20)
        whole = affectbench(*command)
        assert whole.code == 0 and whole.json["runs"][0]["status"]["ok"] == 40
        assert server.count["requests"] == 40 + 1


def test_a_budget_that_cannot_be_kept(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", 6)
    with StubServer(Plan(usage=lambda _: {})) as server:
        command = arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--no-cache")
        unpriced = affectbench(*command, "--max-cost", "1")
        assert (unpriced.code, server.count["requests"]) == (2, 0) and "without a `price`" in unpriced.err
        untold = affectbench(*command, "--max-tokens", "1000")
        assert untold.code == 2 and "do not say how many tokens" in untold.err
        assert server.count["requests"] <= 6
