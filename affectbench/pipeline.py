"""From a task bound to data and a model's card to a sealed run: the story of the package in one place."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from affectbench import answers, cache, fitting, manifest, media, proof, scale
from affectbench.answers.published import DROPPED
from affectbench.asking import Asking, Todo, ask, read_reply, stream
from affectbench.backends import is_local
from affectbench.budget import Budget, Meter
from affectbench.cluster import Cluster
from affectbench.datasets import Bound, with_frames
from affectbench.errors import RecordError
from affectbench.finished import conclude, question
from affectbench.judging import found as reviewed
from affectbench.manifest import Variant
from affectbench.media import aside
from affectbench.media.hands import Hands
from affectbench.models import Model, TaskFacts, build, identity
from affectbench.pacing import FIRST_PACE, Pace
from affectbench.prompts import asked
from affectbench.records import Key, Record, read_finished, read_outcomes, read_results, read_samples
from affectbench.rendering import prompter
from affectbench.scoring import Question
from affectbench.specs.model import ModelSpec
from affectbench.types import FINAL, Asked, Outcome

SYNC_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is carried out; none of it changes a number. `allow_send`: datasets that may leave this machine.

    `budget` is what all runs under these options may spend together. `trust_remote_code`: models, by the names of their
    cards, whose own code may run here.
    """

    out: Path = Path("runs")
    fresh: bool = False
    cached: bool = True
    in_flight: int | None = None
    allow_send: frozenset[str] = frozenset()
    trust_remote_code: frozenset[str] = frozenset()
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run: its folder, what `results.json` holds, what was really spent and how long it took.

    `judging`: what was spent on its judges, by the files of their verdicts.
    """

    folder: Path
    results: Mapping[str, Any]
    spent: Meter = field(default_factory=Meter)
    judging: Mapping[str, Meter] = field(default_factory=dict)
    seconds: float = 0.0


class Watch(Protocol):
    """What may look on while a run goes on; the command line's progress is one."""

    def begin(self, record: Record, keys: Sequence[Key], question: Question, spent: Meter) -> None:
        """Called once, before the first call."""

    def count(self, outcome: Outcome) -> None:
        """Called after each outcome was recorded."""


class Unwatched:
    """Looks away."""

    def begin(self, record: Record, keys: Sequence[Key], question: Question, spent: Meter) -> None:
        """Nothing to show."""

    def count(self, outcome: Outcome) -> None:
        """Nothing to show."""


async def run(bound: Bound, model: Model, variant: Variant, options: Options, watch: Watch | None = None) -> Run:
    """Ask the model every sample that has no final answer yet, score, seal.

    Raises UsageError if the model may not or cannot be sent what the task shows, FatalModelError if no call can
    succeed, BudgetError when the budget is reached, RecordError if the run cannot be written. Whatever ends it, the
    same call goes on from there.
    """
    watch = watch or Unwatched()
    start = time.monotonic()
    may_be_sent(bound, model, options)
    bound = with_frames(bound, model.card.frames)
    facts = manifest.manifest(bound, model.card, variant)
    bound = variant.applied(bound)
    facts |= {
        "partial": bound.partial,
        "mock": bound.mock,
        "observed": model.observes,
        "allowed_to_send": sorted(options.allow_send & {bound.task.dataset.id}),
    }
    scored = question(facts)  # before anything is asked or written: what it needs may not be here
    folder = manifest.folder(options.out, facts)
    keys = [(sample.id, repeat) for sample in bound.samples for repeat in range(bound.task.spec.repeats)]
    keep = options.cached and model.observes  # a model that is sent nothing has no replies that are worth keeping
    with Record.open(folder, facts, options.fresh) as record, cache.paid_for(keep) as kept:
        _same_data(record, facts)
        asking = _asking(bound, model, kept, options)
        watch.begin(record, keys, scored, asking.meter)
        try:
            await _ask_all(bound, asking, record, watch)
        finally:
            record.note(spent=_spent(record.manifest.get("spent", {}), asking.meter))
        results = conclude(record.manifest, bound.samples, record.outcomes(keys))
        results = reviewed.added(results, record, (bound.samples, keys), scored)
        record.seal(keys, bound.samples, results)
    return Run(folder=folder, results=results, spent=asking.meter, seconds=time.monotonic() - start)


