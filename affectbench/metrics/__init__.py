"""Metrics: pure functions on arrays, found by name in a table that imports nothing.

A module of this folder holds one kind of statistics and the metrics of their sum: `statistics(gold, predicted,
names)` gives one row a sample, and each metric maps the summed rows to its value. To add a metric, write one function
in the module whose statistics it needs and one line below. `affectbench.metrics.uar(gold, predicted, labels)` calls any
of them on plain lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from affectbench.errors import near

UNBOUNDED = (0.0, float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A metric: where its function is, for which answer forms it is legal, how it reads.

    `missing` names what a sample without an answer counts as. `per_label`: the function gives one value a label, and
    the metric is their mean. `proportion`: a share of independent samples. `linear`: its expectation is its value on
    expected statistics; `chance`: what guessing reaches, where that is known. `evidence`: the function of the module
    that counts the samples on which each label's value rests. `table`: no number but a table.
    """

    name: str
    module: str
    attribute: str
    forms: tuple[str, ...]
    title: str
    missing: str
    version: int = 1
    better: Literal["high", "low"] = "high"
    range: tuple[float, float] = (0.0, 1.0)
    per_label: bool = False
    proportion: bool = False
    linear: bool = False
    chance: float | None = None
    evidence: str = "support"
    table: bool = False

    def load(self) -> Any:
        """The module with `statistics` and `support`."""
        return import_module(f"affectbench.metrics.{self.module}")

    def finish(self) -> Callable[[Any], Any]:
        """The function from summed statistics (..., *shape) to values (...) or, if `per_label`, (..., L)."""
        function: Callable[[Any], Any] = getattr(self.load(), self.attribute)
        return function

    def rests_on(self) -> Callable[[Any], Any]:
        """The function from summed statistics (..., *shape) to samples by label (..., L)."""
        function: Callable[[Any], Any] = getattr(self.load(), self.evidence)
        return function


def _entry(form: str, at: str, title: str, missing: str, **more: Any) -> Entry:
    module, attribute = at.split(".")
    name = more.pop("name", attribute)
    return Entry(name=name, module=module, attribute=attribute, forms=(form,), title=title, missing=missing, **more)


_MISS, _EMPTY, _FAR = "a miss", "empty set", "farthest end"
_CLASS = "classification."
_SET, _SAMPLE = "multilabel.", "label_sets."
_LEVEL = "continuous."
_WORDS, _TEXT = "open_vocabulary.", "text_overlap."

ENTRIES: tuple[Entry, ...] = (
    _entry("choice", _CLASS + "accuracy", "accuracy", _MISS, proportion=True, linear=True),
    _entry("choice", _CLASS + "accuracy", "weighted average recall", _MISS, name="war", proportion=True, linear=True),
    _entry("choice", _CLASS + "uar", "unweighted average recall", _MISS, linear=True),
    _entry("choice", _CLASS + "macro_f1", "F1, mean of the declared classes", _MISS),
    _entry("choice", _CLASS + "macro_f1_present", "F1, mean of the classes in gold", _MISS),
    _entry("choice", _CLASS + "weighted_f1", "F1, weighted by support", _MISS),
    _entry("choice", _CLASS + "micro_f1", "F1 of all classes together", _MISS),
    _entry("choice", _CLASS + "recall", "recall", _MISS, per_label=True, proportion=True, linear=True),
    _entry("choice", _CLASS + "precision", "precision", _MISS, per_label=True, evidence="answered"),
    _entry("choice", _CLASS + "confusion", "confusion table", "<invalid>", table=True),
    _entry("choice", "soft_labels.vote_accuracy", "votes for the answer, mean share", _MISS, linear=True),
    _entry("choice", "soft_labels.vote_accuracy_pooled", "votes for the answer, of all votes", _MISS, linear=True),
    _entry("labels", _SET + "au_f1", "F1 of each label", _EMPTY, per_label=True, evidence="named"),
    _entry("labels", _SET + "macro_f1", "F1, mean of the declared labels", _EMPTY, evidence="named"),
    _entry("labels", _SET + "macro_f1_present", "F1, mean of the labels in gold", _EMPTY, evidence="named"),
    _entry("labels", _SET + "micro_f1", "F1 of all cells together", _EMPTY, evidence="named"),
    _entry("labels", _SET + "weighted_f1", "F1, weighted by support", _EMPTY, evidence="named"),
    _entry("labels", _SET + "hamming", "share of wrong cells", "all cells wrong", better="low", linear=True),
    _entry("labels", _SET + "au_accuracy", "share of right cells", "all cells wrong", per_label=True, linear=True),
    _entry("labels", _SAMPLE + "samples_f1", "F1 of each sample's set", _MISS),
    _entry("labels", _SAMPLE + "samples_f1_zero", "F1 of each sample's set, 0 if both are empty", _MISS),
    _entry("labels", _SAMPLE + "jaccard", "intersection by union", _MISS),
    _entry("labels", _SAMPLE + "jaccard_zero", "intersection by union, 0 if both are empty", _MISS),
    _entry("labels", _SAMPLE + "subset_accuracy", "sets exactly right", _MISS, proportion=True),
    _entry("levels", _LEVEL + "ccc", "concordance correlation", _FAR, range=(-1.0, 1.0), per_label=True, chance=0.0),
    _entry("levels", _LEVEL + "pcc", "Pearson correlation", _FAR, range=(-1.0, 1.0), per_label=True, chance=0.0),
    _entry("levels", _LEVEL + "rmse", "root mean squared error", _FAR, better="low", range=UNBOUNDED, per_label=True),
    _entry("levels", _LEVEL + "mae", "mean absolute error", _FAR, better="low", range=UNBOUNDED, per_label=True),
    _entry("levels", _LEVEL + "sagr", "sign agreement", _MISS, per_label=True),
    _entry("open", _WORDS + "set_f1", "F1 of the words", _EMPTY),
    _entry("open", _WORDS + "set_precision", "precision of the words", _EMPTY),
    _entry("open", _WORDS + "set_recall", "recall of the words", _EMPTY),
    _entry("open", _WORDS + "hit", "at least one word right", _EMPTY, proportion=True),
    _entry("text", _TEXT + "token_f1", "words shared", "no words"),
    _entry("text", _TEXT + "lcs_f1", "words shared in order", "no words"),
)  # fmt: skip

