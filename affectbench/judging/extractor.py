"""Who takes the emotion words out of free answers: a model that is asked as a judge is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from affectbench import prompts
from affectbench.answers.extraction import VERSION, extraction_prompt, read_extraction
from affectbench.answers.verdict import answered, trimmed, unparsed
from affectbench.judging.cases import Case, digest, said
from affectbench.judging.judges import Reviewer
from affectbench.specs.extraction import ExtractionSpec
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Decoded, Message, Outcome, Parsed, Part, Prompt, Sample, Settings

READ = ("ok", "unparsed")
"""Answers that words are taken out of: those that the rules could not read as well."""


@dataclass(frozen=True)
class Extractor(Reviewer):
    """A prompt of `prompts/extract/` and the card of the model that is asked. Raises UsageError if it is sampled."""

    prompt: ExtractionSpec
    card: ModelSpec
    listed: ClassVar[str] = "extractors"
    does: ClassVar[str] = "extract the words of"

    @property
    def id(self) -> str:
        """The prompt's id."""
        return self.prompt.id

    @cached_property
    def digest(self) -> str:
        """The digest of the words that ask and of how the reply is read."""
        return digest([self.prompt.system, self.prompt.user, VERSION])

    @property
    def constrained(self) -> bool:
        """Never: a list of words has no form that backends share."""
        return False

    @cached_property
    def prompter(self) -> Prompter:
        """What renders the prompt."""
        return Prompter(self.prompt, self.settings, self.digest)

    def reader(self) -> Callable[[str], Parsed]:
        """Return the function that reads a list of words, or nothing."""
        return read

    def cases(self, facts: Mapping[str, Any], samples: Sequence[Sample], outcomes: Iterable[Outcome]) -> Iterator[Case]:
        """Yield the answers that words are taken out of."""
        return cases(outcomes)

    def facts(self) -> dict[str, Any]:
        """Return what a manifest holds of the extractor."""
        words = json.loads(self.prompt.model_dump_json(include={"id", "title", "system", "user"}))
        return {"prompt": {**words, "digest": self.digest}, "extractor": self.who(), "file": self.file}


@dataclass(frozen=True)
class Prompter:
    """Renders the question for an answer."""

    prompt: ExtractionSpec
    settings: Settings
    digest: str

    @property
    def asked(self) -> Asked:
        """Free words."""
        return Asked(form="open")

    def __call__(self, case: Sample, repeat: int, media: Mapping[str, Decoded]) -> Prompt:
        """Return what the model is sent about an answer. Raises TemplateError where that is too long to be shown."""
        system, user = extraction_prompt(case.text["answer"], self.prompt)
        asked = Message(role="user", parts=(Part(kind="text", text=user),))
        before = (Message(role="system", parts=(Part(kind="text", text=system),)),) if system else ()
        messages = (*before, asked)
        return Prompt(
            sample_id=case.id, repeat=repeat, messages=messages, asked=self.asked, settings=self.settings,
            template=self.prompt.id, template_digest=self.digest,
            digest=prompts.digest(messages, self.settings, self.asked),
        )  # fmt: skip


def cases(outcomes: Iterable[Outcome]) -> Iterator[Case]:
    """Yield each reply that is no refusal and not empty; an empty one has no words."""
    for outcome in outcomes:
        if outcome.status in READ and (text := said(outcome, "open")).strip():
            yield Case(id=outcome.id, repeat=outcome.repeat, texts={"answer": text})


def read(reply: str) -> Parsed:
    """Read a reply that is one list, and nothing else."""
    words = read_extraction(reply)
    return (
        unparsed(trimmed(reply), "not one list of words") if words is None else answered(words, trimmed(reply), "list")
    )
