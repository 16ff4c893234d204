"""By group: which value of each is worst, how large the largest gap is, and whether chance would make one as large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.metrics.gaps import Divided, interval, permuted_gaps, share_as_large
from affectbench.metrics.resample import Index
from affectbench.scoring.encoded import ends
from affectbench.scoring.makeup import makeup
from affectbench.scoring.rows import Rows
from affectbench.scoring.scorer import Scorer, columns
from affectbench.types import Score

FEW = 30  # samples; a value of fewer is shown, marked, and never the worst
MANY = 20  # values; of more the largest gap says little, and its test costs much
PERMUTATIONS = 1000
ALIKE = 1e-12  # differences below this are rounding


def groups(scorer: Scorer, rows: Rows, scores: Sequence[Score]) -> list[dict[str, Any]]:
    """One element a group, from the `scores` of the main metric by group; see docs/results.md for its keys."""
    names = dict.fromkeys(score.group.name for score in scores if score.group)
    return [_group(scorer, rows, [s for s in scores if s.group and s.group.name == name]) for name in names]


def _group(scorer: Scorer, rows: Rows, scores: Sequence[Score]) -> dict[str, Any]:
    entry = scorer.question.main_entry()
    ranked = [score for score in scores if score.n >= FEW and score.value is not None]
    ranked.sort(key=lambda score: score.value or 0.0, reverse=entry.better == "high")
    gap, note = _gap(scorer, rows, ranked) if len(ranked) > 1 else (None, _unranked(scores))
    return {
        "name": _name(scores[0]),
        "metric": entry.name,
        "values": [_value(scorer, score) | {"ranked": score in ranked} for score in scores],
        "best": _of(ranked[0]) if gap and gap["value"] else None,
        "worst": _of(ranked[-1]) if gap and gap["value"] else None,
        "gap": gap,
        "note": note,
    }


def _value(scorer: Scorer, score: Score) -> dict[str, Any]:
    held = [s for s in scorer.design.samples if s.group.get(_name(score)) == _of(score)]
    shown = {"value": _of(score), "n": score.n, "score": score.value, "low": score.low, "high": score.high}
    return {**shown, "interval": score.interval, **makeup(scorer.question, held)}


def _unranked(scores: Sequence[Score]) -> str:
    if any(score.interval == "bounds" for score in scores):
        return "not ranked: some answers could not be judged"
    return f"not ranked: fewer than two values have {FEW} samples and a score"


def _gap(scorer: Scorer, rows: Rows, ranked: Sequence[Score]) -> tuple[dict[str, Any], str | None]:
    """The gap between the best and the worst value, its bounds, and its p-value where it can be tested."""
    best, worst = _bounded(ranked[0]), _bounded(ranked[-1])
    low, high = interval(best, worst, len(ranked))
    size, most = abs(best[0] - worst[0]), _most(scorer)
    size = size if size > ALIKE else 0.0
    found = {"value": size, "low": max(low, -most), "high": min(high, most), "p": None, "permutations": 0}
    if len(ranked) > MANY:
        return found, f"not tested: more than {MANY} values"
    folds = list(_divided(scorer, rows, ranked))
    if all(fold.unit.max() + 1 == len(np.unique(fold.group)) and not fold.mixed().any() for fold in folds):
        return found, "not tested: each value is a single cluster"
    entry = scorer.question.main_entry()
    permutations = scorer.draws(folds[0].statistics, PERMUTATIONS)
    permuted = permuted_gaps(columns(entry), folds, permutations, scorer.question.seed)
    return found | {"p": share_as_large(size, permuted), "permutations": permutations}, None


def _most(scorer: Scorer) -> float:
    """How far two values of the main metric can be apart."""
    bottom, top = ends(scorer.encoded, scorer.question.main_entry())
    return top - bottom


def _bounded(score: Score) -> tuple[float, float, float]:
    """A value and its bounds; one that nothing bounds stands for itself."""
    value = score.value or 0.0
    return value, value if score.low is None else score.low, value if score.high is None else score.high


def _divided(scorer: Scorer, rows: Rows, ranked: Sequence[Score]) -> Iterator[Divided]:
    """The answers to the samples of the ranked values, fold by fold."""
    entry, code = scorer.question.main_entry(), _codes(scorer, ranked)
    held = rows[code[rows.sample] >= 0]
    statistics = scorer.encoded.statistics(entry, held.sample, held.predicted)
    for stratum in scorer.design.strata(held.sample):
        sample = held.sample[stratum.rows]
        yield Divided(
            statistics=statistics[stratum.rows],
            weight=stratum.weight,
            sample=sample,
            unit=stratum.unit,
            group=code[sample],
            groups=len(ranked),
        )


def _codes(scorer: Scorer, ranked: Sequence[Score]) -> Index:
    """Which of the ranked values each sample has, -1 for none of them."""
    place, name = {_of(score): index for index, score in enumerate(ranked)}, _name(ranked[0])
    return np.array([place.get(sample.group.get(name, ""), -1) for sample in scorer.design.samples], np.intp)


def _name(score: Score) -> str:
    return score.group.name if score.group else ""


def _of(score: Score) -> str:
    return score.group.value if score.group else ""
