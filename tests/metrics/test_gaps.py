"""The permutation test of a gap between groups, against all permutations at small n."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench.metrics import classification, find, gaps
from affectbench.metrics.gaps import Divided, permuted_gaps, share_as_large
from affectbench.metrics.intervals import wilson
from affectbench.metrics.resample import Kept, OneHot

DEALS = 20_000


def accuracy(sums: np.ndarray) -> np.ndarray:
    return sums[..., [0]] / sums[..., [1]]


def divided(right: list[int], group: list[int], unit: list[int] | None = None, **more) -> Divided:
    """Samples that are right or not, as dense statistics."""
    statistics = np.stack([right, np.ones(len(right))], axis=1).astype(float)
    n = np.arange(len(right))
    given = {
        "statistics": statistics,
        "weight": np.ones(len(right)),
        "sample": n,
        "unit": n if unit is None else np.array(unit),
    }
    return Divided(**{**given, "group": np.array(group), "groups": max(group) + 1, **more})


def gap(right: list[int], group: tuple[int, ...] | list[int]) -> float:
    means = [np.mean([r for r, g in zip(right, group, strict=True) if g == name]) for name in sorted(set(group))]
    return max(means) - min(means)


def test_two_groups_against_all_deals() -> None:
    right, group = [1, 1, 1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]
    exact = np.mean([gap(right, one) >= gap(right, group) - 1e-12 for one in set(permutations(group))])
    found = share_as_large(gap(right, group), permuted_gaps(accuracy, [divided(right, group)], DEALS, 0))
    assert found == pytest.approx(exact, abs=0.012)


def test_three_groups_of_unequal_size_against_all_deals() -> None:
    right, group = [1, 1, 0, 0, 1, 0, 0], [0, 0, 1, 1, 1, 2, 2]
    exact = np.mean([gap(right, one) >= gap(right, group) - 1e-12 for one in set(permutations(group))])
    found = share_as_large(gap(right, group), permuted_gaps(accuracy, [divided(right, group)], DEALS, 1))
    assert found == pytest.approx(exact, abs=0.012)


def test_clusters_within_one_group_swap_its_name_whole() -> None:
    unit, of_unit = [0, 0, 0, 1, 2, 2, 3, 4], [0, 0, 1, 1, 1]
    right = [1, 1, 1, 0, 0, 1, 0, 0]
    group = [of_unit[u] for u in unit]
    deals = [[one[u] for u in unit] for one in set(permutations(of_unit))]
    exact = np.mean([gap(right, one) >= gap(right, group) - 1e-12 for one in deals])
    found = share_as_large(gap(right, group), permuted_gaps(accuracy, [divided(right, group, unit)], DEALS, 0))
    assert found == pytest.approx(exact, abs=0.012)


def test_in_clusters_of_several_groups_names_are_dealt_out_inside() -> None:
    unit, group, right = [0, 0, 0, 1, 1, 2, 3], [0, 1, 1, 0, 1, 0, 1], [1, 0, 1, 1, 0, 1, 0]
    inside = [(a, b, c) for a in set(permutations(group[:3])) for b in [(0, 1), (1, 0)] for c in [(0, 1), (1, 0)]]
    exact = np.mean([gap(right, a + b + c) >= gap(right, group) - 1e-12 for a, b, c in inside])
    found = share_as_large(gap(right, group), permuted_gaps(accuracy, [divided(right, group, unit)], DEALS, 0))
    assert found == pytest.approx(exact, abs=0.012)


@pytest.mark.parametrize("clustered", [False, True])
def test_tables_cells_and_kept_samples_have_one_law(clustered: bool) -> None:
    rng = np.random.default_rng(0)
    gold, said, group = rng.integers(0, 3, 300), rng.integers(-1, 3, 300), rng.integers(0, 2, 300)
    unit = np.arange(300) // 2 if clustered else np.arange(300)
    group = group[unit] if clustered else group
    table = classification.statistics(gold, said, ("a", "b", "c"))
    dense = np.zeros((300, 3, 4))
    dense.reshape(300, -1)[np.arange(300), table.cell] = 1
    more = {"weight": np.ones(300), "sample": np.arange(300), "unit": unit, "group": group, "groups": 2}
    tables, cells = (Divided(statistics=one, **more) for one in (table, dense))
    kept = Divided(statistics=Kept(dense, np.ones(300)), **more)

    def uar(sums: np.ndarray) -> np.ndarray:
        return classification.uar(sums)[..., None]

    def uar_of_kept(samples: Kept) -> np.ndarray:
        return uar(np.tensordot(samples.weight, samples.rows, axes=1))

    found = [permuted_gaps(uar, [one], 2000, 0) for one in (tables, cells)]
    found.append(permuted_gaps(uar_of_kept, [kept], 2000, 0))
    for one in found[1:]:
        for share in (0.25, 0.5, 0.9):
            assert np.quantile(one, share) == pytest.approx(np.quantile(found[0], share), rel=0.15)


def test_names_are_never_dealt_out_across_folds() -> None:
    folds = [divided([1, 1, 1, 1], [0, 0, 1, 1]), divided([0, 0, 0, 0], [0, 1, 1, 1])]
    assert permuted_gaps(accuracy, folds, 50, 0).tolist() == [0.0] * 50


def test_repeats_of_a_sample_stay_together() -> None:
    repeated = divided(
        [1, 1, 0, 0, 1, 1, 0, 0],
        [0, 0, 1, 1, 0, 0, 1, 1],
        sample=np.array([0, 0, 1, 1, 2, 2, 3, 3]),
        unit=np.zeros(8, int),
        weight=np.full(8, 0.5),
    )
    assert set(permuted_gaps(accuracy, [repeated], 500, 0).tolist()) == {0.0, 1.0}  # never 0.5


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_share_is_a_p_value_and_the_order_of_samples_is_no_matter(data: st.DataObject) -> None:
    n = data.draw(st.integers(6, 30))
    right = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    group = [0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))]
    drawn = permuted_gaps(accuracy, [divided(right, group)], 40, 0)
    assert 1 / 41 <= share_as_large(gap(right, group), drawn) <= 1
    assert ((drawn >= 0) & (drawn <= 1)).all()


def test_p_is_uniform_where_there_is_no_gap() -> None:
    entry = find("accuracy", "choice")
    finish = entry.finish()
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        right, group = rng.random(200) < 0.6, rng.integers(0, 2, 200)
        table = OneHot(np.where(right, 0, 1), (1, 2))
        n = np.arange(200)
        one = Divided(statistics=table, weight=np.ones(200), sample=n, unit=n, group=group, groups=2)
        observed = abs(right[group == 0].mean() - right[group == 1].mean())
        found.append(share_as_large(observed, permuted_gaps(lambda t: finish(t)[..., None], [one], 199, seed)))
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(found) <= level) == pytest.approx(level, abs=3.3 * (level * (1 - level) / 400) ** 0.5)


def test_the_interval_is_newcombes_and_wider_for_a_choice_among_many() -> None:
    first, second = ((right / n, *wilson(right / n, n)) for right, n in ((56, 70), (48, 80)))
    assert gaps.interval(first, second, 2) == pytest.approx(
        (0.0524, 0.3339), abs=1e-4
    )  # Newcombe 1998, table II (a), method 10
    wide = gaps.interval((0.8, 0.7, 0.9), (0.6, 0.5, 0.7), 5)
    assert wide[1] - wide[0] > 1.4 * 0.2 * 2**0.5
    assert gaps.interval((0.2, 0.1, 0.3), (0.5, 0.4, 0.6), 2)[0] > 0  # errors: the worst is the larger
