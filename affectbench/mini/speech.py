"""The second lesson of `mini`: to answer questions about what it sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from affectbench.mini.network import END, IMAGE, NUMBERS, TOKENS
from affectbench.mini.pictures import Seen
from affectbench.mini.questions import Question, asked

PICTURE = f"<fake_token_around_image><global-img>{IMAGE * TOKENS}<fake_token_around_image>"
SPREAD = 0.07
"""A number's neighbours are nearly right, too: so far."""
GROUPS = 3
"""Questions of like length are answered together."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Questions and answers as token ids, padded on the right: `ids` of shape (n, length), `whose` picture each is
    about, and where the answers' tokens are (`rows` and `places` of those that foretell them, `right` what comes).
    `weights`: how much each of these counts, less in a long answer, so that short ones are not drowned."""

    ids: Tensor
    whose: Tensor
    rows: Tensor
    places: Tensor
    right: Tensor
    weights: Tensor


def texts(question: Question, pictures: int) -> tuple[str, str]:
    """Return a question as the chat template and the processor write it, and its answer."""
    system = f"<system>{question.system}{END}" if question.system else ""
    shown = PICTURE * pictures
    return f"{system}<user>{question.before}{shown}{question.after}{END}<assistant>", f"{question.answer}{END}"


def lines(
    words: Any, looks: Sequence[Seen], counts: tuple[int, int], rng: np.random.Generator, rich: float = 1.0
) -> list[Lines]:
    """Ask so many questions about each of some faces or films, each film in so many frames."""
    chance = Random(int(rng.integers(2**62)))
    each, frames = counts
    made = [(n, texts(asked(seen, chance, rich), frames)) for n, seen in enumerate(looks) for _ in range(each)]
    prompts = words([prompt for _, (prompt, _) in made], add_special_tokens=False)["input_ids"]
    answers = words([answer for _, (_, answer) in made], add_special_tokens=False)["input_ids"]
    every = sorted(zip((n for n, _ in made), prompts, answers, strict=True), key=lambda one: len(one[1]) + len(one[2]))
    groups = GROUPS if len(every) >= 4 * GROUPS else 1
    size = -(-len(every) // groups)
    return [_padded(every[i : i + size], words.pad_token_id) for i in range(0, len(every), size)]


def _padded(made: Sequence[tuple[int, list[int], list[int]]], filling: int) -> Lines:
    longest = max(len(prompt) + len(answer) for _, prompt, answer in made)
    ids = torch.full((len(made), longest), filling)
    rows: list[int] = []
    places: list[int] = []
    right: list[int] = []
    weights: list[float] = []
    for row, (_, prompt, answer) in enumerate(made):
        ids[row, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
        rows += [row] * len(answer)
        places += range(len(prompt) - 1, len(prompt) - 1 + len(answer))
        right += answer
        weights += [len(answer) ** -0.5] * len(answer)
    whose = torch.tensor([n for n, _, _ in made])
    return Lines(ids, whose, torch.tensor(rows), torch.tensor(places), torch.tensor(right), torch.tensor(weights))


class Lesson(nn.Module):  # type: ignore[misc]
    """The loss of answers; what is near a number counts a bit as well."""

    def __init__(self, words: Any) -> None:
        super().__init__()
        self.image = words.convert_tokens_to_ids(IMAGE)
        numbers = torch.tensor(words.convert_tokens_to_ids(list(NUMBERS)))
        values = torch.tensor(list(map(float, NUMBERS)))
        near = torch.exp(-((values[:, None] - values[None]) ** 2) / (2 * SPREAD**2))
        soft = torch.eye(len(words))
        soft[numbers[:, None], numbers[None]] = near / near.sum(1, keepdim=True)
        self.register_buffer("soft", soft)

    def forward(self, model: Any, seen: Tensor, asked: Lines) -> Tensor:
        """Return the loss, a sum over the tokens of all answers; `seen`: shape (pictures, frames, TOKENS, width)."""
        said = model.model.text_model.embed_tokens(asked.ids)
        shown = seen[asked.whose].reshape(len(asked.ids), -1, seen.shape[-1])
        said = said.masked_scatter((asked.ids == self.image)[..., None], shown)
        # Filling comes last, so no token that counts sees it.
        heard = model.model.text_model(inputs_embeds=said, use_cache=False).last_hidden_state
        logits = model.lm_head(heard[asked.rows, asked.places])
        return -(asked.weights @ (self.soft[asked.right] * torch.log_softmax(logits, dim=-1)).sum(1))
