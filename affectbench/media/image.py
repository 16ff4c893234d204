"""Pictures. A picture is sent as the bytes of its own file wherever it can be; pixels are decoded only if they change.

They change when a box is cut out, when the camera's orientation has to be applied (servers differ in whether they do),
when the file is in a format that models do not take, and for raw pixels of a table. What changed goes out as PNG.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import threading
import zlib
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from affectbench.errors import MediaError
from affectbench.media import shaping
from affectbench.types import Cell, Decoded, Facts, Media
from affectbench.views import View

MAX_BYTES = 64_000_000
MAX_PIXELS = shaping.MOST_PIXELS
AT_ONCE = 16_000_000
"""Pictures of more pixels are changed one after the other: each takes up to twelve bytes a pixel meanwhile."""
SENT_AS_IS = ("PNG", "JPEG", "WEBP", "GIF")
READ = (*SENT_AS_IS, "BMP", "TIFF", "PPM")
"""The formats that are opened at all; Pillow knows more, some of which start other programs."""

_LARGE = threading.Lock()
_ORIENTATION = 0x0112
_BEGIN = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
_BROKEN = (
    *(
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        SyntaxError,
        TypeError,
        ValueError,
    ),
    *(struct.error, zlib.error),
)
"""What Pillow raises, depending on where a broken file makes it stumble."""


def prepare(media: Media, path: Path | None, view: View) -> Decoded:
    """Read and check one picture, change it if need be; the payload holds its encoded bytes. Raises MediaError."""
    if media.cell is not None and media.cell.size is not None:
        picture = _from_pixels(media, media.cell)
        return _changed(media, picture, ["from raw pixels"], view)
    data = media.cell.data if media.cell is not None else _read(media, path)
    picture = _open(media, data)
    notes = _anew(picture)
    if not notes and not shaping.changes(media, view, picture.size):
        _check_end(media, picture, data)
        return _decoded(media, data, picture)
    return _changed(media, picture, notes, view)


def rgb(data: bytes) -> Image.Image:
    """Decode the bytes of a prepared picture for a local model: RGB, transparency on white. Raises MediaError."""
    try:
        with Image.open(io.BytesIO(data), formats=SENT_AS_IS) as picture:
            return _flat(picture)
    except _BROKEN as error:
        raise MediaError("truncated", f"the pixels cannot be decoded: {error}") from None


def unopened(media: Media, error: OSError) -> MediaError:
    """Return the MediaError for a file that could not be opened; it names the path below the data root."""
    kind = "missing" if isinstance(error, FileNotFoundError | NotADirectoryError) else "unreadable"
    return _error(media, kind, error.strerror or type(error).__name__)


def _error(media: Media, kind: str, why: str) -> MediaError:
    return MediaError(kind, f"{media.name}: {media.path or 'cell'}: {why}")


def _read(media: Media, path: Path | None) -> bytes:
    if path is None:
        raise _error(media, "missing", "has neither a file nor pixels")
    try:
        with path.open("rb") as file:
            if (size := os.fstat(file.fileno()).st_size) > MAX_BYTES:
                raise _error(media, "too_large", f"{size:,} bytes, at most {MAX_BYTES:,} are read")
            return file.read()
    except OSError as error:
        raise unopened(media, error) from None


def _open(media: Media, data: bytes) -> Image.Image:
    """Read a picture's header."""
    try:
        picture = Image.open(io.BytesIO(data), formats=READ)
    except UnidentifiedImageError:
        torn = not data or data.startswith(_BEGIN)
        why = "the file ends within its header" if torn else "not a picture in a known format"
        raise _error(media, "truncated" if torn else "unreadable", why) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _error(media, "too_large", f"more than {MAX_PIXELS:,} pixels") from None
    except _BROKEN as error:
        raise _error(media, "truncated", f"broken header: {error}") from None
    if picture.width * picture.height > MAX_PIXELS:
        raise _error(media, "too_large", f"{picture.width} x {picture.height} is more than {MAX_PIXELS:,} pixels")
    return picture


