"""Which frames of a clip are shown: a policy, a timeline and the part of the clip that a sample is about."""

from __future__ import annotations

from itertools import takewhile

from affectbench.errors import MediaError
from affectbench.media.timeline import Timeline
from affectbench.types import Media
from affectbench.views import FRAMES, Frames


def chosen(frames: Frames, line: Timeline, media: Media) -> tuple[int, ...]:
    """Return the places of the frames in order, each once. Raises MediaError: `no_frame`, `no_apex`, `bad_segment`."""
    low, high = part(line, media)
    if frames.policy == "first":
        return (low,)
    if frames.policy == "apex":
        if media.apex is None:
            raise MediaError("no_apex", "the dataset names no apex frame for this clip")
        return (line.numbered(media.apex, media.count_from),)
    if frames.policy == "keyframes":
        return _keyframes(frames, line, (low, high))
    start, end = _span(line, media, (low, high))
    places = (min(max(line.at(time), low), high) for time in _times(frames, start, end))
    return tuple(dict.fromkeys(places))


def part(line: Timeline, media: Media) -> tuple[int, int]:
    """Return the places of the first and the last frame of the part that the sample is about."""
    low, high = 0, len(line.times) - 1
    if media.first is not None:
        low = line.numbered(media.first, media.count_from)
    if media.last is not None:
        high = line.numbered(media.last, media.count_from)
    if not line.timed and (media.start_s is not None or media.end_s is not None):
        raise MediaError("bad_segment", "a segment in seconds of a folder whose rate (`fps`) the dataset does not give")
    if media.start_s is not None:
        if media.start_s >= line.end:
            raise MediaError("bad_segment", f"begins at {media.start_s:g} s, the clip ends at {line.end:.2f} s")
        low = max(low, line.at(media.start_s))
    if media.end_s is not None:
        high = min(high, line.at(media.end_s - line.step * 1e-3))
    if low > high or (media.start_s is not None and media.end_s is not None and media.start_s >= media.end_s):
        raise MediaError("bad_segment", f"the segment ends before it begins ({_segment(media)})")
    return low, high


def _segment(media: Media) -> str:
    given = {name: getattr(media, name) for name in ("start_s", "end_s", "first", "last")}
    return ", ".join(f"{name} {value:g}" for name, value in given.items() if value is not None)


def _span(line: Timeline, media: Media, places: tuple[int, int]) -> tuple[float, float]:
    """Return when the part begins and ends, in seconds."""
    start, end = line.times[places[0]], line.end
    if places[1] + 1 < len(line.times):
        end = line.times[places[1] + 1]
    if line.timed and media.start_s is not None:
        start = max(start, media.start_s)
    if line.timed and media.end_s is not None:
        end = min(end, media.end_s)
    return start, end


def _times(frames: Frames, start: float, end: float) -> list[float]:
    if frames.policy == "times":
        return [start + time for time in frames.times]
    if frames.policy == "middle":
        return [(start + end) / 2]
    if frames.policy == "fps":
        step, most = 1 / (frames.fps or 1), frames.n or FRAMES
        times = list(takewhile(lambda time: time < end, (start + i * step for i in range(most + 1))))
        if len(times) <= most:
            return times
    n = frames.n or FRAMES
    return [start + (end - start) * (i + 0.5) / n for i in range(n)]


def _keyframes(frames: Frames, line: Timeline, places: tuple[int, int]) -> tuple[int, ...]:
    low, high = places
    keys = [key for key in line.keys if low <= key <= high] or [low]
    n = frames.n or FRAMES
    if len(keys) <= n:
        return tuple(keys)
    return tuple(dict.fromkeys(keys[int((i + 0.5) * len(keys) / n)] for i in range(n)))
