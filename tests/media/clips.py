"""Clips whose frames say which they are: eight bars, black or white, are the number of the frame in binary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


@dataclass(frozen=True, kw_only=True)
class Film:
    """How a clip is made. `times` are those of its frames in milliseconds; `sound` seconds of a tone, 0 for none;
    `ticks` of a second are what times are written in.
    """

    times: Sequence[int]
    size: tuple[int, int] = (160, 96)
    codec: str = "libx264"
    pixels: str = "yuv420p"
    turned: int = 0
    options: tuple[tuple[str, str], ...] = (("bf", "0"), ("g", "12"), ("sc_threshold", "0"))
    sound: float = 0.0
    ticks: int = 1000


def picture(number: int, size: tuple[int, int] = (160, 96)) -> np.ndarray:
    """Return the picture of a frame."""
    width, height = size
    found = np.zeros((height, width, 3), np.uint8)
    for bit in range(8):
        if number >> (7 - bit) & 1:
            found[:, bit * width // 8 : (bit + 1) * width // 8] = 255
    found[: height // 4] = 90  # so that a picture on its head is known
    return found


def number(found: np.ndarray) -> int:
    """Read the number of a frame from its picture."""
    height, width = found.shape[:2]
    row = found[height * 3 // 4].mean(axis=1)
    bits = [row[int((bit + 0.5) * width / 8)] > 127 for bit in range(8)]
    return sum(bool(value) << (7 - bit) for bit, value in enumerate(bits))


def film(path: Path, made: Film) -> Path:
    """Write a clip."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(made.codec, rate=25, options=dict(made.options))
        stream.width, stream.height, stream.pix_fmt = *made.size, made.pixels
        stream.time_base = Fraction(1, made.ticks)
        stream.codec_context.time_base = Fraction(1, made.ticks)
        if made.turned:
            stream.set_display_rotation(made.turned)
        voice = container.add_stream("aac", rate=16_000, layout="mono") if made.sound else None
        for place, time in enumerate(made.times):
            frame = av.VideoFrame.from_ndarray(picture(place, made.size), format="rgb24").reformat(format=made.pixels)
            frame.pts, frame.time_base = time * made.ticks // 1000, Fraction(1, made.ticks)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice is not None:
            sound = av.AudioFrame.from_ndarray(tone(made.sound)[None], format="fltp", layout="mono")
            sound.rate, sound.pts = 16_000, 0
            container.mux(voice.encode(sound))
            container.mux(voice.encode())
    return path


def tone(seconds: float, rate: int = 16_000, hertz: float = 440.0) -> np.ndarray:
    """Return a sine of half the full amplitude."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


STEADY = [40 * i for i in range(50)]
UNEVEN = [0, 40, 80, 120, 500, 540, 900, 1300, 1340, 1380, 1420, 1900]
FILMS = {
    "steady.mp4": Film(times=STEADY, sound=2.0),
    "uneven.mp4": Film(times=UNEVEN),
    "turned.mp4": Film(times=STEADY, turned=90),
    "on-its-head.mp4": Film(times=STEADY, turned=180),
    "b-frames.mp4": Film(times=STEADY, options=(("bf", "3"), ("g", "25"))),
    "odd.mp4": Film(times=STEADY[:20], size=(161, 97), pixels="yuv444p"),
    "one.mp4": Film(times=[0]),
    "steady.mkv": Film(times=STEADY, sound=2.0),
    "steady.avi": Film(times=STEADY, codec="mpeg4", options=(), ticks=25),
    "steady.webm": Film(times=STEADY[:20], codec="libvpx", options=(("deadline", "realtime"),)),
}
