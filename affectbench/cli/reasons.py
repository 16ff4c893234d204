"""What `affectbench show` says of a rationale: its clues one by one, its label and what follows from its units."""

from __future__ import annotations

from collections.abc import Iterator

from affectbench.clues.explain import explain
from affectbench.clues.prototypes import RULE
from affectbench.clues.rationale import Rationale, Rationales
from affectbench.types import Outcome, Sample


def lines(read: Rationales, outcome: Outcome, sample: Sample | None) -> Iterator[str]:
    """Yield a line a clue (matched, missed, invented, contradicted, denied), then the label."""
    if outcome.status != "ok" or outcome.parsed is None or not isinstance(outcome.parsed.value, str):
        return
    text = outcome.parsed.value
    said = read.read(text)
    gold = read.gold(sample.gold) if sample else ()
    found = list(explain(gold, said, text))
    for line in found:
        title = read.titles.get(line.clue.removeprefix("no ").removeprefix("maybe "), "")
        verdict = line.verdict if sample else "named"
        quoted = f": {' '.join(line.said.split())!r}" if line.said else ""
        yield f"  {verdict:12} {line.clue}" + (f" ({title})" if title else "") + quoted
    if not found:
        yield "  no clue      neither the answer nor the gold names one"
    yield from _label(read, said, sample)


def _label(read: Rationales, said: Rationale, sample: Sample | None) -> Iterator[str]:
    if read.known.labels:
        right = (
            "" if sample is None or said.label is None else (" right" if said.label == sample.gold.label else " wrong")
        )
        yield f"  label        {said.label or 'none'}{right}  (rule: {said.rule})"
        follows = " or ".join(said.follows) or "nothing"
        yield f"  follows      {follows}, from {', '.join(said.units) or 'no unit'}  (rule: {RULE})"
    if invented := [c for c in said.mentions if c.channel in read.known.hidden and c.polarity != "denied"]:
        yield f"  not shown    claims of {', '.join(dict.fromkeys(clue.channel for clue in invented))}"
