"""The nose and the folds beside it: AU9 and 10, and the cheeks' share in AU6 and 12."""

from __future__ import annotations

from collections.abc import Mapping

from affectbench.faces.identity import Identity
from affectbench.faces.pen import Path, Pen, dim, mirrored


def draw_nose(pen: Pen, person: Identity, move: Mapping[int, float]) -> None:
    """Bridge, tip and nostrils; AU9 lifts the wings and wrinkles the root, AU10 lifts the wings a little."""
    ink = dim(person.tone, 0.5)
    wrinkle, lip = move[9], move[10]
    lift = 0.07 * wrinkle + 0.025 * lip
    wing = 0.135 * person.nose + 0.03 * wrinkle + 0.015 * lip + 0.012 * move[12]
    for side in (-1, 1):
        bridge = [(0.07, -0.12), (0.055, 0.06), (0.075, 0.2 - lift)]
        pen.line(mirrored(bridge, side), 0.018, dim(person.tone, 0.7), 0.35)
        curve = [(wing * 0.75, 0.17 - lift), (wing, 0.245 - lift), (wing * 0.82, 0.3 - lift * 0.8)]
        pen.line(mirrored(curve, side), 0.026, ink, 0.85)
        nostril = [(0.03, 0.315 - lift * 0.3), (0.065, 0.29 - lift * 0.8), (wing * 0.72, 0.31 - lift * 0.8)]
        pen.line(mirrored(nostril, side), 0.036, dim(person.tone, 0.32), 0.95)
    pen.glow((0.0, 0.23 - lift * 0.5), 0.08, 0.06, 0.1)
    _draw_wrinkles(pen, person, wrinkle)


def _draw_wrinkles(pen: Pen, person: Identity, wrinkle: float) -> None:
    """AU9: creases across the root of the nose and slanting down its sides."""
    ink = dim(person.tone, 0.42)
    for y, reach in ((-0.15, 0.08), (-0.07, 0.095), (0.01, 0.1)):
        across: Path = [(-reach, y + 0.035), (-reach * 0.4, y), (0, y - 0.012), (reach * 0.4, y), (reach, y + 0.035)]
        pen.line(across, 0.027, ink, wrinkle)
    for side in (-1, 1):
        slant = [(0.1, 0.04), (0.145, 0.1), (0.2, 0.13)]
        pen.line(mirrored(slant, side), 0.024, ink, wrinkle * 0.85)
        slant = [(0.085, 0.11), (0.125, 0.16), (0.175, 0.185)]
        pen.line(mirrored(slant, side), 0.022, ink, wrinkle * 0.8)
        pen.glow((side * 0.15, 0.07), 0.08, 0.09, -0.14 * wrinkle)


def draw_folds(pen: Pen, person: Identity, move: Mapping[int, float]) -> None:
    """The fold from nose to mouth: bowed around the cheek by AU12, straight and high beside the wings by AU10."""
    ink = dim(person.tone, 0.5)
    smile, sneer, wrinkle = move[12], move[10], move[9]
    old = {"young": 0.0, "middle": 0.1, "old": 0.3}[person.age]
    for side in (-1, 1):
        rest = [(0.19, 0.25), (0.29, 0.36), (0.35, 0.5)]
        pen.line(mirrored(rest, side), 0.02, ink, old * (1.0 - max(smile, sneer)))
        bow = [(0.18, 0.22), (0.33, 0.28), (0.43, 0.39), (0.45 + 0.02 * smile, 0.53)]
        pen.line(mirrored(bow, side), 0.026, ink, smile * 0.9)
        straight = [(0.165, 0.19), (0.25, 0.27), (0.33, 0.4), (0.37, 0.56)]
        strength = max(sneer, 0.45 * wrinkle) * (1.0 - 0.7 * smile)
        pen.line(mirrored(straight, side), 0.032, ink, strength * 0.95)
        pen.glow((side * 0.2, 0.34), 0.07, 0.1, -0.12 * strength)
        pen.glow((side * 0.44, 0.26), 0.15, 0.11, 0.1 * smile)
        pen.glow((side * 0.5, 0.42), 0.1, 0.1, -0.08 * smile)
