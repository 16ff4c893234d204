"""Changes for the worse, of five severities, by which robustness is tested.

A change is a function with the decorator `change`. Pictures are uint8 RGB of shape (height, width, 3), sound is mono
float32 in -1..1. The same input, severity and seed give the same output; of what is random, a higher severity takes
more of the same draw. Sizes are shares of the picture or of the face, so that a severity means the same at any size.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from affectbench.errors import UsageError, near
from affectbench.views import Perturbation

Picture: TypeAlias = NDArray[np.uint8]
Sound: TypeAlias = NDArray[np.float32]
Face: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom of a face in pixels."""
Kind: TypeAlias = Literal["pictures", "sound"]
Five: TypeAlias = tuple[float, float, float, float, float]

SEVERITIES = range(1, 6)
FACE_MARGIN = 0.10
"""Where nobody says where the face is, it fills the picture but for this share on each side."""
EYES = (0.02, 0.24, 0.98, 0.52)
"""The bar over eyes and brows, in shares of the face's box: left, top, right, bottom. The pupils lie at its middle."""
MOUTH = (0.14, 0.64, 0.86, 0.96)
"""The bar over the mouth; the line between the lips lies at its middle."""
COVER = 127
"""The grey of what covers a part of a face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One way to make pictures or sound worse: what it does and the amount of each severity, 1 to 5.

    Of pictures `function` takes (frames, amount, random generator, faces), of sound (samples, amount, random
    generator, rate).
    """

    kind: Kind
    function: Callable[..., Any]
    does: str
    severities: Five


MOVES = frozenset({"frame-shuffle"})
"""Changes of the order of frames, which a task without clips does not have."""
PERTURBATIONS: dict[str, Change] = {}
"""All changes by name."""


def change(name: str, kind: Kind, does: str, severities: Five) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function into `PERTURBATIONS`."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        PERTURBATIONS[name] = Change(kind=kind, function=function, does=does, severities=severities)
        return function

    return enter


def find(text: str) -> Perturbation:
    """Read `NAME:SEVERITY`, such as `blur:3`. Raises UsageError with near names, and for a severity outside 1..5."""
    name, colon, severity = text.partition(":")
    if name not in PERTURBATIONS:
        hint = near(name, PERTURBATIONS) or f" (there are {', '.join(PERTURBATIONS)})"
        raise UsageError(f"there is no perturbation {name!r}{hint}")
    if not colon or not re.fullmatch("[1-5]", severity):
        raise UsageError(f"{text!r}: a perturbation is written {name}:SEVERITY, and the severity is 1 to 5")
    return Perturbation(name=name, severity=int(severity))


def kind_of(name: str) -> Kind:
    """Return what a perturbation changes: `pictures` or `sound`. Raises UsageError for an unknown name."""
    return PERTURBATIONS[find(f"{name}:1").name].kind


def pictures(
    frames: Sequence[Picture], what: Perturbation, seed: int, faces: Sequence[Face | None] = ()
) -> list[Picture]:
    """Return changed copies of a clip's frames, or of one picture, in the same number and sizes.

    `faces` are boxes of the frames, for changes that cover a part of the face; a frame without one takes that of the
    nearest frame, and where no frame has one the face fills the picture but for FACE_MARGIN. What is covered is the
    same part of each face, so it moves only as the boxes do. A single frame cannot be shuffled and stays.
    Raises ValueError for a change of sound, a severity outside 1..5, or a wrong number of faces.
    """
    if faces and len(faces) != len(frames):
        raise ValueError(f"{len(frames)} frames with {len(faces)} faces")
    function, amount = _chosen(what, "pictures")
    changed: list[Picture] = function(frames, amount, np.random.default_rng(seed), faces or [None] * len(frames))
    return changed


def order(n: int, what: Perturbation, seed: int) -> list[int]:
    """Return the place that each of `n` changed frames had before; only `frame-shuffle` moves any."""
    if what.name not in MOVES:
        return list(range(n))
    marks = [np.array([[[place >> 8, place & 255, 0]]], np.uint8) for place in range(n)]
    return [int(mark[0, 0, 0]) << 8 | int(mark[0, 0, 1]) for mark in pictures(marks, what, seed)]


def sound(samples: Sound, rate: int, what: Perturbation, seed: int) -> Sound:
    """Return a changed copy of a sound of `rate` Hz, of the same length.

    The ratio of signal to noise is that of the energies of all samples given, not of the loud ones alone. Nothing is
    clipped: where the sum would leave -1..1, sound and noise are made quieter together, which keeps the ratio. A silent
    sound stays silent. Raises ValueError for a change of pictures or a severity outside 1..5.
    """
    function, amount = _chosen(what, "sound")
    changed: Sound = function(samples, amount, np.random.default_rng(seed), rate)
    return changed


def _chosen(what: Perturbation, kind: Kind) -> tuple[Callable[..., Any], float]:
    found = PERTURBATIONS.get(what.name)
    if found is None or found.kind != kind or what.severity not in SEVERITIES:
        raise ValueError(f"{what} is no change of {kind}, severity 1 to 5")
    return found.function, found.severities[what.severity - 1]


# -- pictures --------------------------------------------------------------------------------------------------------

Frames: TypeAlias = Sequence[Picture]
Faces: TypeAlias = Sequence[Face | None]
Rng: TypeAlias = np.random.Generator


