"""Voices: the same from the same seed, and what is measured in the sound follows the emotion."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import voices
from affectbench.voices import MOODS, Mood, typical
from affectbench.voices.delivery import SPREAD
from tests.voices.prosody import Prosody, measure

SCRIPT = """
import hashlib, numpy as np
from affectbench import voices
rng = np.random.default_rng([5, 6])
who = voices.speaker(rng, sex="female", age="old")
print(hashlib.sha256(voices.speak(who, voices.delivery("fear", rng), rng).tobytes()).hexdigest())
"""
WHO = [
    ("female", "young"),
    ("male", "old"),
    ("female", "middle"),
    ("male", "young"),
    ("female", "old"),
    ("male", "middle"),
]


def someone(seed: int = 0) -> voices.Speaker:
    sex, age = WHO[seed % len(WHO)]
    return voices.speaker(np.random.default_rng([11, seed]), sex=sex, age=age)


def spoken(emotion: str, seed: int, *, person: int = 0) -> np.ndarray:
    rng = np.random.default_rng([seed, person, voices.EMOTIONS.index(emotion)])
    return voices.speak(someone(person), voices.delivery(emotion, rng), rng)


def heard(mood: Mood, person: int = 0, times: int = 3) -> Prosody:
    """What is measured on average in utterances of one person that are typical for a mood."""
    sounds = [voices.speak(someone(person), typical(mood), np.random.default_rng([3, n])) for n in range(times)]
    return Prosody(*np.mean([measure(sound) for sound in sounds], axis=0))


def test_a_voice_is_the_same_in_another_process() -> None:
    rng = np.random.default_rng([5, 6])
    who = voices.speaker(rng, sex="female", age="old")
    here = hashlib.sha256(voices.speak(who, voices.delivery("fear", rng), rng).tobytes()).hexdigest()
    there = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout.strip()
    assert there == here
    assert not np.array_equal(spoken("fear", 1), spoken("fear", 2))


@pytest.mark.parametrize("emotion", voices.EMOTIONS)
def test_a_sound_has_its_length_is_not_clipped_and_is_quiet_at_both_ends(emotion: str) -> None:
    sound = spoken(emotion, 4, person=1)
    assert sound.shape == (2 * voices.RATE,)
    assert sound.dtype == np.float32
    assert 0.03 < np.abs(sound).max() < 0.95
    loudest = np.sqrt((sound.reshape(-1, 800) ** 2).mean(axis=1)).max()
    for end in (sound[:400], sound[-400:]):
        assert np.sqrt((end**2).mean()) < 0.15 * loudest


@settings(max_examples=20, deadline=None)
@given(st.floats(0.8, 4.0), st.sampled_from(voices.EMOTIONS), st.integers(0, 5))
def test_any_length_is_spoken(seconds: float, emotion: str, person: int) -> None:
    rng = np.random.default_rng(person)
    sound = voices.speak(someone(person), voices.delivery(emotion, rng), rng, seconds)
    assert sound.shape == (round(seconds * voices.RATE),)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 1.0


@pytest.mark.parametrize("person", [0, 1])
def test_pitch_level_and_rate_rise_with_arousal(person: int) -> None:
    calm, plain, excited = (heard(Mood(0.0, arousal, 0.0), person) for arousal in (-0.8, 0.0, 0.8))
    for name in ("pitch", "level", "rate", "range"):
        assert getattr(calm, name) < getattr(plain, name) < getattr(excited, name), name
    assert excited.pitch - calm.pitch == pytest.approx(9.6, abs=1.0)
    assert excited.level - calm.level == pytest.approx(9.6, abs=1.5)


def test_power_brightens_and_valence_widens() -> None:
    weak, strong = (heard(Mood(0.0, 0.0, power)) for power in (-0.8, 0.8))
    assert strong.tilt > weak.tilt + 5
    assert strong.level > weak.level + 5
    unpleasant, pleasant = (heard(Mood(valence, 0.3, 0.0)) for valence in (-0.8, 0.8))
    assert pleasant.range > unpleasant.range + 1.5


def test_the_pitch_that_is_measured_is_the_one_that_was_asked_for() -> None:
    for person in range(4):
        for emotion in ("sadness", "happiness"):
            how = typical(MOODS[emotion])
            sound = voices.speak(someone(person), how, np.random.default_rng([person, 8]))
            wanted = 12 * np.log2(someone(person).pitch / 100) + how.pitch
            assert measure(sound).pitch == pytest.approx(wanted, abs=1.2)


def test_women_speak_higher_than_men_and_age_brings_them_together() -> None:
    def median(sex: str, age: str) -> float:
        seen = [voices.speaker(np.random.default_rng(seed), sex=sex, age=age).pitch for seed in range(60)]
        return float(np.median(seen))

    assert median("female", "young") > median("female", "old") > median("male", "old") > median("male", "young")


@cache
def corpus() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measurements of every emotion by twelve people, with emotion and person."""
    rows = [
        (measure(spoken(emotion, 1, person=person)), label, person)
        for person in range(12)
        for label, emotion in enumerate(voices.EMOTIONS)
    ]
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def nearest(seen: np.ndarray, label: np.ndarray, held_out: np.ndarray) -> float:
    """The share of held-out utterances that are nearest to the mean of their own emotion."""
    known = ~held_out
    means = np.stack([seen[known & (label == one)].mean(axis=0) for one in range(len(voices.EMOTIONS))])
    spread = np.sqrt(np.mean([seen[known & (label == one)].var(axis=0) for one in range(len(means))], axis=0))
    found = (((seen[held_out][:, None] - means) / spread) ** 2).sum(axis=2).argmin(axis=1)
    return float((found == label[held_out]).mean())


