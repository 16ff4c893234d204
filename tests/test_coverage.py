"""A few repeats of the simulations in benchmarks/coverage.py, which hold the exact ranges with a thousand."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks import coverage

REPEATS = 60


def share(case: coverage.Callable[[int], coverage.Shares], repeats: int = REPEATS) -> dict[str, float]:
    found = [case(seed) for seed in range(repeats)]
    return {name: sum(one[name] for one in found) / repeats for name in found[0]}


@pytest.mark.parametrize("case", [coverage.classes, coverage.numbers, coverage.clustered])
def test_intervals_hold_the_truth(case: coverage.Callable[[int], coverage.Shares]) -> None:
    for metric, inside in share(case).items():
        assert 0.86 <= inside <= 1.0, metric


@pytest.mark.parametrize("case", [coverage.two, coverage.two_in_clusters])
def test_tests_hold_their_level_and_find_what_power_says(case: coverage.Callable[..., coverage.Shares]) -> None:
    null, planted = share(partial(case, gap=0.0)), share(partial(case, gap=coverage.GAP))
    for name, found in null.items():
        if not name.startswith(("stated", "inside")):
            assert found <= 0.15, name
    assert planted["randomisation, accuracy"] == pytest.approx(planted["stated, accuracy"], abs=0.2)


def test_a_gap_between_groups_is_found() -> None:
    assert share(partial(coverage.two_groups, gap=coverage.GROUP_GAP), 10)["gap"] >= 0.9
    assert share(partial(coverage.two_groups, gap=0.0), 20)["gap"] <= 0.25


def test_small_and_perfect_cases_fall_back() -> None:
    found = coverage.fallbacks()
    assert found["20 of 20 right"] == "wilson [0.839, 1.000]"
    assert found["12 clusters of 5"].startswith("bca ")
