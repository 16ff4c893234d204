"""How well the probability that a model gives its answer tells how often it is right.

Statistics have shape (..., BINS + 1, 4), the columns named below: a row for each bin of confidence, equally wide, a
bound belonging to the bin below it; the last row is for missing answers. Confidence is the probability of the label
that was answered; an answer without probabilities is certain of its label. A missing answer is certain and wrong, apart
from the others, so that it hides no one's doubts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.classification import codes
from affectbench.metrics.probabilities import one_hot, scored
from affectbench.metrics.ratios import Array, ratio

COUNT, CONFIDENCE, RIGHT, SQUARE = range(4)
BINS = 15


def statistics(gold: Any, predicted: Any, labels: Sequence[Any]) -> Array:
    """Per sample, in the row of its bin: counted, confidence, right, squared distance; (N, BINS + 1, 4)."""
    truth, said = codes(gold, labels), scored(predicted, labels)
    if len(truth) != len(said):
        raise ValueError(f"{len(truth)} gold labels, but {len(said)} predictions")
    row, missing = np.arange(len(truth)), said.answer < 0
    confidence = np.where(missing, 1.0, said.numbers[row, said.answer])
    place = np.clip(np.ceil(confidence * BINS - 1e-9).astype(np.intp) - 1, 0, BINS - 1)
    square = ((said.numbers - one_hot(truth, len(labels))) ** 2).sum(axis=1)
    out = np.zeros((len(truth), BINS + 1, 4))
    columns = [np.ones(len(truth)), confidence, (said.answer == truth) & ~missing, np.where(missing, 2.0, square)]
    out[row, np.where(missing, BINS, place)] = np.stack(columns, axis=-1)
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    counted: Array = sums[..., COUNT].sum(axis=-1)[..., None]
    return counted


def ece(sums: Array) -> Array:
    """Expected calibration error: the mean over bins, by samples, of |confidence - accuracy|; lower is better.

    15 bins of equal width (Guo et al., ICML 2017). It is 0 for a guesser who says so: read it beside accuracy.

    >>> from affectbench import metrics
    >>> said = [{"joy": 0.9, "awe": 0.1}, {"joy": 0.9, "awe": 0.1}]
    >>> round(metrics.ece(["joy", "awe"], said, ["joy", "awe"]), 6)
    0.4
    """
    gap = np.abs(sums[..., CONFIDENCE] - sums[..., RIGHT]).sum(axis=-1)
    return ratio(gap, sums[..., COUNT].sum(axis=-1), empty=np.nan)


def brier(sums: Array) -> Array:
    """Mean over samples of the sum over labels of (p - [label is gold])^2, 0 to 2 (Brier 1950); lower is better.

    >>> from affectbench import metrics
    >>> round(metrics.brier(["joy", "awe"], [{"joy": 0.9, "awe": 0.1}, None], ["joy", "awe"]), 6)
    1.01
    """
    return ratio(sums[..., SQUARE].sum(axis=-1), sums[..., COUNT].sum(axis=-1), empty=np.nan)


def reliability(sums: Array) -> Array:
    """Samples, mean confidence and accuracy of each bin, (BINS + 1, 3), NaN where it is empty; last: missing answers.

    >>> from affectbench import metrics
    >>> metrics.reliability(["joy", "awe"], ["joy", "joy"], ["joy", "awe"])[-2].tolist()
    [2.0, 1.0, 0.5]
    """
    count = sums[..., COUNT]
    means = [ratio(sums[..., column], count, empty=np.nan) for column in (CONFIDENCE, RIGHT)]
    return np.stack([count, *means], axis=-1)
