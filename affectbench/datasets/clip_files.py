"""Films and sounds as the bytes of files: mp4 with a sound track, wav. The same input gives the same bytes."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

Samples = npt.NDArray[np.float32]

BLOCK = 1024  # samples that aac takes at once
QUICK = {"aac_coder": "fast"}  # the other search takes longer than all of a short film
VIDEO = (("libx264", {"crf": "20", "preset": "superfast"}), ("mpeg4", {"b": "600000"}))  # the second is in every build


def wav(sound: Samples, rate: int) -> bytes:
    """A mono sound in -1..1 as a wav file of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm(sound).tobytes())
    return file.getvalue()


def pcm(sound: Samples) -> npt.NDArray[np.int16]:
    """The sound in whole numbers of 16 bits."""
    return np.asarray((sound.clip(-1.0, 1.0) * 32767.0).round().astype("<i2"))


def mp4(frames: Iterable[Image.Image], fps: int, sound: Samples, rate: int) -> bytes:
    """Frames (at least one, of even width and height) with a sound as an mp4 file: H.264 where there is an encoder.

    It holds no date; one thread encodes, so that nothing depends on how many there are.
    """
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", container_options={"fflags": "+bitexact"}) as out:
        pictures = iter(frames)
        first = next(pictures)
        video = _video(out, fps, first.size)
        audio = out.add_stream("aac", rate=rate, layout="mono", options=dict(QUICK))
        audio.bit_rate = 64_000
        for stream in (video, audio):
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for stream, shown in ((video, _pictures(first, pictures, fps)), (audio, _blocks(sound, rate))):
            for frame in shown:
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
    return file.getvalue()


def _video(out: Any, fps: int, size: tuple[int, int]) -> Any:
    name, options = next((name, options) for name, options in VIDEO if name in av.codecs_available)
    video = out.add_stream(name, rate=fps, options=options)
    video.width, video.height = size
    video.pix_fmt = "yuv420p"
    video.codec_context.thread_count = 1
    video.codec_context.gop_size = fps  # a key frame each second
    return video


def _pictures(first: Image.Image, others: Iterator[Image.Image], fps: int) -> Iterator[Any]:
    for number, picture in enumerate((first, *others)):
        frame = av.VideoFrame.from_image(picture)
        frame.pts, frame.time_base = number, Fraction(1, fps)
        yield frame


def _blocks(sound: Samples, rate: int) -> Iterator[Any]:
    heard = (pcm(sound).astype(np.float32) / 32767.0)[None, :]
    for start in range(0, heard.shape[1], BLOCK):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(heard[:, start : start + BLOCK]), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield frame
