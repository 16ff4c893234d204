"""Decoders of video files: a lazy table. Each gives the frames at places of a timeline, upright, as RGB arrays.

`AFFECTBENCH_DECODER` names one of them; without it PyAV decodes, which is always there and as fast as any. Files about
whose frames or colours the others do not agree (edit lists, AVI and other containers without an index, fields, more
than eight bits, mirrored frames) are left to PyAV; a medium's facts say what decoded it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from affectbench.errors import UsageError, near
from affectbench.media.timeline import Timeline

if TYPE_CHECKING:
    import numpy as np

Decode = Callable[[Path, Timeline, Sequence[int]], "Iterator[np.ndarray]"]

DECODERS = {"pyav": "av", "decord": "decord", "torchcodec": "torchcodec"}
"""Each decoder with the library that it needs."""
DEFAULT = "pyav"
ASKED = "AFFECTBENCH_DECODER"


def asked() -> str:
    """Return the decoder that the environment asks for. Raises UsageError for one that is not known or not there."""
    name = os.environ.get(ASKED) or DEFAULT
    if name not in DECODERS:
        raise UsageError(f"{ASKED}: no decoder {name!r}{near(name, DECODERS)} ({', '.join(DECODERS)})")
    if importlib.util.find_spec(DECODERS[name]) is None:
        how = "pip install 'affectbench[video]'" if name == "decord" else f"pip install {DECODERS[name]}"
        raise UsageError(f"{ASKED}: {name} is not installed: {how}")
    if name == "torchcodec":
        from affectbench.media.decoders import torchcodec

        torchcodec.require()
    return name


def load() -> None:
    """Import the decoder that the environment asks for, which may take longer than a file may."""
    with contextlib.suppress(UsageError):  # it is told where a clip is asked for
        asked()


def chosen(path: Path, line: Timeline) -> str:
    """Return the decoder for a clip: the one asked for, PyAV where that one would show other frames."""
    if (name := asked()) == DEFAULT or not line.plain:
        return DEFAULT
    from affectbench.media.decoders import pyav

    return DEFAULT if pyav.mirrored(path) else name


def decode(name: str, path: Path, line: Timeline, places: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the frames at `places` (ascending): uint8, shape (height, width, 3), red green blue, upright.

    Raises MediaError for a frame that cannot be decoded.
    """
    found: Decode = importlib.import_module(f"affectbench.media.decoders.{name}").frames
    return found(path, line, places)
