"""Who speaks: what stays the same in all utterances of one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# Median pitch in Hz of adults' speech (Baken & Orlikoff 2000, chapter 6), rounded: women's falls with age, men's rises.
PITCH: Mapping[tuple[str, str], float] = {
    ("female", "young"): 215.0,
    ("female", "middle"): 203.0,
    ("female", "old"): 188.0,
    ("male", "young"): 116.0,
    ("male", "middle"): 112.0,
    ("male", "old"): 126.0,
}
TRACT: Mapping[str, float] = {"female": 1.16, "male": 1.0}
HOARSE: Mapping[str, float] = {"young": 0.0, "middle": 0.05, "old": 0.15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One person's voice: median `pitch` in Hz, formants times `tract`, own tempo, and how hoarse it is, 0..1."""

    sex: str
    age: str
    pitch: float
    tract: float
    tempo: float
    hoarse: float


def speaker(rng: np.random.Generator, *, sex: str, age: str) -> Speaker:
    """Draw the voice of a person.

    Args:
        rng: the source of chance; four numbers are drawn.
        sex: `female` or `male`.
        age: `young`, `middle` or `old`.

    Raises:
        ValueError: another sex or age.
    """
    if (sex, age) not in PITCH:
        raise ValueError(f"no voice of sex {sex!r} and age {age!r}; known are {sorted(PITCH)}")
    spread = rng.standard_normal(4).clip(-2.0, 2.0)
    return Speaker(
        sex=sex,
        age=age,
        pitch=PITCH[sex, age] * 2.0 ** (spread[0] * 1.5 / 12.0),
        tract=TRACT[sex] * (1.0 + 0.025 * spread[1]),
        tempo=(1.0 if age != "old" else 0.94) * (1.0 + 0.03 * spread[2]),
        hoarse=min(1.0, HOARSE[age] + 0.04 * abs(float(spread[3]))),
    )
