"""A finished run is judged: what has no verdict is asked for, the model that answered is not, and the run is sealed."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from affectbench import cache, fitting
from affectbench.asking import Asking
from affectbench.budget import Budget, Meter
from affectbench.catalogue import Catalogue
from affectbench.errors import UsageError
from affectbench.finished import conclude, question
from affectbench.judging import asking, calibration, cards, found
from affectbench.judging.cases import Case
from affectbench.judging.extractor import Extractor
from affectbench.judging.human import Rated
from affectbench.judging.judges import Judge, Reviewer, may_judge
from affectbench.judging.verdicts import Verdict, Verdicts
from affectbench.models import TaskFacts, build
from affectbench.models.names import find
from affectbench.pacing import Retry
from affectbench.records import Record, read_finished, read_samples
from affectbench.types import Sample

WORDS = "emotion-words"
"""The prompt that ships, by which words are taken out of answers."""

Seen = Callable[[Reviewer, Verdict], None]


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
    """A judged run: its folder, what `results.json` holds now, what was spent on judges and how long it took."""

    folder: Path
    results: Mapping[str, Any]
    spent: Meter
    seconds: float


def named(catalogue: Catalogue, folder: Path, models: Sequence[str], rubrics: Sequence[str] = ()) -> list[Judge]:
    """Return the judges that names mean for a run: each model by each rubric, or by those that the run's task names.

    Without `models`, those that the task names (`judge: RUBRIC@MODEL`). Raises UsageError where there is none.
    """
    pairs = wanted(read_finished(folder), models, rubrics)
    if not pairs:
        known = ", ".join(catalogue.ids("rubric"))
        raise UsageError(f"{folder}: its task names no rubric: choose one with -r (there are: {known})")
    if bare := next((rubric for rubric, model in pairs if not model), None):
        raise UsageError(f"{folder}: its task names the rubric {bare!r} and no judge: choose a model with -m")
    return [Judge(catalogue.load("rubric", rubric).spec, find(catalogue, model)) for rubric, model in pairs]


def wanted(facts: Mapping[str, Any], models: Sequence[str], rubrics: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return (rubric, model) of each judge; the model is empty where the task names only a rubric and none is given."""
    own = [(rubric, model) for rubric, _, model in (text.partition("@") for text in facts.get("judge", ()))]
    before = [(held["rubric"]["id"], held["judge"]["name"]) for held in facts.get("judges", ())]
    names = list(dict.fromkeys(rubrics or [rubric for rubric, _ in own or before]))
    if models:
        return [(rubric, model) for rubric in names for model in dict.fromkeys(models)]
    return [pair for pair in own if pair[0] in names]


def extractors(
    catalogue: Catalogue, folder: Path, models: Sequence[str], prompts: Sequence[str] = ()
) -> list[Extractor]:
    """Return who takes the words out of the answers of a run, as `named` does: by the prompts that its task names.

    Raises UsageError where answers are no free words, and where there is no model or no prompt.
    """
    facts = read_finished(folder)
    if facts["question"]["form"] != "open":
        raise UsageError(f"{folder}: words are taken out of answers of form 'open', not {facts['question']['form']!r}")
    pairs = extracting(facts, models, prompts)
    if not pairs:
        raise UsageError(f"{folder}: its task names no prompt to extract by: choose one with -p, such as {WORDS}")
    if bare := next((prompt for prompt, model in pairs if not model), None):
        raise UsageError(f"{folder}: its task names the prompt {bare!r} and no model: choose one with -m")
    return [extractor(catalogue, prompt, model) for prompt, model in pairs]


