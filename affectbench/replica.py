"""What runs in each process of a cluster: an actor that holds one model. `scale.py` starts these and asks them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from affectbench import __version__
from affectbench.backends import is_local
from affectbench.errors import AffectbenchError, FatalModelError, MediaError, UsageError
from affectbench.models import Model, TaskFacts, build
from affectbench.specs.model import ModelSpec
from affectbench.types import Prompt, Response

Raised = tuple[type[AffectbenchError], tuple[str, ...]]
"""An error that was raised on purpose, as plain values: Ray would wrap it, with the traceback in its message."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an actor takes over from the driver: its folder, and the environment variables with the model's key.

    They go with a call, for what stands in Ray's `runtime_env` is written to its logs.
    """

    folder: str
    secrets: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, card: ModelSpec) -> Place:
        """Take the folder and the key from here; a key only where the model's card or its server needs one."""
        name = card.key_env or (None if is_local(card.backend) else "OPENAI_API_KEY")
        return cls(str(Path.cwd()), {name: os.environ[name]} if name and name in os.environ else {})


class Replica:
    """The actor: a process of its own that holds one model."""

    def __init__(self) -> None:
        self._left = contextlib.AsyncExitStack()
        self._model: Model | None = None

    async def begin(self) -> str:
        """Return this process's version of the package: it has a place."""
        return __version__

    async def load(self, card: ModelSpec, facts: TaskFacts, place: Place) -> Raised | None:
        """Make the model of a card ready for a task."""
        os.environ.update(place.secrets)
        with contextlib.suppress(OSError):  # a machine that lacks the folder has no model in it either
            os.chdir(place.folder)
        await self.leave()
        try:
            self._model = await self._left.enter_async_context(build(card, facts))
        except (FatalModelError, UsageError) as error:
            return FatalModelError, (str(error),)
        return None

    async def generate(self, prompt: Prompt) -> Response | Raised:
        """Answer one prompt."""
        assert self._model is not None
        try:
            return await self._model.generate(prompt)
        except MediaError as error:
            return MediaError, (error.kind, str(error))
        except FatalModelError as error:
            return FatalModelError, (str(error),)

    async def leave(self) -> None:
        """Let the model go. A local one may stay loaded, for the next task."""
        await self._left.aclose()
