"""What people reach: their own answers, scored as a model's are, against gold that they did not make.

- Votes as gold (metrics of votes): each vote against the votes of the others; every sample counts once. Here labels
  outside the options ("unknown") are answers, too; elsewhere they are misses.
- Gold that follows from the votes by a rule: each vote against what the same rule makes of the others' votes, which is
  the gold that the dataset would have without this person. Where the rule gives none, the vote is left out.
- Gold that follows from ratings: each annotator against what the rule makes of the others' ratings, on the samples
  that both have; the values are averaged over annotators.
- Gold that comes from elsewhere, such as what an actor was asked to play: the votes, or the annotators, against it.

Where labels are scored every vote is an answer of its own and counts once. Votes that are shares say nothing of single
people, so there is no line then. A sample whose votes made its gold is in the task because of them, which favours
people a little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from affectbench.metrics import Entry, raters
from affectbench.metrics.ratios import mean_defined
from affectbench.scoring.forms import encode
from affectbench.scoring.question import APART, Question
from affectbench.scoring.rows import Design
from affectbench.scoring.scorer import Line, Scorer, number
from affectbench.specs.rules import RULES, Rule
from affectbench.types import Form, Gold, Sample

VOTED = frozenset({"soft_labels", "soft_sets"})  # modules whose gold are the votes themselves
FIELDS = {"label": "label", "set": "labels", "levels": "levels", "votes": "votes"}


class Said(NamedTuple):
    """What somebody said of a sample; the sample holds gold that is not theirs, and how often it counts."""

    sample: Sample
    value: Any


def people(scorer: Scorer, samples: Sequence[Sample]) -> Line:
    """What people reach in each metric of which their answers are there; empty if there is none."""
    question = scorer.question
    entries = question.judging()
    voted = [entry for entry in entries if entry.module in VOTED]
    others = [entry for entry in entries if entry.module not in VOTED and _fits(entry, question)]
    line = _line(_wider(question, samples), voted, [list(_votes_of_others(samples))]) if voted else {}
    line |= _kappas(scorer, samples)
    return line | (_line(question, others, _crowds(question, samples)) if others else {})


def how(question: Question) -> str:
    """With what people were compared, in words."""
    if question.people == APART:
        return "people's answers against gold"
    return f"one person against {question.people or 'the votes'} of the others"


def _fits(entry: Entry, question: Question) -> bool:
    """Whether people's answers are what the metric reads: labels or numbers, no probabilities."""
    return entry.module not in ("calibration", "ranking", "raters") and question.people is not None


def _kappas(scorer: Scorer, samples: Sequence[Sample]) -> Line:
    """Metrics that compare an answer with each annotator: one annotator with each of the others."""
    entries = [entry for entry in scorer.question.entries() if entry.module == "raters"]
    if not entries:
        return {}
    reached = raters.ceiling_of(raters.table([sample.gold.ratings for sample in samples], scorer.encoded.names))
    value = number(float(mean_defined(reached)))
    return {} if value is None else {entry.name: value for entry in entries}


def _line(question: Question, entries: Sequence[Entry], crowds: Sequence[Sequence[Said]]) -> Line:
    """The mean over crowds of each metric; a crowd is what is scored together."""
    crowds = [crowd for crowd in crowds if crowd]
    if not crowds:
        return {}
    names = tuple(entry.name for entry in entries)
    asked = replace(question, metrics=names, main=names[0])
    lines = [_points(asked, entries, crowd) for crowd in crowds]
    values = np.array([[line[name] for name in names] for line in lines], np.float64)
    means = {name: number(value) for name, value in zip(names, mean_defined(values, axis=0), strict=True)}
    return {name: value for name, value in means.items() if value is not None}


def _points(question: Question, entries: Sequence[Entry], crowd: Sequence[Said]) -> Line:
    samples = [said.sample for said in crowd]
    encoded = encode(question, samples)
    scorer = Scorer(question, encoded, Design(samples, by_fold=question.folds == "mean"))
    return scorer.points(entries, encoded.read([_as_answer(said.value, question.form) for said in crowd]))


