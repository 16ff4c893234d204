"""Whether the variants of a task really ask different things: a comparison of equal requests would show nothing.

Before anything runs, what is removed must be something that the prompts show; afterwards, the requests that were sent
must differ. If they do not, what was removed was never consumed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from affectbench import rendering
from affectbench.datasets import Ablation, Bound
from affectbench.errors import AffectbenchError, UsageError
from affectbench.manifest import Variant
from affectbench.prompts import Prompter
from affectbench.records import read_manifest, read_outcomes
from affectbench.types import Sample

LOOKED_AT = 20
"""So many samples are rendered to see whether two variants ask the same."""

Request = tuple[Any, ...]


def differ(bound: Bound, variants: Sequence[Variant]) -> None:
    """Raise UsageError where two variants of a task would ask the same, or one removes what the task does not have."""
    for variant in variants:
        variant.applied(bound)
    applied = [(variant, replace(variant, shard=None).applied(bound)) for variant in variants]
    for (one, first), (other, second) in combinations(applied, 2):
        if one.perturb == other.perturb and _same(first, second):
            raise UsageError(f"task {bound.task.id!r}: {_not_consumed(one.ablate, other.ablate)}")


def differed(folders: Iterable[Path]) -> None:
    """Raise AffectbenchError where two runs, ablated in different ways, sent the same requests throughout."""
    by_task: dict[tuple[str | None, ...], list[dict[str, Any]]] = defaultdict(list)
    for folder in folders:
        facts = read_manifest(folder)
        if facts["observed"]:
            varied = facts["variant"]
            key = (facts["task"]["id"], facts["model"]["name"], varied["prompt"], varied.get("perturb"))
            by_task[key].append({**facts, "folder": folder})
    for runs in by_task.values():
        several = runs if len(runs) > 1 else []
        sent = [{(o.id, o.repeat): o.prompt.digest for o in read_outcomes(r["folder"]) if o.prompt} for r in several]
        for (one, first), (other, second) in combinations(zip(several, sent, strict=True), 2):
            common = first.keys() & second.keys()
            if common and all(first[key] == second[key] for key in common):
                raise AffectbenchError(
                    f"task {one['task']['id']!r}: all requests of {_named(one)!r} and {_named(other)!r} were the same, "
                    "byte for byte: what the one lacks was not consumed in the other "
                    f"({one['folder']}, {other['folder']})"
                )


def _named(facts: Mapping[str, Any]) -> str:
    return Variant.recorded(facts["variant"]).said


def _same(one: Bound, other: Bound) -> bool:
    """Whether two variants ask the same of samples that differ, as far as is looked; nothing is decoded."""
    pairs = ((a, b) for a, b in zip(one.samples, other.samples, strict=True) if a.bad is None)
    if one.views == other.views:  # else what is shown differs although the samples do not
        pairs = ((a, b) for a, b in pairs if a != b)
    render = [rendering.prompter(bound, bound.task.spec.settings, observe=False) for bound in (one, other)]
    for a, b in islice(pairs, LOOKED_AT):
        try:
            if _request(one, a, render[0]) != _request(other, b, render[1]):
                return False
        except AffectbenchError:  # told when the sample is asked, as the fault of that sample
            return False
    return True


def _request(bound: Bound, sample: Sample, render: Prompter) -> Request:
    """Return what a sample asks: texts, and which media in which state."""
    prompt = render(sample, 0, {medium.name: rendering.placed(medium) for medium in sample.media})
    parts = [part for message in prompt.messages for part in message.parts]
    return tuple(part.text if part.media is None else _state(bound, part.media.facts.name) for part in parts)


def _state(bound: Bound, name: str) -> tuple[str, Any]:
    return name, bound.views.get(name)


def _not_consumed(one: Ablation | None, other: Ablation | None) -> str:
    letters = set(one.parts if one else "") ^ set(other.parts if other else "")
    words = {"v": "pictures", "a": "audio", "t": "text"}
    what = " and ".join(word for letter, word in words.items() if letter in letters) or "what is removed"
    shown = " and ".join(repr(wish.said) if wish else "the plain task" for wish in (one, other))
    return f"{what} not consumed: the requests of {shown} are the same, byte for byte; look at the prompt's wording"
