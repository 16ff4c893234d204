"""How a sound looks: its envelope, its spectrogram, and round numbers for the axes.

But for two looks at each sample the work grows with the picture, not with the sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Samples: TypeAlias = NDArray[np.float32]

WINDOW_S = 0.032
"""The length of one window of the spectrogram."""
MOMENTS = 4
"""So many windows are averaged in one column; where columns are close together these overlap."""
DEEP = 80.0
"""What is quieter than the loudest place by so many dB is drawn as silence."""
SHADES = ("#ffffff", "#e6eef8", "#b5d1ec", "#6aa5d8", "#3c6fbd", "#40358f", "#26104d")
"""From silence to the loudest place, each about as much darker as the one before."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The lowest and the highest sample of each column and the root of its mean square."""

    low: Samples
    high: Samples
    rms: Samples

    @property
    def peak(self) -> float:
        """How far the sound goes from 0."""
        return float(np.maximum(np.abs(self.low), np.abs(self.high)).max(initial=0.0))

    @property
    def top(self) -> float:
        """The least of 1, 0.5, 0.2, 0.1 … 0.001 that the sound stays under; above 1 its peak."""
        round_ones = (part * 10.0**power for power in (-3, -2, -1) for part in (1, 2, 5))
        return next((top for top in round_ones if top >= self.peak), max(1.0, self.peak))


def envelope(samples: Samples, columns: int) -> Envelope:
    """Return the envelope in so many columns; where there are fewer samples, neighbours share one."""
    found = np.zeros((3, columns if len(samples) else 0), dtype=np.float32)
    for column in range(found.shape[1]):
        begin = column * len(samples) // columns
        part = samples[begin : max((column + 1) * len(samples) // columns, begin + 1)]
        found[:, column] = part.min(), part.max(), math.sqrt(float(np.dot(part, part)) / len(part))
    return Envelope(*found)


def spectrogram(samples: Samples, rate: int, size: tuple[int, int]) -> Image.Image:
    """Return the power over time (across) and frequency (upwards, to half the rate) as a picture of that size."""
    width = size[0]
    length = max(16, round(rate * WINDOW_S))
    middles = (np.arange(width * MOMENTS) + 0.5) * len(samples) / (width * MOMENTS)
    places = np.floor(middles - length / 2).astype(np.int64)[:, None] + np.arange(length)
    inside = (places >= 0) & (places < len(samples))
    heard = np.where(inside, samples[places.clip(0, max(len(samples) - 1, 0))], 0) * np.hanning(length)
    power = (np.abs(np.fft.rfft(heard)) ** 2).reshape(width, MOMENTS, -1).mean(axis=1)
    loudest = power.max()
    below = 10 * np.log10(np.maximum(power / loudest, 1e-30)) if loudest > 0 else np.full_like(power, -DEEP)
    shade = (255 * (1 + below / DEEP)).clip(0, 255).astype(np.float32)
    picture = Image.fromarray(shade.T[::-1]).resize(size, Image.Resampling.BILINEAR)
    return Image.fromarray(_shades()[np.asarray(picture).round().astype(np.uint8)])


def ticks(end: float, most: int) -> list[float]:
    """Return at most so many round places from 0 up to `end`, at steps of 1, 2 or 5 times a power of ten.

    >>> ticks(3.2, 8)
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    """
    if end <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(end / most))
    step = next(power * part for part in (1, 2, 5, 10, 20) if end / (power * part) < most)
    return [round(step * number, 12) for number in range(int(end / step + 1e-9) + 1)]


def _shades() -> NDArray[np.uint8]:
    stops = np.array([[int(shade[at : at + 2], 16) for at in (1, 3, 5)] for shade in SHADES])
    at = np.linspace(0, len(SHADES) - 1, 256)
    return (
        np.stack([np.interp(at, range(len(SHADES)), channel) for channel in stops.T], axis=1).round().astype(np.uint8)
    )
