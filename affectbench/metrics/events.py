"""Events of a description against those of a gold description, once a judge has said how they relate.

A judge takes the events out of both texts and says of each one whether the other text entails it, contradicts it or is
silent (AutoDQ of Tarsier: Wang and others, 2024; FEC-Bench's TEM is built on it). The first figures are AutoDQ's, with
its quirks: only entailment counts, a text without events scores 1, F1 is that of the two means. The order term is ours:
how FEC-Bench mixes order and content was not published.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ENTAILS, NEUTRAL, CONTRADICTS = "entailment", "neutral", "contradiction"
RELATIONS = (ENTAILS, NEUTRAL, CONTRADICTS)


class Events(NamedTuple):
    """A sample's relations, in the order of the texts: of each gold event to the description, and the other way.

    `places` gives for each event of the description the gold event (from 0) that it is, None for none.
    """

    gold: Sequence[str]
    said: Sequence[str]
    places: Sequence[int | None] = ()


class AutoDq(NamedTuple):
    """AutoDQ: means over samples of precision and recall, and the F1 of these means, each 0..1."""

    precision: float
    recall: float
    f1: float


def entailed(relations: Sequence[str]) -> float:
    """The share of events that are entailed; 1 for no events, as AutoDQ has it.

    Raises ValueError for a relation that is none.

    >>> entailed(["entailment", "neutral", "contradiction", "entailment"]), entailed([])
    (0.5, 1.0)
    """
    if strange := next((relation for relation in relations if relation not in RELATIONS), None):
        raise ValueError(f"{strange!r} is no relation of events; there are: {', '.join(RELATIONS)}")
    return sum(relation == ENTAILS for relation in relations) / len(relations) if relations else 1.0


def auto_dq(samples: Sequence[Events]) -> AutoDq | None:
    """AutoDQ of the samples of one kind; None without any. The reference leaves out samples that its judge failed on.

    >>> auto_dq([Events(["entailment", "neutral"], ["entailment"]), Events(["neutral"], ["contradiction"])])
    AutoDq(precision=0.5, recall=0.25, f1=0.3333333333333333)
    """
    if not samples:
        return None
    precision = sum(entailed(one.said) for one in samples) / len(samples)
    recall = sum(entailed(one.gold) for one in samples) / len(samples)
    return AutoDq(precision, recall, _f1(precision, recall))


def auto_dq_overall(kinds: Mapping[str, Sequence[Events]]) -> AutoDq | None:
    """AutoDQ over several kinds of samples: the means of their precisions and recalls, and the F1 of those.

    >>> auto_dq_overall({"a": [Events(["entailment"], ["entailment"])], "b": [Events(["neutral"], ["neutral"])]})
    AutoDq(precision=0.5, recall=0.5, f1=0.5)
    """
    each = [found for samples in kinds.values() if (found := auto_dq(samples)) is not None]
    if not each:
        return None
    precision, recall = (sum(one[place] for one in each) / len(each) for place in (0, 1))
    return AutoDq(precision, recall, _f1(precision, recall))


def event_order(places: Sequence[int | None], gold_events: int) -> float:
    """Ours: gold events that are told in their order, of all gold events, 0..1; 1 where gold has none.

    It is the longest run of places that only rises (with gaps), so that what is told twice counts once and an event
    out of its turn costs itself alone; it is at most the recall of matched events. Raises ValueError for a place that
    gold does not have.

    >>> event_order([0, 2, 1], 4), event_order([3, None, 3], 4), event_order([], 0)
    (0.5, 0.25, 1.0)
    """
    told = [place for place in places if place is not None]
    if any(not 0 <= place < gold_events for place in told):
        raise ValueError(f"gold has {gold_events} events, numbered from 0, but the places are {sorted(set(told))}")
    rising: list[int] = []
    for place in told:
        at = bisect_left(rising, place)
        rising[at : at + 1] = [place]
    return len(rising) / gold_events if gold_events else 1.0


def mean_event_order(samples: Sequence[Events]) -> float | None:
    """Ours: the mean of `event_order` over samples; None without any.

    >>> mean_event_order([Events(["entailment"] * 2, ["entailment"] * 2, [1, 0]), Events(["neutral"], [], [])])
    0.25
    """
    orders = [event_order(one.places, len(one.gold)) for one in samples]
    return sum(orders) / len(orders) if orders else None


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
