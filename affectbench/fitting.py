"""Whether a model can do what a task asks, and may be sent what it shows: checked before anything is connected."""

from __future__ import annotations

from collections.abc import Collection

from affectbench.backends import BACKENDS, is_local
from affectbench.budget import Budget
from affectbench.errors import UsageError
from affectbench.models import stays_here
from affectbench.specs.model import ModelSpec
from affectbench.specs.task import AnswerSpec
from affectbench.task import Task
from affectbench.types import MediaKind
from affectbench.views import FRAMES

WANTS = {
    "choice": "holds the model to one of its options (answer.constrain: choice)",
    "json": "holds the model to JSON (answer.constrain: json)",
    "logprobs": "takes the option that the model finds likeliest (answer.score_by: likelihood)",
}
"""What a task may want of a model, in the words of a card's `supports`."""


def code_confirmed(card: ModelSpec, confirmed: Collection[str]) -> None:
    """Raise UsageError for a model that runs code of its own, unless its name is among those the user confirmed."""
    if card.engine.get("trust_remote_code") and card.name not in confirmed:
        raise UsageError(
            f"{card.name} runs code that comes with the model {card.id}, on this machine and with your rights. "
            f"If you trust those who wrote it, pass --trust-remote-code {card.name}"
        )


def scorable(task: Task) -> None:
    """Raise UsageError for a task whose gold nobody outside has."""
    if task.withheld:
        raise UsageError(
            f"task {task.id!r} cannot be scored: there are no public labels of {task.dataset.id!r}. `affectbench tasks "
            f"export {task.id}` writes its requests, and those who have the labels can score the answers"
        )


def check(task: Task, card: ModelSpec, allow_send: Collection[str], budget: Budget) -> None:
    """Raise UsageError for the first thing that the model cannot do or may not be sent."""
    sees(task, card)
    _can_be_held(task, card)
    if budget.cost is not None and card.price is None and card.backend == "openai":
        raise UsageError(f"{card.name}: --max-cost cannot be kept without a `price` in the model's entry")
    name = task.dataset.id
    if task.dataset.access.send == "local" and not stays_here(card) and name not in allow_send:
        server = card.base_url or card.name
        raise UsageError(
            f"the samples of {name!r} may not be sent to {server}: the dataset's licence keeps them "
            f"on your own machines. Use a local model, mark your own server `trusted: true` in its model entry, or, if "
            f"your agreement allows it, pass --allow-send {name}"
        )


def sees(task: Task, card: ModelSpec) -> None:
    """Raise UsageError for a model that cannot take in what a task shows."""
    if strange := sorted(task.kinds() - set(card.accepts) - stood_in_for(task, card)):
        frames = ", `media: {NAME: {frames: 8}}` lets frames stand in" if strange[0] == "video" else ""
        raise UsageError(
            f"{card.name} does not accept {strange[0]}, which task {task.id!r} shows (`sees:` narrows it{frames})"
        )


def most_shown(task: Task, frames: int | None, kind: MediaKind) -> int:
    """Return how many media of a kind one question shows; the frames of a clip are images, `frames` of them if the task
    does not say how many.
    """
    kinds, uses = task.dataset.media_kinds(), task.spec.media or {}
    clips = [name for name in task.shown if kinds[name] == "video" and kind == "image"]
    asked = [uses[name].frames if name in uses else None for name in clips]
    found = sum(chosen.frames().most if chosen else frames or FRAMES for chosen in asked)
    return found + sum(kinds[name] == kind for name in task.shown)


def stood_in_for(task: Task, card: ModelSpec) -> set[MediaKind]:
    """Return the kinds of media for which the task lets another kind stand in that the model takes: frames, for video.

    The record says of each clip how many frames were sent, and when they are.
    """
    kinds, uses = task.dataset.media_kinds(), task.spec.media or {}
    framed = [bool(name in uses and uses[name].frames) for name in task.shown if kinds[name] == "video"]
    return {"video"} if "image" in card.accepts and framed and all(framed) else set()


def _can_be_held(task: Task, card: ModelSpec) -> None:
    known, answer = BACKENDS.get(card.backend), task.spec.answer
    if answer.letters and answer.score_by == "likelihood" and not is_local(card.backend):
        raise UsageError(
            f"{card.name}: a server tells how likely first words are, and those of task {task.id!r} are letters "
            "(answer.letters): use a local model (hf, vllm), letters: false, or score_by: text"
        )
    offered = {*card.supports, *(known.supports if known else ())}
    if lacking := sorted(_wanted(answer) - offered):
        way = f"its entry does not say that its server can: write `supports: [{lacking[0]}]` there if it does"
        raise UsageError(
            f"{card.name}: task {task.id!r} {WANTS[lacking[0]]}, and "
            f"{f'the backend {card.backend} cannot' if known and known.in_process else way}"
        )


def _wanted(answer: AnswerSpec) -> set[str]:
    likelihood = {"logprobs"} if answer.score_by == "likelihood" else set()
    return likelihood | ({answer.constrain} - {"none"})