def extracting(facts: Mapping[str, Any], models: Sequence[str], prompts: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return (prompt, model) of each extractor, as `wanted` does for judges."""
    own = [(prompt, model) for prompt, _, model in (text.partition("@") for text in facts.get("extract", ()))]
    before = [held["prompt"]["id"] for held in facts.get("extractors", ())]
    names = list(dict.fromkeys(prompts or [prompt for prompt, _ in own] or before))
    if models:
        return [(prompt, model) for prompt in names for model in dict.fromkeys(models)]
    return [pair for pair in own if pair[0] in names]


def extractor(catalogue: Catalogue, prompt: str, model: str) -> Extractor:
    """Return an extractor by the names of its prompt and its model."""
    return Extractor(catalogue.load("extraction", prompt).spec, find(catalogue, model))


async def judge(folder: Path, judges: Sequence[Reviewer], how: How | None = None, seen: Seen | None = None) -> Judged:
    """Have every answer of a finished run read that has no verdict yet, by judges or extractors; score, seal again.

    `seen` is told of each new verdict. Raises UsageError for a judge that may not judge this run, RecordError for a
    run that is not finished or has no gold, BudgetError and FatalModelError as a run does. Whatever ends it, the same
    call goes on from there.
    """
    how, start, spent = how or How(), time.monotonic(), Meter()
    facts, samples = read_finished(folder), read_samples(folder)
    for one in judges:
        may_judge(one, facts, how.allow_send, how.allow_self)
        fitting.code_confirmed(one.card, how.trust_remote_code)
    keys = [(sample.id, repeat) for sample in samples for repeat in range(facts["task"]["repeats"])]
    with Record.open(folder, facts) as record:
        for one in judges:
            todo = list(one.cases(facts, samples, record.outcomes(keys)))
            await _judge(record, one, (todo, samples), (how, spent, seen))
        results = conclude(record.manifest, samples, record.outcomes(keys))
        results = found.added(results, record, (samples, keys), question(record.manifest))
        record.seal(keys, samples, results)
    return Judged(folder=folder, results=results, spent=spent, seconds=time.monotonic() - start)


async def _judge(
    record: Record, judge: Reviewer, what: tuple[Sequence[Case], Sequence[Sample]], by: tuple[How, Meter, Seen | None]
) -> None:
    """Ask one judge for the verdicts that are missing, and note in the manifest who judged and what it took."""
    (every, samples), (how, spent, seen) = what, by
    model = build(judge.card, _facts(judge, record.manifest, samples))
    with Verdicts(record.folder / judge.file) as lines, cache.paid_for(how.cached and model.observes) as kept:
        todo = [case for case in every if not lines.done(judge.key(*case.key, case.digest))]
        asked = replace(asking.asking(judge, model, kept, how.in_flight), budget=how.budget, retry=how.retry)
        try:
            async for verdict in _verdicts(judge, asked, todo):
                lines.append(verdict)
                if seen:
                    seen(judge, verdict)
        finally:
            if lines.known:
                _note(record, judge, asked.meter)
            _add(spent, asked.meter)


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


def _facts(judge: Reviewer, facts: Mapping[str, Any], samples: Sequence[Sample]) -> TaskFacts:
    return TaskFacts(
        id=facts["task"]["id"],
        asked=judge.prompter.asked,
        ids=[sample.id for sample in samples],
        max_tokens=judge.settings.max_tokens,
    )


def _note(record: Record, judge: Reviewer, meter: Meter) -> None:
    """Write into the manifest who judged, its card of calibration, and what it really cost so far."""
    held = list(record.manifest.get(judge.listed, ()))
    before = next((one for one in held if one["file"] == judge.file), None)
    spent = {
        name: (before or {}).get("spent", {}).get(name, 0) + getattr(meter, name)
        for name in ("calls", "cached", "prompt_tokens", "completion_tokens", "cost")
    }
    card = {"calibration": cards.found(judge)} if isinstance(judge, Judge) else {}
    now = {**judge.facts(), **card, "spent": spent}
    record.note(**{judge.listed: [now if one is before else one for one in held] if before else [*held, now]})


def _add(total: Meter, meter: Meter) -> None:
    for name in ("calls", "failed", "cached", "prompt_tokens", "completion_tokens", "cost"):
        setattr(total, name, getattr(total, name) + getattr(meter, name))


async def calibrated(judge: Judge, rated: Sequence[Rated], how: How | None = None) -> dict[str, Any]:
    """Ask a judge about answers that people scored, and return what its card says (`judging.calibration.findings`)."""
    how = how or How()
    fitting.code_confirmed(judge.card, how.trust_remote_code)
    facts = TaskFacts(id="calibration", asked=judge.prompter.asked, ids=[one.case.id for one in rated])
    model = build(judge.card, replace(facts, max_tokens=judge.settings.max_tokens))
    with cache.paid_for(how.cached and model.observes) as kept:
        asked = replace(asking.asking(judge, model, kept, how.in_flight), budget=how.budget, retry=how.retry)
        return calibration.findings(judge, rated, await calibration.ask(judge, asked, rated))
