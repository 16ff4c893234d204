"""The first lesson of `mini`: to see which units move, how strongly, and what that looks like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affectbench import faces
from affectbench.mini.pictures import SIDE, Corpus, Seen

EXPRESSIONS = (*faces.labels("basic"), *faces.labels("compound"))
UNITS = tuple(faces.NAMES)
ACTIVE = 2.0
ZOOM, SHIFT, LIGHT = 0.13, 0.07, 0.12

Look = tuple[Seen, int]
"""One of the pictures of a face."""


def some(corpus: Corpus, rng: np.random.Generator, counts: tuple[int, int]) -> list[Look]:
    """Return so many faces, and frames of films, at random."""
    found = [(corpus.faces[i], 0) for i in rng.integers(len(corpus.faces), size=counts[0])]
    films = [corpus.films[i] for i in rng.integers(len(corpus.films), size=counts[1])]
    return found + [(film, int(rng.integers(len(film.pictures)))) for film in films]


def pixels(looks: Sequence[Look]) -> Tensor:
    """Return pictures as the network takes them, float32 in -1..1, shape (n, 3, SIDE, SIDE)."""
    return torch.from_numpy(np.stack([seen.pictures[place] for seen, place in looks])).permute(0, 3, 1, 2) / 127.5 - 1


def changed(looks: Sequence[Look], rng: np.random.Generator, ways: int) -> tuple[Tensor, Tensor]:
    """Return pictures and landmarks, mirrored, moved, scaled and lit in as many ways; looks in a row share theirs."""
    each = len(looks) // ways
    zoom, shift = 1 + ZOOM * _around(rng, ways, 1), SHIFT * _around(rng, ways, 2)
    mirrored = np.where(rng.random((ways, 1)) < 0.5, -1.0, 1.0)
    rows = np.zeros((ways, 2, 3), np.float32)
    rows[:, 0, 0], rows[:, 1, 1], rows[:, :, 2] = (zoom * mirrored)[:, 0], zoom[:, 0], shift
    grid = nn.functional.affine_grid(
        torch.from_numpy(rows.repeat(each, 0)), [len(looks), 3, SIDE, SIDE], align_corners=False
    )
    moved = nn.functional.grid_sample(pixels(looks), grid, padding_mode="reflection", align_corners=False)
    gain = (1 + LIGHT * _around(rng, ways, 1)) * (1 + LIGHT / 3 * _around(rng, ways, 3))
    lit = (moved + 1) * torch.from_numpy(gain.repeat(each, 0)[..., None, None].astype(np.float32)) - 1
    points = 2 * np.stack([seen.points[place] for seen, place in looks]) - 1
    turned = mirrored.repeat(each, 0)[:, None] < 0
    points = (points - shift.repeat(each, 0)[:, None]) / zoom.repeat(each, 0)[:, None]
    points = np.where(turned, points[:, faces.MIRRORED] * (-1, 1), points)
    return lit.clamp(-1, 1), torch.from_numpy(points.astype(np.float32))


def _around(rng: np.random.Generator, *shape: int) -> npt.NDArray[np.float64]:
    return 2 * rng.random(shape) - 1


def truth(looks: Sequence[Look]) -> tuple[Tensor, Tensor]:
    """Return the units' intensities (0..1, shape (n, 17)) and the expressions' numbers, -100 where none counts."""
    moved = [seen.moved(place) for seen, place in looks]
    levels = torch.tensor([[units.get(unit, 0.0) / faces.units.MAXIMUM for unit in UNITS] for units in moved])
    named = [
        EXPRESSIONS.index(seen.face.expression) if seen.face.expression and seen.strength[place] == 1.0 else -100
        for seen, place in looks
    ]
    return levels, torch.tensor(named)


def lesson(judged: Tensor, truths: tuple[Tensor, Tensor], points: Tensor) -> Tensor:
    """Return the loss of what a judge says of pictures."""
    n = len(UNITS)
    levels, named = truths
    active = (levels >= ACTIVE / faces.units.MAXIMUM - 1e-6).float()
    said = judged.split([n, n, len(EXPRESSIONS), 2 * faces.LANDMARKS], dim=1)
    loss = nn.functional.mse_loss(said[0], levels) * 10
    loss = loss + nn.functional.binary_cross_entropy_with_logits(said[1], active) * 3
    if bool((named >= 0).any()):
        loss = loss + nn.functional.cross_entropy(said[2], named)
    return loss + nn.functional.l1_loss(said[3], points.flatten(1)) * 5
