"""Paired tests, against scipy and against plain loops over all swaps."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from affectbench.metrics import classification, continuous, paired
from affectbench.metrics.resample import Kept, OneHot, Units, measure
from affectbench.metrics.swaps import randomised

LABELS = ["a", "b", "c"]


def uar(table: np.ndarray) -> np.ndarray:
    return classification.uar(table)[..., None]


def accuracy(table: np.ndarray) -> np.ndarray:
    return classification.accuracy(table)[..., None]


def units(statistics: object, unit: np.ndarray | None = None) -> Units:
    unit = np.arange(len(statistics)) if unit is None else unit  # type: ignore[arg-type]
    return Units(statistics, unit, np.ones(len(unit)), int(unit.max()) + 1)  # type: ignore[arg-type]


def systems(size: int, seed: int) -> tuple[OneHot, OneHot]:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 3, size)
    first = np.where(rng.random(size) < 0.7, gold, rng.integers(-1, 3, size))
    second = np.where(rng.random(size) < 0.5, gold, rng.integers(-1, 3, size))
    return (classification.statistics(gold, first, LABELS), classification.statistics(gold, second, LABELS))


def dense(table: OneHot) -> np.ndarray:
    rows = np.zeros((len(table), int(np.prod(table.shape))))
    rows[np.arange(len(table)), table.cell] = 1
    return rows.reshape(len(table), *table.shape)


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 0), (1, 0), (9, 2), (40, 40), (310, 260)])
def test_mcnemar_is_the_exact_binomial_test(only_first: int, only_second: int) -> None:
    total = only_first + only_second
    expected = stats.binomtest(only_first, total).pvalue if total else 1.0
    assert paired.mcnemar(only_first, only_second) == pytest.approx(expected, rel=1e-9)
    assert paired.mcnemar(only_second, only_first) == paired.mcnemar(only_first, only_second)


def test_mcnemar_of_a_million_samples() -> None:
    assert paired.mcnemar(501_000, 499_000) == pytest.approx(stats.binomtest(501_000, 10**6).pvalue, rel=1e-6)
    with pytest.raises(ValueError, match="negative"):
        paired.mcnemar(-1, 2)


@pytest.mark.parametrize("size", [6, 30, 400])
def test_wilcoxon_is_that_of_scipy(size: int) -> None:
    first, second = np.random.default_rng(size).uniform(size=(2, size))
    assert paired.wilcoxon(first, second) == stats.wilcoxon(first, second).pvalue
    assert paired.wilcoxon(first, first) == 1.0
    with pytest.raises(ValueError, match="scores"):
        paired.wilcoxon(first, second[1:])


def test_wilcoxon_leaves_equal_scores_out() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 4, (2, 80)) / 4
    differ = first != second
    assert paired.wilcoxon(first, second) == stats.wilcoxon(first[differ], second[differ]).pvalue


def test_rank_biserial_is_read_off_the_rank_sums() -> None:
    first, second = np.random.default_rng(3).uniform(size=(2, 25))
    larger = stats.wilcoxon(first, second, alternative="greater").statistic
    expected = 2 * larger / (25 * 26 / 2) - 1
    assert paired.rank_biserial(first, second) == pytest.approx(expected)
    assert paired.rank_biserial(first + 2, first) == 1.0
    assert paired.rank_biserial(first, first) == 0.0


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12))
def test_holm_rejects_what_the_stepwise_procedure_rejects(p: list[float]) -> None:
    known = sorted(one for one in p if not math.isnan(one))
    rejected = 0
    while rejected < len(known) and known[rejected] * (len(known) - rejected) <= 0.05:
        rejected += 1
    found = paired.holm(p)
    assert sum(one <= 0.05 for one in found) == rejected
    assert [math.isnan(one) for one in found] == [math.isnan(one) for one in p]
    assert all(math.isnan(one) or one <= other <= 1 for one, other in zip(p, found, strict=True))


def test_bootstrap_p_agrees_with_the_percentile_interval() -> None:
    rng = np.random.default_rng(4)
    for shift in (0.0, 1.7, 1.95, 2.0, 2.4):
        replicates = np.sort(rng.normal(shift, 1, 9999))
        outside = np.percentile(replicates, 2.5) > 0
        assert (paired.bootstrap_p(replicates) < 0.05) == outside
    assert math.isnan(paired.bootstrap_p(np.array([np.nan])))
    assert paired.bootstrap_p(np.zeros(99)) == 1.0


@pytest.mark.parametrize("form", ["table", "rows", "kept"])
def test_randomisation_nears_the_share_of_all_swaps(form: str) -> None:
    tables = systems(10, seed=5)
    rows = [dense(table) for table in tables]
    whole = abs(float(uar(rows[0].sum(axis=0))[0] - uar(rows[1].sum(axis=0))[0]))
    every = []
    for swap in itertools.product([False, True], repeat=10):
        mixed = [np.where(np.array(s)[:, None, None], *rows).sum(axis=0) for s in (np.invert(swap), swap)]
        every.append(abs(float(uar(mixed[0])[0] - uar(mixed[1])[0])) >= whole - 1e-12)

    def kept_uar(kept: Kept) -> np.ndarray:
        return uar(np.tensordot(kept.weight, kept.rows, axes=1))

    pairs = {
        "table": [units(table) for table in tables],
        "rows": [units(one) for one in rows],
        "kept": [units(Kept(one, np.ones(10))) for one in rows],
    }[form]
    (p,) = randomised([kept_uar if form == "kept" else uar], [(pairs[0], pairs[1])], 8000, seed=1)
    assert p[0] == pytest.approx(np.mean(every), abs=0.02)


def test_randomisation_of_a_mean_is_that_of_scipy() -> None:
    rng = np.random.default_rng(6)
    gold = rng.normal(size=60)
    first, second = gold + rng.normal(0, 1, 60), gold + rng.normal(0, 1.5, 60)
    rows = [continuous.statistics(gold, answer) for answer in (first, second)]
    (p,) = randomised([continuous.mae], [(units(rows[0]), units(rows[1]))], 9999, seed=0)
    errors = [np.abs(answer - gold) for answer in (first, second)]
    expected = stats.permutation_test(
        errors, lambda a, b, axis: (a - b).mean(axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=9999, rng=np.random.default_rng(0),
    ).pvalue  # fmt: skip
    assert p[0] == pytest.approx(expected, abs=0.02)


def test_clusters_are_swapped_whole_in_every_form() -> None:
    tables = systems(120, seed=7)
    unit = np.repeat(np.arange(8), 15)
    by_table, by_rows = (
        randomised([uar, accuracy], [(units(one, unit), units(other, unit))], 6000, seed=2)
        for one, other in (tables, [dense(table) for table in tables])
    )
    np.testing.assert_allclose(by_table, by_rows)
    single = randomised([accuracy], [(units(tables[0]), units(tables[1]))], 6000, seed=2)
    assert single[0][0] < by_table[1][0]
    assert by_table[1][0] >= 2 / 2**8 * 0.5


def test_randomisation_of_accuracy_is_mcnemar() -> None:
    tables = systems(300, seed=8)
    right = [np.isin(table.cell, [0, 5, 10]) for table in tables]
    exact = paired.mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()))
    (p,) = randomised([accuracy], [(units(tables[0]), units(tables[1]))], 20_000, seed=0)
    assert p[0] == pytest.approx(exact, abs=0.005)


def test_the_test_of_equal_systems_is_one_and_of_nothing_is_nan() -> None:
    table, _ = systems(40, seed=9)
    assert randomised([uar], [(units(table), units(table))], 100, seed=0)[0].tolist() == [1.0]
    undefined = randomised([lambda t: uar(t) * np.nan], [(units(table), units(table))], 100, seed=0)
    assert np.isnan(undefined[0]).all()


def test_folds_are_swapped_apart_and_averaged() -> None:
    first, second = systems(90, seed=10)
    parts = [slice(0, 60), slice(60, 90)]
    pairs = [(units(first[part]), units(second[part])) for part in parts]
    (p,) = randomised([accuracy], pairs, 4000, seed=0)
    (whole,) = randomised([accuracy], [(units(first), units(second))], 4000, seed=0)
    assert 0 < p[0] <= 1
    assert p[0] != whole[0]


def test_a_metric_that_prefers_the_second_gives_the_same_p() -> None:
    first, second = systems(200, seed=11)
    one = randomised([uar], [(units(first), units(second))], 3000, seed=0)[0][0]
    other = randomised([uar], [(units(second), units(first))], 3000, seed=0)[0][0]
    assert one == pytest.approx(other, abs=0.03)


def test_paired_differences_vary_less_than_unpaired_ones() -> None:
    rng = np.random.default_rng(12)
    gold = rng.integers(0, 3, 400)
    first = np.where(rng.random(400) < 0.6, gold, (gold + 1) % 3)
    second = np.where(rng.random(400) < 0.05, (gold + 1) % 3, first)
    tables = [units(classification.statistics(gold, answer, LABELS)) for answer in (first, second)]
    spread = {}
    for together in (True, False):
        (one,), (other,) = (
            measure([uar], [table], 500, seed=place * (not together), paired=together)
            for place, table in enumerate(tables)
        )
        spread[together] = (one.replicates - other.replicates).std()
    assert spread[True] < spread[False] / 2


def test_possible_ranks_keep_near_ties_together() -> None:
    rng = np.random.default_rng(13)
    estimates = np.array([0.80, 0.79, 0.60, 0.40])
    replicates = estimates + rng.normal(0, 0.03, (2000, 4))
    assert paired.possible_ranks(estimates, replicates).tolist() == [[1, 2], [1, 2], [3, 3], [4, 4]]
    lower = paired.possible_ranks(estimates, replicates, higher=False)
    assert lower.tolist() == [[3, 4], [3, 4], [2, 2], [1, 1]]
    assert paired.possible_ranks(np.array([0.5, np.nan]), replicates[:, :2]).tolist() == [[1, 2], [1, 2]]
    same = np.repeat(replicates[:, :1], 3, axis=1)
    assert paired.possible_ranks(np.full(3, 0.8), same).tolist() == [[1, 3]] * 3


def test_possible_ranks_hold_all_true_ranks_together() -> None:
    rng = np.random.default_rng(14)
    truth = np.array([0.60, 0.60, 0.58, 0.50])
    held = 0
    for _ in range(300):
        seen = truth + rng.normal(0, 0.02, 4)
        ranks = paired.possible_ranks(seen, seen + rng.normal(0, 0.02, (600, 4)))
        true = [(1, 2), (1, 2), (3, 3), (4, 4)]
        held += all(low <= last and first <= high for (low, high), (first, last) in zip(ranks, true, strict=True))
    assert held / 300 > 0.92
