"""What a run is: everything that decides its numbers, the digest of that, and what else is worth knowing later."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from affectbench import __version__, lexicons
from affectbench.answers.refusal import VERSION as PARSER_VERSION
from affectbench.datasets import Ablation, Bound, Shard, ablated, fingerprint, perturbed
from affectbench.errors import UsageError
from affectbench.media import perturb
from affectbench.models import identity
from affectbench.specs.model import ModelSpec
from affectbench.specs.rules import RULES
from affectbench.task import Task
from affectbench.views import Perturbation, View

APART = "apart"
PEOPLE = {"votes", "ratings"}
SCHEMA = 1
PACKAGES = (
    "numpy",
    "pillow",
    "av",
    "soxr",
    "decord2",
    "torchcodec",
    "torchaudio",
    "openai",
    "litellm",
    "torch",
    "transformers",
    "accelerate",
    "vllm",
    "sacrebleu",
    "rouge-score",
    "nltk",
)
PROSE = {"title", "cite", "notes", "pitfalls", "access", "mock"}
BESIDE: dict[str, Any] = {**dict.fromkeys(PROSE | {"dataset", "family", "judge"}, True), "answer": {"extract"}}
"""Fields of a task that decide no number of its run: prose, what stands elsewhere, who reads the answers afterwards."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """In what a run differs from the task as its file stands: the wording, a `--limit`, what is missing or made worse.

    `shard` is the part of the run that is carried out here. The run keeps its id, so that its shards can be joined.
    """

    prompt: str = "base"
    limit: int | None = None
    shard: Shard | None = None
    ablate: Ablation | None = None
    perturb: Perturbation | None = None

    @property
    def said(self) -> str:
        """The variant in words: its wording, what is missing and what was made worse; `base` is the plain task."""
        wording = None if self.prompt == "base" else f"wording {self.prompt}"
        missing = self.ablate.said if self.ablate else None
        worse = f"{self.perturb.name}:{self.perturb.severity}" if self.perturb else None
        return ", ".join(filter(None, (wording, missing, worse))) or "base"

    @classmethod
    def recorded(cls, varied: Mapping[str, Any]) -> Variant:
        """Return the variant of a run from its manifest, without the shard."""
        return cls(
            prompt=varied["prompt"],
            limit=varied.get("limit"),
            ablate=Ablation.read(varied["ablate"]) if varied.get("ablate") else None,
            perturb=perturb.find(varied["perturb"]) if varied.get("perturb") else None,
        )

    def applied(self, bound: Bound) -> Bound:
        """Return the task as this variant shows it, with the samples of this shard.

        Raises UsageError if there is none, and for a part that the task does not have.
        """
        bound = ablated(bound, self.ablate) if self.ablate else bound
        bound = perturbed(bound, self.perturb) if self.perturb else bound
        if self.shard is None:
            return bound
        samples = self.shard.take(bound.samples)
        if not samples:
            raise UsageError(f"shard {self.shard} holds no sample: task {bound.task.id!r} has {len(bound.samples)}")
        return replace(bound, samples=samples)


def manifest(bound: Bound, card: ModelSpec, variant: Variant) -> dict[str, Any]:
    """Return the manifest of a run that begins now. `run` is the digest of `decides` and of the data's annotations.

    `bound` is the whole task, before the variant is applied to it.
    """
    task = bound.task
    data = fingerprint(bound)
    shard = variant.shard and asdict(variant.shard)  # where a part was carried out decides no number
    varied = {"prompt": variant.prompt, "limit": variant.limit}
    varied |= {"ablate": str(variant.ablate)} if variant.ablate else {}
    varied |= {"perturb": f"{variant.perturb.name}:{variant.perturb.severity}"} if variant.perturb else {}
    decides = {
        **described(task),
        "annotations": data["annotations"],
        "model": identity(card),
        "settings": card.sampling(task.spec.settings).model_dump(),
        "variant": varied,
        **_views(bound),
        "parser": PARSER_VERSION,
    }
    return {
        "schema": SCHEMA,
        "run": _digest(decides)[:12],
        "sealed": False,
        **decides,
        **({"variant": {**varied, "shard": shard}, "whole": _whole(bound)} if shard else {}),
        "title": task.spec.title,
        **_readers(task),
        "question": question(task),
        "access": task.dataset.access.model_dump(mode="json"),
        "data": {key: value for key, value in data.items() if key != "annotations"},
        "model": {**portable(card), "identity": decides["model"]},
        "versions": _versions(task),
        "platform": {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()},
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _readers(task: Task) -> dict[str, list[str]]:
    """Return who is to read the answers afterwards, where the task says so."""
    named = {"judge": task.spec.judge, "extract": task.spec.answer.extract}
    return {name: list(found) for name, found in named.items() if found}


def described(task: Task) -> dict[str, Any]:
    """Return what a manifest says of the task itself, in the wording in which it is asked."""
    return {
        "task": task.spec.model_dump(mode="json", exclude=BESIDE, by_alias=True),
        "dataset": task.dataset.model_dump(mode="json", exclude=PROSE, exclude_defaults=True, by_alias=True),
        "prompt": _prompt(task),
        "labels": _labels(task),
        "lexicon": task.lexicon and lexicons.digest(task.lexicon),
    }


DECIDES = (
    "task", "dataset", "prompt", "labels", "lexicon", "annotations", "settings", "variant", "views", "parser",
)  # fmt: skip


def run_id(facts: Mapping[str, Any]) -> str:
    """Return the run id that follows from a manifest, whoever wrote it."""
    decides = {name: facts[name] for name in DECIDES if name in facts}
    varied = {name: value for name, value in facts["variant"].items() if name != "shard"}
    return _digest({**decides, "variant": varied, "model": facts["model"].get("identity")})[:12]


def question(task: Task) -> dict[str, Any]:
    """Return what scoring needs of a task, so that a run can be scored again without it."""
    return {
        "form": task.form,
        "metrics": list(task.spec.metrics),
        "main": task.main,
        "labels": list(task.labels.names) if task.labels else [],
        "synonyms": [[name, list(others)] for name, others in (task.labels.synonym_table() if task.labels else ())],
        "levels": [list(level) for level in task.levels],
        "parser": task.spec.answer.parser,
        "target": task.target,
        "protocol": protocol(task),
        "folds": task.spec.aggregate.folds,
        "people": people(task),
        "seed": 0,
        "lexicon": task.lexicon and lexicons.recorded(task.lexicon),
        **({"rationale": _rationale(task)} if task.form == "text" and task.lexicon else {}),
        **({"judged": _scale(*task.scale)} if task.scale else {}),
    }


def _scale(rubric: str, scale: str, ends: tuple[float, float]) -> dict[str, Any]:
    return {"rubric": rubric, "scale": scale, "range": list(ends)}


def _rationale(task: Task) -> dict[str, Any]:
    """Return what must be known to judge rationales: the action units that were coded, and what the task shows."""
    beside = [task.dataset.target(name) for name in task.dataset.target(task.target).beside]
    sets = [task.gold_labels[gold.label_set] for gold in beside if gold.kind == "set" and gold.label_set]
    shown = [*sorted(task.kinds()), *(["text"] if task.sees_text and task.dataset.text_names() else [])]
    return {"units": [name for labels in sets for name in labels.names], "shown": shown}


def people(task: Task) -> str | None:
    """Return the rule by which gold follows from people's votes or ratings, `apart` if these stand beside it.

    None where there are none, and where a rule's gold was mapped: the rule speaks of the labels before that.
    """
    gold = task.dataset.target(task.target)
    if gold.source is not None:
        rule = RULES.get(gold.source.rule or "")
        follows = rule is not None and rule.reads in PEOPLE and rule.gives != "votes" and task.taxonomy is None
        return gold.source.rule if follows else None
    others = [task.dataset.target(name) for name in gold.beside]
    beside = {other.kind for other in others if other.of == "people"}
    return APART if beside & PEOPLE and gold.kind not in PEOPLE else None


def protocol(task: Task) -> str:
    """Return the protocol id under which scores compare: the task's own, marked where the gold was mapped."""
    if task.taxonomy is None:
        return task.spec.protocol
    return f"{task.spec.protocol}+{task.taxonomy.target}@{task.taxonomy.version}"


