"""The processes that decode: they end with the one that started them, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from affectbench import media
from affectbench.errors import MediaError
from affectbench.media import aside, letters
from affectbench.media.hands import Hands
from affectbench.types import Cell, Media
from tests.media.clips import FILMS, film
from tests.media.test_hostile import png

CLIP = Media(name="m", kind="video", path="clip.mp4")
STUCK = """
import sys
from pathlib import Path
from affectbench import media
from affectbench.media import aside
from affectbench.types import Media

print(aside._POOL.all.append(worker := aside.Worker()) or worker._running().pid, flush=True)
aside._POOL.give(worker)
media.prepare(Media(name="m", kind="video", path="a.mp4"), Path(sys.argv[1]), observe=True)
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return film(tmp_path / "clip.mp4", FILMS["steady.mp4"])


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[aside.Pool]:
    """Processes of this test alone."""
    monkeypatch.setattr(aside, "_POOL", own := aside.Pool())
    yield own
    own.end()


def runs(pid: int) -> bool:
    """Whether a process is there and no mere entry in a table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ended(pid: int, within_s: float) -> bool:
    end = time.monotonic() + within_s
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not runs(pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_in_the_middle_of_a_file_ends_with_the_run(how: signal.Signals, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")  # nothing is ever written to it
    command = [sys.executable, "-c", STUCK, str(tmp_path / "a.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as main:
        assert main.stdout is not None
        worker = int(main.stdout.readline())
        time.sleep(0.5)
        assert runs(worker)
        main.send_signal(how)
        assert main.wait(10) != 0
    assert ended(worker, 5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_processes_of_its_own(clip: Path, pool: aside.Pool) -> None:
    media.prepare(CLIP, clip, observe=True)
    before = pool.all[0].process
    assert before is not None
    child = os.fork()
    if child == 0:  # nothing here may come back into pytest
        code = 1
        try:
            pool.forget()
            media.prepare(CLIP, clip, observe=True)
            own = pool.all[0].process
            code = 0 if own is not None and own.pid != before.pid else 2
            pool.end()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert media.prepare(CLIP, clip, observe=True).facts.frames == 8
    assert pool.all[0].process is before and before.poll() is None


def test_a_fork_forgets_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os; from affectbench.media import aside as a; a._POOL.all.append(a.Worker())\n"
    code += "p = os.fork()\nif not p: os._exit(len(a._POOL.all))\nraise SystemExit(os.waitpid(p, 0)[1])"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_cell_leaves_no_file(clip: Path, pool: aside.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(folder := tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder.mkdir()
    medium = Media(name="m", kind="video", cell=Cell(data=clip.read_bytes()))
    assert media.prepare(medium, None, observe=True).facts.frames == 8
    monkeypatch.setattr(aside, "DEADLINE_S", 0.0)
    monkeypatch.setattr(aside, "WATCH_S", 0.0)
    with pytest.raises(MediaError) as caught:  # it is ended before it can tidy up
        media.prepare(medium, None, observe=True)
    assert caught.value.kind == "too_slow"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("crashed", [True, False])
def test_an_error_does_not_tell_where_the_file_lies(
    crashed: bool, clip: Path, pool: aside.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries name the path in what they say; it would go into the record, which is shared."""

    def failed(worker: aside.Worker, request: bytes) -> bytes | None:
        said = f"[reader.cc:5] cannot open {clip}, invalid data"
        worker.fault = ("crashed", said)
        return None if crashed else letters.refusal(MediaError("truncated", f"m: clip.mp4: {said}"))[letters.HEAD :]

    monkeypatch.setattr(aside.Worker, "ask", failed)
    with pytest.raises(MediaError) as caught:
        media.prepare(CLIP, clip, observe=True)
    assert str(caught.value) == "m: clip.mp4: [reader.cc:5] cannot open clip.mp4, invalid data"


def test_a_decoder_that_prints_without_end_fills_no_memory() -> None:
    worker = aside.Worker()
    with tempfile.TemporaryFile() as worker.errors:
        worker.errors.write(b"x" * 1_000_000 + b"\nthe last line")
        assert worker._said() == "the last line"
        worker.errors.write(b"!")
        assert worker._said() == "the last line!"


def test_who_is_cancelled_gives_the_process_back(clip: Path, pool: aside.Pool) -> None:
    async def cancelled() -> None:
        hands = Hands()
        tasks = [asyncio.create_task(hands.prepare(CLIP, clip)) for _ in range(3 * aside.workers())]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def asked() -> int:
        return (await Hands().prepare(CLIP, clip)).facts.frames or 0

    for _ in range(2):
        asyncio.run(cancelled())
        assert asyncio.run(asked()) == 8
    deadline = time.monotonic() + 10
    while pool.free.qsize() < len(pool.all) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pool.free.qsize() == len(pool.all) <= aside.workers()


def test_many_threads_share_the_processes(clip: Path, pool: aside.Pool) -> None:
    found: list[int | None] = []

    def ask() -> None:
        found.append(media.prepare(CLIP, clip, observe=True).facts.frames)

    threads = [threading.Thread(target=ask) for _ in range(4 * aside.workers())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [8] * len(threads)
    assert len(pool.all) <= aside.workers()


def test_what_was_too_large_leaves_its_memory_to_no_other_file(
    clip: Path, pool: aside.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "workers", lambda: 1)
    media.prepare(CLIP, clip, observe=True)
    before = pool.all[0].process
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "1.png").write_bytes(png(50_000, 50_000))
    with pytest.raises(MediaError) as caught:
        media.prepare(Media(name="m", kind="video", path="frames"), folder, observe=True)
    assert caught.value.kind == "too_large"
    assert before is not None and before.poll() is not None
    assert media.prepare(CLIP, clip, observe=True).facts.frames == 8


SLOW = """
import time
import types

import numpy as np

time.sleep(4)


class VideoDecoder:
    def __init__(self, path, **how):
        pass

    def get_frame_at(self, place):
        return types.SimpleNamespace(data=types.SimpleNamespace(numpy=lambda: np.zeros((8, 8, 3), np.uint8)))
"""


def test_what_a_decoder_takes_to_be_imported_is_no_files_time(
    clip: Path, pool: aside.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own/torchcodec").mkdir(parents=True)
    (tmp_path / "own/torchcodec/__init__.py").write_text("")
    (tmp_path / "own/torchcodec/decoders.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path / "own")
    monkeypatch.setenv("AFFECTBENCH_DECODER", "torchcodec")
    monkeypatch.setattr(aside, "DEADLINE_S", 3.5)
    facts = media.prepare(CLIP, clip, observe=True).facts
    assert (facts.decoder, facts.width) == ("torchcodec", 8)
