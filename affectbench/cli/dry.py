"""`affectbench run --dry-run`: one rendered request a run, its media facts and an estimate of tokens; no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from affectbench.cli import printing
from affectbench.cli.show import sent

if TYPE_CHECKING:
    from affectbench.cli.run import Wish
    from affectbench.types import Prompt

TEXT_CHARACTERS_A_TOKEN = 4
PIXELS_A_TOKEN = 28 * 28
TOKENS_A_SECOND = 25
"""Rough rules for text, pictures and sound, near the public tokenisers and encoders; an estimate, shown as one."""


def show_requests(wishes: Sequence[Wish], as_json: bool) -> None:
    """Print the first request of every task under every model, in each variant."""
    from affectbench.types import Facts

    requests = [_request(wish) for wish in wishes]
    if as_json:
        printing.document({"schema": 1, "requests": requests})
        return
    for request in requests:
        printing.say(f"{request['label']} · sample {request['id']}", bold=True)
        for message in request["messages"]:
            printing.say(f"[{message['role']}]\n{message['text']}")
        for facts in request["sent"]:
            printing.say(f"[sent]\n{sent(Facts(**facts))}")
        printing.say(
            f"about {request['tokens']:,} tokens a request, {request['all_tokens']:,} for {request['n']:,} samples\n"
        )


def _request(wish: Wish) -> dict[str, Any]:
    from affectbench import rendering
    from affectbench.datasets import with_frames

    card = wish.model.card
    bound = wish.variant.applied(with_frames(wish.bound, card.frames))
    prompt, decoded = rendering.first(bound, card.sampling(bound.task.spec.settings))
    tokens = _tokens(prompt)
    return {
        "label": wish.label,
        "task": bound.task.id,
        "model": card.name,
        "variant": wish.variant.said,
        "id": prompt.sample_id,
        "messages": [{"role": m.role, "text": m.text} for m in prompt.messages],
        "sent": [d.facts.model_dump(mode="json", exclude_none=True) for d in decoded.values()],
        "settings": prompt.settings.model_dump(exclude_none=True),
        "tokens": tokens,
        "n": len(bound.samples),
        "all_tokens": tokens * len(bound.samples) * bound.task.spec.repeats,
    }


def _tokens(prompt: Prompt) -> int:
    parts = [part for message in prompt.messages for part in message.parts]
    text = sum(len(part.text) for part in parts) // TEXT_CHARACTERS_A_TOKEN
    facts = [part.media.facts for part in parts if part.media]
    pixels = sum((f.width or 0) * (f.height or 0) * (f.frames or 1) // PIXELS_A_TOKEN for f in facts)
    return text + pixels + round(sum((f.seconds or 0) * TOKENS_A_SECOND for f in facts if f.kind == "audio"))
