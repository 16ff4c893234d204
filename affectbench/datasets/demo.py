"""The demo data: rows that describe drawn faces, and the pictures themselves below a folder (clips: `demo_clips`).

Rows are made without drawing, so a task can be checked at once; `materialise` draws what is missing, and from then on
the pictures are ordinary files below a data root, like any user's. Everything follows from the seed.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Protocol

import numpy as np

from affectbench import faces, paths
from affectbench.datasets import drawers
from affectbench.errors import UsageError, near
from affectbench.faces import SIZE, Kind

KINDS: tuple[Kind, ...] = ("basic", "compound", "units")
CLIPS = "clips"
SPLITS = ("train", "test")
FACES_OF_UNITS = 7  # pictures of one person where no expression decides the number

Row = dict[str, str | float | list[str]]
Seen = Callable[[Sequence[str]], Iterator[str]]


class Drawn(Protocol):
    """Something that the demo draws: faces, or clips."""

    def files(self) -> Iterator[tuple[str, ...]]:
        """Yield the paths of the files of each, below the data root."""

    def rows(self) -> Iterator[Row]:
        """Yield a row of each."""

    def drawings(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Yield each file's path with the function that makes its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What `rows: {demo: …}` asks for.

    `faces` and `train` are the numbers of pictures in the splits `test` and `train`, each a multiple of the number of
    expressions (basic 7, compound 11; units 7), because every person shows every expression once. `size` is in pixels.

    Raises:
        UsageError: an unknown kind, or numbers that cannot be.
    """

    faces: int
    kind: Kind = "basic"
    seed: int = 0
    train: int | None = None
    size: int = SIZE

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            known = (*KINDS, CLIPS)
            raise UsageError(f"demo rows: no kind {self.kind!r}{near(self.kind, known)}; known are {', '.join(known)}")
        for name, number in (("faces", self.faces), ("train", self.number("train"))):
            if number < 0 or number % self.each:
                nearest = max(1, round(number / self.each)) * self.each
                raise UsageError(f"demo rows: {name}: {number} is not a multiple of {self.each}; try {nearest}")
        if self.seed < 0 or self.size < 32:
            raise UsageError("demo rows: seed must be 0 or more and size 32 or more")

    @property
    def each(self) -> int:
        """How many pictures there are of each person."""
        return len(faces.labels(self.kind)) or FACES_OF_UNITS

    @property
    def folder(self) -> str:
        """The folder of these pictures below the data root; it names all that decides the pixels."""
        return f"{self.kind}-{self.seed}-{self.size}-v{faces.DRAWING_VERSION}"

    def number(self, split: str) -> int:
        """How many faces a split has; `train` holds ten people if nothing else is said."""
        if split == "test":
            return self.faces
        return 10 * self.each if self.train is None else self.train

    def files(self) -> Iterator[tuple[str, ...]]:
        """Yield the path of each face's picture."""
        for split in SPLITS:
            for turn in range(self.number(split)):
                yield (f"{self.folder}/{split}/{split}_{turn:04d}.png",)

    def rows(self) -> Iterator[Row]:
        """Yield one row a face, first the split `train`, then `test`; no picture is drawn."""
        for identifier, path, subject, face in _faces(self):
            split = identifier.partition("_")[0]
            yield {"id": identifier, "split": split, "subject": subject, "path": path} | _row(self, face)

    def drawings(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Yield each picture's path with the function that draws it."""
        for _, path, _, face in _faces(self):
            yield path, partial(face.png, self.size)


def rows(demo: Drawn) -> Iterator[Row]:
    """One row a face or clip; nothing is drawn."""
    yield from demo.rows()


def home() -> Path:
    """Where the demo data are drawn once for all runs."""
    return paths.cache_folder() / "demo"


def materialise(demo: Drawn, root: Path, only: Container[str] | None = None, seen: Seen = iter) -> None:
    """Draw the files that `rows` names, or `only` some of them, below `root`, except those that are there.

    `seen` is given the paths of all that are missing, if any are, and hands them on, so it can show how far this is.

    Every file appears whole or not at all, so that a run may be killed, and several processes may draw at once. Each
    begins somewhere else, so that they share the work; where much is missing, every core has one.
    """
    if missing := undrawn(demo, root, only):
        first = random.randrange(len(missing))
        missing = missing[first:] + missing[:first]
        with drawers.beside(demo, root, missing):
            draw(demo, root, seen(missing))


def undrawn(demo: Drawn, root: Path, only: Container[str] | None = None) -> list[str]:
    """The paths of all files, or of `only` some, that are not below `root`."""
    paths = (path for files in demo.files() for path in files)
    return [path for path in paths if (only is None or path in only) and not (root / path).is_file()]


def draw(demo: Drawn, root: Path, paths: Iterable[str]) -> None:
    """Draw those of these files that are not there when it is their turn."""
    drawings = cache(lambda: dict(demo.drawings()))  # made if anything is missing
    for path in paths:
        if not (place := root / path).is_file():
            _write(place, drawings()[path]())


def copy(demo: Drawn, source: Path, root: Path) -> None:
    """Draw all files below `source` and have the same below `root`."""
    materialise(demo, source)
    for path in undrawn(demo, root):
        _write(root / path, (source / path).read_bytes())


def _faces(demo: Demo) -> Iterator[tuple[str, str, str, faces.Face]]:
    """Every face with its id, path and subject. A face does not depend on how many others there are."""
    for split in SPLITS:
        for person in range(demo.number(split) // demo.each):
            seeds = (demo.seed, KINDS.index(demo.kind), SPLITS.index(split), person)
            for turn, face in enumerate(_faces_of_one(demo, faces.generator(*seeds), person)):
                identifier = f"{split}_{person * demo.each + turn:04d}"
                yield identifier, f"{demo.folder}/{split}/{identifier}.png", f"{split}_person_{person:03d}", face


def _faces_of_one(demo: Demo, rng: np.random.Generator, turn: int) -> list[faces.Face]:
    """One person in every expression, shuffled; sex, skin and age go round in turn, so that groups are balanced."""
    person = faces.identity(
        rng, sexes=[faces.SEXES[turn % 2]], skins=[faces.SKINS[turn // 2 % 3]], ages=[faces.AGES[turn // 6 % 3]]
    )
    expressions = faces.labels(demo.kind) or ("",) * demo.each
    return [faces.face(person, expressions[i], rng) for i in rng.permutation(len(expressions))]


def _row(demo: Demo, face: faces.Face) -> Row:
    """What is known of a face, as a table would hold it: texts, numbers and lists of texts."""
    valence, arousal = face.valence_arousal
    row: Row = {
        "kind": demo.kind,
        "expression": face.expression if demo.kind == "basic" else "",
        "compound": face.expression if demo.kind == "compound" else "",
        "parts": list(faces.PARTS.get(face.expression, (face.expression,) if face.expression else ())),
        "aus": list(face.aus),
        "valence": valence,
        "arousal": arousal,
        "emotions": list(face.emotions),
        "description": face.description,
        "sex": face.person.sex,
        "age": face.person.age,
        "skin": face.person.skin,
        "glasses": "yes" if face.person.glasses else "no",
        "votes": list(face.votes),
    }
    row |= {faces.code(unit): float(face.intensities.get(unit, 0.0)) for unit in faces.NAMES}
    return row | {
        f"votes_{label.replace(' ', '_')}": float(face.votes.count(label)) for label in faces.labels(demo.kind)
    }


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in its place at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".drawing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
