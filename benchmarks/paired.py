"""How long each paired test of two systems takes on 100,000 samples, with 1,000 resamples as in production.

Prints one line a case: seconds, and the peak of the process as a ratio of what it had before. Run it with `python
benchmarks/paired.py`; it fails if a case takes 10 seconds.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from affectbench.metrics import classification, continuous, label_sets, multilabel, paired, power
from affectbench.metrics.ratios import Array
from affectbench.metrics.resample import Finish, Index, Statistics, Units, measure
from affectbench.metrics.swaps import randomised
from affectbench.scoring import Answer, Question
from affectbench.scoring.forms import encode
from affectbench.scoring.pairs import Pairs
from affectbench.scoring.rows import Design, Rows, gather
from affectbench.scoring.scorer import Scorer
from affectbench.types import Gold, Sample

SIZE, RESAMPLES, LIMIT = 100_000, 1000, 10.0
CLASSES: list[Finish] = [
    lambda table, metric=metric: metric(table)[..., None]  # type: ignore[misc]
    for metric in (classification.accuracy, classification.uar, classification.macro_f1, classification.weighted_f1)
]
LEVELS: list[Finish] = [continuous.ccc, continuous.pcc, continuous.rmse, continuous.mae]
SETS: list[Finish] = [
    lambda sums, metric=metric: metric(sums)[..., None]  # type: ignore[misc]
    for metric in (multilabel.macro_f1, multilabel.micro_f1)
]
EACH: list[Finish] = [lambda sums: label_sets.samples_f1(sums)[..., None]]

Two = tuple[Statistics, Statistics]
Test = Callable[[Sequence[Finish], Two, Index], object]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(name: str, run: Callable[[], object]) -> float:
    before, start = peak_mb(), time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    print(f"{name:62} {seconds:6.2f} s   peak {peak_mb():5.0f} MB ({peak_mb() / before:.2f} x before)")
    return seconds


def units(statistics: Statistics, unit: Index) -> Units:
    return Units(statistics, unit, np.ones(len(unit)), int(unit.max()) + 1)


def bootstrap(finishes: Sequence[Finish], pair: Two, unit: Index) -> None:
    first, second = (measure(finishes, [units(one, unit)], RESAMPLES, 0, paired=True) for one in pair)
    for one, other in zip(first, second, strict=True):
        difference = one.replicates[:, -1] - other.replicates[:, -1]
        np.percentile(difference, [2.5, 97.5])
        paired.bootstrap_p(difference)
        power.units_needed(float(difference.std()), SIZE, 0.01)


def swaps(finishes: Sequence[Finish], pair: Two, unit: Index) -> None:
    randomised(finishes, [(units(pair[0], unit), units(pair[1], unit))], RESAMPLES, 0)


def ranks(finishes: Sequence[Finish], pair: Two, unit: Index) -> None:
    scores = [paired.unit_scores(finishes[-1], units(one, unit)) for one in pair]
    if scores[0] is not None and scores[1] is not None:
        paired.wilcoxon(scores[0], scores[1])
        paired.rank_biserial(scores[0], scores[1])


def single(labels: int) -> Two:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, labels, SIZE)
    said = [np.where(rng.random(SIZE) < share, gold, rng.integers(-1, labels, SIZE)) for share in (0.6, 0.59)]
    names = [str(label) for label in range(labels)]
    first, second = (classification.statistics(gold, one, names) for one in said)
    return first, second


def levels() -> Two:
    rng = np.random.default_rng(0)
    gold = rng.uniform(-1, 1, (SIZE, 2))
    first, second = (continuous.statistics(gold, gold + rng.normal(0, s, (SIZE, 2))) for s in (0.3, 0.31))
    return first, second


def sets(make: Callable[..., Array]) -> Two:
    rng = np.random.default_rng(0)
    gold = (rng.random((SIZE, 12)) < 0.3).astype(np.float64)
    said = [np.where(rng.random((SIZE, 12)) < share, 1 - gold, gold) for share in (0.2, 0.21)]
    names = [str(label) for label in range(12)]
    return make(gold, said[0], names), make(gold, said[1], names)


def whole() -> None:
    """All of what `compare` does with the answers of two runs."""
    rng = np.random.default_rng(0)
    labels = tuple("abcdefg")
    gold = rng.integers(0, 7, SIZE)
    samples = [Sample(id=str(i), gold=Gold(label=labels[g])) for i, g in enumerate(gold)]
    asked = Question(form="choice", labels=labels, metrics=("accuracy", "uar", "macro_f1", "recall"), main="uar")
    scorer = Scorer(asked, encode(asked, samples), Design(samples, by_fold=False))
    rows = []
    for share in (0.6, 0.59):
        said = np.where(rng.random(SIZE) < share, gold, rng.integers(0, 7, SIZE))
        given = [Answer(str(i), 0, "ok", labels[one]) for i, one in enumerate(said)]
        rows.append(gather(samples, given, scorer.encoded))
    Pairs(scorer, asked.entries(), rows).differences(0, 1)


def ranked() -> tuple[Scorer, list[Rows]]:
    """Two systems that give each of 12 labels a number."""
    rng = np.random.default_rng(0)
    labels = tuple(f"AU{label}" for label in range(12))
    gold = rng.random((SIZE, 12)) < 0.3
    samples = [Sample(id=str(i), gold=Gold(labels=_named(labels, row))) for i, row in enumerate(gold)]
    asked = Question(form="labels", labels=labels, metrics=("map",), main="map")
    scorer = Scorer(asked, encode(asked, samples), Design(samples, by_fold=False))
    rows = []
    for noise in (0.3, 0.31):
        said = np.clip(0.4 * gold + 0.3 + rng.normal(0, noise, gold.shape), 0, 1)
        numbers = [dict(zip(labels, row, strict=True)) for row in said.tolist()]
        given = [Answer(str(i), 0, "ok", _named(labels, said[i] >= 0.5), numbers[i]) for i in range(SIZE)]
        rows.append(gather(samples, given, scorer.encoded))
    return scorer, rows


def _make(found: list[Pairs], scorer: Scorer, rows: list[Rows]) -> None:
    found.append(Pairs(scorer, scorer.question.entries(), rows))


def _named(labels: Sequence[str], present: Sequence[bool] | NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(label for label, there in zip(labels, present, strict=True) if there)


def main() -> int:
    alone, grouped = np.arange(SIZE), np.arange(SIZE) % 5000
    cases: list[tuple[str, Test, Sequence[Finish], Two, Index]] = []
    sources: list[tuple[str, Sequence[Finish], Two]] = [
        ("4 metrics of 7 classes", CLASSES, single(7)),
        ("4 metrics of 43 classes", CLASSES, single(43)),
        ("4 metrics of valence and arousal", LEVELS, levels()),
        ("2 metrics of 12 labels", SETS, sets(multilabel.statistics)),
        ("F1 of each sample's set", EACH, sets(label_sets.statistics)),
    ]
    for name, finishes, pair in sources:
        for title, unit in (("", alone), (", 5,000 clusters", grouped)):
            cases.append((f"paired bootstrap, {name}{title}", bootstrap, finishes, pair, unit))
            cases.append((f"randomisation, {name}{title}", swaps, finishes, pair, unit))
        cases.append((f"Wilcoxon and its effect size, {name}", ranks, finishes, pair, alone))
    seconds = [timed("McNemar's exact test", lambda: paired.mcnemar(10_000, 9_700))]
    seconds.append(timed("McNemar's exact test, 1,000,000 samples", lambda: paired.mcnemar(501_000, 499_000)))
    for name, test, finishes, pair, unit in cases:
        seconds.append(timed(name, lambda t=test, f=finishes, p=pair, u=unit: t(f, p, u)))  # type: ignore[misc]
    seconds.append(timed("all tests of two runs, 4 metrics of 7 classes", whole))
    scorer, rows = ranked()
    pairs: list[Pairs] = []
    seconds.append(timed("paired bootstrap, mean average precision of 12 labels", lambda: _make(pairs, scorer, rows)))
    seconds.append(timed("randomisation, the same", lambda: pairs[0].differences(0, 1)))
    return int(max(seconds) >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
