"""One class for all metrics: what it is given, by form, and what it computes, by the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
import numpy as np

from affectbench import metrics
from affectbench.metrics import Entry
from affectbench.metrics.classification import codes
from affectbench.metrics.ratios import mean_defined
from affectbench.metrics.resample import total

FORMS = ("choice", "labels", "levels", "open", "text")
TEXT, TEXTS, NUMBER, NUMBERS = "text", "texts", "number", "numbers"
GIVEN: dict[str, tuple[str, str]] = {  # by form: a row of the references and of the predictions
    "choice": (TEXT, TEXT),
    "labels": (TEXTS, TEXTS),
    "levels": (f"{NUMBER} {NUMBERS}", f"{NUMBER} {NUMBERS}"),
    "open": (TEXTS, TEXTS),
    "text": (TEXT, TEXT),
}
OTHERWISE: dict[tuple[str, str], tuple[str, str]] = {  # by form and module
    ("choice", "soft_labels"): (NUMBERS, f"{TEXT} {NUMBERS}"),
    ("choice", "soft_sets"): (NUMBERS, f"{TEXT} {NUMBERS}"),
    ("choice", "calibration"): (TEXT, NUMBERS),
    ("choice", "ranking"): (TEXT, NUMBERS),
    ("choice", "reliance"): (TEXTS, TEXT),
    ("choice", "conflict"): (TEXTS, TEXT),
    ("choice", "answer_pairs"): (TEXTS, TEXT),
    ("labels", "ranking"): (TEXTS, NUMBERS),
    ("levels", "raters"): (NUMBERS, NUMBER),
    **{("text", module): (TEXTS, TEXTS) for module in ("clue_overlap", "clue_channels", "faithfulness", "modalities")},
    ("text", "conclusions"): (TEXTS, TEXT),
    ("open", "wheel_words"): (f"{TEXTS} {TEXT}", TEXTS),
    ("open", "wheels"): (f"{TEXTS} {TEXT}", TEXTS),
}
BY_LABEL = {("choice", "soft_labels"), ("choice", "soft_sets"), ("choice", "calibration")}
BY_LABEL |= {(form, "ranking") for form in ("choice", "labels")}  # numbers stand for labels


class AffectbenchMetric(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """A metric of the table as an `evaluate.Metric`."""

    def __init__(self, entry: Entry, names: Any, **more: Any) -> None:
        self.entry, self.names = entry, names
        super().__init__(**{"keep_in_memory": True, **more})
        self.info.module_name = entry.name

    def _info(self) -> evaluate.MetricInfo:
        references, predictions = _given(self.entry)
        features = [
            datasets.Features({"predictions": _feature(given), "references": _feature(gold)})
            for given in predictions.split()
            for gold in references.split()
        ]
        about = f"{self.entry.title}. A missing answer counts as: {self.entry.missing}."
        return evaluate.MetricInfo(
            description=self.entry.finish().__doc__ or about,
            citation="",
            inputs_description=about,
            features=features if len(features) > 1 else features[0],
        )

    def _compute(self, predictions: Any, references: Any) -> dict[str, Any]:
        gold, said = self._read(references), self._read(predictions)
        if self.entry.module in ("reliance", "conflict"):
            gold = np.stack([codes(column, self.names) for column in zip(*gold, strict=True)], axis=1)
        sums = total(self.entry.load().statistics(gold, said, self.names))
        value = np.asarray(self.entry.finish()(sums), np.float64)
        if self.entry.table:
            return {self.entry.name: value.tolist()}
        found = {self.entry.name: float(mean_defined(value.reshape(-1)))}
        return {**found, f"{self.entry.name}_by_label": value.tolist()} if self.entry.per_label else found

    def _read(self, column: Sequence[Any]) -> Any:
        """A column as the metric takes it: numbers by label where they stand for labels."""
        first = next(iter(column), None)
        if not isinstance(first, list | np.ndarray) or (len(first) and isinstance(first[0], str)):
            return list(column)
        if (self.entry.forms[0], self.entry.module) in BY_LABEL and _numeric(first):
            return [dict(zip(self.names, map(float, row), strict=True)) if len(row) else None for row in column]
        return np.array(column, np.float64) if self.entry.forms[0] == "levels" else list(column)


def module(name: str, names: Any, form: str | None) -> AffectbenchMetric:
    """Return the metric; see `affectbench.evaluate_modules.load`."""
    forms = [one for one in FORMS if name in metrics.names(one)]
    return AffectbenchMetric(metrics.find(name, form or (forms[0] if forms else FORMS[0])), names)


def _numeric(row: Any) -> bool:
    return bool(len(row)) and isinstance(row[0], float | int | np.number)


def _given(entry: Entry) -> tuple[str, str]:
    form = entry.forms[0]
    return OTHERWISE.get((form, entry.module), GIVEN[form])


def _feature(kind: str) -> Any:
    one = datasets.Value("string" if kind in (TEXT, TEXTS) else "float64")
    return datasets.Sequence(one) if kind in (TEXTS, NUMBERS) else one
