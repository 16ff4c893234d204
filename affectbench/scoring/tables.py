"""The metrics that are tables: which labels were answered for which, and how far confidence can be believed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from affectbench.metrics import calibration, find
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import total
from affectbench.scoring.rows import Rows
from affectbench.scoring.scorer import Scorer, number

INVALID = "<invalid>"


def tables(scorer: Scorer, rows: Rows) -> dict[str, dict[str, Any]]:
    """The tables that the question asks for, by name. Repeats count as shares of one answer."""
    made = {"confusion": _confusion, "reliability": _reliability}
    return {name: made[name](scorer, _summed(scorer, rows, name)) for name in made if name in scorer.question.metrics}


def _summed(scorer: Scorer, rows: Rows, name: str) -> Array:
    share = 1 / np.bincount(rows.sample)[rows.sample]
    entry = find(name, scorer.question.form)
    summed: Array = entry.finish()(total(scorer.encoded.statistics(entry, rows.sample, rows.predicted), share))
    return summed


def _confusion(scorer: Scorer, counts: Array) -> dict[str, Any]:
    """Gold labels by answers, the last column every answer that is missing."""
    return {"labels": [*scorer.encoded.names, INVALID], "counts": _whole(counts)}


def _reliability(_: Scorer, bins: Array) -> dict[str, Any]:
    """Samples, mean confidence and accuracy of each bin of confidence, the last for missing answers."""
    count, confidence, right = bins.T
    edges = [f"{place / calibration.BINS:.3f}" for place in range(calibration.BINS + 1)]
    return {
        "labels": [*map("–".join, pairwise(edges)), INVALID],
        "counts": _whole(count),
        "confidence": [number(value) for value in confidence],
        "accuracy": [number(value) for value in right],
    }


def _whole(counts: Array) -> Any:
    """Integers where all are."""
    rounded = counts.round()
    near = bool(np.abs(counts - rounded).max() < 1e-9)
    return (rounded.astype(np.int64) if near else counts).tolist()
