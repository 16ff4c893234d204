"""The network that learns is the one that transformers loads: the same numbers, the same tokens, the same folder."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("transformers", reason="the extra hf is not installed")

import torch
from PIL import Image

from affectbench import faces
from affectbench.mini import network, pictures, sight, speech
from affectbench.mini.learning import vocabulary
from affectbench.mini.muon import orthogonal
from affectbench.mini.pictures import Corpus
from affectbench.mini.questions import asked


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return pictures.unseen(0, (6, 1))


@pytest.fixture(scope="module")
def made(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    words = vocabulary(corpus, 0, 3_000)
    model = network.network(words)
    network.prepare(model)
    folder = tmp_path_factory.mktemp("mini") / "model"
    network.save(model, network.processor(words), folder)
    return model.eval(), words, folder


def test_what_is_learnt_from_is_what_the_processor_makes(corpus: Corpus, made: tuple[Any, Any, Path]) -> None:
    model, words, folder = made
    _, processor = network.load(folder)
    for seen in (*corpus.faces[:3], *corpus.films):
        question = asked(seen, Random(2))
        shown = [{"type": "image", "image": Image.fromarray(one)} for one in seen.pictures]
        system = [{"role": "system", "content": question.system}] if question.system else []
        before, after = ({"type": "text", "text": text} for text in (question.before, question.after))
        made_of = processor.apply_chat_template(
            [*system, {"role": "user", "content": [before, *shown, after]}],
            add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt",
        )  # fmt: skip
        prompt, _ = speech.texts(question, len(seen.pictures))
        ids = words(prompt, add_special_tokens=False)["input_ids"]
        assert made_of["input_ids"][0].tolist() == ids
        looks = [(seen, place) for place in range(len(seen.pictures))]
        assert torch.equal(made_of["pixel_values"][0], sight.pixels(looks))
        with torch.no_grad():
            whole = model(**made_of).logits[0, -1]
            eyes = network.look(model, sight.pixels(looks)).flatten(0, 1)
            said = model.model.text_model.embed_tokens(torch.tensor([ids]))
            at = torch.tensor([ids]) == words.convert_tokens_to_ids(network.IMAGE)
            said = said.masked_scatter(at[..., None], eyes)
            own = model.lm_head(model.model.text_model(inputs_embeds=said, use_cache=False).last_hidden_state)[0, -1]
        assert torch.allclose(whole, own, atol=1e-4)


def test_its_size_and_how_it_is_kept(made: tuple[Any, Any, Path]) -> None:
    model, _, folder = made
    assert sum(p.numel() for p in model.parameters()) <= 4_000_000
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 8_000_000
    assert json.loads((folder / "config.json").read_text())["dtype"] == "float32"
    loaded, _ = network.load(folder)
    for name, weights in loaded.state_dict().items():
        assert torch.allclose(weights, model.state_dict()[name], atol=2e-3), name


def test_numbers_and_units_are_tokens(made: tuple[Any, Any, Path]) -> None:
    _, words, _ = made
    assert words.convert_ids_to_tokens(words("valence: -0.6, AU12")["input_ids"])[-3:] == [",", "Ġ", "AU12"]
    assert words.decode(words("AU12, AU1: -0.6 is é 猫 it")["input_ids"]) == "AU12, AU1: -0.6 is é 猫 it"
    assert "-0.6" in words.convert_ids_to_tokens(words("arousal: -0.6")["input_ids"])


def test_landmarks_move_with_the_picture(corpus: Corpus) -> None:
    looks = [(seen, 0) for seen in corpus.faces]
    plain = torch.from_numpy(sight.np.stack([2 * seen.points[0] - 1 for seen in corpus.faces]))
    turned, points = sight.changed(looks, faces.generator(9), len(looks))
    assert turned.shape == (6, 3, pictures.SIDE, pictures.SIDE) and points.shape == plain.shape
    assert turned.min() >= -1 and turned.max() <= 1
    assert not torch.allclose(points, plain, atol=0.02)
    # in a mirror or not, the mouth is below the eyes and a right corner right of a left one
    assert bool((points[:, 16, 0] > points[:, 17, 0]).all()) and bool((points[:, 20, 1] > points[:, 10, 1]).all())


def test_a_matrix_is_made_orthogonal() -> None:
    torch.manual_seed(1)
    for shape in ((40, 20), (20, 40)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert bool((values > 0.6).all()) and bool((values < 1.3).all())


def test_a_number_that_is_near_costs_less_than_one_that_is_far(made: tuple[Any, Any, Path]) -> None:
    _, words, _ = made
    soft = speech.Lesson(words).soft
    half, near, far = words.convert_tokens_to_ids(["0.5", "0.6", "-0.5"])
    assert soft[half, half] > soft[half, near] > soft[half, far] and float(soft[half].sum()) == pytest.approx(1)
    other = words.convert_tokens_to_ids(network.END)
    assert float(soft[other, other]) == 1
