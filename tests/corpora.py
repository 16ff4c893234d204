"""A corpus of a few files and its dataset file, written by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench.datasets import Reading, Source, read
from affectbench.labels import LabelSet
from affectbench.specs.base import read_text
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Sample


def labels(name: str, *written: str) -> LabelSet:
    """A label set from `code=name` or `name`."""
    pairs = [text.rpartition("=") for text in written]
    names = tuple(name for _, _, name in pairs)
    return LabelSet(name, names, tuple(code or None for code, _, _ in pairs), ((),) * len(names))


MOODS = labels("moods", "1=happy", "2=sad", "3=angry")


@dataclass(frozen=True)
class Corpus:
    spec: DatasetSpec
    root: Path

    def source(self, **wanted: Any) -> Source:
        given = {"roots": {"d": self.root}, "labels": {"moods": MOODS}, **wanted}
        return Source(spec=self.spec, **given)

    def read(self, **wanted: Any) -> Reading:
        return read(self.source(**wanted))

    def samples(self, **wanted: Any) -> list[Sample]:
        return self.read(**wanted).samples

    def one(self, **wanted: Any) -> Sample:
        (sample,) = self.samples(**wanted)
        return sample


Builder = Callable[..., Corpus]


def builder(root: Path) -> Builder:
    """Return what writes files (name → text or bytes) below `root` and reads the dataset file of a `read` block."""

    def build(text: str, files: Mapping[str, str | bytes], top: str = "splits: {all: }") -> Corpus:
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            place = root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        block = "\n".join(f"  {line}" for line in text.strip("\n").splitlines())
        whole = f"{top}\nread:\n{block}\n" if text else f"{top}\n"
        return Corpus(read_text(whole, DatasetSpec, "d").spec, root.resolve())

    return build
