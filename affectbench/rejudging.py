"""A finished run is judged: what has no verdict is asked for, the model that answered is not, and the run is sealed."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from affectbench import cache, fitting, media
from affectbench.asking import Asking
from affectbench.budget import Budget, Meter
from affectbench.catalogue import Catalogue
from affectbench.datasets import Bound, bind, with_frames
from affectbench.errors import UsageError
from affectbench.finished import conclude, question
from affectbench.judging import asking, calibration, cards, found, pairs
from affectbench.judging.cases import Case
from affectbench.judging.human import Rated
from affectbench.judging.judges import ALIKE, Judge, Reviewer, may_judge
from affectbench.judging.verdicts import Verdict, Verdicts, by_answer
from affectbench.manifest import Variant
from affectbench.media.hands import Hands
from affectbench.models import TaskFacts, build
from affectbench.pacing import Retry
from affectbench.records import Record, read_finished, read_outcomes, read_samples
from affectbench.task import Task
from affectbench.task import bind as bind_task
from affectbench.types import Sample


class Watch(Protocol):
    """What may look on while a run is read by others; the command line's progress is one."""

    def begin(self, judge: Reviewer, answers: int, known: int, spent: Meter) -> None:
        """Called before a judge is asked: how many answers there are, and of how many it has given a verdict."""

    def count(self, verdict: Verdict) -> None:
        """Called after each new verdict was recorded."""

    def end(self) -> None:
        """Called when a judge is done."""


class Unwatched:
    """Looks away."""

    def begin(self, judge: Reviewer, answers: int, known: int, spent: Meter) -> None:
        """Nothing to show."""

    def count(self, verdict: Verdict) -> None:
        """Nothing to show."""

    def end(self) -> None:
        """Nothing to show."""


@dataclass(frozen=True, kw_only=True)
class How:
    """How a run is judged; none of it changes a verdict. `allow_send`, `trust_remote_code` as in `pipeline.Options`.

    `allow_self` lets a model judge its own answers. `budget` is what the whole command may spend.
    """

    cached: bool = True
    in_flight: int | None = None
    allow_send: frozenset[str] = frozenset()
    allow_self: bool = False
    trust_remote_code: frozenset[str] = frozenset()
    budget: Budget = field(default_factory=Budget)
    retry: Retry = field(default_factory=Retry)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A judged run: its folder, what `results.json` holds now, what was spent on judges and how long it took.

    `by_judge`: what was spent on each, by the file of its verdicts.
    """

    folder: Path
    results: Mapping[str, Any]
    by_judge: Mapping[str, Meter]
    seconds: float

    @property
    def spent(self) -> Meter:
        """What was spent on all judges together."""
        return total(self.by_judge.values())


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What judges are shown that the run does not hold: the answers of another run of its task (`against`, for pairwise
    rubrics), and the media of the task, as `bound_again` returns it.
    """

    against: Path | None = None
    bound: Bound | None = None


def bound_again(catalogue: Catalogue, facts: Mapping[str, Any], roots: Mapping[str, Path]) -> Bound:
    """Bind the task of a run (`facts` is its manifest) to the data again, shown as it was.

    Raises UsageError where the task is not known, DataError where its data are not bound.
    """
    variant = Variant.recorded(facts["variant"])
    task = bind_task(catalogue, facts["task"]["id"], variant.prompt)
    return variant.applied(with_frames(bind(task, roots), facts["model"].get("frames")))


def sees_media(judges: Iterable[Reviewer]) -> bool:
    """Whether one of the judges is shown media, for which the data are needed."""
    return any(one.shows_media for one in judges)


def can_see(judge: Reviewer, task: Task) -> None:
    """Raise UsageError where a rubric shows media that its judge cannot take in; one that replays sees nothing."""
    if judge.shows_media and judge.card.backend not in ALIKE:
        fitting.sees(task, judge.card)


