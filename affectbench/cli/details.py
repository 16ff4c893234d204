"""One run in full: its scores, how much was answered, what guessing reaches, its groups and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectbench.cli.printing import number, plain
from affectbench.cli.table import NAMES, console, grid, interval, named
from affectbench.results import main_score, overall

WIDE = 12  # labels; of more, a table of all by all is replaced by the commonest mistakes
LONG = 100  # letters of labels; so too for more of these
LONGEST = 60  # letters of a constant answer
BESIDE = 4  # metrics beside each other; others stand below


def details(result: Mapping[str, Any]) -> None:
    """Print every score of one run over all samples, then its baselines, groups and tables."""
    _input(result)
    _scores(result)
    _labels(result)
    _folds(result)
    _baselines(result)
    for group in result.get("groups", ()):
        show_group(group)
    for name, table in result["tables"].items():
        _show_table(name, table)


def show_group(group: Mapping[str, Any]) -> None:
    """Print a metric by the values of a group, and how far the best and the worst are apart."""
    values = group["values"]
    made_of = _makeup(values)
    rows = []
    for place, value in enumerate(values):
        mark = "" if value["ranked"] else " *"
        row = [f"{value['value']}{mark}", number(value["score"]), interval(value), f"{value['n']:,}"]
        rows.append([*row, *(column[place] for column in made_of.values())])
    _section(f"{named(group['metric'])} by {group['name']}")
    header = [group["name"], group["metric"], "95 %", "n", *made_of]
    console().print(grid(header, rows, left=(group["name"],)))
    for line in _verdict(group):
        console().print(plain(line))


def _makeup(values: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Columns that say what the samples of each value are made of, as far as their gold says it."""
    found = {}
    if any("largest" in value for value in values):
        found["largest class"] = [_percent(value.get("largest")) for value in values]
    if any("size" in value for value in values):
        found["labels a sample"] = [f"{value.get('size', 0):.2f}" for value in values]
    for level in dict.fromkeys(level for value in values for level in value.get("levels", ())):
        spread = [value.get("levels", {}).get(level) for value in values]
        found[f"gold {level}"] = [f"{one['mean']:.2f} ± {one['sd']:.2f}" if one else "–" for one in spread]
    if any(value["votes"] for value in values):
        found["people agree"] = [_percent(value["votes"] and value["votes"]["share"]) for value in values]
    return found


def _verdict(group: Mapping[str, Any]) -> Iterable[str]:
    if gap := group["gap"]:
        tested = f", p = {gap['p']:.3f} ({gap['permutations']:,} permutations)" if gap["p"] is not None else ""
        who = f"{group['worst']} is worst, {group['best']} best" if group["worst"] else "all values are equal"
        yield f"largest gap {number(gap['value'])} {interval(gap)}: {who}{tested}"
    if group["note"]:
        yield group["note"]
    if not all(value["ranked"] for value in group["values"]):
        yield "* too few samples to be ranked"


def _input(result: Mapping[str, Any]) -> None:
    """Whether the model took in the media, by its own count of tokens, and which models answered if several did."""
    if found := result.get("proof"):
        less = ", ".join(f"{tokens} without the {kind}" for kind, tokens in (found.get("without") or {}).items())
        tokens = f"{found.get('with_media')} prompt tokens with all media, {less}"
        said = f"sample {found['sample']}: {tokens}" if found["state"] == "shown" else found.get("reason", "")
        console().print(plain(f"input consumed, {found['state']}: {said}"))
    if len(served := result.get("served", {})) > 1:
        said = ", ".join(f"{name} {count:,}" for name, count in served.items())
        console().print(plain(f"the model changed midway; answers by {said}"))
    console().print()


def _scores(result: Mapping[str, Any]) -> None:
    """Scores over all labels; where answers are missing, beside them those over the answered samples."""
    every = [score for score in result["scores"] if score["over"] == "all" and overall(score)]
    whole = [score for score in every if score["metric"] in _metrics(result)]
    heard = {s["metric"]: s for s in result["scores"] if s["over"] == "ok" and overall(s)}
    missing = result["status"]["ok"] < sum(result["status"].values())
    header = ["score", "value", "95 %", "n", "interval by"]
    header += ["over the answered", "without an answer"] if missing else []
    rows = []
    for score in whole:
        row = [named(score["metric"]), number(score["value"]), interval(score)]
        row += [f"{score['n']:,}", score["interval"] or ""]
        if missing:
            row += [number(heard[score["metric"]]["value"]), score["missing"] or ""]
        rows.append(row)
    console().print(grid(header, rows, left=("score", "interval by", "without an answer")))
    rates = [score for score in every if score["metric"] not in _metrics(result)]
    if rates and missing:
        _section("how much was answered")
        shown = [[one["metric"], _percent(one["value"]), _percents(one), f"{one['n']:,}"] for one in rates]
        console().print(grid(["rate", "value", "95 %", "n"], shown, left=("rate",)))
    elif rates:
        console().print("\nevery sample was answered")


