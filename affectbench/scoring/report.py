"""All scores of a run: every metric over all samples and over the answered ones, by fold and by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from affectbench.errors import DataError
from affectbench.metrics import Entry
from affectbench.scoring.above import above
from affectbench.scoring.baselines import baselines, found_by, guesses
from affectbench.scoring.forms import encode
from affectbench.scoring.groups import groups
from affectbench.scoring.question import Answer, Question, Results
from affectbench.scoring.rates import rates
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Estimate, Scorer
from affectbench.scoring.tables import tables
from affectbench.types import Group, Sample, Score


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
    overall, grouped = list(_overall(scorer, rows)), list(_by_group(scorer, rows))
    found = guesses(scorer)
    lines = baselines(found, scorer, samples)
    main = next(one for one in overall if one.metric == question.main and one.over == "all" and one.label is None)
    counted = rates(scorer.design, rows, question.resamples, question.seed)
    return Results(
        scores=[*overall, *_by_fold(scorer, rows), *grouped, *counted],
        tables=tables(scorer, rows),
        baselines=lines,
        baselines_by=found_by(found, lines, question),
        above=above(scorer, rows, main, found),
        groups=groups(scorer, rows, grouped),
    )


def by_group(question: Question, samples: Sequence[Sample], answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The main metric of `question` by every group: each value's score and interval, the worst, the largest gap."""
    encoded = encode(question, samples)
    scorer = Scorer(question, encoded, Design(samples, by_fold=question.folds == "mean"))
    rows = gather(samples, answers, encoded)
    return groups(scorer, rows, list(_by_group(scorer, rows)))


def divided(scorer: Scorer, rows: Rows) -> Iterator[Score]:
    """Every metric over all samples, over the answered ones, and (not only the main one) by fold and by group."""
    yield from _overall(scorer, rows)
    entries = scorer.question.entries()
    for fold, members in scorer.design.folds():
        yield from _each(scorer, entries, rows[members[rows.sample]], fold=fold)
    for name, value, members in scorer.design.groups():
        yield from _each(scorer, entries, rows[members[rows.sample]], group=Group(name=name, value=value))


def _each(scorer: Scorer, entries: Sequence[Entry], rows: Rows, **where: Any) -> Iterator[Score]:
    estimates = scorer.estimates(entries, rows)
    for entry in entries:
        yield _score(scorer, entry, estimates[entry.name][-1], over="all", **where)


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
    entry = scorer.question.main_entry()
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
