"""A backend that dies, as a package: what it does is written in its card's `engine`. It answers by the sample's id."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from affectbench.errors import FatalModelError, MediaError
from affectbench.models import TaskFacts
from affectbench.specs.model import ModelSpec
from affectbench.types import Prompt, Response, Usage

ENTRY = "[affectbench.models]\ndeadly = tests.deadly:build\n"
METADATA = "Metadata-Version: 2.1\nName: deadly\nVersion: 1.0\n"


def install(folder: Path) -> Path:
    """Write what makes the backend an installed package of whoever has `folder` on the path."""
    info = folder / "deadly-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY)
    return folder


def build(card: ModelSpec, facts: TaskFacts) -> Deadly:
    return Deadly(card, facts.asked.options)


@dataclass
class Deadly:
    """`engine`: `log` a file, `loading` dies|fatal, and ids of samples over which it `kills`, `breaks` or `stops`."""

    card: ModelSpec
    options: tuple[str, ...]
    in_flight: int = 4
    observes: bool = True
    engine: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.engine = self.card.engine

    async def __aenter__(self) -> Self:
        self._note("load")
        if self.engine.get("loading") == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.engine.get("loading") == "fatal":
            raise FatalModelError("there are no such weights")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._note("leave")

    async def generate(self, prompt: Prompt) -> Response:
        self._note(prompt.sample_id)
        await asyncio.sleep(self.engine.get("seconds", 0.02))
        if prompt.sample_id in self.engine.get("kills", ()):
            os.kill(os.getpid(), signal.SIGKILL)
        if prompt.sample_id in self.engine.get("breaks", ()):
            raise MediaError("truncated", "the picture ends before its end")
        if prompt.sample_id in self.engine.get("stops", ()):
            raise FatalModelError("the key was revoked")
        if self.card.key_env and not os.environ.get(self.card.key_env):
            raise FatalModelError("there is no key")
        tokens = sum(40 if part.media else 8 for message in prompt.messages for part in message.parts)
        return Response(text=self._answer(prompt), finish="stop", usage=Usage(prompt_tokens=tokens), seconds=0.0)

    def _answer(self, prompt: Prompt) -> str:
        number = int("".join(c for c in prompt.sample_id if c.isdecimal()) or 0)
        return self.options[number * 7 // 3 % len(self.options)]

    def _note(self, what: str) -> None:
        if log := self.engine.get("log"):
            with Path(log).open("a") as file:
                file.write(f"{os.getpid()} {what}\n")
