"""How an emotion is spoken: pitch, range, loudness, rate and effort follow its valence, arousal and power.

The directions are those that studies of acted speech agree on (Banse & Scherer 1996, J. Pers. Soc. Psychol. 70(3);
Juslin & Laukka 2003, Psychol. Bull. 129(5)): arousal raises pitch, loudness and rate; sadness is low, slow, soft and
flat; fear is high, fast and trembling with little range; anger is loud and pressed; surprise ends on a rise. The sizes
are ours. Valence and arousal alone do not tell fear from anger, a third dimension does: power (Fontaine et al. 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Mood:
    """Where an emotion lies, each in -1..1; `rise` is where its pitch goes at the end."""

    valence: float
    arousal: float
    power: float
    rise: float = -0.3


MOODS: Mapping[str, Mood] = {
    "neutral": Mood(0.0, 0.0, 0.0),
    "happiness": Mood(0.8, 0.5, 0.4, 0.2),
    "sadness": Mood(-0.65, -0.65, -0.5, -0.6),
    "surprise": Mood(0.2, 0.8, -0.2, 1.0),
    "fear": Mood(-0.6, 0.7, -0.8, 0.1),
    "anger": Mood(-0.6, 0.75, 0.8, -0.5),
    "disgust": Mood(-0.7, -0.05, 0.5, -0.8),
}
EMOTIONS = tuple(MOODS)

# How far single utterances lie from what is typical: standard deviations, in the units of the fields.
SPREAD: Mapping[str, float] = {
    "pitch": 0.9,
    "range": 1.0,
    "level": 2.5,
    "rate": 0.25,
    "effort": 0.07,
    "breath": 0.04,
    "tremor": 0.04,
    "rise": 0.8,
    "smile": 0.006,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One way of speaking.

    `pitch` is in semitones from the speaker's own, `range` in semitones from the lowest to the highest syllable,
    `level` in dB from a plain voice, `rate` in syllables a second. `effort` (lax 0 to pressed 1) makes the sound
    brighter, `breath` (0..1) noisier, `tremor` is a wavering in semitones. `rise` is the pitch's way over the last
    syllable in semitones; `smile` is by how much formants are raised.
    """

    pitch: float
    range: float
    level: float
    rate: float
    effort: float
    breath: float
    tremor: float
    rise: float
    smile: float


def typical(mood: Mood) -> Delivery:
    """How a mood is spoken on average.

    >>> plain, excited = typical(Mood(0.0, 0.0, 0.0)), typical(Mood(0.0, 0.8, 0.0))
    >>> round(excited.pitch - plain.pitch, 3), excited.rate > plain.rate, excited.level > plain.level
    (4.8, True, True)
    """
    valence, arousal, power = mood.valence, mood.arousal, mood.power
    return Delivery(
        pitch=6.0 * arousal + 1.0 * valence - 1.5 * power,
        range=max(1.0, 4.5 + 3.0 * arousal + 2.5 * valence + 1.2 * power),
        level=6.0 * arousal + 4.5 * power,
        rate=4.4 + 1.2 * arousal - 0.9 * power + 0.2 * valence,
        effort=float(np.clip(0.4 + 0.25 * arousal + 0.35 * power - 0.05 * valence, 0.0, 1.0)),
        breath=float(np.clip(0.12 - 0.3 * power * (power < 0.0) - 0.1 * arousal, 0.02, 0.6)),
        tremor=0.08 + 0.5 * max(0.0, arousal) * max(0.0, -power),
        rise=5.0 * mood.rise,
        smile=0.05 * valence,
    )


def delivery(emotion: str, rng: np.random.Generator, strength: float = 1.0) -> Delivery:
    """Draw one utterance's way of speaking; `strength` 0 is neutral, 1 the emotion in full.

    Raises:
        ValueError: an unknown emotion, or a strength outside 0..1.
    """
    if emotion not in MOODS or not 0.0 <= strength <= 1.0:
        raise ValueError(f"no delivery of {emotion!r} with strength {strength}; known are {', '.join(EMOTIONS)}, 0..1")
    plain, full = typical(MOODS["neutral"]), typical(MOODS[emotion])
    drawn: dict[str, float] = {}
    for name, spread in SPREAD.items():
        start, end = float(getattr(plain, name)), float(getattr(full, name))
        drawn[name] = start + (end - start) * strength + spread * float(rng.standard_normal())
    for name, low, high in (("range", 0.6, 14.0), ("rate", 2.5, 7.0), ("effort", 0.0, 1.0), ("breath", 0.01, 0.7)):
        drawn[name] = min(max(drawn[name], low), high)
    drawn["tremor"] = max(0.0, drawn["tremor"])
    return Delivery(**drawn)
