"""PyAV: one pass through the file; stretches without a wanted frame are leapt over where a key frame allows it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from affectbench.errors import MediaError
from affectbench.media.timeline import Timeline, films, is_memory, opened, reason

INDEXED = ("mov", "matroska")
"""Containers that say where their key frames are; in others a seek may land behind the frame that is looked for."""
LEAP = 32
"""So many frames are decoded for nothing before a seek, which costs about as much, is worth it."""


def frames(path: Path, line: Timeline, places: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the frames at `places`. Raises MediaError."""
    with opened(path) as container:
        stream = films(container)[0]
        stream.codec_context.thread_count = 1  # clips are decoded side by side, each in a process of its own
        reader = _Reader(container, stream, line)
        for place in places:
            yield _upright(reader.read(place))


class _Reader:
    """Goes forward through a file."""

    def __init__(self, container: Any, stream: Any, line: Timeline) -> None:
        self.container = container
        self.stream = stream
        self.line = line
        self.next = 0
        self.last: Any = None
        self.leaps = any(name in INDEXED for name in container.format.name.split(","))
        self.decoded = container.decode(stream)

    def read(self, place: int) -> Any:
        """Return the frame at a place that is not behind. Raises MediaError where it and the next cannot be decoded."""
        stamps = self.line.stamps
        if stamps is None:
            return self._counted(place)
        self._leap(place, stamps)
        self.next = place + 1
        while self.last is None or self.last.pts is None or self.last.pts < stamps[place]:
            self.last = self._decoded(place)
        if self.last.pts > stamps[min(place + 1, len(stamps) - 1)]:
            raise MediaError("truncated", f"frame {place} cannot be decoded")
        return self.last

    def _leap(self, place: int, stamps: Sequence[int]) -> None:
        """Go to the key frame before a place if that is far away; back to the beginning if the seek misses it."""
        key = self.line.keys[max(0, bisect_right(self.line.keys, place) - 1)] if self.line.keys else 0
        if not self.leaps or key - self.next <= LEAP:
            return
        for stamp in (stamps[key], stamps[0]):
            self.container.seek(stamp, stream=self.stream)
            self.decoded = self.container.decode(self.stream)
            self.last = self._decoded(place)
            if self.last.pts is not None and self.last.pts <= stamps[key]:
                return

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


def _upright(frame: Any) -> np.ndarray:
    """Return a frame as the camera was held: its file says by how many degrees it is turned, against the clock."""
    array: np.ndarray = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(array, round(frame.rotation / 90) % 4)) if frame.rotation else array
