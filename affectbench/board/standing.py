"""Where a run may stand: ranked among those that answered the same question, or apart, with the reasons in words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from affectbench.board.rows import GUESSES, Entry
from affectbench.board.schema import Row, SuiteRow

MOST_ERRORS = 0.05
"""The share of answers that may be errors of servers, media or judges."""

Rules = tuple[tuple[str, str], ...]

_FREE = "wording of the prompt"
"""The rule that variants break on purpose."""


def placed(entries: Sequence[Entry]) -> dict[str, str] | None:
    """Say of each run of a task why it stands apart, and give the others the range of their ranks, in their rows.

    Returns the rules that the ranked runs share, None where nothing is ranked. The largest group of runs with the same
    rules is ranked, of several the newest version's.
    """
    for entry in entries:
        entry.row["apart"] = own_reasons(entry)
    fit = [entry for entry in entries if not entry.row["apart"]]
    chosen = _ranking(fit)
    if chosen is None:
        return None
    for entry in entries:
        entry.row["apart"] += _other_rules(entry, dict(chosen))
    return dict(chosen)


def ranked(rows: Iterable[Row | SuiteRow], better: str) -> None:
    """Give each row with a value that is no guess the first and last rank that its interval allows among them.

    Above a row are those whose whole interval lies above its own.
    """
    turn = 1.0 if better == "higher" else -1.0
    chosen = [row for row in rows if row["backend"] != GUESSES and row["value"] is not None]
    spans = [sorted((turn * low, turn * high)) for low, high in map(_span, chosen)]
    lows, highs = (sorted(span[end] for span in spans) for end in (0, 1))
    for row, (low, high) in zip(chosen, spans, strict=True):
        above = len(spans) - bisect_right(lows, high)
        below = bisect_left(highs, low)
        row["rank"] = [1 + above, len(spans) - below]


def _span(row: Row | SuiteRow) -> tuple[float, float]:
    value = row["value"] or 0.0
    low, high = row["low"], row["high"]
    return (value if low is None else low), (value if high is None else high)


def own_reasons(entry: Entry) -> list[str]:
    """Return why a run stands apart whatever the others are."""
    row = entry.row
    answers = sum(row[name] or 0 for name in ("ok", "refused", "unparsed", "errors"))
    share = (row["errors"] or 0) / max(answers, 1)
    found = {
        "mock data": entry.mock,
        f"a part of the samples alone ({row['n']:,})": entry.partial,
        f"not the plain task: {row['variant']}": not entry.base,
        f"errors in {share:.1%} of the answers": share > MOST_ERRORS,
        f"trained on {_trained(entry)}, as its card says": _trained(entry) is not None,
        str(entry.withheld): entry.withheld is not None,
    }
    return [reason for reason, holds in found.items() if holds]


def _trained(entry: Entry) -> str | None:
    """Return which of a model's training sets is the task's data: the dataset, what it is a part of, or its family."""
    data = {name.casefold() for name in (entry.dataset, entry.family, *entry.needs) if name}
    for name in entry.trained_on:
        said = name.casefold()
        if said and any(one == said or one.startswith(f"{said}-") for one in data):
            return name
    return None


def _ranking(entries: Sequence[Entry]) -> Rules | None:
    """Return the rules of the largest group; guesses count where there is nothing else."""
    groups: dict[Rules, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.rules].append(entry)
    if not groups:
        return None

    def weight(rules: Rules) -> tuple[int, int, int, Rules]:
        members = groups[rules]
        return sum(not one.guess for one in members), len(members), max(one.version for one in members), rules

    return max(groups, key=weight)


def _other_rules(entry: Entry, chosen: Mapping[str, str]) -> list[str]:
    differ = [name for name, value in entry.rules if value != chosen[name]]
    differ = [name for name in differ if name != _FREE or entry.varied.get("prompt") == "base"]
    if entry.partial or entry.mock:  # which says it all
        differ = [name for name in differ if name not in ("data", "number of samples")]
    own = dict(entry.rules)
    return [_said(name, own[name], chosen[name]) for name in differ]


def _said(name: str, own: str, chosen: str) -> str:
    if name in ("data", "task file", "wording of the prompt", "lexicon"):
        return f"another {name} than the ranked runs have"
    return f"{name} {own}: the ranked runs have {chosen}"
