"""Emotion wheels: the published figures, slow set arithmetic, bounds, and what may not matter."""

import functools
import json
import math
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import assets, lexicons, metrics
from affectbench.catalogue import Catalogue
from affectbench.metrics.lexicon import Lexicon, clusters
from affectbench.metrics.resample import total
from tests import wheels

FIGURES = json.loads((Path(__file__).parent.parent / "fixtures/open_vocabulary.json").read_text())
CLOSE = {"rel": 0, "abs": 1e-12}

ROUND = {
    "joy": {"glee": ["merry", "jolly"], "bliss": ["blissful"]},
    "woe": {"gloom": ["sad", "low"], "grief": ["sorry"]},
}
SPLIT = {"up": {"merry": [], "jolly": ["high"]}, "down": {"sad": ["low"], "hurt": []}}
WHEELS = {"round": clusters(ROUND), "split": clusters(SPLIT)}
NEAR = {"happy": {"merry", "jolly"}, "blue": {"sad", "hurt"}, "sad": {"sad"}, "hurt": {"hurt"}, "merry": {"merry"}}
NEAR["bliss"] = {"bliss"}
FORMS = {"happy": ("happily", "blue"), "blue": ("bluely",), "sad": ("sadly",), "hurt": ("hurting",)}
FORMS |= {"merry": (), "bliss": ()}
LEXICON = Lexicon(WHEELS, NEAR, FORMS, neutral=("neutral", "no emotion"))
WORDS = ["happy", "Happily ", "blue", "BLUELY", "sad", "sadly", "merry", "bliss", "hurting", "odd", "", " ", "neutral"]
words = st.lists(st.sampled_from(WORDS), max_size=5)
samples = st.lists(st.tuples(words, st.none() | words), min_size=1, max_size=8)
ENTRIES = [entry for entry in metrics.ENTRIES if entry.lexicon and "open" in entry.forms]


@pytest.fixture
def official(shared: Path) -> dict[str, Lexicon]:
    """The lexicons of MER-UniBench, straight from the facts beside the checkout."""
    return _official(shared)


@functools.cache
def _official(shared: Path) -> dict[str, Lexicon]:
    found = wheels.facts(shared)
    by_level = {name: (each["level1"], each["level2"]) for name, each in found["clusters"].items()}
    return {v: Lexicon(by_level, found["synonyms"], wheels.forms(found, v), ["neutral"]) for v in ("v2025", "v2026")}


@pytest.mark.parametrize("case", FIGURES["set"]["expected"])
def test_published_sets(case: str, official: dict[str, Lexicon]) -> None:
    version, name, level = case.split("/")
    figures, lexicon = FIGURES["set"]["expected"][case], official[version]
    gold = list(FIGURES["set"]["gold"].values())
    answers = [FIGURES["set"]["predictions"][name][clip] for clip in FIGURES["set"]["gold"]]
    assert set(figures) == {*lexicon.wheels, "mean5"}
    start = "wheel" if level == "level1" else "wheel2"
    n = total(metrics.find("wheel_f1", "open").load().statistics(gold, answers, lexicon))[:, 0]
    for short, metric in (("precision", "precision"), ("recall", "recall"), ("f", "f1")):
        values = getattr(metrics, f"{start}_{metric}")(gold, answers, lexicon)
        for place, wheel in enumerate(lexicon.wheels):
            assert values[place] == pytest.approx(figures[wheel][short], **CLOSE)
            assert n[place] == figures[wheel]["n"]
        assert values.mean() == pytest.approx(figures["mean5"][short], **CLOSE)
        if name == "gold":
            assert values.tolist() == [1.0] * 5


@pytest.mark.parametrize("case", FIGURES["hit"]["expected"])
def test_published_hits(case: str, official: dict[str, Lexicon]) -> None:
    version, name = case.split("/")
    figures, lexicon = FIGURES["hit"]["expected"][case], official[version]
    gold = list(FIGURES["hit"]["gold"].values())
    answers = [FIGURES["hit"]["predictions"][name][clip] for clip in FIGURES["hit"]["gold"]]
    values = metrics.wheel_hit(gold, answers, lexicon)
    n = total(metrics.find("wheel_hit", "open").load().statistics(gold, answers, lexicon))[:, 0]
    assert set(figures) == {*lexicon.wheels, "mean5"}
    for place, wheel in enumerate(lexicon.wheels):
        assert figures[wheel] == {"hit": pytest.approx(values[place], **CLOSE), "n": n[place]}
    assert values.mean() == pytest.approx(figures["mean5"], **CLOSE)


