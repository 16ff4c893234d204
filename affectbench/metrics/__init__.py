"""Metrics: pure functions on arrays, found by name in a table that imports nothing.

A module of this folder holds one kind of statistics and the metrics of their sum: `statistics(gold, predicted,
names)` gives one row a sample, and each metric maps the summed rows to its value. To add a metric, write one function
in the module whose statistics it needs and one line in `table`. `affectbench.metrics.uar(gold, predicted, labels)`
calls any of them on plain lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from affectbench.errors import near
from affectbench.metrics import libraries
from affectbench.metrics.table import ENTRIES, Entry

__all__ = ["ENTRIES", "Entry", "absent", "faults", "find", "names", "need_lexicon"]

_BY_NAME: dict[tuple[str, str], Entry] = {(entry.name, form): entry for entry in ENTRIES for form in entry.forms}


def names(form: str | None = None) -> tuple[str, ...]:
    """The metrics that are legal for an answer form, or all of them, in the order of the table."""
    return tuple(dict.fromkeys(entry.name for entry in ENTRIES if form is None or form in entry.forms))


def find(name: str, form: str) -> Entry:
    """The metric called `name` for this answer form; KeyError says what is wrong with the name."""
    if (name, form) not in _BY_NAME:
        raise KeyError(_fault(name, form))
    return _BY_NAME[name, form]


def faults(form: str, wanted: Iterable[str], main: str, labels: Iterable[str] = (), folds: str = "") -> list[str]:
    """What is wrong with the metrics of a task, one sentence a fault; empty if nothing is.

    Without `labels` it is not asked whether a metric has those that it needs. `folds` are a `mean` or `pooled`.
    """
    wanted, labels = list(wanted), list(labels)
    found = [_fault(name, form) for name in dict.fromkeys([*wanted, main]) if (name, form) not in _BY_NAME]
    if main not in wanted:
        found.append(f"main metric {main!r} is not among the metrics {', '.join(wanted) or '(none)'}")
    first = _BY_NAME.get((main, form))
    if first and first.table:
        found.append(f"main metric {main!r} is a table; choose a number such as {names(form)[0]!r}")
    if first and first.better == "neither":
        found.append(f"main metric {main!r} describes answers, more is neither better nor worse; choose another")
    known = [_BY_NAME[name, form] for name in wanted if (name, form) in _BY_NAME]
    return found + [fault for entry in known for fault in _unfit(entry, labels, folds)]


def _unfit(entry: Entry, labels: list[str], folds: str) -> Iterator[str]:
    """What a legal metric lacks in this task."""
    if labels and not {label.casefold() for label in labels}.issuperset(entry.labels):
        needed = " and ".join(entry.labels)
        yield f"metric {entry.name!r} needs the labels {needed}; there are: {', '.join(labels)}"
    if entry.pooled and folds == "mean":
        yield f"metric {entry.name!r} is of all folds together: it goes with `folds: pooled`"


def need_lexicon(form: str, wanted: Iterable[str]) -> bool:
    """Whether one of the metrics compares words by a lexicon."""
    return any(_BY_NAME[name, form].lexicon for name in wanted if (name, form) in _BY_NAME)


def absent(form: str, wanted: Iterable[str]) -> list[str]:
    """Which metrics lack a library that must be installed for them, or weights, one sentence a metric."""
    known = [_BY_NAME[name, form] for name in dict.fromkeys(wanted) if (name, form) in _BY_NAME]
    said = {library: libraries.absence(library) for library in {entry.library for entry in known if entry.library}}
    found = [f"metric {entry.name!r}: {said[entry.library]}" for entry in known if said.get(entry.library)]
    weighty = {entry.module: entry for entry in reversed(known) if entry.network}
    return found + [f"metric {e.name!r}: {missing}" for e in weighty.values() if (missing := e.load().absence())]


def _fault(name: str, form: str) -> str:
    if name in names():
        return f"metric {name!r} is not defined for answers of form {form!r}; it has: {', '.join(names(form))}"
    return f"no metric is called {name!r}{near(name, names(form)) or '; there are: ' + ', '.join(names(form))}"


def __getattr__(name: str) -> Callable[..., Any]:
    forms = [form for known, form in _BY_NAME if known == name]
    if not forms:
        raise AttributeError(f"module 'affectbench.metrics' has no attribute {name!r}{near(name, names())}")

    def metric(gold: Any, predicted: Any, names: Any = ()) -> Any:
        entry = _BY_NAME[name, forms[0] if len(forms) == 1 else _form_of(_array(gold, names))]
        return _value(entry, _array(gold, names), _array(predicted, names), names)

    metric.__name__ = metric.__qualname__ = name
    metric.__doc__ = _BY_NAME[name, forms[0]].finish().__doc__
    return metric


def _form_of(gold: Any) -> str:
    """F1 has one name for single labels and for sets: a gold row that is itself a collection is a set."""
    first = next(iter(gold), "")
    return "labels" if hasattr(first, "__len__") and not isinstance(first, str) else "choice"


def _array(value: Any, names: Any) -> Any:
    """A Series or DataFrame of pandas as an array; columns that are called as the labels come in their order."""
    if not hasattr(value, "to_numpy"):
        return value
    columns = list(getattr(value, "columns", ()))
    if columns and isinstance(names, Iterable) and sorted(map(str, names)) == sorted(map(str, columns)):
        value = value[list(names)]
    return value.to_numpy()


def _value(entry: Entry, gold: Any, predicted: Any, names: Any) -> Any:
    resample = import_module("affectbench.metrics.resample")
    value = entry.finish()(resample.total(entry.load().statistics(gold, predicted, names)))
    return value.item() if value.size == 1 else value
