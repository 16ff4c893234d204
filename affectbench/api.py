"""The same from Python: `run`, `score`, `reread`, `compare`, `load_samples`, `load_runs`, by names or by objects."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from affectbench import answers, comparing, datasets, finished, fitting, media, merging, pipeline, rejudging, scoring
from affectbench.asking import Asking, ask
from affectbench.catalogue import Catalogue
from affectbench.cluster import Cluster
from affectbench.comparing import RESAMPLES, Comparison, How
from affectbench.datasets import Ablation, Shard
from affectbench.errors import UsageError, near
from affectbench.judging import heard, naming
from affectbench.judging import scores as judging
from affectbench.manifest import Variant
from affectbench.media import perturb
from affectbench.models import Model
from affectbench.models.names import find
from affectbench.pacing import Retry
from affectbench.pipeline import Options, Reread, Run, rescore
from affectbench.records import read_finished, read_manifest, read_outcomes, read_results, read_samples, run_folders
from affectbench.rejudging import Judged
from affectbench.specs.model import ModelSpec
from affectbench.task import Task, bind
from affectbench.types import Asked, Cell, Media, Message, Outcome, Part, Prompt, Sample, Settings

if TYPE_CHECKING:
    import pandas as pd

VARIED = ("variant", "limit", "shard", "ablate", "perturb")
Roots = Mapping[str, str | Path]
T = TypeVar("T")


def run(task: str | Task, model: str | ModelSpec | Model, *, data: Roots | None = None, **more: Any) -> Run:
    """Run one task under one model and return the sealed run.

    `task`: a name, a path of a task file, or a bound Task. `model`: a name, `backend:id`, a card, or an object that
    satisfies `affectbench.models.Model`. `data`: dataset id → folder. `more`: `plugins` (folders), `variant` (a
    wording), `ablate` (`a`, `v:blank`), `perturb` (`blur:3`), `limit`, `shard` (`I/N`, see `merge`), `cluster` (a
    `cluster.Cluster`: replicas on Ray), and the fields
    of `pipeline.Options` (`out`, `fresh`, `cached`, `in_flight`, `allow_send` …).

    Raises AffectbenchError, see `affectbench.errors`. In a notebook, where an event loop runs already, the run has a
    thread and a loop of its own; an interrupt stops it, and the same call goes on from there.
    """
    _check_options("run", more, ("plugins", "cluster", *VARIED, *(option.name for option in fields(Options))))
    known = _catalogue(more.pop("plugins", ()))
    varied = {name: more.pop(name, None) for name in VARIED}
    bound = datasets.bind(_task(task, known, varied["variant"] or "base"), _paths(data), varied["limit"])
    variant = Variant(
        prompt=bound.task.variant,
        limit=varied["limit"],
        shard=Shard.read(varied["shard"]) if varied["shard"] is not None else None,
        ablate=Ablation.read(varied["ablate"]) if varied["ablate"] is not None else None,
        perturb=perturb.find(varied["perturb"]) if varied["perturb"] is not None else None,
    )
    cluster = more.pop("cluster", None)
    how = Options(**{**more, "out": Path(more.get("out", "runs"))})
    built = _model(model, known, bound, cluster)
    return _to_end(pipeline.run(bound, built, variant, how))


def score(folder: str | Path) -> Run:
    """Read the replies of a run again and score them, without a model and without the data."""
    return rescore(Path(folder))


def judge(
    folder: str | Path,
    models: str | Sequence[str] = (),
    rubrics: str | Sequence[str] = (),
    against: str | Path | None = None,
    **more: Any,
) -> Judged:
    """Have the answers of a finished run scored by models as rubrics say; without names, by those of the run's task.

    What has a verdict is not asked again. `against`: another run of the task, with which pairwise rubrics compare.
    `more`: `plugins` (folders), `data` (where a rubric shows media), and the fields of `rejudging.How` (`allow_send`,
    `allow_self`, `cached`, `budget` …). Raises UsageError for a judge that is not there or may not judge this run.
    """
    _check_options("judge", more, ("plugins", "data", *(option.name for option in fields(rejudging.How))))
    known, data = _catalogue(more.pop("plugins", ())), more.pop("data", None)
    names = [[given] if isinstance(given, str) else list(given) for given in (models, rubrics)]
    judges = naming.named(known, Path(folder), *names)
    bound = None
    if rejudging.sees_media(judges):
        bound = rejudging.bound_again(known, read_manifest(Path(folder)), _paths(data))
    beside = rejudging.Beside(against=None if against is None else Path(against), bound=bound)
    return _to_end(rejudging.judge(Path(folder), judges, rejudging.How(**more), beside=beside))


def merge(*shards: str | Path, out: str | Path | None = None) -> Run:
    """Join shards of one run (folders, or folders that hold them) into that run, which equals one without shards.

    It lies where the shards do, or below `out`. Raises UsageError for shards of different runs, RecordError for what
    is missing, unfinished or contradictory.
    """
    folder = merging.merge(map(Path, shards), None if out is None else Path(out))
    return Run(folder=folder, results=read_results(folder))


def reread(folder: str | Path, parser: str) -> Reread:
    """Score a run's replies as another parser reads them (`affectbench.answers.PARSERS`); nothing is written.

    Raises UsageError for a parser that is unknown or does not read the form, RecordError for a run without its gold.
    """
    return pipeline.reread(Path(folder), parser)


def measured(folder: str | Path, *metrics: str) -> dict[str, Any]:
    """Return what `results.json` would hold under other metrics than the task's; nothing is written.

    Raises UsageError for a metric that the answer form does not have or that lacks something to be computed by,
    RecordError for a run without its gold.
    """
    if not metrics:
        raise UsageError("name a metric at least")
    return pipeline.measured(Path(folder), metrics)


def groups(folder: str | Path, by: str | None = None, metric: str | None = None) -> list[dict[str, Any]]:
    """Return one metric of a finished run by group (`by`: only this one), as `groups` in docs/results.md describes.

    `metric`: any that the answer form allows; without it the main one. Raises UsageError for a metric or a group that
    is not there, RecordError for a run that is not finished or whose gold was left out.
    """
    facts, samples = read_finished(Path(folder)), read_samples(Path(folder))
    names = list(dict.fromkeys(name for sample in samples for name in sample.group))
    if by is not None and by not in names:
        raise UsageError(f"{folder} has no group {by!r}{near(by, names)} (groups: {', '.join(names) or 'none'})")
    if "/" in (main := metric or read_results(Path(folder))["main"]):
        return [one for one in _by_scale(Path(folder), facts, samples, main) if by in (None, one["name"])]
    asked = finished.question(facts)
    asked = replace(asked, metrics=(metric,), main=metric) if metric else asked
    found = scoring.by_group(asked, samples, map(finished.answer, read_outcomes(Path(folder))))
    return [one for one in found if by in (None, one["name"])]


def _by_scale(folder: Path, facts: Mapping[str, Any], samples: Sequence[Sample], scale: str) -> list[dict[str, Any]]:
    found = judging.by_group(heard.read(folder, facts, samples, lambda: read_outcomes(folder)), facts, samples, scale)
    if found is None:
        raise UsageError(f"{folder} was not judged on {scale!r}: affectbench judge {folder} -m MODEL -r RUBRIC")
    return found


def compare(
    *runs: str | Path, metric: str | None = None, seed: int = 0, resamples: int = RESAMPLES, samples: int = 0
) -> Comparison:
    """Compare finished runs of one task: run folders, or folders that hold them; `document()` gives plain values.

    `metric`: what ranks them, without it the task's main one. `samples`: list so many that were answered differently.
    Raises UsageError with the reason for runs that cannot be compared, RecordError for one that cannot be read.
    """
    how = How(metric=metric, seed=seed, resamples=resamples, samples=samples)
    return comparing.compare(comparing.run_folders(map(Path, runs)), how)


def load_samples(task: str | Task, *, data: Roots | None = None, **more: Any) -> Sequence[Sample]:
    """Return the samples of a task in order; `more`: `plugins`, `limit`."""
    _check_options("load_samples", more, ("plugins", "limit"))
    known = _catalogue(more.get("plugins", ()))
    return datasets.bind(_task(task, known, "base"), _paths(data), more.get("limit")).samples


def load_runs(path: str | Path) -> pd.DataFrame:
    """Return all scores of the sealed runs at or below `path`: one row a score, with its run's task and model.

    `judge` and `calibrated` are of a main score that a judge gave, empty elsewhere.

    Raises UsageError where `path` is no folder.
    """
    import pandas as pd

    if not Path(path).is_dir():
        raise UsageError(f"{path} is not a folder: expected one that holds runs, such as `runs`")
    rows = []
    for folder in run_folders(Path(path)):
        if not read_manifest(folder).get("sealed"):
            continue
        results = read_results(folder)
        named = {name: results[name] for name in ("task", "model", "run", "variant", "partial", "mock", "observed")}
        by = results.get("main_by") or {}
        for found in results["scores"]:
            group = found.pop("group") or {}
            judge = by if found["metric"] == results["main"] else {}
            named |= {"judge": judge.get("judge"), "calibrated": judge.get("calibrated")}
            groups = {"group": group.get("name"), "group_value": group.get("value")}
            rows.append({**named, **found, **groups, "path": str(folder)})
    return pd.DataFrame(rows)


def check(card: ModelSpec, trust_remote_code: Collection[str] = ()) -> Outcome:
    """Make one real call with a drawn face, a made-up voice, or both, as the model takes them; return the outcome.

    Raises UsageError for a model with code of its own whose name is not in `trust_remote_code`.
    """
    fitting.code_confirmed(card, trust_remote_code)
    question = Asked(form="choice", options=("happiness", "sadness"))
    if not (shown := _looked_at(card)):
        raise UsageError(
            f"{card.name} takes neither pictures nor sound, of which one would be shown: run a task instead"
        )
    parts = (*shown, Part(kind="text", text="Is this happiness or sadness? One word."))
    prompt = Prompt(
        sample_id="check", repeat=0, messages=(Message(role="user", parts=parts),), asked=question,
        settings=card.sampling(Settings(max_tokens=64)), template="check", template_digest="", digest="check",
    )  # fmt: skip
    return _to_end(_one_call(card, prompt))


def _looked_at(card: ModelSpec) -> tuple[Part, ...]:
    """Return a happy face where the model takes pictures, a happy voice where it takes sound."""
    from affectbench import faces, voices
    from affectbench.datasets import clip_files

    parts = []
    if "image" in card.accepts:
        face = faces.face(faces.identity(faces.generator(1)), "happiness", faces.generator(2))
        medium = Media(name="face", kind="image", cell=Cell(data=face.png(256)))
        parts.append(Part(kind="image", media=media.prepare(medium, None, observe=True)))
    if "audio" in card.accepts:
        rng = faces.generator(3)
        said = voices.speak(voices.speaker(rng, sex="female", age="young"), voices.delivery("happiness", rng), rng, 2.0)
        medium = Media(name="voice", kind="audio", cell=Cell(data=clip_files.wav(said, voices.RATE)))
        parts.append(Part(kind="audio", media=media.prepare(medium, None, observe=True)))
    return tuple(parts)


async def _one_call(card: ModelSpec, prompt: Prompt) -> Outcome:
    from affectbench.models import TaskFacts, build

    model = build(card, TaskFacts(id="check", asked=prompt.asked, ids=["check"], most_images=1, most_sounds=1))
    retry = Retry(tries=2)  # somebody waits to see it
    asking = Asking(model=model, locate=lambda m: None, render=lambda s, r, d: prompt, read=answers.reader, retry=retry)
    async with model:
        return await ask(asking, Sample(id="check"))


def _to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; where an event loop runs in this thread already, in a thread with its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = Future()

    async def watched() -> T:
        task: asyncio.Task[T] = asyncio.ensure_future(work)
        begun.set_result((asyncio.get_running_loop(), task))
        return await task

    with ThreadPoolExecutor(1, "affectbench") as pool:
        end = pool.submit(asyncio.run, watched())
        try:
            return end.result()
        except KeyboardInterrupt:
            loop, task = begun.result()
            loop.call_soon_threadsafe(task.cancel)
            raise  # once the pool has waited for the run to close its files


def _check_options(function: str, given: Iterable[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise TypeError(f"{function}() has no option {name!r}{near(name, known)} (options: {', '.join(known)})")


def _catalogue(plugins: str | Path | Iterable[str | Path]) -> Catalogue:
    return Catalogue(tuple(map(Path, [plugins] if isinstance(plugins, str | Path) else plugins)))


def _task(task: str | Task, known: Catalogue, wording: str) -> Task:
    if isinstance(task, Task):
        return task
    names = known.tasks([str(task)])
    if len(names) != 1:
        raise UsageError(f"{task!r} names {len(names)} tasks: run them one by one, or use the command line")
    return bind(known, names[0], wording)


def _model(
    model: str | ModelSpec | Model, known: Catalogue, bound: datasets.Bound, cluster: Cluster | None = None
) -> Model:
    if isinstance(model, str):
        model = find(known, model)
    if isinstance(model, ModelSpec):
        return pipeline.prepare(bound, model, cluster)
    if cluster is not None:
        raise UsageError("a model that is an object stays in this process: a cluster needs a name or a card")
    return model


def _paths(data: Roots | None) -> dict[str, Path]:
    return {name: Path(folder) for name, folder in (data or {}).items()}
