"""What people reach on the same samples: one person against the others."""

from __future__ import annotations

from collections.abc import Sequence

from affectbench.metrics import soft_labels
from affectbench.scoring.scorer import Line, Scorer, number
from affectbench.types import Sample


def people(scorer: Scorer, samples: Sequence[Sample]) -> Line:
    """A person's votes against the votes of the others of the same sample, for metrics of votes; else empty."""
    entries = [entry for entry in scorer.question.entries() if entry.module == "soft_labels"]
    if not entries:
        return {}
    every = tuple(dict.fromkeys(label for sample in samples for label in sample.gold.votes or {}))
    mean, pooled = soft_labels.one_of_us(soft_labels.matrix([sample.gold.votes or {} for sample in samples], every))
    line = {"vote_accuracy": number(mean), "vote_accuracy_pooled": number(pooled)}
    return {entry.name: line[entry.name] for entry in entries if entry.name in line}
