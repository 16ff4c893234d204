"""What the tests of local models share: cards of tiny models, and prompts with pictures, frames and sound."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from affectbench import models
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Decoded, Facts, Part, Prompt, Response
from tests.questions import picture, prompt, shown

WORDS = ("happiness", "sadness", "anger", "fear", "disgust", "surprise", "neutral")
CHOICE = Asked(form="choice", options=WORDS)
HELD = dataclasses.replace(CHOICE, constrain="choice")
SCORED = dataclasses.replace(CHOICE, score_by="likelihood")
FACTS = models.TaskFacts(id="t", asked=CHOICE, most_images=3)


def card(folder: Path, **fields: Any) -> ModelSpec:
    """The card of a tiny model in a folder."""
    return ModelSpec.model_validate(models.parse_name(f"hf:{folder}").model_dump() | fields)


def ask(card: ModelSpec, *prompts: Prompt) -> list[Response]:
    """Ask all prompts at once."""

    async def run() -> list[Response]:
        async with models.build(card, FACTS) as model:
            return list(await asyncio.gather(*map(model.generate, prompts)))

    return asyncio.run(run())


def questions(asked: Asked = CHOICE, **settings: Any) -> list[Prompt]:
    """Prompts of different pictures, shapes, lengths, and numbers of pictures."""
    settings = {"asked": asked, **settings}
    faces = [shown(picture((40 * n % 256, 90, 9 * n), (24, 20 + n % 3))) for n in range(12)]
    single = [prompt(f"{n}", face, "What is it?" + "!" * (n % 2), **settings) for n, face in enumerate(faces)]
    both = prompt("both", *faces[:2], "And these?", **settings)
    return [*single, both, prompt("none", "Only words.", **settings)]


def with_media(asked: Prompt, kind: Any, media: Decoded) -> Prompt:
    """The prompt with a medium before the user's words."""
    system, user = asked.messages
    user = dataclasses.replace(user, parts=(Part(kind=kind, media=media), *user.parts))
    return dataclasses.replace(asked, messages=(system, user))


def clip(frames: int) -> Decoded:
    """A clip as the frames that were taken from it, half a second apart."""
    data = tuple(picture((60 * n % 256, 20, 90)) for n in range(frames))
    times = tuple(n / 2 for n in range(frames))
    return Decoded(facts=Facts(name="c", kind="video", source="c.mp4", frames=frames, times_s=times), payload=data)


def tone(hertz: float, rate: int = 16_000, seconds: float = 1.0) -> Decoded:
    """A sound of one pitch."""
    wave = np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)
    return Decoded(facts=Facts(name="v", kind="audio", source="v.wav", rate=rate, seconds=seconds), payload=wave)
