"""The named rules that turn one target into another: votes into a label, ratings into levels.

A rule is a pure function and carries a version, which goes up when its results change. Votes come as label → count in
the order of the file; `kept` are the labels of the target that is made, so what is in the votes and not in `kept`
(unknown, not a face) can win but gives no label. A rule returns None where it gives none.

`ferplus/…` follow Barsoum et al. 2016 (arXiv 1608.01041) as its published code does: a label with a single vote is an
outlier and loses it, before anything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Votes = Mapping[str, float]
Kept = Collection[str]
Kind = Literal["label", "set", "levels", "votes", "ratings", "text"]


def argmax(votes: Votes, kept: Kept) -> str | None:
    """The label with most votes. A tie gives none."""
    best = max(votes.values(), default=0.0)
    winners = [label for label, count in votes.items() if count == best > 0]
    return winners[0] if len(winners) == 1 and winners[0] in kept else None


def majority(votes: Votes, kept: Kept) -> str | None:
    """The label with more than half of all votes."""
    total = sum(votes.values())
    return next((label for label, count in votes.items() if count > total / 2 and label in kept), None)


def ferplus_argmax(votes: Votes, kept: Kept) -> str | None:
    """The first label with most votes, outliers removed."""
    votes = _without_single(votes)
    best = max(votes.values(), default=0.0)
    winner = next((label for label, count in votes.items() if count == best > 0), None)
    return winner if winner in kept else None


def ferplus_majority(votes: Votes, kept: Kept) -> str | None:
    """The label with more than half of the votes that are left, outliers removed."""
    return majority(_without_single(votes), kept)


def ferplus_probability(votes: Votes, kept: Kept) -> dict[str, float] | None:
    """Shares of the top labels, ties together, until three quarters of the votes or three labels are taken.

    None where no more than half of the votes are taken, more than three labels, or the largest is not kept.
    """
    left = _without_single(votes)
    total = sum(left.values())
    taken: dict[str, float] = {}
    while sum(taken.values()) < 0.75 * total and len(taken) < 3:
        best = max(left.values())
        for label in [label for label, count in left.items() if count == best]:
            left[label] = 0.0
            if label not in kept:
                return _shares(taken, total, kept, most=3)
            taken[label] = best
    return _shares(taken, total, kept, most=3)


def ferplus_multi_target(votes: Votes, kept: Kept) -> tuple[str, ...] | None:
    """All labels with at least three tenths of the votes that are left, where they hold more than half of them."""
    left = _without_single(votes)
    total = sum(left.values())
    chosen = {label: count for label, count in left.items() if total and count >= 0.3 * total}
    shares = _shares(chosen, total, kept, most=len(left))
    return None if shares is None else tuple(shares)


def rated_majority(ratings: Mapping[str, Any], kept: Kept) -> str | None:
    """The label that more than half of the annotators gave."""
    return majority(counted(ratings, kept) or {}, kept)


def counted(ratings: Mapping[str, Any], kept: Kept) -> dict[str, float] | None:
    """How many annotators gave each label."""
    counts = Counter(rating for rating in ratings.values() if isinstance(rating, str))
    return {label: float(counts[label]) for label in kept if label in counts} or None


def mean(ratings: Mapping[str, Any], kept: Kept) -> dict[str, float] | None:
    """The mean over annotators of each level."""
    columns: dict[str, list[float]] = {}
    for rating in ratings.values():
        for name, level in rating.items() if isinstance(rating, Mapping) else ():
            columns.setdefault(name, []).append(level)
    return {name: sum(levels) / len(levels) for name, levels in columns.items()} or None


def _without_single(votes: Votes) -> dict[str, float]:
    return {label: count if count > 1 else 0.0 for label, count in votes.items()}


def _shares(chosen: Votes, total: float, kept: Kept, most: int) -> dict[str, float] | None:
    """Return the kept part of `chosen` as shares, None where it is too little, too many, or led by what is not kept."""
    if (
        not chosen
        or sum(chosen.values()) <= total / 2
        or len(chosen) > most
        or max(chosen, key=chosen.__getitem__) not in kept
    ):
        return None
    part = {label: count for label, count in chosen.items() if label in kept}
    return {label: count / sum(part.values()) for label, count in part.items()}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by name: what it reads, what it gives, and its version."""

    function: Callable[[Any, Kept], Any]
    reads: Kind
    gives: Kind
    version: int = 1


RULES: dict[str, Rule] = {
    "argmax": Rule(argmax, "votes", "label"),
    "majority": Rule(majority, "votes", "label"),
    "ferplus/argmax": Rule(ferplus_argmax, "votes", "label"),
    "ferplus/majority": Rule(ferplus_majority, "votes", "label"),
    "ferplus/probability": Rule(ferplus_probability, "votes", "votes"),
    "ferplus/multi-target": Rule(ferplus_multi_target, "votes", "set"),
    "rated-majority": Rule(rated_majority, "ratings", "label"),
    "counted": Rule(counted, "ratings", "votes"),
    "mean": Rule(mean, "ratings", "levels"),
}
