"""Whether intervals, tests and stated power are honest, on simulated tasks whose truth is known.

    python benchmarks/coverage.py [--repeats 1000] [--jobs 2] [--write docs/coverage.md]

Each repeat draws a task anew and goes through the code that scores and compares runs, with 1,000 resamples as it has.
Prints a table; fails if a share is outside the range that stands beside it. 1,000 repeats take some minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from affectbench import metrics, scoring
from affectbench.metrics import power
from affectbench.scoring import Answer, Question
from affectbench.scoring.forms import encode
from affectbench.scoring.pairs import Difference, Pairs
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Scorer
from affectbench.types import Gold, Sample

N, CLUSTERS, SIZE = 500, 120, 5
LABELS = tuple("abcdefg")
PRIOR = np.array([0.30, 0.20, 0.15, 0.12, 0.10, 0.08, 0.05])
RECALL = np.array([0.80, 0.70, 0.60, 0.55, 0.50, 0.45, 0.40])
GAP, DISCORDANT, LIKENESS = 0.05, 0.20, 0.2
GROUP, GROUP_GAP = 1000, 0.10
HEAD = "# Simulated intervals and tests\n\nWritten by `python benchmarks/coverage.py --write docs/coverage.md`.\n\n"
Shares = Mapping[str, float]  # what a repeat counts, 0 or 1 (or a number whose mean is wanted)


# -- tasks with known truth ------------------------------------------------------------------------------------------


def question(*wanted: str, **more: Any) -> Question:
    """Each repeat has a seed of its own: one for all would share the luck of its 1,000 resamples."""
    return Question(**{"form": "choice", "labels": LABELS, "metrics": wanted, "main": wanted[0], **more})


def scorer_of(asked: Question, samples: list[Sample]) -> Scorer:
    return Scorer(asked, encode(asked, samples), Design(samples, by_fold=False))


def answers(scorer: Scorer, values: Any) -> Rows:
    given = [Answer(s.id, 0, "ok", value) for s, value in zip(scorer.design.samples, values, strict=True)]
    return gather(scorer.design.samples, given, scorer.encoded)


def labelled(golds: Any, clusters: Any = None) -> list[Sample]:
    names = [None if clusters is None else str(clusters[i]) for i in range(len(golds))]
    return [Sample(id=str(i), gold=Gold(label=LABELS[g]), cluster=names[i]) for i, g in enumerate(golds)]


def holds(scorer: Scorer, rows: Rows, truth: Mapping[str, float]) -> Shares:
    found = scorer.estimates(scorer.question.entries(), rows)
    shown = {name: found[name][-1] for name in truth}
    return {name: float((one.low or 0.0) <= truth[name] <= (one.high or 0.0)) for name, one in shown.items()}


def expected_table() -> Any:
    """The confusion table of all there is: wrong answers fall on the other labels alike, one in twenty on none."""
    table = np.zeros((7, 8))
    for gold in range(7):
        wrong = 1 - RECALL[gold]
        table[gold, :7] = wrong * 0.95 / 6
        table[gold, 7] = wrong * 0.05
        table[gold, gold] = RECALL[gold]
    return table * PRIOR[:, None]


def classes(seed: int) -> Shares:
    rng = np.random.default_rng([1, seed])
    table = expected_table()
    gold, said = np.divmod(rng.choice(56, N, p=table.ravel()), 8)
    scorer = scorer_of(question("accuracy", "uar", "macro_f1", seed=seed), labelled(gold))
    truth = {one.name: float(one.finish()(table)) for one in scorer.question.entries()}
    return holds(scorer, answers(scorer, [(*LABELS, "none")[s] for s in said]), truth)


def numbers(seed: int) -> Shares:
    rng = np.random.default_rng([2, seed])
    gold = np.clip(rng.normal(0.1, 0.35, N), -1, 1)
    said = 0.6 * gold + 0.1 + rng.normal(0, 0.2, N)
    samples = [Sample(id=str(i), gold=Gold(levels={"valence": float(g)})) for i, g in enumerate(gold)]
    asked = question("ccc", form="levels", levels=(("valence", -1, 1),), labels=(), seed=seed)
    scorer = scorer_of(asked, samples)
    return holds(scorer, answers(scorer, [{"valence": float(v)} for v in said]), {"ccc": _ccc()})


def _ccc() -> float:
    gold = np.clip(np.random.default_rng(0).normal(0.1, 0.35, 4_000_000), -1, 1)
    spread, middle = gold.var(), gold.mean()
    return float(1.2 * spread / (spread + 0.36 * spread + 0.04 + (middle - 0.6 * middle - 0.1) ** 2))


def abilities(rng: np.random.Generator, share: float, clusters: int) -> Any:
    """The share right of each cluster: clusters differ so that two of its samples correlate by `LIKENESS`."""
    strength = 1 / LIKENESS - 1
    return rng.beta(share * strength, (1 - share) * strength, clusters)


def clustered(seed: int, clusters: int = CLUSTERS) -> Shares:
    rng = np.random.default_rng([3, clusters, seed])
    unit = np.repeat(np.arange(clusters), SIZE)
    right = rng.random(len(unit)) < abilities(rng, 0.65, clusters)[unit]
    gold = rng.integers(0, 7, len(unit))
    scorer = scorer_of(question("accuracy", seed=seed), labelled(gold, unit))
    said = [LABELS[g if r else (g + 1) % 7] for g, r in zip(gold, right, strict=True)]
    return holds(scorer, answers(scorer, said), {"accuracy": 0.65})


# -- two systems -----------------------------------------------------------------------------------------------------


def two(seed: int, gap: float, unit: Any = None) -> Shares:
    """Two systems that disagree on a share of samples; who of them is right leans by `gap`."""
    rng = np.random.default_rng([4, round(gap * 1000), seed])
    size = N if unit is None else len(unit)
    lean, unsure = gap * np.ones(size), DISCORDANT * np.ones(size)
    if unit is not None:  # clusters lean to one system or the other
        lean = gap + rng.choice([-0.15, 0.15], unit.max() + 1)[unit]
    draw, base = rng.random(size), rng.random(size) < 0.625
    alone_first, alone_second = draw < (unsure + lean) / 2, draw > 1 - (unsure - lean) / 2
    gold = rng.choice(7, size, p=PRIOR)
    scorer = scorer_of(question("accuracy", "uar", "macro_f1", seed=seed), labelled(gold, unit))
    rights = [(base & ~alone_second) | alone_first, (base & ~alone_first) | alone_second]
    said = [[LABELS[g if r else (g + 1 + i % 6) % 7] for i, (g, r) in enumerate(zip(gold, right, strict=True))]
            for right in rights]  # fmt: skip
    pairs = Pairs(scorer, scorer.question.entries(), [answers(scorer, one) for one in said])
    counted: dict[str, float] = {}
    for one in pairs.differences(0, 1):
        tests = {"randomisation": one.p, "bootstrap": one.p_bootstrap, "McNemar": one.p_mcnemar}
        counted |= {f"{name}, {one.metric}": float(p < 0.05) for name, p in tests.items() if p is not None}
        counted[f"stated, {one.metric}"] = _stated(one, gap)
        counted[f"inside, {one.metric}"] = float((one.low or 0.0) <= gap <= (one.high or 0.0))
    return counted


def _stated(one: Difference, gap: float) -> float:
    """The power that is stated for the gap, from what this repeat has seen."""
    if one.split is None or one.p_mcnemar is None:
        return power.power_of((one.detectable or 0.0) / power.detectable(1.0), gap)
    alone = one.split.only_first + one.split.only_second
    return power.mcnemar_power(N, gap, max(gap, alone / N))


def two_in_clusters(seed: int, gap: float) -> Shares:
    return two(seed, gap, np.repeat(np.arange(CLUSTERS), SIZE))


def two_groups(seed: int, gap: float) -> Shares:
    rng = np.random.default_rng([5, round(gap * 1000), seed])
    side = np.repeat([0, 1], GROUP)
    right = rng.random(2 * GROUP) < np.array([0.7, 0.7 - gap])[side]
    gold = rng.integers(0, 7, 2 * GROUP)
    samples = [Sample(id=str(i), gold=Gold(label=LABELS[g]), group={"side": str(side[i])}) for i, g in enumerate(gold)]
    said = [LABELS[g if r else (g + 1) % 7] for g, r in zip(gold, right, strict=True)]
    given = [Answer(str(i), 0, "ok", value) for i, value in enumerate(said)]
    (found,) = scoring.by_group(question("accuracy", seed=seed), samples, given)
    return {"gap": float(found["gap"]["p"] < 0.05)}


# -- small and perfect cases -----------------------------------------------------------------------------------------


def fallbacks() -> dict[str, str]:
    """Which interval stands beside a perfect score, and beside one of few clusters."""
    perfect = scorer_of(question("accuracy"), labelled([i % 7 for i in range(20)]))
    few = scorer_of(question("accuracy"), labelled([i % 7 for i in range(60)], [i // 5 for i in range(60)]))
    right = [LABELS[i % 7] for i in range(20)]
    mixed = [LABELS[i % 7 if i % 3 or i > 40 else (i + 1) % 7] for i in range(60)]
    cases = {"20 of 20 right": (perfect, right), "12 clusters of 5": (few, mixed)}
    found = {}
    for name, (scorer, said) in cases.items():
        one = scorer.estimates([metrics.find("accuracy", "choice")], answers(scorer, said))["accuracy"][-1]
        found[name] = f"{one.interval} [{one.low:.3f}, {one.high:.3f}]"
    return found


# -- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One share and the range that it must lie in."""

    name: str
    share: float
    low: float
    high: float

    @property
    def fine(self) -> bool:
        return self.low <= self.share <= self.high