def rescore(folder: Path) -> Run:
    """Read the replies of a finished run again and score them, without a model and without the data.

    Raises RecordError for a run that is not finished, or whose gold was left out.
    """
    facts = read_finished(folder)
    samples = read_samples(folder)
    with Record.open(folder, facts) as record:
        for outcome in list(read_outcomes(folder)):
            if (again := read_again(outcome, facts["question"])) != outcome:
                record.append(again)
        repeats = facts["task"]["repeats"]
        keys = [(sample.id, repeat) for sample in samples for repeat in range(repeats)]
        results = conclude(facts, samples, record.outcomes(keys))
        results = reviewed.added(results, record, (samples, keys), question(facts))
        record.seal(keys, samples, results)
    return Run(folder=folder, results=results)


@dataclass(frozen=True, kw_only=True)
class Reread:
    """A run beside what another parser makes of its replies; neither is written.

    `kept` are the results on the samples that the parser's evaluator has in its denominator, None where it has all.
    """

    parser: str
    own: Mapping[str, Any]
    read: Mapping[str, Any]
    kept: Mapping[str, Any] | None = None


def reread(folder: Path, parser: str) -> Reread:
    """Score the replies of a finished run as another parser reads them. The run stays as it is.

    Raises UsageError for an unknown parser or one that does not read the form, RecordError for a run that is not
    finished or whose gold was left out.
    """
    facts = read_finished(folder)
    facts["question"] = {**facts["question"], "parser": parser}
    samples = read_samples(folder)
    outcomes = [read_again(outcome, facts["question"]) for outcome in read_outcomes(folder)]
    left = [found for found in outcomes if not (found.parsed and found.parsed.rule.startswith(DROPPED))]
    ids = {found.id for found in left}
    kept = None
    if ids and len(left) < len(outcomes):
        kept = conclude(facts, [sample for sample in samples if sample.id in ids], left)
    return Reread(parser=parser, own=read_results(folder), read=conclude(facts, samples, outcomes), kept=kept)


