"""Emotion words compared by their clusters on emotion wheels: the set metrics and HIT of MER-UniBench, and mscore.

`names` is a `Lexicon`. Statistics have shape (..., W, 7), one row a wheel, the columns named below. A sample whose gold
words are all unknown to a wheel is skipped there, so each wheel has its own n; unknown words of an answer cost nothing
(see `oov_rate`), and a sample without an answer is the empty set. Each metric has one value a wheel; its overall value
is their mean, over the wheels that gold reaches. F is that of the mean precision and the mean recall. Where nothing
matches on a wheel its F is 0, as in the code of 2026; that of 2025 divides 0 by 0 there and gives NaN.

Source: Lian et al. 2025, AffectGPT (arXiv:2501.16566) and OV-MER (arXiv:2410.01495); MERTools, `ew_metric.py`.

>>> from affectbench import metrics
>>> from affectbench.metrics.lexicon import Lexicon
>>> moods = {"joy": {"glee": ["happy", "merry"], "bliss": ["blissful"]}, "woe": {"gloom": ["sad"], "grief": ["sorrow"]}}
>>> lexicon = Lexicon.of({"moods": moods})
>>> gold, answers = [["happy"], ["sad", "sorrow"]], [["merry", "sad"], None]
>>> [getattr(metrics, f"wheel_{name}")(gold, answers, lexicon) for name in ("precision", "recall", "hit", "mscore")]
[0.25, 0.5, 0.5, 0.25]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.lexicon import Coded, Lexicon, Mask
from affectbench.metrics.ratios import Array, ratio

COUNT, PRECISION, RECALL, PRECISION2, RECALL2, HIT, MSCORE = range(7)


def statistics(gold: Sequence[Any], predicted: Sequence[Any], names: Lexicon) -> Array:
    """Per sample and wheel: counted, precision and recall by wide and by narrow clusters, hit, mscore, (N, W, 7).

    A sample is a collection of words, one word, or None where there is no answer. Raises ValueError for two lengths.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sets, but {len(predicted)} predictions")
    lexicon = names if names.candidates is not None else names.among(gold)
    coder = lexicon.coder()
    truth, said = coder.code(gold), coder.code(predicted)
    wheels = [_wheel(lexicon, truth, said, wheel) for wheel in range(len(lexicon.wheels))]
    return np.stack(wheels, axis=1) if wheels else np.zeros((len(gold), 0, 7))


def _wheel(lexicon: Lexicon, truth: Coded, said: Coded, wheel: int) -> Array:
    wide = lexicon.present(truth, wheel, 0), lexicon.present(said, wheel, 0)
    narrow = lexicon.present(truth, wheel, 1), lexicon.present(said, wheel, 1)
    counted, precision, recall = overlap(*wide)
    _, precision2, recall2 = overlap(*narrow)
    assert lexicon.candidates is not None
    among = np.count_nonzero(wide[1] & lexicon.candidates[wheel], axis=1)
    mscore = ratio(1.0 * np.count_nonzero(wide[0] & wide[1], axis=1), 1.0 * among)
    return np.stack([counted, precision, recall, precision2, recall2, recall > 0, mscore * counted], axis=-1)


def overlap(gold: Mask, said: Mask) -> tuple[Array, Array, Array]:
    """Of sets (N, clusters): whether gold has any, |G and P| / |P| and |G and P| / |G|, 0 where either is empty.

    >>> [each.tolist() for each in overlap(np.array([[True, False]]), np.array([[True, True]]))]
    [[1.0], [0.5], [1.0]]
    """
    both = np.count_nonzero(gold & said, axis=1) * 1.0
    size = np.count_nonzero(gold, axis=1) * 1.0
    return (size > 0) * 1.0, ratio(both, np.count_nonzero(said, axis=1) * 1.0), ratio(both, size)


def support(sums: Array) -> Array:
    """Samples whose gold the wheel has, (..., W)."""
    return sums[..., COUNT]


def _mean(sums: Array, column: int) -> Array:
    return ratio(sums[..., column], sums[..., COUNT], empty=np.nan)


