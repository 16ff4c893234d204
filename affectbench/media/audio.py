"""Sound: a sound file, or the track of a clip, becomes mono samples at the task's rate.

torchaudio resamples where it imports, else soxr; both keep what lies below 0.9 of the lower Nyquist frequency within
-60 dB of each other.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from affectbench.errors import MediaError
from affectbench.media import perturb, shaping, timeline
from affectbench.media.timeline import ends, opened, reason
from affectbench.types import Decoded, Facts, Media
from affectbench.views import View

EARLIER_S = 1.0
"""A seek lands so much before a segment, because the first samples after one may be wrong."""
JITTER_S = 0.01
"""By so much the times of a file's packets may be rounded: the end is found by counting samples from the start."""
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


@dataclass(frozen=True, slots=True)
class _Track:
    """A sound track as it was decoded: pieces with their rates, when they begin and when the last is over.

    `asked` is the part that was wanted, `lasts` how long the track is by its header (0: it does not say), `begins` when
    it does. All times are in seconds of the file's own stamps.
    """

    pieces: list[tuple[int, np.ndarray]]
    asked: tuple[float, float]
    over: float
    begins: float
    lasts: float


def _read(media: Media, path: Path, view: View) -> tuple[np.ndarray, int, list[str]]:
    """Return the mono samples of the segment at the file's own rate, at most as long as the view allows.

    A segment's times are told from the file's first picture (`timeline.origin`). Without a segment all is heard, even
    what comes before that picture.
    """
    notes: list[str] = []
    found, channels = _decoded(media, path, view)
    if not found.pieces:
        if media.start_s is None and media.end_s is None:
            raise MediaError("empty", "the sound track holds no samples")
        raise MediaError("bad_segment", f"there is no sound in the segment from {media.start_s or 0:g} s on")
    if channels > 1:
        notes.append(f"{channels} channels mixed")
    rates = list(dict.fromkeys(rate for rate, _ in found.pieces))
    together = groupby(found.pieces, lambda piece: piece[0])
    parts = [(rate, np.concatenate([samples for _, samples in pieces])) for rate, pieces in together]
    samples = np.concatenate([part if rate == rates[0] else resampled(part, rate, rates[0]) for rate, part in parts])
    if len(rates) > 1:
        notes.append(f"its rate changes ({', '.join(f'{rate:,}' for rate in rates)} Hz)")
    _check_whole(path, found)
    start, end = found.asked
    long = (media.end_s - (media.start_s or 0.0)) if media.end_s else found.begins + found.lasts - start
    if long > view.seconds + 1e-6:
        notes.insert(0, f"cut to {view.seconds:g} s of {long:.2f} s")
    return samples[: round((end - start) * rates[0])], rates[0], notes


def _decoded(media: Media, path: Path, view: View) -> tuple[_Track, int]:
    """Return the part of a file's sound track that a medium is, and how many channels it has."""
    part = media.start_s is not None or media.end_s is not None
    begin = timeline.origin(path) if part else 0.0
    with opened(path) as container:
        if not container.streams.audio:
            raise MediaError("no_sound", "the file has no sound track")
        stream = container.streams.audio[0]
        rate, base = int(stream.rate or 0), stream.time_base or 0
        if not 0 < rate <= MOST_RATE:
            raise MediaError("unreadable", f"a sound of {rate:,} samples a second")
        first = float((stream.start_time or 0) * base)
        start = begin + (media.start_s or 0.0) if part else first
        end = start + view.seconds
        if media.end_s is not None:
            end = min(begin + media.end_s, end)
        over = start
        pieces: list[tuple[int, np.ndarray]] = []
        for time, of_rate, samples in _chunks(container, stream, (start if part else -inf, end + JITTER_S)):
            if not pieces and time > start + 1 / of_rate:
                start = time  # a sound may begin later than its clip
            over = time + len(samples) / of_rate
            pieces.append((of_rate, samples))
        lasts = float(stream.duration * base) if stream.duration else 0.0
        return _Track(pieces, (start, end), over, first, lasts), stream.channels


def _check_whole(path: Path, track: _Track) -> None:
    """Raise MediaError where a sound was over before the time that was asked for and before its file says it is."""
    over, lasts = track.over, track.lasts
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] in (b"RIFF", b"RF64"):
        missing = int.from_bytes(head[4:8], "little") + 8 - path.stat().st_size
        if missing > 1 and head[4:8] not in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00"):
            raise MediaError("truncated", f"the file ends {missing:,} bytes before its header says")
    if head[:3] in (b"ID3",) or head[:1] == b"\xff":
        lasts = lasts if b"Xing" in head or b"Info" in head else 0.0  # else it is a guess from the first frame
    elif not lasts and over < track.asked[1]:
        with opened(path) as container:
            lasts = (container.duration or 0) / 1e6 - track.begins
            over = max(over, ends(container))
    expected = min(track.asked[1], track.begins + lasts) - track.begins
    if lasts > 0 and expected - (over - track.begins) > max(SHORT_S, SHORT_SHARE * expected):
        says, heard = f"{lasts:.2f} s", f"{over - track.begins:.2f} s"
        raise MediaError("truncated", f"the file says {says}, the sound ends at {heard}")


def _chunks(container: Any, stream: Any, part: tuple[float, float]) -> Iterator[tuple[float, int, np.ndarray]]:
    """Yield the mono samples between two times, as float32, each piece with its time and rate."""
    start, end = part
    sought = start - float((stream.start_time or 0) * stream.time_base) > EARLIER_S
    if sought:
        container.seek(int((start - EARLIER_S) / stream.time_base), stream=stream)
    following = 0.0
    for frame in _frames(container, stream, sought):
        time = frame.time if frame.time is not None else following
        if time >= end:
            return
        rate = frame.sample_rate
        skip = max(0, round((start - time) * rate)) if time < start else 0
        samples = mono(frame)[skip : max(0, round((end - time) * rate))]
        if len(samples):
            yield time + skip / rate, rate, samples
        following = time + frame.samples / rate


def _frames(container: Any, stream: Any, sought: bool) -> Iterator[Any]:
    """Yield the decoded frames of a track. Behind a seek the first packet may be the rest of one, which is no fault."""
    import av

    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    sought = False
                    yield frame
            except av.error.InvalidDataError:
                if not sought:
                    raise
    except av.error.FFmpegError as error:
        raise MediaError("truncated", f"the sound cannot be decoded: {reason(error)}") from None


def mono(frame: Any) -> np.ndarray:
    """Return the samples of a decoded frame: the mean of its channels, in -1..1, float32."""
    found = frame.to_ndarray()
    channels = found if frame.format.is_planar else found.reshape(-1, frame.layout.nb_channels).T
    if channels.dtype.kind == "u":
        channels = channels.astype(np.float64) - 128
    full = 1.0 if found.dtype.kind == "f" else 2.0 ** (8 * found.dtype.itemsize - 1)
    mixed: np.ndarray = (channels.mean(axis=0, dtype=np.float64) / full).astype(np.float32)
    return mixed


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
