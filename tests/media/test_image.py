"""Pictures go out as their own bytes unless something must change; what is torn, huge or no picture is told apart."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affectbench import media
from affectbench.errors import MediaError
from affectbench.media import image
from affectbench.types import Box, Cell, Media
from tests.questions import picture

KINDS = ("PNG", "JPEG", "WEBP", "GIF")
WHOLE = {kind: picture(size=(40, 30), kind=kind) for kind in KINDS}


def cell(data: bytes, **fields: object) -> Media:
    return Media(name="face", kind="image", cell=Cell(data=data), **fields)  # type: ignore[arg-type]


def decoded_pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def failure(medium: Media, path: Path | None = None) -> str:
    with pytest.raises(MediaError) as caught:
        media.prepare(medium, path, observe=True)
    assert "face" in str(caught.value)
    return caught.value.kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_goes_out_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.img"
    path.write_bytes(WHOLE[kind])
    ready = media.prepare(Media(name="face", kind="image", path="sub/a.img"), path, observe=True)
    assert ready.payload == (WHOLE[kind],)
    facts = ready.facts
    assert (facts.width, facts.height, facts.format, facts.source) == (40, 30, kind.lower(), "sub/a.img")
    assert facts.digest == f"sha256:{hashlib.sha256(WHOLE[kind]).hexdigest()}"
    assert facts.bytes == len(WHOLE[kind]) and facts.observed and facts.note is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.98])
def test_a_torn_file_is_truncated(kind: str, share: float) -> None:
    data = picture(size=(200, 150), kind=kind)
    assert failure(cell(data[: int(len(data) * share)])) == "truncated"


def test_a_thumbnail_does_not_hide_a_torn_jpeg() -> None:
    thumbnail = picture(size=(16, 16), kind="JPEG")
    whole = picture(size=(300, 200), kind="JPEG")
    data = whole[:2] + b"\xff\xe2" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + whole[2:]
    assert media.prepare(cell(data), None, observe=True).payload == (data,)
    assert failure(cell(data[: -len(whole) // 2])) == "truncated"


def test_what_follows_the_end_of_a_picture_does_no_harm() -> None:
    data = WHOLE["JPEG"] + b"\0" * 500
    assert media.prepare(cell(data), None, observe=True).payload == (data,)


@given(data=st.binary(max_size=300), kind=st.sampled_from(KINDS), place=st.integers(0, 400))
def test_broken_bytes_are_a_media_error_or_a_picture(data: bytes, kind: str, place: int) -> None:
    whole = WHOLE[kind]
    broken = whole[:place] + data + whole[place + len(data) :]
    try:
        ready = media.prepare(cell(broken), None, observe=True)
    except MediaError as error:
        assert error.kind in {"truncated", "unreadable", "too_large"}
    else:
        assert ready.facts.width and ready.facts.height


def test_missing_and_not_a_picture(tmp_path: Path) -> None:
    here = Media(name="face", kind="image", path="a.png")
    assert failure(here, tmp_path / "a.png") == "missing"
    assert failure(here, tmp_path) == "unreadable"
    assert failure(cell(b"<html>not found</html>")) == "unreadable"


def test_messages_name_no_folder_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        media.prepare(Media(name="face", kind="image", path="a.png"), tmp_path / "a.png", observe=True)
    assert str(tmp_path) not in str(caught.value)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises far more than its few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9_000, 9_000), (11_000, 11_000), (60_000, 60_000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    assert failure(cell(bomb(*size))) == "too_large"


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "MAX_BYTES", 100)
    path = tmp_path / "a.png"
    path.write_bytes(WHOLE["PNG"])
    assert failure(Media(name="face", kind="image", path="a.png"), path) == "too_large"


def test_raw_pixels_become_a_png() -> None:
    pixels = bytes(range(12))
    medium = Media(name="face", kind="image", cell=Cell(data=pixels, size=(4, 3)))
    ready = media.prepare(medium, None, observe=True)
    assert Image.open(io.BytesIO(ready.payload[0])).tobytes() == pixels
    assert (ready.facts.format, ready.facts.note, ready.facts.source) == ("png", "from raw pixels", "cell")


@pytest.mark.parametrize("size", [(4, 4), (0, 3), (-4, -3)])
def test_raw_pixels_must_fill_their_size(size: tuple[int, int]) -> None:
    medium = Media(name="face", kind="image", cell=Cell(data=bytes(range(12)), size=size))
    assert failure(medium) == "unreadable"


@pytest.mark.parametrize(
    "box", [Box(xyxy=(10, 5, 30, 25)), Box(xyxy=(0.25, 1 / 6, 0.75, 5 / 6), unit="share")], ids=["pixel", "share"]
)
def test_a_box_is_cut_out(box: Box) -> None:
    ready = media.prepare(cell(WHOLE["PNG"], box=box), None, observe=True)
    assert decoded_pixels(ready.payload[0]).tobytes() == decoded_pixels(WHOLE["PNG"]).crop((10, 5, 30, 25)).tobytes()
    assert (ready.facts.width, ready.facts.height, ready.facts.note) == (20, 20, "cropped to its box")


def test_a_box_over_the_edge_is_cut_to_the_picture() -> None:
    ready = media.prepare(cell(WHOLE["PNG"], box=Box(xyxy=(-5, -5, 1e9, 10))), None, observe=True)
    assert (ready.facts.width, ready.facts.height) == (40, 10)


@pytest.mark.parametrize("xyxy", [(50, 0, 60, 10), (10, 10, 10, 20), (20, 0, 10, 10), (float("nan"), 0, 1, 1)])
def test_a_box_without_a_pixel_is_told(xyxy: tuple[float, float, float, float]) -> None:
    assert failure(cell(WHOLE["PNG"], box=Box(xyxy=xyxy))) == "bad_box"


def test_the_cameras_orientation_is_applied() -> None:
    plain = Image.open(io.BytesIO(WHOLE["PNG"]))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    plain.save(out, "PNG", exif=exif)
    ready = media.prepare(cell(out.getvalue()), None, observe=True)
    assert (ready.facts.width, ready.facts.height, ready.facts.note) == (30, 40, "turned upright")
    assert decoded_pixels(ready.payload[0]).tobytes() == plain.convert("RGB").transpose(Image.ROTATE_270).tobytes()


def test_formats_that_models_do_not_take_become_png() -> None:
    ready = media.prepare(cell(picture(kind="TIFF")), None, observe=True)
    assert (ready.facts.format, ready.facts.note) == ("png", "encoded anew from TIFF")
    assert decoded_pixels(ready.payload[0]).tobytes() == decoded_pixels(picture(kind="TIFF")).tobytes()


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    deep = Image.new("I;16", (2, 1))
    deep.putdata([0, 256 * 128])
    out = io.BytesIO()
    deep.save(out, "TIFF")
    ready = media.prepare(cell(out.getvalue()), None, observe=True)
    assert list(Image.open(io.BytesIO(ready.payload[0])).tobytes()) == [0, 128]


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    ready = media.prepare(cell(out.getvalue()), None, observe=True)
    assert (ready.facts.format, ready.facts.note) == ("png", "first frame of an animation")
    assert decoded_pixels(ready.payload[0]).getpixel((0, 0)) == (255, 0, 0)


def test_transparency_lies_on_white_for_a_local_model() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(out, "PNG")
    assert image.rgb(out.getvalue()).getpixel((0, 0)) == (255, 255, 255)


def test_a_local_model_meets_torn_pixels_as_a_media_error() -> None:
    data = picture(size=(200, 150), kind="JPEG")
    with pytest.raises(MediaError):
        image.rgb(data[: len(data) // 2])


def test_located_only(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"12345")
    clip = Media(name="clip", kind="video", path="a.mp4")
    ready = media.prepare(clip, path, observe=False)
    assert (ready.facts.bytes, ready.facts.observed, ready.facts.digest, ready.payload) == (5, False, None, ())
    with pytest.raises(MediaError, match=r"clip: a\.mp4") as caught:
        media.prepare(clip, tmp_path / "none.mp4", observe=False)
    assert caught.value.kind == "missing"
