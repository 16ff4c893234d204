"""Baselines: chance, majority and prior answers as text, through the same path as any model's.

- `chance` draws from what may be answered, each option equally often (labels: each with probability one half; open
  words and texts, of which there is no list: the answer of another sample).
- `majority` gives the commonest answer of the gold (labels: those of more than half of the samples; levels: the means).
- `prior` draws as often as the gold has it (labels: each by itself; levels and texts: those of another sample, a level
  that it lacks at its mean).

Draws depend on the sample's id and the seed alone, not on the order of samples or of options.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self

from affectbench.errors import UsageError, near
from affectbench.models import TaskFacts
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Form, Gold, Prompt, Response

RULES = ("chance", "majority", "prior")


def build(card: ModelSpec, facts: TaskFacts) -> Baseline:
    """Make a baseline for one task. Raises UsageError for an unknown rule, or a task whose gold gives it nothing."""
    if card.id not in RULES:
        raise UsageError(f"there is no baseline {card.id!r}{near(card.id, RULES)} (there are {', '.join(RULES)})")
    needs_gold = card.id != "chance" or facts.asked.form in ("open", "text")
    seen = Seen.of(facts.asked, facts.golds.values())
    if needs_gold and not seen.samples:
        raise UsageError(f"baseline:{card.id} needs the gold of task {facts.id!r}, which has none that it could learn")
    return Baseline(card, partial(_ANSWER[facts.asked.form], card.id, seen))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a baseline learns from the gold: how often each label stands, of how many, and the plain answers."""

    samples: int
    counts: Mapping[str, float]
    coded: Mapping[str, float] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)
    answers: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Asked, golds: Iterable[Gold]) -> Seen:
        """Learn from the golds that have what the form asks for."""
        return _LEARN[asked.form](asked, list(golds))


Answer = Callable[[Prompt, random.Random], str]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model that answers by one rule and looks at nothing."""

    card: ModelSpec
    answer: Answer
    in_flight: int = 1
    observes: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return None

    async def generate(self, prompt: Prompt) -> Response:
        """Answer one prompt; the same sample, repeat and seed give the same answer."""
        seed = self.card.settings.seed or 0
        draw = random.Random(f"{seed}/{prompt.repeat}/{prompt.sample_id}")
        return Response(text=self.answer(prompt, draw), finish="stop")


def _learn_choice(asked: Asked, golds: list[Gold]) -> Seen:
    counts: Counter[str] = Counter()
    for gold in golds:
        if gold.label is not None:
            counts[gold.label] += 1
        elif gold.votes:
            total = sum(gold.votes.values()) or 1
            counts.update({name: share / total for name, share in gold.votes.items()})
    return Seen(samples=len(golds) if counts else 0, counts=counts)


def _learn_labels(asked: Asked, golds: list[Gold]) -> Seen:
    having = [gold for gold in golds if gold.labels is not None]
    counts = Counter(name for gold in having for name in gold.labels or ())
    unlabelled = Counter(name for gold in having for name in gold.unlabelled)
    return Seen(len(having), counts, {name: len(having) - unlabelled[name] for name in asked.options})


def _learn_levels(asked: Asked, golds: list[Gold]) -> Seen:
    having = [gold.levels for gold in golds if gold.levels]
    values = {name: [levels[name] for levels in having if name in levels] for name, _, _ in asked.levels}
    means = {name: sum(v) / len(v) for name, v in values.items() if v}
    answers = tuple(_numbers({**means, **levels}, asked) for levels in having)
    return Seen(len(having), {}, means=means, answers=answers)


def _learn_open(asked: Asked, golds: list[Gold]) -> Seen:
    words = [gold.labels or tuple(filter(None, [gold.label])) or tuple(gold.votes or ()) for gold in golds]
    answers = tuple(", ".join(some) for some in words if some)
    return Seen(len(answers), Counter(answers), answers=answers)


def _learn_text(asked: Asked, golds: list[Gold]) -> Seen:
    answers = tuple(gold.text for gold in golds if gold.text)
    return Seen(len(answers), Counter(answers), answers=answers)


def _choice(rule: str, seen: Seen, prompt: Prompt, draw: random.Random) -> str:
    options = sorted(prompt.asked.options)  # the order in which they were shown must not matter
    weights = [seen.counts.get(option, 0.0) for option in options]
    if rule == "majority":
        return max(options, key=lambda option: round(seen.counts.get(option, 0.0), 9))
    if rule == "chance" or not sum(weights):
        return draw.choice(options)
    return draw.choices(options, weights)[0]


def _labels(rule: str, seen: Seen, prompt: Prompt, draw: random.Random) -> str:
    chosen = []
    for option in sorted(prompt.asked.options):
        share = seen.counts.get(option, 0.0) / (seen.coded.get(option) or 1)
        level = 0.5 if rule == "majority" else draw.random()
        if (0.5 if rule == "chance" else share) > level:
            chosen.append(option)
    return ", ".join(chosen) or "none"


def _levels(rule: str, seen: Seen, prompt: Prompt, draw: random.Random) -> str:
    asked = prompt.asked
    if rule == "prior":
        return draw.choice(seen.answers)
    drawn = {name: draw.uniform(low, high) for name, low, high in asked.levels}
    return _numbers(drawn if rule == "chance" else {**drawn, **seen.means}, asked)


def _open(rule: str, seen: Seen, prompt: Prompt, draw: random.Random) -> str:
    if rule == "majority":
        return max(sorted(seen.counts), key=lambda answer: seen.counts[answer])
    return draw.choice(seen.answers)


def _numbers(levels: Mapping[str, float], asked: Asked) -> str:
    return ", ".join(f"{name}: {round(levels[name], 4) + 0.0:.10g}" for name, _, _ in asked.levels if name in levels)


_LEARN: dict[Form, Callable[[Asked, list[Gold]], Seen]] = {
    "choice": _learn_choice,
    "labels": _learn_labels,
    "levels": _learn_levels,
    "open": _learn_open,
    "text": _learn_text,
}
_ANSWER: dict[Form, Callable[[str, Seen, Prompt, random.Random], str]] = {
    "choice": _choice,
    "labels": _labels,
    "levels": _levels,
    "open": _open,
    "text": _open,
}
