"""What a selection of samples is made of: how often each label stands, and how far people agree on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectbench.scoring.question import Question
from affectbench.types import Gold, Sample


def makeup(question: Question, samples: Sequence[Sample]) -> dict[str, Any]:
    """The classes of gold and the agreement of people in `samples`, as `results.json` holds them.

    `labels`: how many samples have each label (without a gold label: the share of votes). `largest` and `balance`,
    where each sample has one label: the share of the commonest, and the entropy of the shares by that of equal ones
    (1: all equally often). `size`: labels a sample, where it has a set. `levels`: mean and standard deviation of each
    number. `votes`: see `agreement`.
    """
    golds = [sample.gold for sample in samples]
    found: dict[str, Any] = {}
    if question.form == "choice":
        counts = _singles(golds)
        known = {*question.labels, *counts, *(name for sample in samples for name in sample.options or ())}
        found["labels"] = {name: _plain(counts[name]) for name in counts}
        found["largest"] = max(counts.values(), default=0.0) / (sum(counts.values()) or 1)
        found["balance"] = balance(list(counts.values()), len(known))
    elif question.form == "labels":
        several = Counter(name for gold in golds for name in gold.labels or ())
        found["labels"] = {name: several[name] for name in question.labels if several[name]}
        found["size"] = several.total() / max(1, len(golds))
    elif question.form == "levels":
        found["levels"] = {name: _spread(golds, name) for name, _, _ in question.levels}
    return found | {"votes": agreement(golds)}


def balance(counts: Sequence[float], classes: int) -> float | None:
    """The entropy of the shares of classes by the entropy of equal shares, 0..1; None of fewer than two classes.

    >>> balance([5, 5], 2), balance([10], 2)
    (1.0, 0.0)
    """
    if classes < 2 or not sum(counts):
        return None
    return _entropy(counts) / float(np.log(classes))


def agreement(golds: Sequence[Gold]) -> dict[str, float] | None:
    """How noisy the labels are: the mean share of people who gave a sample's commonest label, and the mean entropy.

    From votes, or from the labels that several people gave; the entropy is in nats. None where nobody voted twice.

    >>> agreement([Gold(votes={"joy": 3, "awe": 1})])
    {'n': 1, 'share': 0.75, 'entropy': 0.5623351446188083}
    """
    counted = [votes for votes in map(_votes, golds) if sum(votes) > 1]
    if not counted:
        return None
    shares = [max(votes) / sum(votes) for votes in counted]
    return {"n": len(counted), "share": float(np.mean(shares)), "entropy": float(np.mean([*map(_entropy, counted)]))}


def _votes(gold: Gold) -> list[float]:
    named: Mapping[str, float] = gold.votes or Counter(v for v in (gold.ratings or {}).values() if isinstance(v, str))
    return list(named.values())


def _entropy(counts: Sequence[float]) -> float:
    shares = np.array([count for count in counts if count > 0], np.float64)
    shares /= shares.sum()
    return abs(float((shares * np.log(shares)).sum()))


def _singles(golds: Sequence[Gold]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for gold in golds:
        if gold.label is not None:
            counts[gold.label] += 1
        elif total := sum((gold.votes or {}).values()):
            counts.update({name: count / total for name, count in (gold.votes or {}).items()})
    return {name: float(counts[name]) for name in sorted(counts)}


def _plain(count: float) -> float:
    return int(count) if count == int(count) else round(count, 9)


def _spread(golds: Sequence[Gold], name: str) -> dict[str, float] | None:
    values = [gold.levels[name] for gold in golds if gold.levels and name in gold.levels]
    return {"mean": float(np.mean(values)), "sd": float(np.std(values))} if values else None
