"""What people reach: one annotator against the others of the same sample.

Votes are counts without identities, (N, K): each vote is an annotator, and what they said is compared with the votes of
the others, by any metric of one label. Ratings have identities, (A, N): each annotator is compared with the mean of the
others, and the values are averaged over annotators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics.classification import statistics as table
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.metrics.resample import Index, total
from affectbench.metrics.table import ENTRIES, Entry

Against = Literal["majority", "distribution"]


class LeftOut(NamedTuple):
    """Annotators who said the same of one sample: it, what they said, how many they are, the votes of the others."""

    sample: Index
    answer: Index
    times: Array
    others: Array


def left_out(votes: Any) -> LeftOut:
    """Every annotator against the other ones, (R,) rows and (R, K) votes; samples with one vote say nothing.

    Raises ValueError for votes that are no whole numbers: shares do not say how many people voted.

    >>> found = left_out([[2, 1], [0, 1]])
    >>> found.answer.tolist(), found.times.tolist(), found.others.tolist()
    ([0, 1], [2.0, 1.0], [[1.0, 1.0], [2.0, 0.0]])
    """
    counts = np.asarray(votes, np.float64)
    if (counts < 0).any() or (counts != counts.round()).any():
        raise ValueError("votes must be whole numbers of people")
    sample, answer = np.nonzero(counts * (counts.sum(axis=1, keepdims=True) > 1))
    others = counts[sample]
    others[np.arange(len(sample)), answer] -= 1
    return LeftOut(sample, answer, counts[sample, answer], others)


def majorities(votes: Array) -> tuple[Index, Index, Array]:
    """The labels with most votes as (row, label, share): tied labels are rows that share 1.

    >>> [part.tolist() for part in majorities(np.array([[2.0, 1.0], [3.0, 3.0]]))]
    [[0, 1, 1], [0, 0, 1], [1.0, 0.5, 0.5]]
    """
    tied = (votes == votes.max(axis=1, keepdims=True)) & (votes > 0)
    row, label = np.nonzero(tied)
    return row, label, 1 / tied.sum(axis=1)[row]


def ceiling(name: str, votes: Any, labels: Sequence[str], against: Against = "majority") -> float:
    """The metric `name` of one label, with each vote as an answer.

    `against="majority"`: gold is the label with most of the others' votes, averaged over tied labels, and every vote
    counts once. `against="distribution"`, for metrics of votes: gold are the others' votes, and every sample counts
    once. In the metric's own range and units; NaN if no sample has two votes. Raises KeyError for a metric that is not
    one of these. Source: the leave-one-annotator-out agreement that is common for crowd labels.

    >>> ceiling("accuracy", [[2, 1], [3, 0]], ["joy", "awe"])
    0.6666666666666666
    >>> ceiling("vote_accuracy", [[2, 1], [3, 0]], ["joy", "awe"], "distribution")
    0.6666666666666666
    """
    entry = _entry(name, against)
    people = left_out(votes)
    if not len(people.sample):
        return float("nan")
    if against == "distribution":
        others = np.pad(people.others, ((0, 0), (0, 1)))
        each = people.times / (people.others.sum(axis=1) + 1)
        sums = total(entry.load().statistics(others, people.answer, labels), each)
    else:
        row, gold, share = majorities(people.others)
        sums = total(table(gold, people.answer[row], labels), people.times[row] * share)
    return float(mean_defined(np.atleast_1d(entry.finish()(sums))))


def _entry(name: str, against: Against) -> Entry:
    module = {"majority": "classification", "distribution": "soft_labels"}[against]
    found = [e for e in ENTRIES if e.name == name and e.module == module and not e.table]
    if not found:
        raise KeyError(f"no metric {name!r} of one label can be taken against the {against} of the others")
    return found[0]


def ceiling_of_ratings(name: str, ratings: Any) -> float:
    """The metric `name` of one number, each annotator against the mean of the others, averaged over annotators.

    `ratings` (A, N) are in the units of the scale, NaN where an annotator did not rate. An annotator is compared on the
    samples that somebody else rated, too; NaN where there is none. Raises KeyError for another metric.

    >>> ceiling_of_ratings("mae", [[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]])
    0.5
    """
    entry = next((e for e in ENTRIES if e.name == name and e.forms == ("levels",) and not e.table), None)
    if entry is None:
        raise KeyError(f"no metric of numbers is called {name!r}")
    numbers: NDArray[np.float64] = np.asarray(ratings, np.float64)
    values = []
    for place, own in enumerate(numbers):
        others = mean_defined(np.delete(numbers, place, axis=0), axis=0)
        both = ~np.isnan(own) & ~np.isnan(others)
        sums = total(entry.load().statistics(others[both], own[both], ()))
        values.append(float(mean_defined(np.atleast_1d(entry.finish()(sums)))) if both.any() else np.nan)
    return float(mean_defined(np.array(values)))
