"""A file that is not what it seems ends as a `media_error` with its reason, in time and in little memory."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from affectbench import media
from affectbench.errors import AffectbenchError, MediaError
from affectbench.media import aside, image, letters
from affectbench.types import Decoded, Media, MediaKind
from affectbench.views import View
from tests.media.clips import FILMS, film

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")

MOST_S = 20.0
MOST_BYTES = 1_000_000_000


@contextmanager
def watched() -> Iterator[list[int]]:
    """Note the most memory that a decoding process, or this one beyond what it had, takes meanwhile."""
    peak, over, own = [0], threading.Event(), aside.resident(os.getpid())

    def watch() -> None:
        while not over.wait(0.01):
            held = [aside.resident(w.process.pid) for w in aside._POOL.all if w.process is not None]
            peak[0] = max([peak[0], aside.resident(os.getpid()) - own, *held])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def fault(path: Path, kind: MediaKind = "video") -> MediaError:
    """Return the error in which a file ends; it comes in time, and takes little memory."""
    began = time.monotonic()
    with watched() as peak, pytest.raises(MediaError) as caught:
        media.prepare(Media(name="m", kind=kind, path=path.name), path, observe=True)
    assert time.monotonic() - began < MOST_S
    assert peak[0] < MOST_BYTES
    assert str(caught.value).startswith(f"m: {path.name}: ")
    assert str(path.parent) not in str(caught.value)
    return caught.value


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return film(tmp_path / "clip.mp4", FILMS["steady.mp4"])


@pytest.mark.parametrize("kind", ["video", "audio", "image"])
def test_an_empty_file(kind: MediaKind, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert fault(tmp_path / "a.mp4", kind).kind in ("empty", "truncated")


@pytest.mark.parametrize("kind", ["video", "audio", "image"])
def test_a_text_that_is_called_a_clip(kind: MediaKind, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("version https://git-lfs.github.com/spec/v1\n" * 100)
    assert fault(tmp_path / "a.mp4", kind).kind == "unreadable"


@pytest.mark.parametrize("kind", ["video", "audio", "image"])
def test_four_gigabytes_of_nothing(kind: MediaKind, tmp_path: Path) -> None:
    with (tmp_path / "a.mp4").open("wb") as file:
        file.truncate(4 << 30)
    assert fault(tmp_path / "a.mp4", kind).kind in ("unreadable", "too_large")


def patched(path: Path, box: bytes, offset: int, number: int) -> Path:
    """Write a number into a box of an MP4."""
    data = bytearray(path.read_bytes())
    at = data.index(box) + 4 + offset
    data[at : at + 4] = struct.pack(">I", number)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "change", [[(b"stsz", 8)], [(b"stts", 8)], [(b"stsz", 8), (b"stts", 8)], [(b"stsz", 4), (b"stsz", 8)]]
)
def test_a_header_of_a_billion_frames(change: list[tuple[bytes, int]], clip: Path) -> None:
    for box, offset in change:
        patched(clip, box, offset, 10**9)
    assert fault(clip).kind in ("truncated", "unreadable", "too_large")


def test_an_avi_of_a_billion_frames(tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", FILMS["steady.avi"])
    data = bytearray(path.read_bytes())
    for box in (b"avih", b"strh"):
        at = data.index(box) + 8 + (16 if box == b"avih" else 32)
        data[at : at + 4] = struct.pack("<I", 10**9)
    path.write_bytes(data)
    assert fault(path).kind == "truncated"


def png(width: int, height: int, *, alpha: bool = False) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0))
    body = b"\0" * ((4 * width + 1) * height if alpha else 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["image", "video"])
def test_a_picture_of_50000_by_50000(kind: MediaKind, tmp_path: Path) -> None:
    place = tmp_path / ("a.png" if kind == "image" else "frames")
    if kind == "video":
        place.mkdir()
    (place if kind == "image" else place / "1.png").write_bytes(png(50_000, 50_000))
    assert fault(place, kind).kind == "too_large"


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n" + "#EXTINF:3,\nclip.mp4\n" * 3
ENDLESS = {
    "a playlist without an end": PLAYLIST,
    "a list of itself": "ffconcat version 1.0\nfile 'a.mp4'\n",
    "an address": "#EXTM3U\n#EXTINF:3,\nhttp://203.0.113.1/clip.mp4\n",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_file_that_names_others_is_not_followed(text: str, clip: Path) -> None:
    (clip.parent / "a.mp4").write_text(text)
    assert fault(clip.parent / "a.mp4").kind == "unreadable"


def test_an_endless_stream_is_left_at_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "DEADLINE_S", 2.0)
    os.mkfifo(tmp_path / "a.mp4")  # a data root holds none: `find` refuses what is neither file nor folder
    error = fault(tmp_path / "a.mp4")
    assert error.kind == "too_slow" and "within 2 s" in str(error)


def test_the_next_file_is_decoded_after_one_that_was_not(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(worker: aside.Worker, request: bytes) -> bytes | None:
        process = worker._running()
        process.kill()
        return real(worker, request)

    real, medium = aside.Worker.ask, Media(name="m", kind="video", path="clip.mp4")
    for _ in range(2):
        monkeypatch.setattr(aside.Worker, "ask", ended)
        try:
            media.prepare(
                medium, clip, observe=True
            )  # the process may have died before the request, then a new one was started
        except MediaError as error:
            assert error.kind == "crashed"
        monkeypatch.setattr(aside.Worker, "ask", real)
        assert media.prepare(medium, clip, observe=True).facts.frames == 8


def test_a_decoder_that_takes_too_much_memory_is_ended(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "resident", lambda pid: 10**12)
    monkeypatch.setattr(aside, "WATCH_S", 0.0)
    worker = aside.Worker(process=None)
    with pytest.raises((AffectbenchError, TimeoutError)):
        worker._running()
    assert worker.process is None


def test_letters_say_the_same_at_the_other_end(clip: Path) -> None:
    medium = Media(name="m", kind="video", root="r", path="a/ü.mp4", start_s=0.5, first=3)
    sent = letters.request(medium, clip, media.PLAIN)
    assert letters.length(sent[: letters.HEAD]) == len(sent) - letters.HEAD
    assert letters.read_request(sent[letters.HEAD :]) == (medium, clip, media.PLAIN)
    refused = letters.refusal(MediaError("empty", "m: nothing"))[letters.HEAD :]
    with pytest.raises(MediaError, match="m: nothing"):
        letters.read_answer(refused)
    for head in (b"\0" * 8, b"\xff" * 8):
        with pytest.raises(EOFError):
            letters.length(head)


def test_as_many_large_pictures_as_come_are_changed_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, most, real = [0], [0], image._encoded_anew

    def counted(*given: Any) -> Decoded:
        now[0] += 1
        most[0] = max(most[0], now[0])
        try:
            return real(*given)
        finally:
            now[0] -= 1

    monkeypatch.setattr(image, "_encoded_anew", counted)
    monkeypatch.setattr(image, "AT_ONCE", 10_000)
    Image.new("RGBA", (400, 400)).save(tmp_path / "a.png")

    def prepare() -> None:
        media.prepare(Media(name="m", kind="image", path="a.png"), tmp_path / "a.png", View(size=64), observe=True)

    threads = [threading.Thread(target=prepare) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_picture_of_64_million_pixels_takes_less_than_a_gigabyte(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(8000, 7999, alpha=True))
    code = """
import resource, sys
from pathlib import Path
from affectbench import media
from affectbench.types import Media
from affectbench.views import View
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
media.prepare(Media(name="m", kind="image", path="a"), Path(sys.argv[1]), View(size=64), observe=True)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.png")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < MOST_BYTES
