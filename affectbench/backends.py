"""The table of backends: where each is built. It imports none of them, so that lists of models answer at once.

Another package offers a backend by an entry point in the group `affectbench.models`, whose name is the backend's and
whose value is its `build(card, facts)`.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass

from affectbench.errors import UsageError, near

GROUP = "affectbench.models"


@dataclass(frozen=True, slots=True)
class Backend:
    """A table line: where `build` is, the version of what it sends and reads, and whether it runs in this process.

    `supports` is what all its models can do; the others' cards say what their server can.
    """

    build: str
    version: str
    in_process: bool = True
    supports: tuple[str, ...] = ()


BACKENDS: Mapping[str, Backend] = {
    "baseline": Backend("affectbench.models.baseline:build", "1"),
    "hf": Backend("affectbench.models.hf:build", "2", supports=("choice", "logprobs")),
    "litellm": Backend("affectbench.models.litellm:build", "1", in_process=False),
    "openai": Backend("affectbench.models.openai_api:build", "1", in_process=False),
    "replay": Backend("affectbench.models.replay:build", "1"),
    "vllm": Backend("affectbench.models.vllm:build", "1", supports=("choice", "json", "logprobs")),
}


def is_local(backend: str) -> bool:
    """Whether a backend's models run in this process: what they are sent stays here, and their calls cost no money."""
    known = BACKENDS.get(backend)
    return known is not None and known.in_process


def installed(backend: str) -> importlib.metadata.EntryPoint:
    """Return the entry point of a backend of another package. Raises UsageError with near names if there is none."""
    points = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    if backend not in points:
        known = sorted({*BACKENDS, *points})
        raise UsageError(f"unknown backend {backend!r}{near(backend, known)} (there are {', '.join(known)})")
    return points[backend]


def names() -> list[str]:
    """Return the names of all backends, the installed packages' among them."""
    return sorted({*BACKENDS, *(point.name for point in importlib.metadata.entry_points(group=GROUP))})
