"""The network of `mini`: an Idefics3 of transformers, small, with its tokenizer, processor and chat template."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import (
    GenerationConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from affectbench.faces import LANDMARKS, NAMES, code
from affectbench.mini.pictures import SIDE

PATCH, SHUFFLE = 16, 2
TOKENS = (SIDE // PATCH // SHUFFLE) ** 2
"""So many tokens is a picture."""
WORDS = 1_536
"""The size of the vocabulary."""
LONGEST = 1_024
IMAGE, END, PAD = "<image>", "<end_of_utterance>", "<pad>"
MARKS = (IMAGE, "<fake_token_around_image>", "<global-img>", END, PAD, "<system>", "<user>", "<assistant>")
NUMBERS = tuple(f"{tenths / 10:.1f}" for tenths in range(-10, 11))
"""Values from -1.0 to 1.0 are a token each, so that near ones can be told from far ones."""
TEMPLATE = (
    "{% for message in messages %}<{{ message.role }}>"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for piece in message.content %}"
    "{% if piece.type == 'image' %}<image>{% elif piece.type == 'text' %}{{ piece.text }}{% endif %}"
    "{% endfor %}{% endif %}<end_of_utterance>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
SIGHT = {
    "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4, "num_attention_heads": 4,
    "image_size": SIDE, "patch_size": PATCH,
}  # fmt: skip
SPEECH = {
    "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": LONGEST,
}  # fmt: skip


def tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE of these texts, with action units and numbers as tokens of their own."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    bare.decoder = decoders.ByteLevel()
    own = [*NUMBERS, *(code(unit) for unit in sorted(NAMES, reverse=True))]
    size = WORDS - len(own)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(MARKS), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    bare.train_from_iterator(texts, trainer)
    bare.add_tokens([AddedToken(word, normalized=False, single_word=True) for word in own])
    return PreTrainedTokenizerFast(
        tokenizer_object=bare, eos_token=END, pad_token=PAD, model_max_length=LONGEST, chat_template=TEMPLATE,
        additional_special_tokens=[mark for mark in MARKS if mark not in (END, PAD)],
        clean_up_tokenization_spaces=False,
    )  # fmt: skip


def processor(words: PreTrainedTokenizerFast) -> Idefics3Processor:
    """Return what turns messages and pictures into numbers."""
    edge = {"longest_edge": SIDE}
    pictures = Idefics3ImageProcessorPil(size=edge, max_image_size=edge, do_image_splitting=False)
    return Idefics3Processor(pictures, words, image_seq_len=TOKENS, chat_template=TEMPLATE)


def network(words: PreTrainedTokenizerFast) -> Idefics3ForConditionalGeneration:
    """Return a network that has learnt nothing yet; its weights follow from torch's seed."""
    ends = {"pad_token_id": words.pad_token_id, "eos_token_id": words.eos_token_id, "bos_token_id": None}
    config = Idefics3Config(
        image_token_id=words.convert_tokens_to_ids(IMAGE), scale_factor=SHUFFLE, tie_word_embeddings=False,
        pad_token_id=words.pad_token_id, vision_config=SIGHT,
        text_config={**SPEECH, **ends, "model_type": "llama", "vocab_size": len(words)},
    )  # fmt: skip
    model = Idefics3ForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id, do_sample=False
    )
    return model


def prepare(model: Idefics3ForConditionalGeneration) -> None:
    """Begin with weights that keep the size of what goes through them, and with waves for the places of patches."""
    sight = model.model.vision_model
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1 and "embed_tokens" not in name:
                weights.normal_(std=0.8 / weights[0].numel() ** 0.5)
        side, width = SIDE // PATCH, SIGHT["hidden_size"]
        angles = torch.arange(side)[:, None] * torch.exp(-torch.arange(width // 4) * (4 * math.log(100) / width))
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        down, across = waves[:, None].expand(-1, side, -1), waves[None].expand(side, -1, -1)
        sight.embeddings.position_embedding.weight.copy_(0.5 * torch.cat([down, across], dim=2).flatten(0, 1))


def look(model: Idefics3ForConditionalGeneration, pictures: Tensor) -> Tensor:
    """Return what the network sees in pictures (float32, -1..1, shape (n, 3, SIDE, SIDE)): shape (n, TOKENS, width).

    It is what the model's own code computes for square pictures, without the steps that learning does not need.
    """
    sight = model.model.vision_model
    seen = sight.embeddings.patch_embedding(pictures).flatten(2).transpose(1, 2)
    seen = seen + sight.embeddings.position_embedding.weight
    for layer in sight.encoder.layers:
        seen = layer(seen, None)
        seen = seen[0] if isinstance(seen, tuple) else seen
    return model.model.connector(sight.post_layernorm(seen))


class Judge(nn.Module):  # type: ignore[misc]
    """Names units and expressions from what is seen; it helps the learning of sight and is thrown away."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        width = SPEECH["hidden_size"]
        self.each = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU())
        self.all = nn.Linear(2 * width, 2 * len(NAMES) + labels + 2 * LANDMARKS)

    def forward(self, seen: Tensor) -> Tensor:
        """Return intensities (0..1), logits of being active, logits of expressions, and landmarks (-1..1)."""
        return self.all(self.each(seen).mean(1))


def save(model: Idefics3ForConditionalGeneration, ready: Idefics3Processor, folder: Path) -> None:
    """Write the folder that transformers and vLLM read: weights in half precision, to be computed in single."""
    copy.deepcopy(model).half().save_pretrained(folder)
    ready.save_pretrained(folder)
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"float16"', '"float32"'))


def load(folder: Path) -> tuple[Any, Any]:
    """Return model and processor as anybody loads them."""
    model = Idefics3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    return model, Idefics3Processor.from_pretrained(folder)
