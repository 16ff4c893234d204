"""`affectbench judge`: models read the answers of finished runs, and judges are held against people."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.cli import judged as show_judged
from affectbench.cli import options, printing
from affectbench.cli.progress import Line, Progress
from affectbench.errors import UsageError

if TYPE_CHECKING:
    from affectbench.budget import Budget, Meter
    from affectbench.judging.judges import Reviewer
    from affectbench.judging.verdicts import Verdict
    from affectbench.pipeline import Run
    from affectbench.rejudging import Beside, How, Judged
    from affectbench.specs.model import ModelSpec
    from affectbench.task import Task

TOO_MANY_ERRORS = 3


class _RunFirst(click.Group):
    """A group whose first word, where it is no command of it, is a run folder: `judge RUN` is `judge run RUN`."""

    def parse_args(self, context: click.Context, given: list[str]) -> list[str]:
        """Put the command in front that was left out."""
        if given and given[0] not in (*self.commands, "-h", "--help"):
            given = ["run", *given]
        return super().parse_args(context, given)

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Show both ways."""
        formatter.write_usage(context.command_path, "RUN -m MODEL [-r RUBRIC] …")
        formatter.write_usage(context.command_path, "calibrate RUBRIC -m MODEL --human FILE …")
        formatter.write_usage(context.command_path, "extract RUN -m MODEL …")


_ASKING = (
    click.option("--no-cache", is_flag=True, help="Neither look replies up nor keep them."),
    click.option("--in-flight", type=click.IntRange(1, 4096), help="Requests that wait at once [the backend's own]."),
    options.budget,
    options.trust_remote_code,
    options.plugin,
    options.as_json,
)


def _asking(command: Any) -> Any:
    """How judges are asked, as `run` asks models."""
    return options.together(_ASKING, command)


_READING = (
    click.option("--allow-send", multiple=True, metavar="ID", help="Send answers to this dataset all the same."),
    click.option("--allow-self", is_flag=True, help="Let a model read its own answers."),
    click.option(
        "--max-bad", type=options.Number(0, 1), default=0.05, show_default=True,
        help="Share of lost verdicts for exit 3.",
    ),
)  # fmt: skip


def _reading(command: Any) -> Any:
    """What holds of any model that reads the answers of others."""
    return options.together(_READING, command)


@click.group(cls=_RunFirst)
def judge() -> None:
    """Have the answers of the run in RUN scored by a model as a rubric says; the model that answered is not asked.

    What has a verdict already is not asked again: the same command fills gaps.
    """


@judge.command("run", hidden=True)
@click.argument("folder", metavar="RUN", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-m", "--model", "models", multiple=True, help="Who judges (repeatable) [whom the task names].")
@click.option("-r", "--rubric", "rubrics", multiple=True, help="By which rubric (repeatable) [those of the task].")
@options.data
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="RUN",
    help="Compare with the answers of this run, by a pairwise rubric, each pair in both orders.",
)
@_reading
@_asking
def run(folder: Path, models: tuple[str, ...], rubrics: tuple[str, ...], **given: Any) -> None:
    """Have the answers of the runs at or below RUN scored by a model, as a rubric says."""
    from affectbench.judging.naming import named

    known = options.catalogue(given["plugin"])
    folders = options.run_folders(folder)
    judges = {run: named(known, run, models, rubrics) for run in folders}
    if given["against"] and len(folders) > 1:
        raise UsageError(f"{folder} holds {len(folders)} runs: name the one that is compared with --against")
    _read(judges, given)


