"""From a bound dataset to samples: `read`, `check`, `mock`, `fill`, `locate`, and the choice of samples."""

from affectbench.datasets.bound import Bound, bind, draw, drawn_ahead, fingerprint, source_of
from affectbench.datasets.check import Report, check
from affectbench.datasets.folders import Folders, locate
from affectbench.datasets.mock import Mocked, fill, is_mock, mock
from affectbench.datasets.reading import read, read_samples
from affectbench.datasets.selection import Shard, ShotPool, limited, subset
from affectbench.datasets.source import Reading, Source
from affectbench.datasets.varying import Ablation, ablated, perturbed, with_frames

__all__ = [
    "Ablation",
    "Bound",
    "Folders",
    "Mocked",
    "Reading",
    "Report",
    "Shard",
    "ShotPool",
    "Source",
    "ablated",
    "bind",
    "check",
    "draw",
    "drawn_ahead",
    "fill",
    "fingerprint",
    "is_mock",
    "limited",
    "locate",
    "mock",
    "perturbed",
    "read",
    "read_samples",
    "source_of",
    "subset",
    "with_frames",
]
