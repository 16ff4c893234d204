"""affectbench: how well does a multimodal model read human affect, by whose protocol, with what uncertainty.

`run`, `judge`, `merge`, `score`, `reread`, `measured`, `compare`, `groups`, `load_samples` and `load_runs` do from
Python what the command line does; `metrics` holds the metrics. Nothing is imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affectbench import metrics
    from affectbench.api import compare, groups, judge, load_runs, load_samples, measured, merge, reread, run, score

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "compare",
    "groups",
    "judge",
    "load_runs",
    "load_samples",
    "measured",
    "merge",
    "metrics",
    "reread",
    "run",
    "score",
]


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return importlib.import_module("affectbench.metrics")
    if name in __all__:
        return getattr(importlib.import_module("affectbench.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
