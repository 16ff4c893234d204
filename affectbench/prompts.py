"""A prompt file and a sample become messages: strict, sandboxed, and the same for every model."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from affectbench import templates
from affectbench.errors import UsageError
from affectbench.specs.dataset import Publish
from affectbench.task import Task
from affectbench.types import Asked, Decoded, Gold, Message, Part, Prompt, Sample, Settings

Role = Literal["system", "user", "assistant"]

OPEN, CLOSE = "\x02", "\x03"
"""Around a medium's name while a message is still text; taken out of the sample's own text first."""

_ALL = Publish(media=True, labels=True, text=True)
_PLACE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_CLEAN = {ord(OPEN): None, ord(CLOSE): None}
_PARTS: Mapping[str, Literal["image", "frames", "audio"]] = {"image": "image", "video": "frames", "audio": "audio"}


@dataclass(frozen=True)
class Shot:
    """A solved example: its sample and its media, decoded."""

    sample: Sample
    media: Mapping[str, Decoded]


@dataclass(frozen=True)
class Prompter:
    """Renders the prompts of one task. `shots` gives the solved examples that a sample is shown."""

    task: Task
    settings: Settings
    shots: Callable[[Sample], Sequence[Shot]] = lambda sample: ()
    _base: Asked = field(init=False)
    _template_digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_base", asked(self.task))
        texts = [self._system, self.task.wording.user, self.task.prompt.shot, *self.task.prompt.turns]
        object.__setattr__(self, "_template_digest", _digest(texts))

    @property
    def _system(self) -> str | None:
        return self.task.wording.system or self.task.prompt.system

    def __call__(self, sample: Sample, repeat: int, media: Mapping[str, Decoded]) -> Prompt:
        """Return what one sample's first call sends.

        Raises TemplateError if a template asks for something the sample does not have, UsageError if a medium that the
        task shows has no place in the prompt, or if there are more options than letters.
        """
        options = self._options(sample, repeat)
        shown = _lettered(options) if self.task.spec.answer.letters else options
        variables = self._variables(shown)
        turns = self._turns(sample, media, shown)
        messages = tuple(message(role, text, given) for role, text, given in turns)
        _all_shown(self.task, media, messages)
        later = tuple(message("user", self._render(t, sample, variables), media) for t in self.task.prompt.turns)
        base = dataclasses.replace(self._base, options=options, letters=_letters_shown(shown, options, turns))
        return Prompt(
            sample_id=sample.id, repeat=repeat, messages=messages, asked=base, settings=self.settings,
            template=f"{self.task.prompt.id}#{self.task.variant}", template_digest=self._template_digest,
            digest=digest(messages, self.settings, base), later=later, recorded=self._recorded(sample, media, shown),
        )  # fmt: skip

    def _options(self, sample: Sample, repeat: int) -> tuple[str, ...]:
        options = sample.options or self._base.options
        if self.task.spec.answer.order == "alphabetical":
            return tuple(sorted(options))
        if self.task.spec.answer.order == "shuffled":
            order = random.Random(f"{self.settings.seed or 0}/{repeat}/{sample.id}")
            return tuple(order.sample(options, len(options)))
        return options

    def _variables(self, shown: Sequence[str]) -> dict[str, Any]:
        levels = [{"name": n, "low": f"{low:g}", "high": f"{high:g}"} for n, low, high in self._base.levels]
        return {"labels": list(shown), "levels": levels}

    def _turns(
        self, sample: Sample, media: Mapping[str, Decoded], shown: Sequence[str], publish: Publish = _ALL
    ) -> list[tuple[Role, str, Mapping[str, Decoded]]]:
        """Return role, text with marked media, and the media that the marks name, for each message.

        What `publish` does not allow is a digest (text) or a mark (gold): so the record holds it.
        """
        variables = self._variables(shown)
        sample = sample if publish.text else _without_text(sample)
        turns: list[tuple[Role, str, Mapping[str, Decoded]]] = []
        if self._system:
            turns.append(("system", self._render(self._system, sample, variables), {}))
        for shot in self.shots(sample):
            template = self.task.prompt.shot or self.task.wording.user
            example = shot.sample if publish.text else _without_text(shot.sample)
            turns.append(("user", self._render(template, example, variables, shot.media), shot.media))
            gold = gold_text(self._base, shot.sample.gold, shown) if publish.labels else "<gold>"
            turns.append(("assistant", gold, {}))
        turns.append(("user", self._render(self.task.wording.user, sample, variables, media), media))
        return turns

    def _render(
        self, template: str, sample: Sample, variables: Mapping[str, Any], media: Mapping[str, Decoded] | None = None
    ) -> str:
        marked = marks(media or {})
        offered = dict.fromkeys(self.task.shown, "") | marked
        text = {name: value.translate(_CLEAN) for name, value in sample.text.items()} if self.task.sees_text else {}
        given = {**variables, "media": "\n".join(marked.values()), "medium": offered, "text": text}
        return templates.prompt(template).render(given).strip()

    def _recorded(self, sample: Sample, media: Mapping[str, Decoded], shown: Sequence[str]) -> tuple[str, ...]:
        """Return the message texts without the dataset's own text and gold, where those may not be published."""
        publish = self.task.dataset.access.publish
        shots = self.shots(sample)
        hide_text = not publish.text and any(one.text for one in (sample, *(shot.sample for shot in shots)))
        if not hide_text and (publish.labels or not shots):
            return ()
        turns = self._turns(sample, media, shown, publish)
        return tuple(message(role, text, given).text for role, text, given in turns)


