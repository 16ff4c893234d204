"""Scores as `results.json` has them, read back: which one is of the whole, which one stands for the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NONE: Mapping[str, Any] = {"value": None, "low": None, "high": None, "interval": None}


def overall(score: Mapping[str, Any]) -> bool:
    """Return whether a score is of all labels, folds and groups."""
    return score["label"] is None and score["fold"] is None and score["group"] is None


def main_score(results: Mapping[str, Any], over: str = "all") -> Mapping[str, Any]:
    """Return the main score of a run over all samples, or over the answered ones (`ok`); NONE where there is none."""
    for score in results["scores"]:
        if score["metric"] == results["main"] and score["over"] == over and overall(score):
            return dict(score)
    return NONE