def shares(case: Callable[[int], Shares], repeats: int, jobs: int) -> dict[str, float]:
    """The mean of what a case counts over its repeats; shows how far it is."""
    sums: dict[str, float] = {}
    with ProcessPoolExecutor(jobs) as pool:
        for done, found in enumerate(pool.map(case, range(repeats), chunksize=5), 1):
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + value
            if sys.stderr.isatty() and done % 10 == 0:
                print(f"\r{done}/{repeats} ", end="", file=sys.stderr, flush=True)
    return {name: value / repeats for name, value in sums.items()}


def simulate(repeats: int, jobs: int) -> list[Line]:
    draw = partial(shares, repeats=repeats, jobs=jobs)
    lines = []
    for form, case in (("500 samples", classes), ("500 samples", numbers), ("120 clusters of 5", clustered)):
        lines += [Line(f"interval holds the truth: {m}, {form}", v, 0.93, 0.97) for m, v in draw(case).items()]
    few = draw(partial(clustered, clusters=12))["accuracy"]
    lines.append(Line("interval holds the truth: accuracy, 12 clusters of 5 (fallback)", few, 0.85, 1.0))
    for form, pair in (("500 samples", two), ("120 clusters of 5", two_in_clusters)):
        null, planted = draw(partial(pair, gap=0.0)), draw(partial(pair, gap=GAP))
        tests = [name for name in null if not name.startswith(("stated", "inside"))]
        lines += [Line(f"no gap, found by {name}, {form}", null[name], 0.03, 0.07) for name in tests]
        lines.append(
            Line(f"interval of a difference holds it: accuracy, {form}", planted["inside, accuracy"], 0.93, 0.97)
        )
        for name in (name for name in tests if "accuracy" in name):
            stated = planted["stated, accuracy"]
            found = f"5 points, found by {name}, {form} (stated: {stated:.1%})"
            lines.append(Line(found, planted[name], stated - 0.05, stated + 0.05))
    groups = partial(shares, repeats=min(repeats, 200), jobs=jobs)
    seen, unseen = (groups(partial(two_groups, gap=gap))["gap"] for gap in (GROUP_GAP, 0.0))
    lines.append(Line("10 points between groups of 1,000, found (200 seeds)", seen, 0.95, 1.0))
    return [*lines, Line("no gap between groups of 1,000, found (200 seeds)", unseen, 0.0, 0.085)]


def table(lines: list[Line], repeats: int) -> str:
    rows = ["| simulated | share | expected |", "|---|---|---|"]
    rows += [f"| {x.name} | {x.share:.1%} | {max(x.low, 0):.1%} to {min(x.high, 1):.1%} |" for x in lines]
    small = [
        "",
        "| small case | interval |",
        "|---|---|",
        *(f"| {name} | {how} |" for name, how in fallbacks().items()),
    ]
    return "\n".join([f"{repeats:,} repeats of each, 1,000 resamples.", "", *rows, *small, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", type=Path, help="a Markdown file for the table")
    given = parser.parse_args()
    lines = simulate(given.repeats, given.jobs)
    text = table(lines, given.repeats)
    print(text)
    if given.write:
        given.write.write_text(HEAD + text)
    for line in lines:
        if not line.fine:
            print(f"outside: {line.name}: {line.share:.1%}", file=sys.stderr)
    return int(not all(line.fine for line in lines))


if __name__ == "__main__":
    sys.exit(main())
