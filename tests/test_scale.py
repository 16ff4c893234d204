"""A Ray cluster of two nodes on this machine: the same run, whoever dies on the way."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tests import deadly, tiny
from tests.conftest import CHECKOUT
from tests.flow.flows import affectbench, arguments, colours, lines
from tests.stub_server import Plan, StubServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"),
]

NODES = """
import sys
from ray.cluster_utils import Cluster
small = {"num_cpus": 2, "object_store_memory": 100 << 20}
cluster = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False, "temp_dir": sys.argv[1]})
cluster.add_node(**small)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
KEY = "sk-planted-0123456789abcdef"


@dataclass(frozen=True)
class Nodes:
    """A cluster: its address, its logs, and the environment in which it and its drivers run."""

    address: str
    logs: Path
    environment: dict[str, str]

    def replicas(self) -> list[psutil.Process]:
        """Return the processes of our actors, of this cluster alone."""
        own = f"--gcs-address={self.address}"
        nodes = [p for p in psutil.process_iter(["name", "cmdline"]) if p.info["name"] == "raylet"]
        workers = [
            w for node in nodes if own in " ".join(node.info["cmdline"]).replace("_", "-") for w in node.children()
        ]
        return [worker for worker in workers if _title(worker).startswith("ray::Replica")]


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    path = [str(CHECKOUT), str(deadly.install(tmp_path_factory.mktemp("installed"))), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "RAY_USAGE_STATS_ENABLED": "0"}
    environment.pop("OPENAI_API_KEY", None)
    with tempfile.TemporaryDirectory(
        prefix="ab", dir="/tmp", ignore_cleanup_errors=True
    ) as logs:  # sockets: short paths
        command = [sys.executable, "-c", NODES, logs]
        quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=environment, text=True, **quiet) as head:  # type: ignore[call-overload]
            yield Nodes(head.stdout.readline().strip(), Path(logs), environment)
            head.stdin.close()
            head.wait(60)


