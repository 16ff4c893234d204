"""How many samples show a difference, and which difference the present ones can show.

`d` is the difference of two systems on the same samples, `power` the chance to find it at the 5 % level, two-sided.
Where samples come in clusters, count clusters, or multiply samples by `design_effect`.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

LEVEL = 0.05
POWER = 0.8
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(1 - LEVEL / 2)
_SPREAD = 6  # standard deviations of a binomial that matter
MOST = 10**9
MANY = 100_000  # samples from which the normal approximation of a binomial is as good


def detectable(error: float, power: float = POWER) -> float:
    """The smallest true difference found with this power, from the standard error of the difference.

    The error of a paired bootstrap knows about clusters and about how alike the two systems are. Any metric.

    >>> round(detectable(0.02), 4)
    0.056
    """
    return (_Z + _NORMAL.inv_cdf(power)) * error


def units_needed(error: float, units: int, d: float, power: float = POWER) -> int | None:
    """Samples (or clusters) that show a true difference of `d`, if `units` of them give it this standard error.

    (z_a + z_b)^2 units error^2 / d^2. None where no number does: a difference of 0.

    >>> units_needed(0.02, 500, 0.05)
    628
    """
    return _whole(units * (detectable(error, power) / d) ** 2) if d else None


def power_of(error: float, d: float) -> float:
    """The chance to find a true difference of `d` that has this standard error.

    >>> round(power_of(0.02, 0.056), 2)
    0.8
    """
    if error <= 0:
        return 1.0 if d else LEVEL
    return _NORMAL.cdf(abs(d) / error - _Z) + _NORMAL.cdf(-abs(d) / error - _Z)


def mcnemar_power(samples: int, d: float, discordant: float) -> float:
    """The chance that McNemar's exact test finds a difference in accuracy of `d`.

    `discordant` is the share of samples that one of the two alone gets right, at least |d|. Exact: over how many
    discordant samples there may be, and how they may split. Raises ValueError for shares that cannot be.

    >>> round(mcnemar_power(500, 0.05, 0.2), 3)
    0.676
    """
    from scipy.stats import binom

    _check(d, discordant)
    middle, spread = samples * discordant, math.sqrt(samples * discordant * (1 - discordant))
    low, high = max(0, math.floor(middle - _SPREAD * spread)), min(samples, math.ceil(middle + _SPREAD * spread))
    split = np.arange(low, high + 1)
    critical = binom.ppf(LEVEL / 2, split, 0.5) - 1  # the largest count of the weaker side that is significant
    critical += binom.cdf(critical + 1, split, 0.5) <= LEVEL / 2
    share = (1 + abs(d) / discordant) / 2 if discordant else 0.5
    found = binom.cdf(critical, split, share) + binom.cdf(critical, split, 1 - share)
    return float((binom.pmf(split, samples, discordant) * found).sum())


def mcnemar_samples(d: float, discordant: float, power: float = POWER) -> int | None:
    """The samples with which McNemar's exact test finds a difference in accuracy of `d` with this power.

    None for a difference of 0. Begins at Connor's formula (Biometrics 1987), which is the answer for more than
    100,000 samples, and halves the bracket above it.

    >>> mcnemar_samples(0.05, 0.2)
    658
    """
    _check(d, discordant)
    if d == 0:
        return None
    guess = _whole(((_Z * math.sqrt(discordant) + _NORMAL.inv_cdf(power) * math.sqrt(discordant - d * d)) / d) ** 2)
    if guess is None or guess > MANY:
        return guess
    low, high = 0, max(1, guess)
    while mcnemar_power(high, d, discordant) < power:
        low, high = high, high + max(1, high // 20)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if mcnemar_power(middle, d, discordant) >= power else (middle, high)
    return high


def mcnemar_detectable(samples: int, discordant: float, power: float = POWER) -> float | None:
    """The smallest difference in accuracy that McNemar's exact test finds with this power on so many samples.

    None if even a difference of all `discordant` samples is not found so often.

    >>> mcnemar_detectable(658, 0.2).__round__(3)
    0.05
    """
    if not discordant or mcnemar_power(samples, discordant, discordant) < power:
        return None
    low, high = 0.0, discordant
    while high - low > 1e-4 * discordant:
        middle = (low + high) / 2
        low, high = (low, middle) if mcnemar_power(samples, middle, discordant) >= power else (middle, high)
    return high


def design_effect(size: float, correlation: float) -> float:
    """By how much clusters of `size` samples, alike by the intraclass `correlation`, raise the samples that are needed.

    1 + (size - 1) correlation (Kish, Survey Sampling, 1965).

    >>> design_effect(10, 0.2).__round__(4)
    2.8
    """
    return 1 + (size - 1) * correlation


def _check(d: float, discordant: float) -> None:
    if not 0 <= abs(d) <= discordant <= 1:
        raise ValueError(f"a difference of {d} needs at least as large a share of discordant samples, not {discordant}")


def _whole(number: float) -> int | None:
    return math.ceil(number - 1e-9) if number <= MOST else None