@judge.command("extract")
@click.argument("folder", metavar="RUN", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-m", "--model", "models", multiple=True, help="Who takes words out (repeatable) [whom the task names].")
@click.option("-p", "--prompt", "prompts", multiple=True, help="By which prompt of prompts/extract [that of the task].")
@_reading
@_asking
def extract(folder: Path, models: tuple[str, ...], prompts: tuple[str, ...], **given: Any) -> None:
    """Have a model take the emotion words out of the answers of the runs at or below RUN, beside the rules.

    What rules found stays the run's score. What has its words already is not asked again: the same command fills gaps.
    """
    from affectbench.judging.naming import extractors

    known = options.catalogue(given["plugin"])
    _read({run: extractors(known, run, models, prompts) for run in options.run_folders(folder)}, given)


def _read(judges: Mapping[Path, Sequence[Reviewer]], given: Mapping[str, Any]) -> None:
    """Have runs read, print what was found, leave with exit code 3 where too much is missing."""
    folders = list(judges)
    shown = {run: beside(run, judges[run], given) for run in folders}
    judged = [judged_by(run, judges[run], how(given), given["as_json"], shown[run]) for run in folders]
    if given["as_json"]:
        elements = [{k: v for k, v in one.results.items() if k != "schema"} for one in judged]
        runs = [
            {**priced(element, one.by_judge), "path": str(one.folder), "cost": one.spent.cost, "seconds": one.seconds}
            for element, one in zip(elements, judged, strict=True)
        ]
        printing.document({"schema": 1, "runs": runs})
    else:
        for one in judged:
            show_judged.show(one.results)
            printing.say(f"\n{one.spent.calls:,} calls, {one.spent.cached:,} replies from the cache")
    leave_if_lost([one.results for one in judged], given["max_bad"])


@judge.command("calibrate")
@click.argument("rubric")
@click.option("-m", "--model", required=True, help="Who judges.")
@click.option(
    "--human", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="People's scores, CSV or JSONL: id, answer, a column a scale; gold, rater, label, group if there are any.",
)  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the card goes [its own place].")
@_asking
def calibrate(rubric: str, model: str, human: Path, out: Path | None, **given: Any) -> None:
    """Hold a judge against people who scored the same answers, and write its card.

    Each answer is judged twice, the second time past the cache. Everything in FILE is sent to the judge.
    """
    from affectbench.judging import cards
    from affectbench.judging import human as people
    from affectbench.judging.judges import Judge
    from affectbench.rejudging import calibrated

    known = options.catalogue(given["plugin"])
    who = Judge(known.load("rubric", rubric).spec, options.card(known, model))
    rated = people.read(human, who.rubric)
    options.tell(f"{who.name} judges {len(rated):,} answers twice", given["as_json"])
    findings = asyncio.run(calibrated(who, rated, how(given)))
    file = cards.write(who, findings, out)
    if given["as_json"]:
        printing.document({"schema": 1, "card": str(file), **findings})
        return
    show_judged.show_card(findings)
    printing.say(f"\n{file}")


def how(given: Mapping[str, Any], budget: Budget | None = None) -> How:
    """Return how judges are asked, from what was typed; the budget is that of the whole command."""
    from affectbench.budget import Budget
    from affectbench.rejudging import How

    return How(
        cached=not given["no_cache"],
        in_flight=given["in_flight"],
        allow_send=frozenset(given.get("allow_send", ())),
        allow_self=given.get("allow_self", False),
        trust_remote_code=frozenset(given["trust_remote_code"]),
        budget=budget or Budget(given["max_cost"], given["max_tokens"], given["max_seconds"]),
    )


def beside(folder: Path, judges: Sequence[Reviewer], given: Mapping[str, Any]) -> Beside:
    """Return what judges are shown that the run does not hold; the data are bound only if they need them."""
    from affectbench.records import read_manifest
    from affectbench.rejudging import Beside, bound_again, sees_media

    bound = None
    if sees_media(judges):
        bound = bound_again(options.catalogue(given["plugin"]), read_manifest(folder), options.roots(given["data"]))
    return Beside(against=given.get("against"), bound=bound)


def of_task(task: Task, card: ModelSpec, given: Mapping[str, Any]) -> list[Reviewer]:
    """Return who will read a task's answers when `run` is done; what cannot be is told before anything is asked.

    Raises UsageError for `--judge` where the task names no rubric, and for a judge that may not judge this model.
    """
    from affectbench.judging.judges import Judge, may_judge
    from affectbench.judging.naming import extracting, extractor, wanted
    from affectbench.manifest import portable
    from affectbench.models import identity
    from affectbench.rejudging import can_see

    if given["judges"] and not task.spec.judge:
        raise UsageError(
            f"task {task.id!r} names no rubric for --judge: write `judge: RUBRIC` in its file, or judge the run "
            "afterwards: affectbench judge RUN -m MODEL -r RUBRIC"
        )
    known = options.catalogue(given["plugin"])
    pairs = wanted({"judge": task.spec.judge}, given["judges"])
    judges: list[Reviewer] = [
        Judge(known.load("rubric", rubric).spec, options.card(known, model)) for rubric, model in pairs if model
    ]
    words = extracting({"extract": task.spec.answer.extract}, given["extractors"])
    judges += [extractor(known, prompt, model) for prompt, model in words if model]
    facts = {
        "model": {**portable(card), "identity": identity(card)},
        "dataset": {"id": task.dataset.id},
        "access": task.dataset.access.model_dump(mode="json"),
    }
    for one in judges:
        may_judge(one, facts, given["allow_send"], allow_self=False)
        can_see(one, task)
    return judges


def after(run: Run, judges: Sequence[Reviewer], given: Mapping[str, Any], budget: Budget) -> Run:
    """Have a run read that has just ended; a shard is judged when it is joined, by `affectbench judge`."""
    from dataclasses import replace

    from affectbench.records import is_shard, read_manifest

    if not judges or is_shard(run.folder):
        if read_manifest(run.folder).get("judge"):
            why = "it is a shard; join them first" if judges else "its task names no model: --judge MODEL"
            options.tell(f"not judged, for {why}: {run.folder}", given["as_json"])
        return run
    shown = beside(run.folder, judges, given)
    found = judged_by(run.folder, judges, how(given, budget), given["as_json"], shown)
    return replace(run, results=found.results, judging=found.by_judge)


def judged_by(folder: Path, judges: Sequence[Reviewer], how: How, quiet: bool, beside: Beside) -> Judged:
    """Have one run read, and show how far each judge is."""
    from affectbench.rejudging import judge as rejudge

    async def watched() -> Judged:
        with Progress(quiet) as progress:
            ticking = asyncio.create_task(progress.tick())
            try:
                return await rejudge(folder, judges, how, Watched(progress, folder), beside)
            finally:
                ticking.cancel()

    return asyncio.run(watched())


class Watched:
    """Puts a judge's verdicts on the progress line."""

    def __init__(self, progress: Progress, folder: Path) -> None:
        self.progress = progress
        self.folder = folder

    def begin(self, judge: Reviewer, answers: int, known: int, spent: Meter) -> None:
        """Begin the line; what had a verdict before counts as done."""
        does = "judges" if judge.listed == "judges" else "takes words out of"
        label = f"{judge.name} {does} {self.folder} by {judge.id}"
        line = Line(label=label, total=answers, done=known, spent=spent)
        line.counts["ok"] = known
        self.progress.begin(line)

    def count(self, verdict: Verdict) -> None:
        """Add one verdict."""
        self.progress.count(verdict)

    def end(self) -> None:
        """Leave the line standing."""
        self.progress.end()


def priced(results: Mapping[str, Any], spent: Mapping[str, Meter]) -> dict[str, Any]:
    """Return results with what this command spent on each judge, as `--json` prints them."""
    costs = {file: meter.cost for file, meter in spent.items()}
    found = {
        part: [{**one, "cost": costs.get(one["verdicts"], 0.0)} if "verdicts" in one else one for one in results[part]]
        for part in ("judged", "pairwise", "extracted")
        if part in results
    }
    return {**results, **found}


def leave_if_lost(results: Sequence[Mapping[str, Any]], limit: float) -> None:
    """Leave with exit code 3 where more than a share of the answers has no verdict."""
    for result in results:
        for found in (*result.get("judged", ()), *result.get("pairwise", ()), *result.get("extracted", ())):
            if (share := lost(found)) > limit:
                printing.say(
                    f"{found.get('judge') or found['extractor']} gave no verdict on {share:.1%} of the answers to "
                    f"{result['task']} by {found.get('rubric') or found['prompt']}; `affectbench judge` asks again for "
                    "those",
                    err=True,
                )
                sys.exit(TOO_MANY_ERRORS)


def lost(found: Mapping[str, Any]) -> float:
    """Return the share of all answers, given or not, of which there should be a verdict and is none."""
    counts = found["status"]
    return float(counts["judge_error"] / max(1, sum(counts.values())))
