"""`affectbench run` and `affectbench score`: from names to sealed runs and a table."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.cli import judge, judged, options, parsers, printing, table
from affectbench.cli.progress import Progress, TaskLine
from affectbench.errors import DataError, FileErrors, UsageError

if TYPE_CHECKING:
    from affectbench.budget import Meter
    from affectbench.datasets import Bound
    from affectbench.manifest import Variant
    from affectbench.models import Model
    from affectbench.pipeline import Options, Run
    from affectbench.records import Key, Record
    from affectbench.scoring import Question
    from affectbench.specs.suite import SuiteSpec
    from affectbench.types import Outcome

TOO_MANY_ERRORS = 3
ERRORS = ("api_error", "media_error", "judge_error")


@dataclass(frozen=True)
class Wish:
    """One task under one model in one wording, ready to run."""

    bound: Bound
    model: Model
    variant: Variant

    @property
    def label(self) -> str:
        """What runs, as the progress line and a dry run call it."""
        variant = () if self.variant.said == "base" else (self.variant.said,)
        return " · ".join((self.bound.task.id, self.model.card.name, *variant))


@click.command()
@click.option(
    "-m", "--model", "models", multiple=True, required=True, help="A model's name, or BACKEND:ID (repeatable)."
)
@click.option(
    "-t", "--task", "tasks", multiple=True, required=True, help="A task, a glob, a suite, a task file (repeatable)."
)
@options.data
@options.plugin
@click.option("--limit", type=click.IntRange(min=1), help="Score a seeded part only: N samples, never ranked.")
@options.executor
@options.shard
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="runs", show_default=True)
@click.option("--in-flight", type=click.IntRange(1, 4096), help="Requests that wait at once [the backend's own].")
@click.option("--variant", default="base", show_default=True, help="Another wording of the prompts, or `all`.")
@options.varied
@click.option(
    "--max-bad", type=options.Number(0, 1), default=0.05, show_default=True, help="Share of errors for exit 3."
)
@options.budget
@click.option("--no-cache", is_flag=True, help="Neither look replies up nor keep them.")
@click.option("--judge", "judges", multiple=True, metavar="MODEL", help="Who judges by the task's rubric (repeatable).")
@click.option(
    "--extractor",
    "extractors",
    multiple=True,
    metavar="MODEL",
    help="Who takes words out of free answers (repeatable).",
)
@click.option("--fresh", is_flag=True, help="Begin the run anew instead of going on with it.")
@click.option(
    "--allow-send", multiple=True, metavar="ID", help="Send this dataset's samples to the server all the same."
)
@click.option("--dry-run", is_flag=True, help="Render one request a run and stop; no network.")
@options.trust_remote_code
@options.as_json
def run(models: Sequence[str], tasks: Sequence[str], **given: Any) -> None:
    """Ask models the samples of tasks, score the answers, seal the runs.

    Stop it at any moment: the same command goes on and asks nothing twice that has its final answer.
    """
    from affectbench.ranks import Ranks
    from affectbench.reliance import differed

    ranks = Ranks.found()
    given["shard"] = ranks.shard(given["shard"])
    wishes = _wishes(models, tasks, given)
    if given["dry_run"]:
        from affectbench.cli.dry import show_requests

        if ranks.first:
            show_requests(wishes, given["as_json"])
        return
    how = _options(given)
    if given["extractors"] and not any(wish.bound.task.spec.answer.extract for wish in wishes):
        raise UsageError("--extractor: no task names a prompt to extract by (`answer: {form: open, extract: PROMPT}`)")
    who = {wish.bound.task.id: judge.of_task(wish.bound.task, wish.model.card, given) for wish in wishes}
    runs = asyncio.run(_run_all(wishes, how, quiet=given["as_json"] or not ranks.first))
    runs = ranks.joined(runs)
    if not ranks.first:
        return
    runs = [judge.after(found, who[found.results["task"]], given, how.budget) for found in runs]
    report(runs, given["as_json"], _suites(tasks, given["plugin"]))
    if given["ablate"]:
        differed([found.folder for found in runs])
    shares = [sum(r.results["status"][e] for e in ERRORS) / max(1, sum(r.results["status"].values())) for r in runs]
    if any(share > given["max_bad"] for share in shares):
        printing.say(_too_many(runs, shares, given["max_bad"]), err=True)
        sys.exit(TOO_MANY_ERRORS)
    judge.leave_if_lost([found.results for found in runs], given["max_bad"])


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--parser", help="Show what another parser makes of the replies, such as `emotion-llama`; writes nothing."
)
@click.option(
    "--metric", "metrics", multiple=True, help="Show another metric of the same answers (repeatable); writes nothing."
)
@options.as_json
def score(folder: Path, parser: str | None, metrics: tuple[str, ...], as_json: bool) -> None:
    """Read the replies of the run in FOLDER again and score them, without a model and without the data."""
    from affectbench.errors import UsageError
    from affectbench.pipeline import measured, reread, rescore

    folders = options.run_folders(folder)
    if parser and metrics:
        raise UsageError("--parser shows the task's metrics of other readings, --metric others of the same: name one")
    if metrics:
        parsers.measures([measured(found, metrics) for found in folders], as_json)
    elif parser is None:
        report([rescore(found) for found in folders], as_json)
    else:
        parsers.show([reread(found, parser) for found in folders], as_json)


def report(runs: Sequence[Run], as_json: bool, suites: Sequence[SuiteSpec] = ()) -> None:
    """Print runs as a table, or as the one JSON document, with the one number of each suite."""
    from affectbench.suites import totals

    combined = totals(suites, [r.results for r in runs])
    if as_json:
        elements = [
            {**judge.priced(r.results, r.judging), "path": str(r.folder), "cost": r.spent.cost, "seconds": r.seconds}
            for r in runs
        ]
        plain = [{k: v for k, v in e.items() if k != "schema"} for e in elements]
        printing.document({"schema": 1, "runs": plain, "suites": combined})
    else:
        table.show([r.results for r in runs])
        for found in runs:
            judged.show(found.results)
        printing.say()
        for total in combined:
            printing.say(_total(total))
        for finished in runs:
            printing.say(f"affectbench show {finished.folder}")
        for together in _variants(runs):
            printing.say(f"affectbench compare {' '.join(str(one.folder) for one in together)}")


def _variants(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Yield the runs that are variants of one another: of one task under one model."""
    by_task: dict[tuple[str, str], list[Run]] = {}
    for found in runs:
        by_task.setdefault((found.results["task"], found.results["model"]), []).append(found)
    yield from (together for together in by_task.values() if len(together) > 1)


