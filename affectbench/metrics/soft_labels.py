"""One label, or probabilities of the labels, against the votes of several people.

Statistics have shape (..., 10), the columns named below. Two rules of the votes for labels that could not be answered:
shares of votes for an answer count them in the total; distances between distributions leave them out and divide anew
(as FER+ does), and a sample with no other votes counts nowhere there.

A distribution of votes is g, the model's probabilities are p; an answer without probabilities is certain of its label.
Logarithms are natural. Where p is divided by, it is at least `EPSILON`. A missing answer gives every label the
probability 0: that is farther from any votes than every answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.probabilities import scored
from affectbench.metrics.ratios import Array, mean_defined, ratio

COUNT, SHARE, AGREE, VOTES, INSIDE, KL, JSD, DISTANCE, CROSS, TOP = range(10)
EPSILON = 1e-12


def matrix(votes: Sequence[Mapping[str, float]] | NDArray[Any], labels: Sequence[str]) -> Array:
    """Votes as (N, K + 1): one column a label, the last for every other label. A table (N, K) has no others.

    >>> matrix([{"joy": 3, "awe": 1, "unsure": 2}], ["awe", "joy"]).tolist()
    [[1.0, 3.0, 2.0]]
    """
    if isinstance(votes, np.ndarray) and votes.ndim == 2:
        others = np.zeros((len(votes), len(labels) + 1 - votes.shape[1]))
        return np.concatenate([votes, others], axis=1, dtype=np.float64)
    place = {label: column for column, label in enumerate(labels)}
    out = np.zeros((len(votes), len(labels) + 1))
    for row, counts in enumerate(votes):
        for label, count in counts.items():
            out[row, place.get(label, len(labels))] += count
    return out


def distributions(counts: Array) -> Array:
    """Votes (N, K + 1) as shares of the votes for the K labels, (N, K); NaN for a sample that has none of them.

    >>> distributions(np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 5.0]])).tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    inside = counts[:, :-1]
    return ratio(inside, inside.sum(axis=1, keepdims=True), empty=np.nan)


def statistics(votes: Any, predicted: Any, labels: Sequence[str]) -> Array:
    """Per sample the columns named above, (N, 10), from votes and what `probabilities.scored` reads."""
    counts, said = matrix(votes, labels), scored(predicted, labels)
    if len(counts) != len(said):
        raise ValueError(f"votes for {len(counts)} samples, but {len(said)} predictions")
    total, row = counts.sum(axis=1), np.arange(len(counts))
    agree = np.where(said.answer < 0, 0.0, counts[row, np.maximum(said.answer, 0)])
    best = np.equal(counts[:, :-1], counts[:, :-1].max(axis=1, keepdims=True, initial=0.0)).astype(np.float64)
    top = np.where(said.answer < 0, 0.0, best[row, said.answer] / best.sum(axis=1))
    gold = distributions(counts)
    inside = ~np.isnan(gold).any(axis=1)
    apart = np.stack([*_distances(gold, said.numbers), top])
    shares = [total > 0, ratio(agree, total), agree, total, inside]
    return np.stack([*shares, *np.where(inside, apart, 0.0)], axis=-1).astype(np.float64)


def _distances(gold: Array, chance: Array) -> tuple[Array, Array, Array, Array]:
    missing = np.isnan(chance[:, 0])
    chance = np.nan_to_num(chance)
    floor = np.maximum(chance, EPSILON)
    middle = (gold + chance) / 2
    jsd = np.where(missing, np.log(2), (_divergence(gold, middle) + _divergence(chance, middle)) / 2)
    jsd = np.clip(jsd, 0.0, np.log(2))
    cross = -(gold * np.log(floor)).sum(axis=1)
    return np.maximum(_divergence(gold, floor), 0.0), jsd, np.sqrt(jsd), np.maximum(cross, 0.0)


def _divergence(p: Array, q: Array) -> Array:
    """The sum of p ln(p / q), where 0 ln 0 is 0."""
    found: Array = (p * np.log(np.where(p > 0, ratio(p, q, empty=1.0), 1.0))).sum(axis=1)
    return found


def support(sums: Array) -> Array:
    """Samples with votes, (..., 1)."""
    return sums[..., [COUNT]]


def inside(sums: Array) -> Array:
    """Samples with votes for a label that could be answered, (..., 1)."""
    return sums[..., [INSIDE]]


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


def _mean(sums: Array, column: int) -> Array:
    return ratio(sums[..., column], sums[..., INSIDE], empty=np.nan)


def top_vote(sums: Array) -> Array:
    """Share of samples answered with the label that has most votes; one of t labels that are tied counts 1 / t.

    >>> from affectbench import metrics
    >>> metrics.top_vote([{"joy": 3, "awe": 1}, {"awe": 1, "joy": 1}], ["joy", "awe"], ["joy", "awe"])
    0.75
    """
    return _mean(sums, TOP)


def kl(sums: Array) -> Array:
    """Mean Kullback-Leibler divergence of the model from the votes, sum g ln(g / p), in nats; lower is better.

    >>> from affectbench import metrics
    >>> votes, said = [{"joy": 3, "awe": 1}], [{"joy": 0.5, "awe": 0.5}]
    >>> round(metrics.kl(votes, said, ["joy", "awe"]), 6)
    0.130812
    """
    return _mean(sums, KL)


def jsd(sums: Array) -> Array:
    """Mean Jensen-Shannon divergence in nats, 0 to ln 2 (Lin, IEEE TIT 1991); lower is better.

    >>> from affectbench import metrics
    >>> round(metrics.jsd([{"joy": 4}], ["awe"], ["joy", "awe"]), 6)
    0.693147
    """
    return _mean(sums, JSD)


def js_distance(sums: Array) -> Array:
    """Mean over samples of the square root of the Jensen-Shannon divergence (what scipy calls `jensenshannon`).

    >>> from affectbench import metrics
    >>> round(metrics.js_distance([{"joy": 4}], ["awe"], ["joy", "awe"]), 6)
    0.832555
    """
    return _mean(sums, DISTANCE)


def cross_entropy(sums: Array) -> Array:
    """Mean of -sum g ln p in nats; lower is better. It is `kl` and the entropy of the votes.

    >>> from affectbench import metrics
    >>> round(metrics.cross_entropy([{"joy": 3, "awe": 1}], [{"joy": 0.5, "awe": 0.5}], ["joy", "awe"]), 6)
    0.693147
    """
    return _mean(sums, CROSS)


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
