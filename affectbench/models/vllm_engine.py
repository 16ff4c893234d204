"""The part of the backend `vllm` that needs vllm, written to what its versions 0.32 and 0.33 share."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import itertools
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vllm import AsyncEngineArgs, AsyncLLMEngine, SamplingParams
from vllm.config import StructuredOutputsConfig
from vllm.renderers import ChatParams
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.exceptions import EngineDeadError

from affectbench.errors import FatalModelError, near
from affectbench.media import image
from affectbench.models import constraint, drawing
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Decoded, Part, Prompt

COMPACT = {"backend": "xgrammar", "disable_any_whitespace": True}
"""Asked for JSON, a small model may otherwise write white space until its tokens are spent."""
ENDING_S = 5.0
"""How long the engine's processes have to end by themselves."""

Piece = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back for one prompt; `logprobs` are those of its options, where they were scored."""

    text: str
    finish: str | None
    prompt_tokens: int
    completion_tokens: int
    logprobs: dict[str, float] | None = None


class Engine:
    """A loaded engine: `answer` writes, `score` tells how likely each option is."""

    def __init__(self, card: ModelSpec, limits: dict[str, int]) -> None:
        known = [field.name for field in dataclasses.fields(AsyncEngineArgs)]
        for option in card.engine:
            if option not in known:
                hint = near(option, known)
                raise FatalModelError(f"{card.name}: the engine of vllm has no option {option!r}{hint}")
        own = {**card.engine, "model": card.id, "revision": card.revision, "limit_mm_per_prompt": limits}
        held = StructuredOutputsConfig(**own.pop("structured_outputs_config", COMPACT))
        self._engine = AsyncLLMEngine.from_engine_args(AsyncEngineArgs(**own, structured_outputs_config=held))
        # What the model's own generation_config.json says, as vLLM's server and transformers heed it too.
        self._own = {k: v for k, v in self._engine.model_config.get_diff_sampling_param().items() if k != "max_tokens"}
        self._ids = itertools.count()
        self._name = card.name
        self.name = Path(card.id).resolve().name if Path(card.id).is_dir() else card.id

    async def answer(self, prompt: Prompt) -> Reply:
        """Have one prompt answered. Raises FatalModelError if the engine died, else whatever vllm raises."""
        settings = prompt.settings
        options: dict[str, Any] = {"temperature": settings.temperature, "max_tokens": settings.max_tokens}
        if settings.temperature > 0:
            options["seed"] = drawing.seed(prompt)
        if settings.stop:
            options["stop"] = list(settings.stop)
        if held := _held(prompt.asked):
            options["structured_outputs"] = held
        out = await self._run(await self._rendered(await _messages(prompt)), **{**self._own, **options})
        said = out.outputs[0]
        return Reply(
            text=said.text,
            finish=said.finish_reason,
            prompt_tokens=len(out.prompt_token_ids),
            completion_tokens=len(said.token_ids),
        )

    async def score(self, prompt: Prompt) -> Reply:
        """Return the log-probability of each option's tokens after the prompt."""
        messages = await _messages(prompt)
        asked = (await self._rendered(messages))["prompt_token_ids"]
        found = await asyncio.gather(*(self._scored(messages, asked, option) for option in prompt.asked.options))
        logprobs = {option: total for option, (total, _) in zip(prompt.asked.options, found, strict=True)}
        return Reply(
            text=max(logprobs, key=logprobs.__getitem__),
            finish="label",
            prompt_tokens=len(asked),
            completion_tokens=sum(tokens for _, tokens in found),
            logprobs=logprobs,
        )

    def close(self) -> None:
        """End the engine's processes."""
        self._engine.shutdown(timeout=ENDING_S)
        del self._engine

    async def _scored(self, messages: list[Piece], asked: list[int], option: str) -> tuple[float, int]:
        """Return the log-probability and the number of an option's tokens."""
        said = await self._rendered([*messages, {"role": "assistant", "content": option}], continued=True)
        tokens = said["prompt_token_ids"][len(asked) :]
        if not tokens or said["prompt_token_ids"][: len(asked)] != asked:
            raise ValueError(
                "this model's chat template changes when an answer begins: it cannot be scored by likelihood"
            )
        out = await self._run(said, temperature=0.0, max_tokens=1, prompt_logprobs=0)
        steps = zip(out.prompt_logprobs[-len(tokens) :], tokens, strict=True)
        return sum(step[token].logprob for step, token in steps), len(tokens)

    async def _rendered(self, messages: list[Piece], continued: bool = False) -> Any:
        """Apply the chat template, the tokenizer and the processor."""
        template = {"add_generation_prompt": not continued, "continue_final_message": continued, "tokenize": False}
        renderer = self._engine.renderer
        tokens = renderer.default_chat_tok_params.with_kwargs(add_special_tokens=False)  # the template writes them
        _, (inputs,) = await renderer.render_chat_async([messages], ChatParams(chat_template_kwargs=template), tokens)
        return inputs

    async def _run(self, inputs: Any, **options: Any) -> Any:
        sampling = SamplingParams(**options, output_kind=RequestOutputKind.FINAL_ONLY)
        try:
            async for out in self._engine.generate(inputs, sampling, f"affectbench-{next(self._ids)}"):
                last = out
        except EngineDeadError as error:
            raise FatalModelError(f"{self._name}: vLLM's engine died: {error}") from None
        return last


def _held(asked: Asked) -> StructuredOutputsParams | None:
    """Return what an answer is held to. Raises ValueError for JSON of a form that has none."""
    if asked.constrain == "choice":
        return StructuredOutputsParams(choice=list(asked.options))
    if asked.constrain == "json":
        return StructuredOutputsParams(json=constraint.schema(asked))
    return None


async def _messages(prompt: Prompt) -> list[Piece]:
    """Return the messages of a prompt in vLLM's form, its media decoded beside the event loop. Raises MediaError."""
    return await asyncio.to_thread(
        lambda: [{"role": m.role, "content": [p for part in m.parts for p in _pieces(part)]} for m in prompt.messages]
    )


def _pieces(part: Part) -> Iterator[Piece]:
    if part.media is None:
        yield {"type": "text", "text": part.text}
    elif part.kind == "audio":
        yield {"type": "audio_url", "audio_url": {"url": f"data:audio/wav;base64,{_wave(part.media)}"}}
    else:
        yield from ({"type": "image_pil", "image_pil": image.rgb(data)} for data in part.media.payload)


def _wave(media: Decoded) -> str:
    """Return the sound as a file of its own samples, nothing rounded."""
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, media.payload, media.facts.rate, format="WAV", subtype="FLOAT")
    return b64encode(out.getvalue()).decode()
