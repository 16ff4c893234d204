"""The seed of an answer that is drawn: its own, so that it does not depend on what else is asked at the time."""

from __future__ import annotations

import zlib

from affectbench.types import Prompt


def seed(prompt: Prompt) -> int:
    """Return the seed of one sample's repeat, 0 to 2³²−1, from the seed of the settings."""
    return zlib.crc32(f"{prompt.settings.seed or 0}/{prompt.repeat}/{prompt.sample_id}".encode())
