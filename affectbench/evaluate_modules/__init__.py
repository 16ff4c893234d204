"""The metrics as modules of Hugging Face's `evaluate`, made from the table of metrics; `evaluate` is imported late.

    from affectbench import evaluate_modules
    uar = evaluate_modules.load("uar", labels=["anger", "fear"])
    uar.compute(references=["anger", "fear"], predictions=["anger", "anger"])        # {"uar": 0.5}

They work with `evaluate.combine`, offline, and hold what the functions in `affectbench.metrics` hold. A missing answer
is an empty text, NaN, or an empty list; votes and probabilities are numbers in the order of the labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluate import Metric


def load(name: str, names: Any = (), form: str | None = None, *, labels: Sequence[str] = ()) -> Metric:
    """Return the metric `name` as an `evaluate.Metric`.

    `names` is what the plain function takes third: the labels (or `labels=`), the range (low, high) of each level, or a
    lexicon. `form` is the answer form, for the names that choices and sets share; the first one that has it otherwise.
    `compute` gives the value by name and, for metrics by label, all of them as `NAME_by_label`.

    Raises KeyError for an unknown metric, ImportError where `evaluate` is not installed.
    """
    from affectbench.evaluate_modules.module import module

    return module(name, names or tuple(labels), form)
