"""Who judges: a model of the registry that is greedy, is not the one it judges, and may be sent what it is shown."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from affectbench import records
from affectbench.backends import BACKENDS
from affectbench.errors import UsageError
from affectbench.judging.cases import digest
from affectbench.judging.prompting import MOST_TOKENS, Prompter, rubric_digest
from affectbench.judging.verdicts import FOLDER, Key, On
from affectbench.manifest import file_name, portable
from affectbench.models import REVISED, identity, stays_here
from affectbench.specs.model import ModelSpec
from affectbench.specs.rubric import OWN_PARSER, RubricSpec
from affectbench.types import Settings

ALIKE = ("baseline", "replay")
"""Backends whose models have no id that says who they are."""


@dataclass(frozen=True)
class Judge:
    """A rubric and the card of the model that scores by it. Raises UsageError if the card's answers are sampled.

    `against` is the id of the run with whose answers a pairwise rubric compares.
    """

    rubric: RubricSpec
    card: ModelSpec
    against: str = ""

    def __post_init__(self) -> None:
        if self.settings.temperature:
            raise UsageError(
                f"{self.card.name} cannot judge: its entry sets temperature {self.settings.temperature:g}, and a "
                "judge's verdicts must come out the same again (temperature 0)"
            )

    @cached_property
    def settings(self) -> Settings:
        """How its verdicts are sampled: greedily."""
        return self.card.sampling(Settings(max_tokens=MOST_TOKENS))

    @cached_property
    def name(self) -> str:
        """The judge's name as records hold it, without a path of this machine."""
        return str(portable(self.card)["name"])

    @cached_property
    def model(self) -> str:
        """The digest of which model it is, as `models.identity` gives it."""
        return identity(self.card)

    @cached_property
    def identity(self) -> str:
        """The digest of what decides its verdicts beside the rubric: the model, how it is sampled and held."""
        return digest([self.model, self.settings.model_dump(mode="json"), self.prompter.constrained])

    @cached_property
    def rubric_digest(self) -> str:
        """The digest of what decides its verdicts beside the model."""
        return rubric_digest(self.rubric)

    @cached_property
    def prompter(self) -> Prompter:
        """What renders its prompts; a judge that can is held to JSON, unless the rubric has a published form."""
        known = BACKENDS.get(self.card.backend)
        can = "json" in {*self.card.supports, *(known.supports if known else ())}
        return Prompter(self.rubric, self.settings, can and self.rubric.parser == OWN_PARSER)

    @property
    def pinned(self) -> bool | None:
        """Whether the same weights will answer tomorrow: a revision or a file; None where a server does not say."""
        if self.card.backend in REVISED:
            return self.card.revision is not None or Path(self.card.id).exists()
        return True if self.card.backend in ALIKE else None

    @property
    def file(self) -> str:
        """The file of its verdicts in a run folder."""
        beside = f"+{file_name(self.against)}" if self.against else ""
        return f"{FOLDER}/{file_name(self.rubric.id)}@{file_name(self.name)}{beside}.jsonl"

    def key(self, sample: str, repeat: int, judged: str) -> Key:
        """Return the key of its verdict on one answer."""
        return Key(sample, repeat, self.rubric_digest, self.identity, judged)

    def on(self, answer: records.Key) -> On:
        """Return under what its verdicts on an answer are found, whatever was judged then."""
        return On(*answer, self.rubric_digest, self.identity)

    def facts(self) -> dict[str, Any]:
        """Return what a manifest holds of it."""
        return {
            "rubric": {**json.loads(self.rubric.model_dump_json()), "digest": self.rubric_digest},
            "judge": {
                **portable(self.card),
                "name": self.name,
                "identity": self.model,
                "verdicts": self.identity,
                "pinned": self.pinned,
            },
            "file": self.file,
        }


def may_judge(judge: Judge, facts: Mapping[str, Any], allow_send: Collection[str], allow_self: bool) -> None:
    """Raise UsageError for a judge of its own answers, and for one that may not be sent what the rubric shows.

    `facts` is the manifest of the run that is judged.
    """
    card, model = judge.card, facts["model"]
    same_id = card.backend not in ALIKE and model.get("id") == card.id
    if not allow_self and (same_id or model.get("identity") == judge.model):
        raise UsageError(
            f"{judge.name} gave the answers of this run, and would judge its own: name another judge, or pass "
            "--allow-self if that is what you want to know"
        )
    dataset = facts["dataset"]["id"]
    if facts["access"]["send"] == "local" and not stays_here(card) and dataset not in allow_send:
        raise UsageError(
            f"answers to {dataset!r}, and its gold, may not be sent to {card.base_url or judge.name}: the dataset's "
            "licence keeps them on your own machines. Use a local judge, mark your own server `trusted: true` in its "
            f"model entry, or, if your agreement allows it, pass --allow-send {dataset}"
        )
