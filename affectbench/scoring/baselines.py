"""What guessing reaches: chance and the majority answer; beside them, what people reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affectbench.metrics import Entry
from affectbench.metrics.ratios import Array, mean_defined
from affectbench.scoring.people import people
from affectbench.scoring.scorer import Line, Scorer, number
from affectbench.types import Sample

DRAWS = 400  # random answers to every sample at most


def baselines(scorer: Scorer, samples: Sequence[Sample]) -> dict[str, Line]:
    """`chance` and `majority` for every metric, and `human` for those of votes where samples have several."""
    entries = scorer.question.entries()
    lines = {"chance": chance(scorer, entries), "majority": majority(scorer, entries)}
    if line := people(scorer, samples):
        lines["human"] = line
    return lines


def majority(scorer: Scorer, entries: Sequence[Entry]) -> Line:
    """The same answer for all, chosen from gold's frequencies (numbers: the mean)."""
    every, answer = np.arange(scorer.design.size), scorer.encoded.majority()
    return {entry.name: number(scorer.point(entry, every, answer)[-1]) for entry in entries}


def chance(scorer: Scorer, entries: Sequence[Entry]) -> Line:
    """Random answers: known, computed on the expected statistics, or else the mean of draws with a fixed seed."""
    line: Line = {entry.name: entry.chance for entry in entries}
    for entry in entries:
        if entry.linear:
            line[entry.name] = number(scorer.expectation(entry)[-1])
    line.update(_simulated(scorer, [entry for entry in entries if line[entry.name] is None and not entry.linear]))
    return line


def _simulated(scorer: Scorer, entries: Sequence[Entry]) -> Line:
    if not entries:
        return {}
    rng = np.random.default_rng([scorer.question.seed, scorer.design.size])
    every = np.arange(scorer.design.size)
    draws = max(1, min(DRAWS, scorer.encoded.rows // scorer.design.size))
    values: list[list[float]] = []
    for _ in range(draws):
        answer = scorer.encoded.drawn(rng)
        values.append([scorer.point(entry, every, answer)[-1] for entry in entries])
    means: Array = mean_defined(np.array(values), axis=0)
    return {entry.name: number(mean) for entry, mean in zip(entries, means, strict=True)}
