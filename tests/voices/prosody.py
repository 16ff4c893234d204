"""Five numbers that are measured in a sound, with nothing of ours: pitch and its range, level, rate and tilt."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FRAME, HOP = 1024, 160


class Prosody(NamedTuple):
    """Median pitch and its range (10th to 90th percentile) in semitones over 100 Hz, dBFS, syllables a second, dB."""

    pitch: float
    range: float
    level: float
    rate: float
    tilt: float


def measure(sound: np.ndarray, rate: int = 16_000) -> Prosody:
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(float), FRAME)[::HOP]
    level = np.sqrt((frames**2).mean(axis=1))
    spoken = level > 0.25 * np.quantile(level, 0.95)
    pitches = pitch(frames[spoken], rate)
    low, middle, high = np.quantile(pitches, [0.1, 0.5, 0.9])
    power = (np.abs(np.fft.rfft(frames[spoken] * np.hanning(FRAME), axis=1)) ** 2).mean(axis=0)
    frequency = np.fft.rfftfreq(FRAME, 1 / rate)
    bright = power[(frequency >= 1000) & (frequency < 5000)].sum() / power[(frequency >= 80) & (frequency < 1000)].sum()
    loudness = 20 * np.log10(np.sqrt((frames[spoken] ** 2).mean()))
    return Prosody(middle, high - low, loudness, syllables(sound, rate), 10 * np.log10(bright))


def pitch(frames: np.ndarray, rate: int) -> np.ndarray:
    """Semitones over 100 Hz by the first high peak of the autocorrelation, of the frames that are periodic."""
    spectrum = np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * np.hanning(FRAME), 2 * FRAME, axis=1)
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(FRAME), 2 * FRAME)) ** 2)[:FRAME]
    alike = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : FRAME // 2] / window[: FRAME // 2]
    alike /= alike[:, :1]
    shortest, longest = rate // 600, rate // 60
    found = []
    for row in alike:
        peaks = [lag for lag in range(shortest, longest) if row[lag - 1] < row[lag] >= row[lag + 1]]
        best = max((row[lag] for lag in peaks), default=0.0)
        if best > 0.5:
            found.append(12 * np.log2(rate / next(lag for lag in peaks if row[lag] > 0.9 * best) / 100))
    return np.array(found)


def syllables(sound: np.ndarray, rate: int) -> float:
    """Peaks of the envelope that stand out from the dips beside them, over the time in which they lie."""
    window = np.hanning(rate // 16)
    low = np.convolve(np.abs(sound), window / window.sum(), mode="same")[:: rate // 200]
    loud = np.log(low / low.max() + 0.02)
    peaks, dip = [], 0
    for here in range(1, len(loud) - 1):
        dip = here if loud[here] < loud[dip] else dip
        if loud[here - 1] < loud[here] >= loud[here + 1] and loud[here] > -2.5:
            deep = loud[here] - loud[dip]
            if deep > 0.12 or not peaks:
                peaks.append(here)
                dip = here
            elif loud[here] > loud[peaks[-1]]:
                peaks[-1], dip = here, here
    return (len(peaks) - 1) * 200 / max(peaks[-1] - peaks[0], 1) if len(peaks) > 1 else 0.0
