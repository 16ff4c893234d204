"""What others than the task's own parser and metrics found of a run, added to its results: judges and extractors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from affectbench.judging import clue_ranks, extracted, heard, scores
from affectbench.records import Key, Record
from affectbench.scoring import Question
from affectbench.types import Sample

Run = tuple[Sequence[Sample], Sequence[Key]]
"""The samples of a run, and the keys of its answers."""


NAMED = ("judge", "judges", "pairs", "extractors")
"""Where a manifest names them: the rubrics of the task, and who has read the run."""


def added(results: dict[str, Any], record: Record, run: Run, question: Question) -> dict[str, Any]:
    """Return the results of a run with what its judges found under `judged`, its extractors under `extracted`.

    The shard of a run is read by them when it is joined: its results stay as they are, as do those of a run that nobody
    is to read.
    """
    facts, folder = record.manifest, record.folder
    awaited = any(facts.get(name) for name in NAMED) or facts["question"].get("judged")
    if facts["variant"].get("shard") or not awaited:
        return results
    samples, keys = run
    answered = samples, list(record.outcomes(keys))
    said = heard.read(folder, facts, samples, lambda: iter(answered[1]))
    results = scores.added(results, record, answered, said)
    if said:
        beside = clue_ranks.beside(results["judged"], scores.everybody(said), answered, question)
        results = {**results, "judged": beside}
    if facts.get("extractors"):
        results = {**results, "extracted": list(extracted.documents(folder, facts, answered, question))}
    return results