_BY_NAME: dict[tuple[str, str], Entry] = {(entry.name, form): entry for entry in ENTRIES for form in entry.forms}


def names(form: str | None = None) -> tuple[str, ...]:
    """The metrics that are legal for an answer form, or all of them, in the order of the table."""
    return tuple(dict.fromkeys(entry.name for entry in ENTRIES if form is None or form in entry.forms))


def find(name: str, form: str) -> Entry:
    """The metric called `name` for this answer form; KeyError says what is wrong with the name."""
    if (name, form) not in _BY_NAME:
        raise KeyError(_fault(name, form))
    return _BY_NAME[name, form]


def faults(form: str, wanted: Iterable[str], main: str) -> list[str]:
    """What is wrong with the metrics of a task, one sentence a fault; empty if nothing is."""
    wanted = list(wanted)
    found = [_fault(name, form) for name in dict.fromkeys([*wanted, main]) if (name, form) not in _BY_NAME]
    if main not in wanted:
        found.append(f"main metric {main!r} is not among the metrics {', '.join(wanted) or '(none)'}")
    if (main, form) in _BY_NAME and _BY_NAME[main, form].table:
        found.append(f"main metric {main!r} is a table; choose a number such as {names(form)[0]!r}")
    return found


def _fault(name: str, form: str) -> str:
    if name in names():
        return f"metric {name!r} is not defined for answers of form {form!r}; it has: {', '.join(names(form))}"
    return f"no metric is called {name!r}{near(name, names(form)) or '; there are: ' + ', '.join(names(form))}"


def __getattr__(name: str) -> Callable[..., Any]:
    forms = [form for known, form in _BY_NAME if known == name]
    if not forms:
        raise AttributeError(f"module 'affectbench.metrics' has no attribute {name!r}{near(name, names())}")

    def metric(gold: Any, predicted: Any, names: Any = ()) -> Any:
        entry = _BY_NAME[name, forms[0] if len(forms) == 1 else _form_of(gold)]
        return _value(entry, gold, predicted, names)

    metric.__name__ = metric.__qualname__ = name
    metric.__doc__ = _BY_NAME[name, forms[0]].finish().__doc__
    return metric


def _form_of(gold: Any) -> str:
    """F1 has one name for single labels and for sets: a gold row that is itself a collection is a set."""
    first = next(iter(gold), "")
    return "labels" if hasattr(first, "__len__") and not isinstance(first, str) else "choice"


def _value(entry: Entry, gold: Any, predicted: Any, names: Any) -> Any:
    resample = import_module("affectbench.metrics.resample")
    value = entry.finish()(resample.total(entry.load().statistics(gold, predicted, names)))
    return value.item() if value.size == 1 else value
