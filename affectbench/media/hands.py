"""Who prepares the media: this thread while that takes no time, others as soon as it would keep the rest waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from affectbench import media
from affectbench.media import aside
from affectbench.types import Decoded, Media
from affectbench.views import View

QUICK_S = 0.003
"""A small picture that is sent as it is takes a tenth of this on a local disk; handing it over takes as long again."""
READERS = 8
"""So many pictures are read at once by other threads: as many as are worth it, and no more than fit into memory."""
AGAIN = 16
"""After one that was slow, so many go to other threads before the next is tried here."""


@dataclass(slots=True)
class Hands:
    """Prepares media for an event loop, each as its view shows it (`views`: by the name of the medium).

    Pictures are read in the loop's own thread as long as they are small and near. Clips and sounds wait in threads of
    their own for a process that decodes them, so that nothing else waits behind them.
    """

    views: Mapping[str, View] = field(default_factory=dict)
    elsewhere: int = 0
    reading: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS, "affectbench-pictures"))
    waiting: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(aside.workers(), "affectbench-clips")
    )

    async def prepare(self, medium: Media, path: Path | None) -> Decoded:
        """Return the medium as it can be sent. Raises MediaError as `media.prepare` does."""
        prepare = partial(media.prepare, medium, path, self.views.get(medium.name, media.PLAIN), observe=True)
        loop = asyncio.get_running_loop()
        if not media.is_near(medium):
            return await loop.run_in_executor(self.waiting, prepare)
        if self.elsewhere:
            self.elsewhere -= 1
            return await loop.run_in_executor(self.reading, prepare)
        began = time.monotonic()
        try:
            return prepare()
        finally:
            if time.monotonic() - began > QUICK_S:
                self.elsewhere = AGAIN
