"""Proof that a backend takes in the media that it is sent, by its own count of the prompt's tokens.

A server that does not know a kind of media may leave it out and answer all the same. So the first sample is asked as it
is, and once more as its text alone: the count must be higher with the media. One such probe settles it; only where the
count did not rise are further samples compared, and if the first five all failed, the run stops. Until then no reply is
kept in the cache, and none stands as an answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from affectbench import media, prompts
from affectbench.asking import Asking, Todo, ask, reply
from affectbench.cache import Cache, Held
from affectbench.errors import FatalModelError
from affectbench.pacing import Breaker
from affectbench.types import Outcome, Problem, Prompt, Response, Sample

FIRST = 5
TRIES = 3
"""Of a call here: a server that is down is met by the run itself, which counts its failures and stops in time."""

KIND = "input_not_consumed"

State = Literal["shown", "not shown", "not consumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the first samples showed; `settled` are their outcomes, which need not be asked again.

    `sample` was compared: `with_media` and `text_only` are its prompt's tokens. `failed` of those `compared` did not
    rise. `reason` says why nothing was shown.
    """

    state: State
    sample: str | None = None
    with_media: int | None = None
    text_only: int | None = None
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
        f"{model}: input not consumed: its prompt has {proof.with_media} tokens with the media and {proof.text_only} "
        f"without them, and so in all of the first {proof.compared} samples. The server or its chat template leaves "
        "the media out. Serve the model with a template that has a place for them, or use another backend; then run "
        "the same command"
    )


@dataclass
class _Trial:
    """The samples that were compared so far."""

    asking: Asking
    held: Held
    settled: list[Outcome] = field(default_factory=list)
    flat: list[tuple[Outcome, int, int]] = field(default_factory=list)
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
        text_only = await self._text_only(sample, repeat)
        if text_only is None:
            self.settled.append(outcome)
            return self.end("the same prompt without its media was not answered")
        if with_media > text_only:
            self.settled += [*(flat for flat, *_ in self.flat), outcome]
            return self._found("shown", (outcome, with_media, text_only))
        self.flat.append((outcome, with_media, text_only))
        return self._not_consumed() if len(self.flat) == FIRST else None

    def end(self, reason: str = "no sample could be compared") -> Proof:
        """Return what is known where nothing more can be: failures alone say that the media are not consumed."""
        if self.flat and not self.errors:
            return self._not_consumed()
        return Proof(state="not shown", reason=reason, settled=tuple(self.settled))

    def _not_consumed(self) -> Proof:
        last = self.flat[-1]
        problem = Problem(
            stage="model", kind=KIND, message=f"input not consumed: {last[1]} tokens with the media, {last[2]} without"
        )
        rejected = [
            flat.model_copy(update={"status": "api_error", "error": problem, "parsed": None}) for flat, *_ in self.flat
        ]
        self.settled += rejected
        return self._found("not consumed", last)

    def _found(self, state: State, last: tuple[Outcome, int, int]) -> Proof:
        outcome, with_media, text_only = last
        failed = len(self.flat)
        return Proof(
            state=state, sample=outcome.id, with_media=with_media, text_only=text_only,
            compared=failed + (state == "shown"), failed=failed, settled=tuple(self.settled),
        )  # fmt: skip

    async def _text_only(self, sample: Sample, repeat: int) -> int | None:
        """Return the tokens of a sample's prompt without its media, None if the backend does not say."""
        located = {m.name: media.prepare(m, self.asking.locate(m), observe=False) for m in sample.media}
        prompt = without_media(self.asking.render(sample, repeat, located))
        if prompt.digest not in self.probed:  # most tasks ask all samples in the same words
            self.probed[prompt.digest] = await self._probe(prompt) if prompt.messages else None
        return self.probed[prompt.digest]

    async def _probe(self, prompt: Prompt) -> int | None:
        try:
            return _tokens(await reply(self.asking, prompt))
        except FatalModelError:
            return None  # a model that takes no text alone: the sample itself was answered


def without_media(prompt: Prompt) -> Prompt:
    """Return the same request with its text alone; a message that held nothing else falls away."""
    texts = [(m, tuple(part for part in m.parts if part.media is None)) for m in prompt.messages]
    messages = tuple(dataclasses.replace(message, parts=parts) for message, parts in texts if parts)
    digest = prompts.digest(messages, prompt.settings, prompt.asked)
    return dataclasses.replace(prompt, messages=messages, later=(), recorded=(), digest=digest)


def _tokens(response: Response) -> int | None:
    """Return the tokens of a prompt; a count of none says nothing, for there is no such prompt."""
    return (response.usage.prompt_tokens or None) if response.error is None and response.usage else None
