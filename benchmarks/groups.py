"""How often a gap between groups is found, and how long the permutation test takes.

Two groups of 1,000 samples each: a planted gap of 10 points must be found (p < 0.05) in at least 95 % of 200 seeds, and
no gap in at most 8.5 %. The same in clusters, where each person lies within one group. Run it with `python
benchmarks/groups.py`; it fails if a share is missed. `--seeds N` makes it shorter.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from affectbench.scoring import Answer, Question, by_group
from affectbench.types import Gold, Sample

LABELS = tuple("abcdefg")
CASES = {
    "accuracy": (0.0, "accuracy"),
    "uar": (0.0, "uar"),
    "accuracy, 100 people": (0.3, "accuracy"),
}
"""What is measured: how much people differ (standard deviation of their log odds), and the metric."""


def drawn(rng: np.random.Generator, rates: tuple[float, float], spread: float) -> tuple[list[Sample], list[Answer]]:
    """Samples of two groups that are answered rightly at these rates; with a spread, of 100 people in all."""
    samples, answers = [], []
    ease = rng.normal(0, spread, 100) if spread else np.zeros(100)
    for place in range(2000):
        group, person = place % 2, place % 100
        gold = LABELS[rng.integers(7)]
        odds = rates[group] / (1 - rates[group]) * np.exp(ease[person])
        wrong = LABELS[(LABELS.index(gold) + rng.integers(1, 7)) % 7]
        said = gold if rng.random() < odds / (1 + odds) else wrong
        cluster = f"person {person}" if spread else None
        named = {"side": "left" if group else "right"}
        samples.append(Sample(id=str(place), gold=Gold(label=gold), group=named, cluster=cluster))
        answers.append(Answer(str(place), 0, "ok", said))
    return samples, answers


def found(case: str, rates: tuple[float, float], seeds: int) -> float:
    """The share of seeds in which the gap is found."""
    spread, metric = CASES[case]
    question = Question(form="choice", labels=LABELS, metrics=(metric,), main=metric, resamples=50)
    times = 0
    for seed in range(seeds):
        (group,) = by_group(question, *drawn(np.random.default_rng(seed), rates, spread))
        times += group["gap"]["p"] < 0.05
    return times / seeds


def seconds(size: int, metric: str) -> float:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 7, (2, size))
    samples = [
        Sample(id=str(i), gold=Gold(label=LABELS[c]), group={"age": "abcde"[i % 5]}) for i, c in enumerate(labels[0])
    ]
    answers = [Answer(str(i), 0, "ok", LABELS[c]) for i, c in enumerate(labels[1])]
    question = Question(form="choice", labels=LABELS, metrics=(metric,), main=metric)
    start = time.perf_counter()
    by_group(question, samples, answers)
    return time.perf_counter() - start


def main(seeds: int) -> int:
    failed = False
    for case in CASES:
        planted, nothing = found(case, (0.6, 0.7), seeds), found(case, (0.65, 0.65), seeds)
        print(f"{case:24} gap of 10 points found {planted:6.1%}, no gap {nothing:6.1%} ({seeds} seeds)")
        failed |= nothing > 0.085 or (planted < 0.95 and "people" not in case)
    for size in (10_000, 100_000, 1_000_000):
        print(f"{size:9,} samples, five groups, uar: {seconds(size, 'uar'):6.2f} s")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[sys.argv.index("--seeds") + 1]) if "--seeds" in sys.argv else 200))
