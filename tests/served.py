"""A model server as a process of its own on this machine, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TRANSFORMERS = (sys.executable, "-c", "from transformers.cli.transformers import app; app()", "serve")
"""`transformers serve` of this environment; a model follows."""


@contextlib.contextmanager
def serving(command: list[str], log: Path, seconds: float = 120.0) -> Iterator[str]:
    """Start `command --host 127.0.0.1 --port N` and yield its address once it answers `/health`; ends it afterwards."""
    port = _free_port()
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "NO_PROXY": "127.0.0.1"},
        )
    try:
        _wait(server, f"http://127.0.0.1:{port}/health", log, time.monotonic() + seconds)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], address: str, log: Path, end: float) -> None:
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        if server.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the server did not come up:\n{log.read_text()[-3000:]}")
        time.sleep(0.25)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
