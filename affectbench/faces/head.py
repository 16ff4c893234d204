"""Everything that does not express: head, neck, clothes, hair and glasses. Only the jaw moves, with AU26."""

from __future__ import annotations

import numpy as np

from affectbench.faces.identity import Identity
from affectbench.faces.pen import Path, Pen, Points, dim, mirrored, oval, smooth

# Hair that hangs behind the head, and the hairline in front: outlines of the right half, from the top down.
BEHIND: dict[str, Path] = {
    "long": [(0, -1.16), (0.55, -1.05), (0.93, -0.6), (1.0, 0.0), (1.0, 0.6), (1.02, 1.1), (0.8, 1.35), (0, 1.35)],
    "bob": [(0, -1.14), (0.58, -1.04), (0.94, -0.62), (1.0, -0.1), (1.0, 0.35), (0.88, 0.62), (0.55, 0.66), (0, 0.66)],
    "curly": [(0, -1.25), (0.6, -1.16), (1.02, -0.75), (1.16, -0.2), (1.12, 0.3), (0.9, 0.58), (0.5, 0.6), (0, 0.6)],
    "curls": [(0, -1.26), (0.5, -1.2), (0.9, -0.9), (1.02, -0.5), (0.9, -0.15), (0.5, -0.1), (0, -0.1)],
    "bun": [(0, -1.12), (0.55, -1.02), (0.87, -0.62), (0.9, -0.2), (0.7, 0.0), (0, 0.0)],
    "scarf": [(0, -1.16), (0.6, -1.06), (0.98, -0.6), (1.04, 0.0), (0.96, 0.6), (0.85, 1.0), (1.1, 1.4), (0, 1.4)],
}
# Front hair: from the ear up over the crown (outer edge), and back along the hairline (inner edge).
HOOD: Path = [(0.8, 1.0), (1.02, 0.55), (1.1, 0.0), (1.04, -0.6), (0.64, -1.04), (0, -1.17)]
CROWN: Path = [(0.98, -0.18), (0.98, -0.5), (0.82, -0.85), (0.46, -1.09), (0, -1.17)]
HAIRLINES: dict[str, Path] = {
    "long": [(0, -0.84), (0.36, -0.76), (0.68, -0.55), (0.88, -0.12), (0.9, 0.3)],
    "bob": [(0, -0.72), (0.4, -0.71), (0.72, -0.6), (0.88, -0.2), (0.9, 0.3)],
    "bun": [(0, -0.8), (0.4, -0.76), (0.74, -0.58), (0.9, -0.22), (0.95, -0.1)],
    "curly": [(0, -0.78), (0.4, -0.74), (0.72, -0.56), (0.86, -0.15), (0.92, 0.1)],
    "short": [(0, -0.78), (0.42, -0.76), (0.7, -0.66), (0.84, -0.45), (0.93, -0.12)],
    "parted": [(0, -0.74), (0.42, -0.78), (0.7, -0.66), (0.84, -0.45), (0.93, -0.12)],
    "curls": [(0, -0.76), (0.42, -0.74), (0.72, -0.62), (0.86, -0.4), (0.95, -0.12)],
    "crop": [(0, -0.82), (0.44, -0.82), (0.66, -0.66), (0.82, -0.45), (0.94, -0.15)],
    "scarf": [(0, -0.76), (0.42, -0.72), (0.74, -0.5), (0.88, -0.1), (0.91, 0.3), (0.86, 0.62), (0.76, 0.85)],
}


def outline(person: Identity, drop: float) -> Points:
    """The face from crown to chin, closed; `drop` (0..1) lengthens the jaw."""
    jaw = person.jaw
    half = [(0.0, -1.0), (0.48, -0.94), (0.84, -0.68), (1.0, -0.25), (0.99, 0.1), (0.93 + 0.03 * jaw, 0.42)]
    half += [(0.68 + 0.14 * jaw, 0.76), (0.30 + 0.12 * jaw, 0.97), (0.0, 1.0)]
    points = np.array(half) * (person.width, 1.0)
    points[:, 1] += 0.14 * drop * np.clip((points[:, 1] - 0.15) / 0.85, 0, 1) ** 1.3
    return smooth(_whole(points), closed=True)