def _anew(picture: Image.Image) -> list[str]:
    """Say why a file cannot go out as it is, whatever the task shows of it."""
    if _format(picture) not in SENT_AS_IS:
        return [f"encoded anew from {picture.format}"]
    if _orientation(picture) != 1:
        return ["turned upright"]
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        return ["first frame of an animation"]
    return []


def _format(picture: Image.Image) -> str:
    """Name the format; a phone's JPEG with a second picture behind the first is still a JPEG."""
    return "JPEG" if picture.format == "MPO" else picture.format or ""


def _orientation(picture: Image.Image) -> int:
    if "exif" not in picture.info:
        return 1
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
    except _BROKEN:
        return 1  # a broken EXIF block is no broken picture
    return found if found in range(1, 9) else 1


def _check_end(media: Media, picture: Image.Image, data: bytes) -> None:
    """See that the file was not torn off: by its end mark or length, or, where these say nothing, by decoding it."""
    whole = True
    match _format(picture):
        case "PNG":
            whole = data.rfind(b"IEND\xaeB`\x82") > 0
        case "WEBP":
            whole = int.from_bytes(data[4:8], "little") + 8 <= len(data)
        case "JPEG" if b"\xff\xd9" in data[-64:]:
            pass
        case _:  # a GIF, or a camera's JPEG that has no end mark, or much behind it
            _load(media, picture)
    if not whole:
        raise _error(media, "truncated", "the file ends before its end mark")


def _load(media: Media, picture: Image.Image) -> None:
    try:
        picture.load()
    except _BROKEN as error:
        raise _error(media, "truncated", f"the pixels cannot be decoded: {error}") from None


def _changed(media: Media, picture: Image.Image, notes: list[str], view: View) -> Decoded:
    with _LARGE if picture.width * picture.height > AT_ONCE else nullcontext():
        return _encoded_anew(media, picture, notes, view)


def _encoded_anew(media: Media, picture: Image.Image, notes: list[str], view: View) -> Decoded:
    _load(media, picture)
    try:
        upright = ImageOps.exif_transpose(picture) if _orientation(picture) != 1 else picture
    except _BROKEN:
        upright = picture
    if shaping.changes(media, view, upright.size):
        done = shaping.shaped([np.asarray(_flat(upright))], media, view)
        upright, notes = Image.fromarray(done.pictures[0]), done.notes + notes
    upright = _eight_bits(upright)
    if upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        upright = upright.convert("RGB")
    out = io.BytesIO()
    upright.save(out, "PNG", compress_level=4)
    upright.format = "PNG"
    return _decoded(media, out.getvalue(), upright, "; ".join(notes))


def _flat(picture: Image.Image) -> Image.Image:
    """Return a picture as RGB, transparency on white."""
    if not picture.has_transparency_data:
        return _eight_bits(picture).convert("RGB")
    plain = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), plain).convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale pictures of 16 bits a pixel; Pillow's own conversion would cut all values above 255."""
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return picture


def _from_pixels(media: Media, cell: Cell) -> Image.Image:
    width, height = cell.size or (0, 0)
    needed = width * height * (3 if cell.mode == "rgb" else 1)
    if min(width, height) < 1 or needed > 3 * MAX_PIXELS or len(cell.data) != needed:
        raise _error(media, "unreadable", f"{width} x {height} {cell.mode} takes {needed} bytes, not {len(cell.data)}")
    return Image.frombytes("RGB" if cell.mode == "rgb" else "L", (width, height), cell.data)


def _decoded(media: Media, data: bytes, picture: Image.Image, note: str | None = None) -> Decoded:
    facts = Facts(
        name=media.name,
        kind=media.kind,
        source=media.path or "cell",
        bytes=len(data),
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        format=_format(picture).lower(),
        width=picture.width,
        height=picture.height,
        note=note,
    )
    return Decoded(facts=facts, payload=(data,))