@change("blur", "pictures", "Gaussian blur; its deviation as a share of the face", (0.004, 0.008, 0.012, 0.016, 0.02))
def _blur(frames: Frames, share: float, rng: Rng, faces: Faces) -> list[Picture]:
    """Blur all frames alike, by a share of the faces' usual side; without faces, of the pictures' shorter side."""
    sides = [min(face[2] - face[0], face[3] - face[1]) for face in faces if face is not None]
    side = float(np.median(sides or [min(frame.shape[:2]) for frame in frames] or [0]))
    blur = ImageFilter.GaussianBlur(share * side)
    return [np.array(Image.fromarray(frame).filter(blur)) for frame in frames]


@change("low-light", "pictures", "less light; the stops of exposure that are missing", (1, 2, 3, 4, 5))
def _low_light(frames: Frames, stops: float, rng: Rng, faces: Faces) -> list[Picture]:
    """Halve the light once a stop, as sRGB encodes it; there is no noise of a sensor in it."""
    code = np.arange(256) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4) / 2**stops
    dark = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    table = np.rint(dark * 255).astype(np.uint8)
    return [table[frame] for frame in frames]


@change("jpeg", "pictures", "coarse JPEG with halved colour; its quality", (40, 25, 16, 11, 7))
def _jpeg(frames: Frames, quality: float, rng: Rng, faces: Faces) -> list[Picture]:
    return [_through_jpeg(frame, int(quality)) for frame in frames]


def _through_jpeg(frame: Picture, quality: int) -> Picture:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=quality, subsampling="4:2:0")
    return np.array(Image.open(out))


@change("occlude-eyes", "pictures", "a grey bar over the eyes; the share of their band", (0.3, 0.45, 0.6, 0.8, 1.0))
def _occlude_eyes(frames: Frames, share: float, rng: Rng, faces: Faces) -> list[Picture]:
    return _covered(frames, faces, EYES, share)


@change("occlude-mouth", "pictures", "a grey bar over the mouth; the share of its band", (0.3, 0.45, 0.6, 0.8, 1.0))
def _occlude_mouth(frames: Frames, share: float, rng: Rng, faces: Faces) -> list[Picture]:
    return _covered(frames, faces, MOUTH, share)


def _covered(frames: Frames, faces: Faces, band: Face, share: float) -> list[Picture]:
    """Cover a band of each face over all its width; `share` of its height, from its middle outwards."""
    changed = []
    for number, frame in enumerate(frames):
        left, top, right, bottom = _face(number, frame, faces)
        across, down = right - left, bottom - top
        middle, half = top + down * (band[1] + band[3]) / 2, down * share * (band[3] - band[1]) / 2
        rows = _span(middle - half, middle + half, frame.shape[0])
        columns = _span(left + across * band[0], left + across * band[2], frame.shape[1])
        copy = frame.copy()
        copy[rows, columns] = COVER
        changed.append(copy)
    return changed


def _face(number: int, frame: Picture, faces: Faces) -> Face:
    """Return the face of a frame: its own, that of the nearest frame (of two, the earlier), or the usual place."""
    known = [other for other, face in enumerate(faces) if face is not None]
    if known:
        return faces[min(known, key=lambda other: (abs(other - number), other))]  # type: ignore[return-value]
    height, width = frame.shape[:2]
    return width * FACE_MARGIN, height * FACE_MARGIN, width * (1 - FACE_MARGIN), height * (1 - FACE_MARGIN)


def _span(first: float, last: float, size: int) -> slice:
    """Return whole pixels inside the picture, at least one where the span touches it."""
    begin = math.floor(first + 0.5)
    end = max(math.floor(last + 0.5), begin + 1)
    return slice(min(max(begin, 0), size), min(max(end, 0), size))


@change("frame-shuffle", "pictures", "frames out of order; the share that is moved", (0.2, 0.4, 0.6, 0.8, 1.0))
def _frame_shuffle(frames: Frames, share: float, rng: Rng, faces: Faces) -> list[Picture]:
    """Hand so many frames round in a ring, so that each of them moves; those of a lower severity move here too."""
    ring = rng.permutation(len(frames))[: max(2, round(share * len(frames)))]
    order = np.arange(len(frames))
    order[ring] = np.roll(ring, 1)
    return [frames[place].copy() for place in order.tolist()]


# -- sound -----------------------------------------------------------------------------------------------------------


@change("noise", "sound", "white noise; the ratio of signal to noise in dB", (20, 15, 10, 5, 0))
def _white(samples: Sound, decibel: float, rng: Rng, rate: int) -> Sound:
    return _mixed(samples, rng.standard_normal(len(samples)), decibel)


@change("speech-noise", "sound", "noise with the spectrum of speech; signal to noise in dB", (20, 15, 10, 5, 0))
def _speech_shaped(samples: Sound, decibel: float, rng: Rng, rate: int) -> Sound:
    """Mix in noise that is even up to 1 kHz and falls by 12 dB an octave above, as audiometry shapes it."""
    from scipy.signal import lfilter

    kept = math.exp(-2 * math.pi * 1000 / rate)
    return _mixed(
        samples, lfilter([(1 - kept) ** 2], [1, -2 * kept, kept**2], rng.standard_normal(len(samples))), decibel
    )


def _mixed(samples: Sound, noise: NDArray[np.float64], decibel: float) -> Sound:
    """Add noise so that the two energies have the given ratio, all of it quieter where it would be too loud."""
    clean = samples.astype(np.float64)
    energy, present = np.sum(clean**2), np.sum(noise**2)
    if not energy or not present:
        return samples.copy()
    mixed = clean + noise * math.sqrt(energy / present / 10 ** (decibel / 10))
    return np.asarray(mixed / max(1.0, np.abs(mixed).max()), dtype=np.float32)