def draw_behind(pen: Pen, person: Identity) -> None:
    """Hair behind the head, neck, clothes and ears: what lies under the face."""
    hair = person.clothes if person.style == "scarf" else person.hair
    if person.style == "bun":
        pen.fill(oval((0, -1.15), 0.3, 0.24), dim(hair, 0.9))
    if person.style in BEHIND:
        pen.fill(smooth(_whole(_fitted(BEHIND[person.style], person) * (1.1, 1.0)), closed=True), dim(hair, 0.8))
    neck = 0.36 + 0.1 * person.jaw
    pen.fill([(-neck, 0.5), (neck, 0.5), (neck + 0.06, 1.5), (-neck - 0.06, 1.5)], dim(person.tone, 0.78))
    shoulders = [(-1.6, 1.75), (-1.25, 1.3), (-0.5, 1.12), (0, 1.3), (0.5, 1.12), (1.25, 1.3), (1.6, 1.75)]
    pen.fill(smooth(shoulders), dim(person.clothes, 0.95))
    if person.style == "scarf":
        pen.fill(smooth(_whole([(0, 0.8), (0.6, 0.8), (0.8, 1.1), (0.9, 1.6), (0, 1.6)]), closed=True), dim(hair, 0.86))
        return
    for side in (-1, 1):
        pen.fill(oval((side * (person.width + 0.02), 0.02), 0.1, 0.19), dim(person.tone, 0.9))
        pen.line(mirrored([(person.width + 0.02, -0.1), (person.width + 0.08, 0.0)], side), 0.02, dim(person.tone, 0.6))


def draw_face(pen: Pen, person: Identity, drop: float) -> None:
    """The skin of the face with its soft relief, and the marks of age."""
    pen.fill(outline(person, drop), person.tone)
    if person.stubble:
        for x, y, rx, ry in (
            (-0.5, 0.6, 0.18, 0.3),
            (0.5, 0.6, 0.18, 0.3),
            (0, 0.92, 0.34, 0.14),
            (0, 0.42, 0.22, 0.05),
        ):
            pen.glow((x, y + 0.1 * drop * (y > 0.5)), rx, ry, -0.13)
    pen.glow((0, -0.6), 0.45, 0.22, 0.06)
    pen.glow((0, 1.0 + 0.14 * drop), 0.5, 0.1, -0.12)
    pen.glow((0, 0.05), 0.09, 0.25, 0.07)
    for side in (-1, 1):
        pen.glow((side * person.width, 0.25), 0.16, 0.6, -0.12)
        if person.age == "old":
            ink = dim(person.tone, 0.62)
            pen.line(mirrored([(0.3, 0.12), (0.4, 0.11), (0.48, 0.06)], side), 0.016, ink, 0.35)
            pen.line(mirrored([(0.5, 0.62), (0.5, 0.72), (0.46, 0.8)], side), 0.016, ink, 0.35)


def draw_hair(pen: Pen, person: Identity) -> None:
    """The hair, or scarf, that frames the face from above."""
    if person.style == "bald":
        for side in (-1, 1):
            tuft = [(0.97, -0.4), (1.04, -0.1), (1.02, 0.08), (0.93, -0.05), (0.92, -0.35)]
            pen.fill(smooth(mirrored(_fitted(tuft, person), side), closed=True), person.hair)
        pen.glow((0.15, -0.85), 0.25, 0.12, 0.1)
        return
    colour = person.clothes if person.style == "scarf" else person.hair
    crown = _fitted(HOOD if person.style == "scarf" else CROWN, person)
    pen.fill(_fringe(crown, _fitted(HAIRLINES[person.style], person), person.style), colour)
    pen.glow((0.1, -0.98), 0.4, 0.07, 0.16)


def draw_glasses(pen: Pen, person: Identity) -> None:
    """A thin frame that leaves lids and brows to be seen."""
    if not person.glasses:
        return
    frame = (52, 48, 52) if person.skin != "dark" else (196, 176, 120)
    for side in (-1, 1):
        rim = oval((side * 0.36, 0.0), 0.275, 0.215, 28)
        pen.fill(rim, (255, 255, 255), 0.07)
        pen.stroke(np.concatenate([rim, rim[:1]]), (0.026, 0.026), frame, 0.9)
        pen.line(mirrored([(0.63, -0.04), (person.width, -0.06)], side), 0.028, frame, 0.9)
    pen.line([(-0.095, -0.02), (0, -0.05), (0.095, -0.02)], 0.028, frame, 0.9)


def _fitted(path: Path, person: Identity) -> Points:
    """The path, whose x counts in half widths of a face, scaled to this face and a little outside it."""
    return np.asarray(path, dtype=np.float64) * (person.width * 1.05, 1.0)


def _whole(half: Path) -> Points:
    """Both halves of an outline whose right half runs from the top down."""
    right = np.asarray(half, dtype=np.float64)
    left = (right * (-1.0, 1.0))[::-1]
    return np.concatenate([right, left[right[::-1][:, 0] != 0]])


def _fringe(crown: Points, hairline: Points, style: str) -> Points:
    """Both halves of the front hair; a parting pulls the hairline of one side up."""
    left = hairline * (-1.0, 1.0)
    if style == "parted":
        left[1:3, 1] -= (0.1, 0.02)
    outer = np.concatenate([crown, (crown * (-1.0, 1.0))[-2::-1]])
    inner = np.concatenate([left[::-1], hairline[1:]])
    return np.concatenate([smooth(outer), smooth(inner)])
