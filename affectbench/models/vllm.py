"""vLLM's own engine, through its asynchronous interface: it batches by itself, in processes of its own.

Samples come in the order of the task, the repeats of one after another and its labels together, so that what their
prompts share is found in the engine's prefix cache.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from affectbench.errors import FatalModelError, MediaError, UsageError
from affectbench.models import TaskFacts
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem, Prompt, Response

if TYPE_CHECKING:
    from affectbench.models.vllm_engine import Engine

IN_FLIGHT = 256
OURS = ("limit_mm_per_prompt", "model", "revision")
"""Options of the engine that come from the task and from other fields of the card."""
_SETTINGS = {"VLLM_LOGGING_STREAM": "ext://sys.stderr", "VLLM_LOGGING_LEVEL": "WARNING", "VLLM_NO_USAGE_STATS": "1"}
"""Standard output is for results, and nobody is told what runs here; what the user set stays."""


def build(card: ModelSpec, facts: TaskFacts) -> VllmModel:
    """Make a model in vLLM's engine; it is loaded by `async with`.

    Raises UsageError for an engine option that is set elsewhere and for a folder that is not there.
    """
    for option in OURS:
        if option in card.engine:
            raise UsageError(
                f"{card.name}: {option!r} is no option of the engine: the task and the card's fields say it"
            )
    if card.id.startswith(("/", "./", "../")) and not Path(card.id).is_dir():
        raise UsageError(f"{card.name}: there is no folder {card.id}")
    return VllmModel(card, {"image": facts.most_images, "audio": facts.most_sounds, "video": 0})


@dataclass
class VllmModel:
    """A model in vLLM's engine. `limits` are the most media of each kind that one prompt holds."""

    card: ModelSpec
    limits: dict[str, int] = field(default_factory=dict)
    observes: bool = True

    @property
    def in_flight(self) -> int:
        """Return enough requests for the engine to fill its batches."""
        return self.card.settings.in_flight or self.card.settings.batch_size or IN_FLIGHT

    async def __aenter__(self) -> Self:
        self._engine = await _load(self.card, self.limits)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Leave the engine as it is: the next task of a suite asks the same one."""

    async def generate(self, prompt: Prompt) -> Response:
        """Answer one prompt, or tell how likely each of its options is. Raises FatalModelError if the engine died."""
        began = time.monotonic()
        asked = self._engine.score if prompt.asked.score_by == "likelihood" else self._engine.answer
        try:
            reply = await asked(prompt)
        except (MediaError, FatalModelError):
            raise
        except Exception as error:  # noqa: BLE001  templates and processors raise anything; the sample bears it
            message = " ".join(f"{type(error).__name__}: {error}".split())
            return Response(error=Problem(stage="model", kind="bad_request", message=message[:300]))
        return Response(
            text=reply.text,
            finish=reply.finish,
            usage=self.card.usage(reply.prompt_tokens, reply.completion_tokens),
            seconds=round(time.monotonic() - began, 4),
            served=self._engine.name,
            candidate_logprobs=reply.logprobs,
        )


@dataclass
class _Kept:
    """The engine that was loaded last, with what it was loaded for."""

    engine: Engine
    card: ModelSpec
    limits: dict[str, int]
    loop: asyncio.AbstractEventLoop

    def serves(self, card: ModelSpec, limits: dict[str, int]) -> bool:
        enough = all(self.limits[kind] >= limit for kind, limit in limits.items())
        return enough and self.card == card and self.loop is asyncio.get_running_loop()


_KEPT: list[_Kept] = []


async def _load(card: ModelSpec, limits: dict[str, int]) -> Engine:
    """Return the card's engine; another one gives its memory back first."""
    if not (_KEPT and _KEPT[0].serves(card, limits)):
        _release()
        engine = await asyncio.to_thread(_loaded, card, limits)
        _KEPT.append(_Kept(engine, card, limits, asyncio.get_running_loop()))
    return _KEPT[0].engine


@atexit.register
def _release() -> None:
    """End the engine's processes."""
    while _KEPT:
        _KEPT.pop().engine.close()


def _loaded(card: ModelSpec, limits: dict[str, int]) -> Engine:
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        from affectbench.models.vllm_engine import Engine
    except ImportError as error:
        what = f"importing {error.name or error} failed: `pip install 'affectbench[gpu]'`"
        raise FatalModelError(f"{card.name}: the backend vllm cannot run here; {what}") from None
    try:
        return Engine(card, limits)
    except FatalModelError:
        raise
    except Exception as error:  # noqa: BLE001  the engine's processes report whatever happened in them
        reason = " ".join(str(error).split())[:300]
        raise FatalModelError(f"{card.name}: the model could not be loaded: {reason}") from None
