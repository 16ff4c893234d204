"""Resampling and intervals, against scipy and against plain loops."""

import numpy as np
import pytest
from scipy import stats

from affectbench.metrics import classification, continuous
from affectbench.metrics.intervals import Grounds, bca, choose, wilson
from affectbench.metrics.resample import OneHot, Units, draws, measure, total

RNG = np.random.default_rng(5)
LABELS = ["a", "b", "c"]


def cells(size: int) -> OneHot:
    return classification.statistics(RNG.integers(0, 3, size), RNG.integers(-1, 3, size), LABELS)


def dense(one_hot: OneHot) -> np.ndarray:
    rows = np.zeros((len(one_hot), int(np.prod(one_hot.shape))))
    rows[np.arange(len(one_hot)), one_hot.cell] = 1
    return rows.reshape(len(one_hot), *one_hot.shape)


def plain(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(size), np.ones(size)


def test_each_row_of_draws_is_one_resample_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(draws(17, 40, np.random.default_rng(3))))
    monkeypatch.setattr("affectbench.metrics.resample.BLOCK", 50)
    pieces = list(draws(17, 40, np.random.default_rng(3)))
    assert len(pieces) > 10
    assert (np.concatenate(pieces) == whole).all()
    assert (whole.sum(axis=1) == 17).all()


def test_a_table_of_counts_and_its_rows_give_the_same_resamples() -> None:
    statistics = cells(60)
    unit = np.repeat(np.arange(20), 3)
    weight = RNG.uniform(size=60)
    one, other = (Units(form, unit, weight, 20) for form in (statistics, dense(statistics)))
    np.testing.assert_allclose(one.total(), other.total())
    np.testing.assert_allclose(one.each(), other.each())
    blocks = [np.concatenate(list(u.resampled(30, np.random.default_rng(1)))) for u in (one, other)]
    np.testing.assert_allclose(*blocks)


def test_paired_resamples_are_those_of_the_samples() -> None:
    first, second = cells(50), cells(50)
    one, other = (Units(form, *plain(50), 50) for form in (first, second))
    tables = [np.concatenate(list(u.resampled(9, np.random.default_rng(4), paired=True))) for u in (one, other)]
    times = np.concatenate(list(draws(50, 9, np.random.default_rng(4))))
    for resample, weights in enumerate(times):
        np.testing.assert_allclose(tables[0][resample], total(first, weights))
        np.testing.assert_allclose(tables[1][resample], total(second, weights))


def test_the_multinomial_draw_has_the_law_of_resampled_samples() -> None:
    units = Units(cells(200), *plain(200), 200)
    quick = np.concatenate(list(units.resampled(4000, np.random.default_rng(0))))
    slow = np.concatenate(list(units.resampled(4000, np.random.default_rng(0), paired=True)))
    assert (quick.sum(axis=(1, 2)) == 200).all()
    values = [classification.uar(tables) for tables in (quick, slow)]
    assert stats.ks_2samp(*values).pvalue > 0.01
    assert values[0].std() == pytest.approx(values[1].std(), rel=0.08)


def test_many_units_are_drawn_in_handfuls_with_the_same_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    gold = RNG.normal(size=3000)
    statistics = continuous.statistics(gold, gold + RNG.normal(size=3000))
    units = Units(statistics, *plain(3000), 3000)
    each = np.concatenate(list(units.resampled(2000, np.random.default_rng(0))))
    monkeypatch.setattr("affectbench.metrics.resample.MOST", 500)
    handfuls = np.concatenate(list(units.resampled(2000, np.random.default_rng(0))))
    assert (handfuls[:, 0, continuous.COUNT] == 3000).all()
    one, other = continuous.ccc(each), continuous.ccc(handfuls)
    assert one.mean() == pytest.approx(other.mean(), abs=0.001)
    assert one.std() == pytest.approx(other.std(), rel=0.1)


