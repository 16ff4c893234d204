"""What others than the task's own parser and metrics found of a run, added to its results: judges and extractors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from affectbench.judging import clue_ranks, extracted, scores
from affectbench.records import Key, Record
from affectbench.scoring import Question
from affectbench.types import Sample


def added(
    results: dict[str, Any], record: Record, run: tuple[Sequence[Sample], Sequence[Key]], question: Question
) -> dict[str, Any]:
    """Return the results of a run with what its judges found under `judged`, its extractors under `extracted`.

    `run` are its samples and the keys of its answers. Results of a run that nobody judged stay as they are.
    """
    samples, keys = run
    facts, folder, more = record.manifest, record.folder, {}
    if facts.get("judges"):
        found = scores.documents(folder, facts, samples, lambda: record.outcomes(keys))
        more["judged"] = clue_ranks.beside(found, folder, facts, (samples, list(record.outcomes(keys)), question))
    if facts.get("extractors"):
        more["extracted"] = list(extracted.documents(folder, facts, (samples, list(record.outcomes(keys))), question))
    return {**results, **more}
