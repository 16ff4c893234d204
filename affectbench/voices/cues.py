"""The cues of a voice that anybody can hear, in words: those by which an utterance leaves a plain voice."""

from __future__ import annotations

from collections.abc import Mapping

from affectbench.voices.delivery import Delivery

# Cue → field, from where on it counts, and to which side. A plain voice lies two spreads (`delivery.SPREAD`) or more
# inside, so that it has hardly ever a cue; trembling and harshness begin further out, where other emotions end.
BOUNDS: Mapping[str, tuple[str, float, int]] = {
    "high-pitch": ("pitch", 2.0, 1),
    "low-pitch": ("pitch", -2.0, -1),
    "loud": ("level", 5.0, 1),
    "quiet": ("level", -5.0, -1),
    "fast": ("rate", 4.9, 1),
    "slow": ("rate", 3.9, -1),
    "varied": ("range", 6.5, 1),
    "flat": ("range", 2.5, -1),
    "trembling": ("tremor", 0.22, 1),
    "harsh": ("effort", 0.72, 1),
    "breathy": ("breath", 0.2, 1),
}

CUES: Mapping[str, str] = {
    "high-pitch": "the pitch is high",
    "low-pitch": "the pitch is low",
    "loud": "the voice is loud",
    "quiet": "the voice is quiet",
    "fast": "the speech is fast",
    "slow": "the speech is slow",
    "varied": "the intonation is varied",
    "flat": "the intonation is flat",
    "trembling": "the voice trembles",
    "harsh": "the voice is harsh",
    "breathy": "the voice is breathy",
}


def cues(how: Delivery) -> tuple[str, ...]:
    """The cues of one utterance, named as clues of the channel `voice`; none of a plain voice.

    >>> from affectbench.voices import MOODS, typical
    >>> cues(typical(MOODS["neutral"])), cues(typical(MOODS["anger"]))
    ((), ('high-pitch', 'loud', 'harsh'))
    """
    return tuple(cue for cue, (field, bound, side) in BOUNDS.items() if side * (getattr(how, field) - bound) >= 0)


def description(how: Delivery) -> str:
    """One sentence that names every cue of an utterance.

    >>> from affectbench.voices import MOODS, typical
    >>> description(typical(MOODS["neutral"])), description(typical(MOODS["disgust"]))
    ('The voice is plain.', 'The speech is slow.')
    """
    said = [CUES[cue] for cue in cues(how)] or ["the voice is plain"]
    joined = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return f"{joined[0].upper()}{joined[1:]}."
