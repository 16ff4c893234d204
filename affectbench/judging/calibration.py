"""A judge held against people: how far it agrees with them, where it leans, whether it repeats itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from affectbench import cache
from affectbench.asking import Asking
from affectbench.judging import agreement
from affectbench.judging.agreement import measured
from affectbench.judging.asking import judged
from affectbench.judging.human import Rated
from affectbench.judging.judges import Judge
from affectbench.judging.verdicts import Verdict
from affectbench.metrics.ratios import Array
from affectbench.records import Key

FEWEST = 30
"""Answers below which a card says that they are too few."""
LOST = 0.05
"""The share of answers without a verdict above which a judge fails."""
STEADY = 0.8
"""Krippendorff's alpha between two askings below which a judge does not repeat itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The verdicts of two askings: the second went past the cache."""

    first: Mapping[Key, Verdict]
    again: Mapping[Key, Verdict]


async def ask(judge: Judge, asking: Asking, rated: Sequence[Rated]) -> Asked:
    """Ask a judge about each answer twice, the second time past the cache. Raises as `asking.judged` does."""
    cases = [one.case for one in rated]
    later = [replace(case, repeat=1) for case in cases]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asking.model)
        first = {(v.id, 0): v async for v in judged(judge, asking, cases)}
        afresh = replace(asking, cache=cache.open(None))
        again = {(v.id, 0): v async for v in judged(judge, afresh, later)}
    return Asked(first, again)


def findings(judge: Judge, rated: Sequence[Rated], asked: Asked) -> dict[str, Any]:
    """Return what a card says: each scale's agreement and leanings, and whether the judge passes.

    `faults` are the reasons why it does not, `remarks` what is worth knowing of one that does.
    """
    scales = {name: _scale(name, ends, rated, asked) for name, ends in judge.rubric.scale.items()}
    lost = len(rated) - sum(verdict.status == "ok" for verdict in asked.first.values())
    faults = list(_faults(scales, len(rated), lost))
    return {
        "n": len(rated),
        "raters": max(len(one.ratings) for one in rated),
        "judge_error": lost,
        "passes": not faults,
        "faults": faults,
        "remarks": list(_remarks(scales)),
        "scales": scales,
    }


def _scale(name: str, ends: tuple[float, float], rated: Sequence[Rated], asked: Asked) -> dict[str, Any]:
    people = np.array([one.mean(name) for one in rated])
    said, again = (_said(name, rated, verdicts) for verdicts in (asked.first, asked.again))
    there = ~np.isnan(said)
    both = np.stack([said, people])[:, there]
    known = [one for one, held in zip(rated, there, strict=True) if held]
    length = np.array([len(one.case.texts["answer"]) for one in known], np.float64)
    twice = np.stack([said, again])[:, there & ~np.isnan(again)]
    return {
        "values": len(np.unique(both[0])),
        "people_values": len(np.unique(both[1])),
        "weighted_kappa": measured(agreement.kappa(ends), both),
        "spearman": measured(agreement.rank, both),
        "krippendorff_alpha": measured(agreement.alpha, both),
        "people_alpha": measured(agreement.alpha, _ratings(name, rated)),
        "above_people": measured(agreement.gap, both),
        "length": measured(agreement.rank, np.stack([both[0] - both[1], length])),
        "by_label": _by([one.label for one in known], both),
        "by_group": {
            group: _by([one.groups.get(group) for one in known], both)
            for group in dict.fromkeys(group for one in known for group in one.groups)
        },
        "retest": {
            "krippendorff_alpha": measured(agreement.alpha, twice),
            "same": float((twice[0] == twice[1]).mean()) if twice.size else None,
        },
    }


def _said(name: str, rated: Sequence[Rated], verdicts: Mapping[Key, Verdict]) -> Array:
    """Return the judge's scores of the answers in order, NaN without a verdict or where the scale does not apply."""
    found = (verdicts.get(one.case.key) for one in rated)
    return np.array([v.scores.get(name, np.nan) if v is not None and v.scores else np.nan for v in found], np.float64)


def _ratings(name: str, rated: Sequence[Rated]) -> Array:
    """Return people's scores (raters, answers), NaN where somebody rated nothing."""
    raters = list(dict.fromkeys(rater for one in rated for rater in one.ratings))
    empty: dict[str, float] = {}
    return np.array([[one.ratings.get(rater, empty).get(name, np.nan) for one in rated] for rater in raters])


def _by(values: Sequence[str | None], both: Array) -> list[dict[str, Any]]:
    """Return by how much a judge is above people, value by value."""
    found = []
    for value in sorted({value for value in values if value is not None}):
        chosen = np.array([one == value for one in values])
        found.append({"value": value, "above_people": measured(agreement.gap, both[:, chosen])})
    return found


def _faults(scales: Mapping[str, Any], n: int, lost: int) -> Iterator[str]:
    if n < FEWEST:
        yield f"{n} answers are too few to tell: at least {FEWEST} are needed"
    if lost > LOST * n:
        yield f"no verdict on {lost} of {n} answers"
    for name, found in scales.items():
        kappa, alpha = found["weighted_kappa"], found["retest"]["krippendorff_alpha"]
        same = found["retest"]["same"]
        if found["values"] < 2:
            yield f"{name}: gives every answer the same score"
        elif kappa["low"] is None or kappa["low"] <= 0:
            yield f"{name}: agrees with people no better than chance"
        if same is not None and same < 1 and (alpha["value"] is None or alpha["value"] < STEADY):
            yield f"{name}: does not repeat itself"


def _remarks(scales: Mapping[str, Any]) -> Iterator[str]:
    for name, found in scales.items():
        if _apart(found["above_people"]):
            yield f"{name}: {_more(found['above_people'])} people by {abs(found['above_people']['value']):.2f}"
        if _apart(found["length"]):
            more = "more" if found["length"]["value"] > 0 else "less"
            yield f"{name}: gives long answers {more} than people do (rank correlation {found['length']['value']:.2f})"
        groups = {"label": found["by_label"], **found["by_group"]}
        for group, values in groups.items():
            for one in values:
                gap = one["above_people"]
                if _apart(gap):
                    yield f"{name}: {_more(gap)} people by {abs(gap['value']):.2f} where {group} is {one['value']}"


def _apart(found: Mapping[str, Any]) -> bool:
    """Whether an interval leaves 0 out."""
    return found["low"] is not None and (found["low"] > 0 or found["high"] < 0)


def _more(found: Mapping[str, Any]) -> str:
    return "above" if found["value"] > 0 else "below"
