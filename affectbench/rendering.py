"""What a bound task asks, rendered: for a model that is about to be asked, or just to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from affectbench import media
from affectbench.datasets import Bound
from affectbench.errors import MediaError
from affectbench.prompts import Prompter, Shot
from affectbench.types import Decoded, Facts, Media, Part, Prompt, Sample, Settings


def prepared(bound: Bound, sample: Sample, *, observe: bool) -> dict[str, Decoded]:
    """Return a sample's media by name, decoded or (`observe` false) located. Raises MediaError."""
    views = bound.views
    return {
        m.name: media.prepare(m, bound.locate(m), views.get(m.name, media.PLAIN), observe=observe) for m in sample.media
    }


def placed(medium: Media) -> Decoded:
    """Return a medium as a prompt places it, without looking for its file."""
    facts = Facts(name=medium.name, kind=medium.kind, source=medium.path or "cell", observed=False)
    return Decoded(facts=facts)


def prompter(bound: Bound, settings: Settings, *, observe: bool) -> Prompter:
    """Return what renders the prompts of a bound task; a solved example's media are prepared once, or fail once."""
    if bound.pool is None:
        return Prompter(bound.task, settings)

    def solved(example: Sample) -> Shot:
        if example.id not in known:
            try:
                known[example.id] = Shot(example, prepared(bound, example, observe=observe))
            except MediaError as error:
                known[example.id] = error
        found = known[example.id]
        if isinstance(found, MediaError):
            raise MediaError(found.kind, f"solved example {example.id!r}: {found}")
        return found

    known: dict[str, Shot | MediaError] = {}
    return Prompter(bound.task, settings, lambda sample: list(map(solved, bound.shots(sample))))


def first(bound: Bound, settings: Settings) -> tuple[Prompt, Mapping[str, Decoded]]:
    """Render the first sample with its media decoded."""
    sample = bound.samples[0]
    decoded = prepared(bound, sample, observe=True)
    return prompter(bound, settings, observe=True)(sample, 0, decoded), decoded


def requests(bound: Bound) -> Iterator[dict[str, Any]]:
    """Yield what each sample asks: id, messages with media as paths below the data root, options."""
    render = prompter(bound, bound.task.spec.settings, observe=False)
    for sample in bound.samples:
        prompt = render(sample, 0, prepared(bound, sample, observe=False))
        yield {
            "id": sample.id,
            "messages": [{"role": m.role, "content": [_content(part) for part in m.parts]} for m in prompt.messages],
            "options": list(prompt.asked.options),
        }


def _content(part: Part) -> dict[str, Any]:
    if part.media is None:
        return {"text": part.text}
    facts = part.media.facts
    return {"media": facts.name, "kind": facts.kind, "path": facts.source}
