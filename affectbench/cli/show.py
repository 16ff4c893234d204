"""`affectbench show`: what a model was sent and said, and why its answer was read so."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.cli import options, printing, verdicts

if TYPE_CHECKING:
    from affectbench.cli.sheets import Written
    from affectbench.cli.verdicts import Said
    from affectbench.types import Facts, Outcome, Sample

STATUSES = ("ok", "refused", "unparsed", "api_error", "media_error", "judge_error")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--sample", "wanted", multiple=True, metavar="ID", help="Only this sample (repeatable).")
@click.option("--status", type=click.Choice(STATUSES), help="Only samples that ended so.")
@click.option("--wrong", is_flag=True, help="Only answered samples whose answer is not the gold.")
@click.option(
    "--first", type=click.IntRange(min=0), default=3, show_default=True, help="How many samples; 0 shows all."
)
@click.option(
    "--media",
    "out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write what the model got there: sheets of pictures and frames, sounds.",
)
@options.data
@options.plugin
@click.option("--by", metavar="GROUP", help="Only the scores by this group, such as sex.")
@click.option("--metric", help="With --by: another metric than the main one.")
@options.as_json
def show(folder: Path, wanted: tuple[str, ...], first: int, as_json: bool, **which: Any) -> None:
    """Show the run in FOLDER: its scores, and samples with what was sent, said and read."""
    if which["by"] or which["metric"]:
        _by_group(folder, which["by"], which["metric"], as_json)
        return
    from affectbench.errors import UsageError

    runs = options.run_folders(folder)
    chooses = bool(wanted or which["status"] or which["wrong"])
    if len(runs) > 1 and (as_json or chooses or which["out"]):
        raise UsageError(f"{folder} holds {len(runs)} runs: name one of them to see its samples, such as {runs[0]}")
    if len(runs) > 1:
        _print_runs(runs)
        return
    said = verdicts.of(runs[0])
    chosen = _chosen(runs[0], wanted, (which["status"], which["wrong"]), said)
    chosen = chosen[: first or None] if not wanted else chosen
    written = _written(runs[0], chosen, which)
    if as_json:
        document = _document(runs[0], [outcome for outcome, _ in chosen], written if which["out"] else None)
        printing.document(document | verdicts.document(said, [outcome for outcome, _ in chosen]))
        return
    _print_scores(runs[0], whole=not chooses)
    explain = _explainer(runs[0])
    for outcome, sample in chosen:
        printing.say()
        _print(outcome, sample)
        for line in (*explain(outcome, sample), *verdicts.lines(said, outcome)):
            printing.say(line)
    if chooses and not chosen:
        printing.say("\nthere is no such sample")
    if which["out"]:
        printing.say()
    for file in written:
        printing.say(str(file))


def _print_runs(runs: Sequence[Path]) -> None:
    """Print several runs as a table, with the folder of each."""
    from affectbench.cli import table
    from affectbench.records import RESULTS, read_results

    sealed = [run for run in runs if (run / RESULTS).exists()]
    table.show(table.ordered(map(read_results, sealed)))
    printing.say()
    for run in runs:
        printing.say(f"{run}" + ("" if run in sealed else "  (not finished)"))


def _print_scores(run: Path, whole: bool) -> None:
    """Print the main score of a run, and all of `results.json` if it is to be shown whole."""
    from affectbench.cli import details, judged, table
    from affectbench.records import RESULTS, read_results

    if not (run / RESULTS).exists():
        printing.say("not finished: the command that began it goes on with it")
        return
    results = read_results(run)
    table.show([results])
    judged.show(results)
    if whole:
        printing.say()
        details.details(results)


def _document(run: Path, outcomes: Sequence[Outcome], written: Iterable[Written] | None) -> dict[str, Any]:
    """Return what `--json` prints of a run."""
    from affectbench.records import RESULTS, read_manifest, read_results

    results = read_results(run) if (run / RESULTS).exists() else None
    found = {"schema": 1, "manifest": read_manifest(run), "results": results}
    found["samples"] = [outcome.model_dump(mode="json", exclude_none=True) for outcome in outcomes]
    return found if written is None else {**found, "media": [asdict(file) for file in written]}


def _written(folder: Path, chosen: list[tuple[Outcome, Sample | None]], which: dict[str, Any]) -> Iterator[Written]:
    """Write the media of samples where that was asked for; yields the files."""
    if which["out"] is not None:
        from affectbench.cli import sheets

        place = sheets.Place(which["out"], which["data"], which["plugin"])
        yield from sheets.write(folder, [outcome for outcome, _ in chosen], place)


def _by_group(folder: Path, by: str | None, metric: str | None, as_json: bool) -> None:
    from affectbench.api import groups
    from affectbench.cli import details
    from affectbench.errors import UsageError

    if by is None:
        raise UsageError("--metric chooses what is shown by a group: name it by --by, such as --by sex")
    found = {str(run): groups(run, by, metric) for run in options.run_folders(folder)}
    if as_json:
        runs = [{"run": run, "groups": by_group} for run, by_group in found.items()]
        printing.document({"schema": 1, "runs": runs})
        return
    for run, by_group in found.items():
        if len(found) > 1:
            printing.say(f"\n{run}")
        for group in by_group:
            details.show_group(group)


def _chosen(
    folder: Path, wanted: tuple[str, ...], which: tuple[str | None, bool], said: Said
) -> list[tuple[Outcome, Sample | None]]:
    """Return the outcomes that are to be shown, with their samples where the gold is there."""
    from affectbench.errors import RecordError, UsageError, near
    from affectbench.records import read_outcomes, read_samples

    status, wrong = which
    try:
        samples = {sample.id: sample for sample in read_samples(folder)}
    except RecordError:
        samples = {}
    last = {(outcome.id, outcome.repeat): outcome for outcome in read_outcomes(folder)}
    known = {name for name, _ in last}
    if strange := [name for name in wanted if name not in known]:
        raise UsageError(f"{folder} holds no sample {strange[0]!r}{near(strange[0], known)}")
    pairs = [(outcome, samples.get(outcome.id)) for outcome in last.values()]
    return [
        (outcome, sample)
        for outcome, sample in pairs
        if (not wanted or outcome.id in wanted)
        and (status is None or said.status(outcome) == status)
        and (not wrong or _is_wrong(outcome, sample))
    ]


def _is_wrong(outcome: Outcome, sample: Sample | None) -> bool:
    if outcome.status != "ok" or outcome.parsed is None or sample is None:
        return False
    if sample.gold.text is not None:  # no text is simply wrong
        return False
    gold = sample.gold.label if sample.gold.label is not None else sample.gold.labels
    return gold is not None and outcome.parsed.value != gold


def _print(outcome: Outcome, sample: Sample | None) -> None:
    repeat = f", repeat {outcome.repeat}" if outcome.repeat else ""
    printing.say(f"{outcome.id}{repeat}: {outcome.status}", bold=True)
    if sample is not None:
        printing.say(f"  gold      {_gold(sample)}")
    for facts in outcome.sent:
        printing.say(f"  sent      {sent(facts)}")
    for turn in outcome.prompt.messages if outcome.prompt else ():
        printing.say(printing.indented(f"  {turn.role:9} ", turn.text))
    for response in outcome.responses:
        if response.text is not None:
            printing.say(printing.indented("  reply     ", response.text or "(empty)"))
    if outcome.parsed:
        place = f" at {outcome.parsed.span[0]}–{outcome.parsed.span[1]}" if outcome.parsed.span else ""
        printing.say(
            printing.indented("  read as   ", _value(outcome.parsed.value)) + f"  (rule: {outcome.parsed.rule}{place})"
        )
    if outcome.error:
        printing.say(
            printing.indented("  error     ", f"{outcome.error.stage}, {outcome.error.kind}: {outcome.error.message}")
        )


def _explainer(run: Path) -> Callable[[Outcome, Sample | None], Iterable[str]]:
    """Return what says clue by clue how a rationale was read, and which words models found; else nothing."""
    from affectbench.records import read_manifest

    facts = read_manifest(run)
    asked = facts["question"]
    if facts.get("extractors"):
        from affectbench.cli import extracted
        from affectbench.records import read_outcomes

        words = extracted.explainer(run, facts, list(read_outcomes(run)))
        return lambda outcome, sample: words(outcome)
    if asked["form"] != "text" or not asked.get("lexicon"):
        return lambda outcome, sample: ()
    from affectbench.cli import reasons
    from affectbench.finished import rationales

    return functools.partial(reasons.lines, rationales(facts))


def sent(facts: Facts) -> str:
    """Return what a medium became, in one line."""
    size = f"{facts.width}×{facts.height}" if facts.width else ""
    parts = [facts.name, facts.source, facts.format or "", size, f"{facts.bytes:,} bytes" if facts.bytes else ""]
    if facts.frames:
        at = ", ".join(f"{time:g}" for time in facts.times_s or ())
        parts.append(f"{facts.frames} frames" + (f" at {at} s" if at else ""))
    if facts.seconds is not None:
        parts.append(f"{facts.seconds:g} s" + (f" at {facts.rate:,} Hz" if facts.rate else ""))
    parts += [facts.digest or "not decoded: the model is sent nothing", facts.note or ""]
    return "  ".join(filter(None, parts))


def _gold(sample: Sample) -> str:
    gold = sample.gold
    for value in (gold.label, gold.labels, gold.levels, gold.votes, gold.text):
        if value is not None:
            return _value(value)
    return "–"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(value) or "none"
    return "nothing" if value is None else str(value)