def test_measure_is_each_metric_of_each_resample() -> None:
    gold, predicted = RNG.normal(size=(2, 12))
    statistics = continuous.statistics(gold, predicted)
    units = Units(statistics, *plain(12), 12)
    (found,) = measure([continuous.ccc], [units], 50, seed=8)
    times = np.concatenate(list(draws(12, 50, np.random.default_rng([8, 0])))).astype(int)
    for weights, value in zip(times, found.replicates, strict=True):
        x, y = np.repeat(gold, weights), np.repeat(predicted, weights)
        expected = 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        assert value[0] == pytest.approx(expected, abs=1e-9)
    keep = ~np.eye(12, dtype=bool)
    expected = [total(statistics[kept]) for kept in keep]
    assert found.jackknife is not None
    np.testing.assert_allclose(found.jackknife, [continuous.ccc(sums) for sums in expected])


def test_strata_are_resampled_within_and_averaged() -> None:
    parts = [Units(cells(size), *plain(size), size) for size in (10, 15)]
    (found,) = measure([lambda t: classification.accuracy(t)[..., None]], parts, 20, seed=1)
    each = [classification.accuracy(part.total()) for part in parts]
    assert found.estimate[0] == pytest.approx(np.mean(each))
    assert found.replicates.shape == (20, 1)
    assert found.jackknife is not None
    assert len(found.jackknife) == 25
    without = classification.accuracy(total(parts[0].statistics[np.arange(10) > 0]))
    assert found.jackknife[0, 0] == pytest.approx((without + each[1]) / 2)


@pytest.mark.parametrize(("right", "trials"), [(0, 5), (3, 7), (20, 20), (50, 100)])
def test_wilson_is_that_of_scipy(right: int, trials: int) -> None:
    expected = stats.binomtest(right, trials).proportion_ci(method="wilson")
    assert wilson(right / trials, trials) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_bca_is_that_of_scipy() -> None:
    data = RNG.exponential(size=25)
    found = stats.bootstrap((data,), np.mean, n_resamples=2000, method="BCa", rng=np.random.default_rng(0))
    ours = bca(data.mean(), found.bootstrap_distribution, (data.sum() - data) / 24)
    assert ours == pytest.approx(tuple(found.confidence_interval), abs=1e-9)


def test_which_interval_is_chosen() -> None:
    replicates = RNG.normal(0.5, 0.1, 1000)
    jackknife = RNG.normal(0.5, 0.01, 20)

    def name(estimate: float, replicates: np.ndarray, **grounds: object) -> str | None:
        defaults = {"units": 100, "trials": 100.0, "range": (0.0, 1.0)}
        found = choose(estimate, replicates, jackknife, Grounds(**{**defaults, **grounds}))  # type: ignore[arg-type]
        return found and found.name

    assert name(0.5, replicates) == "bootstrap"
    assert name(0.5, replicates, clustered=True) == "cluster bootstrap"
    assert name(0.5, replicates, units=20, proportion=True) == "wilson"
    assert name(0.5, replicates, units=20, proportion=True, clustered=True) == "bca"
    assert name(0.5, replicates, units=20) == "bca"
    assert name(1.0, np.ones(1000), proportion=True) == "wilson"
    assert name(1.0, np.ones(1000)) == "scaled wilson"
    assert name(0.0, np.zeros(1000), range=(0.0, float("inf"))) is None
    assert name(float("nan"), replicates) is None


def test_clusters_that_are_all_alike_do_not_limit_the_trials() -> None:
    grounds = Grounds(units=10, trials=70, range=(0.0, 1.0), proportion=True, clustered=True)
    mixed = choose(1 / 7, np.full(1000, 1 / 7), np.full(10, 1 / 7), grounds)
    assert mixed is not None
    assert (mixed.low, mixed.high) == pytest.approx(wilson(1 / 7, 70))
    perfect = choose(1.0, np.ones(1000), np.ones(10), grounds)
    assert perfect is not None
    assert (perfect.low, perfect.high) == pytest.approx(wilson(1.0, 10))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(300):
        gold = np.arange(200) % 4
        predicted = np.where(rng.random(200) < 0.6, gold, (gold + 1) % 4)
        units = Units(classification.statistics(gold, predicted, "abcd"), *plain(200), 200)
        (found,) = measure([lambda t: classification.uar(t)[..., None]], [units], 300, seed=0)
        interval = choose(found.estimate[0], found.replicates[:, 0], None, Grounds(units=200, trials=200, range=(0, 1)))
        assert interval is not None
        inside += interval.low <= 0.6 <= interval.high
    assert 0.91 < inside / 300 < 0.98
