"""What scoring is given and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from affectbench.errors import UsageError
from affectbench.metrics import Entry, faults, find
from affectbench.types import Form, Score, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What decides the numbers of a task: the answer form, its labels or ranges of levels, and the metrics.

    `labels` are names in declared order (samples may bring options of their own); `levels` are (name, low, high).
    `folds`: `mean` scores each fold and averages, `pooled` scores all samples together. Raises UsageError if a metric
    is unknown or not legal for the form.
    """

    form: Form
    metrics: tuple[str, ...]
    main: str
    labels: tuple[str, ...] = ()
    levels: tuple[tuple[str, float, float], ...] = ()
    target: str = ""
    protocol: str | None = None
    folds: Literal["mean", "pooled"] = "pooled"
    seed: int = 0
    resamples: int = 1000

    def __post_init__(self) -> None:
        found = faults(self.form, self.metrics, self.main)
        if found:
            raise UsageError("; ".join(found))

    def entries(self) -> list[Entry]:
        """The metrics that are numbers, in the task's order, each once."""
        found = [find(name, self.form) for name in dict.fromkeys(self.metrics)]
        return [entry for entry in found if not entry.table]


class Answer(NamedTuple):
    """One answer as scoring needs it; `value` is as in `Parsed` and is read only where `status` is `ok`."""

    id: str
    repeat: int
    status: Status
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Scores, `tables` (`confusion`: labels, counts), `baselines` (`chance`, `majority`, `human`: metric to value)."""

    scores: list[Score]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    baselines: dict[str, dict[str, float | None]] = field(default_factory=dict)
