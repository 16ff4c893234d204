"""Free emotion words against a set of gold words, compared as they are written, upper and lower case alike.

Statistics have shape (..., 5), the columns named below. The metrics are ours; words that differ in spelling are
different, even if they mean the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from affectbench.metrics.ratios import Array, ratio

COUNT, PRECISION, RECALL, F1, HIT = range(5)

Words = Collection[str]


def folded(words: Words) -> frozenset[str]:
    """The distinct words without case, outer space and empty words.

    >>> sorted(folded(["Happy", " happy", "Calm", ""]))
    ['calm', 'happy']
    """
    return frozenset(word.strip().casefold() for word in words) - {""}


def statistics(gold: Sequence[Words], predicted: Sequence[Words | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, precision, recall, F1, hit, (N, 5). A sample without gold words does not count."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sets, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 5))
    known: dict[Words, frozenset[str]] = {}  # the same answer is often given
    for row, (truth, answer) in enumerate(zip(map(folded, gold), predicted, strict=True)):
        said = _known(answer or (), known)
        both = len(truth & said)
        if truth:
            out[row, COUNT] = 1
        if both:
            out[row, PRECISION:] = both / len(said), both / len(truth), 2 * both / (len(truth) + len(said)), 1
    return out


def _known(words: Words, known: dict[Words, frozenset[str]]) -> frozenset[str]:
    if not isinstance(words, tuple):
        return folded(words)
    if words not in known:
        known[words] = folded(words)
    return known[words]


def support(sums: Array) -> Array:
    """Samples with gold words, (..., 1)."""
    return sums[..., [COUNT]]


def _mean(sums: Array, column: int) -> Array:
    return ratio(sums[..., column], sums[..., COUNT], empty=np.nan)


def set_precision(sums: Array) -> Array:
    """Mean over samples of |G and P| / |P|, 0 without an answer.

    >>> from affectbench import metrics
    >>> metrics.set_precision([["happy"]], [["Happy", "calm"]])
    0.5
    """
    return _mean(sums, PRECISION)


def set_recall(sums: Array) -> Array:
    """Mean over samples of |G and P| / |G|.

    >>> from affectbench import metrics
    >>> metrics.set_recall([["happy"]], [["Happy", "calm"]])
    1.0
    """
    return _mean(sums, RECALL)


def set_f1(sums: Array) -> Array:
    """Mean over samples of 2 |G and P| / (|G| + |P|).

    >>> from affectbench import metrics
    >>> metrics.set_f1([["happy"], ["sad"]], [["Happy", "calm", "glad"], None])
    0.25
    """
    return _mean(sums, F1)


def hit(sums: Array) -> Array:
    """Share of samples in which at least one word is right; says nothing of how many were tried.

    >>> from affectbench import metrics
    >>> metrics.hit([["happy"], ["sad"]], [["Happy", "calm"], ["calm"]])
    0.5
    """
    return _mean(sums, HIT)
