"""What the sample sizes promise, against enumeration and simulation."""

import re

import numpy as np
import pytest
from scipy import stats

from affectbench.metrics import power
from tests.conftest import CHECKOUT


def enumerated(samples: int, d: float, discordant: float) -> float:
    share, chance = (1 + d / discordant) / 2, 0.0
    for split in range(1, samples + 1):
        found = [k for k in range(split + 1) if stats.binomtest(k, split).pvalue <= 0.05]
        chance += stats.binom.pmf(split, samples, discordant) * stats.binom.pmf(found, split, share).sum()
    return chance


@pytest.mark.parametrize(("samples", "d", "discordant"), [(40, 0.2, 0.3), (60, 0.15, 0.5), (25, -0.3, 0.4)])
def test_power_of_mcnemar_is_exact(samples: int, d: float, discordant: float) -> None:
    assert power.mcnemar_power(samples, d, discordant) == pytest.approx(enumerated(samples, d, discordant), abs=1e-6)


def test_the_samples_for_mcnemar_have_just_that_power() -> None:
    for d, discordant, wanted in [(0.05, 0.2, 0.8), (0.1, 0.3, 0.9), (0.02, 0.05, 0.8)]:
        samples = power.mcnemar_samples(d, discordant, wanted)
        assert samples is not None
        assert power.mcnemar_power(samples, d, discordant) >= wanted
        assert power.mcnemar_power(int(samples * 0.97), d, discordant) < wanted + 0.005
    assert power.mcnemar_samples(0.0, 0.2) is None
    assert power.mcnemar_power(100, 0.0, 0.0) == 0.0
    with pytest.raises(ValueError, match="discordant"):
        power.mcnemar_power(100, 0.3, 0.2)


def test_samples_for_any_metric_follow_from_the_error() -> None:
    error, units = 0.02, 500
    needed = power.units_needed(error, units, 0.05)
    assert needed is not None
    assert power.power_of(error * (units / needed) ** 0.5, 0.05) == pytest.approx(0.8, abs=0.002)
    assert power.power_of(error, power.detectable(error)) == pytest.approx(0.8, abs=0.001)
    assert power.units_needed(error, units, 0.0) is None
    assert power.units_needed(error, units, 1e-12) is None
    assert power.power_of(0.0, 0.1) == 1.0
    assert power.power_of(0.0, 0.0) == power.LEVEL


def test_a_t_test_has_about_the_power_stated() -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(0.1, 1, (2000, 400))
    found = (stats.ttest_1samp(data, 0, axis=1).pvalue < 0.05).mean()
    assert power.power_of(1 / 20, 0.1) == pytest.approx(found, abs=0.03)


def test_clusters_that_are_all_alike_count_once() -> None:
    assert power.design_effect(8, 1.0) == 8
    assert power.design_effect(8, 0.0) == 1
    assert power.design_effect(1, 0.5) == 1


def test_the_table_of_the_documentation_is_what_the_function_says() -> None:
    text = (CHECKOUT / "docs/statistics.md").read_text()
    rows = re.findall(r"^\| (\d+) points? \| (.+) \|$", text, re.MULTILINE)
    assert [points for points, _ in rows] == ["1", "2", "3", "5", "10"]
    for points, cells in rows:
        d = int(points) / 100
        found = [f"{power.mcnemar_samples(d, share):,}" if share >= d else "–" for share in (0.05, 0.1, 0.2, 0.3)]
        assert cells.split(" | ") == found
