"""From a speaker and a way of speaking to sound: a score of syllables, a glottal source, a filter that moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affectbench.voices.delivery import Delivery
from affectbench.voices.speaker import Speaker
from affectbench.voices.tract import glottis, tract

RATE = 16_000
PLAIN_DBFS = -26.0  # the level of a plain voice while it speaks
SHARE = 0.74  # of the time that an utterance takes, breath and silence aside

# Raised whenever the same seed gives other samples, so that voices on disk are made again.
VOICE_VERSION = 1

Signal = npt.NDArray[np.float64]

# The first three formants in Hz of five vowels, men's means (Peterson & Barney 1952, J. Acoust. Soc. Am. 24).
VOWELS = np.array(
    [
        (730.0, 1090.0, 2440.0),
        (530.0, 1840.0, 2480.0),
        (270.0, 2290.0, 3010.0),
        (570.0, 840.0, 2410.0),
        (300.0, 870.0, 2240.0),
    ]
)
CONSONANTS = ("nasal", "stop", "fricative", "none")


@dataclass(frozen=True, slots=True)
class Score:
    """What is said when: for each syllable its beginning and end in seconds, its vowel and its consonant."""

    starts: Signal
    ends: Signal
    vowels: npt.NDArray[np.intp]
    consonants: npt.NDArray[np.intp]


def speak(who: Speaker, how: Delivery, rng: np.random.Generator, seconds: float = 2.0) -> npt.NDArray[np.float32]:
    """Say something that means nothing.

    Args:
        who: the speaker.
        how: the way of speaking.
        rng: the source of chance for the syllables, the melody and the noise.
        seconds: how long the sound is, 0.8 or more; the speech takes about three quarters of it.

    Returns:
        float32 samples in -1..1 at 16 kHz, shape (seconds x 16000,); the same arguments always give the same samples.

    Raises:
        ValueError: less than 0.8 seconds.
    """
    if seconds < 0.8:
        raise ValueError(f"an utterance needs at least 0.8 s, not {seconds}")
    time = np.arange(round(seconds * RATE)) / RATE
    score = _score(who, how, rng, seconds)
    pitch = who.pitch * 2.0 ** (_melody(score, how, rng, time) / 12.0)
    loud = _loudness(score, rng, time)
    source = glottis(pitch, RATE, how.effort, rng) + _aspiration(pitch, how.breath + 0.4 * who.hoarse, rng)
    formants = _formants(score, time) * (who.tract * (1.0 + how.smile))
    spoken = tract(source * loud, formants, RATE, how.effort)
    spoken *= _gain(spoken, loud, how.level)
    sound = spoken + _consonants(score, how.level, rng, time) + _breath(score, how, rng, time)
    sound += 10.0 ** (-66.0 / 20.0) * rng.standard_normal(time.size)
    return np.tanh(sound).astype(np.float32)


def _score(who: Speaker, how: Delivery, rng: np.random.Generator, seconds: float) -> Score:
    """As many syllables as the rate gives, of uneven length; the last one is drawn out."""
    rate = how.rate * who.tempo
    count = max(2, round(rate * SHARE * seconds))
    lengths = 1.0 + 0.12 * rng.standard_normal(count).clip(-2.0, 2.0)
    lengths[-1] *= 1.3
    lengths *= count / rate / lengths.sum()
    begin = 0.6 * (seconds - lengths.sum()) + 0.03 * rng.standard_normal()
    starts = max(0.12, begin) + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    ends = np.minimum(starts + lengths, seconds - 0.04)
    vowels = rng.integers(len(VOWELS), size=count)
    consonants = rng.choice(len(CONSONANTS), size=count, p=(0.35, 0.3, 0.2, 0.15))
    return Score(starts, ends, vowels, consonants)


def _melody(score: Score, how: Delivery, rng: np.random.Generator, time: Signal) -> Signal:
    """Semitones from the speaker's pitch: accents within the range, a slow fall, the last syllable's way, tremor."""
    count = len(score.starts)
    accents = rng.permutation(np.linspace(-0.5, 0.5, count)) * how.range
    accents += how.range * 0.12 * np.linspace(1.0, -1.0, count)
    middles = (score.starts + score.ends) / 2
    points = np.concatenate(
        [middles, [score.starts[-1] + 0.5 * (score.ends - score.starts)[-1] + 0.02, score.ends[-1]]]
    )
    values = np.concatenate([accents, [accents[-1], accents[-1] + how.rise]])
    curve = how.pitch + _eased(time, points, values - values[:count].mean())
    waver = how.tremor * np.sin(2 * np.pi * (6.2 * time + rng.random()))
    drift = 0.06 * np.interp(time, np.linspace(0, time[-1], 60), rng.standard_normal(60))
    return np.asarray(curve + waver + drift)


def _eased(time: Signal, points: Signal, values: Signal) -> Signal:
    """Through the values, level at each of them."""
    place = np.interp(time, points, np.arange(points.size))
    step = np.minimum(place.astype(np.intp), points.size - 2)
    share = (1.0 - np.cos(np.pi * (place - step))) / 2
    return np.asarray(values[step] + (values[step + 1] - values[step]) * share)


def _loudness(score: Score, rng: np.random.Generator, time: Signal) -> Signal:
    """How open the mouth is: each syllable swells and fades; consonants close it more or less."""
    depth = np.array([0.3, 0.0, 0.05, 0.45])[score.consonants]
    stress = 10.0 ** (1.5 * rng.standard_normal(len(depth)).clip(-2, 2) / 20.0)
    loud = np.zeros_like(time)
    for start, end, floor, peak in zip(score.starts, score.ends, depth, stress, strict=True):
        share = (time - start) / (end - start)
        inside = (share >= 0.0) & (share < 1.0)
        swell = np.clip(share[inside] * (end - start) / 0.07, 0.0, 1.0) ** 1.5
        fade = np.clip((1.0 - share[inside]) * (end - start) / 0.06, 0.0, 1.0)
        loud[inside] = peak * (floor * fade.clip(0.3) + (1.0 - floor) * swell * fade) * (1.0 - 0.25 * share[inside])
    return _smoothed(loud, 0.012)


def _formants(score: Score, time: Signal) -> Signal:
    """The first three formants over time, shape (samples, 3): held in the middle of a vowel, moving between two."""
    places = np.stack([score.starts + 0.35 * (score.ends - score.starts), score.ends - 0.03], axis=1).ravel()
    held = np.repeat(VOWELS[score.vowels], 2, axis=0)
    return np.stack([np.interp(time, places, held[:, number]) for number in range(3)], axis=1)


def _aspiration(pitch: Signal, amount: float, rng: np.random.Generator) -> Signal:
    """Noise of the breath that passes the glottis, stronger while it is open."""
    phase = np.cumsum(pitch) / RATE
    return np.asarray(amount * 0.5 * rng.standard_normal(pitch.size) * (0.6 + 0.4 * np.sin(2 * np.pi * phase)))


def _gain(spoken: Signal, loud: Signal, level: float) -> float:
    """What brings the voiced part to the wanted level."""
    voiced = spoken[loud > 0.3]
    return float(10.0 ** ((PLAIN_DBFS + level) / 20.0) / max(float(np.sqrt(np.mean(voiced**2))), 1e-9))


def _consonants(score: Score, level: float, rng: np.random.Generator, time: Signal) -> Signal:
    """Bursts of stops and hisses of fricatives, with the voice's level."""
    noise = rng.standard_normal(time.size)
    hiss = noise - np.concatenate([[0.0], noise[:-1]])  # a high-pass of first order
    shape = np.zeros_like(time)
    for start, kind in zip(score.starts, score.consonants, strict=True):
        name = CONSONANTS[kind]
        if name == "stop":
            shape += np.where(time >= start, np.exp(-(time - start).clip(0.0) / 0.008), 0.0)
        elif name == "fricative":
            shape += 0.6 * np.exp(-(((time - start - 0.02) / 0.03) ** 2))
    return np.asarray(10.0 ** ((PLAIN_DBFS - 14.0 + level) / 20.0) * hiss * _smoothed(shape, 0.004))


def _breath(score: Score, how: Delivery, rng: np.random.Generator, time: Signal) -> Signal:
    """A breath is drawn before the first syllable, more audibly by a breathy voice."""
    length = 0.05 + 0.12 * rng.random()
    shape = np.exp(-(((time - score.starts[0] + 0.02 + 1.5 * length) / length) ** 2))
    return np.asarray(
        10.0 ** ((PLAIN_DBFS - 26.0 + how.level / 2) / 20.0)
        * (0.5 + 3.0 * how.breath)
        * shape
        * rng.standard_normal(time.size)
    )


def _smoothed(signal: Signal, seconds: float) -> Signal:
    """A moving average over a raised cosine of this width."""
    window = np.hanning(round(seconds * RATE) + 2)[1:-1]
    return np.convolve(signal, window / window.sum(), mode="same")
