"""Asking a judge: like any model, from the cache where it can be, and again what had no verdict."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from affectbench import cache
from affectbench.asking import Asking, ask, stream
from affectbench.backends import is_local
from affectbench.judging.cases import Case
from affectbench.judging.judges import Reviewer
from affectbench.judging.quoting import flags
from affectbench.judging.verdicts import Verdict
from affectbench.models import Model
from affectbench.pacing import FIRST_PACE, Pace
from affectbench.types import Outcome, Problem, Sample


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
    by_key = {case.key: case for case in cases}
    todo = [(case.sample, case.repeat) for case in cases]
    async with aclosing(stream(todo, partial(_ask, asking), asking.pace.most)) as flow:
        async for outcome in flow:
            yield verdict(judge, by_key[outcome.id, outcome.repeat], outcome)


async def _ask(asking: Asking, case: Sample, repeat: int) -> Outcome:
    """Ask once; only a reply that holds a verdict is kept in the cache, or the next try would meet it again."""
    held = cache.Held(asking.cache or cache.open(None))
    outcome = await ask(replace(asking, cache=held), case, repeat)
    if outcome.status == "ok":
        held.keep()
    return outcome


def verdict(judge: Reviewer, case: Case, outcome: Outcome) -> Verdict:
    """Return the line that is kept of what a judge replied."""
    read = outcome.parsed
    value = read.value if read is not None and read.status == "ok" else None
    error = outcome.error
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
        judged=case.digest,
        scores=value if isinstance(value, dict) else None,
        words=value if isinstance(value, tuple) else None,
        rule=read.rule if read is not None and value is not None else None,
        flags=flags(case.texts["answer"]),
        error=error,
        response=outcome.responses[-1] if outcome.responses else None,
    )
