"""The part of the backend `hf` that needs torch and transformers; imported when a model is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import accelerate  # noqa: F401  the device map needs it: better told here than half-way through loading
import torch
import transformers

from affectbench.models import drawing
from affectbench.models.hf_messages import films, messages
from affectbench.specs.model import ModelSpec
from affectbench.types import Prompt

if TYPE_CHECKING:
    from affectbench.models.hf import Request

THREADS = torch.get_num_threads()
AUTO = ("AutoModelForMultimodalLM", "AutoModelForImageTextToText", "AutoModelForCausalLM", "AutoModel")
"""Under one of these a model with code of its own may be found; transformers' own are all under the first."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """One prompt as tensors, with the shape of each: equal shapes can be stacked without padding."""

    tensors: dict[str, Any]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """The new tokens of one answer and why they end; `logprob` is theirs where they are a label that was scored."""

    tokens: list[int]
    prompt_tokens: int
    finish: str
    logprob: float = 0.0


class Engine:
    """A loaded model with its processor. Its steps are called one by one: `prepare`, `generate` for a batch, `read`."""

    def __init__(self, card: ModelSpec) -> None:
        local = Path(card.id).is_dir()
        options = dict(card.engine)
        trusted = bool(options.pop("trust_remote_code", False))
        torch.set_num_threads(options.pop("threads", THREADS))
        where = {"revision": card.revision, "local_files_only": local, "trust_remote_code": trusted}
        self._template = options.pop("template", {})
        self._processor = transformers.AutoProcessor.from_pretrained(card.id, **where, **options.pop("processor", {}))
        if getattr(self._processor, "chat_template", "its own way") is None and "chat_template" not in self._template:
            raise ValueError("it has no chat template: it is no model that was taught to follow instructions")
        own = {"device_map": _place(), "dtype": "auto", **options}  # dtype auto: the one it was saved in
        config = transformers.AutoConfig.from_pretrained(card.id, **where)
        self._model = _writer(_class(config).from_pretrained(card.id, **where, **own).eval())
        self._tokenizer = getattr(self._processor, "tokenizer", self._processor)
        self._rate = _rate(self._processor)
        if "audio" in card.accepts and self._rate is None:  # else its template may leave the sound out without a word
            raise ValueError("its processor hears nothing, or does not say at what rate: the card may not accept audio")
        self._native = "video" in card.accepts and getattr(self._processor, "video_processor", None) is not None
        ends = self._model.generation_config.eos_token_id or self._tokenizer.eos_token_id
        self._ends: list[int] = [ends] if isinstance(ends, int) else list(ends or ())
        self._filling = self._model.generation_config.pad_token_id
        if self._filling is None and self._ends:
            self._filling = self._ends[0]
        commit = getattr(config, "_commit_hash", None)
        self.name = Path(card.id).resolve().name if local else f"{card.id}@{commit}" if commit else card.id

    def prepare(self, prompt: Prompt) -> Inputs:
        """Apply the chat template and the processor to one prompt. Raises whatever they raise."""
        clips = films(prompt) if self._native else []
        found = self._processor.apply_chat_template(
            messages(prompt, rate=self._rate, native=self._native),
            add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt",
            processor_kwargs={"do_sample_frames": False, "video_metadata": [clips]} if clips else {}, **self._template,
        ).to(dtype=self._model.dtype)  # fmt: skip
        tensors = {key: value for key, value in found.items() if isinstance(value, torch.Tensor)}
        return Inputs(tensors, tuple(sorted((key, tuple(value.shape)) for key, value in tensors.items())))

    def generate(self, batch: Sequence[Request]) -> list[Reply]:
        """Compute the answers to prompts of equal shapes and settings, or how likely the label of each is."""
        inputs, held = [request.inputs.tensors for request in batch], [self._held(request) for request in batch]
        stacked = {key: torch.cat([one[key] for one in inputs]).to(self._model.device) for key in inputs[0]}
        begin = int(stacked["input_ids"].shape[1])
        options = self._sampling(batch[0].prompt)
        if held[0]:
            options["prefix_allowed_tokens_fn"] = _only(held, begin, self._ends[:1])
        if scored := batch[0].label is not None:
            options["max_new_tokens"] = max(len(label) for (label,) in held)
        with torch.inference_mode():
            found = self._model.generate(**stacked, **options, return_dict_in_generate=True, output_logits=scored)
        if scored:
            return [Reply(held[n][0], begin, "label", _logprob(found.logits, n, held[n][0])) for n in range(len(batch))]
        return [self._reply(row[begin:].tolist(), begin) for row in found.sequences]

    def read(self, prompt: Prompt, reply: Reply) -> tuple[str, str]:
        """Turn tokens into a text, which ends before the first of the prompt's stops, and say why it ends."""
        text, stopped = _before(self._tokenizer.decode(reply.tokens, skip_special_tokens=True), prompt.settings.stop)
        return text, "stop" if stopped else reply.finish

    def make_room(self) -> None:
        """Give the memory back that was taken by a batch which was too large."""
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _sampling(self, prompt: Prompt) -> dict[str, Any]:
        settings = prompt.settings
        options: dict[str, Any] = {"max_new_tokens": settings.max_tokens, "do_sample": False, "num_beams": 1}
        options.update(eos_token_id=self._ends or None, pad_token_id=self._filling)
        if settings.temperature > 0:
            torch.manual_seed(drawing.seed(prompt))
            options.update(do_sample=True, temperature=settings.temperature)
        if settings.stop:
            options.update(stop_strings=list(settings.stop), tokenizer=self._tokenizer)
        return options

    def _held(self, request: Request) -> list[list[int]]:
        """Return the tokens that an answer is held to: the label to be scored, or each of the options; none if free."""
        asked = request.prompt.asked
        if request.label is not None:
            return [self._tokens(request.label)]
        return [self._tokens(o) + self._ends[:1] for o in asked.options] if asked.constrain == "choice" else []

    def _tokens(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _reply(self, tokens: list[int], prompt_tokens: int) -> Reply:
        """Cut a row of a batch where its own answer ended; what follows is filling."""
        if ended := [n for n, token in enumerate(tokens, start=1) if token in self._ends]:
            return Reply(tokens[: ended[0]], prompt_tokens, "stop")
        while tokens and tokens[-1] == self._filling:
            tokens.pop()  # it ended with one of its stops before the others of its batch
        return Reply(tokens, prompt_tokens, "length")


def _rate(processor: Any) -> int | None:
    """Return the rate of the sound that a processor takes (Hz); None if it takes none."""
    ears = [getattr(processor, name, None) for name in ("feature_extractor", "audio_processor")]
    rates = [getattr(ear, "sampling_rate", None) for ear in ears]
    return next((rate for rate in rates if rate), None)


def _writer(model: Any) -> Any:
    """Return the part of a model that writes: one that also speaks gives the memory of its voice back."""
    if not hasattr(model, "thinker"):
        return model
    model.disable_talker()
    return model.thinker


def _place() -> str | dict[str, int]:
    """Return where the model goes: each rank of torchrun has an accelerator of its own; else accelerate decides."""
    rank = os.environ.get("LOCAL_RANK")
    return {"": int(rank)} if rank is not None and torch.accelerator.is_available() else "auto"


def _class(config: Any) -> Any:
    """Return the class that loads a model: a model with code of its own says which one."""
    own = getattr(config, "auto_map", None) or {}
    return getattr(transformers, next((name for name in AUTO if name in own), AUTO[0]))


def _only(held: list[list[list[int]]], begin: int, end: list[int]) -> Callable[[int, Any], list[int]]:
    """Return what tells, for a row of a batch and its tokens so far, which tokens may be next."""

    def allowed(row: int, tokens: Any) -> list[int]:
        said = tokens[begin:].tolist()
        longer = [one for one in held[row] if len(one) > len(said) and one[: len(said)] == said]
        return sorted({one[len(said)] for one in longer}) or end or [0]

    return allowed


def _logprob(logits: Sequence[Any], row: int, label: list[int]) -> float:
    """Return the log-probability of a label's tokens, each given the prompt and those before it; as yet unheld."""
    steps = zip(logits, label, strict=False)
    return sum(float(torch.log_softmax(step[row].float(), dim=-1)[token]) for step, token in steps)


def _before(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Return the text before the first of the stops, and whether there is one."""
    found = [at for at in map(text.find, stops) if at >= 0]
    return (text[: min(found)], True) if found else (text, False)
