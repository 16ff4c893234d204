"""Proof that a backend takes in the media that it is sent, by its own count of the prompt's tokens.

A server that does not know a kind of media may leave it out and answer all the same. So the first sample is asked as
it is, and once more for each kind of media that it shows, without that kind: the count must be higher with it. This
settles it; only where a count did not rise are further samples compared, and if the first five all failed, the run
stops. Until then no reply is kept in the cache, and none stands as an answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from affectbench import prompts
from affectbench.asking import Asking, Todo, ask, decoded, reply
from affectbench.cache import Cache, Held
from affectbench.errors import FatalModelError
from affectbench.pacing import Breaker
from affectbench.types import MediaKind, Outcome, Problem, Prompt, Response, Sample

FIRST = 5
TRIES = 3
"""Of a call here: a server that is down is met by the run itself, which counts its failures and stops in time."""

KIND = "input_not_consumed"

State = Literal["shown", "not shown", "not consumed"]

Compared = tuple[Outcome, int, Mapping[str, int]]
"""A sample's outcome, and its prompt's tokens: with all its media, and without each kind of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the first samples showed; `settled` are their outcomes, which need not be asked again.

    `sample` was compared: its prompt's tokens `with_media`, and `without` each kind of them. `failed` of those
    `compared` did not rise with every kind. `reason` says why nothing was shown.
    """

    state: State
    sample: str | None = None
    with_media: int | None = None
    without: Mapping[str, int] | None = None
    compared: int = 0
    failed: int = 0
    reason: str | None = None
    settled: tuple[Outcome, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what the manifest holds of it."""
        fields = [found.name for found in dataclasses.fields(self) if found.name != "settled"]
        return {name: getattr(self, name) for name in fields if getattr(self, name) is not None}


async def prove(asking: Asking, todo: Iterable[Todo]) -> Proof:
    """Ask samples one by one until it is known whether the model takes in their media.

    Raises FatalModelError alone, as `asking.ask` does.
    """
    trial = _Trial.of(asking)
    for item in todo:
        if (proof := await trial.compare(*item)) is not None:
            break
    else:
        proof = trial.end()
    if proof.state == "shown" or not trial.flat:
        trial.held.keep()
    return proof


def refused(proof: Proof, model: str) -> FatalModelError:
    """Return the error that stops a run whose media are not consumed."""
    return FatalModelError(
        f"{model}: input not consumed: {_compared(proof.with_media or 0, proof.without or {})}, and so in all of the "
        f"first {proof.compared} samples. The server or its chat template leaves this out. Serve the model with a "
        "template that has a place for it, or use another backend; then run the same command"
    )


def _compared(with_media: int, without: Mapping[str, int]) -> str:
    """Say what a prompt's tokens do not rise with."""
    flat = [f"{tokens} without the {kind}" for kind, tokens in without.items() if tokens >= with_media]
    return f"the prompt has {with_media} tokens with all its media and {' and '.join(flat)}"


@dataclass
class _Trial:
    """The samples that were compared so far."""

    asking: Asking
    held: Held
    settled: list[Outcome] = field(default_factory=list)
    flat: list[Compared] = field(default_factory=list)
    probed: dict[str, int | None] = field(default_factory=dict)
    errors: int = 0

    @classmethod
    def of(cls, asking: Asking) -> _Trial:
        """Ask as the run does, with few tries and a breaker and a cache of its own."""
        held = Held(asking.cache or Cache(None))
        retry = dataclasses.replace(asking.retry, tries=min(TRIES, asking.retry.tries))
        return cls(dataclasses.replace(asking, cache=held, retry=retry, breaker=Breaker()), held)

    async def compare(self, sample: Sample, repeat: int) -> Proof | None:
        """Ask one sample with its media and without; None if the next one has to tell."""
        outcome = await ask(self.asking, sample, repeat)
        if outcome.status == "media_error":
            self.settled.append(outcome)
            return None
        if outcome.status == "api_error":
            self.errors += 1  # left to the run, which asks it again
            return self.end(str(outcome.error and outcome.error.message)) if self.errors == FIRST else None
        with_media = _tokens(outcome.responses[0])
        if with_media is None:
            self.settled.append(outcome)
            return self.end("the replies say nothing of the prompt's tokens")
        without = await self._without(sample, repeat)
        if not without:
            self.settled.append(outcome)
            return None if without is not None else self.end("the same prompt without its media was not answered")
        if with_media > max(without.values()):
            self.settled += [*(flat for flat, *_ in self.flat), outcome]
            return self._found("shown", (outcome, with_media, without))
        self.flat.append((outcome, with_media, without))
        return self._not_consumed() if len(self.flat) == FIRST else None

    def end(self, reason: str = "no sample could be compared") -> Proof:
        """Return what is known where nothing more can be: failures alone say that the media are not consumed."""
        if self.flat and not self.errors:
            return self._not_consumed()
        return Proof(state="not shown", reason=reason, settled=tuple(self.settled))

    def _not_consumed(self) -> Proof:
        last = self.flat[-1]
        problem = Problem(stage="model", kind=KIND, message=f"input not consumed: {_compared(*last[1:])}")
        rejected = [
            flat.model_copy(update={"status": "api_error", "error": problem, "parsed": None}) for flat, *_ in self.flat
        ]
        self.settled += rejected
        return self._found("not consumed", last)

    def _found(self, state: State, last: Compared) -> Proof:
        outcome, with_media, without = last
        failed = len(self.flat)
        return Proof(
            state=state, sample=outcome.id, with_media=with_media, without=without,
            compared=failed + (state == "shown"), failed=failed, settled=tuple(self.settled),
        )  # fmt: skip

    async def _without(self, sample: Sample, repeat: int) -> dict[str, int] | None:
        """Return the tokens of a sample's prompt without each kind of media; None if the backend does not say."""
        prompt = self.asking.render(sample, repeat, await decoded(self.asking, sample))
        counts: dict[str, int] = {}
        for kind in kinds_of(prompt):
            less = without(prompt, kind)
            if less.digest not in self.probed:  # most tasks ask all samples in the same words
                self.probed[less.digest] = await self._probe(less) if less.messages else None
            if (tokens := self.probed[less.digest]) is None:
                return None
            counts[kind] = tokens
        return counts

    async def _probe(self, prompt: Prompt) -> int | None:
        try:
            return _tokens(await reply(self.asking, prompt))
        except FatalModelError:
            return None  # a model that takes no text alone: the sample itself was answered


def kinds_of(prompt: Prompt) -> list[MediaKind]:
    """Return the kinds of media that a request shows."""
    parts = [part.media for message in prompt.messages for part in message.parts]
    return sorted({medium.facts.kind for medium in parts if medium is not None})


def without(prompt: Prompt, kind: MediaKind) -> Prompt:
    """Return the same request without one kind of media; a message that held nothing else falls away."""
    kept = [
        (m, tuple(part for part in m.parts if not part.media or part.media.facts.kind != kind)) for m in prompt.messages
    ]
    messages = tuple(dataclasses.replace(message, parts=parts) for message, parts in kept if parts)
    digest = prompts.digest(messages, prompt.settings, prompt.asked)
    return dataclasses.replace(prompt, messages=messages, later=(), recorded=(), digest=digest)


def _tokens(response: Response) -> int | None:
    """Return the tokens of a prompt; a count of none says nothing, for there is no such prompt."""
    return (response.usage.prompt_tokens or None) if response.error is None and response.usage else None