def test_fear_in_2025_and_2026(official: dict[str, Lexicon]) -> None:
    """In 2025 fear is a form of fearless: all wheels but the first read it as courage."""
    old, new = ([lexicon.cluster("fear", wheel) for wheel in lexicon.wheels] for lexicon in official.values())
    assert old == ["scared", "happy", "joyful", "genius", "joyful"]
    assert new[1:] == ["fearful", "scared", "fear", "scared"]
    assert official["v2025"].cluster("neutral", "wheel1") is None


# -- a second implementation -----------------------------------------------------------------------------------------


def slow_cluster(label: str, wheel: str, level: int) -> str | None:
    label = label.strip().lower()
    raws = [raw for raw, written in FORMS.items() if label in (raw, *written)]
    words = sorted({word for raw in raws for word in NEAR[raw]})
    return next((WHEELS[wheel][level][word] for word in words if word in WHEELS[wheel][level]), None)


def slow(pairs: list, wheel: str, level: int) -> dict[str, float]:
    """Precision, recall, F, HIT and mscore of a wheel by plain sets."""

    def mapped(labels): return {slow_cluster(label, wheel, level) for label in labels or ()} - {None}  # fmt: skip

    candidates = set().union(*(mapped(gold) for gold, _ in pairs))
    rows = [(mapped(gold), mapped(said)) for gold, said in pairs if mapped(gold)]
    if not rows:
        return dict.fromkeys(("precision", "recall", "f1", "hit", "mscore"), math.nan)
    precision = fmean(len(g & p) / len(p) if p else 0 for g, p in rows)
    recall = fmean(len(g & p) / len(g) for g, p in rows)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0,
        "hit": fmean(bool(g & p) for g, p in rows),
        "mscore": fmean(len(g & p) / len(p & candidates) if p & candidates else 0 for g, p in rows),
    }


@settings(deadline=None, max_examples=60)
@given(samples)
def test_against_plain_sets(pairs: list) -> None:
    gold, answers = map(list, zip(*pairs, strict=True))
    for place, wheel in enumerate(LEXICON.wheels):
        wide, narrow = slow(pairs, wheel, 0), slow(pairs, wheel, 1)
        for name in ("precision", "recall", "f1"):
            assert getattr(metrics, f"wheel_{name}")(gold, answers, LEXICON)[place] == pytest.approx(
                wide[name], nan_ok=True
            )
            assert getattr(metrics, f"wheel2_{name}")(gold, answers, LEXICON)[place] == pytest.approx(
                narrow[name], nan_ok=True
            )
        for name in ("hit", "mscore"):
            assert getattr(metrics, f"wheel_{name}")(gold, answers, LEXICON)[place] == pytest.approx(
                wide[name], nan_ok=True
            )
        both = metrics.wheel_mean_f1(gold, answers, LEXICON)[place]
        assert both == pytest.approx((wide["f1"] + narrow["f1"]) / 2, nan_ok=True)  # fmt: skip


def slow_case(pairs: list, case: int) -> float:
    """F of OV-MER's word-level cases by plain sets."""

    def word(label):
        raws = [raw for raw, written in FORMS.items() if label.strip().lower() in (raw, *written)]
        return (min(raws) if case == 1 else min(NEAR[min(raws)])) if raws else None  # fmt: skip

    rows = [({*map(word, gold)} - {None}, {*map(word, said or ())} - {None}) for gold, said in pairs]
    rows = [(gold, said) for gold, said in rows if gold]
    if not rows:
        return math.nan
    precision = fmean(len(g & p) / len(p) if p else 0 for g, p in rows)
    recall = fmean(len(g & p) / len(g) for g, p in rows)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0