def measured(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the results of a finished run under other metrics than its task's. The run stays as it is.

    Raises UsageError for a metric that the answer form does not have or that lacks something, RecordError for a run
    that is not finished or whose gold was left out.
    """
    facts = read_finished(folder)
    facts["question"] = {**facts["question"], "metrics": list(names), "main": names[0]}
    return conclude(facts, read_samples(folder), read_outcomes(folder))


async def _ask_all(bound: Bound, asking: Asking, record: Record, watch: Watch) -> None:
    repeats = range(bound.task.spec.repeats)
    todo = [(sample, repeat) for sample in bound.samples for repeat in repeats if not record.done(sample.id, repeat)]
    if not todo:
        return
    record.note(sealed=False)  # of a run that goes on after errors, until it is sealed again
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_stop, asyncio.create_task(_sync(record)))
        await stack.enter_async_context(asking.model)
        settled = await _prove(bound, asking, record, (todo, watch))
        todo = [(sample, repeat) for sample, repeat in todo if (sample.id, repeat) not in settled]
        at_once = asking.pace.most + _ahead(bound, asking.model)
        flow = await stack.enter_async_context(aclosing(stream(todo, functools.partial(ask, asking), at_once)))
        async for outcome in flow:
            record.append(outcome)
            watch.count(outcome)


def _ahead(bound: Bound, model: Model) -> int:
    """Return how many samples are decoded while the model is busy with others."""
    slow = bound.task.kinds() - {"image"} and model.observes
    return aside.workers() if slow else 0


async def _prove(bound: Bound, asking: Asking, record: Record, how: tuple[Sequence[Todo], Watch]) -> set[Key]:
    """See that the model takes in what it is sent, and record that; returns the samples that were settled by it."""
    todo, watch = how
    known = record.manifest.get("proof", {})
    shown = any(sample.media for sample in bound.samples)
    if not asking.model.observes or not shown or known.get("state") == "shown":
        return set()
    found = await proof.prove(asking, todo)
    record.note(proof=found.facts())
    for outcome in found.settled:
        record.append(outcome)
        watch.count(outcome)
    if found.state == "not consumed":
        raise proof.refused(found, asking.model.card.name)
    return {(outcome.id, outcome.repeat) for outcome in found.settled}


async def _sync(record: Record) -> None:
    """Bring what was appended to the disk each second."""
    while True:
        await asyncio.sleep(SYNC_S)
        await asyncio.to_thread(record.sync)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def prepare(bound: Bound, card: ModelSpec, cluster: Cluster | None = None) -> Model:
    """Build the model of a card for a task, here or on a cluster. Nothing is loaded yet; a cluster is joined.

    Raises UsageError for an unknown backend or parser, a parser that does not read the task's answers, and a cluster
    without room for the model.
    """
    answers.place(bound.task.spec.answer.parser, bound.task.form)
    shots = bound.task.spec.shots.n if bound.task.spec.shots else 0
    facts = TaskFacts(
        id=bound.task.id,
        asked=asked(bound.task),
        ids=bound.ids,
        golds={sample.id: sample.gold for sample in bound.samples},
        most_images=fitting.most_shown(bound.task, card.frames, "image") * (1 + shots),
        most_sounds=fitting.most_shown(bound.task, card.frames, "audio") * (1 + shots),
        max_tokens=card.sampling(bound.task.spec.settings).max_tokens,
    )
    return scale.replicate(card, facts, cluster) if cluster else build(card, facts)


def _asking(bound: Bound, model: Model, kept: cache.Cache, options: Options) -> Asking:
    settings = model.card.sampling(bound.task.spec.settings)
    most = options.in_flight or model.in_flight
    return Asking(
        model=model,
        locate=bound.locate,
        render=prompter(bound, settings, observe=model.observes),
        read=answers.reader,
        cache=kept,
        identity=identity(model.card),
        pace=Pace(most, most if is_local(model.card.backend) else FIRST_PACE),
        budget=options.budget,
        hands=Hands(bound.views),
    )


def may_be_sent(bound: Bound, model: Model, options: Options) -> None:
    """Refuse what cannot be scored, and what the model cannot carry or may not be sent; nothing was connected yet.

    Raises UsageError.
    """
    fitting.scorable(bound.task)
    fitting.code_confirmed(model.card, options.trust_remote_code)
    if model.observes:
        media.require(bound.task.kinds(), bound.views.values())
        fitting.check(bound.task, model.card, options.allow_send, options.budget)


def _same_data(record: Record, facts: Mapping[str, Any]) -> None:
    """Refuse to go on with a run whose media changed; media that were missing may have come."""
    before, now = record.manifest["data"], facts["data"]
    if before["media"] != now["media"] and not before["missing"]:
        raise RecordError(
            f"{record.folder}: the media of {facts['task']['id']!r} changed since this run began "
            f"({before['files']} files then, {now['files']} now): --fresh begins it anew"
        )


def read_again(outcome: Outcome, question: Mapping[str, Any]) -> Outcome:
    """Return the outcome with its last reply read by the parser as it is now."""
    if outcome.status not in FINAL:
        return outcome
    if not outcome.responses or outcome.prompt is None:
        raise RecordError(f"sample {outcome.id!r} is {outcome.status}, but its line holds no reply to read again")
    what = Asked(
        form=question["form"],
        options=outcome.prompt.options or (),
        letters=outcome.prompt.letters,
        synonyms=tuple((name, tuple(others)) for name, others in question["synonyms"]),
        levels=tuple((name, low, high) for name, low, high in question["levels"]),
        parser=question["parser"],
    )
    if question["parser"] == answers.OWN:
        what = replace(what, constrain=outcome.prompt.constrain, score_by=outcome.prompt.score_by)
    parsed = read_reply(answers.reader(what), what, outcome.responses[-1])
    return outcome.model_copy(update={"status": parsed.status, "parsed": parsed})


def _spent(before: Mapping[str, Any], meter: Meter) -> dict[str, Any]:
    """Add what this call of the command really spent to what earlier ones did."""
    now = {"calls": meter.calls, "prompt_tokens": meter.prompt_tokens, "completion_tokens": meter.completion_tokens}
    return {name: before.get(name, 0) + value for name, value in {**now, "cost": meter.cost}.items()}
