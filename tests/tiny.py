"""Tiny random models on disk, one that sees and one that hears, made here so that nothing has to be fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("happiness", "sadness", "anger", "fear", "disgust", "surprise", "neutral", ", ")
END = "<end_of_utterance>"
MARKS = ("<image>", "<fake_token_around_image>", "<global-img>", END, "<start>", "<pad>")
SOUND_MARKS = ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>", END, "<start>", "<pad>")
TEMPLATE = (
    "{% for message in messages %}<start>{{ message.role }}: "
    "{% if message.content is string %}{{ message.content }}{% else %}{% for piece in message.content %}"
    "{% if piece.type == 'KIND' %}MARK{% elif piece.type == 'text' %}{{ piece.text }}{% endif %}"
    "{% endfor %}{% endif %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}<start>assistant: {% endif %}"
)
SEEING = TEMPLATE.replace("KIND", "image").replace("MARK", "<image>")
HEARING = TEMPLATE.replace("KIND", "audio").replace("MARK", "<|audio_bos|><|AUDIO|><|audio_eos|>")
SIDE = 32
PATCH = 8
RATE = 16_000
SPEECH = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,  # of 32 each: vLLM has no smaller ones
    "num_key_value_heads": 1,
    "max_position_embeddings": 2048,
    "initializer_range": 0.3,
}


def idefics3(folder: Path, seed: int = 1) -> Path:
    """Write a model that sees, with tokenizer, processor and chat template; return the folder.

    It answers with a few words for emotions, which ones depends on the picture and on every letter of the text.
    """
    import torch
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessor, Idefics3Processor

    tokenizer = _tokenizer(MARKS, SEEING)
    sight = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = Idefics3Config(
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        vision_config={**sight, "image_size": SIDE, "patch_size": PATCH, "initializer_range": 0.3},
        text_config={**_speech(tokenizer), "model_type": "llama"},
    )
    torch.manual_seed(seed)
    model = Idefics3ForConditionalGeneration(config).eval()
    with torch.no_grad():
        model.model.connector.modality_projection.proj.weight *= 5
    edge = {"longest_edge": SIDE}
    pictures = Idefics3ImageProcessor(size=edge, max_image_size=edge, do_image_splitting=False)
    tokens = (SIDE // PATCH // 2) ** 2
    processor = Idefics3Processor(pictures, tokenizer, image_seq_len=tokens, chat_template=SEEING)
    return _saved(folder, model, processor)


def qwen2_audio(folder: Path, seed: int = 0) -> Path:
    """Write a model that hears sound of 16 kHz; else as `idefics3`."""
    import torch
    from transformers import (
        Qwen2AudioConfig,
        Qwen2AudioForConditionalGeneration,
        Qwen2AudioProcessor,
        WhisperFeatureExtractor,
    )

    tokenizer = _tokenizer(SOUND_MARKS, HEARING)
    hearing = {"d_model": 32, "encoder_ffn_dim": 48, "encoder_layers": 1, "encoder_attention_heads": 2}
    config = Qwen2AudioConfig(
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
        audio_config={**hearing, "model_type": "qwen2_audio_encoder", "num_mel_bins": 32, "initializer_range": 0.3},
        text_config={**_speech(tokenizer), "model_type": "qwen2", "tie_word_embeddings": False},
    )
    torch.manual_seed(seed)
    model = Qwen2AudioForConditionalGeneration(config).eval()
    with torch.no_grad():
        model.model.multi_modal_projector.linear.weight *= 5
    ears = WhisperFeatureExtractor(feature_size=32, sampling_rate=RATE)
    return _saved(folder, model, Qwen2AudioProcessor(ears, tokenizer, chat_template=HEARING))


def _saved(folder: Path, model: Any, processor: Any) -> Path:
    """Make the words likely, and the end of an answer, and write the model."""
    import torch
    from transformers import GenerationConfig

    tokenizer = processor.tokenizer
    with torch.no_grad():
        model.get_output_embeddings().weight[tokenizer.convert_tokens_to_ids([*WORDS, END])] *= 5
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _speech(tokenizer: Any) -> dict[str, Any]:
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    return {**SPEECH, **ends, "vocab_size": len(tokenizer)}


def _tokenizer(marks: tuple[str, ...], template: str) -> Any:
    """One token a byte, the marks, and the words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bare = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(letters)}, merges=[]))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bare,
        eos_token=END,
        pad_token="<pad>",
        additional_special_tokens=list(marks),
        model_max_length=2048,
        chat_template=template,
    )
    tokenizer.add_tokens(list(WORDS))
    return tokenizer
