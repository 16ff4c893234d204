"""The clues that a rationale names against the clues of the gold.

A row is the clues of one text, each once: `face/AU12` is said to be there, `maybe face/AU4` with a hedge, `no
voice/laugh` is denied. Hedged clues count as named. Statistics have shape (..., 8), the columns named below. The
metrics are ours; which words are which clue is the lexicon's affair (`affectbench.clues`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from affectbench.metrics.ratios import Array, ratio

COUNT, PRECISION, WITH_GOLD, RECALL, F1, MENTIONED, CONTRADICTED, GOLD = range(8)
DENIED, HEDGED = "no ", "maybe "

Claims = Collection[str]


def named(claims: Claims) -> frozenset[str]:
    """The clues that are said to be there, hedged or not.

    >>> sorted(named(["face/AU12", "maybe face/AU4", "no voice/laugh"]))
    ['face/AU12', 'face/AU4']
    """
    return frozenset(claim.removeprefix(HEDGED) for claim in claims if not claim.startswith(DENIED))


def sure(claims: Claims) -> dict[str, bool]:
    """The clues of which something is said without a hedge, and whether they are there."""
    return {claim.removeprefix(DENIED): not claim.startswith(DENIED) for claim in claims if HEDGED not in claim}


def agreement(truth: frozenset[str], said: frozenset[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of one answer; naming nothing is right where there is nothing."""
    if not truth and not said:
        return 1.0, 0.0, 1.0
    both = len(truth & said)
    return (
        (both / len(said) if said else 0.0),
        (both / len(truth) if truth else 0.0),
        2 * both / (len(truth) + len(said)),
    )


def statistics(gold: Sequence[Claims], predicted: Sequence[Claims | None], _: Sequence[str] = ()) -> Array:
    """Per sample (N, 8); no answer scores 0 and contradicts every clue of the gold."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 8))
    for row, (truth, answer) in enumerate(zip(gold, predicted, strict=True)):
        there, settled = named(truth), sure(truth)
        out[row, [COUNT, WITH_GOLD, MENTIONED, GOLD]] = 1, bool(there), len(settled), len(there)
        if answer is None:
            out[row, CONTRADICTED] = len(settled)
            continue
        out[row, [PRECISION, RECALL, F1]] = agreement(there, named(answer))
        out[row, CONTRADICTED] = sum(settled.get(clue, held) != held for clue, held in sure(answer).items())
    return out


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def support_gold(sums: Array) -> Array:
    """Samples whose gold has clues, (..., 1)."""
    return sums[..., [WITH_GOLD]]


def clue_precision(sums: Array) -> Array:
    """Mean over samples of shared clues / clues of the answer; 1 if neither names one, 0 if the answer alone has none.

    >>> from affectbench import metrics
    >>> metrics.clue_precision([["face/AU6", "face/AU12"]], [["face/AU12", "maybe face/AU4", "no face/AU1"]])
    0.5
    """
    return ratio(sums[..., PRECISION], sums[..., COUNT], empty=np.nan)


def clue_recall(sums: Array) -> Array:
    """Mean over samples with gold clues of shared clues / clues of the gold.

    >>> from affectbench import metrics
    >>> metrics.clue_recall([["face/AU6", "face/AU12"]], [["face/AU12"]])
    0.5
    """
    return ratio(sums[..., RECALL], sums[..., WITH_GOLD], empty=np.nan)


def clue_f1(sums: Array) -> Array:
    """Mean over samples of 2 shared clues / all clues; 1 if neither names one.

    >>> from affectbench import metrics
    >>> metrics.clue_f1([["face/AU6", "face/AU12"], []], [["face/AU12", "face/AU4"], ["voice/sigh"]])
    0.25
    """
    return ratio(sums[..., F1], sums[..., COUNT], empty=np.nan)


def clue_contradiction(sums: Array) -> Array:
    """Clues of the gold of which the answer says the opposite / clues of the gold, of all samples; no hedges.

    >>> from affectbench import metrics
    >>> metrics.clue_contradiction([["face/AU12", "no face/AU4"]], [["no face/AU12", "maybe face/AU4"]])
    0.5
    """
    return ratio(sums[..., CONTRADICTED], sums[..., MENTIONED], empty=np.nan)
