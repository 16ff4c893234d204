"""Score 100,000 samples of five labels on five wheels and two levels: seconds after the lexicon was loaded.

python benchmarks/wheels.py; it fails if coding, matching and all wheel metrics together take 2 seconds.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from affectbench import metrics
from affectbench.metrics.lexicon import Lexicon, clusters
from affectbench.metrics.resample import total

SAMPLES, LABELS, WHEELS, LIMIT_S = 100_000, 5, 5, 2.0
RAWS, FORMS = 1_250, 6  # as many words as the lexicon of MER-UniBench


def lexicon(rng: np.random.Generator) -> Lexicon:
    words = [f"word{i}" for i in range(250)]
    wheels = {}
    for wheel in range(WHEELS):
        own = iter(rng.permutation(words)[:120].tolist())
        tree = {next(own): {next(own): [next(own), next(own)] for _ in range(6)} for _ in range(6)}
        wheels[f"wheel{wheel}"] = clusters(tree)
    raws = words + [f"raw{i}" for i in range(RAWS - len(words))]
    synonyms = {raw: sorted({*rng.choice(words, 2).tolist(), *([raw] if raw in words else [])}) for raw in raws}
    forms = {raw: [raw, *(f"{raw}-{i}" for i in range(FORMS - 1))] for raw in raws}
    return Lexicon(wheels, synonyms, forms, neutral=["neutral"])


def main() -> int:
    rng = np.random.default_rng(0)
    known = lexicon(rng)
    words = np.array([*known.places, *(f"unknown{i}" for i in range(2_000)), "neutral"], object)
    gold, said = (words[rng.integers(0, len(words), (SAMPLES, LABELS))].tolist() for _ in range(2))
    entries = [entry for entry in metrics.ENTRIES if entry.lexicon]
    start = time.perf_counter()
    bound = known.among(gold)
    for module in dict.fromkeys(entry.module for entry in entries):
        together = [entry for entry in entries if entry.module == module]
        sums = total(together[0].load().statistics(gold, said, bound))
        for entry in together:
            print(f"{entry.name:20} {np.mean(entry.finish()(sums)):.4f}")
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{SAMPLES:,} samples of {LABELS} labels, {WHEELS} wheels, 2 levels: {seconds:.2f} s, peak {peak:.0f} MB")
    return int(seconds > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
