"""The metrics in Hugging Face's `evaluate`, offline; and the plain functions on arrays, Series and DataFrames."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from affectbench import metrics
from affectbench.metrics import Entry
from affectbench.metrics.lexicon import Lexicon
from tests.scored import INSTALLED

RNG = np.random.default_rng(2)
LABELS = ["joy", "fear", "awe"]
N = 24
COMPOUND = ["happily surprised", "sadly angry", "sadly fearful"]
SIDES = ["negative", "neutral", "positive"]


def some(labels: list[str]) -> list[str]:
    return [str(label) for label in RNG.choice(labels, N)]


def sets() -> list[list[str]]:
    return [[label for label in LABELS if RNG.random() < 0.5] or ["joy"] for _ in range(N)]


def shares() -> list[list[float]]:
    return [list(row) for row in RNG.dirichlet([1, 1, 1], N)]


def votes() -> list[list[float]]:
    return [[float(count) for count in row] for row in RNG.multinomial(9, [0.5, 0.3, 0.2], N)]


def named(rows: list[list[float]]) -> list[dict[str, float]]:
    return [dict(zip(LABELS, row, strict=True)) for row in rows]


def rationales(module: str) -> tuple[Any, Any]:
    """References and predictions of the metrics of what a rationale says."""
    if module in ("clue_overlap", "clue_channels", "modalities"):
        clues = ["face/AU12", "maybe face/AU4", "no voice/laugh", "voice/sigh"]
        gold, said = ([[c for c in clues if RNG.random() < 0.5] or clues[:1] for _ in range(N)] for _ in range(2))
        return [["voice"]] * N if module == "modalities" else gold, said
    return some(LABELS) if module == "final_label" else sets(), sets() if module == "faithfulness" else some(LABELS)


def case(entry: Entry) -> tuple[Any, Any, Any, Any, Any]:
    """References and predictions as `evaluate` takes them, then as the plain function does, and its third argument."""
    form, module = entry.forms[0], entry.module
    if module in ("soft_labels", "soft_sets"):
        gold, said = votes(), some(LABELS)
        return gold, said, named(gold), said, LABELS
    if (form, module) in (("choice", "calibration"), ("choice", "ranking")):
        gold, said = some(LABELS), shares()
        return gold, said, gold, named(said), LABELS
    if (form, module) == ("labels", "ranking"):
        gold, said = sets(), shares()
        return gold, said, gold, named(said), LABELS
    if module in ("reliance", "conflict"):
        columns = [some(LABELS) for _ in range(3)]
        rows = [list(row) for row in zip(*columns, strict=True)]
        cues = [{"face": f, "voice": v} for _, f, v in rows]
        said = some(LABELS)
        if module == "reliance":
            return [row[1:] for row in rows], said, cues, said, LABELS
        return rows, said, [(row[0], cue) for row, cue in zip(rows, cues, strict=True)], said, LABELS
    if module == "answer_pairs":
        gold, said = [[label, f"pair {place // 2}"] for place, label in enumerate(some(LABELS))], some(LABELS)
        return gold, said, gold, said, LABELS
    if form == "choice":
        labels = {"compound": COMPOUND, "polarity": SIDES}.get(module, LABELS)
        gold, said = some(labels), some(labels)
        return gold, said, gold, said, labels
    if form == "labels":
        gold, said = sets(), sets()
        return gold, said, gold, said, LABELS
    if module == "raters":
        gold, said = [list(map(float, row)) for row in RNG.integers(0, 8, (N, 3))], list(RNG.uniform(0, 7, N))
        return gold, said, gold, said, ()
    if form == "levels":
        gold, said = list(RNG.normal(size=N).round(1)), list(RNG.normal(size=N))
        return gold, said, gold, said, ()
    if form == "open":
        gold, said = sets(), sets()
        return gold, said, gold, said, Lexicon.of({}) if entry.lexicon else ()
    if form == "text" and entry.lexicon:
        gold, said = rationales(module)
        return gold, said, gold, said, ["face", "voice"] if module == "clue_channels" else ()
    texts = ["the lips part", "the brows rise", "a smile"]
    gold, said = some(texts), some(texts)
    return gold, said, gold, said, ()


def same(one: Any, other: Any) -> None:
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), atol=1e-12, equal_nan=True)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from affectbench import evaluate_modules

    return evaluate_modules


@pytest.mark.parametrize("entry", INSTALLED, ids=lambda e: f"{e.forms[0]}-{e.name}")
def test_a_module_gives_what_the_function_gives(entry: Entry, offline) -> None:
    references, predictions, gold, said, names = case(entry)
    form = entry.forms[0]
    found = offline.load(entry.name, names, form).compute(references=references, predictions=predictions)
    sums = entry.load().statistics(gold, said, names)
    from affectbench.metrics.resample import total

    value = np.asarray(entry.finish()(total(sums)), float)
    if entry.per_label:
        same(found[f"{entry.name}_by_label"], value)
        value = np.nanmean(value) if np.isfinite(value).any() else np.array(np.nan)
    same(found[entry.name], value)


def test_they_work_with_combine(offline) -> None:
    import evaluate

    names = ("uar", "accuracy", "macro_f1")
    gold, said = some(LABELS), some(LABELS)
    together = evaluate.combine([offline.load(name, labels=LABELS) for name in names])
    found = together.compute(references=gold, predictions=said)
    assert found == {name: getattr(metrics, name)(gold, said, LABELS) for name in names}
    for g, s in zip(gold, said, strict=True):
        together.add(references=g, predictions=s)
    assert together.compute() == found


def test_several_levels_and_missing_answers(offline) -> None:
    gold, said = RNG.normal(size=(N, 2)), RNG.normal(size=(N, 2))
    found = offline.load("mae").compute(references=gold.tolist(), predictions=said.tolist())
    same(found["mae_by_label"], np.abs(gold - said).mean(axis=0))
    found = offline.load("mae", [(-3.0, 3.0)]).compute(references=[1.0, 0.0], predictions=[float("nan"), 0.0])
    assert found["mae"] == 2.0
    assert offline.load("accuracy", LABELS).compute(references=["joy"], predictions=[""])["accuracy"] == 0.0


def test_an_unknown_metric_is_named(offline) -> None:
    with pytest.raises(KeyError, match="did you mean 'accuracy'"):
        offline.load("acuracy", LABELS)


def test_evaluate_is_imported_late() -> None:
    code = "import sys, affectbench.evaluate_modules, affectbench.metrics; print('evaluate' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# -- plain functions -------------------------------------------------------------------------------------------------


def plain(name: str, form: str) -> tuple[Any, Any, Any]:
    entry = metrics.find(name, form)
    *_, gold, said, names = case(entry)
    return gold, said, names


@pytest.mark.parametrize("name", ["uar", "accuracy", "macro_f1", "recall"])
def test_choices_in_arrays_and_series(name: str) -> None:
    gold, said, labels = plain(name, "choice")
    said[3] = None
    metric = getattr(metrics, name)
    wanted = metric(gold, said, labels)
    same(metric(np.array(gold), np.array(said, object), np.array(labels)), wanted)
    same(metric(pd.Series(gold), pd.Series(said), pd.Series(labels)), wanted)
    index = range(100, 100 + N)  # labels of rows mean nothing
    frame = pd.DataFrame({"gold": gold, "said": said}, index=index).astype("category")
    same(metric(frame["gold"], frame["said"], pd.Index(labels)), wanted)


@pytest.mark.parametrize("name", ["ccc", "mae", "pcc", "sagr"])
def test_numbers_in_arrays_series_and_frames(name: str) -> None:
    metric = getattr(metrics, name)
    gold, said = RNG.normal(size=(N, 2)), RNG.normal(size=(N, 2))
    columns = ["valence", "arousal"]
    same(metric(pd.DataFrame(gold, columns=columns), pd.DataFrame(said, columns=columns)), metric(gold, said))
    one = metric(list(gold[:, 0]), list(said[:, 0]))
    same(metric(pd.Series(gold[:, 0], index=range(5, 5 + N)), pd.Series(said[:, 0])), one)
    same(metric(gold[:, 0], said[:, 0]), one)


@pytest.mark.parametrize("name", ["macro_f1", "jaccard", "hamming", "au_f1"])
def test_sets_in_series_and_tables_of_0_and_1(name: str) -> None:
    metric = getattr(metrics, name)
    gold, said = sets(), sets()
    wanted = metric(gold, said, LABELS)
    same(metric(pd.Series(gold), pd.Series(said), LABELS), wanted)
    tables = [
        pd.DataFrame([[float(x in row) for x in LABELS] for row in rows], columns=LABELS) for rows in (gold, said)
    ]
    same(metric(*(table.to_numpy() for table in tables), LABELS), wanted)
    same(metric(*(table[LABELS[::-1]] for table in tables), LABELS), wanted)


@pytest.mark.parametrize(("name", "form"), [("set_f1", "open"), ("hit", "open"), ("token_f1", "text")])
def test_words_in_arrays_and_series(name: str, form: str) -> None:
    gold, said, _ = plain(name, form)
    metric = getattr(metrics, name)
    wanted = metric(gold, said)
    same(metric(pd.Series(gold), pd.Series(said)), wanted)
    boxed = [np.fromiter(column, object, N) for column in (gold, said)]
    same(metric(*boxed), wanted)


@pytest.mark.parametrize("name", ["vote_accuracy", "kl"])
def test_votes_in_frames(name: str) -> None:
    counts, said = votes(), some(LABELS)
    metric = getattr(metrics, name)
    wanted = metric(named(counts), said, LABELS)
    same(metric(pd.Series(named(counts)), pd.Series(said), LABELS), wanted)
    same(metric(pd.DataFrame(counts, columns=LABELS), said, LABELS), wanted)