class Started:
    """A run on the cluster, in a process of its own."""

    def __init__(self, nodes: Nodes, command: Sequence[str | Path], **more: str) -> None:
        ray = ["--executor", "ray", "--ray-address", nodes.address, "--replicas", "2"]
        self.nodes = nodes
        self.process = subprocess.Popen(
            [sys.executable, "-m", "affectbench", *map(str, command), *ray],
            env={**nodes.environment, **{k: os.environ[k] for k in ("AFFECTBENCH_CACHE", "XDG_DATA_HOME")}, **more},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err

    def finished(self) -> Path:
        code, out, err = self.end()
        assert code == 0, err
        return Path(json.loads(out)["runs"][0]["path"])


def same(one: Path, other: Path) -> None:
    for name in ("results.json", "gold.jsonl"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert lines(one) == lines(other)


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def card(plugin: Path, **engine: Any) -> str:
    """Write a card of the backend that dies into the plug-in; return its name."""
    (plugin / "models").mkdir(exist_ok=True)
    known = {"log": str(plugin / "log"), **engine}
    (plugin / "models/deadly.yaml").write_text(
        yaml.safe_dump({"deadly-one": {"backend": "deadly", "id": "one", "trusted": True, "engine": known}})
    )
    return "deadly-one"


def noted(plugin: Path) -> list[tuple[str, str]]:
    rows = (line.split(maxsplit=1) for line in (plugin / "log").read_text().splitlines())
    return [(pid, what) for pid, what in rows]


def test_two_workers_killed_mid_run_change_nothing(nodes: Nodes, tmp_path: Path) -> None:
    samples = 160
    plugin = colours(tmp_path / "plugin", n=samples)
    with StubServer(Plan(latency_s=0.4)) as server:
        model = f"openai:m@{server.url}"
        options = ("--no-cache", "--in-flight", "8", "--json")
        whole = affectbench(*arguments(plugin, model, tmp_path / "local", *options)).json["runs"][0]["path"]
        before = server.count["requests"]
        started = Started(nodes, arguments(plugin, model, tmp_path / "ray", *options))
        killed: set[int] = set()
        for share, count in ((0.2, 1), (0.5, 2)):
            until(lambda share=share: server.count["requests"] - before > share * samples)
            victims = nodes.replicas()
            assert len(victims) == 2
            for victim in victims[:count]:
                victim.send_signal(signal.SIGKILL)
                killed.add(victim.pid)
            until(lambda: len({worker.pid for worker in nodes.replicas()} - killed) == 2)
        folder = started.finished()
        asked = server.count["requests"] - before
    assert len(killed) == 3
    ids = Counter(row["id"] for row in lines(folder))
    assert len(ids) == samples
    assert set(ids.values()) == {1}
    same(Path(whole), folder)
    assert samples < asked <= samples + 1 + 3 * 8  # the probe, and what the three were being asked


def test_a_local_model_answers_the_same_on_two_nodes(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=24)
    model = f"hf:{tiny.idefics3(tmp_path / 'tiny')}"
    options = ("--no-cache", "--json", "--max-bad", "1")
    whole = affectbench(*arguments(plugin, model, tmp_path / "local", *options)).json["runs"][0]["path"]
    same(Path(whole), Started(nodes, arguments(plugin, model, tmp_path / "ray", *options)).finished())


NOTEBOOK = """
import asyncio, sys
import affectbench
from affectbench.cluster import Cluster

address, plugin, out = sys.argv[1:]
bound = {"plugins": plugin, "data": {"colours": f"{plugin}/data"}}


async def cell():
    cluster = Cluster(address=address, replicas=2)
    for model in ("baseline:prior", "baseline:chance", "baseline:prior"):
        print(affectbench.run("colours", model, out=f"{out}/ray", fresh=True, cluster=cluster, **bound).folder)


asyncio.run(cell())
"""


def test_from_a_notebook(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=40)
    command = [sys.executable, "-c", NOTEBOOK, nodes.address, str(plugin), str(tmp_path)]
    done = subprocess.run(command, env=nodes.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for model, folder in zip(("prior", "chance"), done.stdout.split(), strict=False):
        local = affectbench(*arguments(plugin, f"baseline:{model}", tmp_path / "local", "--json"))
        same(Path(local.json["runs"][0]["path"]), Path(folder))


def test_a_sample_that_kills_its_worker_fails_alone(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=60)
    model = card(plugin, kills=["s0020", "s0041"], breaks=["s0007"])
    started = Started(nodes, arguments(plugin, model, tmp_path / "ray", "--no-cache", "--json", "--max-bad", "1"))
    rows = {row["id"]: row for row in lines(started.finished())}
    assert len(rows) == 60
    bad = {name: row["error"] for name, row in rows.items() if row["status"] != "ok"}
    assert sorted(bad) == ["s0007", "s0020", "s0041"]
    assert bad["s0007"] == {"stage": "media", "kind": "truncated", "message": "the picture ends before its end"}
    assert (bad["s0020"]["kind"], bad["s0041"]["kind"]) == ("worker", "worker")
    asked = Counter(what for _, what in noted(plugin))
    assert (asked["s0020"], asked["s0041"]) == (3, 3)


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ({"loading": "fatal"}, "affectbench: there are no such weights"),
        ({"loading": "dies"}, "deadly-one: 3 processes died while they loaded the model"),
        ({"stops": ["s0005"]}, "affectbench: the key was revoked"),
    ],
)
def test_what_no_call_can_pass_stops_the_run_in_one_line(
    nodes: Nodes, tmp_path: Path, engine: dict[str, Any], said: str
) -> None:
    plugin = colours(tmp_path / "plugin")
    code, out, err = Started(nodes, arguments(plugin, card(plugin, **engine), tmp_path / "ray", "--json")).end()
    assert code == 1
    assert said in err
    assert "Traceback" not in err
    assert out == ""
    until(lambda: not nodes.replicas())


def test_the_tasks_of_one_command_share_the_replicas(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=20)
    task = plugin / "tasks/own/colours.yaml"
    (plugin / "tasks/own/shades.yaml").write_text(task.read_text())
    command = arguments(plugin, card(plugin), tmp_path / "ray", "--json", "-t", "shades")
    started = Started(nodes, [*command, "--data", f"shades={plugin / 'data'}"])
    code, out, err = started.end()
    assert code == 0, err
    assert [run["status"]["ok"] for run in json.loads(out)["runs"]] == [20, 20]
    events = noted(plugin)
    assert len({pid for pid, _ in events}) == 2
    assert Counter(what for _, what in events if what in ("load", "leave")) == {"load": 4, "leave": 4}
    until(lambda: not nodes.replicas())


def test_too_few_machines_are_told_at_once(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    command = arguments(plugin, "baseline:prior", tmp_path / "ray", "--cpus", "1.5")
    code, _, err = Started(nodes, [*command, "--gpus", "1"]).end()
    assert code == 2
    assert "2 replicas of 1.5 CPUs and 1 GPUs do not fit: the cluster has 4 CPUs and 0 GPUs on 2 machines" in err
    assert not (tmp_path / "ray").exists()


def test_room_that_others_hold_is_told(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=200)
    slow = card(plugin, seconds=1)
    first = Started(nodes, arguments(plugin, slow, tmp_path / "one", "--cpus", "1.5", "--in-flight", "1"))
    until(lambda: (plugin / "log").exists() and len(noted(plugin)) > 3)
    code, _, err = Started(nodes, arguments(plugin, "baseline:prior", tmp_path / "two")).end()
    first.process.send_signal(signal.SIGINT)
    assert first.end()[0] == 130
    assert code == 2
    assert "2 replicas of 1 CPUs and 0 GPUs do not fit now: 1 CPUs and 0 GPUs of the cluster are free" in err


def test_the_key_reaches_the_model_and_no_file(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    card(plugin)
    path = plugin / "models/deadly.yaml"
    cards = yaml.safe_load(path.read_text())
    cards["deadly-one"] |= {"key_env": "DEADLY_KEY"}
    path.write_text(yaml.safe_dump(cards))
    started = Started(nodes, arguments(plugin, "deadly-one", tmp_path / "ray", "--json"), DEADLY_KEY=KEY)
    code, out, err = started.end()
    assert (code, json.loads(out)["runs"][0]["status"]["ok"]) == (0, 12), err
    assert KEY not in out + err
    for place in (nodes.logs, tmp_path, Path(os.environ["AFFECTBENCH_CACHE"])):
        files = [file for file in place.rglob("*") if file.is_file() and not file.is_symlink()]
        assert files
        assert not [file for file in files if KEY.encode() in file.read_bytes()]


def test_interrupted_it_ends_its_actors_and_goes_on_without_ray(nodes: Nodes, tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=60)
    with StubServer(Plan(latency_s=0.3)) as server:
        command = arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--no-cache", "--in-flight", "2")
        started = Started(nodes, command)
        until(lambda: server.count["requests"] > 10)
        started.process.send_signal(signal.SIGINT)
        code, _, err = started.end()
        assert code == 130
        assert "the same command goes on" in err
        assert "Traceback" not in err
        until(lambda: not nodes.replicas())
        folder = next((tmp_path / "runs").rglob("manifest.json")).parent
        done = len(lines(folder))
        assert 0 < done < 60
        before = server.count["requests"]
        assert affectbench(*command).code == 0
        assert server.count["requests"] - before == 60 - done
        assert len(lines(folder)) == 60
