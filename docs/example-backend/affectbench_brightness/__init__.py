"""A model with code of its own: the brighter the picture, the later in the list of options is its answer."""

from __future__ import annotations

import io
import statistics
from types import TracebackType
from typing import Self

from PIL import Image

from affectbench.errors import UsageError
from affectbench.models import TaskFacts
from affectbench.specs.model import ModelSpec
from affectbench.types import Prompt, Response, Usage


def build(card: ModelSpec, facts: TaskFacts) -> Brightness:
    """Make the model of a card for one task; what it cannot do is refused here, before anything is asked."""
    if facts.asked.form != "choice":
        raise UsageError(f"{card.name} chooses from a list, and task {facts.id!r} asks for {facts.asked.form}")
    return Brightness(card)


class Brightness:
    """All that `affectbench.models.Model` asks for; nothing is inherited."""

    observes = True  # it is sent the media
    in_flight = 1  # as many `generate` calls wait at once

    def __init__(self, card: ModelSpec) -> None:
        self.card = card

    async def __aenter__(self) -> Self:
        return self  # the place to load weights

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return None  # the place to let them go

    async def generate(self, prompt: Prompt) -> Response:
        """Answer one prompt. A failure of this sample alone would be a Response with `error`."""
        words, light = 0, bytearray()
        for message in prompt.messages:
            for part in message.parts:
                words += len(part.text.split())
                for encoded in part.media.payload if part.media else ():
                    with Image.open(io.BytesIO(encoded)) as picture:
                        light += picture.convert("L").tobytes()
        options = prompt.asked.options
        place = int(statistics.fmean(light or b"\0") / 256 * len(options))
        # Its own count of what it took in: more with a picture than without proves that pictures arrive.
        return Response(text=options[place], finish="stop", usage=Usage(prompt_tokens=words + len(light)))
