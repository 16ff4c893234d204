"""How far clues and a judge rank the answers of a run alike: rank correlations over the answers that both scored.

The metrics of clues are taken answer by answer. Where samples hang together (one person, one film), all answers of
one are resampled together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affectbench.judging import agreement
from affectbench.judging.scores import Table, tables
from affectbench.metrics.ratios import Array
from affectbench.scoring import Question
from affectbench.scoring.forms import encode
from affectbench.scoring.rows import Design
from affectbench.types import Outcome, Sample

MODULE = "clue_overlap"
"""Of the metrics that are compared: each has a value for each answer."""

Judged = tuple[Sequence[Sample], Sequence[Outcome], Question]


def beside(
    documents: list[dict[str, Any]], folder: Path, facts: Mapping[str, Any], run: Judged
) -> list[dict[str, Any]]:
    """Return what judges found with `clue_agreement` in each document; as it is where the task has no clues.

    `documents` are those of `scores.documents`, `run` the samples of the run, its outcomes and its question.
    """
    samples, outcomes, question = run
    if question.form != "text" or question.lexicon is None:
        return documents
    clues = by_answer(run)
    unit = Design(samples, by_fold=False).unit
    found = tables(folder, facts, samples, lambda: iter(outcomes))
    return [
        {**document, "clue_agreement": list(_of_table(scale, table, clues, unit))}
        for document, (scale, table) in zip(documents, found, strict=True)
    ]


def by_answer(run: Judged) -> dict[str, Array]:
    """Return the value of each metric of clues for each answer, as rows of a judge's table come; NaN without one.

    A metric that is undefined for an answer is NaN as well.
    """
    samples, outcomes, question = run
    entries = [entry for entry in question.entries() if entry.module == MODULE]
    place = {sample.id: index for index, sample in enumerate(samples)}
    kept = {(o.id, o.repeat): o for o in outcomes if o.id in place}
    asked = {sample for sample, _ in kept}
    keys = sorted(
        [*kept, *((sample.id, 0) for sample in samples if sample.id not in asked)],
        key=lambda key: (place[key[0]], key[1]),
    )
    texts: list[Any] = [None] * len(keys)
    for row, key in enumerate(keys):
        outcome = kept.get(key)
        if outcome is not None and outcome.status == "ok" and outcome.parsed is not None:
            texts[row] = outcome.parsed.value
    said = np.fromiter(texts, object, len(texts))
    encoded = encode(question, samples)
    where = np.array([place[name] for name, _ in keys], np.intp)
    there = np.array([text is not None for text in texts])
    found = {}
    for entry in entries:
        rows: Any = encoded.statistics(entry, where, said)
        found[entry.name] = np.where(there, np.asarray(entry.finish()(rows), np.float64), np.nan)
    return found


def _of_table(scale: Sequence[str], table: Table, clues: Mapping[str, Array], unit: Any) -> Iterator[dict[str, Any]]:
    """Yield Spearman's and Kendall's correlation of each metric with each scale."""
    for column, name in enumerate(scale):
        given = np.isfinite(table.scores[:, column])
        for metric, values in clues.items():
            both = given & np.isfinite(values)
            ratings = np.stack([values[both], table.scores[both, column]])
            units = unit[table.sample[both]]
            yield {
                "scale": name,
                "metric": metric,
                "spearman": agreement.measured(agreement.rank, ratings, units),
                "kendall": agreement.measured(agreement.tau, ratings, units),
            }
