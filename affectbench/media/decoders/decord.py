"""Decord (its kept fork `decord2`), which turns frames upright itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from affectbench.errors import MediaError
from affectbench.media.timeline import Timeline


def frames(path: Path, line: Timeline, places: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the frames at `places`. Raises MediaError."""
    import decord

    decord.logging.set_level(decord.logging.QUIET)
    try:
        reader = decord.VideoReader(str(path), num_threads=1)
        for place in places:  # one by one: a batch would hold them all
            yield reader[place].asnumpy()
    except (decord.DECORDError, RuntimeError, IndexError) as error:
        raise MediaError("truncated", f"decord: {str(error).strip().splitlines()[-1][:200]}") from None
