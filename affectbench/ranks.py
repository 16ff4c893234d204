"""A run split over the ranks of `torchrun`: each carries out its shard, and the first joins them into one run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from affectbench.datasets import Shard
from affectbench.errors import AffectbenchError, UsageError
from affectbench.merging import merge
from affectbench.pipeline import Run
from affectbench.records import read_results

LONGEST = timedelta(days=30)
"""How long the first rank waits for the slowest."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks that carry out one command together: this one of `size`, counted from 0."""

    rank: int = 0
    size: int = 1

    @classmethod
    def found(cls) -> Ranks:
        """Return what `torchrun` says to the processes that it starts; one rank where nobody says anything."""
        if "TORCHELASTIC_RUN_ID" not in os.environ:
            return cls()
        return cls(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))

    @property
    def first(self) -> bool:
        """Whether this rank is the one that joins and reports."""
        return self.rank == 0

    def shard(self, given: Shard | None) -> Shard | None:
        """Return the shard that this rank carries out. Raises UsageError if `--shard` splits the run as well."""
        if self.size == 1:
            return given
        if given is not None:
            raise UsageError("--shard and torchrun both split the run: leave one of them out")
        return Shard(self.rank + 1, self.size)

    def joined(self, runs: Sequence[Run]) -> list[Run]:
        """Wait for the other ranks; on the first return the runs joined from all ranks' shards, on the others none.

        Raises what `merging.merge` raises, for samples that are missing or doubled among others.
        """
        if self.size == 1:
            return list(runs)
        self._wait()
        return [self._join(run) for run in runs] if self.first else []

    def _join(self, run: Run) -> Run:
        folder = merge(run.folder.with_name(f"shard-{n}-of-{self.size}") for n in range(1, self.size + 1))
        return Run(folder=folder, results=read_results(folder), seconds=run.seconds)

    def _wait(self) -> None:
        """Wait until all ranks are here. Raises AffectbenchError if they do not know of each other."""
        from accelerate import PartialState

        state = PartialState(cpu=True, timeout=LONGEST)  # without `cpu`, ranks on CPUs each think that they are alone
        if (state.process_index, state.num_processes) != (self.rank, self.size):
            raise AffectbenchError(f"rank {self.rank} of {self.size} found only {state.num_processes} ranks at work")
        state.wait_for_everyone()
