"""A clip's pictures and its sound are cut at the same moments, whatever time stamps its file begins with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from affectbench.errors import MediaError
from affectbench.media import audio, timeline, video
from affectbench.types import Media
from affectbench.views import Frames, View

RATE, FPS, SECONDS = 48_000, 25, 6
FRAME = {"aac": 1024, "ac3": 1536, "mp2": 1152}
EVENT = (3.0, 3.2)
"""When the flash and the beep are, in seconds from the first picture."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file with a flash and a beep. `begins`: the stamp of its first picture; `late`: how much later sound begins."""

    codecs: tuple[str, str] = ("libx264", "aac")
    begins: float = 0.0
    late: float = 0.0
    between: str = "2"


FILES = {
    "plain.mp4": Made(),
    "later.mp4": Made(begins=7.0),
    "plain.mkv": Made(),
    "b-frames-late.mkv": Made(begins=0.046),
    "far.mkv": Made(begins=20.0),
    "broadcast.ts": Made(begins=1.4),
    "long-on-air.ts": Made(begins=26_000.0),
    "plain.flv": Made(),
    "offset.flv": Made(begins=0.08),
    "plain.avi": Made(codecs=("mpeg4", "ac3"), between="0"),
    "b-frames.avi": Made(codecs=("mpeg4", "ac3")),
    "plain.mpg": Made(codecs=("mpeg2video", "mp2"), begins=0.5),
    "sound-late.mp4": Made(late=0.6),
    "sound-early.mkv": Made(begins=2.0, late=-0.5),
    "sound-late.ts": Made(begins=1.4, late=0.6),
}


def clip(path: Path, made: Made) -> Path:
    """Write the file."""
    with av.open(str(path), "w") as container:
        film = container.add_stream(made.codecs[0], rate=FPS, options={"bf": made.between, "g": "25"})
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        voice = container.add_stream(made.codecs[1], rate=RATE, layout="mono")
        first = round((made.begins + made.late) * RATE)
        times = np.arange(round((SECONDS - made.late) * RATE)) / RATE + made.late
        beep = (0.5 * np.sin(2 * np.pi * 880 * times) * ((times >= EVENT[0]) & (times < EVENT[1]))).astype(np.float32)
        size = FRAME[made.codecs[1]]
        pieces = [_sound(beep[at : at + size], first + at) for at in range(0, len(beep) // size * size, size)]
        for place in range(SECONDS * FPS):
            light = 255 * (EVENT[0] <= place / FPS < EVENT[1])
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), light, np.uint8), format="rgb24")
            frame.pts, frame.time_base = place + round(made.begins * FPS), Fraction(1, FPS)
            container.mux(film.encode(frame))
            while pieces and pieces[0].pts <= frame.pts / FPS * RATE:
                container.mux(voice.encode(pieces.pop(0)))
        container.mux(film.encode())
        for piece in pieces:
            container.mux(voice.encode(piece))
        container.mux(voice.encode())
    return path


def _sound(samples: np.ndarray, first: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    frame.rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
    return frame


@pytest.fixture(scope="module", params=FILES)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("together") / request.param, FILES[request.param])


def flash(path: Path, **part: float) -> list[float]:
    """Return the times of the bright pictures of a part."""
    media = Media(name="clip", kind="video", path=path.name, **part)  # type: ignore[arg-type]
    decoded = video.prepare(media, path, View(frames=Frames(n=1000)))
    light = [np.asarray(Image.open(io.BytesIO(data))).mean() for data in decoded.payload]
    return [time for time, level in zip(decoded.facts.times_s or (), light, strict=True) if level > 128]


def beep(path: Path, **part: float) -> tuple[np.ndarray, int]:
    """Return where a part's sound is loud, in seconds from its beginning, and how many samples it has."""
    media = Media(name="voice", kind="audio", path=path.name, **part)  # type: ignore[arg-type]
    samples = audio.prepare(media, path, View()).payload
    return np.flatnonzero(np.abs(samples) > 0.15) / 16_000, len(samples)


@pytest.mark.parametrize(("start", "end"), [(2.8, 3.4), (2.0, 3.1), (1.0, 5.0)])
def test_a_segment_has_the_flash_and_the_beep(path: Path, start: float, end: float) -> None:
    seen = flash(path, start_s=start, end_s=end)
    heard, samples = beep(path, start_s=start, end_s=end)
    assert seen[0] == pytest.approx(EVENT[0], abs=0.002)
    assert seen[-1] == pytest.approx(min(EVENT[1], end) - 1 / FPS, abs=0.021)
    assert start + heard[0] == pytest.approx(EVENT[0], abs=0.025)
    assert start + heard[-1] == pytest.approx(min(EVENT[1], end), abs=0.03)
    assert samples == round((end - start) * 16_000)


def test_beside_the_event_there_is_neither(path: Path) -> None:
    for start, end in ((1.0, 2.9), (3.3, 4.5)):
        assert flash(path, start_s=start, end_s=end) == []
        assert not len(beep(path, start_s=start, end_s=end)[0])


def test_without_a_segment_all_is_heard(path: Path) -> None:
    made = FILES[path.name]
    heard, samples = beep(path)
    assert samples / 16_000 == pytest.approx(SECONDS - made.late, abs=0.1)
    assert heard[0] == pytest.approx(EVENT[0] - made.late, abs=0.08)


def test_a_segment_may_begin_before_its_sound_does(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", FILES["sound-late.mp4"])
    assert beep(path, start_s=0.0, end_s=2.0)[1] == pytest.approx(1.4 * 16_000, abs=0.03 * 16_000)
    with pytest.raises(MediaError, match="no sound in the segment") as caught:
        beep(path, start_s=0.0, end_s=0.3)
    assert caught.value.kind == "bad_segment"


@pytest.mark.parametrize("name", ["b-frames-late.mkv", "later.mp4", "broadcast.ts"])
def test_the_origin_is_the_first_picture(name: str, tmp_path: Path) -> None:
    path = clip(tmp_path / name, FILES[name])
    with av.open(str(path)) as container:
        first = min(float(frame.time) for frame in container.decode(video=0))
    assert timeline.origin(path) == pytest.approx(first, abs=1e-6)
    assert timeline.of_file(path).times[0] == 0
