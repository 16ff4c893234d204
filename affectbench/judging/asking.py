"""Asking a judge: like any model, from the cache where it can be, and again what had no verdict."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from affectbench import cache
from affectbench.asking import Asking, ask, stream
from affectbench.backends import is_local
from affectbench.errors import MediaError
from affectbench.judging.cases import Case, shown_as
from affectbench.judging.judges import Reviewer
from affectbench.judging.quoting import flags
from affectbench.judging.verdicts import Verdict
from affectbench.models import Model
from affectbench.pacing import FIRST_PACE, Pace
from affectbench.records import Key
from affectbench.types import Decoded, Outcome, Problem, Prompt, Sample

ANSWERS = ("answer", "other")
Render = Callable[[Sample, int, Mapping[str, Decoded]], Prompt]


def asking(judge: Reviewer, model: Model, kept: cache.Cache, in_flight: int | None = None) -> Asking:
    """Return how a judge is asked; `model` is what its card was built to."""
    read = judge.reader()
    most = in_flight or model.in_flight
    return Asking(
        model=model,
        locate=lambda medium: None,
        render=judge.prompter,
        read=lambda asked: read,
        cache=kept,
        identity=judge.model,
        pace=Pace(most, most if is_local(model.card.backend) else FIRST_PACE),
    )


async def judged(judge: Reviewer, asking: Asking, cases: Sequence[Case]) -> AsyncGenerator[Verdict]:
    """Yield the verdict on each case, as they come. The model must have been entered.

    Raises FatalModelError where no call can succeed, BudgetError where the budget has no room for one more.
    """
    by_key = {case.asking: case for case in cases}
    todo = [(case.sample, case.asking[1]) for case in cases]
    asking = replace(asking, render=partial(_rendered, asking.render, by_key))
    cached: set[Key] = set()
    async with aclosing(stream(todo, partial(_ask, asking, cached), asking.pace.most)) as flow:
        async for outcome in flow:
            key = outcome.id, outcome.repeat
            yield verdict(judge, by_key[key], outcome, key in cached)


def _rendered(
    render: Render, cases: Mapping[Key, Case], sample: Sample, repeat: int, media: Mapping[str, Decoded]
) -> Prompt:
    """Render a case. Raises MediaError where its media are no longer what the model was sent."""
    facts, sent = [decoded.facts for decoded in media.values()], cases[sample.id, repeat].sent
    if sent is not None and all(one.observed for one in facts) and shown_as(facts) != sent:
        raise MediaError("changed", "not what the model was sent: the file, or what decodes it, has changed since")
    return render(sample, repeat, media)


async def _ask(asking: Asking, cached: set[Key], case: Sample, repeat: int) -> Outcome:
    """Ask once; only a reply that holds a verdict is kept in the cache, or the next try would meet it again."""
    held = cache.Held(asking.cache or cache.open(None))
    outcome = await ask(replace(asking, cache=held), case, repeat)
    if outcome.status == "ok":
        held.keep()
    if held.met:
        cached.add((case.id, repeat))
    return outcome


def verdict(judge: Reviewer, case: Case, outcome: Outcome, cached: bool = False) -> Verdict:
    """Return the line that is kept of what a judge replied; `cached`: some time ago."""
    read = outcome.parsed
    value = read.value if read is not None and read.status == "ok" else None
    error = outcome.error
    shown = case.sent if case.sent is not None else shown_as(outcome.sent)
    if value is None and error is None:
        kind, rule = outcome.status, read.rule if read else "no reply"
        error = Problem(stage="judge", kind=kind, message=rule)
    return Verdict(
        id=case.id,
        repeat=case.repeat,
        status="ok" if value is not None else "judge_error",
        rubric=judge.id,
        rubric_digest=judge.digest,
        judge=judge.name,
        judge_identity=judge.identity,
        revision=judge.card.revision,
        judged=case.judged(shown),
        shown=shown,
        scores=value if isinstance(value, dict) else None,
        words=value if isinstance(value, tuple) else None,
        rule=read.rule if read is not None and value is not None else None,
        against=case.against,
        swapped=case.swapped,
        own=case.own,
        flags=tuple(dict.fromkeys(flag for name in ANSWERS for flag in flags(case.texts.get(name, "")))),
        error=error,
        cached=cached,
        response=outcome.responses[-1] if outcome.responses else None,
    )
