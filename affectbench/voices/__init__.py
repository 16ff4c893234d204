"""Voices made from nothing: glottal pulses through formants, spoken as an emotion is spoken, in no language.

    rng = np.random.default_rng(7)           # the only source of chance
    someone = speaker(rng, sex="female", age="young")
    how = delivery("fear", rng)              # pitch, range, loudness, rate, effort … of this one utterance
    sound = speak(someone, how, rng)         # two seconds of float32 at 16 kHz, in -1..1
    cues(how), description(how)              # what can be heard: high, fast, trembling …

The same seeds give the same samples. Nobody real is heard: every speaker is a few numbers.
"""

from affectbench.voices.cues import BOUNDS, CUES, cues, description
from affectbench.voices.delivery import EMOTIONS, MOODS, Delivery, Mood, delivery, typical
from affectbench.voices.speaker import Speaker, speaker
from affectbench.voices.speech import RATE, VOICE_VERSION, speak

__all__ = [
    "BOUNDS",
    "CUES",
    "EMOTIONS",
    "MOODS",
    "RATE",
    "VOICE_VERSION",
    "Delivery",
    "Mood",
    "Speaker",
    "cues",
    "delivery",
    "description",
    "speak",
    "speaker",
    "typical",
]
