"""A Ray cluster: joining it, and whether it has room for what is wanted of it.

Ray waits without a word for machines that will never come, so the numbers are compared before anything is asked of it.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from affectbench.errors import UsageError

CONNECT_S = 10.0
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": "(?s).*"}
"""Ray tells nobody of its use, and writes nothing on standard output, where `--json` has its document."""
_LEAST = 1e-4
"""Ray counts in ten-thousandths of a CPU or GPU."""
_EXACT = 1e-6
"""Shares of a CPU or GPU are sums of small numbers."""
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""With this a client of HTTP/2 begins, and so of gRPC, which Ray speaks. Its server answers with settings, frame 4."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What is wanted: so many `replicas` of a model, each with so many CPUs and GPUs.

    `address` None finds the cluster of this machine or of RAY_ADDRESS, and else begins one here; `local` always begins
    one. `replicas` None is one for each GPU, or for each machine where no GPU is wanted; `gpus` None is one where the
    cluster has any and the model computes.
    """

    address: str | None = None
    replicas: int | None = None
    cpus: float = 1.0
    gpus: float | None = None

    def __post_init__(self) -> None:
        """Refuse what Ray takes from nobody, before anything is written. Raises UsageError."""
        if self.replicas is not None and self.replicas < 1:
            raise UsageError(f"{self.replicas} replicas are asked for: expected 1 or more")
        if not self.cpus >= _LEAST:
            raise UsageError(f"{self.cpus:g} CPUs are asked for each replica: expected {_LEAST:g} or more")
        gpus = self.gpus or 0.0
        if not (gpus == 0 or _LEAST <= gpus < 1 or (gpus >= 1 and gpus % 1 == 0)):
            raise UsageError(f"{gpus:g} GPUs are asked for each replica: expected a part of one, or a whole number")


@dataclass(frozen=True, slots=True)
class Share:
    """What is really asked for: `replicas`, and what each of them needs."""

    replicas: int
    cpus: float
    gpus: float

    def options(self) -> dict[str, float]:
        """Return the needs of one replica as Ray names them."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpus}

    def __str__(self) -> str:
        count = f"{self.replicas} replica{'s' * (self.replicas != 1)}"
        return f"{count} of {self.cpus:g} CPUs and {self.gpus:g} GPUs"


def join(cluster: Cluster, computes: bool) -> Share:
    """Connect to the cluster, once a process, and return what is asked of it; `computes` if the model wants a GPU.

    Raises UsageError where Ray or the cluster is missing, or has too few CPUs or GPUs for what is wanted.
    """
    ray = _connected(cluster.address)
    return share(cluster, [node["Resources"] for node in ray.nodes() if node["Alive"]], computes)


def share(cluster: Cluster, machines: Iterable[Mapping[str, float]], computes: bool) -> Share:
    """Return what is asked of machines with these `CPU` and `GPU`. Raises UsageError if they are too small or few.

    >>> share(Cluster(cpus=2), [{"CPU": 8.0, "GPU": 2.0}, {"CPU": 8.0}], computes=True)
    Share(replicas=2, cpus=2, gpus=1.0)
    """
    machines = list(machines)
    cpus, gpus = (sum(machine.get(kind, 0.0) for machine in machines) for kind in ("CPU", "GPU"))
    needed = cluster.gpus if cluster.gpus is not None else float(computes and gpus > 0)
    rooms = [_room(machine, {"CPU": cluster.cpus, "GPU": needed}) for machine in machines]
    usual = sum(rooms) if needed else sum(room > 0 for room in rooms)
    found = Share(cluster.replicas or usual or 1, cluster.cpus, needed)
    if found.replicas > sum(rooms):
        raise UsageError(
            f"{found} do not fit: the cluster has {cpus:g} CPUs and {gpus:g} GPUs on {len(machines)} machines, room "
            f"for {sum(rooms)}. Ask for fewer with --replicas, or for less with --cpus and --gpus"
        )
    return found


def free(wanted: Share) -> str | None:
    """Return why there is no room for `wanted` now, None if there is."""
    import ray

    now = ray.available_resources()
    cpus, gpus = now.get("CPU", 0.0), now.get("GPU", 0.0)
    if wanted.replicas * wanted.cpus <= cpus + _EXACT and wanted.replicas * wanted.gpus <= gpus + _EXACT:
        return None
    return f"{wanted} do not fit now: {cpus:g} CPUs and {gpus:g} GPUs of the cluster are free, the rest is in use"


def _room(machine: Mapping[str, float], needs: Mapping[str, float]) -> int:
    """Return how many replicas a machine has room for."""
    return min(int((machine.get(kind, 0.0) + _EXACT) / need) for kind, need in needs.items() if need)


def _connected(address: str | None) -> Any:
    if importlib.util.find_spec("ray") is None:
        raise UsageError("the executor ray is not installed here: `pip install 'affectbench[ray]'`")
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import ray

    if not ray.is_initialized():
        where = address or os.environ.get("RAY_ADDRESS")
        if where not in (None, "auto", "local"):
            _answers(str(where))
        try:
            ray.init(address=where, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())[:300]
            raise UsageError(f"no Ray cluster at {where or 'this machine'}: {reason}") from None
    return ray


def _answers(address: str) -> None:
    """Raise UsageError unless something listens at `HOST:PORT`: Ray itself would try for minutes, then end us."""
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"{address!r} is no address of a Ray cluster: HOST:PORT, `auto` (this machine's), or `local`")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_S) as line:
            if os.environ.get("RAY_USE_TLS", "0") != "0":
                return  # it says nothing in the clear
            line.sendall(_GREETING)
            said = line.recv(9)
    except OSError as error:
        raise UsageError(f"no Ray cluster answers at {address}: {error.strerror or error}") from None
    if said[3:4] != b"\x04":
        raise UsageError(
            f"what answers at {address} is no Ray cluster: its head has port 6379, unless it was told another"
        )
