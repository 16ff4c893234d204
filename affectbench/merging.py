"""Shards of one run, joined into the folder that one command would have made of it.

Every sample must be there with its gold, and every answer: what is missing or stands twice is named. Where an answer
is there twice, because a shard was carried out twice or the joined run went on by itself, a final one goes before an
error; two that differ are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectbench import finished, manifest
from affectbench.errors import RecordError, UsageError
from affectbench.judging import found as reviewed
from affectbench.records import MANIFEST, Key, Record, is_shard, read_outcomes
from affectbench.types import FINAL, Outcome, Sample

Found = tuple[Path, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A finished shard, read back."""

    folder: Path
    facts: dict[str, Any]
    samples: list[Sample]
    index: int
    of: int

    @property
    def name(self) -> str:
        """The shard as it was asked for."""
        return f"{self.index}/{self.of}"


def merge(paths: Iterable[Path], out: Path | None = None) -> Path:
    """Join the shards at or below `paths` into one sealed run below `out`, or where the shards lie; return its folder.

    Raises UsageError for folders that hold no shards, or shards of different runs; RecordError for shards that are not
    finished or not whole, and for answers that contradict each other. May be repeated.
    """
    parts = sorted((_part(folder) for folder in shard_folders(paths)), key=lambda part: part.index)
    _same_run(parts)
    samples = _samples(parts)
    keys = [(sample.id, repeat) for sample in samples for repeat in range(parts[0].facts["task"]["repeats"])]
    facts = _facts(parts)
    folder = manifest.folder(out, facts) if out else _beside(parts[0])
    with Record.open(folder, facts) as record:
        before = ((folder, outcome) for outcome in record.outcomes(keys))
        answers = _answers(keys, [*before, *_outcomes(parts)])
        for key, outcome in answers.items():
            if not record.done(*key):
                record.append(outcome)
        record.note(**_spent(record.manifest, parts), **_proof([record.manifest, *(part.facts for part in parts)]))
        results = finished.conclude(record.manifest, samples, record.outcomes(keys))
        results = reviewed.added(results, record, (samples, keys), finished.question(record.manifest))
        record.seal(keys, samples, results)
    return folder


def shard_folders(paths: Iterable[Path]) -> list[Path]:
    """Return the shards at or below each path, each once. Raises UsageError for a path without any."""
    found: dict[Path, Path] = {}
    for path in paths:
        below = sorted(file.parent for file in path.rglob(MANIFEST) if is_shard(file.parent))
        if not below and not (path / MANIFEST).exists():
            raise UsageError(f"{path} holds no shard of a run: `affectbench run … --shard 1/4` makes the first of four")
        found.update({folder.resolve(): folder for folder in below or [path]})
    if not found:
        raise UsageError("nothing to merge: give the shards of a run, or a folder that holds them")
    return list(found.values())


def _part(folder: Path) -> Part:
    run = finished.load(folder)
    shard = run.facts["variant"].get("shard")
    if shard is None or run.facts.get("whole") is None:
        raise UsageError(f"{folder} is a whole run, and no shard of one: there is nothing to merge")
    return Part(folder=folder, facts=run.facts, samples=run.samples, index=shard["index"], of=shard["of"])


def _same_run(parts: Sequence[Part]) -> None:
    """Raise UsageError unless all are shards of one run, cut in one way, on the same data."""
    whole = next((part for part in parts if not part.facts["data"]["missing"]), parts[0])
    for part in parts:
        for what, of in _SAME.items():
            if (a := of(parts[0])) != (b := of(part)):
                raise _differ(what, (parts[0], a), (part, b))
        a, b = whole.facts["data"], part.facts["data"]
        if a["media"] != b["media"] and not a["missing"] + b["missing"]:
            raise _differ("media", (whole, f"{a['files']} files"), (part, f"{b['files']}, other names or sizes"))


_SAME: Mapping[str, Callable[[Part], Any]] = {
    "runs": lambda part: f"{part.facts['run']} ({part.facts['task']['id']} · {part.facts['model']['name']})",
    "numbers of shards": lambda part: part.of,
    "numbers of samples": lambda part: part.facts["whole"]["samples"],
    "parts of the data": lambda part: "a part" if part.facts["whole"]["partial"] else "all",
    "data": lambda part: "mock data" if part.facts["mock"] else "real data",
}
"""What must be the same in shards that are joined. The run id is a digest of all that decides the numbers."""


def _differ(what: str, first: tuple[Part, Any], second: tuple[Part, Any]) -> UsageError:
    (one, a), (other, b) = first, second
    more = ". Merge the folder of each run by itself" if what == "runs" else ""
    return UsageError(f"cannot be merged: the {what} differ: {one.folder} has {a}, {other.folder} has {b}{more}")