@settings(deadline=None, max_examples=60)
@given(samples)
def test_word_level_cases(pairs: list) -> None:
    gold, answers = map(list, zip(*pairs, strict=True))
    for case, metric in ((1, metrics.case1_f1), (2, metrics.case2_f1)):
        assert metric(gold, answers, LEXICON) == pytest.approx(slow_case(pairs, case), nan_ok=True)


@settings(deadline=None, max_examples=60)
@given(samples)
def test_beside_the_wheels(pairs: list) -> None:
    gold, answers = map(list, zip(*pairs, strict=True))
    told = [[] if said is None else {word.strip().lower() for word in said} - {""} for said in answers]
    assert metrics.labels_per_answer(gold, answers, LEXICON) == pytest.approx(fmean(map(len, told)))
    unknown = sum(word == "odd" for said in told for word in said) + answers.count(None)
    many = sum(map(len, told)) + answers.count(None)
    assert metrics.oov_rate(gold, answers, LEXICON) == pytest.approx(unknown / many if many else math.nan, nan_ok=True)
    hits = []
    for (listed, said), spoken in zip(pairs, told, strict=True):
        truth = {word.strip().lower() for word in listed} - {""}
        neutral = "neutral" in truth and said is not None and ("neutral" in spoken or not spoken)
        for wheel in LEXICON.wheels:
            wanted = {slow_cluster(word, wheel, 0) for word in truth} - {None}
            found = {slow_cluster(word, wheel, 0) for word in spoken} - {None}
            very = not wanted and "neutral" not in truth and bool(truth & set(spoken))
            hits.append(bool(wanted & found) or neutral or very)
    assert metrics.wheel_hit_neutral(gold, answers, LEXICON) == pytest.approx(fmean(hits))


@settings(deadline=None, max_examples=60)
@given(samples, st.randoms(use_true_random=False))
def test_what_may_not_matter(pairs: list, random) -> None:
    """Order of samples and words, case, space and repetition change nothing; all values keep to their range."""

    def shuffled(labels):
        labels = [*labels, *labels[:1]]
        random.shuffle(labels)
        return [f" {label.upper()}" for label in labels]  # fmt: skip

    gold, answers = zip(*pairs, strict=True)
    other = [(shuffled(truth), said and shuffled(said)) for truth, said in pairs]
    random.shuffle(other)
    gold2, answers2 = zip(*other, strict=True)
    for entry in ENTRIES:
        value = np.asarray(getattr(metrics, entry.name)(gold, answers, LEXICON))
        again = getattr(metrics, entry.name)(gold2, answers2, LEXICON)
        assert value == pytest.approx(again, nan_ok=True), entry.name
        low, high = entry.range
        assert np.all(np.isnan(value) | ((value >= low) & (value <= high + 1e-12))), entry.name


@settings(deadline=None, max_examples=60)
@given(samples, st.integers(0, 7))
def test_refusing_never_pays(pairs: list, which: int) -> None:
    gold, answers = map(list, zip(*pairs, strict=True))
    silent = [None if place == which else said for place, said in enumerate(answers)]
    for entry in ENTRIES:
        if entry.better == "neither":
            continue
        before, after = (np.asarray(getattr(metrics, entry.name)(gold, said, LEXICON)) for said in (answers, silent))
        gained = after - before if entry.better == "high" else before - after
        assert not np.any(gained > 1e-12), entry.name


@settings(deadline=None, max_examples=40)
@given(samples)
def test_gold_as_answer_and_nothing_at_all(pairs: list) -> None:
    gold = [truth for truth, _ in pairs]
    for name in (
        "wheel_f1",
        "wheel2_f1",
        "wheel_precision",
        "wheel_recall",
        "wheel_mean_f1",
        "wheel_hit",
        "wheel_mscore",
    ):
        best = getattr(metrics, name)(gold, gold, LEXICON)
        worst = getattr(metrics, name)(gold, [None] * len(gold), LEXICON)
        if name == "wheel_mscore":
            best = np.where(np.isnan(best), best, 1.0)
        assert np.all(np.isnan(best) | (best == 1.0))
        assert np.array_equal(np.isnan(best), np.isnan(worst)) and not np.any(worst > 0)  # fmt: skip


