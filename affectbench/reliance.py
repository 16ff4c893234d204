"""Whether the variants of a task really ask different things: a comparison of equal requests would show nothing.

Before anything runs, what is removed must be something that the prompts show; afterwards, the requests that were sent
must differ. If they do not, what was removed was never consumed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from affectbench import rendering
from affectbench.datasets import Ablation, Bound
from affectbench.errors import AffectbenchError, UsageError
from affectbench.manifest import Variant
from affectbench.records import read_manifest, read_outcomes

LOOKED_AT = 20
"""So many samples are rendered to see whether two variants ask the same."""

Request = tuple[Any, ...]


def differ(bound: Bound, variants: Sequence[Variant]) -> None:
    """Raise UsageError where two variants of a task would ask the same, or one removes what the task does not have."""
    asked = [(variant, _requests(variant.applied(bound))) for variant in variants]
    for (one, first), (other, second) in combinations(asked, 2):
        if first == second and one.perturb == other.perturb:
            raise UsageError(f"task {bound.task.id!r}: {_not_consumed(one.ablate, other.ablate)}")


def differed(folders: Iterable[Path]) -> None:
    """Raise AffectbenchError where two runs that are variants of each other sent the same requests throughout."""
    by_task: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for folder in folders:
        facts = read_manifest(folder)
        if facts["observed"]:
            key = (facts["task"]["id"], facts["model"]["name"], facts["variant"]["prompt"])
            by_task[key].append({**facts, "folder": folder})
    for runs in by_task.values():
        varied = [run for run in runs if len(runs) > 1]
        sent = [{(o.id, o.repeat): o.prompt.digest for o in read_outcomes(r["folder"]) if o.prompt} for r in varied]
        for (one, first), (other, second) in combinations(zip(varied, sent, strict=True), 2):
            common = first.keys() & second.keys()
            if common and all(first[key] == second[key] for key in common):
                raise AffectbenchError(
                    f"task {one['task']['id']!r}: all requests of {_named(one)!r} and {_named(other)!r} were the same, "
                    "byte for byte: what the one lacks was not consumed in the other "
                    f"({one['folder']}, {other['folder']})"
                )


def _named(facts: Mapping[str, Any]) -> str:
    return Variant.recorded(facts["variant"]).said


def _requests(bound: Bound) -> list[Request]:
    """Return what the first samples ask: texts, and which media in which state; nothing is decoded."""
    render = rendering.prompter(bound, bound.task.spec.settings, observe=False)
    found = []
    for sample in islice((s for s in bound.samples if s.bad is None), LOOKED_AT):
        located = {medium.name: rendering.placed(medium) for medium in sample.media}
        prompt = render(sample, 0, located)
        parts = [part for message in prompt.messages for part in message.parts]
        found.append(tuple(part.text if part.media is None else _state(bound, part.media.facts.name) for part in parts))
    return found


def _state(bound: Bound, name: str) -> tuple[str, Any]:
    return name, bound.views.get(name)


def _not_consumed(one: Ablation | None, other: Ablation | None) -> str:
    letters = set(one.parts if one else "") ^ set(other.parts if other else "")
    words = {"v": "pictures", "a": "audio", "t": "text"}
    what = " and ".join(word for letter, word in words.items() if letter in letters) or "what is removed"
    shown = " and ".join(repr(wish.said) if wish else "the plain task" for wish in (one, other))
    return f"{what} not consumed: the requests of {shown} are the same, byte for byte; look at the prompt's wording"
