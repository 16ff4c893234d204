"""What published measures mean: which of our metrics is the same number, under the names that sources print."""

from __future__ import annotations

from collections.abc import Mapping

MEANS: Mapping[str, frozenset[str]] = {
    "accuracy": frozenset({"accuracy", "war"}),
    "WAR": frozenset({"war", "accuracy"}),
    "UAR": frozenset({"uar"}),
    "recall": frozenset({"recall"}),
    "macro F1": frozenset({"macro_f1"}),
    "weighted F1": frozenset({"weighted_f1"}),
    "weighted F1 of the side": frozenset({"polarity_weighted_f1"}),
    "hit rate": frozenset({"wheel_hit"}),
    "F of wheel sets": frozenset({"wheel_f1"}),
    "mean F1 of units": frozenset({"macro_f1"}),
    "F1 of a unit": frozenset({"au_f1"}),
    "CCC": frozenset({"ccc"}),
    "PCC": frozenset({"pcc"}),
    "RMSE": frozenset({"rmse"}),
    "SAGR": frozenset({"sagr"}),
    "MAE": frozenset({"mae"}),
}
"""A measure as it is printed → our metrics that are the same number. WAR is the accuracy over all samples."""

NO_MEASURE: Mapping[str, str] = {
    "F1": "does not say over which average",
    "recognition score": "is a judge's, no comparison of labels",
    "pair accuracy": "counts pairs of questions",
    "ROUGE-L": "depends on stems and on how words are cut",
}
"""Measures that look like one of ours and are not known to be it, with the reason."""
