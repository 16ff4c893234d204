"""Media of a mock: small drawn faces, sounds and clips, made once and stamped so that no two files are equal."""

from __future__ import annotations

import io
import struct
import zlib
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
PICTURES = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "tif": "tiff", "tiff": "tiff", "bmp": "bmp", "webp": "webp"}
SOUNDS = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3"}
CLIPS = {"mp4": "mpeg4", "avi": "mpeg4", "mkv": "mpeg4", "mov": "mpeg4", "flv": "flv1"}


def write_media(media: Media, place: Path, name: str) -> None:
    """Write the medium of the sample `name` at `place`: by its ending a picture, sound, clip or folder of frames."""
    variant = zlib.crc32(name.encode()) % VARIANTS
    ending = place.suffix.lower().removeprefix(".")
    if media.path is not None and media.path.endswith("/"):
        for number in range(1, FRAMES + 1):
            _write(
                place / f"{number:05d}.jpg", stamped(picture("jpeg", (variant + number) % VARIANTS), f"{name} {number}")
            )
    elif ending in SOUNDS or (media.kind == "audio" and ending not in CLIPS):
        _write(place, stamped(sound(SOUNDS.get(ending, "WAV"), variant), name))
    elif ending in CLIPS or media.kind == "video":
        _write(place, stamped(clip(ending if ending in CLIPS else "mp4", variant), name))
    else:
        _write(place, stamped(picture(PICTURES.get(ending, "png"), variant, _side(media)), name))


@cache
def picture(form: str, variant: int, side: int = SIDE) -> bytes:
    """Return an encoded square picture of a face."""
    buffer = io.BytesIO()
    _drawn(variant).resize((side, side)).save(buffer, form)
    return buffer.getvalue()


@cache
def sound(form: str, variant: int) -> bytes:
    """Return half a second of a tone at 16 kHz."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, _tone(variant), RATE, format=form)
    return buffer.getvalue()


def _tone(variant: int) -> NDArray[np.float32]:
    return (0.2 * np.sin(2 * np.pi * (220 + 40 * variant) * np.arange(RATE // 2) / RATE)).astype(np.float32)


@cache
def clip(ending: str, variant: int) -> bytes:
    """Return a clip of half a second with a tone."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format={"mkv": "matroska"}.get(ending, ending)) as container:
        stream = container.add_stream(CLIPS[ending], rate=2 * FRAMES)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        track = container.add_stream("aac", rate=RATE, layout="mono")
        heard = av.AudioFrame.from_ndarray(_tone(variant)[None, :], format="fltp", layout="mono")
        heard.sample_rate = RATE
        for number in range(FRAMES):
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


def _side(media: Media) -> int:
    """Return a side that holds the medium's box."""
    if media.box is None or media.box.unit != "pixel":
        return SIDE
    return max(SIDE, *(int(edge) + 1 for edge in media.box.xyxy))


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
