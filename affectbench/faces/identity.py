"""Who is drawn and in what circumstances: a person by seed, and a scene (pose, light, background, noise) by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

T = TypeVar("T")
Colour = tuple[float, float, float]
Sex = Literal["female", "male"]
Age = Literal["young", "middle", "old"]
Skin = Literal["light", "medium", "dark"]

SEXES: tuple[Sex, ...] = ("female", "male")
AGES: tuple[Age, ...] = ("young", "middle", "old")
SKINS: tuple[Skin, ...] = ("light", "medium", "dark")

TONES: dict[Skin, tuple[Colour, ...]] = {
    "light": ((244, 212, 190), (240, 202, 174), (238, 195, 160)),
    "medium": ((226, 176, 134), (208, 154, 110), (190, 136, 94)),
    "dark": ((160, 110, 78), (138, 92, 64), (116, 76, 54)),
}
HAIR: dict[Skin, tuple[Colour, ...]] = {
    "light": ((214, 172, 96), (150, 98, 54), (92, 58, 36), (176, 84, 40), (44, 34, 32)),
    "medium": ((96, 60, 38), (58, 38, 30), (34, 28, 30), (120, 76, 44)),
    "dark": ((34, 26, 26), (26, 22, 24), (62, 40, 30)),
}
GREY: tuple[Colour, ...] = ((172, 172, 176), (208, 206, 204), (140, 138, 140))
IRIS: dict[Skin, tuple[Colour, ...]] = {
    "light": ((70, 110, 160), (84, 124, 88), (112, 74, 44)),
    "medium": ((96, 62, 36), (70, 44, 28), (96, 100, 60)),
    "dark": ((60, 38, 26), (46, 30, 22)),
}
CLOTHES: tuple[Colour, ...] = (
    (66, 96, 140),
    (150, 70, 70),
    (80, 120, 90),
    (60, 60, 70),
    (200, 190, 170),
    (128, 96, 150),
    (190, 140, 70),
)
STYLES: dict[Sex, tuple[str, ...]] = {
    "female": ("long", "bob", "bun", "curly", "scarf", "long", "bob"),
    "male": ("short", "parted", "curls", "crop", "bald", "short", "parted"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What stays the same in every picture of one person. Shapes are factors near 1, or shares 0..1."""

    sex: Sex
    age: Age
    skin: Skin
    tone: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    style: str
    glasses: bool
    stubble: bool
    width: float
    jaw: float
    eyes: float
    brows: float
    nose: float
    lips: float
    mouth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What differs between two pictures of one person.

    `yaw` and `pitch` are -1..1 (about 20 degrees), `tilt` is in degrees, `shift` and `zoom` in shares of the picture;
    `light` is brightness, `warmth` -1..1, `side` -1..1 says from where the light comes; `noise` is in grey levels.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    tilt: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    light: float = 1.0
    warmth: float = 0.0
    side: float = -0.5
    backdrop: tuple[Colour, Colour] = ((206, 214, 222), (168, 182, 196))
    noise: float = 0.0
    noise_seed: int = 0


def generator(*seeds: int) -> np.random.Generator:
    """The only source of chance here: PCG64 from whole numbers, the same in every process."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seeds)))


def identity(
    rng: np.random.Generator,
    *,
    sexes: Sequence[Sex] = SEXES,
    ages: Sequence[Age] = AGES,
    skins: Sequence[Skin] = SKINS,
) -> Identity:
    """Draw a person of one of the given groups; everything else is left to chance."""
    sex, age, skin = _pick(sexes, rng), _pick(ages, rng), _pick(skins, rng)
    grey = age == "old" or (age == "middle" and rng.random() < 0.25)
    hair = _pick(GREY if grey else HAIR[skin], rng)
    style = _pick(STYLES[sex], rng)
    if style == "bald" and age == "young":
        style = "crop"
    return Identity(
        sex=sex,
        age=age,
        skin=skin,
        tone=_vary(_pick(TONES[skin], rng), 6, rng),
        hair=_vary(hair, 8, rng),
        iris=_pick(IRIS[skin], rng),
        clothes=_pick(CLOTHES, rng),
        style=style,
        glasses=bool(rng.random() < 0.2),
        stubble=bool(sex == "male" and rng.random() < 0.35),
        width=_between(0.70, 0.79, rng) + (0.02 if sex == "male" else 0.0),
        jaw=_between(0.3, 0.9, rng) if sex == "male" else _between(0.0, 0.4, rng),
        eyes=_between(0.94, 1.06, rng) * (1.05 if sex == "female" else 0.98),
        brows=_between(0.85, 1.1, rng) * (0.8 if sex == "female" else 1.2),
        nose=_between(0.88, 1.15, rng),
        lips=_between(0.85, 1.1, rng) * (1.15 if sex == "female" else 0.95),
        mouth=_between(0.93, 1.07, rng),
    )


def scene(rng: np.random.Generator) -> Scene:
    """Draw the circumstances of one picture: gentle poses, light that leaves every feature visible."""
    first, second = _backdrop(rng), _backdrop(rng)
    return Scene(
        yaw=_between(-0.8, 0.8, rng),
        pitch=_between(-0.6, 0.6, rng),
        tilt=_between(-7.0, 7.0, rng),
        shift=(_between(-0.025, 0.025, rng), _between(-0.015, 0.015, rng)),
        zoom=_between(0.93, 1.03, rng),
        light=_between(0.86, 1.03, rng),
        warmth=_between(-0.5, 1.0, rng),
        side=_between(-1.0, 1.0, rng),
        backdrop=(first, second),
        noise=_between(0.0, 4.5, rng),
        noise_seed=int(rng.integers(2**31)),
    )


def _pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    return choices[int(rng.integers(len(choices)))]


def _between(low: float, high: float, rng: np.random.Generator) -> float:
    return round(low + (high - low) * float(rng.random()), 4)


def _vary(colour: Colour, amount: float, rng: np.random.Generator) -> Colour:
    """The colour a little lighter or darker, warmer or cooler."""
    light, warm = amount * (2 * rng.random() - 1), amount * (2 * rng.random() - 1)
    return (colour[0] + light + warm / 2, colour[1] + light, colour[2] + light - warm / 2)


def _backdrop(rng: np.random.Generator) -> Colour:
    """A muted colour of any hue."""
    grey = 80 + 140 * float(rng.random())
    channels = grey + 60 * (rng.random(3) - 0.5)
    return (float(channels[0]), float(channels[1]), float(channels[2]))
