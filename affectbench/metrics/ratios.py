"""Division and means that say what nothing by nothing is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def ratio(numerator: Array, denominator: Array, empty: float = 0.0) -> Array:
    """Divide; where the denominator is 0 the result is `empty`.

    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()
    [0.25, 0.0]
    """
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    out = np.full(numerator.shape, empty)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def mean_defined(values: Array, axis: int = -1) -> Array:
    """Mean of the numbers that are not NaN; NaN where none is. Numbers that are all equal keep their exact value.

    >>> mean_defined(np.array([[1.0, 0.0, np.nan], [np.nan] * 3])).tolist()
    [0.5, nan]
    """
    missing = np.isnan(values)
    count = (~missing).sum(axis=axis).astype(np.float64)
    mean = ratio(np.where(missing, 0.0, values).sum(axis=axis), count, empty=np.nan)
    least = np.fmin.reduce(values, axis=axis, initial=np.inf)
    return np.where(least == np.fmax.reduce(values, axis=axis, initial=-np.inf), least, mean)
