"""From a person, a scene and action units to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from PIL import Image

from affectbench.faces import eyes, head, mouth, nose, units
from affectbench.faces.identity import Identity, Scene, generator
from affectbench.faces.pen import OVERSAMPLING, Pen, Points

SIZE = 128
PLAIN = Scene()

# Raised whenever the same seed gives other pixels, so that pictures on disk are drawn again.
DRAWING_VERSION = 1


def draw(
    person: Identity, aus: Mapping[int, float], *, scene: Scene = PLAIN, size: int = SIZE, shut: float = 0.0
) -> Image.Image:
    """Draw a face.

    Args:
        person: who is drawn.
        aus: action unit → intensity in 0..5; units that are missing do not move.
        scene: pose, light, background and noise; the default is a plain portrait.
        size: width and height of the picture in pixels, 32 or more.
        shut: how far a blink has closed the eyes, 0..1.

    Returns:
        An RGB picture; the same arguments always give the same pixels.

    Raises:
        ValueError: an unknown unit, an intensity outside 0..5 or a size below 32.
    """
    if size < 32:
        raise ValueError(f"a face needs at least 32 pixels, not {size}")
    move = amounts(aus) | {eyes.BLINK: shut}
    canvas, pen = _behind(person, scene, size * OVERSAMPLING).copy(), Pen(scene)
    head.draw_face(pen, person, move[26])
    eyes.draw_forehead(pen, person, move)
    nose.draw_folds(pen, person, move)
    mouth.draw_mouth(pen, person, move)
    nose.draw_nose(pen, person, move)
    for side in (-1, 1):
        eyes.draw_eye(pen, person, move, side)
        eyes.draw_brow(pen, person, move, side)
    head.draw_hair(pen, person)
    head.draw_glasses(pen, person)
    pen.paint(canvas)
    return _lit(canvas.reduce(OVERSAMPLING), pen.shade(size), scene)


def clip(
    person: Identity, aus: Mapping[int, float], frames: int, *, scene: Scene = PLAIN, size: int = SIZE
) -> list[Image.Image]:
    """Draw `frames` pictures (two or more) of one face that moves from neutral to `aus`, slowly at both ends."""
    if frames < 2:
        raise ValueError(f"a clip needs at least two frames, not {frames}")
    shares = [(1 - np.cos(np.pi * i / (frames - 1))) / 2 for i in range(frames)]
    return [draw(person, {unit: value * s for unit, value in aus.items()}, scene=scene, size=size) for s in shares]


def amounts(aus: Mapping[int, float]) -> dict[int, float]:
    """How far every unit moves, 0..1; a middling intensity already moves more than half the way.

    Raises:
        ValueError: an unknown unit, or an intensity outside 0..5.
    """
    if unknown := sorted(set(aus) - set(units.NAMES)):
        raise ValueError(f"no action unit {unknown}; known are {sorted(units.NAMES)}")
    if wrong := {unit: value for unit, value in aus.items() if not 0.0 <= value <= units.MAXIMUM}:
        raise ValueError(f"intensities run from 0 to 5, not {wrong}")
    return {unit: (float(aus.get(unit, 0.0)) / units.MAXIMUM) ** 0.8 for unit in units.NAMES}


@lru_cache(maxsize=2)
def _behind(person: Identity, scene: Scene, size: int) -> Image.Image:
    """What lies behind a face, on a gradient between the two colours of a scene; kept for the next frame of a film."""
    first, second = scene.backdrop
    corners = np.array([[first, second], [second, second]]).clip(0, 255).astype(np.uint8)
    canvas = Image.fromarray(corners).resize((size, size), Image.Resampling.BILINEAR, box=(0.5, 0.5, 1.5, 1.5))
    head.draw_behind(pen := Pen(scene), person)
    pen.paint(canvas)
    return canvas


def _lit(picture: Image.Image, shade: Points, scene: Scene) -> Image.Image:
    """Multiply light and shadow in, tint, and add grain."""
    size = picture.width
    slope = np.linspace(-0.5, 0.5, size)[None, :] * 0.3 * scene.side
    light = scene.light * (1.0 + shade) * (1.0 + slope)
    tint = np.array([1.0 + 0.05 * scene.warmth, 1.0, 1.0 - 0.05 * scene.warmth])
    pixels = np.asarray(picture, dtype=np.float64) * light[:, :, None] * tint
    if scene.noise:
        grain = generator(scene.noise_seed).random((2, size, size)).sum(axis=0) - 1.0
        pixels += (2.4 * scene.noise * grain)[:, :, None]
    return Image.fromarray((pixels + 0.5).clip(0, 255).astype(np.uint8))
