"""Contact sheets: labelled rows of drawn faces, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from affectbench.faces import expressions, units
from affectbench.faces.drawing import SIZE, draw
from affectbench.faces.identity import AGES, SEXES, SKINS, Identity, generator, identity, scene

MARGIN = 4
LABEL_WIDTH = 190


def sheet(rows: Mapping[str, Sequence[Image.Image]]) -> Image.Image:
    """One picture with a labelled row for each entry; all pictures must have one size.

    Raises:
        ValueError: there is nothing to show.
    """
    if not any(rows.values()):
        raise ValueError("a sheet needs at least one picture")
    side = next(picture.width for pictures in rows.values() for picture in pictures)
    columns = max(len(pictures) for pictures in rows.values())
    step = side + MARGIN
    page = Image.new("RGB", (LABEL_WIDTH + columns * step, len(rows) * step + MARGIN), "white")
    pencil, font = ImageDraw.Draw(page), ImageFont.load_default(size=14)
    for row, (label, pictures) in enumerate(rows.items()):
        top = MARGIN + row * step
        pencil.text((6, top + side // 2), label, fill="black", font=font, anchor="lm")
        for column, picture in enumerate(pictures):
            page.paste(picture, (LABEL_WIDTH + column * step, top))
    return page


def expression_sheet(kind: expressions.Kind, columns: int = 10, *, seed: int = 0, size: int = SIZE) -> Image.Image:
    """Faces of every expression of a kind, a row each, over many people and scenes."""
    return sheet(
        {
            label: [_example(label, (seed, row, column), size) for column in range(columns)]
            for row, label in enumerate(expressions.labels(kind))
        }
    )


def unit_sheet(person: Identity, levels: Sequence[float] = (0.0, 2.5, 5.0), *, size: int = SIZE) -> Image.Image:
    """Every unit alone at each level, a row each."""
    return sheet(
        {
            f"{units.code(unit)} {name}": [draw(person, {unit: level}, size=size) for level in levels]
            for unit, name in units.NAMES.items()
        }
    )


def _example(label: str, seeds: tuple[int, int, int], size: int) -> Image.Image:
    """One face of an expression; people differ from picture to picture in turn."""
    rng, turn = generator(*seeds), seeds[1] + seeds[2]
    person = identity(rng, sexes=[SEXES[turn % 2]], ages=[AGES[turn // 2 % 3]], skins=[SKINS[turn % 3]])
    return draw(person, expressions.intensities(label, rng), scene=scene(rng), size=size)
