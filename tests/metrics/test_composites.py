"""Challenge formulas against the reference figure, and the interval of a mean against simulation."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from affectbench import metrics
from affectbench.metrics import composites

FIXTURE = json.loads((Path(__file__).parent.parent / "fixtures" / "generic_metrics.json").read_text())


def test_reference_figure_of_mer2023() -> None:
    va, emotions = FIXTURE["va"], FIXTURE["data"]
    waf = metrics.weighted_f1(emotions["gt"], emotions["pred_A"], sorted(set(emotions["gt"])))
    score = composites.mer2023(waf, metrics.mse(va["gt"], va["pred"]))
    assert score == pytest.approx(va["mer2023_overall(weightedF1_A-0.25*mse)"], abs=1e-12)


def test_abaw_is_the_mean_over_levels_and_the_sum_over_tracks() -> None:
    rng = np.random.default_rng(0)
    gold = rng.uniform(-1, 1, (50, 2))
    said = gold + rng.normal(0, 0.3, (50, 2))
    valence, arousal = metrics.ccc(gold, said)
    assert composites.abaw_va(valence, arousal) == np.mean(metrics.ccc(gold, said))
    assert composites.abaw_mtl(1, 1, 1) == 3


def test_bounds_of_one_estimate_are_its_own_and_of_equal_ones_shrink() -> None:
    assert composites.combined([0.4], [0.1], [0.9]).tolist() == pytest.approx([0.4, 0.1, 0.9])
    four = composites.combined([0.4] * 4, [0.2] * 4, [0.5] * 4, 1 / 4)
    assert four.tolist() == pytest.approx([0.4, 0.3, 0.45])
    assert math.isnan(composites.combined([0.4, 0.5], [0.1, math.nan], [0.5, 0.6])[1])
    with pytest.raises(ValueError, match="must be positive"):
        composites.combined([0.4], [0.1], [0.9], 0)


def test_the_interval_covers_the_sum_of_true_shares() -> None:
    """Wilson's intervals of three unequal proportions, added: near 95 % of 2,000 repeats."""
    from affectbench.metrics.intervals import wilson

    rng = np.random.default_rng(7)
    true, sizes, hits = np.array([0.9, 0.6, 0.3]), np.array([60, 200, 100]), 0
    for _ in range(2000):
        shares = rng.binomial(sizes, true) / sizes
        lows, highs = zip(*(wilson(float(p), int(n)) for p, n in zip(shares, sizes, strict=True)), strict=True)
        _, low, high = composites.combined(list(shares), lows, highs)
        hits += low <= true.sum() <= high
    assert 0.935 <= hits / 2000 <= 0.965
