"""The frames of a clip and their times, found without decoding: from a file's packets, or a folder's file names.

All decoders are given places in this list, so that every one of them shows the same frames. Times are told from the
first frame that is shown, whatever time stamp it has; those of a file's sound too (`origin`), so that a segment has the
pictures and the sound of the same moments. Of several tracks the first counts; a cover is no track of pictures.
"""

from __future__ import annotations

import errno
import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from affectbench.errors import MediaError

FORMATS = (
    "3g2,3gp,aac,aiff,amr,asf,au,avi,caf,flac,flv,h264,hevc,m4a,m4v,matroska,mj2,mjpeg,mov,mp3,mp4,mpeg,mpegts,mpegvideo,"
    "mxf,nut,obu,ogg,rm,rawvideo,w64,wav,webm"
)
"""The containers that are opened. FFmpeg knows more, such as playlists that name other files and addresses."""
COUNTED = ("mov", "matroska", "asf", "avi", "flv")
"""Containers whose headers say how long they are; the length of others is guessed from their size."""
INDEXED = ("mov", "matroska")
"""Containers that say where their key frames are; in others a seek may land behind the frame that is looked for."""
CODECS = ("h264", "hevc", "vp8", "vp9", "libvpx-vp9", "av1", "libdav1d", "mjpeg")
EIGHT_BITS = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuva420p", "gray")
PROGRESSIVE = (0, 1)
"""Field orders: not known, or no fields. Of the colours of fields and of more bits decoders differ."""
MOST_FRAMES = 10_000_000
REORDERED = 64
"""The first frame that is shown is among so many that are stored first."""
SHORT_S, SHORT_SHARE = 0.25, 0.05
NUMBER = re.compile(r"\d+")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".ppm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The frames of a clip in the order in which they are shown.

    `times`: seconds from the first frame. `step`: the usual time between two. `keys`: places of the frames from which
    decoding can begin. `stamps`: their time stamps in the file, None where it has none. `plain`: all decoders agree
    about this file. `note`: what is unusual about its pixels. `files`: the pictures of a folder, `numbers` those in
    their names; `timed` is false for a folder whose rate nobody gave: its times are places.
    """

    times: tuple[float, ...]
    step: float
    keys: tuple[int, ...] = (0,)
    stamps: tuple[int, ...] | None = None
    plain: bool = True
    note: str | None = None
    timed: bool = True
    files: tuple[Path, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def end(self) -> float:
        """When the last frame is over."""
        return self.times[-1] + self.step

    def at(self, seconds: float) -> int:
        """Return the place of the frame that is shown at a time; before the first it is the first."""
        return max(0, bisect_right(self.times, seconds + self.step * 1e-6) - 1)

    def numbered(self, number: int, count_from: int) -> int:
        """Return the place of a frame by its number. Raises MediaError if there is no such frame."""
        if self.numbers:
            if number in self.numbers:
                return self.numbers.index(number)
            among = f"its pictures are numbered {self.numbers[0]} to {self.numbers[-1]}"
            raise MediaError("no_frame", f"there is no frame {number}: {among}")
        place = number - count_from
        if not 0 <= place < len(self.times):
            raise MediaError("no_frame", f"there is no frame {number}: the clip has {len(self.times)}")
        return place


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a file with FFmpeg: this file alone, in a known format. Raises MediaError."""
    import av

    if path.is_file() and path.stat().st_size == 0:
        raise MediaError("empty", "an empty file")
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        with av.open(str(path), container_options=options) as container:
            yield container
    except (av.error.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        raise MediaError("too_large" if is_memory(error) else "unreadable", reason(error)) from None


def is_memory(error: Exception) -> bool:
    """Whether what failed was to get memory, of which a decoder here has little."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


def reason(error: Exception) -> str:
    """Say what FFmpeg found wrong, without the path."""
    if is_memory(error):
        return "it needs more memory than a file may take"
    return str(getattr(error, "strerror", None) or error).split(": '/")[0]


def of_file(path: Path) -> Timeline:
    """Read the packets of a video file. Raises MediaError: `unreadable`, `no_video`, `truncated`."""
    with opened(path) as container:
        stream, *others = films(container)
        packets, last = _packets(container, stream)
        shown = [packet for packet in packets if not packet[1]]
        if not shown:
            raise MediaError("truncated", "the file ends before its first frame")
        _whole(container, stream, (len(packets), last))
        base, rate = float(stream.time_base or 0), float(stream.average_rate or stream.guessed_rate or 25)
        stamps = sorted(stamp for stamp, *_ in shown if stamp is not None)
        stamped = base > 0 and len(set(stamps)) == len(shown)
        keys = {stamp for stamp, _, key in shown if key}
        if stamped:
            stamps = _from_key(packets)
        times = [(stamp - stamps[0]) * base for stamp in stamps] if stamped else [i / rate for i in range(len(shown))]
        return Timeline(
            times=tuple(times),
            step=median(b - a for a, b in pairwise(times)) if len(times) > 1 else 1 / rate,
            keys=tuple(i for i, stamp in enumerate(stamps) if stamp in keys) if stamped else (0,),
            stamps=tuple(stamps) if stamped else None,
            plain=stamped and len(times) == len(packets) and not others and _plain(container, stream),
            note=_squeezed(stream),
        )


def films(container: Any) -> list[Any]:
    """Return the tracks of moving pictures, the one that is shown first. Raises MediaError if there is none."""
    from av.stream import Disposition

    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    found = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not found:
        raise MediaError("no_video", "the file has no pictures")
    return found


def _plain(container: Any, stream: Any) -> bool:
    """Whether other decoders find the same frames in a file like this, and give their pixels the same colours."""
    indexed = any(name in INDEXED for name in container.format.name.split(","))
    known = stream.codec_context.name in CODECS and stream.codec_context.pix_fmt in EIGHT_BITS
    return indexed and known and bool(container.duration) and stream.codec_context.field_order in PROGRESSIVE


def origin(path: Path) -> float:
    """Return the time stamp, in seconds, from which a file's times are told: its first frame's, else its sound's."""
    with opened(path) as container:
        sound = container.streams.audio[0] if container.streams.audio else None
        try:
            stream = films(container)[0]
        except MediaError:
            return float((sound.start_time or 0) * sound.time_base) if sound and sound.time_base else 0.0
        if "avi" in container.format.name:  # has no time stamps: the guessed ones come too late by its B-frames
            stamps = [stream.start_time or 0]
        else:
            stamps = _from_key(_first(container, stream))
        return float(stamps[0] * stream.time_base) if stamps and stream.time_base else 0.0


Packet = tuple[int | None, bool, bool]
"""A packet's time stamp, whether its frame is left out by an edit list, and whether it is a key frame."""


def _first(container: Any, stream: Any) -> list[Packet]:
    """Return the packets among which the first frame that is shown must be."""
    found: list[Packet] = []
    for packet in container.demux(stream):
        found.append((packet.pts, packet.is_discard, packet.is_keyframe))
        if sum(not left_out for _, left_out, _ in found[-REORDERED:]) == REORDERED:
            break
    return found


def _from_key(packets: Sequence[Packet]) -> list[int]:
    """Return the time stamps of what is shown, in order, from the first key frame on: nothing before can be decoded."""
    begins = min((stamp for stamp, _, key in packets if key and stamp is not None), default=None)
    shown = (stamp for stamp, left_out, _ in packets if stamp is not None and not left_out)
    return sorted(stamp for stamp in shown if begins is None or stamp >= begins)


def _squeezed(stream: Any) -> str | None:
    """Say that the pixels of a clip are not square: they are shown as they are stored, as annotators' boxes are."""
    ratio = stream.sample_aspect_ratio
    return None if not ratio or ratio == 1 else f"pixels of {ratio.numerator}:{ratio.denominator}, shown as stored"


def ends(container: Any) -> float:
    """Return when the last packet of pictures or sound is over, in seconds."""
    return _packets(container, container.streams[0])[1]


def _packets(container: Any, stream: Any) -> tuple[list[Packet], float]:
    """Return the packets of a track, and when the last one of the file ends."""
    import av

    found: list[Packet] = []
    last = 0.0
    try:
        for packet in container.demux([s for s in container.streams if s.type in ("video", "audio")]):
            if packet.dts is None and packet.pts is None and not packet.size:
                continue
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None:
                last = max(last, float((stamp + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index == stream.index:
                found.append((stamp, packet.is_discard, packet.is_keyframe))
                if len(found) > MOST_FRAMES:
                    raise MediaError("too_large", f"more than {MOST_FRAMES:,} frames")
    except av.error.FFmpegError as error:
        raise MediaError("truncated", f"after {len(found)} frames: {reason(error)}") from None
    return found, last


def _whole(container: Any, stream: Any, found: tuple[int, float]) -> None:
    """Raise MediaError where a file holds less than its header says."""
    count, last = found
    names = container.format.name.split(",")
    if not any(name in COUNTED for name in names):
        return
    if "avi" not in names and stream.frames > count + max(2, SHORT_SHARE * count):
        raise MediaError("truncated", f"the header says {stream.frames:,} frames, the file holds {count:,}")
    lasts = (container.duration or 0) / 1e6
    if "avi" in names and stream.average_rate:  # whose count of frames has those that were left out in it
        lasts = stream.frames / float(stream.average_rate)
    if lasts - last > max(SHORT_S, SHORT_SHARE * lasts):
        raise MediaError("truncated", f"the header says {lasts:,.2f} s, the file ends at {last:.2f} s")


def of_folder(folder: Path, fps: float | None) -> Timeline:
    """List the pictures of a folder by the last number in their names. Raises MediaError if there is none."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.lower().endswith(PICTURES)]
    numbered = sorted((_number(name), name) for name in names if not name.startswith("."))
    if not numbered:
        raise MediaError("empty", "the folder holds no picture")
    if len(numbered) > MOST_FRAMES:
        raise MediaError("too_large", f"more than {MOST_FRAMES:,} pictures")
    step = 1 / fps if fps else 1.0
    return Timeline(
        times=tuple(i * step for i in range(len(numbered))),
        step=step,
        keys=tuple(range(len(numbered))),
        timed=fps is not None,
        files=tuple(folder / name for _, name in numbered),
        numbers=tuple(number for number, _ in numbered),
    )


def _number(name: str) -> int:
    found = NUMBER.findall(name.rpartition(".")[0])
    return int(found[-1][:18]) if found else -1
