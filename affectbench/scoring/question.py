"""What scoring is given and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from affectbench.errors import UsageError
from affectbench.metrics import Entry, absent, faults, find, need_lexicon
from affectbench.types import Form, Score, Status

APART = "apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What decides the numbers of a task: the answer form, its labels or ranges of levels, and the metrics.

    `labels` are names in declared order (samples may bring options of their own); `levels` are (name, low, high).
    `folds`: `mean` scores each fold and averages, `pooled` scores all samples together. `lexicon` is the
    `metrics.lexicon.Lexicon` by which words are compared, of a text the reader of rationales. `people` says what
    gold has to do with people's votes or ratings beside it: the rule by which it follows from them, or `APART`,
    where it does not. Raises UsageError if a metric is unknown, not legal for the form, or lacks its lexicon, its
    library or a label that it needs.
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
    lexicon: Any = field(default=None, compare=False)
    people: str | None = None

    def __post_init__(self) -> None:
        found = faults(self.form, self.metrics, self.main, self.labels, self.folds)
        if self.lexicon is None and need_lexicon(self.form, self.metrics):
            found.append("words are compared by a lexicon, and none is given")
        found += absent(self.form, self.metrics)
        if found:
            raise UsageError("; ".join(found))

    def entries(self) -> list[Entry]:
        """The metrics that are numbers, in the task's order, each once."""
        found = [find(name, self.form) for name in dict.fromkeys(self.metrics)]
        return [entry for entry in found if not entry.table]

    def main_entry(self) -> Entry:
        """The metric that ranks."""
        return find(self.main, self.form)

    def judging(self) -> list[Entry]:
        """Those of `entries` of which more, or less, is better; the others describe the answers."""
        return [entry for entry in self.entries() if entry.better != "neither"]


class Answer(NamedTuple):
    """One answer as scoring needs it; `value` and `scores` are as in `Parsed`, read only where `status` is `ok`.

    `turned`: the value is a compound label, and the reply named its parts in another order.
    """

    id: str
    repeat: int
    status: Status
    value: Any = None
    scores: Mapping[str, float] | None = None
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Scores, tables, baselines (a line's name: metric to value) and how each value was found, the groups, and `above`:

    whether the main score is better than the best baseline. docs/results.md describes them key by key.
    """

    scores: list[Score]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    baselines: dict[str, dict[str, float | None]] = field(default_factory=dict)
    baselines_by: dict[str, dict[str, str]] = field(default_factory=dict)
    above: dict[str, Any] | None = None
    groups: list[dict[str, Any]] = field(default_factory=list)
