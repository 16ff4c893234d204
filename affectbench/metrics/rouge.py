"""A text against a gold text by ROUGE, over the stemmed words of the library rouge-score (extra `text`).

Statistics have shape (..., 4), the columns named below. Words are runs of the letters a-z and digits in any case, those
of more than three signs cut to Porter's stem, so that "smiled" is "smiles"; other scripts and accented letters separate
words and are lost. F1 is of each text, without a beta, as the library has it. Source: Lin, ACL workshop 2004.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from affectbench.metrics.libraries import load
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.text_overlap import longest_common_subsequence

COUNT, UNIGRAMS, BIGRAMS, ORDER = range(4)

_WORD = re.compile(r"[a-z0-9]")


def readable(text: str) -> bool:
    """Whether ROUGE finds a word in a text; where gold has none, its score would be 0 whatever is said.

    >>> readable("Brows up"), readable("眉毛上扬")
    (True, False)
    """
    return _WORD.search(text.lower()) is not None


@cache
def _tokenizer() -> Any:
    return load("rouge-score", "rouge_score.tokenizers").DefaultTokenizer(use_stemmer=True)


@lru_cache(maxsize=1 << 14)
def words(text: str) -> tuple[str, ...]:
    """The stemmed words of a text. Raises UsageError without rouge-score."""
    return tuple(_tokenizer().tokenize(text))


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, F1 of words, of pairs of words, of the longest common subsequence, (N, 4).

    No answer scores 0.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 4))
    for row, (truth, answer) in enumerate(zip(gold, predicted, strict=True)):
        wanted, said = words(truth), words(answer or "")
        out[row, COUNT] = 1
        if wanted and said:
            out[row, UNIGRAMS] = _f1(Counter(wanted), Counter(said))
            out[row, BIGRAMS] = _f1(_pairs(wanted), _pairs(said))
            out[row, ORDER] = 2 * longest_common_subsequence(wanted, said) / (len(wanted) + len(said))
    return out


def _pairs(of: Sequence[str]) -> Counter[tuple[str, str]]:
    return Counter(pairwise(of))


def _f1(wanted: Counter[Any], said: Counter[Any]) -> float:
    both = wanted.total() + said.total()
    return 2 * (wanted & said).total() / both if both else 0.0


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def rouge_1(sums: Array) -> Array:
    """ROUGE-1: mean over samples of the F1 of stemmed words.

    >>> float(rouge_1(np.array([2.0, 1.5, 1.0, 0.5])))  # the sums of two samples
    0.75
    """
    return ratio(sums[..., UNIGRAMS], sums[..., COUNT], empty=np.nan)


def rouge_2(sums: Array) -> Array:
    """ROUGE-2: mean over samples of the F1 of pairs of stemmed words; a gold text of one word scores 0.

    >>> float(rouge_2(np.array([2.0, 1.5, 1.0, 0.5])))  # the sums of two samples
    0.5
    """
    return ratio(sums[..., BIGRAMS], sums[..., COUNT], empty=np.nan)


def rouge_l(sums: Array) -> Array:
    """ROUGE-L: mean over samples of the F1 of the longest common subsequence of stemmed words.

    >>> float(rouge_l(np.array([2.0, 1.5, 1.0, 0.5])))  # the sums of two samples
    0.25
    """
    return ratio(sums[..., ORDER], sums[..., COUNT], empty=np.nan)
