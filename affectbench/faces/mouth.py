"""Mouth and chin: AU10, 12, 14, 15, 17, 20, 23, 24, 25 and 26."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from affectbench.faces.identity import Identity
from affectbench.faces.pen import Pen, Points, dim, mirrored, mix, oval

ACROSS = np.linspace(-1.0, 1.0, 21)
BOW = 1.0 - np.abs(ACROSS) ** 2.4
LEVEL = 0.56


@dataclass(frozen=True, slots=True)
class Lips:
    """Four curves over `x`: the outer and inner edge of the upper lip, the inner and outer edge of the lower lip."""

    x: Points
    top: Points
    above: Points
    below: Points
    bottom: Points

    def corner(self, side: int) -> tuple[float, float]:
        """Where the lips meet on one side."""
        at = -1 if side > 0 else 0
        return float(self.x[at]), float((self.above[at] + self.below[at]) / 2)


def lips(person: Identity, move: Mapping[int, float]) -> Lips:
    """The shape of the mouth that the units pull together."""
    smile, frown, chin = move[12], move[15], move[17]
    width = 0.275 + 0.105 * smile + 0.125 * move[20] + 0.02 * move[14] - 0.1 * move[23] + 0.02 * move[24]
    width -= 0.075 * move[26] * (1 - move[20]) * (1 - smile) + 0.01 * frown
    corners = -0.125 * smile * np.abs(ACROSS) ** 1.6 + 0.15 * frown * np.abs(ACROSS) ** 2.4
    corners += (0.06 * move[20] - 0.02 * move[14]) * np.abs(ACROSS) ** 3 + 0.1 * move[26] * (1 - smile) * (1 - BOW)
    corners += 0.075 * move[10] * (1 - smile) * np.abs(ACROSS) ** 2.4
    centre = LEVEL + 0.035 * smile - 0.03 * frown - 0.055 * chin * BOW - 0.05 * move[10] * BOW
    line = centre + corners
    parted = 0.075 * move[25] + 0.05 * move[10] * move[25]
    above = line - parted * 0.5 * BOW - 0.035 * move[26] * BOW
    flat = 1.0 - np.abs(ACROSS) ** (2.0 + 3.5 * move[20])
    below = line + (parted * 0.9 + 0.26 * move[26] + 0.05 * smile * move[25]) * flat
    upper, lower = _thickness(person, move)
    cupid = 1.0 - 0.3 * np.exp(-((ACROSS / 0.16) ** 2)) * (1 - smile) * (1 - move[10])
    top = above - upper * BOW * cupid - 0.045 * move[10] * BOW
    bottom = below + lower * (1.0 - ACROSS**2) ** 0.9
    return Lips(width * person.mouth * ACROSS, top, above, below, bottom)


def _thickness(person: Identity, move: Mapping[int, float]) -> tuple[float, float]:
    """How thick the red of both lips is: pressing hides it, tightening and stretching thin it."""
    thin = (1 - 0.85 * move[24]) * (1 - 0.5 * move[23]) * (1 - 0.4 * move[20]) * (1 - 0.25 * move[12])
    return 0.066 * person.lips * thin, 0.088 * person.lips * thin * (1 + 0.35 * move[17]) * (1 - 0.2 * move[26])


def draw_mouth(pen: Pen, person: Identity, move: Mapping[int, float]) -> None:
    """The mouth: hollow, teeth and tongue, lips, the line where they meet."""
    shape = lips(person, move)
    red = mix(dim(person.tone, 0.82), (176, 48, 66), 0.55 if person.sex == "female" else 0.36)
    if max(move[25], move[26]) > 0.15:
        _draw_inside(pen, shape, move)
    pen.fill(_band(shape.x, shape.top, shape.above), dim(red, 0.88))
    pen.fill(_band(shape.x, shape.below, shape.bottom), red)
    dark = dim(person.tone, 0.3)
    closed = max(move[25], move[26]) <= 0.15
    press = max(move[24], 0.5 * move[23])
    pen.line(np.stack([shape.x, shape.above], 1)[::2], 0.03 + 0.03 * press, dark, 1.0 if closed else 0.5)
    for side in (-1, 1):
        x, y = shape.corner(side)
        pen.fill(oval((x, y), 0.022, 0.02, 10), dark, 0.8)
    pen.glow((0, float(shape.bottom[10]) - 0.03), 0.12, 0.03, 0.08)
    _draw_creases(pen, person, move, shape)


def _draw_inside(pen: Pen, shape: Lips, move: Mapping[int, float]) -> None:
    """The open mouth: teeth above when lips are pulled up or sideways, below too when stretched, and the tongue."""
    pen.fill(_band(shape.x, shape.above, shape.below), (70, 18, 26))
    gap = shape.below - shape.above
    if move[26] > 0.3:
        tongue = shape.below - 0.33 * gap * (1 - 0.8 * ACROSS**2)
        pen.fill(_band(shape.x[4:-4], tongue[4:-4], shape.below[4:-4]), (190, 84, 92))
    show = max(move[12], move[10], move[20], 0.35 * move[26])
    inner = slice(2, -2)
    teeth = np.minimum(gap * (0.9 if move[26] < 0.3 else 0.6), 0.03 + 0.07 * show)
    pen.fill(_band(shape.x[inner], shape.above[inner], (shape.above + teeth)[inner]), (246, 242, 234))
    if move[20] > 0.3:
        pen.fill(_band(shape.x[inner], (shape.below - 0.36 * gap)[inner], shape.below[inner]), (232, 226, 216))
        pen.line(np.stack([shape.x, (shape.above + shape.below) / 2 + 0.14 * gap], 1)[2:-2:2], 0.02, (70, 18, 26))


def _draw_creases(pen: Pen, person: Identity, move: Mapping[int, float], shape: Lips) -> None:
    """The folds around the mouth, each drawn as strongly as its unit moves."""
    ink = dim(person.tone, 0.48)
    for side in (-1, 1):
        x, y = shape.corner(side)
        x = abs(x)
        dimple = [(x + 0.045, y - 0.085), (x + 0.085, y - 0.01), (x + 0.055, y + 0.075)]
        pen.line(mirrored(dimple, side), 0.04, dim(ink, 0.8), move[14])
        pen.glow((side * (x + 0.12), y), 0.06, 0.08, 0.12 * move[14])
        pouch = [(x + 0.02, y + 0.0), (x + 0.055, y + 0.07), (x + 0.045, y + 0.15)]
        pen.line(mirrored(pouch, side), 0.03, ink, move[15] * 0.9)
        pen.glow((side * (x + 0.1), y + 0.05), 0.07, 0.08, -0.1 * move[15])
        for reach in (0.05, 0.1):
            stretch = [(x + reach, y - 0.06), (x + reach + 0.03, y + 0.02), (x + reach + 0.015, y + 0.11)]
            pen.line(mirrored(stretch, side), 0.02, ink, move[20] * (0.85 - 4 * (reach - 0.05)))
    _draw_tight_lips(pen, person, move, shape)
    _draw_chin(pen, person, move, shape)


def _draw_tight_lips(pen: Pen, person: Identity, move: Mapping[int, float], shape: Lips) -> None:
    """AU23: short creases that fan out around small lips. AU24: bulges above and below a hard line."""
    ink = dim(person.tone, 0.5)
    half = float(shape.x[-1])
    for share in (-0.6, 0.0, 0.6):
        top = float(np.interp(share * half, shape.x, shape.top))
        low = float(np.interp(share * half, shape.x, shape.bottom))
        pen.line([(share * half, top - 0.015), (share * half * 1.15, top - 0.065)], 0.02, ink, move[23] * 0.8)
        pen.line([(share * half, low + 0.015), (share * half * 1.15, low + 0.05)], 0.02, ink, move[23] * 0.7)
    for sign, edge, dark in ((-1, float(shape.top[10]), 0.45), (1, float(shape.bottom[10]), 0.95)):
        y = edge + sign * (0.05 + 0.055 * move[24])
        bulge = [(-half * 0.6, y - sign * 0.02), (0, y), (half * 0.6, y - sign * 0.02)]
        pen.line(bulge, 0.028, dim(person.tone, 0.42), move[24] * dark)
        pen.glow((0, edge + sign * 0.02), half * 0.9, 0.04, 0.08 * move[24])


def _draw_chin(pen: Pen, person: Identity, move: Mapping[int, float], shape: Lips) -> None:
    """The crease under the lower lip; AU17 arches it around a raised, dimpled boss."""
    boss, drop = move[17], 0.12 * move[26]
    under = min(float(shape.bottom[10]) + 0.045, 0.86 + drop)
    pen.glow((0, under), 0.16, 0.03, -0.1)
    if boss < 0.1:
        return
    ink = dim(person.tone, 0.45)
    arch = [(-0.2, under + 0.13), (-0.15, under + 0.03), (0, under - 0.012), (0.15, under + 0.03), (0.2, under + 0.13)]
    pen.line(arch, 0.032, ink, boss * 0.85)
    pen.glow((0, under + 0.1), 0.13, 0.07, 0.16 * boss)
    for x, y in ((-0.085, 0.095), (-0.03, 0.065), (0.035, 0.07), (0.085, 0.1), (-0.04, 0.135), (0.03, 0.14)):
        pen.fill(oval((x, under + y), 0.017, 0.015, 8), dim(person.tone, 0.62), boss * 0.9)
        pen.fill(oval((x, under + y - 0.014), 0.014, 0.008, 8), dim(person.tone, 1.1), boss * 0.6)


def _band(x: Points, upper: Points, lower: Points) -> Points:
    """The outline between two curves over `x`."""
    return np.concatenate([np.stack([x, upper], 1), np.stack([x, lower], 1)[::-1]])
