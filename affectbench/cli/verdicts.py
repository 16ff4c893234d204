"""What `affectbench show` says of an answer's verdicts: by which rubric, whose, with the judge's reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectbench.cli import printing

if TYPE_CHECKING:
    from affectbench.judging.heard import Heard
    from affectbench.judging.verdicts import Verdict
    from affectbench.types import Outcome


@dataclass(frozen=True, slots=True)
class Said:
    """The judges of a run, and the answers that `results.json` counts as `judge_error`."""

    heard: Sequence[Heard] = ()
    lost: frozenset[tuple[str, int]] = frozenset()

    def status(self, outcome: Outcome) -> str:
        """Return how an answer ended, as `results.json` counts it."""
        return "judge_error" if (outcome.id, outcome.repeat) in self.lost else outcome.status


def of(run: Path) -> Said:
    """Return what the judges of a run said of it; nothing of one that is not finished, or whose gold was left out."""
    from affectbench.errors import RecordError
    from affectbench.judging import heard, scores
    from affectbench.records import read_finished, read_outcomes, read_samples

    try:
        facts = read_finished(run)
        samples = read_samples(run) if facts.get("judges") else []
    except RecordError:
        return Said()
    found = heard.read(run, facts, samples, lambda: read_outcomes(run))
    return Said(found, frozenset(scores.lost(facts, found, heard.unjudged(read_outcomes(run)))))


def lines(said: Said, outcome: Outcome) -> Iterator[str]:
    """Yield what each judge said of an answer."""
    key = outcome.id, outcome.repeat
    for one in said.heard:
        if key not in one.lines:
            continue
        verdict = one.lines[key]
        yield f"  judged    {_head(one)}: {_scores(verdict)}"
        if verdict is None:
            continue
        if verdict.response is not None and verdict.response.text is not None:
            yield printing.indented("    reply   ", verdict.response.text or "(empty)")
        if verdict.error is not None:
            error = verdict.error
            yield printing.indented("    error   ", f"{error.stage}, {error.kind}: {error.message}")
        if verdict.flags:
            yield f"    flagged {', '.join(verdict.flags)}"
        if taken := _taken(verdict):
            yield f"    took    {taken}"


def document(said: Said, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the verdicts on answers as `--json` prints them; nothing of a run that nobody judged."""
    if not said.heard:
        return {}
    keys = [(outcome.id, outcome.repeat) for outcome in outcomes]
    found = (one.lines.get(key) for key in keys for one in said.heard)
    return {"verdicts": [verdict.model_dump(mode="json", exclude_none=True) for verdict in found if verdict]}


def _head(one: Heard) -> str:
    known = one.held.get("calibration")
    mark = "uncalibrated" if known is None else "calibrated" if known["passes"] else "calibration failed"
    return f"{one.held['rubric']['id']} by {one.name} ({mark})"


def _scores(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not asked yet"
    if verdict.scores is None:
        return "no verdict"
    said = ", ".join(f"{name} {score:g}" for name, score in verdict.scores.items())
    return f"{said}  (rule: {verdict.rule})"


def _taken(verdict: Verdict) -> str:
    """What the reply took, and whether that was some time ago."""
    response = verdict.response
    if response is None:
        return ""
    usage = response.usage
    tokens = sum(filter(None, (usage.prompt_tokens, usage.completion_tokens))) if usage else 0
    parts = ["from the cache" if verdict.cached else "", f"{tokens:,} tokens" if tokens else ""]
    parts += [f"{response.seconds:.2f} s" if response.seconds is not None else ""]
    parts += [f"cost {usage.cost:.4g}" if usage and usage.cost is not None else ""]
    return ", ".join(filter(None, parts))
