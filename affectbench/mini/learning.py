"""How `mini` learns: two lessons, each step of which follows from the seed and its number, so it can be resumed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from affectbench import faces
from affectbench.mini import network, sight, speech
from affectbench.mini.muon import Muon
from affectbench.mini.pictures import KEPT_APART, SHOWN, Corpus, Report
from affectbench.mini.questions import asked

SEEN = (38, 10)
"""Faces, and frames of films, in each step of the first lesson."""
ASKED = 20
"""Faces in a step of the second lesson; each is asked about three times."""
FAST, SLOW = (0.02, 1.5e-3), (0.008, 1e-3)
"""The highest rates of Muon and AdamW: to see is learnt fast, to read a list only where it is learnt slowly."""
BARE, RICH = 0.375, 0.65
"""From this share of the second lesson on, questions say more than a list, and from this one on all that they may."""
EYES = ("model.model.vision_model", "model.model.connector", "judge")
MOUTH = ("model.model.text_model", "model.lm_head")
OUTER = ("embed", "position", "lm_head", "all.")
"""Parameters that are no hidden matrices, by their names."""
WARMING = 100
KEPT_EVERY = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is drawn and learnt; the defaults are what ships."""

    faces: int = 16_000
    films: int = 1_500
    seeing: int = 1_300
    speaking: int = 2_400


def vocabulary(corpus: Corpus, seed: int, number: int = 20_000) -> Any:
    """Return the tokenizer, made from questions and answers like those that will be asked."""
    chance = Random(f"{seed} words")
    looks = [*corpus.faces, *corpus.films]
    questions = (asked(looks[chance.randrange(len(looks))], chance) for _ in range(number))
    return network.tokenizer(f"{q.system}\n{q.before}{q.after}\n{q.answer}" for q in questions)


def learn(corpus: Corpus, plan: Plan, seed: int, folder: Path, report: Report) -> tuple[Any, Any]:
    """Return the model and its tokenizer after both lessons; what was learnt so far is kept in a folder."""
    torch.manual_seed(seed)
    words = vocabulary(corpus, seed)
    model, judge = network.network(words), network.Judge(len(sight.EXPRESSIONS))
    network.prepare(model)
    both, lesson = nn.ModuleDict({"model": model, "judge": judge}), speech.Lesson(words)
    seeing = Course("seeing", plan.seeing, EYES, FAST)
    seeing.run(both, folder, report, lambda step: _see(corpus, both, _chance(seed, 1, step)))
    speaking = Course("speaking", plan.speaking, MOUTH, SLOW)

    def speak(step: int) -> Tensor:
        rich = min(1.0, max(0.0, (step / plan.speaking - BARE) / (RICH - BARE)))
        return _speak(corpus, model, (lesson, words), _chance(seed, 2, step), (rich, rich > 0 and step % 4 == 3))

    speaking.run(both, folder, report, speak)
    return model.eval(), words


def _chance(seed: int, lesson: int, step: int) -> np.random.Generator:
    return faces.generator(KEPT_APART, seed, lesson, step)


def _see(corpus: Corpus, both: nn.ModuleDict, rng: np.random.Generator) -> Tensor:
    looks = sight.some(corpus, rng, SEEN)
    pictures, points = sight.changed(looks, rng, len(looks))
    return sight.lesson(both["judge"](network.look(both["model"], pictures)), sight.truth(looks), points)


def _speak(
    corpus: Corpus, model: Any, tools: tuple[Any, Any], rng: np.random.Generator, how: tuple[float, bool]
) -> Tensor:
    """Ask about faces, or about films; how richly, and which of both. What is seen is no longer learnt."""
    (lesson, words), (rich, films) = tools, how
    if films:
        frames = int(rng.choice([4, 6, 7, SHOWN, SHOWN, SHOWN]))
        chosen = [corpus.films[i] for i in rng.integers(len(corpus.films), size=6)]
        shown = sorted(rng.permutation(SHOWN)[:frames].tolist())
        looks = [(film, place) for film in chosen for place in shown]
        asked = speech.lines(words, chosen, (4, frames), rng, rich)
    else:
        frames = 1
        looks = [look for look in sight.some(corpus, rng, (ASKED, 0)) if look[0].face.expression or rng.random() < rich]
        asked = speech.lines(words, [seen for seen, _ in looks], (3, 1), rng, rich)
    with torch.no_grad():
        pictures, _ = sight.changed(looks, rng, len(looks) // frames)
        seen = network.look(model, pictures)
    seen = seen.reshape(-1, frames, *seen.shape[1:])
    said = [lesson(model, seen, lines) for lines in asked]
    return torch.stack(said).sum() / sum(lines.weights.sum() for lines in asked)


@dataclass(frozen=True, slots=True)
class Course:
    """A lesson of so many steps, with the parts that learn and the highest rates of Muon and AdamW."""

    name: str
    steps: int
    parts: tuple[str, ...]
    rates: tuple[float, float]

    def run(self, both: nn.ModuleDict, folder: Path, report: Report, loss: Callable[[int], Tensor]) -> None:
        """Learn from the first step on, or on from where it was interrupted."""
        optimizers = self._optimizers(both)
        highest = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
        kept, losses = folder / f"{self.name}.pt", deque[float](maxlen=50)
        begin = _resumed(kept, both, optimizers)
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        every = [p for group in groups for p in group["params"]]
        both.train()
        for step in range(begin, self.steps):
            for group, rate in zip(groups, highest, strict=True):
                group["lr"] = rate * self._share(step)
            both.zero_grad()
            now = loss(step)
            now.backward()
            nn.utils.clip_grad_norm_(every, 1.0)
            for optimizer in optimizers:
                optimizer.step()
            losses.append(now.item())
            report(f"{self.name} (loss {np.mean(losses):.3f})", step + 1, self.steps)
            if (step + 1) % KEPT_EVERY == 0 or step + 1 == self.steps:
                state = {"step": step + 1, "both": both.state_dict()}
                state["optimizers"] = [optimizer.state_dict() for optimizer in optimizers]
                torch.save(state, rough := kept.with_suffix(".new"))
                rough.replace(kept)

    def _optimizers(self, both: nn.ModuleDict) -> list[torch.optim.Optimizer]:
        """Return Muon for the matrices of hidden layers, AdamW for embeddings, heads, norms and biases."""
        inner, outer = [], []
        for part in self.parts:
            named = [(name, p) for name, p in both.named_parameters() if name.startswith(part)]
            hidden = [p for name, p in named if p.dim() == 2 and not any(word in name for word in OUTER)]
            rest = [p for name, p in named if p.dim() != 2 or any(word in name for word in OUTER)]
            inner += [{"params": hidden}] if hidden else []
            outer += [{"params": rest}] if rest else []
        muon, adam = self.rates
        return [
            Muon(inner, lr=muon, weight_decay=0.01),
            torch.optim.AdamW(outer, lr=adam, weight_decay=0.05, betas=(0.9, 0.98)),
        ]

    def _share(self, step: int) -> float:
        """Return which share of the highest rate a step has: it rises fast and falls as a cosine does."""
        return min(1.0, (step + 1) / WARMING) * (0.5 + 0.5 * math.cos(math.pi * step / self.steps) + 0.01)


def _resumed(kept: Path, both: nn.ModuleDict, optimizers: Sequence[torch.optim.Optimizer]) -> int:
    """Take up what was learnt before an interruption; return the number of the next step."""
    if not kept.is_file():
        return 0
    state = torch.load(kept, weights_only=True)
    both.load_state_dict(state["both"])
    for optimizer, own in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(own)
    return int(state["step"])
