"""Sound: a sound file, or the track of a clip, becomes mono samples at the task's rate.

torchaudio resamples where it imports, else soxr; both keep what lies below 0.9 of the lower Nyquist frequency within
-60 dB of each other.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from affectbench.errors import MediaError
from affectbench.media import perturb, shaping
from affectbench.media.timeline import ends, opened, reason
from affectbench.types import Decoded, Facts, Media
from affectbench.views import View

EARLIER_S = 1.0
"""A seek lands so much before a segment, because the first samples after one may be wrong."""
MOST_RATE = 768_000
SHORT_S, SHORT_SHARE = 0.25, 0.05


def prepare(media: Media, path: Path, view: View) -> Decoded:
    """Decode a sound; the payload is a float32 array in -1..1 of shape (samples,).

    Raises MediaError: `unreadable`, `truncated`, `no_sound` where the file has no sound track, `bad_segment`, `empty`.
    """
    if path.is_dir():
        raise MediaError("no_sound", "a folder of pictures has no sound track")
    samples, rate, notes = _read(media, path, view)
    if rate != view.rate:
        samples = resampled(samples, rate, view.rate)
        notes.append(f"from {rate:,} Hz by {resampler()}")
    samples = np.clip(samples, -1.0, 1.0).astype(np.float32)
    if view.perturbed is not None and perturb.kind_of(view.perturbed.name) == "sound":
        samples = perturb.sound(samples, view.rate, view.perturbed, shaping.seed(media)).astype(np.float32)
        notes.append(f"{view.perturbed.name}:{view.perturbed.severity}")
    if view.blank:
        samples = np.zeros_like(samples)
        notes.append("blank")
    elif not samples.any():
        notes.append("digital silence")
    facts = Facts(
        name=media.name, kind="audio", source=media.path or "cell", bytes=samples.nbytes, rate=view.rate, channels=1,
        digest=f"sha256:{hashlib.sha256(samples.tobytes()).hexdigest()}", seconds=round(len(samples) / view.rate, 4),
        format="float32", decoder="pyav", note="; ".join(notes) or None,
    )  # fmt: skip
    return Decoded(facts=facts, payload=samples)


def _read(media: Media, path: Path, view: View) -> tuple[np.ndarray, int, list[str]]:
    """Return the mono samples of the segment at the file's own rate, at most as long as the view allows."""
    notes: list[str] = []
    start = media.start_s or 0.0
    with opened(path) as container:
        if not container.streams.audio:
            raise MediaError("no_sound", "the file has no sound track")
        stream = container.streams.audio[0]
        rate = int(stream.rate or 0)
        if not 0 < rate <= MOST_RATE:
            raise MediaError("unreadable", f"a sound of {rate:,} samples a second")
        end = start + view.seconds if media.end_s is None else min(media.end_s, start + view.seconds)
        chunks = list(_chunks(container, stream, start, end + 1 / rate))
        if stream.channels > 1:
            notes.append(f"{stream.channels} channels mixed")
        whole = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    samples = np.concatenate(chunks) if chunks else np.zeros(0, np.float32)
    if not len(samples):
        late = f"begins at {start:g} s, the sound ends before" if start else "the sound track holds no samples"
        raise MediaError("bad_segment" if start else "empty", late)
    _check_whole(path, (start + len(samples) / rate, end, whole))
    asked = media.end_s or whole
    if asked - start > view.seconds + 1e-6:
        notes.insert(0, f"cut to {view.seconds:g} s of {asked - start:.2f} s")
    most = round((end - start) * rate)
    return samples[:most], rate, notes


def _check_whole(path: Path, times: tuple[float, float, float]) -> None:
    """Raise MediaError where a sound was over before the time that was asked for and before its file says it is.

    `times`: when it was over, what was asked for, how long the track is (0: its file does not say).
    """
    over, asked, whole = times
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] in (b"RIFF", b"RF64"):
        missing = int.from_bytes(head[4:8], "little") + 8 - path.stat().st_size
        if missing > 1 and head[4:8] not in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00"):
            raise MediaError("truncated", f"the file ends {missing:,} bytes before its header says")
    if head[:3] in (b"ID3",) or head[:1] == b"\xff":
        whole = whole if b"Xing" in head or b"Info" in head else 0.0  # else it is a guess from the first frame
    elif not whole and over < asked:
        with opened(path) as container:
            whole = (container.duration or 0) / 1e6
            over = max(over, ends(container))
    if min(asked, whole) - over > max(SHORT_S, SHORT_SHARE * min(asked, whole)):
        raise MediaError("truncated", f"the file says {whole:.2f} s, the sound ends at {over:.2f} s")


def _chunks(container: Any, stream: Any, start: float, end: float) -> Iterator[np.ndarray]:
    """Yield the mono samples between two times, as float32."""
    import av

    if start > EARLIER_S:
        container.seek(int((start - EARLIER_S) / stream.time_base), stream=stream)
    resampler = av.AudioResampler(format="fltp")
    begin: float | None = None
    try:
        for frame in container.decode(stream):
            time = frame.time if frame.time is not None else (begin or 0.0)
            if time >= end:
                return
            for plain in resampler.resample(frame):
                array = plain.to_ndarray().mean(axis=0, dtype=np.float64).astype(np.float32)
                skip = max(0, round((start - time) * frame.sample_rate))
                stop = max(0, round((end - time) * frame.sample_rate))
                if skip < len(array):
                    yield array[skip:stop]
            begin = time + frame.samples / frame.sample_rate
    except av.error.FFmpegError as error:
        raise MediaError("truncated", f"the sound cannot be decoded: {reason(error)}") from None


@functools.cache
def resampler() -> str:
    """Name the library that resamples here. A CUDA build of torchaudio beside another torch does not import."""
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError):
        return "soxr"
    return "torchaudio"


def resampled(samples: np.ndarray, rate: int, to: int) -> np.ndarray:
    """Return samples at another rate, in high quality."""
    if resampler() == "torchaudio":
        return with_torchaudio(samples, rate, to)
    import soxr

    found: np.ndarray = soxr.resample(samples, rate, to, quality="HQ")
    return found


def with_torchaudio(samples: np.ndarray, rate: int, to: int) -> np.ndarray:
    """Resample by torchaudio's windowed sinc, as long and as steep as soxr's filter."""
    import torch
    from torchaudio.functional import resample

    tensor = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32))
    method = {"lowpass_filter_width": 128, "rolloff": 0.95, "resampling_method": "sinc_interp_kaiser", "beta": 14.77}
    found: np.ndarray = resample(tensor, rate, to, **method).numpy()
    return found
