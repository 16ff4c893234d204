"""Clips: a file or a folder of pictures becomes a few frames, each with its time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from affectbench.media import decoders, image, shaping, timeline
from affectbench.media.choosing import chosen, part
from affectbench.media.timeline import Timeline
from affectbench.types import Decoded, Facts, Media
from affectbench.views import FRAMES, SIDE, Frames, View

if TYPE_CHECKING:
    import numpy as np


def prepare(media: Media, path: Path, view: View) -> Decoded:
    """Decode the frames of a clip that the view asks for; the payload holds each as an encoded picture.

    Raises MediaError: `unreadable`, `truncated`, `no_video`, `no_frame`, `no_apex`, `bad_segment`, `too_large` …
    """
    line = _line(media, path)
    places = chosen(view.frames or Frames(n=FRAMES), line, media)
    view = view if view.size is not None else replace(view, size=SIDE)
    if line.files and (kept := _as_they_are(media, view, [line.files[place] for place in places])):
        data, size, form, notes = kept
        decoder = None
    else:
        decoder = None if line.files else decoders.chosen(path, line)
        pictures = _stills(media, line, places) if line.files else decoders.decode(decoder or "", path, line, places)
        done = shaping.shaped(pictures, media, view)
        data, size, form, notes = tuple(map(shaping.jpeg, done.pictures)), done.size, "jpeg", done.notes
        places = tuple(places[place] for place in done.order) if done.order else places
    notes = [line.note, *notes] if line.note else notes
    low, high = part(line, media)
    lasts = line.times[high] + line.step - line.times[low]
    facts = Facts(
        name=media.name, kind="video", source=media.path or "cell", bytes=sum(map(len, data)), digest=_digest(data),
        format=form, width=size[0], height=size[1], frames=len(data), decoder=decoder, note="; ".join(notes) or None,
        times_s=tuple(round(line.times[place], 3) for place in places) if line.timed else None,
        seconds=round(lasts, 3) if line.timed else None,
    )  # fmt: skip
    return Decoded(facts=facts, payload=data)


def still(media: Media, path: Path, view: View) -> Decoded:
    """Decode one frame of a clip as a picture: `media.frame`. Raises MediaError as `prepare` does."""
    line = _line(media, path)
    place = line.numbered(media.frame or 0, media.count_from)
    if line.files:
        return image.prepare(media, line.files[place], view)
    name = decoders.chosen(path, line)
    done = shaping.shaped(decoders.decode(name, path, line, [place]), media, view)
    data = (shaping.jpeg(done.pictures[0]),)
    facts = Facts(
        name=media.name, kind="image", source=media.path or "cell", bytes=len(data[0]), digest=_digest(data),
        format="jpeg", width=done.size[0], height=done.size[1], times_s=(round(line.times[place], 3),), decoder=name,
        note="; ".join(filter(None, [f"frame {media.frame}", line.note, *done.notes])),
    )  # fmt: skip
    return Decoded(facts=facts, payload=data)


def _line(media: Media, path: Path) -> Timeline:
    """Return the timeline of a clip; many samples may be parts of one file."""
    state = path.stat()
    if media.cell is not None:  # the file of the next cell may look the same
        return timeline.of_file(path)
    return _kept_line(path, media.fps, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=64)
def _kept_line(path: Path, fps: float | None, state: tuple[int, int]) -> Timeline:
    return timeline.of_folder(path, fps) if path.is_dir() else timeline.of_file(path)


def _stills(media: Media, line: Timeline, places: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the pictures of a folder."""
    import numpy as np

    for place in places:
        one = image.prepare(replace(media, kind="image", box=None, faces=(), frame=None), line.files[place], View())
        yield np.asarray(image.rgb(one.payload[0]))


def _as_they_are(
    media: Media, view: View, files: Sequence[Path]
) -> tuple[tuple[bytes, ...], tuple[int, int], str, list[str]] | None:
    """Return a folder's files themselves where nothing about them has to change, None where something has."""
    plain = replace(media, kind="image", frame=None)
    found: list[Decoded] = []
    for file in files:
        if shaping.changes(media, view, (0, 0)):
            return None
        found.append(image.prepare(plain, file, View()))
    facts = [one.facts for one in found]
    sizes = {(fact.width or 0, fact.height or 0) for fact in facts}
    if len(sizes) > 1 or len({fact.format for fact in facts}) > 1 or max(*sizes.copy().pop()) > (view.size or SIDE):
        return None
    return tuple(one.payload[0] for one in found), sizes.pop(), facts[0].format or "", []


def _digest(data: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for one in data:
        digest.update(len(one).to_bytes(8, "big") + one if len(data) > 1 else one)
    return f"sha256:{digest.hexdigest()}"
