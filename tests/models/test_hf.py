"""The transformers backend with a tiny random model: batches change nothing, pictures matter, failures stay apart."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from affectbench import models
from affectbench.errors import FatalModelError, MediaError, UsageError
from affectbench.specs.model import ModelSpec
from affectbench.types import Decoded, Facts, Prompt, Response
from tests import tiny
from tests.questions import picture, prompt, shown

pytest.importorskip("transformers", reason="the extra hf is not installed")
FACTS = models.TaskFacts(id="t", asked=prompt("a").asked)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.set_num_threads(1)  # the model is too small to be worth more, and other tests run beside these
    return tiny.idefics3(tmp_path_factory.mktemp("models") / "tiny")


def card(folder: Path, **fields: Any) -> ModelSpec:
    return ModelSpec.model_validate(models.parse_name(f"hf:{folder}").model_dump() | fields)


def ask(card: ModelSpec, *prompts: Prompt) -> list[Response]:
    async def run() -> list[Response]:
        async with models.build(card, FACTS) as model:
            return list(await asyncio.gather(*map(model.generate, prompts)))

    return asyncio.run(run())


def questions(**settings: Any) -> list[Prompt]:
    """Prompts of different pictures, shapes, lengths, and numbers of pictures."""
    faces = [shown(picture((40 * n % 256, 90, 9 * n), (24, 20 + n % 3))) for n in range(12)]
    asked = [prompt(f"{n}", face, "What is it?" + "!" * (n % 2), **settings) for n, face in enumerate(faces)]
    both = prompt("both", *faces[:2], "And these?", **settings)
    return [*asked, both, prompt("none", "Only words.", **settings)]


def test_a_batch_answers_as_one_by_one(folder: Path) -> None:
    one, many = (ask(card(folder, settings={"batch_size": size}), *questions(max_tokens=10)) for size in (1, 8))
    assert [reply.text for reply in one] == [reply.text for reply in many]
    assert len({reply.text for reply in one}) > 5  # the pictures matter
    assert all(reply.error is None for reply in many)


def test_what_a_reply_says(folder: Path) -> None:
    seen, words = ask(card(folder), prompt("a", shown(picture()), "What?"), prompt("b", "What?"))
    assert seen.usage is not None and words.usage is not None
    assert seen.usage.prompt_tokens - words.usage.prompt_tokens >= 4  # type: ignore[operator]
    assert seen.served == "tiny" and seen.seconds is not None


def test_an_answer_ends_by_itself_or_at_its_limit(folder: Path) -> None:
    long = ask(card(folder), *questions(max_tokens=60))
    short = ask(card(folder), *questions(max_tokens=2))
    assert {"stop", "length"} <= {reply.finish for reply in (*long, *short)}
    for whole, cut in zip(long, short, strict=True):
        assert whole.usage is not None and cut.usage is not None
        assert (whole.text or "").startswith(cut.text or "")
        assert (cut.usage.completion_tokens == 2) or (cut.finish, cut.text) == ("stop", whole.text)


def test_samples_are_drawn_by_their_own_seed(folder: Path) -> None:
    drawn = questions(max_tokens=8, temperature=1.0, seed=3)
    first, turned = ask(card(folder), *drawn), ask(card(folder), *reversed(drawn))
    assert [reply.text for reply in first] == [reply.text for reply in reversed(turned)]
    other = ask(card(folder), *questions(max_tokens=8, temperature=1.0, seed=4))
    assert [reply.text for reply in first] != [reply.text for reply in other]


def test_only_the_guilty_sample_bears_a_failure(folder: Path) -> None:
    broken = prompt("broken", "an <image> that is not there")
    good, bad, also = ask(card(folder), prompt("a", "One."), broken, prompt("b", "Two."))
    assert good.error is None and also.error is None
    assert bad.error is not None and bad.error.kind == "bad_request"


def test_a_batch_that_fails_is_computed_one_by_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from affectbench.models.hf_engine import Engine

    whole = Engine.generate

    def generate(self: Engine, batch: list[Any], first: Prompt) -> Any:
        if len(batch) > 1 or first.sample_id == "3":
            raise RuntimeError("no room")
        return whole(self, batch, first)

    monkeypatch.setattr(Engine, "generate", generate)
    replies = ask(card(folder), *questions(max_tokens=4))
    assert [n for n, reply in enumerate(replies) if reply.error] == [3]
    assert replies[3].error is not None and "no room" in replies[3].error.message


def test_torn_pixels_are_a_media_error(folder: Path) -> None:
    data = picture(size=(200, 150), kind="JPEG")
    torn = Decoded(facts=Facts(name="face", kind="image", source="a.jpg"), payload=(data[: len(data) // 2],))
    with pytest.raises(MediaError):
        ask(card(folder), prompt("a", torn))


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(FatalModelError, match="could not be loaded"):
        ask(card(tmp_path), prompt("a"))


def test_a_folder_that_is_not_there_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        ask(card(tmp_path / "none"), prompt("a"))


def test_the_extra_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "affectbench.models.hf_engine", raising=False)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(FatalModelError, match=r"pip install 'affectbench\[hf\]'"):
        ask(card(folder), prompt("a"))
