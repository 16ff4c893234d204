"""Who reads answers: a model of the registry that is greedy, not the one that gave them, and may be sent them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

from affectbench import records
from affectbench.backends import BACKENDS
from affectbench.errors import UsageError
from affectbench.judging import reading
from affectbench.judging.cases import Case, cases, digest
from affectbench.judging.prompting import MOST_TOKENS, Prompter, rubric_digest
from affectbench.judging.verdicts import FOLDER, Key, On
from affectbench.manifest import file_name, portable
from affectbench.models import REVISED, identity, stays_here
from affectbench.specs.model import ModelSpec
from affectbench.specs.rubric import OWN_PARSER, RubricSpec
from affectbench.types import Asked, Decoded, Outcome, Parsed, Prompt, Sample, Settings

ALIKE = ("baseline", "replay")
"""Backends whose models have no id that says who they are."""


class Asks(Protocol):
    """What renders the prompts of a reviewer."""

    @property
    def asked(self) -> Asked:
        """What the reviewer is held to."""

    def __call__(self, case: Sample, repeat: int, media: Mapping[str, Decoded]) -> Prompt:
        """Return what the reviewer is sent about a case."""


class Reviewer(ABC):
    """A model that reads the answers of a run for some purpose: to score them, to take words out of them.

    `listed` is where a manifest lists such reviewers, `does` what they do, in a word.
    """

    card: ModelSpec
    listed: ClassVar[str]
    does: ClassVar[str]

    def __post_init__(self) -> None:
        if self.settings.temperature:
            raise UsageError(
                f"{self.card.name} cannot {self.does}: its entry sets temperature {self.settings.temperature:g}, and "
                "what it says must come out the same again (temperature 0)"
            )

    @property
    @abstractmethod
    def id(self) -> str:
        """The id of the file that says what is asked."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """The digest of what decides its verdicts beside the model."""

    @property
    @abstractmethod
    def prompter(self) -> Asks:
        """What renders its prompts."""

    @property
    def shows_media(self) -> bool:
        """Whether it is shown the media of the task."""
        return False

    @property
    @abstractmethod
    def constrained(self) -> bool:
        """Whether it is held to a form."""

    @abstractmethod
    def reader(self) -> Callable[[str], Parsed]:
        """Return the function that reads its replies; it never raises."""

    @abstractmethod
    def cases(self, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Iterable[Outcome]) -> Iterator[Case]:
        """Yield what it is asked about of a run; `facts` is the run's manifest."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return what a manifest holds of it."""

    @cached_property
    def settings(self) -> Settings:
        """How its replies are sampled: greedily."""
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
        return digest([self.model, self.settings.model_dump(mode="json"), self.constrained])

    @property
    def pinned(self) -> bool | None:
        """Whether the same weights will answer tomorrow: a revision or a file; None where a server does not say."""
        if self.card.backend in REVISED:
            return self.card.revision is not None or Path(self.card.id).exists()
        return True if self.card.backend in ALIKE else None

    @property
    def file(self) -> str:
        """The file of its verdicts in a run folder."""
        return f"{FOLDER}/{file_name(self.id)}@{file_name(self.name)}.jsonl"

    def key(self, sample: str, repeat: int, judged: str) -> Key:
        """Return the key of its verdict on one answer."""
        return Key(sample, repeat, self.digest, self.identity, judged)

    def on(self, answer: records.Key) -> On:
        """Return under what its verdicts on an answer are found, whatever was judged then."""
        return On(*answer, self.digest, self.identity)

    def who(self) -> dict[str, Any]:
        """Return what a manifest holds of the model."""
        facts = {"identity": self.model, "verdicts": self.identity, "pinned": self.pinned}
        return {**portable(self.card), "name": self.name, **facts}


@dataclass(frozen=True)
class Judge(Reviewer):
    """A rubric and the card of the model that scores by it. Raises UsageError if the card's answers are sampled.

    `against` is the id of the run with whose answers a pairwise rubric compares.
    """

    rubric: RubricSpec
    card: ModelSpec
    against: str = ""
    listed: ClassVar[str] = "judges"
    does: ClassVar[str] = "judge"

    @property
    def id(self) -> str:
        """The rubric's id."""
        return self.rubric.id

    @cached_property
    def digest(self) -> str:
        """The digest of what decides its verdicts beside the model."""
        return rubric_digest(self.rubric)

    @property
    def constrained(self) -> bool:
        """Whether it is held to JSON, as each judge is that can be, unless the rubric has a published form."""
        known = BACKENDS.get(self.card.backend)
        can = "json" in {*self.card.supports, *(known.supports if known else ())}
        return can and self.rubric.parser == OWN_PARSER

    @property
    def shows_media(self) -> bool:
        """Whether the rubric shows them."""
        return "media" in self.rubric.sees

    @property
    def file(self) -> str:
        """The file of its verdicts in a run folder; a comparison with another run has one of its own."""
        beside = f"+{file_name(self.against)}" if self.against else ""
        return super().file.removesuffix(".jsonl") + f"{beside}.jsonl"

    @cached_property
    def prompter(self) -> Prompter:
        """What renders the rubric."""
        return Prompter(self.rubric, self.settings, self.constrained)

    def reader(self) -> Callable[[str], Parsed]:
        """Return the function that reads verdicts."""
        return reading.reader(self.rubric.scale, self.rubric.parser)

    def cases(self, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Iterable[Outcome]) -> Iterator[Case]:
        """Yield the answers that the rubric judges, with what it sees beside them."""
        return cases(self.rubric, facts, samples, outcomes)

    def facts(self) -> dict[str, Any]:
        """Return what a manifest holds of the judge."""
        rubric = {**json.loads(self.rubric.model_dump_json()), "digest": self.digest}
        return {"rubric": rubric, "judge": self.who(), "file": self.file}


def may_judge(judge: Reviewer, facts: Mapping[str, Any], allow_send: Collection[str], allow_self: bool) -> None:
    """Raise UsageError for a reviewer of its own answers, and for one that may not be sent what it would be shown.

    `facts` is the manifest of the run that is judged.
    """
    card, model = judge.card, facts["model"]
    same_id = card.backend not in ALIKE and model.get("id") == card.id
    if not allow_self and (same_id or model.get("identity") == judge.model):
        raise UsageError(
            f"{judge.name} gave the answers of this run, and would {judge.does} its own: name another model, or pass "
            "--allow-self if that is what you want to know"
        )
    dataset = facts["dataset"]["id"]
    if facts["access"]["send"] == "local" and not stays_here(card) and dataset not in allow_send:
        raise UsageError(
            f"answers to {dataset!r}, and its gold, may not be sent to {card.base_url or judge.name}: the dataset's "
            "licence keeps them on your own machines. Use a local model, mark your own server `trusted: true` in its "
            f"model entry, or, if your agreement allows it, pass --allow-send {dataset}"
        )
