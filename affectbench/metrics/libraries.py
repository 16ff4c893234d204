"""Libraries that some metrics are counted by (extra `text`), imported when such a metric is computed and not before."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from affectbench.errors import UsageError


def absence(library: str) -> str:
    """What to say if a library, by its name in the registry, is not installed; empty if it is.

    >>> absence("numpy"), absence("no-such-library")
    ('', "no-such-library is not installed: pip install 'affectbench[text]'")
    """
    if find_spec(library.replace("-", "_")) is not None:
        return ""
    return f"{library} is not installed: pip install 'affectbench[text]'"


def load(library: str, module: str) -> Any:
    """Import a module of a library. Raises UsageError, with what to install, where it is absent."""
    try:
        return import_module(module)
    except ImportError:
        raise UsageError(absence(library) or f"{module} cannot be imported, though {library} is installed") from None
