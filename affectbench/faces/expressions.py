"""Which action units make which expression, and how strongly: seeded samples around the prototypes.

The basic prototypes follow EMFACS (Ekman & Friesen 1983) and the compound ones Du, Tao & Martinez (2014, PNAS 111,
table 1): units that most people use are `always` there, units that some use come with a chance. Where two compounds
would otherwise differ only by chance, the unit that tells them apart is always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from affectbench.faces import units

Kind = Literal["basic", "compound", "units"]


@dataclass(frozen=True, slots=True)
class Prototype:
    """`always`: unit → its strength relative to the whole (0..1); `maybe`: unit → the chance that it joins."""

    always: Mapping[int, float]
    maybe: Mapping[int, float] = field(default_factory=dict)


BASIC: Mapping[str, Prototype] = {
    "neutral": Prototype({}),
    "happiness": Prototype({6: 0.85, 12: 1.0}, {25: 0.7}),
    "sadness": Prototype({1: 1.0, 4: 0.6, 15: 1.0}, {17: 0.5}),
    "surprise": Prototype({1: 0.95, 2: 1.0, 5: 0.85, 25: 0.85, 26: 0.9}),
    "fear": Prototype({1: 1.0, 2: 0.5, 4: 0.8, 5: 1.0, 20: 1.0, 25: 0.9}, {7: 0.25, 26: 0.25}),
    "anger": Prototype({4: 1.0, 7: 0.85, 24: 0.85}, {5: 0.4, 17: 0.2, 23: 0.4}),
    "disgust": Prototype({9: 1.0, 10: 1.0}, {4: 0.15, 7: 0.5, 15: 0.25, 17: 0.25, 25: 0.4}),
}

COMPOUND: Mapping[str, Prototype] = {
    "happily surprised": Prototype({1: 0.9, 2: 1.0, 12: 1.0, 25: 0.9}, {5: 0.65, 6: 0.3, 26: 0.65}),
    "happily disgusted": Prototype({9: 0.8, 10: 0.9, 12: 1.0, 25: 0.8}, {4: 0.3, 6: 0.6}),
    "sadly fearful": Prototype({1: 1.0, 4: 0.8, 20: 0.9, 25: 0.7}, {2: 0.3, 5: 0.25, 15: 0.3}),
    "sadly angry": Prototype({4: 1.0, 15: 1.0}, {7: 0.5, 17: 0.5}),
    "sadly surprised": Prototype({1: 1.0, 4: 0.7, 25: 0.8, 26: 0.9}, {2: 0.25}),
    "sadly disgusted": Prototype({1: 0.8, 4: 0.8, 10: 1.0, 15: 0.8}, {9: 0.3, 17: 0.5}),
    "fearfully angry": Prototype({4: 1.0, 20: 1.0, 25: 0.8}, {5: 0.5, 7: 0.4, 10: 0.2}),
    "fearfully surprised": Prototype({1: 0.95, 2: 1.0, 5: 1.0, 20: 0.9, 25: 0.8}, {4: 0.3, 26: 0.5}),
    "angrily surprised": Prototype({4: 1.0, 25: 0.85, 26: 0.95}, {5: 0.5, 7: 0.4, 10: 0.2}),
    "angrily disgusted": Prototype({4: 1.0, 9: 0.6, 10: 0.9, 17: 0.7}, {7: 0.6, 24: 0.3}),
    "disgustedly surprised": Prototype({1: 0.9, 2: 1.0, 5: 0.8, 10: 1.0}, {9: 0.5, 17: 0.4}),
}

PARTS: Mapping[str, tuple[str, str]] = {
    "happily surprised": ("happiness", "surprise"),
    "happily disgusted": ("happiness", "disgust"),
    "sadly fearful": ("sadness", "fear"),
    "sadly angry": ("sadness", "anger"),
    "sadly surprised": ("sadness", "surprise"),
    "sadly disgusted": ("sadness", "disgust"),
    "fearfully angry": ("fear", "anger"),
    "fearfully surprised": ("fear", "surprise"),
    "angrily surprised": ("anger", "surprise"),
    "angrily disgusted": ("anger", "disgust"),
    "disgustedly surprised": ("disgust", "surprise"),
}


def labels(kind: Kind) -> tuple[str, ...]:
    """The expressions of a kind, in their fixed order; `units` has none.

    >>> len(labels("basic")), len(labels("compound")), labels("units")
    (7, 11, ())
    """
    return tuple({"basic": BASIC, "compound": COMPOUND, "units": {}}[kind])


def prototype(expression: str) -> Prototype:
    """The units of a basic or compound expression; `KeyError` if there is no such expression."""
    return BASIC[expression] if expression in BASIC else COMPOUND[expression]


def intensities(expression: str, rng: np.random.Generator) -> dict[int, float]:
    """Draw the intensities of one face of `expression`: active units in 2..5, traces of others at 1 or less."""
    pattern = prototype(expression)
    strength = 0.55 + 0.45 * rng.random()
    chosen = dict(pattern.always)
    for unit, chance in pattern.maybe.items():
        if rng.random() < chance and units.compatible(unit, chosen):
            chosen[unit] = 0.75
    return _with_lips_parted({unit: _intensity(strength * share, rng) for unit, share in chosen.items()}) | _traces(
        chosen, rng
    )


def any_units(rng: np.random.Generator) -> dict[int, float]:
    """Draw one to five units at random, free of any expression, in 2..5."""
    wanted = 1 + int(rng.integers(5))
    chosen: dict[int, float] = {}
    for unit in rng.permutation(list(units.NAMES)).tolist():
        if len(chosen) < wanted and units.compatible(unit, chosen):
            chosen[unit] = _intensity(0.5 + 0.5 * rng.random(), rng)
    return _with_lips_parted(chosen)


def _intensity(share: float, rng: np.random.Generator) -> float:
    """An intensity near `share` of the maximum, never below the active threshold, to one decimal."""
    noisy = units.MAXIMUM * share + 0.8 * (rng.random() - 0.5)
    return round(min(max(noisy, units.ACTIVE_FROM), units.MAXIMUM), 1)


def _traces(chosen: Mapping[int, float], rng: np.random.Generator) -> dict[int, float]:
    """Up to two other units, too weak to count: faces are never quite still."""
    traces: dict[int, float] = {}
    for unit in rng.permutation(list(units.NAMES)).tolist()[: int(rng.integers(3))]:
        if unit not in chosen and units.compatible(unit, {**chosen, **traces}):
            traces[unit] = round(0.3 + 0.7 * rng.random(), 1)
    return traces


def _with_lips_parted(chosen: dict[int, float]) -> dict[int, float]:
    """A dropped jaw parts the lips, so that the labels say both."""
    if chosen.get(26, 0.0) >= units.ACTIVE_FROM:
        chosen.setdefault(25, chosen[26])
    return chosen
