"""A pen that draws smooth shapes in face coordinates: x to the right, y down, the chin at y = 1, eyes near y = 0.

Shapes are drawn on a canvas three times the picture's width and height and then reduced, which smooths every edge. Soft
light and shadow are collected as bumps and multiplied in at the end, at the picture's own size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from affectbench.faces.identity import Colour, Scene

Points = npt.NDArray[np.float64]
Path = Sequence[tuple[float, float]] | Points

OVERSAMPLING = 3
FACE_SHARE = 0.405  # half of the face's height, as a share of the picture
STEPS = 6


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour `share` of the way from `first` to `second`.

    >>> mix((0, 0, 0), (100, 200, 50), 0.5)
    (50.0, 100.0, 25.0)
    """
    r, g, b = (x + (y - x) * share for x, y in zip(first, second, strict=True))
    return r, g, b


def dim(colour: Colour, factor: float) -> Colour:
    """The colour times `factor`."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def mirrored(path: Path, side: int) -> Points:
    """The path on the right (`side` 1) or left (-1) half of the face."""
    return np.asarray(path, dtype=np.float64) * (side, 1.0)


def oval(centre: tuple[float, float], rx: float, ry: float, count: int = 24) -> Points:
    """The outline of an ellipse, shape (count, 2)."""
    angle = np.arange(count) * (2 * np.pi / count)
    return np.stack([centre[0] + rx * np.cos(angle), centre[1] + ry * np.sin(angle)], axis=1)


def _spline_weights() -> Points:
    """Catmull-Rom weights of four neighbours at each of STEPS places between the middle two; shape (STEPS, 4)."""
    t = np.arange(STEPS)[:, None] / STEPS
    powers = np.concatenate([np.ones_like(t), t, t**2, t**3], axis=1)
    basis = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    return np.asarray(powers @ basis)


WEIGHTS = _spline_weights()


def smooth(path: Path, *, closed: bool = False) -> Points:
    """A smooth curve through the points; shape (n, 2)."""
    points = np.asarray(path, dtype=np.float64)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([points[:1], points, points[-1:]])
    pieces = len(padded) - 3
    curve = np.einsum("sk,pkd->psd", WEIGHTS, padded[_neighbours(pieces)]).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


@cache
def _neighbours(pieces: int) -> npt.NDArray[np.intp]:
    """The numbers of the four points around each piece of a curve, shape (pieces, 4)."""
    return np.arange(pieces)[:, None] + np.arange(4)


@cache
def _shares(count: int) -> Points:
    """How far along a curve each of its points is, 0..1."""
    return np.linspace(0, 1, count)


@cache
def _ends(count: int) -> Points:
    """How wide a line of `count` points is at each of them, as a share: its ends are thin."""
    shares = _shares(count)
    return np.minimum(1.0, 0.25 + 4.0 * np.minimum(shares, 1 - shares))


@dataclass(frozen=True, slots=True)
class View:
    """Where a point of the face lands in a picture of `size` pixels: pose, place and zoom of a scene."""

    scene: Scene
    size: float

    def place(self, path: Path) -> Points:
        """Map face coordinates to pixels; turning the head slides what lies in the middle of the face."""
        scene = self.scene
        x, y = np.asarray(path, dtype=np.float64).T.copy()
        bulge = np.maximum(1.0 - (x / 0.95) ** 2 - 0.35 * (y / 1.05) ** 2, 0.0)
        x *= 1.0 - 0.03 * abs(scene.yaw)
        x += 0.11 * scene.yaw * bulge
        y += 0.07 * scene.pitch * bulge
        angle = math.radians(scene.tilt)
        unit = FACE_SHARE * self.size * scene.zoom
        along, aside = unit * math.cos(angle), unit * math.sin(angle)
        placed = np.empty((x.size, 2))
        placed[:, 0] = along * x - aside * y + self.size * (0.5 + scene.shift[0])
        placed[:, 1] = aside * x + along * y + self.size * (0.525 + scene.shift[1])
        return placed


class Pen:
    """Remembers shapes, to `paint` them one over the other, and soft light and shadow for the finished picture."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._shapes: list[tuple[Points, tuple[int, int, int, int]]] = []
        self._glows: list[tuple[float, float, float, float, float]] = []

    def fill(self, outline: Path, colour: Colour, alpha: float = 1.0) -> None:
        """Fill a closed outline; `alpha` is 0..1."""
        self._shapes.append((np.asarray(outline, dtype=np.float64), _rgba(colour, alpha)))

    def line(self, path: Path, width: float, colour: Colour, alpha: float = 1.0) -> None:
        """A smooth stroke of even width (in face units) with thin ends."""
        if alpha > 0.02:
            curve = smooth(path)
            self.fill(ribbon(curve, width * _ends(len(curve))), colour, alpha)

    def stroke(self, path: Path, widths: Sequence[float], colour: Colour, alpha: float = 1.0) -> None:
        """A smooth stroke whose width changes evenly through `widths`."""
        curve = smooth(path)
        self.fill(ribbon(curve, np.interp(_shares(len(curve)), _shares(len(widths)), widths)), colour, alpha)

    def glow(self, centre: tuple[float, float], rx: float, ry: float, amount: float) -> None:
        """A soft bump of light (`amount` > 0) or shadow, about `rx` by `ry` in face units; 0.1 is a tenth brighter."""
        if abs(amount) > 0.005:
            self._glows.append((*centre, rx, ry, amount))

    def paint(self, canvas: Image.Image) -> None:
        """Fill all outlines on a square canvas, in the order in which they came."""
        outlines = [outline for outline, _ in self._shapes]
        placed = View(self._scene, canvas.width).place(np.concatenate(outlines))
        brush, end = ImageDraw.Draw(canvas, "RGBA"), 0
        for outline, colour in self._shapes:
            begin, end = end, end + len(outline)
            brush.polygon(placed[begin:end].ravel().tolist(), fill=colour)

    def shade(self, size: int) -> Points:
        """The sum of all bumps on a picture of `size` pixels; shape (size, size), 0 where nothing changes."""
        bumps = np.array(self._glows).reshape(-1, 5)
        grid = np.arange(size) + 0.5
        centres, scale = View(self._scene, size).place(bumps[:, :2]), FACE_SHARE * size * self._scene.zoom
        across = np.exp(-(((grid - centres[:, :1]) / (bumps[:, 2:3] * scale)) ** 2))
        down = np.exp(-(((grid - centres[:, 1:]) / (bumps[:, 3:4] * scale)) ** 2))
        return np.asarray(np.einsum("n,ny,nx->yx", bumps[:, 4], down, across))


def ribbon(curve: Points, widths: npt.NDArray[np.float64]) -> Points:
    """The outline of a stroke along `curve`; `widths` are whole widths at each of its points."""
    along = np.empty_like(curve)
    along[1:-1], along[0], along[-1] = curve[2:] - curve[:-2], curve[1] - curve[0], curve[-1] - curve[-2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    half = along[:, ::-1] * (-1.0, 1.0) / length[:, None] * widths[:, None] / 2
    return np.concatenate([curve + half, (curve - half)[::-1]])


def _rgba(colour: Colour, alpha: float) -> tuple[int, int, int, int]:
    r, g, b = (min(max(round(channel), 0), 255) for channel in colour)
    return r, g, b, min(max(round(255 * alpha), 0), 255)