def _wider(question: Question, samples: Sequence[Sample]) -> Question:
    """The question with all labels that have votes: people could say "unknown" and agree on it, a model cannot."""
    named = dict.fromkeys(label for sample in samples for label in sample.gold.votes or {})
    return replace(question, labels=(*question.labels, *(label for label in named if label not in question.labels)))


def _as_answer(value: Any, form: Form) -> Any:
    return (value,) if form in ("labels", "open") and isinstance(value, str) else value


def _crowds(question: Question, samples: Sequence[Sample]) -> list[list[Said]]:
    """Who is scored together: all votes, or what each annotator said."""
    if question.people == APART:
        return [list(_apart(samples))] if any(s.gold.votes for s in samples) else _annotators(samples, None, question)
    rule = RULES.get(question.people or "")
    if rule is None:
        return []
    return [list(_without(rule, samples, question))] if rule.reads == "votes" else _annotators(samples, rule, question)


# -- votes -----------------------------------------------------------------------------------------------------------


def _counted(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Mapping[str, float]]]:
    """Yield the samples whose votes are numbers of people."""
    for sample in samples:
        votes = sample.gold.votes or {}
        if all(float(count).is_integer() for count in votes.values()):
            yield sample, votes


def _apart(samples: Sequence[Sample]) -> Iterator[Said]:
    for sample, votes in _counted(samples):
        for label, count in votes.items():
            if count:
                yield Said(replace(sample, weight=sample.weight * count), label)


def _others(samples: Sequence[Sample]) -> Iterator[tuple[Sample, str, float, dict[str, float]]]:
    """Yield each sample with what some said, how many they are, and the votes without one of them."""
    for sample, votes in _counted(samples):
        if sum(votes.values()) > 1:
            for label, count in votes.items():
                if count:
                    yield sample, label, count, {**votes, label: count - 1}


def _votes_of_others(samples: Sequence[Sample]) -> Iterator[Said]:
    for sample, label, count, others in _others(samples):
        weight = sample.weight * count / (sum(others.values()) + 1)
        yield Said(replace(sample, gold=replace(sample.gold, votes=others), weight=weight), label)


def _without(rule: Rule, samples: Sequence[Sample], question: Question) -> Iterator[Said]:
    for sample, label, count, others in _others(samples):
        gold = _ruled(rule, others, sample.gold, question)
        if gold is not None:
            yield Said(replace(sample, gold=gold, weight=sample.weight * count), label)


def _ruled(rule: Rule, others: Mapping[str, Any], gold: Gold, question: Question) -> Gold | None:
    """Return the gold that the rule makes of what the others said, None where it makes none that can be answered."""
    made = rule.function(others, question.labels)
    return None if made is None else replace(gold, **{FIELDS[rule.gives]: made})


# -- ratings ---------------------------------------------------------------------------------------------------------


def _annotators(samples: Sequence[Sample], rule: Rule | None, question: Question) -> list[list[Said]]:
    """Return what each annotator said, against gold, or against what the rule makes of the others' ratings."""
    found: dict[str, list[Said]] = {}
    for sample in samples:
        ratings = sample.gold.ratings or {}
        for annotator, rating in ratings.items():
            others = {name: given for name, given in ratings.items() if name != annotator}
            gold = sample.gold if rule is None else others and _ruled(rule, others, sample.gold, question)
            gold = _on_rated(gold, rating) if gold else None
            if gold:
                found.setdefault(annotator, []).append(Said(replace(sample, gold=gold), rating))
    return list(found.values())


def _on_rated(gold: Gold, rating: Mapping[str, float] | str) -> Gold | None:
    """Return gold on the levels that the annotator rated; None where there is none of these."""
    if isinstance(rating, str) or gold.levels is None:
        return gold
    both = {name: level for name, level in gold.levels.items() if name in rating}
    return replace(gold, levels=both) if both else None
