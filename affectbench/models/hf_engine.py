"""The part of the backend `hf` that needs torch and transformers; imported when a model is loaded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import accelerate  # noqa: F401  the device map needs it: better told here than half-way through loading
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor, pipeline
from transformers.pipelines.image_text_to_text import Chat

from affectbench.media import image
from affectbench.specs.model import ModelSpec
from affectbench.types import Message, Part, Prompt


@dataclass(frozen=True, slots=True)
class Inputs:
    """One prompt as tensors, with the shape of each: equal shapes can be stacked without padding."""

    tensors: dict[str, Any]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """The new tokens of one answer, and why they end."""

    tokens: list[int]
    prompt_tokens: int
    finish: str


class Engine:
    """A loaded pipeline. Its steps are called one by one: `prepare`, `generate` for a batch, `read`."""

    def __init__(self, card: ModelSpec) -> None:
        local = Path(card.id).is_dir()
        where = {"revision": card.revision, "local_files_only": local, "trust_remote_code": False}
        own = {"device_map": "auto", "dtype": "auto", **card.engine}  # dtype auto: the one it was saved in
        model = AutoModelForImageTextToText.from_pretrained(card.id, **where, **own).eval()
        processor = AutoProcessor.from_pretrained(card.id, **where)
        self._pipe = pipeline("image-text-to-text", model=model, processor=processor)
        commit = getattr(model.config, "_commit_hash", None)
        self.name = Path(card.id).resolve().name if local else f"{card.id}@{commit}" if commit else card.id

    def prepare(self, prompt: Prompt) -> Inputs:
        """Apply the chat template and the processor to one prompt. Raises whatever they raise."""
        found = self._pipe.preprocess(Chat([_message(message) for message in prompt.messages]))
        tensors = {key: value for key, value in found.items() if isinstance(value, torch.Tensor)}
        return Inputs(tensors, tuple(sorted((key, tuple(value.shape)) for key, value in tensors.items())))

    def generate(self, batch: list[Inputs], prompt: Prompt) -> list[Reply]:
        """Compute the answers of prompts of equal shapes; `prompt` is any of them, for their common settings."""
        settings = prompt.settings
        if settings.temperature > 0:
            torch.manual_seed(zlib.crc32(f"{settings.seed or 0}/{prompt.repeat}/{prompt.sample_id}".encode()))
        stacked = {key: torch.cat([inputs.tensors[key] for inputs in batch]) for key in batch[0].tensors}
        sampling = {"do_sample": True, "temperature": settings.temperature} if settings.temperature > 0 else {}
        options = {"max_new_tokens": settings.max_tokens, "do_sample": False, **sampling}
        found = self._pipe.forward({**stacked, "text": None}, generate_kwargs=options)
        begin = found["input_ids"].shape[1]
        return [self._reply(row[begin:].tolist(), begin) for row in found["generated_sequence"]]

    def read(self, replies: list[Reply]) -> list[str]:
        """Turn tokens into text."""
        tokenizer = self._pipe.tokenizer
        return [tokenizer.decode(reply.tokens, skip_special_tokens=True) for reply in replies]

    def _reply(self, tokens: list[int], prompt_tokens: int) -> Reply:
        """Cut a row of a batch where its own answer ended; what follows is filling."""
        ends = self._pipe.model.generation_config.eos_token_id
        stops = {ends} if isinstance(ends, int) else set(ends or ())
        length = next((n for n, token in enumerate(tokens, start=1) if token in stops), None)
        return Reply(tokens[:length], prompt_tokens, "length" if length is None else "stop")


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "content": [piece for part in message.parts for piece in _pieces(part)]}


def _pieces(part: Part) -> list[dict[str, Any]]:
    if part.media is None:
        return [{"type": "text", "text": part.text}]
    return [{"type": "image", "image": image.rgb(data)} for data in part.media.payload]