async def judge(
    folder: Path,
    judges: Sequence[Reviewer],
    how: How | None = None,
    watch: Watch | None = None,
    beside: Beside | None = None,
) -> Judged:
    """Have every answer of a finished run read that has no verdict yet, by judges or extractors; score, seal again.

    Raises UsageError for a judge that may not judge this run, or cannot see what its rubric shows, RecordError for a
    run that is not finished or has no gold, BudgetError and FatalModelError as a run does. Whatever ends it, the same
    call goes on from there.
    """
    beside = beside or Beside()
    how, watch, start = how or How(), watch or Unwatched(), time.monotonic()
    spent: dict[str, Meter] = {}
    facts, samples = read_finished(folder), read_samples(folder)
    judges, other = _other(judges, (facts, samples, ()), beside.against)
    shown = _with_media(judges, samples, beside.bound)
    for one in judges:
        for run in (facts, *([other[0]] if other else [])):
            may_judge(one, run, how.allow_send, how.allow_self)
        fitting.code_confirmed(one.card, how.trust_remote_code)
    keys = [(sample.id, repeat) for sample in samples for repeat in range(facts["task"]["repeats"])]
    with Record.open(folder, facts) as record:
        for one in judges:
            own = facts, shown, list(record.outcomes(keys))
            todo = list(pairs.pairs(one.rubric, own, other) if other and isinstance(one, Judge) else one.cases(*own))
            spent[one.file] = await _judge(record, one, _Work(todo, samples, other, beside.bound), (how, watch))
        results = conclude(record.manifest, samples, record.outcomes(keys))
        results = found.added(results, record, (samples, keys), question(record.manifest))
        record.seal(keys, samples, results)
    return Judged(folder=folder, results=results, by_judge=spent, seconds=time.monotonic() - start)


def _with_media(judges: Sequence[Reviewer], samples: Sequence[Sample], bound: Bound | None) -> Sequence[Sample]:
    """Return the samples of a run, with their media where a judge is shown these.

    Raises UsageError where the data are not bound or are others, and for a judge that cannot take the media in.
    """
    if not sees_media(judges):
        return samples
    if bound is None:
        raise UsageError("a rubric shows the media of the task, and the data are not bound: pass --data ID=DIR")
    for one in judges:
        can_see(one, bound.task)
    if any(one.card.backend not in ALIKE for one in judges):
        media.require(bound.task.kinds(), bound.views.values())
    known = {sample.id: sample for sample in bound.samples}
    if absent := next((sample.id for sample in samples if sample.id not in known), None):
        raise UsageError(f"the data that are bound here have no sample {absent!r}")
    return [replace(sample, media=known[sample.id].media, bad=known[sample.id].bad) for sample in samples]


def _other(
    judges: Sequence[Reviewer], own: pairs.Run, against: Path | None
) -> tuple[Sequence[Reviewer], pairs.Run | None]:
    """Return the judges, and the run with whose answers they compare. Raises UsageError where that is no such run."""
    for one in judges:
        pairwise = isinstance(one, Judge) and one.rubric.pairwise
        if pairwise and against is None:
            raise UsageError(f"the rubric {one.id!r} compares two runs: name the other one with --against")
        if against is not None and not pairwise:
            raise UsageError(f"the rubric {one.id!r} scores single answers: --against needs a pairwise one (-r)")
    if against is None:
        return judges, None
    other = read_finished(against), read_samples(against), list(read_outcomes(against))
    pairs.refuse(own, other)
    return [replace(one, against=other[0]["run"]) for one in judges if isinstance(one, Judge)], other


@dataclass(frozen=True, slots=True)
class _Work:
    """What one judge is to judge: cases, the samples of the run, the run with which it is compared, the data."""

    cases: Sequence[Case]
    samples: Sequence[Sample]
    other: pairs.Run | None
    bound: Bound | None


