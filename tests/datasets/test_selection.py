"""Selection: subsets, limits and solved examples."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from affectbench.datasets import ShotPool, limited, subset
from affectbench.specs.task import Shots, Subset
from affectbench.types import Gold, Media, Sample

IDS = [f"s{number}" for number in range(60)]


def sample(name: str, label: str = "", cluster: str | None = None, path: str | None = None) -> Sample:
    media = (Media(name="face", kind="image", path=path),) if path else ()
    return Sample(id=name, gold=Gold(label=label), cluster=cluster, media=media)


SAMPLES = [sample(name) for name in IDS]


@given(st.integers(0, 70), st.integers(0, 70), st.integers(0, 5))
def test_the_smaller_limit_is_inside_the_larger_and_keeps_the_order(first: int, second: int, seed: int) -> None:
    small, large = sorted((first, second))
    few = [s.id for s in limited(SAMPLES, small, seed)]
    many = [s.id for s in limited(SAMPLES, large, seed)]
    assert set(few) <= set(many)
    assert many == [name for name in IDS if name in many]
    assert len(many) == min(large, len(IDS))


def test_what_is_drawn_depends_on_the_seed_and_not_on_the_order_of_the_files() -> None:
    drawn = {s.id for s in limited(SAMPLES, 10, seed=1)}
    assert drawn == {s.id for s in limited(SAMPLES[::-1], 10, seed=1)}
    assert drawn != {s.id for s in limited(SAMPLES, 10, seed=2)}


def test_each_so_many_within_each_key() -> None:
    keys = [("a", "b", "b")[place % 3] for place in range(12)]
    found = subset(SAMPLES[:12], keys, Subset(every=4, by="x"))
    assert [s.id for s in found] == ["s0", "s1", "s7"]
    assert [s.id for s in subset(SAMPLES[:5], [], Subset(every=2))] == ["s0", "s2", "s4"]


def test_so_many_of_each_key() -> None:
    keys = ["ab"[place % 2] for place in range(60)]
    found = subset(SAMPLES, keys, Subset(n=5, by="x", seed=3))
    assert Counter(int(s.id[1:]) % 2 for s in found) == {0: 5, 1: 5}
    assert found == subset(SAMPLES, keys, Subset(n=5, by="x", seed=3))
    assert len(subset(SAMPLES, [], Subset(n=5))) == 5


# -- solved examples -------------------------------------------------------------------------------------------------

POOL = [sample(f"p{n}", "abc"[n % 3], cluster=f"c{n // 2}", path=f"{n}.png") for n in range(12)]


def shots(n: int, by: str | None = None) -> Shots:
    return Shots.model_validate({"n": n, "from": "train", "by": by, "seed": 1})


def test_an_example_is_never_the_sample_its_cluster_or_its_picture() -> None:
    pool = ShotPool(POOL, shots(12))
    for scored in POOL:
        chosen = pool.of(scored)
        assert len(chosen) == 10
        assert scored.cluster not in {s.cluster for s in chosen}
    same_picture = sample("other", path="3.png")
    assert "p3" not in {s.id for s in pool.of(same_picture)}
    assert len(pool.of(same_picture)) == 11
    assert "p4" not in {s.id for s in pool.of(sample("p4"))}


def test_examples_of_all_labels_come_in_turn() -> None:
    chosen = ShotPool(POOL, shots(6, by="label")).of(sample("x"))
    assert Counter(s.gold.label for s in chosen) == {"a": 2, "b": 2, "c": 2}


def test_all_samples_see_the_same_examples_where_they_can() -> None:
    pool = ShotPool(POOL, shots(3))
    assert pool.of(sample("x")) == pool.of(sample("y"))
    assert ShotPool(POOL[::-1], shots(3)).of(sample("x")) == pool.of(sample("x"))


def test_a_small_pool_gives_what_it_has() -> None:
    assert len(ShotPool(POOL[:2], shots(5)).of(sample("x"))) == 2
