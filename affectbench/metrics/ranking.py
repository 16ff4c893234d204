"""How well the numbers given for a label rank the samples that have it above those that do not.

For sets of labels, and for single labels one label against the rest. These are no functions of a sum, so the samples
are kept: rows (N, 2, L) hold gold (1, 0, NaN where nobody coded it) and the number of each label. An answer that names
labels without numbers is 1 for those and 0 for the others, which makes ties of nearly all samples: such values say
little. A missing answer stands on the wrong side of all others, label by label.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics import multilabel
from affectbench.metrics.classification import codes
from affectbench.metrics.probabilities import Scored, one_hot, scored, table
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import Index, Kept

CACHE = 400_000  # numbers that are worked on at once


def statistics(gold: Any, predicted: Any, labels: Sequence[Any]) -> Kept:
    """The samples with their gold and numbers, each counting once. Gold is label sets, a table (N, L), or labels."""
    if _single(gold):
        truth = one_hot(codes(gold, labels), len(labels))
        number = scored(predicted, labels).numbers.round(12)  # what was equal stays so, divided by its sum
    else:
        truth, number = multilabel.matrix(gold, labels), _numbers(predicted, labels)
    if truth.shape != number.shape:
        raise ValueError(f"gold has shape {truth.shape}, predictions {number.shape}")
    missing = np.isnan(number).any(axis=-1, keepdims=True)
    wrong = np.where(truth == 1, -np.inf, np.inf)
    return Kept(np.stack([truth, np.where(missing, wrong, number)], axis=1), np.ones(len(truth)))


def _single(gold: Any) -> bool:
    if isinstance(gold, np.ndarray):
        return gold.ndim == 1 and gold.dtype != object
    first = next(iter(gold), "")
    return isinstance(first, str) or not hasattr(first, "__len__")


def _numbers(predicted: Any, labels: Sequence[str]) -> Array:
    if isinstance(predicted, Scored):
        return np.where(np.isnan(predicted.numbers), predicted.answer, predicted.numbers)
    if isinstance(predicted, np.ndarray):
        return multilabel.matrix(predicted, labels)
    given = table([one if isinstance(one, Mapping) else None for one in predicted], labels)
    return np.where(np.isnan(given), multilabel.matrix(predicted, labels), given)


def _held(kept: Kept) -> Array:
    """Weight of the samples that have each label, (..., L)."""
    held: Array = kept.weight @ (kept.rows[:, 0] == 1).astype(np.float64)
    return held


def support(kept: Kept) -> Array:
    """Samples in which each label was coded, (..., L)."""
    coded: Array = kept.weight @ (~np.isnan(kept.rows[:, 0])).astype(np.float64)
    return coded


def rarer(kept: Kept) -> Array:
    """Samples with each label, or without it if those are fewer, (..., L)."""
    held = _held(kept)
    return np.minimum(held, support(kept) - held)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Down the ranking of one label, one step for each number that samples with it have: their weight at that
    number, the weight of all samples above it, and of all down to it, (G, R); that of the samples without the label,
    (R,); and whether there is a number at all, (G, 1)."""

    held: Array
    above: Array
    through: Array
    lacking: Array
    given: NDArray[np.bool_]


class _Ranking:
    """The samples of one label in the order of their numbers, whatever their weights; only coded samples count."""

    def __init__(self, truth: Array, number: Array) -> None:
        coded = np.flatnonzero(~np.isnan(truth))
        order = coded[np.argsort(-number[coded], kind="stable")]
        ranked, holds = number[order], truth[order] == 1
        first = np.append(np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(order)]), len(order))
        holders = np.append(0, holds.cumsum())[first]  # samples with the label above each number
        steps = np.flatnonzero(np.diff(holders))
        self.down = _parts(order, np.stack([first[steps], first[steps + 1]], axis=1).ravel(), len(truth))
        self.held = _parts(order[holds], holders[steps + 1], len(truth))
        self.lacking = (truth == 0).astype(np.float64)
        self.given = ranked[first[steps], None] > -np.inf

    def steps(self, weight: Array) -> _Steps:
        """The steps of samples that count (N, R) times."""
        down = (self.down @ weight).cumsum(axis=0)
        lacking = self.lacking @ weight  # 0 where there are none; as a difference it would be rounded
        return _Steps(self.held @ weight, down[::2], down[1::2], lacking, self.given)


def _parts(order: Index, ends: Index, size: int) -> Any:
    """The samples of each part of `order`, which goes up to its end, as a sparse table (len(ends), size)."""
    from scipy import sparse

    order = order[: ends[-1] if len(ends) else 0]
    return sparse.csr_array((np.ones(len(order)), order, np.append(0, ends)), shape=(len(ends), size))


def _by_label(kept: Kept, value: Callable[[_Steps], Array]) -> Array:
    sums = kept.weight.shape[:-1]
    weight = kept.weight.reshape(math.prod(sums), len(kept))
    if "rankings" not in kept.known:
        kept.known["rankings"] = [_Ranking(gold, number) for gold, number in kept.rows.transpose(2, 1, 0)]
    found = np.empty((len(weight), len(kept.known["rankings"])))
    at_once = max(1, CACHE // max(1, len(kept)))
    for start in range(0, len(weight), at_once):
        part = np.ascontiguousarray(weight[start : start + at_once].T)
        for label, ranking in enumerate(kept.known["rankings"]):
            found[start : start + at_once, label] = value(ranking.steps(part))
    return found.reshape(*sums, -1)


def average_precision(kept: Kept) -> Array:
    """Average precision of each label, (..., L); NaN for a label that no sample has. Their mean is mAP.

    The sum over the numbers given, downwards, of the recall gained there times the precision down to there, with no
    interpolation; equal numbers are one step. A sample with the label and no answer is never found.

    >>> from affectbench import metrics
    >>> metrics.map([{"joy"}, {"awe"}, {"joy"}], [{"joy": 0.9}, {"joy": 0.8}, {"joy": 0.1}], ["joy", "awe"]).tolist()
    [0.8333333333333333, 0.3333333333333333]
    """

    def value(steps: _Steps) -> Array:
        precision = ratio(steps.held.cumsum(axis=0), steps.through) * steps.given
        return ratio((steps.held * precision).sum(axis=0), steps.held.sum(axis=0), empty=np.nan)

    return _by_label(kept, value)


def auc(kept: Kept) -> Array:
    """Area under the ROC curve of each label, (..., L): how often a sample with it has the higher number of two.

    The other is one without it; equal numbers count half (Mann and Whitney 1947). NaN for a label that all samples
    have, or none. Single labels: one against the rest.

    >>> from affectbench import metrics
    >>> metrics.auc(["joy", "awe"], [{"joy": 0.9, "awe": 0.1}, {"joy": 0.6, "awe": 0.4}], ["joy", "awe"]).tolist()
    [1.0, 1.0]
    """

    def value(steps: _Steps) -> Array:
        lacking_above = steps.above - (steps.held.cumsum(axis=0) - steps.held)
        tied = steps.through - steps.above - steps.held
        held = steps.held.sum(axis=0)
        lost = (steps.held * (lacking_above + tied / 2)).sum(axis=0)
        return 1 - ratio(lost, held * steps.lacking, empty=np.nan)

    return _by_label(kept, value)
