"""Faces drawn from facial action units, with labels that follow from what was drawn.

    rng = generator(7)                       # the only source of chance, from whole numbers
    someone = identity(rng)                  # who
    seen = face(someone, "fear", rng)        # a labelled face: .aus .valence_arousal .emotions .description .votes
    seen.picture(128)                        # a PIL picture
    draw(someone, {6: 3.0, 12: 4.5})         # or straight from action units

The same seeds give the same pixels in every process. Nobody real is shown: every person is a few numbers.
"""

from affectbench.faces.drawing import DRAWING_VERSION, SIZE, clip, draw
from affectbench.faces.expressions import BASIC, COMPOUND, PARTS, Kind, any_units, intensities, labels
from affectbench.faces.face import Face, face
from affectbench.faces.film import EDGE, Movement, film, movement
from affectbench.faces.identity import AGES, SEXES, SKINS, Identity, Scene, generator, identity, scene
from affectbench.faces.landmarks import LANDMARKS, MIRRORED, landmarks
from affectbench.faces.sheet import expression_sheet, sheet, unit_sheet
from affectbench.faces.units import NAMES, active, code

__all__ = [
    "AGES",
    "BASIC",
    "COMPOUND",
    "DRAWING_VERSION",
    "EDGE",
    "LANDMARKS",
    "MIRRORED",
    "NAMES",
    "PARTS",
    "SEXES",
    "SIZE",
    "SKINS",
    "Face",
    "Identity",
    "Kind",
    "Movement",
    "Scene",
    "active",
    "any_units",
    "clip",
    "code",
    "draw",
    "expression_sheet",
    "face",
    "film",
    "generator",
    "identity",
    "intensities",
    "labels",
    "landmarks",
    "movement",
    "scene",
    "sheet",
    "unit_sheet",
]
