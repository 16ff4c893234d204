"""Brows, lids, eyes and forehead: AU1, 2, 4, 5, 6 and 7 (and what AU9 does to the brows)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from affectbench.faces.identity import Identity
from affectbench.faces.pen import Path, Pen, Points, dim, mirrored, mix, oval

CENTRE = (0.36, 0.0)
HALF = 0.205
ACROSS = np.linspace(-1.0, 1.0, 15)  # from the inner corner to the outer one
WHITE = (250, 248, 246)
BLINK = 45  # no expression: it moves in films only, and no label knows it


@dataclass(frozen=True, slots=True)
class Lids:
    """The opening of one eye on the right of the picture: y of both lids at `ACROSS`, x of those places."""

    x: Points
    upper: Points
    lower: Points


def draw_forehead(pen: Pen, person: Identity, move: Mapping[int, float]) -> None:
    """Wrinkles across the forehead: in its middle for AU1, at its sides for AU2; furrows between the brows for AU4."""
    ink = dim(person.tone, 0.56)
    old = 0.22 if person.age == "old" else 0.0
    inner, outer, lower = move[1], move[2], move[4]
    for level in (-0.6, -0.68):
        pen.line(
            [(-0.24, level + 0.02), (-0.1, level), (0.1, level), (0.24, level + 0.02)],
            0.022,
            ink,
            max(inner * 0.75, old),
        )
        for side in (-1, 1):
            arch = [(0.3, level + 0.03), (0.42, level), (0.54, level + 0.05)]
            pen.line(mirrored(arch, side), 0.022, ink, outer * 0.75)
    top = -0.46 + 0.1 * lower - 0.1 * inner
    for side in (-1, 1):
        furrow = [(0.075, top), (0.05, top + 0.09), (0.06, top + 0.2)]
        pen.line(mirrored(furrow, side), 0.022 + 0.014 * lower, dim(person.tone, 0.45), lower * 0.9)
    pen.glow((0, -0.3), 0.16, 0.1, -0.16 * lower)


def draw_brow(pen: Pen, person: Identity, move: Mapping[int, float], side: int) -> None:
    """One brow, and the shadow below it."""
    colour = _brow_colour(person)
    thick = 0.075 * person.brows
    pen.stroke(mirrored(brow(move), side), (thick * 0.8, thick * 1.1, thick * 0.9, 0.02), colour)
    pen.glow((side * 0.38, -0.19), 0.2, 0.07, -0.07 - 0.08 * _sink(move))


def brow(move: Mapping[int, float]) -> list[tuple[float, float]]:
    """The right brow from its inner end: AU1 raises that, AU2 the outer half; AU4 lowers it and draws it inwards."""
    inner, outer, lower, nose = move[1], move[2], move[4], move[9]
    pinch, sink = 0.055 * lower + 0.02 * nose, _sink(move)
    arched = outer * (1.0 - 0.35 * lower)
    return [
        (0.135 - pinch, -0.325 - 0.215 * inner + 0.165 * sink + 0.065 * nose),
        (0.26 - pinch, -0.35 - 0.16 * inner - 0.05 * arched + 0.125 * sink + 0.07 * nose),
        (0.43 - 0.3 * pinch, -0.36 - 0.04 * inner - 0.17 * arched + 0.07 * sink + 0.05 * lower * inner + 0.06 * nose),
        (0.60, -0.29 - 0.15 * arched + 0.03 * sink + 0.03 * inner * (1 - outer) + 0.03 * nose),
    ]


def _sink(move: Mapping[int, float]) -> float:
    """How far AU4 lowers a brow: with AU1 it slants instead."""
    return move[4] * (1.0 - 0.85 * move[1])


def lids(person: Identity, move: Mapping[int, float]) -> Lids:
    """Where the lids stand: AU5 lifts the upper one, AU7 straightens both, AU6 raises the lower one, a blink shuts."""
    inner, lower = move[1], move[4]
    squint = min(1.0, move[7] + 0.7 * move[9])
    size = person.eyes
    rise = 0.118 + 0.075 * move[5] - 0.042 * squint * (1 - 0.5 * move[5]) - 0.016 * move[6] - 0.012 * lower
    rise -= 0.022 * inner * lower * (1 - move[5])
    depth = 0.092 - 0.062 * squint + 0.008 * move[5]
    bow = 1.0 - np.abs(ACROSS) ** 2.2
    slant = 0.05 * (inner * lower * (1 - 0.6 * move[5]) - 0.75 * lower * (1 - inner)) * ACROSS
    upper = -rise * bow + slant * bow**0.5
    under = depth * (1.0 - ACROSS**2) - 0.075 * move[6] * bow
    if shut := move.get(BLINK, 0.0):
        upper = upper + shut * (0.7 * under - upper)
    canthus = -0.012 * ACROSS
    return Lids(
        CENTRE[0] + size * HALF * ACROSS, size * (upper + canthus), size * (np.maximum(under, upper + 0.012) + canthus)
    )


def draw_eye(pen: Pen, person: Identity, move: Mapping[int, float], side: int) -> None:
    """One eye: white, iris and pupil cut off by the lids, then lid lines and the creases of AU6 and AU7."""
    lid = lids(person, move)
    opening = np.concatenate([np.stack([lid.x, lid.upper], 1), np.stack([lid.x, lid.lower], 1)[::-1]])
    pen.fill(mirrored(opening, side), WHITE)
    size = person.eyes
    for radius, colour in ((0.104, dim(person.iris, 0.55)), (0.09, person.iris), (0.048, (14, 12, 14))):
        pen.fill(_between(oval((CENTRE[0], -0.005), radius * size, radius * size), lid, side), colour)
    glint = oval((CENTRE[0] + side * -0.035, -0.045), 0.022, 0.022, 10)
    pen.fill(_between(glint, lid, side), (255, 255, 255), 0.9)
    _draw_lid_lines(pen, person, lid, side)
    _draw_lid_creases(pen, person, move, side)


def _draw_lid_lines(pen: Pen, person: Identity, lid: Lids, side: int) -> None:
    """The lashes above, a thin line below, and the fold above the eye (a wide open eye swallows it)."""
    upper = np.stack([lid.x, lid.upper], 1)
    lash = (26, 18, 18)
    thick = 0.042 if person.sex == "female" else 0.03
    path = upper[::2].copy()
    if person.sex == "female":
        path = np.concatenate([path, [(path[-1, 0] + 0.035, path[-1, 1] - 0.03)]])
    pen.stroke(mirrored(path, side), (0.014, thick, thick * 1.1, 0.02), lash)
    pen.line(mirrored(np.stack([lid.x, lid.lower], 1)[::2], side), 0.016, dim(person.tone, 0.45), 0.8)
    wide = float(-lid.upper[7]) / person.eyes
    fold = upper[1:-1:2] * (1.0, 0.9) - (0.0, 0.052)
    pen.line(mirrored(fold, side), 0.016, dim(person.tone, 0.5), float(np.clip(1.0 - (wide - 0.12) * 9, 0.15, 0.7)))


def _draw_lid_creases(pen: Pen, person: Identity, move: Mapping[int, float], side: int) -> None:
    """Crow's feet and a cheek edge for AU6; a tight pouch under the lower lid for AU7."""
    ink = dim(person.tone, 0.5)
    cheek, tight = move[6], move[7]
    for rise, reach in ((-0.075, 0.1), (-0.005, 0.115), (0.06, 0.095)):
        foot: Path = [(0.595, rise * 0.45), (0.595 + reach * 0.5, rise * 0.9), (0.595 + reach, rise * 1.5)]
        pen.line(mirrored(foot, side), 0.022, ink, cheek * 0.9)
    edge = 0.16 - 0.035 * cheek
    pen.line(mirrored([(0.2, edge - 0.02), (0.34, edge + 0.015), (0.5, edge - 0.03)], side), 0.022, ink, cheek * 0.75)
    pen.glow((side * 0.4, 0.235 - 0.04 * cheek), 0.17, 0.085, 0.16 * cheek)
    pouch = [(0.19, 0.055), (0.3, 0.085), (0.42, 0.085), (0.53, 0.05)]
    pen.line(mirrored(pouch, side), 0.03, ink, tight * 0.85)
    pen.glow((side * 0.36, 0.05), 0.18, 0.04, -0.1 * tight)


def _between(shape: Points, lid: Lids, side: int) -> Points:
    """The part of a shape that the lids leave free."""
    low = np.interp(shape[:, 0], lid.x, lid.lower)
    high = np.interp(shape[:, 0], lid.x, lid.upper)
    return mirrored(np.stack([shape[:, 0], np.clip(shape[:, 1], high, low)], 1), side)


def _brow_colour(person: Identity) -> tuple[float, float, float]:
    """Hair colour, dark enough to stand out from the skin."""
    wanted = 0.5 * sum(person.tone)
    own = mix(person.hair, (40, 30, 28), 0.35)
    return dim(own, min(1.0, wanted / sum(own)))
