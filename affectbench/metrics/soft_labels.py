"""One label against the votes of several people: how many of them would call the answer right.

Statistics have shape (..., 4), the columns named below. Votes for labels that could not be answered stay in the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import Array, mean_defined, ratio

COUNT, SHARE, AGREE, VOTES = range(4)


def matrix(votes: Sequence[Mapping[str, float]] | NDArray[Any], labels: Sequence[str]) -> Array:
    """Votes as (N, K + 1): one column a label, the last for every other label.

    >>> matrix([{"joy": 3, "awe": 1, "unsure": 2}], ["awe", "joy"]).tolist()
    [[1.0, 3.0, 2.0]]
    """
    if isinstance(votes, np.ndarray) and votes.ndim == 2:
        return votes.astype(np.float64, copy=False)
    place = {label: column for column, label in enumerate(labels)}
    out = np.zeros((len(votes), len(labels) + 1))
    for row, counts in enumerate(votes):
        for label, count in counts.items():
            out[row, place.get(label, len(labels))] += count
    return out


def statistics(votes: Any, predicted: Sequence[Any] | NDArray[Any], labels: Sequence[str]) -> Array:
    """Per sample: counted, share of votes for the answer, votes for it, all votes, (N, 4). No answer has no vote."""
    counts, answer = matrix(votes, labels), codes(predicted, labels)
    if len(counts) != len(answer):
        raise ValueError(f"votes for {len(counts)} samples, but {len(answer)} predictions")
    total = counts.sum(axis=1)
    agree = np.where(answer < 0, 0.0, counts[np.arange(len(counts)), np.maximum(answer, 0)])
    return np.stack([total > 0, ratio(agree, total), agree, total], axis=-1).astype(np.float64)


def support(sums: Array) -> Array:
    """Samples with votes, (..., 1)."""
    return sums[..., [COUNT]]


def vote_accuracy(sums: Array) -> Array:
    """Expected accuracy against a person drawn at random: the mean over samples of votes for the answer / all votes.

    >>> from affectbench import metrics
    >>> metrics.vote_accuracy([{"joy": 3, "awe": 1}, {"awe": 2}], ["joy", None], ["joy", "awe"])
    0.375
    """
    return ratio(sums[..., SHARE], sums[..., COUNT], empty=np.nan)


def vote_accuracy_pooled(sums: Array) -> Array:
    """Votes for the answers / all votes, of all samples together: differs where numbers of votes are unequal.

    >>> from affectbench import metrics
    >>> metrics.vote_accuracy_pooled([{"joy": 3, "awe": 1}, {"awe": 2}], ["joy", None], ["joy", "awe"])
    0.5
    """
    return ratio(sums[..., AGREE], sums[..., VOTES], empty=np.nan)


def one_of_us(votes: Array) -> tuple[float, float]:
    """A voter against the other voters of the same sample: `vote_accuracy` and its pooled form, the line people reach.

    Each of the v votes of a label is the answer once, the others are the votes: sum v (v - 1) / V (V - 1). Samples
    with one vote say nothing and are left out; NaN if all are.

    >>> one_of_us(np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    (0.5, 0.5)
    """
    total = votes.sum(axis=1)
    kept = votes[total > 1]
    total = total[total > 1]
    agree = (kept * np.maximum(kept - 1, 0)).sum(axis=1)
    mean = mean_defined(ratio(agree, total * (total - 1)))
    return float(mean), float(ratio((agree / (total - 1)).sum(), total.sum(), empty=np.nan))
