"""Selection: parts of a split, and solved examples, chosen by digests: the same seed chooses the same samples."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import zip_longest
from typing import TypeVar

from affectbench.errors import UsageError
from affectbench.specs.task import Shots, Subset
from affectbench.types import Sample

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


def draw(seed: int, identifier: str) -> bytes:
    """Return where a sample stands in the seed's order of samples, independent of all other samples."""
    return blake2b(f"{seed}\\0{identifier}".encode(), digest_size=16).digest()


def subset(samples: Sequence[Sample], keys: Sequence[str], wanted: Subset) -> list[Sample]:
    """Return `n` drawn samples or each `every`-th, both within each value of `keys` (or of all), in the old order."""
    places: dict[str, list[int]] = defaultdict(list)
    for index in range(len(samples)):
        places[keys[index] if keys else ""].append(index)
    kept: list[int] = []
    for indices in places.values():
        if wanted.n is not None:
            kept += sorted(indices, key=lambda index: draw(wanted.seed, samples[index].id))[: wanted.n]
        else:
            kept += indices[:: wanted.every]
    return [samples[index] for index in sorted(kept)]


def limited(samples: Sequence[Sample], n: int, seed: int = 0) -> list[Sample]:
    """Return `n` drawn samples in the old order; what a smaller `n` draws is always among what a larger one draws."""
    order = sorted(range(len(samples)), key=lambda index: draw(seed, samples[index].id))
    return [samples[index] for index in sorted(order[:n])]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `of` shares of a run: every `of`-th sample from the `index`-th on, counted from 1.

    >>> Shard(2, 3).take("abcdefgh")
    ['b', 'e', 'h']
    """

    index: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """Read `I/N`. Raises UsageError for anything else."""
        found = re.fullmatch("([0-9]{1,6})/([0-9]{1,6})", text)
        index, of = map(int, found.groups()) if found else (0, 0)
        if not 1 <= index <= of:
            raise UsageError(f"shard {text!r}: expected I/N with I from 1 to N, such as 1/4 for the first of four")
        return cls(index, of)

    def take(self, samples: Sequence[Item]) -> list[Item]:
        """Return this share of the samples, in their order."""
        return list(samples[self.index - 1 :: self.of])

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


class ShotPool:
    """Chooses the solved examples of each sample from another split."""

    def __init__(self, pool: Sequence[Sample], shots: Shots) -> None:
        self.n = shots.n
        drawn = sorted(pool, key=lambda sample: draw(shots.seed, sample.id))
        self.order = _in_turn(drawn) if shots.by == "label" else drawn

    def of(self, sample: Sample) -> tuple[Sample, ...]:
        """Return the first `n` of the order that are neither `sample` itself, nor of its cluster or media."""
        chosen: list[Sample] = []
        for other in self.order:
            if len(chosen) == self.n:
                break
            if not _related(sample, other):
                chosen.append(other)
        return tuple(chosen)


def _in_turn(drawn: Sequence[Sample]) -> list[Sample]:
    """Return the samples so that the labels come in turn."""
    by_label: dict[str, list[Sample]] = defaultdict(list)
    for sample in drawn:
        by_label[sample.gold.label or ""].append(sample)
    rounds = zip_longest(*(by_label[label] for label in sorted(by_label)))
    return [sample for turn in rounds for sample in turn if sample is not None]


def _related(sample: Sample, other: Sample) -> bool:
    same_cluster = sample.cluster is not None and sample.cluster == other.cluster
    shared = {(media.root, media.path) for media in sample.media if media.path} & {
        (media.root, media.path) for media in other.media if media.path
    }
    return sample.id == other.id or same_cluster or bool(shared)