def harmonic(precision: Array, recall: Array) -> Array:
    """2 P R / (P + R), 0 where both are 0.

    >>> harmonic(np.array([0.5, 0.0]), np.array([1.0, 0.0])).round(3).tolist()
    [0.667, 0.0]
    """
    undefined = np.where(np.isnan(precision + recall), np.nan, 0.0)
    return ratio(2 * precision * recall, precision + recall) + undefined


def wheel_precision(sums: Array) -> Array:
    """By wheel: mean over samples of |G and P| / |P|, wide clusters, 0 without a known word.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}, "woe": {"gloom": ["sad"]}}})
    >>> metrics.wheel_precision([["happy"]], [["merry", "sad"]], lexicon)
    0.5
    """
    return _mean(sums, PRECISION)


def wheel_recall(sums: Array) -> Array:
    """By wheel: mean over samples of |G and P| / |G|, wide clusters.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}, "woe": {"gloom": ["sad"]}}})
    >>> metrics.wheel_recall([["happy", "sad"]], [["merry"]], lexicon)
    0.5
    """
    return _mean(sums, RECALL)


def wheel_f1(sums: Array) -> Array:
    """By wheel: F of the mean precision and the mean recall, wide clusters; its mean is F_s of MER-UniBench, level 1.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}, "woe": {"gloom": ["sad"]}}})
    >>> metrics.wheel_f1([["happy"], ["sad"]], [["merry", "sad"], ["sad"]], lexicon)
    0.8571428571428571
    """
    return harmonic(_mean(sums, PRECISION), _mean(sums, RECALL))


def wheel2_precision(sums: Array) -> Array:
    """As `wheel_precision`, by narrow clusters (level 2).

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"], "bliss": ["blissful"]}}})
    >>> metrics.wheel2_precision([["happy"]], [["merry", "blissful"]], lexicon)
    0.5
    """
    return _mean(sums, PRECISION2)


def wheel2_recall(sums: Array) -> Array:
    """As `wheel_recall`, by narrow clusters (level 2).

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"], "bliss": ["blissful"]}}})
    >>> metrics.wheel2_recall([["happy", "blissful"]], [["merry"]], lexicon)
    0.5
    """
    return _mean(sums, RECALL2)


def wheel2_f1(sums: Array) -> Array:
    """As `wheel_f1`, by narrow clusters (level 2).

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"], "bliss": ["blissful"]}}})
    >>> metrics.wheel2_f1([["happy"], ["merry"]], [["merry"], ["blissful"]], lexicon)
    0.5
    """
    return harmonic(_mean(sums, PRECISION2), _mean(sums, RECALL2))


def wheel_mean_f1(sums: Array) -> Array:
    """By wheel: the mean of `wheel_f1` and `wheel2_f1`; its mean is the final score of MER2025, track 2.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"], "bliss": ["blissful"]}}})
    >>> metrics.wheel_mean_f1([["happy"], ["merry"]], [["merry"], ["blissful"]], lexicon)
    0.75
    """
    return (wheel_f1(sums) + wheel2_f1(sums)) / 2


def wheel_hit(sums: Array) -> Array:
    """By wheel: share of samples in which a wide cluster of gold is among those of the answer; their mean is HIT.

    It says nothing of how many were tried: read it with `wheel_mscore` and `labels_per_answer`. Where gold is neutral
    the sample is skipped, since no wheel of MER-UniBench has the word; see `wheel_hit_neutral`.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}, "woe": {"gloom": ["sad"]}}})
    >>> metrics.wheel_hit(["happy", "sad", "neutral"], [["merry", "sad"], ["happy"], ["happy"]], lexicon)
    0.5
    """
    return _mean(sums, HIT)


def wheel_mscore(sums: Array) -> Array:
    """By wheel: mean of |G and P| / |P and C|, where C are the wide clusters of all gold words of the dataset.

    0 where an answer has none of them: HIT divided by how many clusters were tried.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}, "woe": {"gloom": ["sad"]}}})
    >>> metrics.wheel_mscore(["happy", "sad"], [["merry", "sad"], ["happy"]], lexicon)
    0.25
    """
    return _mean(sums, MSCORE)
