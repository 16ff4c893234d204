"""Kill it at any moment: the same command goes on, asks no final line again, ends with the same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flow.flows import affectbench, arguments, colours
from tests.stub_server import Plan, StubServer

SAMPLES = 240
KILLS = 20


def final_ids(folder: Path) -> set[str]:
    """Return the samples whose whole line with a final status is in the file."""
    try:
        lines = (folder / "samples.jsonl").read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return set()
    rows = (json.loads(line) for line in lines)
    return {row["id"] for row in rows if row["status"] in ("ok", "refused", "unparsed")}


def without_timings(folder: Path) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in (folder / "samples.jsonl").read_bytes().splitlines()]
    for row in rows:
        for response in row["responses"]:
            response.pop("seconds")
    return rows


def test_twenty_kills_change_nothing(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=SAMPLES)
    with StubServer(Plan(latency_s=0.02)) as calm:
        undisturbed = affectbench(*arguments(plugin, f"openai:m@{calm.url}", tmp_path / "calm", "--no-cache", "--json"))
        port = calm.port
    whole = Path(undisturbed.json["runs"][0]["path"])
    rng = random.Random(0)
    with StubServer(Plan(latency_s=0.2), port=port) as server:
        model = f"openai:m@{server.url}"
        command = [sys.executable, "-m", "affectbench"]
        command += map(str, arguments(plugin, model, tmp_path / "runs", "--no-cache", "--in-flight", "4"))
        kills = 0
        folder: Path | None = None
        while kills < KILLS:
            before = final_ids(folder) if folder else set()
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                asked = server.count["requests"]
                while kills % 4 and server.count["requests"] == asked and child.poll() is None:
                    time.sleep(0.02)  # each fourth is killed while it may still begin
                time.sleep(rng.uniform(0.3, 1.2))
                child.send_signal(signal.SIGKILL)
            kills += 1
            folder = next((p.parent for p in (tmp_path / "runs").rglob("manifest.json")), None)
            if folder:
                assert before <= final_ids(folder)
                assert len(final_ids(folder)) < SAMPLES, "the server was too fast for this test"
        assert folder
        assert final_ids(folder), "no run got far enough to be worth killing"
        done_before = final_ids(folder)
        requests_before = server.count["requests"]
        subprocess.run(command, check=True, capture_output=True)
        assert server.count["requests"] - requests_before == SAMPLES - len(done_before)
        # one probe; a sample is asked once, and once more for each kill that found it in flight: no more than 4 a kill
        assert server.count["requests"] <= 1 + SAMPLES + 4 * KILLS
    assert (folder / "results.json").read_bytes() == (whole / "results.json").read_bytes()
    assert without_timings(folder) == without_timings(whole)
    assert (folder / "gold.jsonl").read_bytes() == (whole / "gold.jsonl").read_bytes()


def test_interrupted_by_the_keyboard_ends_with_130(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=60)
    with StubServer(Plan(latency_s=0.3)) as server:
        command = [sys.executable, "-m", "affectbench"]
        command += map(
            str, arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--no-cache", "--in-flight", "2")
        )
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            while not server.count["requests"]:
                time.sleep(0.05)
            time.sleep(0.8)
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "the same command goes on" in err
    assert "Traceback" not in err
    folder = next((tmp_path / "runs").rglob("manifest.json")).parent
    assert final_ids(folder)
    assert json.loads((folder / "manifest.json").read_text())["spent"]["calls"] >= len(final_ids(folder))


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
sys.argv = ["affectbench", *sys.argv[1:]]
from affectbench.cli import main
main()
"""


def test_a_full_disk_ends_clearly_and_the_run_goes_on(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=60)
    command = list(map(str, arguments(plugin, "baseline:chance", tmp_path / "runs")))
    full = subprocess.run([sys.executable, "-c", FULL, *command], capture_output=True, text=True, check=False)
    assert full.returncode == 1
    assert "make room" in full.stderr
    assert "Traceback" not in full.stderr
    folder = next((tmp_path / "runs").rglob("manifest.json")).parent
    assert 0 < len(final_ids(folder)) < 60
    assert affectbench(*command).code == 0
    assert len(final_ids(folder)) == 60


@pytest.mark.skipif(os.geteuid() != 0, reason="a real full disk needs the right to mount one")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=60)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        done = affectbench(*arguments(plugin, "baseline:chance", disk))
        assert done.code == 1
        assert "No space left on device" in done.err
        subprocess.run(["mount", "-o", "remount,size=2m", str(disk)], check=True)
        assert affectbench(*arguments(plugin, "baseline:chance", disk)).code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_place_that_cannot_be_written_is_said_before_the_first_call(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    (tmp_path / "file").write_text("")
    with StubServer() as server:
        for out in (tmp_path / "file", Path("/proc/affectbench")):
            done = affectbench(*arguments(plugin, f"openai:m@{server.url}", out))
            assert done.code in (1, 2)
            assert "out" in done.err
        assert server.count["requests"] == 0
