"""Media of a mock: small drawn faces, sounds and clips, made once and stamped so that no two files are equal."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectbench import faces
from affectbench.types import Media

SIDE = 96
VARIANTS = 7
FRAMES = 4
RATE = 16_000
MOST_PARTS, MOST_BETWEEN = 600, 200
PICTURES = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "tif": "tiff", "tiff": "tiff", "bmp": "bmp", "webp": "webp"}
SOUNDS = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3"}
CLIPS = {"mp4": "mpeg4", "avi": "mpeg4", "mkv": "mpeg4", "mov": "mpeg4", "flv": "flv1"}


def write_media(uses: Sequence[Media], place: Path, name: str) -> None:
    """Write a file at `place` that first belongs to the sample `name`: a picture, sound, clip or folder of frames.

    `uses` are all media that are parts of it; it is long enough for each of them.
    """
    variant = zlib.crc32(name.encode()) % VARIANTS
    ending, media = place.suffix.lower().removeprefix("."), uses[0]
    if media.path is not None and media.path.endswith("/"):
        if place.is_file() and not place.stat().st_size:  # rows that are names were touched; this name is a folder's
            place.unlink()
        for number in _numbers(uses):
            data = picture("jpeg", (variant + number) % VARIANTS, _side(uses))
            _write(place / f"{number:05d}.jpg", stamped(data, f"{name} {number}"))
    elif ending in SOUNDS or (media.kind == "audio" and ending not in CLIPS):
        _write(place, stamped(sound(SOUNDS.get(ending, "WAV"), variant, _parts(uses)), name))
    elif ending in CLIPS or media.kind == "video":
        _write(place, stamped(clip(ending if ending in CLIPS else "mp4", variant, _parts(uses)), name))
    else:
        _write(place, stamped(picture(PICTURES.get(ending, "png"), variant, _side(uses)), name))


def _numbers(uses: Sequence[Media]) -> list[int]:
    """Return the numbers of a folder's frames: those that are named, and what lies in the parts between them."""
    found: set[int] = set()
    for media in uses:
        found |= {number for number in (media.frame, media.first, media.last, media.apex) if number is not None}
        if media.first is not None and media.last is not None:
            step = max(1, (media.last - media.first) // MOST_BETWEEN)
            found |= set(range(media.first, media.last, step))
    return sorted(found or range(1, FRAMES + 1))


def _parts(uses: Sequence[Media]) -> int:
    """Return of how many parts of half a second a clip or sound is made, so that all that is named lies in it."""
    frames = [n + 1 for m in uses for n in (m.frame, m.first, m.last, m.apex) if n is not None]
    seconds = [second for m in uses for second in (m.start_s, m.end_s) if second is not None]
    needed = max([1.0, *(n / FRAMES for n in frames), *(2 * second + 0.5 for second in seconds)])
    return min(MOST_PARTS, math.ceil(needed))


@cache
def picture(form: str, variant: int, side: int = SIDE) -> bytes:
    """Return an encoded square picture of a face."""
    buffer = io.BytesIO()
    _drawn(variant).resize((side, side)).save(buffer, form)
    return buffer.getvalue()


@cache
def sound(form: str, variant: int, parts: int = 1) -> bytes:
    """Return a tone at 16 kHz, so many halves of a second long."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, _tone(variant, parts), RATE, format=form)
    return buffer.getvalue()


def _tone(variant: int, parts: int) -> NDArray[np.float32]:
    return (0.2 * np.sin(2 * np.pi * (220 + 40 * variant) * np.arange(parts * RATE // 2) / RATE)).astype(np.float32)


@cache
def clip(ending: str, variant: int, parts: int = 1) -> bytes:
    """Return a clip with a tone, so many halves of a second long."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format={"mkv": "matroska"}.get(ending, ending)) as container:
        stream = container.add_stream(CLIPS[ending], rate=2 * FRAMES)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        track = container.add_stream("aac", rate=RATE, layout="mono")
        heard = av.AudioFrame.from_ndarray(_tone(variant, parts)[None, :], format="fltp", layout="mono")
        heard.sample_rate = RATE
        for number in range(parts * FRAMES):
            frame = av.VideoFrame.from_image(_drawn((variant + number) % VARIANTS))
            container.mux(stream.encode(frame))
        container.mux([*stream.encode(), *track.encode(heard), *track.encode()])
    return buffer.getvalue()


def stamped(data: bytes, name: str) -> bytes:
    """Return the file with `name` in it, where no decoder minds: a comment of a PNG or JPEG, else behind the end."""
    mark = name.encode()[:200]
    if data.startswith(b"\x89PNG"):
        body = b"tEXt" + b"Comment\0" + mark
        return data[:-12] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + data[-12:]
    if data.startswith(b"\xff\xd8"):
        return data[:2] + b"\xff\xfe" + struct.pack(">H", len(mark) + 2) + mark + data[2:]
    return data + mark


@cache
def _drawn(variant: int) -> Image.Image:
    rng = faces.generator(variant)
    labels = faces.labels("basic")
    return faces.face(faces.identity(rng), labels[variant % len(labels)], rng).picture(SIDE).convert("RGB")


def _side(uses: Sequence[Media]) -> int:
    """Return a side that holds the boxes of the media."""
    boxes = [box for media in uses for box in (media.box, *(face.box for face in media.faces)) if box is not None]
    return max(SIDE, *(int(edge) + 1 for box in boxes if box.unit == "pixel" for edge in box.xyxy), 0)


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
