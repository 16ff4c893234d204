"""How far clues and a judge rank the answers of a run alike: rank correlations over the answers that both scored.

The metrics of clues are taken answer by answer. Where samples hang together (one person, one film), all answers of
one are resampled together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affectbench.judging import agreement
from affectbench.judging.heard import Heard
from affectbench.metrics.ratios import Array
from affectbench.scoring import Question
from affectbench.scoring.forms import encode
from affectbench.scoring.rows import Design
from affectbench.types import Outcome, Sample

MODULE = "clue_overlap"
"""Of the metrics that are compared: each has a value for each answer."""

Answered = tuple[Sequence[Sample], Sequence[Outcome]]


def beside(
    documents: list[dict[str, Any]], judges: Sequence[Heard], answered: Answered, question: Question
) -> list[dict[str, Any]]:
    """Return what judges found with `clue_agreement` in each document; as it is where the task has no clues.

    `documents` are what `scores` says of `judges`, one by one; `answered` are the samples of the run and its outcomes.
    """
    if question.form != "text" or question.lexicon is None:
        return documents
    samples, outcomes = answered
    place = {sample.id: index for index, sample in enumerate(samples)}
    where = np.array([place[outcome.id] for outcome in outcomes], np.intp)
    clues = by_answer(answered, where, question)
    units = Design(samples, by_fold=False).unit[where]
    return [
        {**document, "clue_agreement": list(_of_judge(judge, clues, units))}
        for document, judge in zip(documents, judges, strict=True)
    ]


def by_answer(answered: Answered, where: Any, question: Question) -> dict[str, Array]:
    """Return the value of each metric of clues for each outcome, in their order; NaN without an answer.

    `where` are the places of their samples. A metric that is undefined for an answer is NaN as well.
    """
    samples, outcomes = answered
    texts = [one.parsed.value if one.status == "ok" and one.parsed else None for one in outcomes]
    said = np.fromiter(texts, object, len(texts))
    encoded = encode(question, samples)
    there = np.array([text is not None for text in texts])
    found = {}
    for entry in (entry for entry in question.entries() if entry.module == MODULE):
        rows: Any = encoded.statistics(entry, where, said)
        found[entry.name] = np.where(there, np.asarray(entry.finish()(rows), np.float64), np.nan)
    return found


def _of_judge(judge: Heard, clues: Mapping[str, Array], units: Any) -> Iterator[dict[str, Any]]:
    """Yield Spearman's and Kendall's correlation of each metric with each scale."""
    for column, name in enumerate(judge.rubric.scale):
        given = np.array([np.nan if one.value is None else one.value[column] for one in judge.answers], np.float64)
        for metric, values in clues.items():
            both = np.isfinite(given) & np.isfinite(values)
            ratings = np.stack([values[both], given[both]])
            yield {
                "scale": name,
                "metric": metric,
                "spearman": agreement.measured(agreement.rank, ratings, units[both]),
                "kendall": agreement.measured(agreement.tau, ratings, units[both]),
            }
