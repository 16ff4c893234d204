"""The processes that build a board: as many as there are to spare, started once, and only for work that is worth it."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Any, Self

AT_ONCE = 50
"""So many runs a process takes at a time."""

ENOUGH = 4
"""Processes are worth their start from so many such portions on."""


class Workers:
    """Processes that end with the block in which they are used."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Any], Any], items: Sequence[Any], at_once: int = AT_ONCE) -> Iterator[Any]:
        """Yield a function's values in order; a process takes `at_once` items at a time."""
        if self._pool is None and self.processes > 1 and len(items) >= ENOUGH * at_once:
            context = multiprocessing.get_context("spawn")  # a fork of a process that has threads may hang
            self._pool = ProcessPoolExecutor(self.processes, mp_context=context, initializer=_less_often)
        if self._pool is None:
            return map(function, items)
        return self._pool.map(function, items, chunksize=at_once)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=error is not None)


def _less_often() -> None:
    """Have this process look for cycles less often: parsing documents makes many values and no cycles."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