def test_five_simple_measures_tell_the_emotions_of_unknown_speakers_apart() -> None:
    seen, label, person = corpus()
    assert nearest(seen, label, person >= 6) > 0.6  # chance is 1/7; voices differ by an octave
    relative = seen.copy()
    for one in range(12):
        relative[person == one, 0] -= seen[person == one, 0].mean()
    assert nearest(relative, label, person >= 6) > 0.8
    aroused = np.isin(label, [voices.EMOTIONS.index(name) for name in voices.EMOTIONS if MOODS[name].arousal > 0.3])
    assert relative[aroused, 0].min() > np.quantile(relative[~aroused, 0], 0.9)


def test_no_measure_alone_is_enough_and_utterances_vary() -> None:
    seen, label, person = corpus()
    for column in range(len(Prosody._fields)):
        assert nearest(seen[:, [column]], label, person >= 6) < 0.7
    for one in range(len(voices.EMOTIONS)):
        assert (seen[label == one].std(axis=0) > (0.5, 0.2, 0.5, 0.1, 0.5)).all()


def test_strength_leads_from_neutral_to_the_emotion() -> None:
    levels = [
        np.mean([voices.delivery("anger", np.random.default_rng(seed), strength).level for seed in range(40)])
        for strength in (0.0, 0.5, 1.0)
    ]
    assert levels[0] == pytest.approx(typical(MOODS["neutral"]).level, abs=0.6)
    assert levels[2] == pytest.approx(typical(MOODS["anger"]).level, abs=0.6)
    assert levels[1] == pytest.approx((levels[0] + levels[2]) / 2)


def test_wrong_arguments_are_refused() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="no voice of sex 'other'"):
        voices.speaker(rng, sex="other", age="old")
    with pytest.raises(ValueError, match="no delivery of 'joy'"):
        voices.delivery("joy", rng)
    with pytest.raises(ValueError, match=r"strength 1\.5"):
        voices.delivery("fear", rng, 1.5)
    with pytest.raises(ValueError, match=r"at least 0\.8 s"):
        voices.speak(someone(), typical(MOODS["fear"]), rng, 0.5)


# -- cues ------------------------------------------------------------------------------------------------------------


def test_a_cue_is_what_leaves_a_plain_voice() -> None:
    plain = typical(MOODS["neutral"])
    for cue, (field, bound, side) in voices.BOUNDS.items():
        assert side * (bound - getattr(plain, field)) >= 1.9 * SPREAD[field], cue
        assert cue in voices.cues(dataclasses.replace(plain, **{field: bound + side * SPREAD[field]}))
    assert voices.cues(plain) == ()


def test_emotions_are_heard_by_the_cues_that_studies_agree_on() -> None:
    expected = {
        "fear": {"high-pitch", "fast", "trembling", "breathy"},
        "anger": {"loud", "harsh"},
        "sadness": {"low-pitch", "flat", "breathy"},
        "surprise": {"high-pitch", "fast"},
        "happiness": {"high-pitch", "varied"},
    }
    for emotion, wanted in expected.items():
        assert wanted <= set(voices.cues(typical(MOODS[emotion]))), emotion


@pytest.mark.parametrize(("cue", "other", "name"), [("loud", "quiet", "level"), ("high-pitch", "low-pitch", "pitch")])
def test_what_is_named_is_measured_in_the_sound(cue: str, other: str, name: str) -> None:
    found: dict[str, list[float]] = {cue: [], other: []}
    for seed in range(12):
        rng = np.random.default_rng([seed, 21])
        how = voices.delivery(("anger", "sadness")[seed % 2], rng)
        for named in found.keys() & set(voices.cues(how)):
            found[named].append(getattr(measure(voices.speak(someone(), how, rng)), name))
    assert min(map(len, found.values())) >= 3
    assert min(found[cue]) > max(found[other])
