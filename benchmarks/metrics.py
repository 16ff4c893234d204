"""How long a million predictions with 1,000 resamples take, and how much memory.

Prints one line a case: seconds, and the peak of the process as a ratio of what it had before. Run it with `python
benchmarks/metrics.py`; it fails if the first case, the classification set, takes 5 seconds or 1 GB, or if 10,000
resamples of UAR on a million predictions take 5 seconds.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from affectbench.metrics import classification, continuous, ranking
from affectbench.metrics.intervals import Grounds, choose
from affectbench.metrics.resample import Finish, Index, Statistics, Units, measure
from affectbench.scoring import Answer, Question, score
from affectbench.types import Gold, Sample

RESAMPLES = 1000
CLASSIFICATION: list[Finish] = [
    lambda sums, metric=metric: metric(sums).reshape(*sums.shape[:-2], -1)  # type: ignore[misc]
    for metric in (
        classification.accuracy,
        classification.uar,
        classification.macro_f1,
        classification.macro_f1_present,
        classification.weighted_f1,
        classification.micro_f1,
        classification.recall,
        classification.precision,
    )
]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(name: str, run: Callable[[], object]) -> float:
    before, start = peak_mb(), time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    print(f"{name:58} {seconds:6.2f} s   peak {peak_mb():5.0f} MB ({peak_mb() / before:.2f} x before)")
    return seconds


def intervals(finishes: list[Finish], statistics: Statistics, unit: Index, resamples: int = RESAMPLES) -> None:
    units = Units(statistics, unit, np.ones(len(statistics)), int(unit.max()) + 1)
    for found in measure(finishes, [units], resamples, seed=0):
        for column, value in enumerate(found.estimate):
            grounds = Grounds(units=units.count, trials=len(unit), range=(0.0, 1.0))
            choose(float(value), found.replicates[:, column], None, grounds)


def classify(size: int, labels: int, clusters: int) -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, labels, size)
    predicted = np.where(rng.random(size) < 0.6, gold, rng.integers(-1, labels, size))
    statistics = classification.statistics(gold, predicted, [str(label) for label in range(labels)])
    intervals(CLASSIFICATION, statistics, np.arange(size) % clusters)


def recall(size: int) -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 7, size)
    predicted = np.where(rng.random(size) < 0.6, gold, rng.integers(-1, 7, size))
    statistics = classification.statistics(gold, predicted, [str(label) for label in range(7)])
    intervals([lambda table: classification.uar(table)[..., None]], statistics, np.arange(size), 10_000)


def ranks(size: int, labels: int) -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random((size, labels)) < 0.1).astype(float)
    names = [str(label) for label in range(labels)]
    statistics = ranking.statistics(gold, 0.3 * gold + rng.random(gold.shape), names)
    intervals([ranking.average_precision], statistics, np.arange(size))


def levels(size: int) -> None:
    gold, predicted = np.random.default_rng(0).uniform(-1, 1, (2, size, 2))
    metrics: list[Finish] = [continuous.ccc, continuous.pcc, continuous.rmse, continuous.mae, continuous.sagr]
    intervals(metrics, continuous.statistics(gold, predicted), np.arange(size))


def whole_score(size: int) -> None:
    rng = np.random.default_rng(0)
    labels = tuple("abcdefg")
    samples = [Sample(id=str(i), gold=Gold(label=labels[rng.integers(7)])) for i in range(size)]
    answers = [Answer(str(i), 0, "ok", labels[rng.integers(7)]) for i in range(size)]
    names = ("accuracy", "uar", "macro_f1", "weighted_f1", "recall", "confusion")
    score(Question(form="choice", labels=labels, metrics=names, main="uar"), samples, answers)


def main() -> int:
    seconds = timed("1,000,000 predictions, 7 classes, classification set", lambda: classify(10**6, 7, 10**6))
    failed = seconds > 5 or peak_mb() > 1024
    failed |= timed("1,000,000 predictions, UAR, 10,000 resamples", lambda: recall(10**6)) > 5
    timed("the same in 5,000 clusters", lambda: classify(10**6, 7, 5000))
    timed("the same with 43 classes", lambda: classify(10**6, 43, 10**6))
    timed("100,000 valence-arousal pairs, 5 metrics", lambda: levels(10**5))
    timed("10,000 sets of 26 labels, average precision", lambda: ranks(10**4, 26))
    timed("100,000 samples through score()", lambda: whole_score(10**5))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
