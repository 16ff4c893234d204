"""The questions whose replies the tests read."""

from __future__ import annotations

from dataclasses import replace

from affectbench.types import Asked

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
SPELLINGS = (
    ("anger", ("angry", "mad")),
    ("disgust", ("disgusted",)),
    ("fear", ("fearful", "afraid", "scared")),
    ("happiness", ("happy", "joy", "joyful")),
    ("sadness", ("sad",)),
    ("surprise", ("surprised",)),
)
UNITS = ("AU1", "AU2", "AU4", "AU6", "AU7", "AU10", "AU12", "AU14", "AU15", "AU17", "AU23", "AU24", "AU25")
UNIT_NAMES = (
    ("AU1", ("inner brow raiser",)),
    ("AU4", ("brow lowerer",)),
    ("AU6", ("cheek raiser",)),
    ("AU12", ("lip corner puller",)),
    ("AU25", ("lips part",)),
)

EMOTION = Asked(form="choice", options=EMOTIONS, synonyms=SPELLINGS)
LETTERED = replace(EMOTION, letters=True)
COMPOUND = Asked(
    form="choice",
    options=("happily surprised", "sadly angry", "sad", "angry"),
    synonyms=(("happily surprised", ("happy and surprised", "surprised and happy")),),
)
NEUTRAL = Asked(
    form="choice",
    options=("neutral", "happy", "sad"),
    synonyms=(("neutral", ("no emotion", "no expression")),),
)
AGE = Asked(form="choice", options=("0-2", "3-9", "10-19", "20-29", "more than 70"))
POLARITY = Asked(form="choice", options=("-1", "0", "1"))
YES_NO = Asked(form="choice", options=("yes", "no"))
CHINESE = Asked(form="choice", options=("高兴", "悲伤", "愤怒"))
ODD = Asked(form="choice", options=("doubt/confusion", "Anger", "anger", "😊", "état", "ok, fine"))

AUS = Asked(form="labels", options=UNITS, synonyms=UNIT_NAMES)
SEVERAL = Asked(form="labels", options=EMOTIONS, synonyms=SPELLINGS)
SEVERAL_LETTERED = replace(SEVERAL, letters=True)

AFFECT = Asked(form="levels", levels=(("valence", -1.0, 1.0), ("arousal", -1.0, 1.0)))
PAIN = Asked(form="levels", levels=(("pain", 1.0, 9.0),), synonyms=(("pain", ("pain level",)),))
SHARE = Asked(form="levels", levels=(("valence", 0.0, 1.0),))
INTENSITY = Asked(form="levels", levels=(("AU6", 0.0, 5.0), ("AU12", 0.0, 5.0)), synonyms=UNIT_NAMES)

OPEN = Asked(form="open")
TEXT = Asked(form="text")

ALL = {
    "choice": EMOTION,
    "lettered": LETTERED,
    "compound": COMPOUND,
    "age": AGE,
    "chinese": CHINESE,
    "odd": ODD,
    "units": AUS,
    "several": SEVERAL,
    "several lettered": SEVERAL_LETTERED,
    "affect": AFFECT,
    "pain": PAIN,
    "intensity": INTENSITY,
    "open": OPEN,
    "text": TEXT,
}
