"""What happens to pixels before they are sent: a face is cut out, a large picture scaled down, a variant applied.

All frames of a clip are treated alike: the box is found once, in pixels of its first shown frame.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any
from zlib import crc32

from PIL import Image

from affectbench.errors import MediaError
from affectbench.types import Box, Media
from affectbench.views import View

if TYPE_CHECKING:
    import numpy as np

MOST_PIXELS = 64_000_000
"""Of one picture or frame; larger ones are not decoded."""
QUALITY = 95
"""Of the JPEG files in which frames are sent."""

RESIZED = "pictures of several sizes, shown in that of the first"

Edges = tuple[int, int, int, int]


@dataclass(slots=True)
class Shaped:
    """Pictures (uint8, shape (height, width, 3)) as they are sent, and notes on what was done to them.

    `order`: the place that each had before a change of the order; empty if there was none.
    """

    pictures: list[np.ndarray]
    notes: list[str] = field(default_factory=list)
    order: Sequence[int] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pictures[0].shape[1], self.pictures[0].shape[0]


def changes(media: Media, view: View, size: tuple[int, int]) -> bool:
    """Whether a picture of this size would be changed."""
    cut = view.detect is not None or (view.crop and (media.box is not None or bool(media.faces)))
    large = view.size is not None and max(size) > view.size
    return cut or large or view.blank or (view.perturbed is not None and kind_of(view) == "pictures")


def kind_of(view: View) -> str | None:
    """Return what a view's perturbation changes: pictures or sound."""
    if view.perturbed is None:
        return None
    from affectbench.media import perturb

    return perturb.kind_of(view.perturbed.name)


def shaped(pictures: Iterable[np.ndarray], media: Media, view: View) -> Shaped:
    """Return pictures as the view shows them, each made small before the next is taken.

    Raises MediaError: `bad_box`, `no_face`, `too_large`.
    """
    finding = view.crop and view.detect is not None and media.box is None and not media.faces
    done = Shaped([])
    coming = _of_one_size(_bounded(pictures), done.notes)
    done.pictures = list(coming) if finding else []
    coming = iter(done.pictures) if finding else coming
    first = next(coming)
    done.pictures = done.pictures or [first]
    whole = done.size
    cut = _edges(done, media, view) or (0, 0, *whole)
    size = _size((cut[2] - cut[0], cut[3] - cut[1]), view.size)
    if size is not None:
        done.notes.append(f"scaled down from {cut[2] - cut[0]} × {cut[3] - cut[1]}")
    cutting = _Cutting(cut, size)
    done.pictures = [cutting.cut(picture) for picture in chain([first], coming)]
    if view.perturbed is not None and kind_of(view) == "pictures":
        from affectbench.media import perturb

        faces = [_face(media, view, whole, done.size)] * len(done.pictures)
        done.order = perturb.order(len(done.pictures), view.perturbed, seed(media))
        done.pictures = perturb.pictures(done.pictures, view.perturbed, seed(media), faces)
        done.notes.append(f"{view.perturbed.name}:{view.perturbed.severity}")
    if view.blank:
        done.pictures = [picture * 0 for picture in done.pictures]
        done.notes.append("blank")
    return done


def _face(media: Media, view: View, whole: tuple[int, int], size: tuple[int, int]) -> Edges | None:
    """Return where the face is in a picture that was scaled as a whole, None where it was cut out or nobody says."""
    if view.crop or media.box is None:
        return None
    left, top, right, bottom = pixels(media, media.box, whole)
    across, down = size[0] / whole[0], size[1] / whole[1]
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def seed(media: Media) -> int:
    """Return the seed of what is random in a medium's changes: the same medium has the same in every run."""
    which = f"{media.root}:{media.path}#{media.frame}/{media.start_s}/{media.first}/{media.name}".encode()
    return crc32(which + (media.cell.data if media.cell else b""))


