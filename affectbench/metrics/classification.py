"""One label of a closed list: metrics of a confusion table.

The table has shape (..., K, K + 1): rows are gold, columns predictions, the last column is every answer that is missing
or outside the list. Nothing is dropped: what stands in the last column is an error. Formulas: right[c] is the diagonal,
gold[c] the row sum, predicted[c] the column sum.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.ratios import Array, mean_defined, ratio
from affectbench.metrics.resample import OneHot

Labels = Sequence[Hashable]
Values = Sequence[Any] | NDArray[Any]


def codes(values: Values, labels: Labels) -> NDArray[np.intp]:
    """Positions of `values` in `labels`, -1 for what is not there; integers are positions unless labels are numbers.

    >>> codes(["b", None, "z", 0], ["a", "b"]).tolist()
    [1, -1, -1, 0]
    """
    named = all(isinstance(label, str) for label in labels)
    if isinstance(values, np.ndarray):
        if named and values.dtype.kind in "iu":
            return np.where((values >= 0) & (values < len(labels)), values, -1).astype(np.intp)
        values = values.tolist()
    place: dict[Hashable, int] = dict(zip(range(len(labels)), range(len(labels)), strict=True)) if named else {}
    place.update({label: position for position, label in enumerate(labels)})
    return np.fromiter((place.get(value, -1) for value in values), np.intp, len(values))


def statistics(gold: Values, predicted: Values, labels: Labels) -> OneHot:
    """Each sample adds one to a cell of the (K, K + 1) table. A gold label outside `labels` is a ValueError."""
    rows, columns = codes(gold, labels), codes(predicted, labels)
    if rows.shape != columns.shape:
        raise ValueError(f"{len(rows)} gold labels, but {len(columns)} predictions")
    if (rows < 0).any():
        raise ValueError(f"gold label {list(gold)[int(rows.argmin())]!r} is not in the label list {list(labels)!r}")
    width = len(labels)
    return OneHot(rows * (width + 1) + np.where(columns < 0, width, columns), (width, width + 1))


def support(table: Array) -> Array:
    """Samples of each gold class, (..., K)."""
    summed: Array = table.sum(axis=-1)
    return summed


def answered(table: Array) -> Array:
    """How often each class was answered, (..., K)."""
    summed: Array = table[..., :-1].sum(axis=-2)
    return summed


def _right(table: Array) -> Array:
    return np.diagonal(table, axis1=-2, axis2=-1)


def _f1(table: Array) -> Array:
    return ratio(2 * _right(table), support(table) + answered(table))


def confusion(table: Array) -> Array:
    """The table itself, (K, K + 1): rows gold, columns predictions, the last column `<invalid>`.

    >>> from affectbench import metrics
    >>> metrics.confusion(["a", "a", "b"], ["a", "b", "?"], ["a", "b"]).tolist()
    [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return table


def accuracy(table: Array) -> Array:
    """Share of samples answered right, sum right / N. The same number is WAR, the recall weighted by support.

    >>> from affectbench import metrics
    >>> metrics.accuracy(["a", "a", "b", "b"], ["a", "b", "b", None], ["a", "b"])
    0.5
    """
    return ratio(_right(table).sum(axis=-1), table.sum(axis=(-2, -1)), empty=np.nan)


def recall(table: Array) -> Array:
    """Right answers of each class by its support, (..., K); NaN for a class that gold does not have.

    >>> from affectbench import metrics
    >>> metrics.recall(["a", "a"], ["a", None], ["a", "b"]).tolist()
    [0.5, nan]
    """
    return ratio(_right(table), support(table), empty=np.nan)


def precision(table: Array) -> Array:
    """Right answers of each class by how often it was answered, (..., K); 0 for a class never answered.

    >>> from affectbench import metrics
    >>> metrics.precision(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]).tolist()
    [1.0, 0.5]
    """
    return ratio(_right(table), answered(table))


def uar(table: Array) -> Array:
    """Unweighted average recall: the mean recall of the classes that gold has (Schuller et al., Interspeech 2009).

    >>> from affectbench import metrics
    >>> metrics.uar(["a", "a", "b"], ["a", "b", "b"], ["a", "b", "c"])
    0.75
    """
    return mean_defined(recall(table))


def macro_f1(table: Array) -> Array:
    """Mean over all declared classes of 2 right / (gold + predicted), 0 for a class never seen and never answered.

    >>> from affectbench import metrics
    >>> metrics.macro_f1(["a", "b"], ["a", "b"], ["a", "b", "c", "d"])
    0.5
    """
    return mean_defined(_f1(table))


def macro_f1_present(table: Array) -> Array:
    """Mean F1 of the classes that gold has.

    >>> from affectbench import metrics
    >>> metrics.macro_f1_present(["a", "b"], ["a", "b"], ["a", "b", "c", "d"])
    1.0
    """
    return mean_defined(np.where(support(table) > 0, _f1(table), np.nan))


def macro_f1_one(table: Array) -> Array:
    """As `macro_f1`, but a class never seen and never answered scores 1 (`zero_division=1`, as in MMAFFBen).

    >>> from affectbench import metrics
    >>> metrics.macro_f1_one(["a", "b"], ["a", "a"], ["a", "b", "c", "d"])
    0.6666666666666666
    """
    return mean_defined(np.where(support(table) + answered(table) > 0, _f1(table), 1.0))


def _of_union(table: Array, each: Array) -> Array:
    """Mean over the classes of gold or answers; what is outside the list is one more class, which is never right."""
    outside = table[..., -1].sum(axis=-1)[..., None]
    seen = np.concatenate([support(table) + answered(table), outside], axis=-1) > 0
    return mean_defined(np.where(seen, np.concatenate([each, np.zeros_like(outside)], axis=-1), np.nan))


def macro_f1_union(table: Array) -> Array:
    """Mean F1 of the classes that gold or the answers have, as scikit-learn averages where it is given no labels.

    All answers outside the list, and the missing ones, are one class more, with an F1 of 0. List every string that
    was answered, and it is scikit-learn's number exactly.

    >>> from affectbench import metrics
    >>> metrics.macro_f1_union(["a", "b"], ["a", "?"], ["a", "b", "c"]) == 1 / 3
    True
    """
    return _of_union(table, _f1(table))


def uar_union(table: Array) -> Array:
    """Mean recall of the classes that gold or the answers have, 0 for those that gold lacks: see `macro_f1_union`.

    >>> from affectbench import metrics
    >>> metrics.uar_union(["a", "b"], ["a", "?"], ["a", "b", "c"]) == 1 / 3
    True
    """
    return _of_union(table, ratio(_right(table), support(table)))


def weighted_precision(table: Array) -> Array:
    """Precision of each class weighted by its support, 0 for a class never answered. (Weighted recall is accuracy.)

    >>> from affectbench import metrics
    >>> metrics.weighted_precision(["a", "a", "a", "b"], ["a", "a", "b", "b"], ["a", "b"])
    0.875
    """
    weights = support(table)
    return ratio((weights * precision(table)).sum(axis=-1), weights.sum(axis=-1), empty=np.nan)


def kappa(table: Array) -> Array:
    """Cohen's kappa, (observed - expected) / (1 - expected) agreement (Cohen 1960); NaN where chance agrees always.

    A missing answer is wrong, and is expected to be right as often as the commonest class would be; -1 is the least.

    >>> from affectbench import metrics
    >>> metrics.kappa(["a", "a", "b", "b"], ["a", "a", "b", "a"], ["a", "b"])
    0.5
    """
    gold, count = support(table), table.sum(axis=(-2, -1))
    observed = ratio(_right(table).sum(axis=-1), count)
    missing = table[..., -1].sum(axis=-1) * gold.max(axis=-1, initial=0.0)
    expected = ratio((gold * answered(table)).sum(axis=-1) + missing, count**2)
    least = np.where(observed < 1, -1.0, np.nan)
    return np.where(expected < 1, np.maximum(ratio(observed - expected, 1 - expected), -1.0), least)


def weighted_f1(table: Array) -> Array:
    """F1 of each class weighted by its support (WAF).

    >>> from affectbench import metrics
    >>> round(metrics.weighted_f1(["a", "a", "a", "b"], ["a", "a", "b", "b"], ["a", "b"]), 4)
    0.7667
    """
    weights = support(table)
    return ratio((weights * _f1(table)).sum(axis=-1), weights.sum(axis=-1), empty=np.nan)


def micro_f1(table: Array) -> Array:
    """2 sum right / (sum gold + sum predicted inside the list); equals accuracy only if every answer is in the list.

    >>> from affectbench import metrics
    >>> round(metrics.micro_f1(["a", "a", "b"], ["a", "b", None], ["a", "b"]), 4)
    0.4
    """
    right = _right(table).sum(axis=-1)
    return ratio(2 * right, table.sum(axis=(-2, -1)) + table[..., :-1].sum(axis=(-2, -1)), empty=np.nan)
