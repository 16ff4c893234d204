"""A tiny, random vision-language model on disk, made here so that nothing has to be fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("happiness", "sadness", "anger", "fear", "disgust", "surprise", "neutral", ", ")
MARKS = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<start>", "<pad>")
TEMPLATE = (
    "{% for message in messages %}<start>{{ message.role }}: "
    "{% for piece in message.content %}"
    "{% if piece.type == 'image' %}<image>{% else %}{{ piece.text }}{% endif %}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}<start>assistant: {% endif %}"
)
SIDE = 32
PATCH = 8


def idefics3(folder: Path, seed: int = 0) -> Path:
    """Write a model of random weights with tokenizer, processor and chat template; return the folder.

    It answers with a few words for emotions, which ones depends on the picture and on every letter of the text.
    """
    import torch
    from transformers import GenerationConfig, Idefics3ForConditionalGeneration

    tokenizer = _tokenizer()
    config = _config(tokenizer)
    torch.manual_seed(seed)
    model = Idefics3ForConditionalGeneration(config).eval()
    with torch.no_grad():
        model.lm_head.weight[tokenizer.convert_tokens_to_ids(list(WORDS))] *= 8
        model.lm_head.weight[tokenizer.eos_token_id] *= 5
        model.model.connector.modality_projection.proj.weight *= 5
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    model.save_pretrained(folder)
    _processor(tokenizer).save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    """One token a byte, the marks, and the words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bare = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(letters)}, merges=[]))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bare,
        eos_token="<end_of_utterance>",
        pad_token="<pad>",
        additional_special_tokens=list(MARKS),
        model_max_length=2048,
        chat_template=TEMPLATE,
    )
    tokenizer.add_tokens(list(WORDS))
    return tokenizer


def _processor(tokenizer: Any) -> Any:
    from transformers import Idefics3ImageProcessor, Idefics3Processor

    edge = {"longest_edge": SIDE}
    pictures = Idefics3ImageProcessor(size=edge, max_image_size=edge, do_image_splitting=False)
    tokens = (SIDE // PATCH // 2) ** 2
    return Idefics3Processor(pictures, tokenizer, image_seq_len=tokens, chat_template=TEMPLATE)


def _config(tokenizer: Any) -> Any:
    from transformers import Idefics3Config

    sight = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "initializer_range": 0.3,
    }
    speech = {
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "initializer_range": 0.3,
    }
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    return Idefics3Config(
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        vision_config={**sight, "image_size": SIDE, "patch_size": PATCH},
        text_config={
            **speech,
            **ends,
            "model_type": "llama",
            "num_key_value_heads": 2,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 2048,
        },
    )
