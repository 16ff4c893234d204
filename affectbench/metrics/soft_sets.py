"""Votes and probabilities as sets: the labels whose share is above that of an even split.

With K labels, a label is in the set if its share is over 1 / K, in gold as in the answer (EMO-SUPERB, Wu et al., arXiv
2402.13018). Votes for labels outside the list are left out first. Statistics are those of `multilabel`, and a missing
answer is the empty set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics import multilabel
from affectbench.metrics.probabilities import scored
from affectbench.metrics.ratios import Array
from affectbench.metrics.soft_labels import distributions, matrix

support, named = multilabel.support, multilabel.named


def statistics(votes: Any, predicted: Any, labels: Sequence[str]) -> Array:
    """Per sample and label: hit, extra, missed, wrong, coded, (N, K, 5)."""
    gold, said = distributions(matrix(votes, labels)), scored(predicted, labels).numbers
    return multilabel.statistics(_above(gold), _above(said), labels)


def _above(shares: Array) -> Array:
    return np.where(np.isnan(shares), np.nan, shares > 1 / shares.shape[1])


def share_macro_f1(sums: Array) -> Array:
    """Mean F1 over the labels, of all samples together (the published log averages batches, which is another number).

    >>> from affectbench import metrics
    >>> votes, said = [{"joy": 3, "awe": 1}, {"awe": 2}], [{"joy": 9, "awe": 1}, "awe"]
    >>> metrics.share_macro_f1(votes, said, ["joy", "awe"])
    1.0
    """
    return multilabel.macro_f1(sums)
