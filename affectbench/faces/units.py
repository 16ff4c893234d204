"""The facial action units that can be drawn, and the words for what each does to a face.

Names follow the Facial Action Coding System (Ekman, Friesen & Hager 2002). Intensities run from 0 (absent) to 5
(maximum); a unit counts as active from 2 on, as in DISFA (Mavadati et al. 2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MAXIMUM = 5.0
ACTIVE_FROM = 2.0

NAMES: Mapping[int, str] = MappingProxyType(
    {
        1: "inner brow raiser",
        2: "outer brow raiser",
        4: "brow lowerer",
        5: "upper lid raiser",
        6: "cheek raiser",
        7: "lid tightener",
        9: "nose wrinkler",
        10: "upper lip raiser",
        12: "lip corner puller",
        14: "dimpler",
        15: "lip corner depressor",
        17: "chin raiser",
        20: "lip stretcher",
        23: "lip tightener",
        24: "lip pressor",
        25: "lips part",
        26: "jaw drop",
    }
)

CUES: Mapping[int, str] = MappingProxyType(
    {
        1: "the inner brows are raised",
        2: "the outer brows are raised",
        4: "the brows are drawn together and lowered",
        5: "the upper eyelids are raised",
        6: "the cheeks are raised",
        7: "the eyelids are tightened",
        9: "the nose is wrinkled",
        10: "the upper lip is raised",
        12: "the lip corners are pulled up",
        14: "the lip corners are dimpled",
        15: "the lip corners are pulled down",
        17: "the chin is pushed up",
        20: "the lips are stretched sideways",
        23: "the lips are tightened",
        24: "the lips are pressed together",
        25: "the lips are parted",
        26: "the jaw is dropped",
    }
)

# Pairs of movements that one mouth cannot make at the same time.
EXCLUSIVE: tuple[tuple[int, int], ...] = (
    (12, 15),
    (17, 25),
    (17, 26),
    (20, 23),
    (20, 24),
    (23, 25),
    (23, 26),
    (24, 25),
    (24, 26),
    (14, 20),
    (14, 25),
)


def code(unit: int) -> str:
    """The name of a unit in label lists.

    >>> code(12)
    'AU12'
    """
    return f"AU{unit}"


def active(intensities: Mapping[int, float]) -> tuple[int, ...]:
    """The units whose intensity is at least 2, in rising order.

    >>> active({12: 4.0, 6: 2.0, 25: 1.5})
    (6, 12)
    """
    return tuple(sorted(unit for unit, value in intensities.items() if value >= ACTIVE_FROM))


def compatible(unit: int, others: Mapping[int, float]) -> bool:
    """Whether a face that moves `others` can also move `unit`.

    >>> compatible(24, {25: 3.0})
    False
    """
    return not any((unit == a and b in others) or (unit == b and a in others) for a, b in EXCLUSIVE)
