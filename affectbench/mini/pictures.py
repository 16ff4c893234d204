"""What `mini` learns from: faces and short films, drawn for it alone.

Nobody in them is in the demo data: people, expressions and scenes come from seeds that begin with `KEPT_APART`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from affectbench import faces

KEPT_APART = 71_077
"""First number of every seed here. The demo data have 0, or what a user's dataset file says, in its place."""
SIDE = 128
DRAWN = 160
"""Half of the pictures are drawn so large and scaled down, as most that a model meets are."""
SHOWN = 8
"""Frames of a film."""
PIECE = 250
KINDS: tuple[faces.Kind, ...] = ("basic",) * 9 + ("compound",) * 6 + ("units",) * 5

Pixels = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A face, or a film of one, with its pictures: uint8, shape (n, SIDE, SIDE, 3).

    `strength` is the share of the face's intensities in each, `points` its landmarks (shares of the size) in each.
    """

    face: faces.Face
    pictures: Pixels
    points: Points
    strength: tuple[float, ...] = (1.0,)

    def moved(self, place: int = 0) -> dict[int, float]:
        """Return the units' intensities (0..5) in one of the pictures."""
        return {unit: value * self.strength[place] for unit, value in self.face.intensities.items()}


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that is looked at."""

    faces: Sequence[Seen]
    films: Sequence[Seen]


def corpus(folder: Path, seed: int, sizes: tuple[int, int], report: Report) -> Corpus:
    """Draw so many faces and films, in all cores, into a folder; what is there already is not drawn again."""
    found = []
    for what, of, number in (("faces", _face, sizes[0]), ("films", _film, sizes[1])):
        pieces = [(what, seed, first, min(PIECE, number - first)) for first in range(0, number, PIECE)]
        missing = [piece for piece in pieces if not _place(folder, piece).is_file()]
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("spawn")) as pool:
            for done, _ in enumerate(pool.map(_draw, [folder] * len(missing), missing), 1):
                report(f"drawing {what}", (len(pieces) - len(missing) + done) * PIECE, number)
        found.append([seen for piece in pieces for seen in _read(folder, piece, of)])
    return Corpus(*found)


def unseen(seed: int, sizes: tuple[int, int]) -> Corpus:
    """Draw faces and films that are not in the corpus of any seed, to see how far the learning is."""
    return Corpus([_face(-1 - seed, i) for i in range(sizes[0])], [_film(-1 - seed, i) for i in range(sizes[1])])


Piece = tuple[str, int, int, int]


def _place(folder: Path, piece: Piece) -> Path:
    what, seed, first, number = piece
    return folder / f"{what}-v{faces.DRAWING_VERSION}-{seed}-{first}-{number}.npy"


def _draw(folder: Path, piece: Piece) -> None:
    """Draw one piece; its file appears whole or not at all."""
    what, seed, first, number = piece
    of = _face if what == "faces" else _film
    pictures = np.stack([of(seed, first + i).pictures for i in range(number)])
    place = _place(folder, piece)
    rough = place.with_suffix(f".{os.getpid()}")
    with rough.open("wb") as file:
        np.save(file, pictures)
    rough.replace(place)


def _read(folder: Path, piece: Piece, of: Callable[..., Seen]) -> Iterator[Seen]:
    """Yield what was drawn; who and what it is follows from the seeds."""
    _, seed, first, _ = piece
    for i, pictures in enumerate(np.load(_place(folder, piece), mmap_mode="r")):
        yield of(seed, first + i, pictures)


def _somebody(seed: int, what: int, i: int) -> tuple[faces.Face, np.random.Generator]:
    rng = faces.generator(KEPT_APART, seed + 1_000, what, i)
    expressions = faces.labels(KINDS[i % len(KINDS)] if what == 0 else "basic") or ("",)
    return faces.face(faces.identity(rng), expressions[int(rng.integers(len(expressions)))], rng), rng


def _face(seed: int, i: int, pictures: Pixels | None = None) -> Seen:
    face, rng = _somebody(seed, 0, i)
    if pictures is None:
        size = DRAWN if rng.random() < 0.5 else SIDE
        pictures = _pixels(face.picture(size))[None]
    return Seen(face, pictures, _points(face, 1.0)[None])


def _film(seed: int, i: int, pictures: Pixels | None = None) -> Seen:
    """A film in eight frames at even distances, as a clip of a task is shown."""
    face, rng = _somebody(seed, 1, i)
    whole = faces.movement(rng, 24)
    shown = [int(24 * (n + 0.5) / SHOWN) for n in range(SHOWN)]
    strength, shut = (tuple(of[n] for n in shown) for of in (whole.strength, whole.shut))
    sway = tuple(whole.sway[n] for n in shown)
    if pictures is None:
        some = faces.Movement(apex=whole.apex, strength=strength, shut=shut, sway=sway)
        pictures = np.stack([_pixels(frame) for frame in faces.film(face, some, DRAWN)])
    edge = math.ceil(faces.EDGE * DRAWN)
    placed = [
        (_points(face, share) * (DRAWN + 2 * edge) - edge * (1 + np.array(moved))) / DRAWN
        for share, moved in zip(strength, sway, strict=True)
    ]
    return Seen(face, pictures, np.stack(placed).astype(np.float32), strength)


def _points(face: faces.Face, strength: float) -> Points:
    moved = {unit: value * strength for unit, value in face.intensities.items()}
    return faces.landmarks(face.person, moved, face.scene).astype(np.float32)


def _pixels(picture: Image.Image) -> Pixels:
    """Return a picture as the model's processor scales it."""
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS) if picture.width != SIDE else picture)