def _samples(parts: Sequence[Part]) -> list[Sample]:
    """Return the samples of the run in order. Raises RecordError for what is missing or stands twice."""
    by_index: dict[int, Part] = {}
    total, of = parts[0].facts["whole"]["samples"], parts[0].of
    for part in parts:
        expected = len(range(part.index - 1, total, of))
        if len(part.samples) != expected:
            raise RecordError(f"{part.folder} holds {len(part.samples)} samples; shard {part.name} has {expected}")
        twin = by_index.setdefault(part.index, part)
        if twin.samples != part.samples:
            raise RecordError(f"{twin.folder} and {part.folder} are both shard {part.name}, with other samples or gold")
    _all_there(by_index, total, of)
    samples = [by_index[place % of + 1].samples[place // of] for place in range(total)]
    counts = Counter(sample.id for sample in samples)
    if doubled := [name for name, count in counts.items() if count > 1]:
        where = [str(part.folder) for part in by_index.values() if any(s.id == doubled[0] for s in part.samples)]
        raise RecordError(f"{len(doubled)} samples stand twice; the first is {doubled[0]!r}, in {' and '.join(where)}")
    return samples


def _all_there(by_index: Mapping[int, Part], total: int, of: int) -> None:
    if missing := [index for index in range(1, min(of, total) + 1) if index not in by_index]:
        count = sum(len(range(index - 1, total, of)) for index in missing)
        names = ", ".join(f"{index}/{of}" for index in missing)
        raise RecordError(
            f"{count} of {total} samples are missing: there is no shard {names}. The command of the others makes it, "
            f"with --shard {missing[0]}/{of}"
        )


def _outcomes(parts: Sequence[Part]) -> Iterator[Found]:
    for part in parts:
        yield from ((part.folder, outcome) for outcome in read_outcomes(part.folder))


def _answers(keys: Sequence[Key], found: Iterable[Found]) -> dict[Key, Outcome]:
    """Return the one outcome of each key. Raises RecordError for keys without any, and for a contradiction."""
    held: dict[Key, Found] = {}
    for folder, outcome in found:
        key = (outcome.id, outcome.repeat)
        held[key] = _one(held[key], (folder, outcome)) if key in held else (folder, outcome)
    if missing := [key for key in keys if key not in held]:
        (name, repeat), count = missing[0], len(missing)
        raise RecordError(f"{count} answers are missing; the first is that to {name!r} (repeat {repeat})")
    return {key: held[key][1] for key in keys}


def _one(first: Found, second: Found) -> Found:
    """Return which of two outcomes of a key counts."""
    final = [found for found in (first, second) if found[1].status in FINAL]
    if len(final) == 1:
        return final[0]
    (here, one), (there, other) = first, second
    if _timeless(one) != _timeless(other) and final:
        raise RecordError(
            f"the answer to {one.id!r} (repeat {one.repeat}) is there twice, {_told(one)} in {here} and "
            f"{_told(other)} in {there}: leave one of the two folders out"
        )
    return first


def _timeless(outcome: Outcome) -> Outcome:
    """Return an outcome without what differs each time the same is asked."""
    responses = tuple(response.model_copy(update={"seconds": None}) for response in outcome.responses)
    return outcome.model_copy(update={"responses": responses})


def _told(outcome: Outcome) -> str:
    value = outcome.parsed.value if outcome.parsed else None
    return f"{outcome.status} {str(value)[:60]!r}" if value is not None else outcome.status


def _facts(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the manifest of the whole run, of the shard with the fewest missing media."""
    facts = min((part.facts for part in parts), key=lambda facts: facts["data"]["missing"])
    variant = {name: value for name, value in facts["variant"].items() if name != "shard"}
    allowed = {name for part in parts for name in part.facts.get("allowed_to_send", ())}
    return {
        **{name: value for name, value in facts.items() if name not in ("whole", "spent", "proof")},
        "sealed": False,
        "variant": variant,
        "partial": facts["whole"]["partial"],
        "allowed_to_send": sorted(allowed),
        "started": min(part.facts["started"] for part in parts),
    }


def _spent(before: Mapping[str, Any], parts: Sequence[Part]) -> dict[str, Any]:
    """Return what all shards spent, and with it in all; what the joined run spent by itself counts on."""
    shards: Counter[str] = Counter()
    for part in parts:
        shards.update(part.facts.get("spent", {}))
    total = Counter(before.get("spent", {}))
    total.subtract(before.get("merged", {}))
    total.update(shards)
    return {"merged": dict(shards), "spent": dict(total)}


def _proof(facts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the first proof that the model took in its input; where there is none, the first that says why."""
    found = [proof for one in facts if (proof := one.get("proof"))]
    shown = [proof for proof in found if proof["state"] == "shown"]
    return {"proof": (shown or found)[0]} if found else {}


def _beside(part: Part) -> Path:
    """Return the run folder in which a shard lies."""
    folder = part.folder.resolve().parent
    if folder.name != part.facts["run"]:
        raise UsageError(f"{part.folder} does not lie in the folder of its run: say with --out where the run goes")
    return folder