def _metrics(result: Mapping[str, Any]) -> set[str]:
    """The metrics of the task; the other scores are rates of the run."""
    from affectbench.scoring.rates import RATES

    return {score["metric"] for score in result["scores"]} - set(RATES)


def _labels(result: Mapping[str, Any]) -> None:
    scores = [score for score in result["scores"] if score["over"] == "all" and score["label"] is not None]
    if not scores:
        return
    metrics = list(dict.fromkeys(score["metric"] for score in scores))
    by_label: dict[str, dict[str, Mapping[str, Any]]] = {}
    for score in scores:
        by_label.setdefault(score["label"], {})[score["metric"]] = score
    if len(by_label) == 1:  # its scores are those over all labels
        return
    _section("by label")
    for start in range(0, len(metrics), BESIDE):
        shown, rows = metrics[start : start + BESIDE], []
        for label, found in by_label.items():
            n = max(score["n"] for score in found.values())
            cells = [f"{number(found[m]['value'])} {interval(found[m])}" if m in found else "" for m in shown]
            rows.append([label, f"{n:,}", *cells])
        console().print(grid(["label", "n", *shown], rows, left=("label",)))


def _folds(result: Mapping[str, Any]) -> None:
    rows = [
        [score["fold"], number(score["value"]), interval(score), f"{score['n']:,}"]
        for score in result["scores"]
        if score["fold"] is not None
    ]
    if rows:
        _section("by fold")
        console().print(grid(["fold", result["main"], "95 %", "n"], rows, left=("fold",)))


def _baselines(result: Mapping[str, Any]) -> None:
    """What guessing reaches in each metric, and whether the main score is better."""
    lines = [name for name in NAMES if name in result["baselines"]]
    said = result.get("baselines_by", {}).get("constant", {})
    rows = [
        [
            named(metric),
            *(number(result["baselines"][line].get(metric)) for line in lines),
            *([_clipped(said.get(metric, ""))] if said else []),
        ]
        for metric in result["baselines"].get("chance", ())
    ]
    _section("what guessing reaches, and people" if "human" in lines else "what guessing reaches")
    header = ["metric", *(NAMES[line] for line in lines), *(["which constant"] if said else [])]
    console().print(grid(header, rows, left=("metric", "which constant")))
    if above := result.get("above"):
        tested = "" if above["p"] is None or not above["ahead"] else f" (p = {above['p']:.3f})"
        verb = "is better than" if above["holds"] else f"is not {'significantly ' * above['ahead']}better than"
        guess = f"{NAMES[above['baseline']]} {number(above['value'])}"
        console().print(plain(f"{result['main']} {number(main_score(result)['value'])} {verb} {guess}{tested}"))


def _show_table(name: str, table: Mapping[str, Any]) -> None:
    if not any(isinstance(row, list) for row in table.get("counts", ())):
        _show_columns(name, table)
    elif len(table["counts"]) > WIDE or sum(map(len, table["labels"])) > LONG:
        _section(f"{name}: what was taken for what most often")
        rows = [_mistakes(label, row, table["labels"]) for label, row in zip(*_rows(table), strict=True)]
        console().print(grid(["gold", "n", "right", "taken for"], rows, left=("gold", "taken for")))
    else:
        _section(f"{name}: rows are gold, columns are answers")
        counts = [[label, *map(_count, row)] for label, row in zip(*_rows(table), strict=True)]
        console().print(grid(("", *table["labels"]), counts, left=("",)))


def _rows(table: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[Sequence[float]]]:
    return table["labels"][: len(table["counts"])], table["counts"]


def _mistakes(label: str, row: Sequence[float], labels: Sequence[str]) -> list[str]:
    taken = sorted(((count, name) for count, name in zip(row, labels, strict=True) if count), key=lambda x: -x[0])
    wrong = [f"{name} {_count(count)}" for count, name in taken if name != label]
    right = next((count for count, name in taken if name == label), 0)
    return [label, _count(sum(row)), _count(right), ", ".join(wrong[:3])]


def _show_columns(name: str, table: Mapping[str, Any]) -> None:
    """Any other table: its lists are columns, its single values lines above them."""
    _section(name)
    columns = {key: value for key, value in table.items() if isinstance(value, list)}
    for key, value in table.items():
        if key not in columns:
            console().print(plain(f"{key}: {_cell(value)}"))
    longest = max(map(len, columns.values()), default=0)
    kept = {key: value for key, value in columns.items() if len(value) == longest}
    words = [key for key, value in kept.items() if any(isinstance(one, str) for one in value)]
    console().print(grid(list(kept), [[*map(_cell, row)] for row in zip(*kept.values(), strict=True)], left=words))


def _section(title: str) -> None:
    console().print(f"\n{plain(title)}")


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "–".join(map(_cell, value))
    return number(value) if isinstance(value, float | None) else str(value)


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _count(count: float) -> str:
    return f"{count:g}" if count == int(count) else f"{count:.2f}"


def _percents(score: Mapping[str, Any]) -> str:
    return "–" if score["low"] is None else f"[{_percent(score['low'])}, {_percent(score['high'])}]"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
