"""What is asked of a cluster, compared with what it has, before Ray is asked to wait for it."""

from __future__ import annotations

import importlib.util
import math
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import affectbench as package
from affectbench import cluster
from affectbench.cluster import Cluster, Share, share
from affectbench.errors import UsageError
from affectbench.models import TaskFacts, build, parse_name
from affectbench.types import Asked
from tests.flow.flows import LABELS, affectbench, arguments, colours

SMALL = {"CPU": 4.0}
LARGE = {"CPU": 16.0, "GPU": 4.0}


@pytest.mark.parametrize(
    ("wanted", "machines", "computes", "found"),
    [
        (Cluster(), [SMALL, SMALL], True, Share(2, 1.0, 0.0)),
        (Cluster(), [SMALL, {"memory": 1.0}], False, Share(1, 1.0, 0.0)),
        (Cluster(), [LARGE, SMALL], True, Share(4, 1.0, 1.0)),
        (Cluster(), [LARGE, SMALL], False, Share(2, 1.0, 0.0)),
        (Cluster(gpus=0.5), [LARGE], True, Share(8, 1.0, 0.5)),
        (Cluster(cpus=8), [LARGE, LARGE], True, Share(4, 8, 1.0)),
        (Cluster(gpus=0), [LARGE], True, Share(1, 1.0, 0)),
        (Cluster(replicas=3, cpus=0.1, gpus=0.1), [{"CPU": 0.3, "GPU": 0.3}], True, Share(3, 0.1, 0.1)),
    ],
)
def test_what_is_asked_for(wanted: Cluster, machines: list[dict[str, float]], computes: bool, found: Share) -> None:
    assert share(wanted, machines, computes) == found


@pytest.mark.parametrize(
    ("wanted", "machines", "said"),
    [
        (
            Cluster(replicas=3),
            [{"CPU": 2.0}],
            "3 replicas of 1 CPUs and 0 GPUs do not fit: the cluster has 2 CPUs and 0",
        ),
        (
            Cluster(gpus=1),
            [SMALL, SMALL],
            "1 replica of 1 CPUs and 1 GPUs do not fit: the cluster has 8 CPUs and 0 GPUs",
        ),
        (Cluster(cpus=6), [SMALL, SMALL], "has 8 CPUs and 0 GPUs on 2 machines, room for 0"),
        (Cluster(replicas=2, cpus=3), [SMALL, {"CPU": 2.0}], "has 6 CPUs and 0 GPUs on 2 machines, room for 1"),
        (
            Cluster(replicas=5),
            [LARGE],
            "5 replicas of 1 CPUs and 1 GPUs do not fit: the cluster has 16 CPUs and 4 GPUs",
        ),
        (Cluster(), [], "the cluster has 0 CPUs and 0 GPUs on 0 machines"),
    ],
)
def test_too_few_are_told_with_the_numbers(wanted: Cluster, machines: list[dict[str, float]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        share(wanted, machines, computes=True)


def test_a_machine_without_ray_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'affectbench\[ray\]'"):
        cluster.join(Cluster(), computes=True)


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
def test_an_address_where_nobody_listens_is_told_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        plugin = colours(tmp_path / "plugin")
        more = ("--executor", "ray", "--ray-address")
        done = affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", *more, address))
        assert (done.code, done.err) == (2, f"no Ray cluster answers at {address}: Connection refused")
        for odd in ("nonsense", "ray://127.0.0.1:10001", "127.0.0.1:99999", ":6379"):
            done = affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", *more, odd))
            assert done.code == 2
            assert "is no address of a Ray cluster" in done.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_server_that_is_no_cluster_is_told_at_once(tmp_path: Path, said: bytes) -> None:
    """Such as Ray's own dashboard: Ray itself would try for many minutes."""
    plugin = colours(tmp_path / "plugin")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(100)
                line.sendall(said)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(answer)
            more = ("--executor", "ray", "--ray-address", address)
            done = affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", *more))
    assert done.code == 2
    assert done.err.startswith(f"what answers at {address} is no Ray cluster")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"replicas": 0}, "0 replicas are asked for"),
        ({"cpus": 0.0}, "0 CPUs are asked for each replica: expected 0.0001 or more"),
        ({"cpus": math.nan}, "nan CPUs"),
        ({"gpus": -1.0}, "-1 GPUs"),
        ({"gpus": 1.5}, "1.5 GPUs are asked for each replica: expected a part of one, or a whole number"),
        ({"gpus": math.nan}, "nan GPUs"),
    ],
)
def test_what_ray_gives_nobody_is_refused(wanted: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said}"):
        Cluster(**wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("option", ["--cpus", "--gpus", "--max-cost", "--max-seconds", "--max-bad"])
def test_a_limit_that_is_no_number_is_refused(tmp_path: Path, option: str) -> None:
    plugin = colours(tmp_path / "plugin")
    done = affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", "--executor", "ray", option, "nan"))
    assert done.code != 0
    assert not (tmp_path / "runs").exists()


def test_options_of_ray_without_ray_are_refused(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    for more in (("--replicas", "2"), ("--cpus", "1"), ("--gpus", "0"), ("--ray-address", "auto")):
        done = affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", *more))
        assert (done.code, done.err) == (2, "--ray-address, --replicas, --cpus and --gpus are for --executor ray")


def test_a_dry_run_joins_no_cluster(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    more = ("--executor", "ray", "--ray-address", "127.0.0.1:1", "--dry-run")
    assert affectbench(*arguments(plugin, "baseline:prior", tmp_path / "runs", *more)).code == 0


def test_an_object_stays_in_this_process(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    facts = TaskFacts(id="colours", asked=Asked(form="choice", options=LABELS))
    model = build(parse_name("baseline:chance"), facts)
    bound = {"plugins": plugin, "data": {"colours": plugin / "data"}, "out": tmp_path / "runs"}
    with pytest.raises(UsageError, match="a cluster needs a name or a card"):
        package.run("colours", model, cluster=Cluster(), **bound)
