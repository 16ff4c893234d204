"""Pictures of what was sent, for people: the frames of a clip side by side, a sound as its waveform and spectrogram."""

from __future__ import annotations

import bisect
import functools
import io
import math
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from affectbench.errors import MediaError
from affectbench.media import image, spectrum

SIDE = 240
"""The longest side of a picture on a sheet; larger ones are scaled down."""
TINY = 120
"""Smaller pictures are shown larger by whole pixels, up to about this."""
MOST = 64
"""So many pictures are shown at most, evenly spread over all."""
PAGE = 2048
"""A sheet is not much wider than this."""
MARGIN, GAP, LINE = 16, 12, 18
LEAST_WIDTH = 480
MOST_TEXT = 400
"""No text of a sheet is looked at behind so many characters."""

PAPER, INK, SOFT, RULE, EMPTY = "#ffffff", "#1f2328", "#656d76", "#d0d7de", "#f6f8fa"
WAVE, LOUD = "#a9cbe8", "#3c6fbd"

SOUND = (960, 460)
"""The size of a sound's picture; below, the fields of its waveform and its spectrogram: left, top, right, bottom."""
WAVE_AT = (52, 68, 944, 208)
SPECTRUM_AT = (52, 232, 944, 408)

Font: TypeAlias = ImageFont.FreeTypeFont
Rectangle: TypeAlias = tuple[int, int, int, int]


def contact_sheet(pictures: Sequence[bytes], captions: Sequence[str], title: str) -> bytes:
    """Return a PNG with the given encoded pictures in rows, a caption below each.

    Of more than MOST pictures so many are shown, the first and the last among them, and the sheet says how many are
    not. What cannot be decoded leaves a place that says so. Raises ValueError unless each has a caption.
    """
    if len(pictures) != len(captions):
        raise ValueError(f"{len(pictures)} pictures with {len(captions)} captions")
    shown = np.linspace(0, len(pictures) - 1, min(len(pictures), MOST)).round().astype(int).tolist()
    thumbs = [_thumb(pictures[place]) for place in shown]
    wide, high = (max(96, *(thumb.size[side] for thumb in thumbs)) if thumbs else 96 for side in (0, 1))
    across = _across(len(thumbs), wide, high)
    top, step = MARGIN + 2 * LINE + GAP, high + LINE + GAP
    width = 2 * MARGIN + across * (wide + GAP) - GAP
    rows = -(-len(thumbs) // across)
    page = _page((max(width, LEAST_WIDTH), top + rows * step - GAP + MARGIN), title, _said(len(pictures), len(shown)))
    for number, (place, thumb) in enumerate(zip(shown, thumbs, strict=True)):
        left, above = MARGIN + number % across * (wide + GAP), top + number // across * step
        _place(page, thumb, captions[place], (left, above, left + wide, above + high))
    return _png(page)


def waveform(samples: NDArray[np.float32], rate: int, title: str) -> bytes:
    """Return a PNG of a mono sound in -1..1: its amplitude over the seconds, and below it which frequencies it has.

    The pale shape reaches from the lowest to the highest sample, the dark one to the root of the mean square. The
    spectrogram is in dB below its loudest place; of a long sound each column looks at a few moments only.
    """
    square = float(np.dot(samples, samples))
    if not math.isfinite(square):
        samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
        square = float(np.dot(samples, samples))
    found = spectrum.envelope(samples, WAVE_AT[2] - WAVE_AT[0])
    loud = f"peak {_decibel(found.peak)} · mean {_decibel(math.sqrt(square / max(len(samples), 1)))}"
    seconds = len(samples) / rate
    page = _page(SOUND, title, f"{seconds:,.2f} s · {rate / 1000:g} kHz · {loud if square else 'silent'}")
    _draw_wave(page, found)
    left, top, right, bottom = SPECTRUM_AT
    if len(samples):
        page.paste(spectrum.spectrogram(samples, rate, (right - left, bottom - top)), (left, top))
    _axes(page, rate, seconds)
    return _png(page)


def wav(samples: NDArray[np.float32], rate: int) -> bytes:
    """Return a sound, samples in -1..1 of shape (samples,), as a WAV file of 16 bits."""
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, samples, rate, format="WAV", subtype="PCM_16")
    return out.getvalue()


# -- pictures --------------------------------------------------------------------------------------------------------


def _thumb(data: bytes) -> Image.Image:
    """Return a picture as large as it is shown; one that cannot be decoded as a grey place that says so."""
    try:
        picture = image.rgb(data)
    except MediaError:
        picture = Image.new("RGB", (TINY, TINY), EMPTY)
        ImageDraw.Draw(picture).text((TINY / 2, TINY / 2), "not decodable", fill=SOFT, font=_font(12), anchor="mm")
        return picture
    larger = TINY // max(picture.size)
    if larger > 1:
        return picture.resize((picture.width * larger, picture.height * larger), Image.Resampling.NEAREST)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return picture


