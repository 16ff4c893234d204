"""A prompt as transformers' chat templates take it: pictures as PIL images, sound as an array at the model's rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from affectbench.media import image
from affectbench.types import Decoded, Facts, Part, Prompt

Piece = dict[str, Any]
Show = Callable[[Part], list[Piece]]


def messages(prompt: Prompt, *, rate: int | None, native: bool) -> list[dict[str, Any]]:
    """Return the messages of a prompt. `rate` is what the model hears (Hz); `native`: it takes frames as one video."""

    def pieces(part: Part) -> Iterator[Piece]:
        if part.media is None:
            yield {"type": "text", "text": part.text}
        elif part.kind == "audio":
            yield {"type": "audio", "audio": _heard(part.media, rate)}
        elif part.kind == "frames" and native:
            yield {"type": "video", "video": [image.rgb(data) for data in part.media.payload]}
        else:
            yield from ({"type": "image", "image": image.rgb(data)} for data in part.media.payload)

    return [{"role": m.role, "content": [p for part in m.parts for p in pieces(part)]} for m in prompt.messages]


def films(prompt: Prompt) -> list[dict[str, Any]]:
    """Return what a video processor must know of each clip, whose frames were chosen before."""
    media = [part.media for message in prompt.messages for part in message.parts if part.kind == "frames"]
    return [_film(medium.facts, len(medium.payload)) for medium in media if medium is not None]


def _film(facts: Facts, frames: int) -> dict[str, Any]:
    times = facts.times_s or ()
    lasts = times[-1] - times[0] if len(times) > 1 else 0.0
    fps = (len(times) - 1) / lasts if lasts > 0 else 1.0
    return {"total_num_frames": frames, "fps": fps, "frames_indices": list(range(frames)), "duration": frames / fps}


def _heard(media: Decoded, rate: int | None) -> Any:
    """Return the sound at the rate that the model was trained on."""
    if rate is None or media.facts.rate in (None, rate):
        return media.payload
    import soxr

    return soxr.resample(media.payload, media.facts.rate, rate).astype("float32")
