"""A text against a gold text, by the words that they share.

Statistics have shape (..., 2), the columns named below. The metric is ours: no stemming, no stop words, no brevity
penalty; Chinese and Japanese count sign by sign. It measures wording, not truth.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from affectbench.metrics.ratios import Array, ratio

COUNT, TOKENS = range(2)

_TOKEN = re.compile(r"[぀-ヿ㐀-鿿]|[^\W぀-ヿ㐀-鿿]+")


def tokens(text: str) -> list[str]:
    """Words without case and punctuation.

    >>> tokens("She smiles; 他笑")
    ['she', 'smiles', '他', '笑']
    """
    return _TOKEN.findall(text.casefold())


def longest_common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest sequence of words found in both in this order, bit-parallel (Hyyrö 2004).

    >>> longest_common_subsequence("a b c d".split(), "b x d".split())
    2
    """
    places: dict[str, int] = {}
    for position, word in enumerate(a):
        places[word] = places.get(word, 0) | 1 << position
    every = (1 << len(a)) - 1
    open_places = every
    for word in b:
        matched = open_places & places.get(word, 0)
        open_places = ((open_places + matched) | (open_places - matched)) & every
    return len(a) - open_places.bit_count()


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, F1 of shared words, (N, 2). No answer scores 0."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 2))
    for row, (truth, answer) in enumerate(zip(gold, predicted, strict=True)):
        wanted, said = tokens(truth), tokens(answer or "")
        out[row, COUNT] = 1
        if wanted and said:
            out[row, TOKENS] = 2 * (Counter(wanted) & Counter(said)).total() / (len(wanted) + len(said))
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def token_f1(sums: Array) -> Array:
    """Mean over samples of 2 shared words / all words, repeated words counted as often as both have them.

    >>> from affectbench import metrics
    >>> metrics.token_f1(["the lips part"], ["Lips part."])
    0.8
    """
    return ratio(sums[..., TOKENS], sums[..., COUNT], empty=np.nan)
