"""A face with all that is known of it: who, where, which units move, and what it means."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from affectbench.faces import affect, expressions, units
from affectbench.faces.drawing import SIZE, draw
from affectbench.faces.identity import Identity, Scene, scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One labelled face. `expression` is empty where units were moved at random; intensities are 0..5."""

    person: Identity
    scene: Scene
    expression: str
    intensities: Mapping[int, float]
    votes: tuple[str, ...]

    @property
    def aus(self) -> tuple[str, ...]:
        """The names of the active units."""
        return tuple(map(units.code, units.active(self.intensities)))

    @property
    def valence_arousal(self) -> tuple[float, float]:
        """Valence and arousal, each -1..1."""
        return affect.valence_arousal(self.intensities)

    @property
    def emotions(self) -> tuple[str, ...]:
        """A few emotion words; none where there is no expression."""
        return affect.emotions(self.expression, self.intensities) if self.expression else ()

    @property
    def description(self) -> str:
        """One sentence that names the cues."""
        return affect.description(self.expression, self.intensities)

    def picture(self, size: int = SIZE) -> Image.Image:
        """The face, drawn."""
        return draw(self.person, self.intensities, scene=self.scene, size=size)

    def png(self, size: int = SIZE) -> bytes:
        """The picture as the bytes of a PNG file."""
        file = io.BytesIO()
        self.picture(size).save(file, format="PNG", compress_level=1)
        return file.getvalue()


def face(person: Identity, expression: str, rng: np.random.Generator) -> Face:
    """A face of `person` with a seeded expression, scene and votes; an empty `expression` moves units at random."""
    moved = expressions.intensities(expression, rng) if expression else expressions.any_units(rng)
    said = affect.votes(expression, moved, rng) if expression else []
    return Face(person=person, scene=scene(rng), expression=expression, intensities=moved, votes=tuple(said))
