"""The two halves of a voice: the glottis, which makes pulses, and the vocal tract, which colours them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

OVERSAMPLING = 3  # pulses have edges: they are made at three times the rate, and what lies too high is cut off
FRAME, HOP = 512, 256
BANDWIDTHS = np.array([80.0, 100.0, 140.0, 220.0, 280.0, 350.0, 420.0, 500.0])
HIGHER = np.array([3500.0, 4500.0, 5500.0, 6500.0, 7500.0])  # resonances that all vowels have alike


def glottis(pitch: Signal, rate: int, effort: float, rng: np.random.Generator) -> Signal:
    """The flow's derivative: Rosenberg's pulses (1971), one a period, with small unevenness from pulse to pulse.

    Args:
        pitch: in Hz at each sample, shape (samples,).
        rate: samples a second.
        effort: 0..1; a pressed voice closes the glottis sooner and faster.
        rng: the source of chance.
    """
    fine = np.interp(np.arange(pitch.size * OVERSAMPLING) / OVERSAMPLING, np.arange(pitch.size), pitch)
    phase = np.cumsum(fine) / (rate * OVERSAMPLING) + rng.random()
    cycle = phase.astype(np.intp)
    share = phase - cycle
    opening, closing = 0.45 - 0.1 * effort, 0.26 - 0.16 * effort
    rising = np.sin(np.pi * share / opening) / opening
    falling = -np.sin(np.pi / 2 * (share - opening) / closing) / closing
    pulses = np.where(share < opening, rising, np.where(share < opening + closing, falling, 0.0))
    uneven = 1.0 + 0.04 * rng.standard_normal(cycle[-1] + 1)
    spectrum = np.fft.rfft(pulses * uneven[cycle])[: pitch.size // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, pitch.size) / OVERSAMPLING)


def tract(source: Signal, formants: Signal, rate: int, effort: float) -> Signal:
    """Pass a source through resonances that move, frame by frame, with overlap.

    Args:
        source: shape (samples,).
        formants: the first three resonances in Hz at each sample, shape (samples, 3).
        rate: samples a second.
        effort: 0..1; a lax voice loses more of its high tones (up to 9 dB an octave above 500 Hz).
    """
    frequency = np.fft.rfftfreq(2 * FRAME, 1 / rate)
    window = np.hanning(FRAME + 1)[:-1]  # at a hop of a half these add up to 1
    padded = np.concatenate([np.zeros(FRAME), source, np.zeros(FRAME)])
    starts = np.arange(0, source.size + FRAME, HOP)
    frames = padded[starts[:, None] + np.arange(FRAME)] * window
    centres = formants[np.clip(starts - FRAME // 2, 0, source.size - 1)]
    tilt = (1.0 + (frequency / 500.0) ** 2) ** (-0.75 * (1.0 - effort))
    spectra = np.fft.rfft(frames, 2 * FRAME) * resonance(frequency, centres) * tilt
    out = np.zeros(padded.size + FRAME)
    for start, frame in zip(starts, np.fft.irfft(spectra, 2 * FRAME), strict=True):
        out[start : start + 2 * FRAME] += frame
    return out[FRAME : FRAME + source.size]


def resonance(frequency: npt.NDArray[Any], formants: Signal) -> npt.NDArray[Any]:
    """The tract's response, shape (frames, frequencies): three formants and fixed ones above, each 1 at 0 Hz."""
    own = _poles(frequency, formants[:, :, None], BANDWIDTHS[:3, None]).prod(axis=1)
    return np.asarray(own * _poles(frequency, HIGHER[:, None], BANDWIDTHS[3:, None]).prod(axis=0))


def _poles(frequency: npt.NDArray[Any], centres: Signal, widths: Signal) -> npt.NDArray[Any]:
    """The response of single resonances; shapes are broadcast."""
    pole = centres**2 + widths**2 / 4
    return np.asarray(pole / (pole - frequency**2 + 1j * widths * frequency))
