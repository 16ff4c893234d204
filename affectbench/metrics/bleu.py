"""A text against a gold text by their n-grams, n = 1..4, as sacrebleu counts them (extra `text`).

Statistics have shape (..., 12), the columns named below. Tokens are those of sacrebleu's `13a`, upper and lower case
kept apart; Chinese and Japanese have no spaces and are hardly cut, so that `chrf` says more of them.
Values are 0..1, where papers print 100 times as much.
Source: Papineni and others, ACL 2002; Post, WMT 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from affectbench.metrics.libraries import load
from affectbench.metrics.ratios import Array, ratio

COUNT, SENTENCE, SAID, WANTED = range(4)
MATCHED, TRIED = slice(4, 8), slice(8, 12)


@cache
def _bleu() -> Any:
    return load("sacrebleu", "sacrebleu.metrics").BLEU(effective_order=True)


@lru_cache(maxsize=1 << 14)
def counted(gold: str, said: str) -> tuple[float, ...]:
    """One text's row of the statistics. Raises UsageError without sacrebleu."""
    found = _bleu().sentence_score(said, [gold])
    return (1, min(1.0, found.score / 100), found.sys_len, found.ref_len, *found.counts, *found.totals)


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, BLEU of it alone, tokens said, tokens wanted, n-grams right (4), n-grams said (4), (N, 12).

    No answer counts as one that is as long as the gold text and has nothing right.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 12))
    for row, (truth, answer) in enumerate(zip(gold, predicted, strict=True)):
        said = (answer or "").strip()
        out[row] = counted(truth, said or truth)
        if not said:
            out[row, SENTENCE] = out[row, MATCHED] = 0
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def bleu4(sums: Array) -> Array:
    """Mean over samples of BLEU-4: the brevity penalty times the geometric mean of the precisions of n-grams.

    Orders that the answer is too short for are left out (`effective_order`); orders without a match are smoothed
    (`exp`: half, a quarter ... of one match).

    >>> float(bleu4(np.array([4.0, 1.0] + [0.0] * 10)))  # the sums of 4 samples, one of which is exactly right
    0.25
    """
    return ratio(sums[..., SENTENCE], sums[..., COUNT], empty=np.nan)


def corpus_bleu4(sums: Array) -> Array:
    """BLEU-4 of all samples together, as captions and translations are scored: n-grams are summed before dividing.

    It is no mean of samples: long texts weigh more, and of four orders none may be missing.

    >>> float(corpus_bleu4(np.array([2.0, 0.0, 8, 8, 8, 6, 4, 2, 8, 6, 4, 2])))
    1.0
    """
    matched, tried = sums[..., MATCHED], sums[..., TRIED]
    none = np.equal(matched, 0)
    weighed = np.where(none, 0.5 ** np.cumsum(none, axis=-1), matched)
    precision = np.where(matched.any(axis=-1, keepdims=True), ratio(weighed, tried), 0.0)
    with np.errstate(divide="ignore"):  # an order that no answer is long enough for makes the score 0
        logs = np.log(precision).mean(axis=-1)
    short = np.minimum(0.0, 1 - ratio(sums[..., WANTED], sums[..., SAID], empty=1.0))
    return np.where(sums[..., COUNT] > 0, np.exp(logs + short), np.nan)
