"""What an OpenAI-compatible server is sent: messages with their media, and what holds the answer.

A picture goes out as the bytes of its own file, sound as a WAV file of 16 bits, a clip as its frames, or as its own
file to servers that take one.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from affectbench.errors import FatalModelError
from affectbench.media import sheet
from affectbench.models.constraint import schema
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Message, Part

CLIPS = {"mp4": "mp4", "webm": "webm", "mov": "quicktime", "mkv": "x-matroska", "avi": "x-msvideo"}
"""The formats of video files with their media types; frames have the format of a picture."""

MOST_LOGPROBS = 20
"""As many candidates of a token as servers give."""


def message(said: Message, card: ModelSpec) -> dict[str, Any]:
    """Return one turn; text alone stays one string. Raises FatalModelError for media that the server cannot take."""
    if all(part.media is None for part in said.parts):
        return {"role": said.role, "content": "".join(part.text for part in said.parts)}
    return {"role": said.role, "content": [piece for part in said.parts for piece in _pieces(part, card)]}


def held(asked: Asked) -> dict[str, Any]:
    """Return the fields of a request that hold the answer to the options, and ask for their likelihood."""
    fields: dict[str, Any] = {}
    if asked.constrain == "choice":
        fields["structured_outputs"] = {"choice": list(asked.options)}
    if asked.constrain == "json":
        form = {"name": "answer", "strict": True, "schema": schema(asked)}
        fields["response_format"] = {"type": "json_schema", "json_schema": form}
    if asked.score_by == "likelihood":
        fields |= {"logprobs": True, "top_logprobs": MOST_LOGPROBS}
    return fields


def _pieces(part: Part, card: ModelSpec) -> list[dict[str, Any]]:
    if part.media is None:
        return [{"type": "text", "text": part.text}] if part.text else []
    form = part.media.facts.format
    if part.kind == "audio":
        data = sheet.wav(part.media.payload, part.media.facts.rate or 0)
        return [{"type": "input_audio", "input_audio": {"data": _base64(data), "format": "wav"}}]
    if form in CLIPS:
        if "video_url" not in card.supports:
            raise FatalModelError(f"{card.name}: its entry does not say `supports: [video_url]`: it is sent frames")
        kind, address = "video_url", f"video/{CLIPS[form]}"
    else:
        kind, address = "image_url", f"image/{form}"
    return [{"type": kind, kind: {"url": f"data:{address};base64,{_base64(data)}"}} for data in part.media.payload]


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
