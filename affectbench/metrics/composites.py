"""Scores made of other scores: challenges' formulas, and the mean or sum of several tasks with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from affectbench.metrics.ratios import Array


def abaw_va(ccc_valence: float, ccc_arousal: float) -> float:
    """Score of the ABAW valence-arousal track, (CCC_V + CCC_A) / 2, -1..1 (Kollias et al., ABAW, CVPRW 2022).

    The same number is `ccc` over the two levels. The other tracks have no formula of their own: expressions are
    `macro_f1`, action units the mean of `au_f1`.

    >>> abaw_va(0.5, 0.25)
    0.375
    """
    return (ccc_valence + ccc_arousal) / 2


def abaw_mtl(valence_arousal: float, expression_f1: float, units_f1: float) -> float:
    """Score of the ABAW multi-task track, the sum of the three tracks' scores, -1..3 (Kollias, ABAW, CVPRW 2022).

    >>> abaw_mtl(0.5, 0.25, 0.5)
    1.25
    """
    return valence_arousal + expression_f1 + units_f1


def mer2023(weighted_f1: float, mse: float) -> float:
    """Score of MER2023, weighted F1 of emotions less a quarter of the squared error of valence, up to 1.

    Source: Lian et al., MER 2023, ACM Multimedia 2023.

    >>> mer2023(0.7, 0.8)
    0.49999999999999994
    """
    return weighted_f1 - 0.25 * mse


def combined(values: Sequence[float], lows: Sequence[float], highs: Sequence[float], weights: ArrayLike = 1.0) -> Array:
    """A weighted sum of independent estimates with its interval, (value, low, high); `weights` 1 / K make it the mean.

    The interval is that of MOVER, square-and-add: the sum less (plus) the root of the summed squares of how far each
    estimate is from its own bound (Zou & Donner, Statistics in Medicine 2008). It supposes that the estimates share no
    samples. NaN bounds stay NaN. Raises ValueError if a weight is not positive.

    >>> combined([0.5, 0.7], [0.2, 0.3], [0.8, 0.9], 0.5).round(4).tolist()
    [0.6, 0.35, 0.7803]
    """
    each = np.asarray(weights, dtype=np.float64)
    if not (each > 0).all():
        raise ValueError(f"a weight is {each.min()}; it must be positive")
    value, low, high = (each * np.asarray(numbers, dtype=np.float64) for numbers in (values, lows, highs))
    below, above = np.sqrt(((value - low) ** 2).sum()), np.sqrt(((high - value) ** 2).sum())
    total = value.sum()
    return np.array([total, total - below, total + above])
