"""What stands beside the emotion wheels: neutral answers, how much was said, and the words themselves.

`names` is a `Lexicon`. Statistics have shape (..., 11), the columns named below; a sample counts once, whatever the
number of wheels. `case1_f1` and `case2_f1` are the word-level metrics of OV-MER (Lian et al. 2024, arXiv:2410.01495):
a label becomes the first, by the alphabet, of the raw words that it is a form of (case 1), then the first of the wheel
words that this raw word is near (case 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from affectbench.metrics.lexicon import NOWHERE, Coded, Lexicon, Mask
from affectbench.metrics.ratios import Array, ratio
from affectbench.metrics.resample import Index
from affectbench.metrics.wheels import harmonic

SAMPLES, NEUTRAL_HIT, LABELS, TOLD, UNKNOWN = range(5)
CASE1, CASE2 = 5, 8  # each: counted, precision, recall


def statistics(gold: Sequence[Any], predicted: Sequence[Any], names: Lexicon) -> Array:
    """Per sample: 1, hit with neutral (mean of the wheels), labels, labels told and unknown, two cases, (N, 11).

    A sample is a collection of words, one word, or None where there is no answer. Raises ValueError for two lengths.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sets, but {len(predicted)} predictions")
    coder = names.coder()
    truth, said = coder.code(gold), coder.code(predicted)
    silent = [coder[word] for word in names.neutral]
    out = np.zeros((len(gold), 11))
    out[:, SAMPLES] = 1
    out[:, NEUTRAL_HIT] = _hits(names, truth, said, np.array(silent, np.intp)).sum(axis=0) / max(1, len(names.wheels))
    out[:, LABELS] = np.bincount(said.row, minlength=said.size)
    unknown = (said.word >= len(names.places)) & ~np.isin(said.word, silent)
    out[:, TOLD] = out[:, LABELS] + ~said.given
    out[:, UNKNOWN] = np.bincount(said.row, unknown, minlength=said.size) + ~said.given
    for place, cluster in ((CASE1, names.raw), (CASE2, names.word)):
        out[:, place : place + 3] = _words(truth, said, cluster)
    return out


def _hits(lexicon: Lexicon, truth: Coded, said: Coded, silent: Index) -> Mask:
    """By wheel, whether a cluster, neutral or (where the wheel lacks the gold words) the very word is met, (W, N)."""
    same = _met(truth, said)
    empty = said.given & (np.bincount(said.row, minlength=said.size) == 0)
    neutral = _has(truth, silent)
    quiet = neutral & (_has(said, silent) | empty)
    hits = []
    for wheel in range(len(lexicon.wheels)):
        wanted, found = lexicon.present(truth, wheel, 0), lexicon.present(said, wheel, 0)
        bare = ~wanted.any(axis=1) & ~neutral
        hits.append((wanted & found).any(axis=1) | quiet | (bare & same))
    return np.array(hits).reshape(len(lexicon.wheels), truth.size)


def _has(coded: Coded, words: Index) -> Mask:
    return np.bincount(coded.row[np.isin(coded.word, words)], minlength=coded.size) > 0


def _met(truth: Coded, said: Coded) -> Mask:
    """Whether a label of gold is, as it is written, among those of the answer, (N,)."""
    most = 1 + max(truth.word.max(initial=0), said.word.max(initial=0))
    return _met_of(truth.row * most + truth.word, said.row * most + said.word, most, truth.size) > 0


def _words(truth: Coded, said: Coded, cluster: Index) -> Array:
    """As `wheels.overlap` for clusters so many that few of them are in a sample, (N, 3)."""
    most = int(cluster.max(initial=0)) + 1
    wanted, there = _keys(truth, cluster, most), _keys(said, cluster, most)
    both = _met_of(wanted, there, most, truth.size)
    size, spoken = (_by_sample(keys // most, truth.size) for keys in (wanted, there))
    return np.stack([(size > 0) * 1.0, ratio(both, spoken), ratio(both, size)], axis=-1)


def _keys(coded: Coded, cluster: Index, most: int) -> Index:
    """The clusters of each sample as single numbers, sorted, each once."""
    found = cluster[np.minimum(coded.word, len(cluster) - 1)]
    keys = np.sort((coded.row * most + found)[found != NOWHERE], kind="stable")
    return keys[np.diff(keys, prepend=-1) > 0]


def _met_of(wanted: Index, there: Index, most: int, size: int) -> Array:
    """How many of the keys of each sample are also in `there`; both are sorted, each key once, (N,)."""
    if not len(there):
        return np.zeros(size)
    place = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    return _by_sample(wanted[there[place] == wanted] // most, size)


def _by_sample(row: Index, size: int) -> Array:
    return np.bincount(row, minlength=size).astype(np.float64)


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [SAMPLES]]


def wheel_hit_neutral(sums: Array) -> Array:
    """HIT in which neutral is a cluster of its own and no sample is skipped, mean of the wheels.

    Neutral gold is met by a word that says so (`no emotion`) or by an empty list; a sample without an answer misses.
    Gold that a wheel lacks is met by the very same word.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}}}, neutral=["neutral", "no emotion"])
    >>> metrics.wheel_hit_neutral(["happy", "neutral", "neutral", "neutral"], [["merry"], [], None, ["happy"]], lexicon)
    0.5
    """
    return ratio(sums[..., NEUTRAL_HIT], sums[..., SAMPLES], empty=np.nan)


def labels_per_answer(sums: Array) -> Array:
    """Distinct words an answer, 0 without one; more are no better, they say how an answer reached its recall.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> metrics.labels_per_answer(["happy", "sad"], [["happy", "Happy", "odd"], None], Lexicon.of({}))
    1.0
    """
    return ratio(sums[..., LABELS], sums[..., SAMPLES], empty=np.nan)


def oov_rate(sums: Array) -> Array:
    """Share of the words of answers that the lexicon does not have; a sample without an answer is one unknown word.

    NaN where no word was said. Words that say that there is no emotion are known.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}}})
    >>> metrics.oov_rate(["happy", "happy"], [["merry", "odd", "glee"], None], lexicon)
    0.5
    """
    return ratio(sums[..., UNKNOWN], sums[..., TOLD], empty=np.nan)


def _f1(sums: Array, place: int) -> Array:
    count = sums[..., place]
    return harmonic(ratio(sums[..., place + 1], count, empty=np.nan), ratio(sums[..., place + 2], count, empty=np.nan))


def support1(sums: Array) -> Array:
    """Samples with a known gold word, (..., 1)."""
    return sums[..., [CASE1]]


def case1_f1(sums: Array) -> Array:
    """F of the mean precision and recall of raw words: forms of one word agree, synonyms do not.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon
    >>> lexicon = Lexicon.of({"moods": {"joy": {"glee": ["happy", "merry"]}}})
    >>> metrics.case1_f1([["happy", "merry"]], [["happy"]], lexicon)
    0.6666666666666666
    """
    return _f1(sums, CASE1)


def case2_f1(sums: Array) -> Array:
    """F of the mean precision and recall of wheel words: synonyms of one of them agree.

    >>> from affectbench import metrics
    >>> from affectbench.metrics.lexicon import Lexicon, clusters
    >>> wheels = {"moods": clusters({"joy": {"glee": ["happy"]}})}
    >>> lexicon = Lexicon(wheels, {"happy": ["happy"], "merry": ["happy"]}, {"happy": ["happily"], "merry": []})
    >>> metrics.case2_f1([["happily"]], [["merry"]], lexicon), metrics.case1_f1([["happily"]], [["merry"]], lexicon)
    (1.0, 0.0)
    """
    return _f1(sums, CASE2)