def folder(out: Path, facts: Mapping[str, Any]) -> Path:
    """Return where a run lies: `out/<task>/<model>/<run>`, and its shards in that: `shard-1-of-4`."""
    whole: Path = out / facts["task"]["id"] / file_name(facts["model"]["name"]) / facts["run"]
    shard = facts["variant"].get("shard")
    return whole / f"shard-{shard['index']}-of-{shard['of']}" if shard else whole


def portable(card: ModelSpec) -> dict[str, Any]:
    """Return a card without the paths of this machine: a model that is a file or folder keeps its last name alone."""
    shown = card.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    if Path(card.id).is_absolute() or card.id.startswith("~"):
        last = Path(card.id).name
        shown["id"] = last
        shown["name"] = card.name.replace(card.id, last)
    return {"name": card.name or f"{card.backend}:{card.id}", **shown}


def _views(bound: Bound) -> dict[str, Any]:
    """Return how the media are shown, where it is not in the plain way."""
    plain = asdict(View())
    told = {name: {k: v for k, v in asdict(view).items() if v != plain[k]} for name, view in bound.views.items()}
    return {"views": told} if any(told.values()) else {}


def _whole(bound: Bound) -> dict[str, Any]:
    """Return what a shard must know of the run of which it is a part."""
    return {"samples": len(bound.samples), "partial": bound.partial}


def _prompt(task: Task) -> dict[str, Any]:
    wording = task.wording
    return {
        "id": task.prompt.id,
        "system": wording.system or task.prompt.system,
        "user": wording.user,
        "shot": task.prompt.shot,
        "turns": list(task.prompt.turns),
    }


def _labels(task: Task) -> Mapping[str, Any]:
    gold = {name: {"names": s.names, "codes": s.codes} for name, s in sorted(task.gold_labels.items())}
    map_ = {"target": task.taxonomy.target, "names": task.taxonomy.names} if task.taxonomy else None
    return {"gold": gold, "map": map_, "synonyms": task.labels.synonym_table() if task.labels else []}


def _versions(task: Task) -> dict[str, Any]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"affectbench": __version__, "task": task.spec.version, "packages": found}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_name(text: str) -> str:
    """Return a model's name as one step of a path."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.")[:100] or "model"