def _total(total: dict[str, Any]) -> str:
    """Return a suite's number as a line."""
    of = f"{len(total['of'])} tasks"
    how = f"samples of {of} pooled" if total["kind"] == "pooled" else f"{total['kind']} of {of}"
    head = f"{total['name']} ({how}) · {table.heading({'observed': True, **total})}"
    if total["missing"]:
        return f"{head}: no number, for there is no score of {', '.join(total['missing'])}"
    return f"{head}: {printing.number(total['value'])} {table.interval(total)}"


def _suites(names: Sequence[str], plugins: Sequence[Path]) -> list[SuiteSpec]:
    """Return the suites among the names given by `--task`."""
    known = options.catalogue(plugins)
    wanted = [name for name in dict.fromkeys(names) if name in known.files["suite"] and name not in known.files["task"]]
    return [known.load("suite", name).spec for name in wanted]


def _wishes(models: Sequence[str], tasks: Sequence[str], given: dict[str, Any]) -> list[Wish]:
    """Bind everything before anything runs, so that every fault is known at once."""
    from affectbench.datasets import bind
    from affectbench.fitting import scorable
    from affectbench.manifest import Variant
    from affectbench.pipeline import prepare
    from affectbench.reliance import differ

    known = options.catalogue(given["plugin"])
    cards = [options.card(known, name) for name in models]
    chosen = list(_tasks(known.tasks(tasks), known, given["variant"]))
    for task in () if given["dry_run"] else chosen:
        scorable(task)  # before anybody goes and gets the data
    roots = options.roots(given["data"])
    options.check_roots(roots, known, [task.dataset for task in chosen])
    bound, faults = [], []
    for task in chosen:
        try:
            with printing.patience(f"reading the data of {task.dataset.id}", given["as_json"]):
                bound.append(bind(task, roots, given["limit"], drawn=False))
        except DataError as error:
            faults.append(str(error))
    if faults:
        raise DataError("\n".join(dict.fromkeys(faults)))
    pairs = []
    for b in bound:
        if given["dry_run"] or given["ablate"]:  # what would be sent is looked at before anything runs
            _draw(b, given["as_json"])
        base = Variant(prompt=b.task.variant, limit=given["limit"], shard=given["shard"])
        variants = options.variants(base, given["ablate"], given["perturb"])
        differ(b, variants)  # what a task does not have is told before anything runs, as is a shard without samples
        pairs += [(b, variant) for variant in variants]
    cluster = options.cluster(given)
    return [Wish(b, prepare(b, card, cluster), variant) for card in cards for b, variant in pairs]