def jpeg(picture: np.ndarray) -> bytes:
    """Return a picture as a JPEG file."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def pixels(media: Media, box: Box, size: tuple[int, int], margin: float = 0.0) -> Edges:
    """Return a box in whole pixels, wider by the margin, cut to the picture. Raises MediaError `bad_box`."""
    width, height = size
    across, down = size if box.unit == "share" else (1, 1)
    if all(map(math.isfinite, box.xyxy)):
        left, top, right, bottom = box.xyxy
        aside, above = margin * (right - left), margin * (bottom - top)
        inside = (
            *(max(round((left - aside) * across), 0), max(round((top - above) * down), 0)),
            *(min(round((right + aside) * across), width), min(round((bottom + above) * down), height)),
        )
        if inside[0] < inside[2] and inside[1] < inside[3]:
            return inside
    where = f"{media.name}: {media.path or 'cell'}"
    raise MediaError("bad_box", f"{where}: the box {box.xyxy} holds no pixel of the {width} x {height} picture")


def _edges(done: Shaped, media: Media, view: View) -> Edges | None:
    """Return what is cut out, None for the whole picture; a note says why."""
    if not view.crop:
        return None
    if media.box is not None:
        done.notes.append("cropped to its box")
        return pixels(media, media.box, done.size, view.margin)
    if media.faces:
        boxes = {face.id: pixels(media, face.box, done.size, view.margin) for face in media.faces}
        name = view.face if view.face in boxes else _ruled(boxes, view, done.size)
        done.notes.append(f"cropped to the face {name!r}" + ("" if name == view.face else f", the {view.face} one"))
        return boxes[name]
    return _detected(done, media, view) if view.detect else None


def _detected(done: Shaped, media: Media, view: View) -> Edges:
    from affectbench.media import detect

    middle = done.pictures[len(done.pictures) // 2]
    found = {str(i): box for i, box in enumerate(detect.haar(middle))}
    if not found:
        raise MediaError("no_face", f"{media.name}: {media.path or 'cell'}: {view.detect} finds no face")
    left, top, right, bottom = found[_ruled(found, view, done.size)]
    done.notes.append(f"cropped to the {view.face} face of {len(found)} found by {view.detect}")
    return pixels(media, Box(xyxy=(left, top, right, bottom)), done.size, view.margin)


def _ruled(boxes: dict[str, Edges], view: View, size: tuple[int, int]) -> str:
    """Return the face that the task's rule chooses. Raises MediaError for an id that is not there."""

    def area(name: str) -> int:
        left, top, right, bottom = boxes[name]
        return (right - left) * (bottom - top)

    def from_centre(name: str) -> float:
        left, top, right, bottom = boxes[name]
        return math.hypot((left + right - size[0]) / 2, (top + bottom - size[1]) / 2)

    if view.face == "largest":
        return max(boxes, key=area)
    if view.face == "centre":
        return min(boxes, key=from_centre)
    raise MediaError("no_face", f"there is no face {view.face!r}: there are {', '.join(sorted(boxes))[:200]}")


def _bounded(pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Pass pictures on while one of them, and all that have to be held, fit into memory."""
    for picture in pictures:
        height, width = picture.shape[:2]
        if width * height > MOST_PIXELS:
            raise MediaError("too_large", f"frames of {width} x {height} are more than {MOST_PIXELS:,} pixels")
        yield picture


def _of_one_size(pictures: Iterable[np.ndarray], notes: list[str]) -> Iterator[np.ndarray]:
    """Pass pictures on, all in the size of the first: the size of a stream may change, as may that of a folder's."""
    import numpy as np

    first: tuple[int, int] | None = None
    for picture in pictures:
        size = picture.shape[1], picture.shape[0]
        first = first or size
        if size != first:
            notes += [] if RESIZED in notes else [RESIZED]
            picture = np.asarray(Image.fromarray(picture).resize(first))  # noqa: PLW2901
        yield picture


def _size(size: tuple[int, int], most: int | None) -> tuple[int, int] | None:
    """Return the size to which a picture is scaled down, None where it is small enough."""
    if most is None or max(size) <= most:
        return None
    factor = most / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


@dataclass
class _Cutting:
    """Cuts the same part out of one picture after another, and scales it down where a size is given."""

    edges: Edges
    size: tuple[int, int] | None
    scaler: Any = None

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """Return the part of a picture."""
        import numpy as np

        left, top, right, bottom = self.edges
        part = picture[top:bottom, left:right]
        if self.size is None:
            return part.copy() if part.size < picture.size else part
        return self._scaled(np.ascontiguousarray(part), self.size)

    def _scaled(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Scale a picture down as Pillow does, but for 0.1 levels: FFmpeg's scaler takes a fifth of the time.

        It is set up once for all pictures of a clip, and has no vector code for pixels whose colours are not apart.
        """
        import av
        from av.video.reformatter import VideoReformatter

        self.scaler = self.scaler or VideoReformatter()
        frame = av.VideoFrame.from_numpy_buffer(picture, format="rgb24")
        scaled = self.scaler.reformat(
            frame, width=size[0], height=size[1], format="gbrp", interpolation="BILINEAR", threads=1
        )
        found: np.ndarray = scaled.to_ndarray()
        return found
