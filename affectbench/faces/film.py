"""A face that moves: from rest to an expression's apex and back, with a blink and a head that is never quite still."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from affectbench.faces.drawing import draw
from affectbench.faces.face import Face

STEPS = 6  # an expression grows in sixths: at twelve frames a second that is smooth, and each is drawn once
EDGE = 0.02  # so much more than the picture is drawn on each side, for the head to move in


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What moves in a film, one entry a frame.

    `strength` is the share (0..1) of the apex's intensities, 1 at the frame `apex` alone; `shut` how far the eyes are
    closed by a blink; `sway` where the head is, x and y in -1..1.
    """

    apex: int
    strength: tuple[float, ...]
    shut: tuple[float, ...]
    sway: tuple[tuple[float, float], ...]


def movement(rng: np.random.Generator, frames: int = 24) -> Movement:
    """Draw a movement: onset a third of the film or less, offset slower, rest before and after.

    Raises:
        ValueError: fewer than 12 frames.
    """
    if frames < 12:
        raise ValueError(f"a film needs at least 12 frames, not {frames}")
    onset = int(rng.integers(frames // 4, frames // 3 + 1))
    offset = int(rng.integers(onset + 1, frames * 5 // 12 + 1))
    apex = int(rng.integers(onset, frames - offset))
    rest = [*range(1, apex - onset - 1), *range(apex + offset + 1, frames - 1)]
    shut = [0.0] * frames
    if rest and rng.random() < 0.6:
        middle = rest[int(rng.integers(len(rest)))]
        shut[middle - 1 : middle + 2] = [0.5, 1.0, 0.5]
    return Movement(
        apex=apex,
        strength=tuple(_strength(frame - apex, onset, offset) for frame in range(frames)),
        shut=tuple(shut),
        sway=_sway(rng, frames),
    )


def film(face: Face, moved: Movement, size: int) -> Iterator[Image.Image]:
    """Yield the frames of a film of `face`, RGB pictures of `size` pixels; no grain, which no film could keep.

    The frame `moved.apex` shows the face's own intensities, the first shows it at rest unless it has begun to move.
    """
    edge = math.ceil(EDGE * size)
    scene = dataclasses.replace(face.scene, noise=0.0)
    drawn: dict[tuple[float, float], Image.Image] = {}
    for strength, shut, (x, y) in zip(moved.strength, moved.shut, moved.sway, strict=True):
        if (strength, shut) not in drawn:
            units = {unit: value * strength for unit, value in face.intensities.items()}
            drawn[strength, shut] = draw(face.person, units, scene=scene, size=size + 2 * edge, shut=shut)
        left, top = edge * (1.0 + x), edge * (1.0 + y)
        yield drawn[strength, shut].resize(
            (size, size), Image.Resampling.BILINEAR, box=(left, top, left + size, top + size)
        )


def _strength(since: int, onset: int, offset: int) -> float:
    """The share at `since` frames after the apex: slow at both ends, in steps, and full at the apex alone."""
    share = since / offset if since > 0 else -since / onset
    smooth = (1.0 + math.cos(math.pi * min(share, 1.0))) / 2
    return 1.0 if since == 0 else min(round(smooth * STEPS), STEPS - 1) / STEPS


def _sway(rng: np.random.Generator, frames: int) -> tuple[tuple[float, float], ...]:
    """Two slow waves for each direction, together within -1..1."""
    time = np.arange(frames) / frames
    across, down = (
        0.6 * np.sin(2 * np.pi * (first * time + rng.random()))
        + 0.4 * np.sin(2 * np.pi * (second * time + rng.random()))
        for first, second in ((0.7, 1.6), (0.9, 1.9))
    )
    return tuple(zip(across.round(3).tolist(), down.round(3).tolist(), strict=True))
