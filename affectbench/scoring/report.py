"""All scores of a run: every metric over all samples and over the answered ones, by fold and by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from affectbench.errors import DataError
from affectbench.metrics import Entry, find
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import total
from affectbench.scoring.baselines import baselines
from affectbench.scoring.forms import encode
from affectbench.scoring.question import Answer, Question, Results
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Estimate, Scorer
from affectbench.types import Group, Sample, Score

INVALID = "<invalid>"


def score(question: Question, samples: Sequence[Sample], answers: Iterable[Answer]) -> Results:
    """Score `answers` to `samples`: a pure function of its arguments, in sample order.

    Every sample counts; one without an `ok` answer counts by the metric's missing rule. Raises DataError where gold
    lacks what a metric needs, or an answer belongs to no sample.
    """
    if not samples:
        raise DataError(f"target {question.target or question.form!r} has no samples to score")
    encoded = encode(question, samples)
    rows = gather(samples, answers, encoded)
    scorer = Scorer(question, encoded, Design(samples, by_fold=question.folds == "mean"))
    scores = [*_overall(scorer, rows), *_by_fold(scorer, rows), *_by_group(scorer, rows)]
    tables = {"confusion": confusion(scorer, rows)} if "confusion" in question.metrics else {}
    return Results(scores=scores, tables=tables, baselines=baselines(scorer, samples))


def _overall(scorer: Scorer, rows: Rows) -> Iterator[Score]:
    entries = scorer.question.entries()
    every = scorer.estimates(entries, rows)
    answered = every if rows.answered.all() else scorer.estimates(entries, rows[rows.answered])
    for entry in entries:
        for view, estimates in (("all", every), ("ok", answered)):
            *labels, overall = estimates[entry.name]
            for estimate in (overall, *labels):
                yield _score(scorer, entry, estimate, over=view)


def _by_fold(scorer: Scorer, rows: Rows) -> Iterator[Score]:
    for name, members in scorer.design.folds():
        yield _main(scorer, rows[members[rows.sample]], fold=name)


def _by_group(scorer: Scorer, rows: Rows) -> Iterator[Score]:
    for name, value, members in scorer.design.groups():
        yield _main(scorer, rows[members[rows.sample]], group=Group(name=name, value=value))


def _main(scorer: Scorer, rows: Rows, **where: Any) -> Score:
    entry = find(scorer.question.main, scorer.question.form)
    return _score(scorer, entry, scorer.estimates([entry], rows)[entry.name][-1], over="all", **where)


def _score(scorer: Scorer, entry: Entry, estimate: Estimate, *, over: Any, **where: Any) -> Score:
    return Score(
        metric=entry.name,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        over=over,
        label=estimate.label,
        missing=entry.missing if over == "all" else None,
        interval=estimate.interval,
        protocol=scorer.question.protocol,
        **where,
    )


def confusion(scorer: Scorer, rows: Rows) -> dict[str, Any]:
    """Gold labels by answers, the last column every answer that is missing; repeats count as shares of one answer."""
    entry = find("confusion", "choice")
    share = 1 / np.bincount(rows.sample)[rows.sample]
    counts = total(scorer.encoded.statistics(entry, rows.sample, rows.predicted), share)
    return {"labels": [*scorer.encoded.names, INVALID], "counts": _whole(counts)}


def _whole(counts: Array) -> list[list[float]]:
    """Integers where all are."""
    rounded = counts.round()
    near = bool(np.abs(counts - rounded).max() < 1e-9)
    found: list[list[float]] = (rounded.astype(np.int64) if near else counts).tolist()
    return found
