"""BERTScore: by hand on given vectors, and through a small network of RoBERTa's kind; absent weights are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from affectbench import metrics
from affectbench.errors import UsageError
from affectbench.metrics import token_vectors
from affectbench.metrics.resample import total
from affectbench.metrics.token_vectors import matched
from affectbench.scoring import Question, score
from affectbench.types import Gold, Sample
from tests.scored import find, replies

GOLD = ["she smiles and her brows are raised", "his lips part", "happily smiling with raised cheeks"]
SAID = ["her brows are raised", None, "happily smiling with raised cheeks"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network of random weights that reads and names itself as RoBERTa-large does."""
    torch = pytest.importorskip("torch", reason="the extra hf is not installed")
    transformers = pytest.importorskip("transformers", reason="the extra hf is not installed")
    from tokenizers import ByteLevelBPETokenizer

    place = tmp_path_factory.mktemp("roberta")
    words = ByteLevelBPETokenizer()
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    words.train_from_iterator([*GOLD * 20], vocab_size=320, min_frequency=1, special_tokens=marks)
    words.save_model(str(place))
    tokenizer = transformers.RobertaTokenizerFast.from_pretrained(str(place), model_max_length=512)
    tokenizer.save_pretrained(place)
    torch.manual_seed(0)
    config = transformers.RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=514, initializer_range=0.3, bos_token_id=0, pad_token_id=1, eos_token_id=2,
    )  # fmt: skip
    transformers.RobertaForMaskedLM(config).save_pretrained(place)
    return place


@pytest.fixture
def small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The small network in the place of the large one."""
    monkeypatch.setenv(token_vectors.PLACE, str(folder))
    monkeypatch.setattr(token_vectors, "SHAPE", {"model_type": "roberta", "num_hidden_layers": 3})
    monkeypatch.setattr(token_vectors, "LAYER", 2)
    token_vectors.encoder.cache_clear()
    yield folder
    token_vectors.encoder.cache_clear()


def test_tokens_are_matched_with_the_nearest_and_edges_are_no_tokens() -> None:
    edge, one, two, between = np.eye(3)[2], np.eye(3)[0], np.eye(3)[1], np.array([0.6, 0.8, 0.0])
    gold, said = np.array([edge, one, two, edge]), np.array([edge, between, edge])
    assert matched(gold, said) == pytest.approx((0.8, 0.7, 2 * 0.8 * 0.7 / 1.5))
    assert matched(gold, gold) == (1.0, 1.0, 1.0)
    far = np.array([edge, -one, edge])  # nearer to the end of gold than to its word
    assert matched(np.array([edge, one, edge]), far) == (0.0, 0.0, 0.0)


def test_equal_texts_are_1_and_no_answer_is_0(small: Path) -> None:
    rows = token_vectors.statistics(GOLD, SAID)
    assert rows[1].tolist() == [1, 0, 0, 0]
    assert rows[2] == pytest.approx([1, 1, 1, 1], abs=1e-5)
    assert 0 < rows[0, token_vectors.PRECISION] < 1
    assert metrics.bertscore(GOLD, SAID) == pytest.approx(rows[:, token_vectors.F1].mean())
    assert metrics.bertscore_recall(GOLD, SAID) == pytest.approx(
        float(token_vectors.bertscore_recall(total(rows)).item())
    )
    assert token_vectors.statistics(["  "], ["a"]).tolist() == [[1, 0, 0, 0]]
    with pytest.raises(ValueError, match="3 gold texts, but 1 predictions"):
        token_vectors.statistics(GOLD, ["a"])


def test_a_text_reads_the_same_in_any_company(small: Path) -> None:
    alone = token_vectors.encoder().vectors([GOLD[1]])[0]
    token_vectors.encoder.cache_clear()
    among = token_vectors.encoder().vectors([*GOLD, " ".join(GOLD * 200)])
    assert among[1] == pytest.approx(alone, abs=1e-5)
    assert len(among[3]) == token_vectors.LONGEST
    assert np.linalg.norm(among[0], axis=1) == pytest.approx(1, abs=1e-5)


def test_what_is_kept_has_an_end(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = token_vectors.statistics(GOLD * 4, [text and f"{text} {i}" for i, text in enumerate(SAID * 4)])
    monkeypatch.setattr(token_vectors, "KEPT", 4)
    token_vectors.encoder.cache_clear()
    assert token_vectors.statistics(
        GOLD * 4, [text and f"{text} {i}" for i, text in enumerate(SAID * 4)]
    ) == pytest.approx(whole, abs=1e-5)
    assert len(token_vectors.encoder()._kept) <= 4


def test_it_scores_a_task_with_intervals_and_guesses(small: Path) -> None:
    asked = Question(form="text", metrics=("bertscore", "token_f1"), main="bertscore", resamples=50)
    samples = [Sample(id=f"s{i}", gold=Gold(text=text)) for i, text in enumerate(GOLD)]
    results = score(asked, samples, replies(SAID))
    found = find(results, "bertscore")
    assert found.low <= found.value <= found.high
    assert find(results, "bertscore", over="ok").value > found.value
    assert 0 < results.baselines["chance"]["bertscore"] < 1


def test_weights_that_are_absent_or_others_are_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> str:
        with pytest.raises(UsageError) as caught:
            Question(form="text", metrics=("bertscore", "bertscore_recall"), main="bertscore")
        return str(caught.value)

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv(token_vectors.PLACE, str(tmp_path / "nowhere"))
    assert refused() == (
        f"metric 'bertscore': there is no folder {tmp_path / 'nowhere'}: AFFECTBENCH_BERTSCORE names the folder of "
        "roberta-large, or it lies in the cache of Hugging Face's hub"
    )
    monkeypatch.setenv(token_vectors.PLACE, str(tmp_path))
    assert "the weights of roberta-large are not at hand" in refused()
    monkeypatch.setenv(token_vectors.PLACE, str(folder))
    assert "does not hold roberta-large as it was pretrained: num_hidden_layers 3, hidden_size 32" in refused()
