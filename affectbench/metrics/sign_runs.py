"""A text against a gold text by runs of one to six signs, as sacrebleu counts them (extra `text`).

Statistics have shape (..., 2). No words are cut, so it serves every script. Source: Popović, WMT 2015 and 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from affectbench.metrics.libraries import load
from affectbench.metrics.ratios import Array, ratio

COUNT, VALUE = range(2)


@cache
def _chrf() -> Any:
    return load("sacrebleu", "sacrebleu.metrics").CHRF()


@lru_cache(maxsize=1 << 14)
def score(gold: str, said: str) -> float:
    """ChrF2 of one text, 0..1. Raises UsageError without sacrebleu."""
    return min(1.0, float(_chrf().sentence_score(said, [gold]).score) / 100)


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, chrF2, (N, 2). No answer scores 0."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.ones((len(gold), 2))
    out[:, VALUE] = [score(truth, said) if said else 0.0 for truth, said in zip(gold, predicted, strict=True)]
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def chrf(sums: Array) -> Array:
    """Mean over samples of chrF2: F of the mean precision and recall of runs of signs, recall counted twice.

    Upper and lower case differ, white space does not count. Values are 0..1, where papers print 100 times as much.

    >>> float(chrf(np.array([4.0, 1.0])))  # the sums of 4 samples
    0.25
    """
    return ratio(sums[..., VALUE], sums[..., COUNT], empty=np.nan)
