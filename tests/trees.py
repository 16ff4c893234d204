"""Shipped dataset files over small trees: what tests of them share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from affectbench.catalogue import Catalogue
from affectbench.datasets import Reading, Source, read
from affectbench.labels import LabelSet, label_set
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Media, Sample


@cache
def shipped(name: str) -> DatasetSpec:
    spec: DatasetSpec = Catalogue().load("dataset", name).spec
    return spec


@cache
def labels_of(name: str) -> Mapping[str, LabelSet]:
    """Return the label sets that the targets of a shipped dataset name."""
    catalogue = Catalogue()
    named = {target.label_set for form in shipped(name).forms for target in form.read.targets.values()}
    specs = {x: catalogue.load("labels", x).spec for x in named if x is not None}
    return {x: label_set(spec, lambda other: catalogue.load("labels", other).spec) for x, spec in specs.items()}


def reading(name: str, root: Path, target: str, split: str | None = None, **others: Path) -> Reading:
    roots = {name: root, **others}
    return read(Source(spec=shipped(name), roots=roots, labels=labels_of(name), target=target, split=split))


def by_id(name: str, root: Path, target: str, **others: Path) -> dict[str, Sample]:
    return {sample.id: sample for sample in reading(name, root, target, None, **others).samples}


def gold(samples: Mapping[str, Sample]) -> dict[str, str | None]:
    return {name: sample.gold.label for name, sample in samples.items()}


def only(sample: Sample) -> Media:
    (media,) = sample.media
    return media


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write texts below `root`; the bytes of pictures do not matter, since reading does not open them."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root