def test_missing_answers_unequal_lengths_and_other_types() -> None:
    with pytest.raises(ValueError, match="2 gold sets, but 1 predictions"):
        metrics.wheel_f1([["sad"], ["sad"]], [["sad"]], LEXICON)
    with pytest.raises(ValueError, match="2 gold sets, but 1 predictions"):
        metrics.oov_rate([["sad"], ["sad"]], [["sad"]], LEXICON)
    with pytest.raises(TypeError, match="a label is a text"):
        metrics.wheel_f1([[1]], [["sad"]], LEXICON)
    import pandas as pd

    frame = pd.DataFrame({"gold": [["sad"], ["happy"]], "said": [{"sadly"}, float("nan")]})
    assert metrics.wheel_recall(frame["gold"], frame["said"], LEXICON).tolist() == [0.5, 0.5]
    gold = np.array(["sad", "happy"])
    assert metrics.wheel_recall(gold, np.array([["sadly", "odd"], ["odd", "no"]]), LEXICON).tolist() == [0.5, 0.5]
    assert metrics.wheel_f1([], [], Lexicon.of({})).tolist() == []


def test_the_candidates_of_mscore_are_those_of_the_dataset() -> None:
    """One sample alone is scored as it is among all others."""
    gold, answers = [["sad"], ["happy"]], [["sad", "happy"], ["happy"]]
    module = metrics.find("wheel_mscore", "open").load()
    whole = module.statistics(gold, answers, LEXICON)
    alone = module.statistics(gold[:1], answers[:1], LEXICON.among(gold))
    assert np.array_equal(whole[:1], alone)
    assert module.wheel_mscore(whole[0]).tolist() == [0.5, 0.5]
    assert metrics.wheel_mscore(gold[:1], answers[:1], LEXICON).tolist() == [1.0, 1.0]


def test_hit_is_gamed_by_spraying_and_mscore_is_not() -> None:
    gold, spray = [["sad"], ["happy"], ["merry"]], [["sad", "happy", "merry", "hurting"]] * 3
    assert metrics.wheel_hit(gold, spray, LEXICON).tolist() == [1.0, 1.0]
    assert max(metrics.wheel_mscore(gold, spray, LEXICON)) == 0.5
    assert metrics.labels_per_answer(gold, spray, LEXICON) == 4


def test_lexicon_of_the_project() -> None:
    own = lexicons.load(Catalogue(), "affectbench")
    assert own.wheels == ("feelings",)
    assert len(own.places) >= 1_000
    assert 8 <= len(own.names[0][0]) <= 12
    assert 40 <= len(own.names[0][1]) <= 80
    pairs = {
        "fear": "fearless",
        "hopeful": "hopeless",
        "helpful": "helpless",
        "restful": "restless",
        "powerful": "powerless",
    }
    for word, opposite in {**pairs, "careful": "carefree", "joyful": "joyless", "pleased": "displeased"}.items():
        assert own.cluster(word, "feelings") != own.cluster(opposite, "feelings"), word
    for family in own.names[0][0]:  # a family's name is a word of its most usual narrow cluster, not of the first one
        narrow = own.cluster(family, "feelings", level=2)
        spec = Catalogue().load("lexicon", "affectbench").spec
        assert narrow == family or family in spec.wheels["feelings"][family][narrow], family
    assert not own.neutral & set(own.places)
    basic = {
        "happy": "joy",
        "surprised": "surprise",
        "disgusted": "disgust",
        "angry": "anger",
        "scared": "fear",
        "sad": "sadness",
    }
    assert {word: own.cluster(word, "feelings") for word in basic} == basic


def test_digests_follow_content() -> None:
    known = Catalogue()
    spec = known.load("lexicon", "affectbench").spec
    first = lexicons.digest(spec)
    assert lexicons.digest(spec.model_copy(update={"title": "another"})) == first
    assert lexicons.digest(spec.model_copy(update={"neutral": ("neutral",)})) != first
    mer = [known.load("lexicon", f"mer-unibench-{version}").spec for version in ("v2025", "v2026")]
    assert len({lexicons.digest(one) for one in mer}) == 2
    assert set(assets.ASSETS["mer-unibench-wheels"].versions) == {"v2025", "v2026"}
