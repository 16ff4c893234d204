"""The shipped model cards, and the names under which a card may be asked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from affectbench import backends, models
from affectbench.catalogue import Catalogue
from affectbench.errors import FileErrors, UsageError
from affectbench.models.names import find
from affectbench.types import Asked, Settings
from tests.flow.flows import affectbench, arguments, colours
from tests.stub_server import StubServer
from tests.test_structure import heavy_imports

KNOWN = Catalogue()
NAMES = sorted(KNOWN.cards)
FACTS = models.TaskFacts(id="t", asked=Asked(form="choice"))
FAMILIES = (
    "qwen2.5-vl", "qwen3-vl", "qwen2.5-omni", "qwen3-omni", "internvl3-", "internvl3.5", "llava-onevision-7b",
    "llava-onevision-1.5", "minicpm-v", "minicpm-o", "smolvlm2", "gemma-3", "phi-4-multimodal", "idefics3",
    "qwen2-audio", "kimi-audio", "gpt-", "gemini-", "claude-", "emotion-llama", "affectgpt", "humanomni", "r1-omni",
    "facellm",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_there(family: str) -> None:
    assert [name for name in NAMES if name.startswith(family)]


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_what_it_takes_and_where_that_is_written(name: str) -> None:
    card = KNOWN.card(name)
    assert card.name == name and card.source is not None
    assert card.source.startswith("https://") or name == "mini"  # which lies beside its card
    assert card.backend in backends.names() and card.accepts
    assert not card.trusted  # that is the user's to say
    hosted = card.backend == "litellm" or (card.backend == "openai" and not card.setup)
    assert hosted == (card.key_env is not None) == (card.price is not None)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_card_says_of_clips_and_training_fits_the_rest_of_it(name: str) -> None:
    card = KNOWN.card(name)
    assert card.frames is None or "video" in card.accepts
    assert len(set(card.trained_on)) == len(card.trained_on)
    assert all(re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", seen) for seen in card.trained_on)  # as data sets are named


def test_what_a_model_saw_is_named_as_its_data_set_is() -> None:
    ours = set(KNOWN.ids("dataset"))
    seen = {name: ours & set(KNOWN.card(name).trained_on) for name in NAMES}
    shared = {name: found for name, found in seen.items() if found}
    assert {name for name in shared if name.startswith("facellm")} == {"facellm-1b", "facellm-8b", "facellm-38b"}
    assert shared["emotion-llama"] == {"mer2023", "merr"} and shared["r1-omni-0.5b"] == {"dfew", "mafw"}


@pytest.mark.parametrize(
    ("name", "frames"),
    [("internvl3-8b", 8), ("internvl3.5-8b", 8), ("llava-onevision-7b", 32), ("affectgpt", 8), ("emotion-llama", 1)],
)
def test_the_frames_of_a_clip_are_those_of_the_authors(name: str, frames: int) -> None:
    assert KNOWN.card(name).frames == frames


@pytest.mark.parametrize("name", ["gpt-5", "gpt-5.5", "gpt-6-sol", "claude-opus-5", "claude-sonnet-5.5"])
def test_a_model_that_takes_one_temperature_alone_is_asked_with_it(name: str) -> None:
    assert KNOWN.card(name).sampling(Settings(temperature=0)).temperature == 1


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-5.4", "claude-opus-4.6", "gemini-2.5-flash"])
def test_the_others_keep_the_temperature_of_the_task(name: str) -> None:
    assert KNOWN.card(name).sampling(Settings(temperature=0)).temperature == 0


def test_a_model_that_needs_a_server_of_ones_own_says_so_and_goes_nowhere_else() -> None:
    cards = [KNOWN.card(name) for name in NAMES]
    for card in (card for card in cards if card.setup):
        assert card.backend == "openai" and card.base_url is None
        with pytest.raises(UsageError) as caught:
            models.build(card, FACTS)
        told = str(caught.value)
        assert card.setup and card.setup in told and "\n" not in told
        assert f"-m {card.name}@http://" in told and "-m replay:" in told


def test_a_card_behind_a_server_runs(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    done = affectbench(*arguments(plugin, "facellm-8b", tmp_path / "runs"))
    assert (done.code, "answers behind a server of your own" in done.err) == (2, True)
    assert not (tmp_path / "runs").exists()
    with StubServer() as server:
        done = affectbench(*arguments(plugin, f"facellm-8b@{server.url}", tmp_path / "runs", "--json"))
        assert {request["model"] for request in server.requests} == {"FaceLLM-8B"}
    assert done.json["runs"][0]["model"] == "facellm-8b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("qwen2.5-vl-7b", ("hf", "Qwen/Qwen2.5-VL-7B-Instruct", None)),
        ("vllm:qwen2.5-vl-7b", ("vllm", "Qwen/Qwen2.5-VL-7B-Instruct", None)),
        ("hf:qwen2.5-vl-7b", ("hf", "Qwen/Qwen2.5-VL-7B-Instruct", None)),
        ("qwen2.5-vl-7b@http://127.0.0.1:8000/v1", ("openai", "Qwen/Qwen2.5-VL-7B-Instruct", "http://127.0.0.1:8000/v1")),
        ("gpt-4o", ("openai", "gpt-4o", None)),
        ("openai:gpt-4o", ("openai", "gpt-4o", "https://api.openai.com/v1")),
    ],
)  # fmt: skip
def test_what_a_name_means(text: str, expected: tuple[object, ...]) -> None:
    card = find(KNOWN, text)
    assert (card.backend, card.id, card.base_url) == expected


def test_the_same_weights_keep_what_they_accept_wherever_they_run() -> None:
    for text in ("vllm:qwen2-audio-7b", "qwen2-audio-7b@http://127.0.0.1:8000/v1"):
        assert find(KNOWN, text).accepts == ("audio",)


def test_neither_key_nor_trust_nor_price_goes_to_another_server(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    own = "own: {backend: openai, id: m, base_url: 'http://10.0.0.1/v1', key_env: K, trusted: true, "
    own += "price: {prompt: 1, completion: 1}}\n"
    (tmp_path / "models/own.yaml").write_text(own)
    known = Catalogue([tmp_path])
    card = find(known, "own@https://elsewhere/v1")
    assert (card.key_env, card.trusted, card.price) == (None, False, None)
    assert find(known, "own@http://10.0.0.1/v1") == known.card("own")
    with pytest.raises(UsageError, match="no user, password"):
        find(known, "own@https://user:secret@elsewhere/v1")


def test_a_pattern_is_read_in_any_case_and_one_that_fits_nothing_is_told() -> None:
    assert "qwen3-vl-8b" in affectbench("models", "list", "Qwen3").out
    assert "goes with 'nothing-such'" in affectbench("models", "list", "nothing-such").out


@pytest.mark.parametrize("name", ["baseline:chance", "replay:answers.csv"])
def test_what_is_sent_nothing_is_not_checked(name: str) -> None:
    done = affectbench("models", "check", name)
    assert (done.code, "is sent nothing" in done.err) == (2, True)


@pytest.mark.parametrize("text", ["qwen2.5-vl-7bb", "gtp-4o", "GPT-4o", "qwen3-vl-8@http://127.0.0.1:8000/v1"])
def test_a_name_that_is_none_brings_near_ones(text: str) -> None:
    with pytest.raises(UsageError, match="did you mean"):
        find(KNOWN, text)


@pytest.mark.parametrize("place", ["127.0.0.1:8000/v1", "localhost", "main"])
def test_a_server_or_a_revision_beside_a_name_is_told_how_it_is_written(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(KNOWN, f"qwen3-vl-8b@{place}")
    assert f"qwen3-vl-8b@http://{place}" in str(caught.value)
    assert f"hf:Qwen/Qwen3-VL-8B-Instruct@{place}" in str(caught.value)


def test_two_cards_of_one_name_are_told_when_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/mine.yaml").write_text("gpt-4o: {backend: openai, id: other}\n")
    known = Catalogue([tmp_path])
    assert find(known, "gpt-4.1").id == "gpt-4.1"
    with pytest.raises(FileErrors, match=r"mine\.yaml"):
        find(known, "gpt-4o")


def test_a_list_is_filtered_and_is_a_document() -> None:
    listed = affectbench("models", "list", "--json").json["models"]
    assert [card["name"] for card in listed] == [
        name for cards in KNOWN.cards.values() for name in [cards[0].fields["name"]]
    ]
    audio = [card["name"] for card in affectbench("models", "list", "audio", "--json").json["models"]]
    assert "qwen2-audio-7b" in audio and "gemma-3-4b" not in audio
    assert "claude" not in affectbench("models", "list", "qwen*").out
    shown = affectbench("models", "show", "r1-omni-0.5b").json
    assert shown["trained_on"] == ["emer", "humanomni", "mafw", "dfew"] and shown["setup"]


def test_a_warm_list_is_light_and_quick() -> None:
    heavy_imports("models", "list")
    names, output = heavy_imports("models", "list")
    assert names == set() and "qwen3-vl-8b" in output
    command = [sys.executable, "-m", "affectbench", "models", "list"]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    assert time.monotonic() - started < 3  # 0.2 s where nothing else runs


def test_one_name_reads_one_file() -> None:
    affectbench("models", "list")
    known = Catalogue()
    known.card("gpt-4o")
    assert [key for key in known._loaded if key[0] == "model"] == [("model", "gpt")]


def test_a_broken_file_of_cards_disables_itself_alone(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/own.yaml").write_text("small: {backend: openai, id: m, pirce: 3}\n")
    done = affectbench("models", "list", "--plugin", tmp_path)
    assert "own.yaml:1:" in done.err and "gpt-4o" in done.out
    assert json.loads(affectbench("models", "list", "--plugin", tmp_path, "--json").out)["models"]


def test_a_folder_has_no_revision(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder has no revisions: leave @v2 out"):
        find(KNOWN, f"hf:{tmp_path}@v2")
