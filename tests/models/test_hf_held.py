"""The transformers backend: answers held to the options, and options scored by how likely they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectbench.types import Prompt
from tests import tiny
from tests.models.local import HELD, SCORED, WORDS, ask, card, questions
from tests.questions import picture, prompt, shown

pytest.importorskip("transformers", reason="the extra hf is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.set_num_threads(1)
    return tiny.idefics3(tmp_path_factory.mktemp("models") / "tiny")


def likelihood(folder: Path, asked: Prompt, label: str) -> float:
    """The log-probability of a label, by one plain pass of the model over the prompt with the label."""
    import torch
    from transformers import AutoProcessor, Idefics3ForConditionalGeneration

    from affectbench.models.hf_messages import messages

    processor = AutoProcessor.from_pretrained(folder)
    model = Idefics3ForConditionalGeneration.from_pretrained(folder).eval()
    inputs = processor.apply_chat_template(
        messages(asked, rate=None, native=False), add_generation_prompt=True, tokenize=True, return_dict=True,
        return_tensors="pt",
    )  # fmt: skip
    tokens = torch.tensor([processor.tokenizer(label, add_special_tokens=False)["input_ids"]])
    begin = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], tokens], dim=1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    with torch.no_grad():
        steps = model(**inputs).logits[0, begin - 1 : -1].log_softmax(dim=-1)
    return float(steps.gather(1, tokens[0][:, None]).sum())


def test_what_is_held_to_the_options_says_one_of_them(folder: Path) -> None:
    free = ask(card(folder), *questions(max_tokens=10))
    held = ask(card(folder), *questions(HELD, max_tokens=10))
    assert not {reply.text for reply in free} <= set(WORDS)
    assert {reply.text for reply in held} <= set(WORDS)
    assert len({reply.text for reply in held}) > 1
    assert {reply.finish for reply in held} == {"stop"}


def test_options_that_begin_alike_can_all_be_said() -> None:
    import torch

    from affectbench.models.hf_engine import _only

    sad, sadness, anger, end = [5], [5, 6], [7], [0]
    allowed = _only([[[*label, *end] for label in (sad, sadness, anger)]], 2, end)
    after = [allowed(0, torch.tensor([1, 1, *said])) for said in ([], [5], [5, 6], [7], [5, 0], [5, 0, 9])]
    assert after == [[5, 7], [0, 6], end, end, end, end]


def test_the_likelihood_of_each_option_is_that_of_its_tokens(folder: Path) -> None:
    import dataclasses

    asked = dataclasses.replace(SCORED, options=("happiness", "joyful", "sad"))  # of one, six and three tokens
    faces = [shown(picture((90 * n, 30, 30), (24, 20 + n))) for n in range(2)]
    prompts = [prompt("one", faces[0], "What?", asked=asked), prompt("two", *faces, "What?", asked=asked)]
    for reply, of in zip(ask(card(folder), *prompts), prompts, strict=True):
        assert reply.candidate_logprobs is not None and reply.usage is not None
        expected = {label: likelihood(folder, of, label) for label in asked.options}
        assert reply.candidate_logprobs == pytest.approx(expected, abs=1e-4)
        assert reply.text == max(expected, key=expected.__getitem__)
        assert reply.usage.completion_tokens == 10


def test_the_likelihoods_do_not_depend_on_the_batch(folder: Path) -> None:
    one, many = (ask(card(folder, settings={"batch_size": n}), *questions(SCORED)) for n in (1, 8))
    assert len({reply.text for reply in one}) > 1
    for alone, together in zip(one, many, strict=True):
        assert alone.candidate_logprobs == pytest.approx(together.candidate_logprobs, abs=1e-4)
