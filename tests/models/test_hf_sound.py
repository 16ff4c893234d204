"""The transformers backend with a tiny random model that hears."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectbench.types import Response
from tests import tiny
from tests.models.local import SCORED, ask, card, tone, with_media
from tests.questions import prompt

pytest.importorskip("transformers", reason="the extra hf is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.set_num_threads(1)
    return tiny.qwen2_audio(tmp_path_factory.mktemp("models") / "tiny")


def tokens(reply: Response) -> int:
    assert reply.usage is not None and reply.usage.prompt_tokens is not None
    return reply.usage.prompt_tokens


def test_what_is_heard_decides_the_answer(folder: Path) -> None:
    asked = prompt("a", "What?", max_tokens=6)
    heard = [with_media(asked, "audio", tone(200 * n)) for n in range(1, 6)]
    *replies, silent = ask(card(folder), *heard, asked)
    assert len({reply.text for reply in replies}) > 2
    assert all(reply.error is None for reply in replies)
    assert {tokens(reply) - tokens(silent) for reply in replies} == {27}  # 25 a second, and two marks


def test_longer_sounds_take_more_tokens_and_two_are_both_heard(folder: Path) -> None:
    asked = prompt("a", "What?", max_tokens=4)
    short, long = (with_media(asked, "audio", tone(300, seconds=s)) for s in (1.0, 2.0))
    both = with_media(short, "audio", tone(500, seconds=2.0))
    one, two, three = map(tokens, ask(card(folder), short, long, both))
    assert (two - one, three - one) == (25, 52)


def test_a_sound_of_another_rate_is_heard_at_the_models_own(folder: Path) -> None:
    asked = prompt("a", "What?", max_tokens=6)
    own, other = (with_media(asked, "audio", tone(300, rate)) for rate in (16_000, 48_000))
    first, second = ask(card(folder), own, other)
    assert (first.text, tokens(first)) == (second.text, tokens(second))


def test_options_are_scored_on_sound(folder: Path) -> None:
    scored = [with_media(prompt("a", "What?", asked=SCORED), "audio", tone(hertz)) for hertz in (200, 900)]
    low, high = ask(card(folder), *scored)
    assert low.candidate_logprobs and high.candidate_logprobs
    assert set(low.candidate_logprobs) == set(SCORED.options)
    assert low.candidate_logprobs != pytest.approx(high.candidate_logprobs, abs=1e-3)
