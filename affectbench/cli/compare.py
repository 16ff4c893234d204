"""`affectbench compare`: which of several finished runs is better, and could chance have made the difference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from affectbench.cli import options, printing

if TYPE_CHECKING:
    from affectbench.comparing import Comparison, Entrant, Pair
    from affectbench.scoring.pairs import Difference

LEVEL = 0.05
NOTHING = 1e-9


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--metric", metavar="NAME", help="The metric that ranks the runs [the task's main metric].")
@click.option("--samples", type=click.IntRange(min=0), default=0, help="List N samples that were answered differently.")
@click.option("--resamples", type=click.IntRange(100, 100_000), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@options.as_json
def compare(runs: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Compare finished RUNS of one task: run folders, or folders that hold them.

    Runs of different tasks, protocols, versions, samples or gold are refused with the reason.
    """
    from affectbench.comparing import How, compare, run_folders

    folders = run_folders(runs)
    options.tell(f"comparing {len(folders)} runs", quiet=as_json)
    found = compare(folders, How(**given))
    if as_json:
        printing.document(found.document())
        return
    _print_head(found)
    _print_runs(found)
    if len(found.pairs) == 1:
        _print_pair(found, found.pairs[0])
    else:
        _print_pairs(found)
    _print_samples(found)


def _print_head(found: Comparison) -> None:
    remarks = {"mock data": found.mock, "partial": found.partial}
    remarks |= {"input not observed": not all(run.observed for run in found.runs)}
    remarks |= {f"judged by {found.judge}": found.judge is not None, "uncalibrated judge": found.calibrated is False}
    units = f" in {found.units:,} clusters" if found.clustered else ""
    head = f"{found.task} · {found.protocol} · {found.metric} ({found.better} is better) · {found.n:,} samples{units}"
    marked = ", ".join(remark for remark, holds in remarks.items() if holds)
    printing.say(head + (f"  ({marked})" if marked else ""), bold=True)
    printing.say()


def _print_runs(found: Comparison) -> None:
    turn = -1 if found.better == "high" else 1
    runs = sorted(found.runs, key=lambda run: (run.ranks, turn * (run.value or 0), run.name))
    rows = [(_rank(run), run.name, printing.number(run.value), _bounds(run), _answered(run)) for run in runs]
    printing.columns(rows, ("rank", "run", "score", "95 %", "answered"))
    printing.say("rank: the places that a run may have, with 95 % confidence for all of them together")
    printing.say()


def _print_pair(found: Comparison, pair: Pair) -> None:
    """All metrics of two runs, then what the ranking metric says in words."""
    first, second = found.runs[pair.first].name, found.runs[pair.second].name
    printing.say(f"{first}  minus  {second}")
    rows = [
        (_name(one), _number(one.first), _number(one.second), _signed(one.value), _bounds(one), _p(one.p), _effect(one))
        for one in _worth_showing(pair.differences)
    ]
    printing.columns(rows, ("metric", "first", "second", "difference", "95 %", "p", "effect"))
    printing.say()
    main = pair.of(found.metric)
    if counts := main.split:
        printing.say(
            f"right: both {counts.both:,} · the first alone {counts.only_first:,} · "
            f"the second alone {counts.only_second:,} · neither {counts.neither:,}"
        )
    if main.p_mcnemar is not None:
        printing.say(f"McNemar's exact p {_p(main.p_mcnemar)}, odds ratio {_number(main.odds_ratio)}")
    if main.p_wilcoxon is not None:
        printing.say(f"Wilcoxon's signed-rank p {_p(main.p_wilcoxon)}")
    printing.say(_verdict(main, (first, second)))
    printing.say(_sizes(main, found.n))


def _print_pairs(found: Comparison) -> None:
    best = found.runs[found.pairs[0].first].name
    printing.say(f"{best}  minus the others, p corrected for {len(found.pairs)} tests (Holm)")
    rows = []
    for pair in found.pairs:
        one = pair.of(found.metric)
        numbers = (_signed(one.value), _bounds(one), _p(one.p), _p(pair.p_holm), _effect(one))
        rows.append((found.runs[pair.second].name, *numbers, printing.number(_detectable(one))))
    printing.columns(rows, ("run", "difference", "95 %", "p", "p (Holm)", "effect", "detectable"))
    printing.say(f"detectable: the smallest true difference that {found.n:,} samples show with 80 % power")


def _print_samples(found: Comparison) -> None:
    for sample in found.differing:
        printing.say()
        printing.say(f"{sample['id']}: gold {_value(sample['gold'])}", bold=True)
        for run, answer in zip(found.runs, sample["answers"], strict=True):
            printing.say(f"  {run.name}: {_value(answer)}")


def _worth_showing(differences: Sequence[Difference]) -> list[Difference]:
    """All but the value of a single label, which is the value over all labels."""
    labels: dict[str, set[str | None]] = {}
    for one in differences:
        labels.setdefault(one.metric, set()).add(one.label)
    return [one for one in differences if one.label is None or len(labels[one.metric]) > 2]


def _verdict(main: Difference, names: tuple[str, str]) -> str:
    if main.value is None or main.p is None:
        return f"{main.metric} is not defined for both runs"
    if main.p >= LEVEL or not main.value:
        return f"no difference in {main.metric} is shown (p {_p(main.p)}); that is not to say that there is none"
    ahead = names[0] if (main.value > 0) == (main.better == "high") else names[1]
    return f"{ahead} is better in {main.metric} (p {_p(main.p)})"


def _sizes(main: Difference, n: int) -> str:
    if (seen := _detectable(main)) is None:
        return "the answers give no measure of how far such a difference varies"
    text = f"{n:,} samples show a true difference of {printing.number(seen)} with 80 % power"
    return text + (f"; one as seen here takes {main.needed:,}" if main.needed else "")


def _detectable(one: Difference) -> float | None:
    """None, too, where no draw differs from another: that measures nothing."""
    return None if one.detectable is None or one.detectable < NOTHING else one.detectable


def _rank(run: Entrant) -> str:
    first, last = run.ranks
    return str(first) if first == last else f"{first}–{last}"


def _answered(run: Entrant) -> str:
    asked = sum(run.status.values())
    return "all" if run.status["ok"] == asked else f"{run.status['ok'] / max(asked, 1):.1%}"


def _name(one: Difference) -> str:
    return one.metric if one.label is None else f"{one.metric}, {one.label}"


def _number(value: float | None) -> str:
    return printing.number(value)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"


def _bounds(one: Any) -> str:
    if one.low is None or one.high is None:
        return "–"
    return f"[{printing.number(one.low)}, {printing.number(one.high)}]"


def _p(p: float | None) -> str:
    if p is None:
        return "–"
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _effect(one: Difference) -> str:
    return "–" if one.effect_size is None else f"{one.effect} {one.effect_size:+.2f}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or "none"
    return "no answer" if value is None else str(value)
