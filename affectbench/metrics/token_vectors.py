"""A text against a gold text by BERTScore, over the vectors that RoBERTa-large gives to their tokens (extra `hf`).

The published default for English: the 17th layer, each token against its nearest in the other text by the cosine,
starts and ends of texts no tokens of their own but near to others, no weights by rareness, no rescaling. Statistics
have shape (..., 4), the columns named below. Source: Zhang, Kishore, Wu, Weinberger, Artzi, ICLR 2020.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from affectbench.errors import UsageError
from affectbench.metrics.ratios import Array, ratio

COUNT, PRECISION, RECALL, F1 = range(4)

PLACE = "AFFECTBENCH_BERTSCORE"
NAME = "roberta-large"
LAYER, LONGEST = 17, 512
SHAPE = {"model_type": "roberta", "num_hidden_layers": 24, "hidden_size": 1024, "vocab_size": 50_265}
"""By which RoBERTa-large is known; it was trained to fill in words, other large ones for something else."""
BATCH = 32
KEPT = 4_096
"""So many texts' vectors are kept: those of gold are met again and again, as guesses."""


def absence() -> str:
    """What to say if the weights or their libraries are not at hand; empty if they are."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        return "transformers is not installed: pip install 'affectbench[hf]'"
    try:
        _config()
    except UsageError as error:
        return str(error)
    return ""


def _place() -> str:
    return os.environ.get(PLACE) or NAME


def _config() -> Any:
    """Raises UsageError if the weights are not at hand or are others; nothing is downloaded."""
    from transformers import AutoConfig

    place = _place()
    how = f"{PLACE} names the folder of {NAME}, or it lies in the cache of Hugging Face's hub"
    if place != NAME and not Path(place).is_dir():
        raise UsageError(f"there is no folder {place}: {how}")
    try:
        config = AutoConfig.from_pretrained(place, local_files_only=True)
    except (OSError, ValueError) as error:
        raise UsageError(f"the weights of {NAME} are not at hand ({type(error).__name__}): {how}") from None
    strange = {name: getattr(config, name, None) for name, value in SHAPE.items() if getattr(config, name, 0) != value}
    if strange or list(config.architectures or ()) != ["RobertaForMaskedLM"]:
        found = ", ".join(f"{name} {value}" for name, value in strange.items()) or config.architectures
        raise UsageError(f"{place} does not hold {NAME} as it was pretrained: {found}; {how}")
    return config


class Encoder:
    """RoBERTa-large up to the layer that counts, and the vectors of the texts that it has read."""

    def __init__(self) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer, utils

        _config()
        utils.logging.set_verbosity_error()  # the head, which fills in words, is left out on purpose
        utils.logging.disable_progress_bar()
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        place = {"local_files_only": True, "trust_remote_code": False}
        self._words = AutoTokenizer.from_pretrained(_place(), **place)
        model = AutoModel.from_pretrained(
            _place(), add_pooling_layer=False, dtype=torch.float32, use_safetensors=True, **place
        )
        model.encoder.layer = model.encoder.layer[:LAYER]
        self._model = model.eval().to(self._device)
        self._kept: dict[str, Array] = {}

    def vectors(self, texts: Sequence[str]) -> list[Array]:
        """Vectors of length 1 of the tokens of each text, its start and end among them: shape (tokens + 2, width)."""
        missing = sorted({text for text in texts if text not in self._kept}, key=len)
        fresh: dict[str, Array] = {}
        for first in range(0, len(missing), BATCH):
            some = missing[first : first + BATCH]
            fresh.update(zip(some, self._read(some), strict=True))
        found = [fresh[text] if text in fresh else self._kept[text] for text in texts]
        self._kept.update(fresh)
        for text in list(self._kept)[: max(0, len(self._kept) - KEPT)]:
            del self._kept[text]
        return found

    def _read(self, texts: Sequence[str]) -> Iterator[Array]:
        torch = self._torch
        # A word at the start is the token that it is elsewhere, as the published code has it.
        begun = [f" {words}" if (words := text.strip()) else "" for text in texts]
        how = {"padding": True, "truncation": True, "max_length": LONGEST, "return_tensors": "pt"}
        asked = self._words(begun, **how).to(self._device)
        with torch.inference_mode():
            seen = self._model(**asked).last_hidden_state
        seen = torch.nn.functional.normalize(seen, dim=-1).cpu().numpy()
        for vectors, length in zip(seen, asked["attention_mask"].sum(1).tolist(), strict=True):
            yield vectors[:length].copy()


encoder = cache(Encoder)


def matched(gold: Array, said: Array) -> tuple[float, float, float]:
    """Precision, recall and F1 of two texts' vectors, (K, width) and (L, width), whose first and last are no tokens.

    >>> one, two, edge = [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]
    >>> matched(np.array([edge, one, two, edge]), np.array([edge, one, edge]))
    (1.0, 0.5, 0.6666666666666666)
    """
    alike = said @ gold.T
    precision, recall = float(alike.max(1)[1:-1].mean()), float(alike.max(0)[1:-1].mean())
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def statistics(gold: Sequence[str], predicted: Sequence[str | None], _: Sequence[str] = ()) -> Array:
    """Per sample: counted, precision, recall, F1, (N, 4). No answer scores 0.

    Raises UsageError where the weights are not at hand.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold texts, but {len(predicted)} predictions")
    out = np.zeros((len(gold), 4))
    out[:, COUNT] = 1
    pairs = [(i, truth, said) for i, (truth, said) in enumerate(zip(gold, predicted, strict=True)) if _words(said)]
    for first in range(0, len(pairs), KEPT // 2):
        rows, truths, answers = zip(*pairs[first : first + KEPT // 2], strict=True)
        read = encoder().vectors([*truths, *answers])
        for row, truth, said in zip(rows, read[: len(rows)], read[len(rows) :], strict=True):
            out[row, PRECISION:] = matched(truth, said) if len(truth) > 2 else 0.0
    return out


def _words(text: str | None) -> bool:
    return bool(text and text.strip())


def support(sums: Array) -> Array:
    """Samples, (..., 1)."""
    return sums[..., [COUNT]]


def bertscore(sums: Array) -> Array:
    """BERTScore: mean over samples of the F1 of tokens that are near to each other.

    >>> float(bertscore(np.array([2.0, 1.9, 1.5, 1.7])))  # the sums of two samples
    0.85
    """
    return ratio(sums[..., F1], sums[..., COUNT], empty=np.nan)


def bertscore_precision(sums: Array) -> Array:
    """Mean over samples of how near each token of the answer comes to one of gold.

    >>> float(bertscore_precision(np.array([2.0, 1.9, 1.5, 1.7])))
    0.95
    """
    return ratio(sums[..., PRECISION], sums[..., COUNT], empty=np.nan)


def bertscore_recall(sums: Array) -> Array:
    """Mean over samples of how near each token of gold comes to one of the answer.

    >>> float(bertscore_recall(np.array([2.0, 1.9, 1.5, 1.7])))
    0.75
    """
    return ratio(sums[..., RECALL], sums[..., COUNT], empty=np.nan)
