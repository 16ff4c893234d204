"""What judges found of a run, for people: means of scales, comparisons with other runs, what must be known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affectbench.cli import extracted, printing

RANKS = ("spearman", "kendall")


def show(result: Mapping[str, Any]) -> None:
    """Print what judges found of a run: each scale's mean with its interval, and what must be known of it."""
    from affectbench.cli.table import console, grid, interval

    for found in result.get("judged", ()):
        counts = found["status"]
        console().print(printing.plain(f"\n{result['task']} · {found['rubric']} by {found['judge']}{remarks(found)}"))
        rows = []
        ok = {one["metric"]: one for one in found["scores"] if one["over"] == "ok" and one["group"] is None}
        for one in found["scores"]:
            if one["over"] == "all" and one["group"] is None:
                beside = printing.number(ok[one["metric"]]["value"], 2) if counts["judge_error"] else ""
                rows.append([one["metric"], printing.number(one["value"], 2), interval(one), f"{one['n']:,}", beside])
        header = ["scale", "mean", "95 %", "n", "over the judged" if counts["judge_error"] else ""]
        console().print(grid(header, rows, left=("scale",)))
        for agreed in found.get("agreement", ()):
            alpha = agreed["krippendorff_alpha"]
            said = f"{printing.number(alpha['value'])} {interval(alpha)}"
            console().print(printing.plain(f"{agreed['scale']}: judges agree, Krippendorff's alpha {said}"))
        _show_clues(found)
    _show_pairs(result)
    extracted.show(result)


def _show_clues(found: Mapping[str, Any]) -> None:
    """Print how far clues and a judge rank the answers alike."""
    from affectbench.cli.table import console, grid, interval

    rows = [
        [one["metric"], one["scale"], *(f"{printing.number(one[by]['value'])} {interval(one[by])}" for by in RANKS)]
        for one in found.get("clue_agreement", ())
        if one["spearman"]["value"] is not None
    ]
    if rows:
        console().print(grid(["clues", "scale", "Spearman", "Kendall"], rows, left=("clues", "scale")))


def _show_pairs(result: Mapping[str, Any]) -> None:
    """Print how often the answers of a run are found better than those of another."""
    from affectbench.cli.table import console, interval

    for found in result.get("pairwise", ()):
        lost, against = found["status"]["judge_error"], found["against"]
        rate = next(one for one in found["scores"] if one["over"] == "all" and one["group"] is None)
        head = f"{result['task']} · {found['rubric']} by {found['judge']}, against {against['model']} {against['run']}"
        mark = ("approximate, " if found.get("approximate") else "") + "uncalibrated"
        mark += f", {lost:,} without a verdict" if lost else ""
        console().print(printing.plain(f"\n{head}  ({mark})"))
        said = f"won {found['win']:,} · tied {found['tie']:,} · lost {found['loss']:,}"
        value = f"{printing.number(rate['value'])} {interval(rate)}"
        console().print(printing.plain(f"win rate {value}, n {rate['n']:,}: {said}"))
        if found["order_dependent"] is not None:
            share = f"{found['order_dependent']:.1%} of {found['judged']:,} pairs"
            console().print(printing.plain(f"the order decided on {share}, which are ties"))


def remarks(found: Mapping[str, Any]) -> str:
    """Return in brackets what must be known of a judge's scores before they are believed; empty where nothing is."""
    counts, said = found["status"], ["approximate"] if found.get("approximate") else []
    if "judges" not in found:
        card = found["calibration"]
        said += ["uncalibrated"] if card is None else [f"calibration failed: {'; '.join(card['faults'])}"]
        said = said if card is None or not card["passes"] else [f"calibrated on {card['n']:,} answers"]
        said += ["not pinned"] if found["pinned"] is False else []
        said += ["the judge changed midway"] if len(found["served"]) > 1 else []
        said += [f"{found['flagged']:,} answers speak to their judge"] if found["flagged"] else []
    said += [f"{counts['judge_error']:,} without a verdict"] if counts["judge_error"] else []
    said += [f"{counts['unanswered']:,} without an answer"] if counts["unanswered"] else []
    return f"  ({', '.join(said)})" if said else ""


def show_card(findings: Mapping[str, Any]) -> None:
    """Print a card: each scale's agreement with people, then why the judge passes or not."""
    from affectbench.cli.table import console, grid, interval

    rows = []
    for name, found in findings["scales"].items():
        shown = (found["weighted_kappa"], found["spearman"], found["krippendorff_alpha"], found["people_alpha"])
        again = found["retest"]["same"]
        cells = [f"{printing.number(one['value'])} {interval(one)}" for one in shown]
        rows.append([name, *cells, "–" if again is None else f"{again:.1%}"])
    header = ["scale", "weighted kappa", "Spearman", "alpha with people", "alpha of people", "same when asked again"]
    console().print(grid(header, rows, left=("scale",)))
    verdict = "passes" if findings["passes"] else "fails"
    printing.say(f"\n{findings['n']:,} answers, {findings['judge_error']:,} without a verdict: the judge {verdict}")
    for line in (*findings["faults"], *findings["remarks"]):
        printing.say(f"  {line}")
