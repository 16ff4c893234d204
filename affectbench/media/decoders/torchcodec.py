"""TorchCodec, where it and a system FFmpeg are installed; it turns frames upright itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affectbench.errors import MediaError, UsageError
from affectbench.media.timeline import Timeline


def require() -> Any:
    """Return TorchCodec's decoder. Raises UsageError where it cannot be loaded, as without FFmpeg."""
    try:
        from torchcodec.decoders import VideoDecoder
    except (ImportError, OSError, RuntimeError) as error:
        raise UsageError(f"torchcodec cannot be loaded: {str(error).splitlines()[0]}") from None
    return VideoDecoder


def frames(path: Path, line: Timeline, places: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the frames at `places`. Raises MediaError, UsageError where TorchCodec cannot be loaded."""
    try:
        decoder = require()(str(path), dimension_order="NHWC", num_ffmpeg_threads=1, seek_mode="exact")
        for place in places:
            yield decoder.get_frame_at(place).data.numpy()
    except (RuntimeError, ValueError, IndexError) as error:
        raise MediaError("truncated", f"torchcodec: {str(error).splitlines()[0][:200]}") from None
