"""What others than the task's own parser and metrics found of a run, added to its results: judges and extractors."""

from __future__ import annotations

from typing import Any

from affectbench.judging import clue_ranks, extracted, heard, scores
from affectbench.records import Record
from affectbench.scoring import Question


def added(results: dict[str, Any], record: Record, run: scores.Run, question: Question) -> dict[str, Any]:
    """Return the results of a run with what its judges found under `judged`, its extractors under `extracted`.

    The shard of a run is read by them when it is joined: its results stay as they are.
    """
    samples, keys = run
    facts, folder = record.manifest, record.folder
    if facts["variant"].get("shard"):
        return results
    said = heard.read(folder, facts, samples, lambda: record.outcomes(keys))
    results = scores.added(results, record, run, said)
    answered = samples, list(record.outcomes(keys))
    if said:
        beside = clue_ranks.beside(results["judged"], scores.everybody(said), answered, question)
        results = {**results, "judged": beside}
    if facts.get("extractors"):
        results = {**results, "extracted": list(extracted.documents(folder, facts, answered, question))}
    return results
