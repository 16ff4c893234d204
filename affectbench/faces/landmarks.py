"""Where a drawn face has its brows, lids and lips."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from affectbench.faces import eyes, mouth
from affectbench.faces.drawing import amounts
from affectbench.faces.identity import Identity, Scene
from affectbench.faces.pen import Points, View, mirrored

LANDMARKS = 22
"""Four of each brow, inner and outer corner and the middle of both lids of each eye, corners and edges of the lips."""
MIRRORED = (4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 17, 16, 18, 19, 20, 21)
"""Which landmark each is in a mirror."""


def landmarks(person: Identity, aus: Mapping[int, float], scene: Scene) -> Points:
    """Return where they are in a picture of a face, x and y as shares of its size: shape (LANDMARKS, 2).

    Args:
        person: who is drawn.
        aus: action unit → intensity in 0..5, as `draw` takes them.
        scene: its pose and place count.
    """
    move = amounts(aus) | {eyes.BLINK: 0.0}
    lid, lip = eyes.lids(person, move), mouth.lips(person, move)
    middle, centre = len(lid.x) // 2, len(lip.x) // 2
    eye = [(lid.x[0], lid.upper[0]), (lid.x[-1], lid.upper[-1])]
    eye += [(lid.x[middle], lid.upper[middle]), (lid.x[middle], lid.lower[middle])]
    sides = [mirrored(part, side) for part in (eyes.brow(move), eye) for side in (1, -1)]
    edges = [(lip.x[centre], edge[centre]) for edge in (lip.top, lip.above, lip.below, lip.bottom)]
    points = np.concatenate([*sides, [lip.corner(1), lip.corner(-1)], edges])
    return View(scene, 1.0).place(points)