def _draw(bound: Bound, quiet: bool) -> None:
    """Draw what a task of the demo shows and is not there yet; say so, and show how far it is."""
    from affectbench.datasets import draw

    def shown(missing: Sequence[str]) -> Iterator[str]:
        options.tell(f"drawing {len(missing):,} files of {bound.task.dataset.id} (once)", quiet)
        return printing.track("drawing", quiet)(missing)

    draw(bound.source, bound.shown, shown)


def _tasks(names: Sequence[str], known: Any, variant: str) -> Iterator[Any]:
    """Yield the tasks in the wordings asked for; the faults of all files are raised together."""
    from affectbench.task import bind as bind_task

    found, faults = [], []
    for name in names:
        try:
            task = bind_task(known, name, "base" if variant == "all" else variant)
            wordings = task.prompt.wordings() if variant == "all" else [task.variant]
            found += [task if w == task.variant else bind_task(known, name, w) for w in wordings]
        except FileErrors as error:
            faults += error.faults
    if faults:
        raise FileErrors(faults)
    yield from found


def _options(given: dict[str, Any]) -> Options:
    from affectbench.budget import Budget
    from affectbench.pipeline import Options

    return Options(
        out=given["out"],
        fresh=given["fresh"],
        cached=not given["no_cache"],
        in_flight=given["in_flight"],
        allow_send=frozenset(given["allow_send"]),
        trust_remote_code=frozenset(given["trust_remote_code"]),
        budget=Budget(given["max_cost"], given["max_tokens"], given["max_seconds"]),
    )


async def _run_all(wishes: Sequence[Wish], how: Options, quiet: bool) -> list[Run]:
    from affectbench.datasets import drawn_ahead
    from affectbench.pipeline import may_be_sent, run

    for wish in wishes:
        may_be_sent(wish.bound, wish.model, how)
    runs = []
    async with AsyncExitStack() as stack:
        progress = stack.enter_context(Progress(quiet))
        stack.callback(asyncio.create_task(progress.tick()).cancel)
        for number, wish in enumerate(wishes):
            _draw(wish.bound, quiet)
            if number == 0:
                stack.enter_context(drawn_ahead([later.bound for later in wishes[1:]]))
            samples = wish.variant.applied(wish.bound).samples
            shown = Shown(progress, wish.label, samples)
            runs.append(await run(wish.bound, wish.model, wish.variant, how, shown))
            progress.end()
    return runs


class Shown:
    """Puts a run's outcomes on the progress line."""

    def __init__(self, progress: Progress, label: str, samples: Sequence[Any]) -> None:
        self.progress = progress
        self.label = label
        self.samples = samples
        self.running: Any = None

    def begin(self, record: Record, keys: Sequence[Key], question: Question, spent: Meter) -> None:
        """Begin the line; what was answered before counts as done."""
        from affectbench.scoring import Running

        self.running = Running(question, self.samples)
        line = TaskLine(
            label=self.label, total=len(keys), done=0, running=self.running, main=question.main, spent=spent
        )
        self.progress.begin(line)
        done = [key for key in keys if record.done(*key)]
        for outcome in record.outcomes(done):
            self.count(outcome)
        line.asked = 0

    def count(self, outcome: Outcome) -> None:
        """Add one outcome."""
        from affectbench import finished

        answer = finished.answer(outcome)
        self.running.add(answer.id, answer.status, answer.value, answer.scores, answer.turned)
        self.progress.count(outcome)


def _too_many(runs: Sequence[Run], shares: Sequence[float], limit: float) -> str:
    lines = [f"more than {limit:.0%} of the samples ended in errors; the same command asks them again:"]
    for found, share in zip(runs, shares, strict=True):
        if share > limit:
            by = found.results.get("main_by")
            what = f"{found.results['task']} · {found.results['model']}: {share:.1%}"
            unasked = f"; nobody judged it: affectbench judge {found.folder} -m MODEL" if by and not by["judge"] else ""
            lines.append(f"  {what}; affectbench show {found.folder}{unasked}")
    return "\n".join(lines)
