"""Figures of captions, against the whole of the libraries that count for them, and against hand-made sums."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.errors import DataError, UsageError
from affectbench.metrics import bleu, libraries, plain_bleu, rouge
from affectbench.metrics.resample import total
from affectbench.scoring import Question, score
from affectbench.types import Gold, Sample
from tests.scored import find, replies

sacrebleu = pytest.importorskip("sacrebleu", reason="the extra text is not installed")
rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer", reason="the extra text is not installed")

EXACT = 1e-12
WORDS = ["She", "smiles", "smiled", "brows", "raised", "raising", "the", "lips", "part.", "happily,", "AU12", "笑"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
pairs = st.lists(st.tuples(texts, texts), min_size=1, max_size=6)
EXAMPLES = settings(deadline=None, max_examples=60)


@EXAMPLES
@given(pairs)
def test_rouge_is_that_of_the_library(rows: list[tuple[str, str]]) -> None:
    names = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
    scorer = rouge_scorer.RougeScorer(list(names.values()), use_stemmer=True)
    each = [scorer.score(gold, said) for gold, said in rows]
    for ours, theirs in names.items():
        value = getattr(metrics, ours)(*zip(*rows, strict=True))
        assert value == pytest.approx(np.mean([one[theirs].fmeasure for one in each]), abs=EXACT)


@EXAMPLES
@given(pairs)
def test_bleu_and_chrf_are_those_of_the_library(rows: list[tuple[str, str]]) -> None:
    gold, said = (list(column) for column in zip(*rows, strict=True))
    each = [sacrebleu.sentence_bleu(b, [a]).score / 100 for a, b in rows]
    assert metrics.bleu4(gold, said) == pytest.approx(np.mean(each), abs=EXACT)
    assert metrics.corpus_bleu4(gold, said) == pytest.approx(sacrebleu.corpus_bleu(said, [gold]).score / 100, abs=EXACT)
    each = [sacrebleu.sentence_chrf(b, [a]).score / 100 for a, b in rows]
    assert metrics.chrf(gold, said) == pytest.approx(np.mean(each), abs=EXACT)


@EXAMPLES
@given(pairs)
def test_unsmoothed_bleu_is_that_of_nltk(rows: list[tuple[str, str]]) -> None:
    translate = pytest.importorskip("nltk.translate.bleu_score", reason="nltk is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nltk says that a missing n-gram makes the score 0
        each = [translate.sentence_bleu([a.split()], b.split()) for a, b in rows]
    assert metrics.bleu4_unsmoothed(*zip(*rows, strict=True)) == pytest.approx(np.mean(each), abs=EXACT)


def test_bleu_by_hand() -> None:
    """Said 5 words of 6: 4 of 5 words, 2 of 4 pairs, 1 of 3 threes, none of 2 fours, halved: 1/4."""
    gold, said = "she smiles and looks away now", "she smiles and walks away"
    wanted = (4 / 5 * 2 / 4 * 1 / 3 * 0.5 / 2) ** 0.25 * math.exp(1 - 6 / 5)
    assert metrics.bleu4([gold], [said]) == pytest.approx(wanted, abs=EXACT)
    assert metrics.bleu4_unsmoothed([gold], [said]) == 0
    assert metrics.bleu4_unsmoothed([gold], [gold]) == 1
    assert plain_bleu.plain_bleu(list("abcde"), list("abcd")) == pytest.approx(math.exp(-1 / 4))


def test_a_missing_answer_shortens_no_text() -> None:
    """Beside a long answer the brevity of none would go unpunished, so none is as long as gold, and wrong."""
    gold = ["the lips part a little", "the brows go up"]
    with_wrong = metrics.corpus_bleu4(gold, [gold[0], "x y z w"])
    assert 0 < with_wrong < 1
    for nothing in (None, "", " \n"):
        assert metrics.corpus_bleu4(gold, [gold[0], nothing]) == pytest.approx(with_wrong)
        for name in ("bleu4", "bleu4_unsmoothed", "chrf", "rouge_1", "rouge_2", "rouge_l"):
            assert getattr(metrics, name)(gold, [gold[0], nothing]) == pytest.approx(0.5, abs=EXACT), name


def test_corpus_bleu_of_many_sums_at_once_is_that_of_each() -> None:
    rng = np.random.default_rng(0)
    gold, said = ([" ".join(rng.choice(WORDS, 9)) for _ in range(30)] for _ in range(2))
    rows = bleu.statistics(gold, said)
    times = rng.poisson(1.0, (20, 30)).astype(float)
    for one, value in zip(times, bleu.corpus_bleu4(times @ rows), strict=True):
        drawn = [place for place, often in enumerate(one) for _ in range(int(often))]
        theirs = sacrebleu.corpus_bleu([said[i] for i in drawn], [[gold[i] for i in drawn]]).score / 100
        assert value == pytest.approx(theirs, abs=EXACT)
    assert np.isnan(bleu.corpus_bleu4(total(rows, np.zeros(30))))


def test_rouge_l_stems_and_knows_no_sign_but_a_to_z_and_digits() -> None:
    assert metrics.rouge_l(["she smiled"], ["she smiles"]) == 1
    assert metrics.token_f1(["she smiled"], ["she smiles"]) == 0.5
    assert metrics.token_f1(["眉毛上扬"], ["眉毛上扬"]) == 1
    assert metrics.rouge_l(["眉毛上扬"], ["眉毛上扬"]) == 0
    assert metrics.rouge_l(["naïve"], ["na ve"]) == 1
    assert metrics.rouge_l(["the lips part"], ["part lips the"]) == pytest.approx(1 / 3, abs=EXACT)


def test_gold_that_rouge_cannot_read_is_said_before_anything_is_scored() -> None:
    question = Question(form="text", metrics=("rouge_l", "chrf"), main="rouge_l")
    samples = [Sample(id="s0", gold=Gold(text="她笑了")), Sample(id="s1", gold=Gold(text="a smile"))]
    with pytest.raises(
        DataError, match=r"rouge_l needs gold with Latin letters or digits.* 1 samples, the first is 's0'"
    ):
        score(question, samples, [])
    assert not rouge.readable("她笑了")


def test_intervals_groups_and_baselines_stand_beside_every_figure() -> None:
    entries = (metrics.find(name, "text") for name in metrics.names("text"))
    names = tuple(entry.name for entry in entries if not entry.lexicon and not entry.network)
    samples = [
        Sample(id=f"s{i}", gold=Gold(text=" ".join(f"{w}{i}" for w in WORDS[:7])), group={"voice": "ab"[i % 2]})
        for i in range(40)
    ]
    question = Question(form="text", metrics=names, main="rouge_l", resamples=50)
    said = [sample.gold.text if i % 3 else "he smiles4 a bit" for i, sample in enumerate(samples)]
    results = score(question, samples, replies(said))
    for name in names:
        found = find(results, name)
        assert found.low is not None and found.high is not None, name
        assert 0 < found.low < found.value < found.high <= 1, name
        assert results.baselines["chance"][name] < found.value, name
    assert {(one.metric, one.group.value) for one in results.scores if one.group} == {
        ("rouge_l", "a"),
        ("rouge_l", "b"),
    }
    assert results.above["holds"]


def test_without_the_library_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"metric 'rouge_l': rouge-score is not installed: pip .*affectbench\[text\]"):
        Question(form="text", metrics=("token_f1", "rouge_l"), main="token_f1")
    assert Question(form="text", metrics=("token_f1", "bleu4_unsmoothed"), main="token_f1").entries()

    def gone(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(libraries, "import_module", gone)
    bleu._bleu.cache_clear()
    bleu.counted.cache_clear()
    with pytest.raises(UsageError, match=r"sacrebleu is not installed: pip install 'affectbench\[text\]'"):
        _ = metrics.bleu4(["a smile"], ["a frown"])
    with pytest.raises(UsageError, match="cannot be imported, though numpy is installed"):
        monkeypatch.setattr(libraries, "absence", lambda library: "")
        libraries.load("numpy", "numpy.nothing")
