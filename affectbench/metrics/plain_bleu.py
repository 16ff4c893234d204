"""BLEU-4 as EmoBench-M scores its laugh reasons: words at white space, each text by itself, nothing smoothed.

Statistics have shape (..., 2). A text that shares no run of four words with gold scores 0, however much else it has
right; most free texts do. `bleu4` smooths. The reference prints 1e-77 or so where this has 0, and leaves samples
without an answer out (our score `over: ok`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from affectbench.metrics.ratios import Array, ratio

COUNT, VALUE = range(2)
ORDERS = (1, 2, 3, 4)


def plain_bleu(gold: Sequence[str], said: Sequence[str]) -> float:
    """BLEU-4 of the words `said` against the words `gold`, 0..1.

    >>> plain_bleu("the lips part a little".split(), "the lips part a lot".split()) > 0.6
    True
    """
    logs = 0.0
    for n in ORDERS:
        wanted, found = _grams(gold, n), _grams(said, n)
        right = (wanted & found).total()
        if not right:
            return 0.0
        logs += math.log(right / found.total()) / len(ORDERS)
    return math.exp(logs + min(0.0, 1 - len(gold) / len(said)))


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[place:] for place in range(n)), strict=False))


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, BLEU-4, (N, 2). No answer scores 0."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.ones((len(gold), 2))
    out[:, VALUE] = [
        plain_bleu(truth.split(), (said or "").split()) for truth, said in zip(gold, predicted, strict=True)
    ]
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def bleu4_unsmoothed(sums: Array) -> Array:
    """Mean over samples of BLEU-4 without smoothing (EmoBench-M, by the defaults of nltk's `sentence_bleu`).

    >>> from affectbench import metrics
    >>> metrics.bleu4_unsmoothed(["he laughed at the bad joke"] * 2, ["he laughed at the bad joke", "the joke"])
    0.5
    """
    return ratio(sums[..., VALUE], sums[..., COUNT], empty=np.nan)
