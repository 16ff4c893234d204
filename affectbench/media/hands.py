"""Who prepares the media: this thread while that takes no time, others as soon as it would keep the rest waiting."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from affectbench import media
from affectbench.types import Decoded, Media

QUICK_S = 0.003
"""A small picture that is sent as it is takes a tenth of this on a local disk; handing it over takes as long again."""
AGAIN = 16
"""After one that was slow, so many go to other threads before the next is tried here."""


@dataclass(slots=True)
class Hands:
    """Prepares media for an event loop. Pictures are read in its own thread as long as they are small and near."""

    elsewhere: int = 0

    async def prepare(self, medium: Media, path: Path | None) -> Decoded:
        """Return the medium as it can be sent. Raises MediaError as `media.prepare` does."""
        if medium.kind != "image" or self.elsewhere:
            self.elsewhere = max(0, self.elsewhere - 1)
            return await asyncio.to_thread(media.prepare, medium, path, observe=True)
        began = time.monotonic()
        try:
            return media.prepare(medium, path, observe=True)
        finally:
            if time.monotonic() - began > QUICK_S:
                self.elsewhere = AGAIN
