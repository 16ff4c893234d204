"""Small prompts and pictures for tests of what asks and answers."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from affectbench import media
from affectbench.types import Asked, Cell, Decoded, Media, Message, Part, Prompt, Sample, Settings

CHOICE = Asked(form="choice", options=("happiness", "sadness", "anger"))


def picture(colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (24, 20), kind: str = "PNG") -> bytes:
    """An encoded picture with a gradient, so that its place matters."""
    plain = Image.new("RGB", size, colour)
    plain.putdata([((r + 7 * n) % 256, g, b) for n, (r, g, b) in enumerate([colour] * (size[0] * size[1]))])
    out = io.BytesIO()
    plain.save(out, kind)
    return out.getvalue()


def shown(data: bytes, name: str = "face") -> Decoded:
    """A picture as it is ready to be sent."""
    return media.prepare(Media(name=name, kind="image", cell=Cell(data=data)), None, observe=True)


def prompt(sample_id: str, *parts: Decoded | str, asked: Asked = CHOICE, repeat: int = 0, **settings: Any) -> Prompt:
    """A system line and one user turn of texts and pictures."""
    pieces = [Part(kind="text", text=p) if isinstance(p, str) else Part(kind="image", media=p) for p in parts]
    pieces = pieces or [Part(kind="text", text=f"Which expression does {sample_id} show?")]
    messages = (
        Message(role="system", parts=(Part(kind="text", text="Answer with one word."),)),
        Message(role="user", parts=tuple(pieces)),
    )
    return Prompt(
        sample_id=sample_id,
        repeat=repeat,
        messages=messages,
        asked=asked,
        settings=Settings(**settings),
        template="choice/expression",
        template_digest="t",
        digest="/".join(message.text for message in messages) + f"{settings}",
    )


def render(sample: Sample, repeat: int, decoded: Mapping[str, Decoded]) -> Prompt:
    """A stand-in for the real rendering: the sample's media, then a question that names it."""
    return prompt(sample.id, *decoded.values(), f"Which expression does {sample.id} show?", repeat=repeat)
