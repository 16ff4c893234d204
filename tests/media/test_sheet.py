"""Sheets: pictures of what was sent hold what was sent, whatever that is."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
import soundfile
from PIL import Image

from affectbench.media import sheet, spectrum
from tests.questions import picture

RATE = 16_000


def opened(png: bytes) -> Image.Image:
    page = Image.open(io.BytesIO(png))
    assert page.format == "PNG" and page.mode == "RGB"
    return page


def plain(colour: str, size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def colours(page: Image.Image) -> dict[tuple[int, ...], int]:
    return {colour: n for n, colour in page.getcolors(page.width * page.height) or []}  # type: ignore[misc]


def tone(hertz: float, seconds: float = 1.0, loud: float = 0.4) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


# -- contact sheets --------------------------------------------------------------------------------------------------


def test_every_picture_is_there_in_its_order() -> None:
    shades = ["#ff0000", "#00ff00", "#0000ff", "#ffff00", "#ff00ff"]
    page = opened(sheet.contact_sheet([plain(shade, (240, 120)) for shade in shades], list("abcde"), "five"))
    seen = np.asarray(page).reshape(-1, 3)
    firsts = [
        int(np.flatnonzero((seen == Image.new("RGB", (1, 1), s).getpixel((0, 0))).all(axis=1))[0]) for s in shades
    ]
    assert firsts == sorted(firsts)
    for shade in shades:
        assert colours(page)[Image.new("RGB", (1, 1), shade).getpixel((0, 0))] == 240 * 120  # type: ignore[index]


def test_sizes_and_formats_may_differ_and_nothing_grows_beyond_its_room() -> None:
    kinds = [("PNG", (9, 9)), ("JPEG", (3000, 10)), ("WEBP", (10, 2000)), ("PNG", (1, 1)), ("GIF", (500, 500))]
    pages = [picture(size=size, kind=kind) for kind, size in kinds]
    page = opened(sheet.contact_sheet(pages, [""] * 5, ""))
    assert page.width <= sheet.PAGE and page.height <= 3 * (sheet.SIDE + 60)


def test_a_tiny_picture_is_shown_by_whole_pixels() -> None:
    page = opened(sheet.contact_sheet([plain("#ff0000", (10, 10))], ["x"], "t"))
    assert colours(page)[255, 0, 0] == 120 * 120


def test_of_a_thousand_frames_some_are_shown_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    place, page = sheet._place, sheet._page
    monkeypatch.setattr(
        sheet, "_place", lambda p, thumb, caption, room: said.append(caption) or place(p, thumb, caption, room)
    )
    monkeypatch.setattr(sheet, "_page", lambda size, title, line: said.append(line) or page(size, title, line))
    began = time.monotonic()
    found = opened(sheet.contact_sheet([plain("#123456")] * 1024, [str(n) for n in range(1024)], "many"))
    assert said[0] == "64 of 1,024 pictures, evenly spread; 960 more are not shown"
    assert len(said) == 65 and (said[1], said[-1]) == ("0", "1023") and len(set(said)) == 65
    assert found.width * found.height < 5_000_000 and time.monotonic() - began < 30


def test_what_cannot_be_decoded_leaves_a_place() -> None:
    good = plain("#ff0000", (200, 200))
    page = opened(sheet.contact_sheet([good, b"no picture", good[:200], b""], list("abcd"), "torn"))
    assert colours(page)[255, 0, 0] == 200 * 200
    assert colours(page)[0xF6, 0xF8, 0xFA] > 3 * 100 * 100


@pytest.mark.parametrize(
    "text", ["", "a" * 100_000, "名前 ☃ ɐ", "\ud800", "a\nb\tc\x00", "é ß − ×", "\u202e", " ", "🙂" * 900]
)
def test_any_text_can_be_a_title_or_a_caption(text: str) -> None:
    page = opened(sheet.contact_sheet([plain("#ff0000")], [text], text))
    assert page.width == sheet.LEAST_WIDTH
    white = np.asarray(page)[:, -sheet.MARGIN :]
    assert (white == 255).all()  # nothing runs over the edge


def test_captions_are_written_and_accents_that_the_font_lacks_are_left_out() -> None:
    one, other, same = (sheet.contact_sheet([plain("#ff0000")], [c], "t") for c in ("Zoé", "Zoz", "Zoe"))
    assert one != other and one == same


def test_no_pictures_make_an_empty_sheet_and_each_needs_a_caption() -> None:
    opened(sheet.contact_sheet([], [], "none"))
    with pytest.raises(ValueError, match="1 pictures with 0 captions"):
        sheet.contact_sheet([plain("#ff0000")], [], "t")


# -- sound -----------------------------------------------------------------------------------------------------------


def field(png: bytes, at: tuple[int, int, int, int]) -> np.ndarray:
    """Return how dark a field of the sheet is, 0 to 255, without its frame."""
    left, top, right, bottom = at
    return 255 - np.asarray(opened(png).convert("L"), dtype=int)[top + 1 : bottom - 1, left + 1 : right - 1]


@pytest.mark.parametrize("hertz", [500, 2000, 6000])
def test_a_tone_is_a_line_at_its_frequency(hertz: int) -> None:
    dark = field(sheet.waveform(tone(hertz), RATE, "tone"), sheet.SPECTRUM_AT).mean(axis=1)
    assert (1 - dark.argmax() / len(dark)) * RATE / 2 == pytest.approx(hertz, abs=100)
    assert dark.max() > 200 and np.median(dark) < 10


def test_a_sound_is_where_it_is_in_time() -> None:
    half = np.concatenate([np.zeros(RATE, np.float32), tone(1000)])
    png = sheet.waveform(half, RATE, "half")
    for at in (sheet.WAVE_AT, sheet.SPECTRUM_AT):
        dark = field(png, at).sum(axis=0)
        middle = len(dark) // 2
        assert dark[middle + 30 :].mean() > 4 * dark[: middle - 30].mean()


def test_the_envelope_is_that_of_the_samples() -> None:
    sound = np.random.default_rng(0).standard_normal(1000).astype(np.float32) / 10
    found = spectrum.envelope(sound, 100)
    assert np.array_equal(found.high, sound.reshape(100, 10).max(axis=1))
    assert np.array_equal(found.low, sound.reshape(100, 10).min(axis=1))
    assert found.rms == pytest.approx(np.sqrt((sound.reshape(100, 10).astype(float) ** 2).mean(axis=1)), rel=1e-5)
    assert found.peak == np.abs(sound).max() and found.top == 0.5
    assert np.array_equal(spectrum.envelope(sound[:3], 6).high, np.repeat(sound[:3], 2))


def test_silence_nothing_and_nonsense_are_drawn_too() -> None:
    blank = field(sheet.waveform(np.zeros(RATE, np.float32), RATE, "silence"), sheet.SPECTRUM_AT)
    assert blank.max() == 0
    wild = np.array([0.5, np.nan, np.inf, -np.inf, 3.0], dtype=np.float32)
    for sound in (np.zeros(0, np.float32), wild[:1], wild, tone(100, 0.001)):
        assert opened(sheet.waveform(sound, RATE, "odd")).size == sheet.SOUND


def test_hours_are_drawn_in_seconds() -> None:
    long = np.zeros(3 * 3600 * 8000, dtype=np.float32)
    long[::1000] = 0.3
    began = time.monotonic()
    sheet.waveform(long, 8000, "three hours")
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("end", "most"), [(0.00003, 5), (0.7, 12), (3.2, 12), (59.9, 12), (60, 12), (14_400, 12), (4e6, 6)]
)
def test_marks_are_round_and_few(end: float, most: int) -> None:
    found = spectrum.ticks(end, most)
    assert 3 <= len(found) <= most and found[0] == 0 and end - found[-1] < found[1] * (1 + 1e-9)
    assert f"{found[1]:e}"[:2] in ("1.", "2.", "5.")


def test_the_scale_is_round_and_holds_the_sound() -> None:
    tops = {
        peak: spectrum.envelope(np.array([peak, -peak], np.float32), 2).top for peak in (0.0, 0.003, 0.2, 0.4, 1.0, 1.5)
    }
    assert tops == {0.0: 0.001, 0.003: 0.005, 0.2: 0.5, 0.4: 0.5, 1.0: 1.0, 1.5: 1.5}


def test_a_wav_file_holds_the_sound_in_16_bits() -> None:
    sound = np.append(tone(440), [1.0, -1.0]).astype(np.float32)
    heard, rate = soundfile.read(io.BytesIO(sheet.wav(sound, RATE)), dtype="float32")
    assert rate == RATE and np.abs(heard - sound).max() <= 1 / 32767
    assert soundfile.info(io.BytesIO(sheet.wav(sound, RATE))).subtype == "PCM_16"