async def _judge(record: Record, judge: Reviewer, work: _Work, by: tuple[How, Watch]) -> Meter:
    """Ask one judge for the verdicts that are missing, and note in the manifest who judged and what it took."""
    how, watch = by
    model = build(judge.card, _facts(judge, record.manifest, work))
    with Verdicts(record.folder / judge.file) as lines, cache.paid_for(how.cached and model.observes) as kept:
        known = by_answer(lines.known)
        todo = [case for case in work.cases if not _done(case.held(known.get(judge.on(case.key), ())))]
        if work.other:
            lines.recall(judge.key(*case.key, case.digest) for case in work.cases)
        asked = replace(asking.asking(judge, model, kept, how.in_flight), budget=how.budget, retry=how.retry)
        if work.bound:
            asked = replace(asked, locate=work.bound.locate, hands=Hands(work.bound.views))
        watch.begin(judge, len(work.cases), len(work.cases) - len(todo), asked.meter)
        try:
            async for verdict in _verdicts(judge, asked, todo):
                lines.append(verdict)
                watch.count(verdict)
        finally:
            if lines.known:
                _note(record, judge, asked.meter, work.other)
            watch.end()
    return asked.meter


async def _verdicts(judge: Reviewer, asked: Asking, todo: Sequence[Case]) -> AsyncGenerator[Verdict]:
    """Yield verdicts as they come; what was left unasked, because the judge's server is gone, has none."""
    if not todo:
        return
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asked.model)
        flow = await stack.enter_async_context(aclosing(asking.judged(judge, asked, todo)))
        async for verdict in flow:
            if verdict.error is None or verdict.error.kind != "breaker":
                yield verdict


def _done(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.status == "ok"


def _facts(judge: Reviewer, facts: Mapping[str, Any], work: _Work) -> TaskFacts:
    task = work.bound.task if work.bound and judge.shows_media else None
    frames = facts["model"].get("frames")
    return TaskFacts(
        id=facts["task"]["id"],
        asked=judge.prompter.asked,
        ids=[sample.id for sample in work.samples],
        most_images=fitting.most_shown(task, frames, "image") if task else 0,
        most_sounds=fitting.most_shown(task, frames, "audio") if task else 0,
        max_tokens=judge.settings.max_tokens,
    )


def _note(record: Record, judge: Reviewer, meter: Meter, other: pairs.Run | None) -> None:
    """Write into the manifest who judged, its card of calibration, and what it really cost so far."""
    place = "pairs" if other else judge.listed
    held = list(record.manifest.get(place, ()))
    before = next((one for one in held if one["file"] == judge.file), None)
    spent = {
        name: (before or {}).get("spent", {}).get(name, 0) + getattr(meter, name)
        for name in ("calls", "cached", "prompt_tokens", "completion_tokens", "cost")
    }
    now = {**judge.facts(), "spent": spent}
    now |= {"calibration": cards.found(judge)} if isinstance(judge, Judge) else {}
    now |= {"against": pairs.named(other)} if other else {}
    record.note(**{place: [now if one is before else one for one in held] if before else [*held, now]})


def total(meters: Iterable[Meter]) -> Meter:
    """Return what several meters counted together."""
    found = Meter()
    for meter in meters:
        for name in ("calls", "failed", "cached", "prompt_tokens", "completion_tokens", "cost"):
            setattr(found, name, getattr(found, name) + getattr(meter, name))
    return found


async def calibrated(judge: Judge, rated: Sequence[Rated], how: How | None = None) -> dict[str, Any]:
    """Ask a judge about answers that people scored, and return what its card says (`judging.calibration.findings`)."""
    how = how or How()
    if judge.rubric.pairwise or "media" in judge.rubric.sees:
        why = "compares two answers" if judge.rubric.pairwise else "shows media"
        raise UsageError(f"the rubric {judge.rubric.id!r} {why}: the file of people's scores holds single texts")
    fitting.code_confirmed(judge.card, how.trust_remote_code)
    facts = TaskFacts(id="calibration", asked=judge.prompter.asked, ids=[one.case.id for one in rated])
    model = build(judge.card, replace(facts, max_tokens=judge.settings.max_tokens))
    with cache.paid_for(how.cached and model.observes) as kept:
        asked = replace(asking.asking(judge, model, kept, how.in_flight), budget=how.budget, retry=how.retry)
        return calibration.findings(judge, rated, await calibration.ask(judge, asked, rated))