def _across(n: int, wide: int, high: int) -> int:
    """Return how many pictures stand side by side, so that a sheet is somewhat wider than high."""
    fit = max(1, (PAGE - 2 * MARGIN) // (wide + GAP))
    wanted = max(4, math.ceil(math.sqrt(1.6 * n * (high + LINE + GAP) / (wide + GAP))))
    rows = max(1, -(-n // min(fit, wanted)))
    return max(1, -(-n // rows))


def _said(n: int, shown: int) -> str:
    if n > shown:
        return f"{shown} of {n:,} pictures, evenly spread; {n - shown:,} more are not shown"
    return "1 picture" if n == 1 else f"{n} pictures"


def _place(page: Image.Image, thumb: Image.Image, caption: str, room: Rectangle) -> None:
    """Put a picture at the bottom of its room, in its middle, the caption below."""
    left, _, right, bottom = room
    middle = (left + right) // 2
    corner = middle - thumb.width // 2, bottom - thumb.height
    page.paste(thumb, corner)
    pencil, font = ImageDraw.Draw(page), _font(12)
    edge = corner[0] - 1, corner[1] - 1, corner[0] + thumb.width, corner[1] + thumb.height
    pencil.rectangle(edge, outline=RULE)
    pencil.text((middle, bottom + 4), _short(caption, font, right - left), fill=SOFT, font=font, anchor="ma")


# -- sound -----------------------------------------------------------------------------------------------------------


def _decibel(amplitude: float) -> str:
    return f"{20 * math.log10(amplitude):.1f} dB" if amplitude > 0 else "0"


def _draw_wave(page: Image.Image, found: spectrum.Envelope) -> None:
    left, top, right, bottom = WAVE_AT
    pencil, font = ImageDraw.Draw(page), _font(11)
    middle, half = (top + bottom) / 2, (bottom - top) / 2 - 2
    for shade, lows, highs in ((WAVE, found.low, found.high), (LOUD, -found.rms, found.rms)):
        ends = zip(
            (middle - half * highs / found.top).tolist(), (middle - half * lows / found.top).tolist(), strict=True
        )
        for column, (high, low) in enumerate(ends, start=left):
            pencil.line((column, round(high), column, round(low)), fill=shade)
    pencil.line((left, middle, right, middle), fill=LOUD)
    pencil.rectangle((left - 1, top, right, bottom), outline=RULE)
    for value, at in ((found.top, middle - half), (0.0, middle), (-found.top, middle + half)):
        pencil.text((left - 8, at), f"{value:.3g}", fill=SOFT, font=font, anchor="rm")


def _axes(page: Image.Image, rate: int, seconds: float) -> None:
    """Draw the frame of the spectrogram, its frequencies, and the seconds below both fields."""
    left, top, right, bottom = SPECTRUM_AT
    pencil, font = ImageDraw.Draw(page), _font(11)
    pencil.rectangle((left - 1, top - 1, right, bottom), outline=RULE)
    marks = spectrum.ticks(rate / 2, 6)
    for hertz in marks:
        at = bottom - (bottom - top) * hertz / (rate / 2)
        pencil.line((left - 5, at, left - 1, at), fill=RULE)
        shown = f"{hertz / 1000:g} kHz" if hertz == marks[-1] else f"{hertz / 1000:g}"
        pencil.text((left - 8, at), shown, fill=SOFT, font=font, anchor="rm")
    for second in spectrum.ticks(seconds, 12):
        at = left + (right - left) * (second / seconds if seconds else 0)
        pencil.line((at, bottom, at, bottom + 4), fill=RULE)
        pencil.text((at, bottom + 7), f"{second:.12g}", fill=SOFT, font=font, anchor="ma")
    pencil.text(((left + right) / 2, bottom + 26), "seconds", fill=SOFT, font=font, anchor="ma")


# -- pages -----------------------------------------------------------------------------------------------------------


def _page(size: tuple[int, int], title: str, line: str) -> Image.Image:
    """Begin a sheet with its title and, smaller, a line of facts."""
    page = Image.new("RGB", size, PAPER)
    pencil = ImageDraw.Draw(page)
    for text, font, shade, top in ((title, _font(17), INK, MARGIN - 4), (line, _font(12), SOFT, MARGIN + LINE + 2)):
        pencil.text((MARGIN, top), _short(text, font, size[0] - 2 * MARGIN), fill=shade, font=font, anchor="la")
    return page


def _short(text: str, font: Font, width: int) -> str:
    """Return as much of a text as fits, on one line, the rest as `…`."""
    shown = _drawable(text[:MOST_TEXT])
    if len(text) <= MOST_TEXT and font.getlength(shown) <= width:
        return shown
    fit = bisect.bisect_left(range(1, len(shown) + 1), True, key=lambda n: font.getlength(f"{shown[:n]}…") > width)
    return shown[:fit].rstrip() + "…"


def _drawable(text: str) -> str:
    """Return a text as the font can write it: letters that it lacks without their accents, or as an empty box."""
    whole = "".join(letter if letter.isprintable() else " " for letter in text)
    return "".join(letter if _has(letter) else _plain(letter) for letter in whole)


def _plain(letter: str) -> str:
    base = {"×": "x", "−": "-", "–": "-", "—": "-"}.get(letter) or unicodedata.normalize("NFKD", letter)[0]
    return base if _has(base) else letter


@functools.lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    font = _font(12)
    return letter == " " or bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))


@functools.lru_cache
def _font(size: int) -> Font:
    font = ImageFont.load_default(size=size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _png(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()
