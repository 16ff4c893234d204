"""What models took out of the answers of a run, beside what rules did: scores, agreement, and word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectbench.cli import printing
from affectbench.results import overall

if TYPE_CHECKING:
    from affectbench.types import Outcome


def show(result: Mapping[str, Any]) -> None:
    """Print each model's scores beside those of the rules, and how far the two agree on the words."""
    from affectbench.cli.table import console, grid, interval

    rules = {one["metric"]: one for one in result["scores"] if one["over"] == "all" and overall(one)}
    for found in result.get("extracted", ()):
        head = f"\n{result['task']} · words by {found['extractor']}, {found['prompt']}{_remarks(found)}"
        console().print(printing.plain(head))
        rows = [
            [
                one["metric"],
                printing.number(one["value"]),
                interval(one),
                printing.number(rules[one["metric"]]["value"]),
            ]
            for one in found["scores"]
            if one["over"] == "all" and overall(one) and one["metric"] in rules
        ]
        console().print(grid(["score", "by the model", "95 %", "by rules"], rows, left=("score",)))
        console().print(printing.plain(_agreed(found["agreement"])))


def _agreed(found: Mapping[str, Any]) -> str:
    only = f"{found['rules_only']:,} were read by rules alone, {found['model_only']:,} by the model alone"
    if found["same"] is None:
        return f"no answer was read by both; {only}"
    share = f"{found['same']:.1%} [{found['low']:.1%}, {found['high']:.1%}]"
    return (
        f"model and rules find the same words in {share} of {found['both']:,} answers, mean overlap "
        f"{found['overlap']:.3f}; {only}"
    )


def _remarks(found: Mapping[str, Any]) -> str:
    counts, said = found["status"], []
    said += ["not pinned"] if found["pinned"] is False else []
    said += ["the model changed midway"] if len(found["served"]) > 1 else []
    said += [f"{found['flagged']:,} answers speak to it"] if found["flagged"] else []
    said += [f"{counts['judge_error']:,} without a list"] if counts["judge_error"] else []
    said += [f"{counts['unanswered']:,} without an answer"] if counts["unanswered"] else []
    return f"  ({', '.join(said)})" if said else ""


def explainer(run: Path, facts: Mapping[str, Any], outcomes: Sequence[Outcome]) -> Callable[[Outcome], Iterable[str]]:
    """Return what says of an outcome which words each model took out of it."""
    from affectbench.judging.extracted import of_run

    found = [(held["extractor"]["name"], of_run(run, held, outcomes)) for held in facts.get("extractors", ())]

    def lines(outcome: Outcome) -> Iterable[str]:
        for name, known in found:
            if (key := (outcome.id, outcome.repeat)) in known:
                verdict = known[key]
                if verdict is None:
                    said = "not asked yet"
                elif verdict.words is None:
                    said = f"no list: {verdict.error.message if verdict.error else ''}"
                else:
                    said = ", ".join(verdict.words) or "none"
                yield f"  words     {said}  (by {name})"

    return lines