def asked(task: Task) -> Asked:
    """Return what an answer to the task may be, before a sample brings options or an order of its own."""
    labels = task.labels
    return Asked(
        form=task.form,
        options=labels.names if labels else (),
        synonyms=labels.synonym_table() if labels else (),
        levels=task.levels,
        parser=task.spec.answer.parser,
        constrain=task.spec.answer.constrain,
        score_by=task.spec.answer.score_by,
    )


def gold_text(asked: Asked, gold: Gold, shown: Sequence[str] = ()) -> str:
    """Write a gold answer as a model should have written it; `shown` are the options as the prompt lists them."""
    if asked.form == "choice" and gold.label is not None:
        return next((option for option in shown if option.endswith(f". {gold.label}")), gold.label)
    if asked.form in ("labels", "open"):
        return ", ".join(gold.labels or ()) or "none"
    if asked.form == "levels":
        levels = gold.levels or {}
        return ", ".join(f"{name}: {levels[name]:g}" for name, _, _ in asked.levels if name in levels)
    if gold.text is None:
        raise UsageError("a shot has no gold of the form that the task asks for")
    return gold.text


def next_turn(prompt: Prompt, reply: str) -> Prompt:
    """Return the prompt of the next turn: everything so far, the model's reply, and the user's next message."""
    answer = Message(role="assistant", parts=(Part(kind="text", text=reply),))
    messages = (*prompt.messages, answer, prompt.later[0])
    recorded = (*prompt.recorded, answer.text, prompt.later[0].text) if prompt.recorded else ()
    later, now = prompt.later[1:], digest(messages, prompt.settings, prompt.asked)
    return dataclasses.replace(prompt, messages=messages, later=later, recorded=recorded, digest=now)


def digest(messages: Iterable[Message], settings: Settings, asked: Asked) -> str:
    """Return the digest of what a call sends: text, media bytes, the settings and what the answer is held to."""
    parts = [[m.role, *(_part_key(part) for part in m.parts)] for m in messages]
    held: list[Any] = [asked.constrain, asked.score_by]
    if held != ["none", "text"]:
        held += [asked.form, asked.options, asked.levels]
    return _digest([parts, settings.max_tokens, settings.temperature, settings.seed, settings.stop, held])


def _without_text(sample: Sample) -> Sample:
    """Put a digest in place of each text; what is empty stays so, since prompts leave out what introduces it."""
    hidden = {name: text and f"<text:{name} sha256:{_digest([text])[:16]}>" for name, text in sample.text.items()}
    return dataclasses.replace(sample, text=hidden)


def _part_key(part: Part) -> Any:
    if part.media is None:
        return part.text
    facts = part.media.facts
    return [part.kind, facts.digest or facts.source]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def marks(media: Iterable[str]) -> dict[str, str]:
    """Return the mark of each medium, which stands for it while a message is still text."""
    return {name: f"{OPEN}{name}{CLOSE}" for name in media}


def message(role: Role, text: str, media: Mapping[str, Decoded]) -> Message:
    """Split a text at its marks into text parts and media parts."""
    parts = []
    for index, piece in enumerate(_PLACE.split(text)):
        if index % 2:
            parts.append(Part(kind=_PARTS[media[piece].facts.kind], media=media[piece]))
        elif piece.strip():
            parts.append(Part(kind="text", text=piece))
    return Message(role=role, parts=tuple(parts))


def _all_shown(task: Task, media: Mapping[str, Decoded], messages: Iterable[Message]) -> None:
    placed = {part.media.facts.name for message in messages for part in message.parts if part.media is not None}
    if absent := [name for name in media if name not in placed]:
        raise UsageError(
            f"the prompt {task.prompt.id!r} ({task.variant}) has no place for the medium {absent[0]!r} of task "
            f"{task.id!r}: write {{{{ media }}}} or {{{{ medium.{absent[0]} }}}} in it"
        )


def _lettered(options: Sequence[str]) -> tuple[str, ...]:
    if len(options) > len(string.ascii_uppercase):
        raise UsageError(f"{len(options)} options cannot have letters: set answer.letters to false")
    return tuple(f"{letter}. {option}" for letter, option in zip(string.ascii_uppercase, options, strict=False))


def _letters_shown(shown: Sequence[str], options: Sequence[str], turns: Sequence[tuple[Role, str, Any]]) -> bool:
    """Whether the question really shows a letter beside each option; else no letter may be read as an answer."""
    return shown != options and all(option in turns[-1][1] for option in shown)
