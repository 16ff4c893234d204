"""The transformers backend with a tiny random model: batches change nothing, pictures matter, failures stay apart."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from affectbench.errors import FatalModelError, MediaError, UsageError
from affectbench.types import Decoded, Facts
from tests import tiny
from tests.models.local import ask, card, clip, questions, with_media
from tests.questions import picture, prompt, shown

pytest.importorskip("transformers", reason="the extra hf is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.set_num_threads(1)  # the model is too small to be worth more, and other tests run beside these
    return tiny.idefics3(tmp_path_factory.mktemp("models") / "tiny")


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

    def generate(self: Engine, batch: list[Any]) -> Any:
        if len(batch) > 1 or batch[0].prompt.sample_id == "3":
            raise RuntimeError("no room")
        return whole(self, batch)

    monkeypatch.setattr(Engine, "generate", generate)
    replies = ask(card(folder), *questions(max_tokens=4))
    assert [n for n, reply in enumerate(replies) if reply.error] == [3]
    assert replies[3].error is not None and "no room" in replies[3].error.message


def test_a_batch_that_is_too_large_for_the_memory_is_halved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from affectbench.models.hf_engine import Engine

    whole, sizes = Engine.generate, list[int]()

    def generate(self: Engine, batch: list[Any]) -> Any:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("no room")
        return whole(self, batch)

    alike = [prompt(f"{n:02}", shown(picture((9 * n, 90, 9))), "What?", max_tokens=4) for n in range(12)]
    freely = ask(card(folder), *alike)
    monkeypatch.setattr(Engine, "generate", generate)
    tight = ask(card(folder), *alike)
    assert [reply.text for reply in tight] == [reply.text for reply in freely]
    assert sum(size for size in sizes if size <= 2) == 12
    assert sizes.count(8) <= 1 and sizes[-1] <= 2  # what has failed once is not tried again


def test_one_prompt_that_is_too_large_for_the_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from affectbench.models.hf_engine import Engine

    def generate(self: Engine, batch: list[Any]) -> Any:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(Engine, "generate", generate)
    (reply,) = ask(card(folder), prompt("a"))
    assert reply.error is not None and reply.error.kind == "memory"


def test_a_clip_is_its_frames_and_their_number_counts(folder: Path) -> None:
    clips = [with_media(prompt("a", "What?", max_tokens=6), "frames", clip(n)) for n in (1, 3)]
    one, three = ask(card(folder), *clips)
    assert one.usage and three.usage and one.usage.prompt_tokens and three.usage.prompt_tokens
    assert (
        three.usage.prompt_tokens - one.usage.prompt_tokens == 2 * 7
    )  # four places, two marks and a line's end for each
    same = prompt("b", *(shown(data) for data in clip(3).payload), "What?", max_tokens=6)
    assert ask(card(folder), same)[0].text == three.text


def test_an_answer_ends_before_a_stop(folder: Path) -> None:
    free = ask(card(folder), *questions(max_tokens=10))
    cut = ask(card(folder), *questions(max_tokens=10, stop=("fear", "sur")))
    assert any("fear" in (reply.text or "") for reply in free)
    for whole, part in zip(free, cut, strict=True):
        expected = (whole.text or "").partition("fear")[0].partition("sur")[0]
        assert part.text == expected
        assert part.finish == ("stop" if expected != whole.text else whole.finish)


def test_options_of_loading_are_passed_on(folder: Path) -> None:
    engine = {"dtype": "bfloat16", "attn_implementation": "eager", "device_map": "cpu"}
    (reply,) = ask(card(folder, engine=engine), prompt("a", shown(picture()), "What?", max_tokens=4))
    assert reply.error is None
    from affectbench.models.hf import _KEPT

    (loaded,) = _KEPT.values()
    assert str(loaded._model.dtype) == "torch.bfloat16"
    assert loaded._model.config._attn_implementation == "eager"


def test_a_quantisation_reaches_transformers(folder: Path) -> None:
    engine = {"quantization_config": {"quant_method": "none-such"}}
    with pytest.raises(FatalModelError, match="none-such"):
        ask(card(folder, engine=engine), prompt("a"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"engine": {"dtype": "float99"}}, "no attribute 'float99'"),
        ({"engine": {"max_memory": "3GB"}}, "TypeError"),
        ({"engine": {"attn_implementation": "flash9"}}, "flash9"),
        ({"accepts": ["image", "audio"]}, "hears nothing"),
    ],
)
def test_what_cannot_be_loaded_so_is_told_in_one_line(folder: Path, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(FatalModelError, match=rf"the model could not be loaded: .*{said}"):
        ask(card(folder, **fields), prompt("a"))


def test_weights_that_are_torn(folder: Path, tmp_path: Path) -> None:
    torn = shutil.copytree(folder, tmp_path / "torn")
    (weights,) = torn.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(FatalModelError, match="could not be loaded: SafetensorError"):
        ask(card(torn), prompt("a"))


def test_a_model_without_a_chat_template_is_told_once(folder: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(folder, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(FatalModelError, match="it has no chat template"):
        ask(card(bare), prompt("a"))
    (reply,) = ask(card(bare, engine={"template": {"chat_template": tiny.SEEING}}), prompt("a", max_tokens=4))
    assert reply.error is None


def test_a_card_says_on_how_many_cores_its_model_computes(folder: Path) -> None:
    import torch

    from affectbench.models.hf_engine import THREADS, Engine

    Engine(card(folder, engine={"threads": 1}))
    assert torch.get_num_threads() == 1
    Engine(card(folder))
    assert torch.get_num_threads() == THREADS
    with pytest.raises(UsageError, match="'threads' of the engine is a number of cores, not 'all'"):
        ask(card(folder, engine={"threads": "all"}), prompt("a"))


def test_options_of_options_are_named(folder: Path) -> None:
    for name in ("processor", "template"):
        with pytest.raises(UsageError, match=f"'{name}' of the engine has options of its own"):
            ask(card(folder, engine={name: "3"}), prompt("a"))


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
