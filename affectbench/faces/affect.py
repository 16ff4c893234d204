"""What a drawn face means: valence, arousal, emotion words, a sentence and the votes of simulated annotators."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from affectbench.faces import units
from affectbench.faces.expressions import BASIC, COMPOUND, PARTS

# The pull of each unit at full intensity on valence and on arousal, before tanh. The signs follow what the units mean
# in the circumplex (Russell 1980); the sizes are ours, so that the numbers can be read off the picture.
PULL: Mapping[int, tuple[float, float]] = {
    1: (-0.15, -0.15),
    2: (0.10, 0.15),
    4: (-0.45, 0.15),
    5: (0.00, 0.50),
    6: (0.35, 0.10),
    7: (-0.15, 0.35),
    9: (-0.45, 0.30),
    10: (-0.30, 0.20),
    12: (0.80, 0.25),
    14: (-0.10, 0.00),
    15: (-0.50, -0.45),
    17: (-0.20, -0.10),
    20: (-0.45, 0.35),
    23: (-0.25, 0.25),
    24: (-0.25, 0.20),
    25: (0.05, 0.15),
    26: (0.00, 0.30),
}

# Strong word first, then a weaker one, then near ones.
WORDS: Mapping[str, tuple[str, ...]] = {
    "neutral": ("neutral", "calm", "relaxed"),
    "happiness": ("joyful", "happy", "cheerful", "pleased"),
    "sadness": ("sorrowful", "sad", "unhappy", "down"),
    "surprise": ("astonished", "surprised", "amazed", "startled"),
    "fear": ("terrified", "afraid", "scared", "anxious"),
    "anger": ("furious", "angry", "annoyed", "irritated"),
    "disgust": ("revolted", "disgusted", "repelled", "averse"),
}

ADJECTIVES: Mapping[str, str] = {
    "neutral": "calm and neutral",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprised",
    "fear": "afraid",
    "anger": "angry",
    "disgust": "disgusted",
}

# What people take an expression for when they miss it, first the commonest.
MISTAKES: Mapping[str, tuple[str, ...]] = {
    "neutral": ("sadness", "happiness", "anger"),
    "happiness": ("neutral", "surprise", "disgust"),
    "sadness": ("neutral", "disgust", "anger"),
    "surprise": ("fear", "happiness", "neutral"),
    "fear": ("surprise", "sadness", "anger"),
    "anger": ("disgust", "neutral", "sadness"),
    "disgust": ("anger", "sadness", "neutral"),
}


def valence_arousal(intensities: Mapping[int, float]) -> tuple[float, float]:
    """Valence and arousal in -1..1: tanh of the sum over units of pull x intensity / 5, to three decimals.

    >>> valence_arousal({})
    (0.0, 0.0)
    >>> valence_arousal({6: 5.0, 12: 5.0})
    (0.818, 0.336)
    """
    sums = [sum(PULL[unit][axis] * value / units.MAXIMUM for unit, value in intensities.items()) for axis in (0, 1)]
    return round(math.tanh(sums[0]), 3), round(math.tanh(sums[1]), 3)


def strength(intensities: Mapping[int, float]) -> float:
    """How strong an expression is, 0..1: the mean intensity of its active units over 5.

    >>> strength({6: 3.0, 12: 5.0, 1: 0.5})
    0.8
    """
    values = [intensities[unit] for unit in units.active(intensities)]
    return sum(values) / len(values) / units.MAXIMUM if values else 0.0


def emotions(expression: str, intensities: Mapping[int, float]) -> tuple[str, ...]:
    """A short open list of emotion words; strong faces get the strong word first.

    >>> emotions("fear", {20: 5.0}), emotions("fear", {20: 2.0})
    (('terrified', 'afraid', 'scared'), ('afraid', 'scared', 'anxious'))
    """
    if expression in COMPOUND:
        return tuple(word for part in PARTS[expression] for word in WORDS[part][1:3])
    start = 0 if expression == "neutral" or strength(intensities) >= 0.75 else 1
    return WORDS[expression][start : start + 3]


def looks(expression: str) -> str:
    """The adjective of an expression.

    >>> looks("anger"), looks("sadly angry")
    ('angry', 'sadly angry')
    """
    return ADJECTIVES.get(expression, expression)


def description(expression: str, intensities: Mapping[int, float]) -> str:
    """One sentence that names the four strongest cues, from brow to chin, and what the person looks like.

    An empty `expression` leaves the second half out.

    >>> description("happiness", {12: 4.0, 6: 3.0})
    'The cheeks are raised and the lip corners are pulled up; the person looks happy.'
    """
    strongest = sorted(units.active(intensities), key=lambda unit: -intensities[unit])[:4]
    cues = [units.CUES[unit] for unit in sorted(strongest)] or ["the face is relaxed"]
    if 1 in strongest and 4 in strongest:  # together they do not lower the brows: they slant them
        cues[:] = [cue for cue in cues if cue not in (units.CUES[1], units.CUES[4])]
        cues.insert(0, "the inner brows are raised and drawn together")
    joined = cues[0] if len(cues) == 1 else f"{', '.join(cues[:-1])} and {cues[-1]}"
    return joined[0].upper() + joined[1:] + (f"; the person looks {looks(expression)}." if expression else ".")


def votes(
    expression: str, intensities: Mapping[int, float], rng: np.random.Generator, annotators: int = 10
) -> list[str]:
    """What each simulated annotator says; weak faces are mistaken more often, in the ways people mistake them."""
    sure = 0.9 if expression == "neutral" else 0.55 + 0.42 * strength(intensities)
    others = mistakes(expression)
    return [
        expression if rng.random() < sure else others[int(len(others) * rng.random() ** 2)] for _ in range(annotators)
    ]


def mistakes(expression: str) -> tuple[str, ...]:
    """What `expression` is mistaken for: a near basic expression, or a compound that shares one of its parts."""
    if expression in BASIC:
        return MISTAKES[expression]
    parts = set(PARTS[expression])
    return tuple(other for other in PARTS if other != expression and parts & set(PARTS[other]))
