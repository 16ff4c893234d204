"""PyAV: one pass through the file; stretches without a wanted frame are leapt over where a key frame allows it.

Frames that nobody asked for and no other frame is predicted from are not decoded: that changes no pixel.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.video.reformatter import VideoReformatter

from affectbench.errors import MediaError
from affectbench.media.timeline import INDEXED, Timeline, films, is_memory, opened, reason

SKIPS = ("h264", "hevc", "mpeg2video", "mpeg4")
"""Codecs whose decoders leave out frames from which no other is predicted."""
LEAP = 32
"""So many frames are decoded for nothing before a seek, which costs about as much, is worth it."""

Turn = tuple[int, int, int, int]
"""Where a step to the right goes, and where a step down."""


def frames(path: Path, line: Timeline, places: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the frames at `places`. Raises MediaError."""
    with opened(path) as container:
        stream = films(container)[0]
        stream.codec_context.thread_count = 1  # clips are decoded side by side, each in a process of its own
        reader = _Reader(container, stream, line)
        reader.skip_to(places)
        pixels, turn = VideoReformatter(), None
        try:
            for place in places:
                frame = reader.read(place)
                turn = turn or _turn(frame)
                yield _upright(pixels.reformat(frame, format="rgb24", threads=1).to_ndarray(), turn)
        finally:
            reader.decoded.close()  # it holds the reader, and the reader the codec's thread


class _Reader:
    """Goes forward through a file."""

    def __init__(self, container: Any, stream: Any, line: Timeline) -> None:
        self.container = container
        self.stream = stream
        self.line = line
        self.next = 0
        self.last: Any = None
        self.leaps = any(name in INDEXED for name in container.format.name.split(","))
        self.wanted: frozenset[int] = frozenset()
        self.decoded = self._coming()

    def skip_to(self, places: Sequence[int]) -> None:
        """Decode only what these places need."""
        if self.line.stamps is not None and self.leaps and self.stream.codec_context.name in SKIPS:
            self.wanted = frozenset(self.line.stamps[place] for place in places)

    def _coming(self) -> Generator[Any]:
        """Yield the decoded frames from here on."""
        codec, skipping = self.stream.codec_context, None
        for packet in self.container.demux(self.stream):
            skips = bool(self.wanted and packet.size and packet.pts not in self.wanted)
            if skips is not skipping:
                codec.skip_frame, skipping = "NONREF" if skips else "DEFAULT", skips
            yield from packet.decode()

    def read(self, place: int) -> Any:
        """Return the frame at a place that is not behind. Raises MediaError where it and the next cannot be decoded."""
        stamps = self.line.stamps
        if stamps is None:
            return self._counted(place)
        self._leap(place, stamps)
        self.next = place + 1
        while self.last is None or self.last.pts is None or self.last.pts < stamps[place]:
            self.last = self._decoded(place)
        if self.last.pts > stamps[place] and self.wanted:  # what was left out may be what comes in its place
            self.wanted = frozenset()
            self._begin(stamps[0], place)
            return self.read(place)
        if self.last.pts > stamps[min(place + 1, len(stamps) - 1)]:
            raise MediaError("truncated", f"frame {place} cannot be decoded")
        return self.last

    def _leap(self, place: int, stamps: Sequence[int]) -> None:
        """Go to the key frame before a place if that is far away; back to the beginning if the seek misses it."""
        key = self.line.keys[max(0, bisect_right(self.line.keys, place) - 1)] if self.line.keys else 0
        if not self.leaps or key - self.next <= LEAP:
            return
        for stamp in (stamps[key], stamps[0]):
            self._begin(stamp, place)
            if self.last.pts is not None and self.last.pts <= stamps[key]:
                return

    def _begin(self, stamp: int, place: int) -> None:
        """Decode on from a time stamp."""
        self.container.seek(stamp, stream=self.stream)
        self.decoded = self._coming()
        self.last = self._decoded(place)

    def _counted(self, place: int) -> Any:
        """Return a frame of a file without time stamps: there is nothing to seek by."""
        while self.next < place:
            self._decoded(place)
            self.next += 1
        self.next += 1
        return self._decoded(place)

    def _decoded(self, place: int) -> Any:
        """Decode the next frame on the way to a place."""
        try:
            frame = next(self.decoded, None)
        except av.error.FFmpegError as error:
            kind = "too_large" if is_memory(error) else "truncated"
            raise MediaError(kind, f"frame {place} cannot be decoded: {reason(error)}") from None
        if frame is None:
            raise MediaError("truncated", f"frame {place} of {len(self.line.times)} cannot be decoded")
        return frame


def mirrored(path: Path) -> bool:
    """Whether a file says that its frames are to be mirrored, which other decoders take for half a turn."""
    with opened(path) as container:
        frame = next(container.decode(films(container)[0]), None)
        a, b, c, d = _turn(frame) if frame is not None else (1, 0, 0, 1)
        return a * d - b * c < 0


def _upright(picture: np.ndarray, turn: Turn) -> np.ndarray:
    """Return a picture as it is meant to be seen: its file may say how it is turned and mirrored."""
    a, b, c, d = turn
    if abs(a) < abs(b):  # rows become columns
        picture, a, d = picture.transpose(1, 0, 2), c, b
    picture = picture[:, ::-1] if a < 0 else picture
    return np.ascontiguousarray(picture[::-1] if d < 0 else picture)


def _turn(frame: Any) -> Turn:
    """Return the matrix that a file's frames carry.

    It is read from one of them: a frame that was asked for it is kept until the garbage is collected.
    """
    told = next((data for data in frame.side_data if data.type is Type.DISPLAYMATRIX), None)
    if told is None:
        return 1, 0, 0, 1
    a, b, _, c, d, *_ = np.frombuffer(bytes(told), np.int32).tolist()
    return a, b, c, d
