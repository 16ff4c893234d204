"""Model names and cards: what is typed becomes a card, and a card says where data go and what decides its answers."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from affectbench import backends, models
from affectbench.errors import FileErrors, UsageError
from affectbench.specs.base import read_text
from affectbench.specs.model import ModelsSpec
from affectbench.types import Asked, Settings

FACTS = models.TaskFacts(id="t", asked=Asked(form="choice"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("openai:gpt-x@https://server/v1", ("openai", "gpt-x", None, "https://server/v1")),
        ("openai:gpt-x", ("openai", "gpt-x", None, "https://api.openai.com/v1")),
        ("openai:llava:7b@http://localhost:11434/v1/", ("openai", "llava:7b", None, "http://localhost:11434/v1")),
        ("openai:@cf/Org/M@http://127.0.0.1:1/v1", ("openai", "@cf/Org/M", None, "http://127.0.0.1:1/v1")),
        ("openai:m@HTTPS://server/v1", ("openai", "m", None, "HTTPS://server/v1")),
        ("litellm:vertex_ai/m@2025", ("litellm", "vertex_ai/m@2025", None, None)),
        ("hf:./folder@rev", ("hf", "./folder", "rev", None)),
        ("hf:Org/Model", ("hf", "Org/Model", None, None)),
        ("replay:a@b.csv", ("replay", "a@b.csv", None, None)),
        ("baseline:majority", ("baseline", "majority", None, None)),
    ],
)
def test_a_name_becomes_a_card(text: str, expected: tuple[object, ...]) -> None:
    card = models.parse_name(text)
    assert (card.backend, card.id, card.revision, card.base_url) == expected
    assert card.name == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("opnai:m", "did you mean 'openai'"),
        ("majority", "backend:id"),
        ("openai:", "backend:id"),
        ("openai:@https://server/v1", "names no model"),
        ("openai:m@localhost:8000/v1", "http:// or https://"),
        ("openai:m@server.example.org/v1", "openai:m@http://server.example.org/v1"),
        ("vllm:m@localhost:8000/v1", "openai:m@http://localhost:8000/v1"),
        ("vllm:m@http://localhost:8000/v1", "a server is asked by openai:m@http://localhost:8000/v1"),
        ("openai:m@https://user:secret@server/v1", "no user, password"),
        ("baseline:most", "there is no baseline 'most'"),
        ("hf:x", "no option 'dtpye'; did you mean 'dtype'"),
    ],
)
def test_a_name_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        card = models.parse_name(text)
        models.build(card.model_copy(update={"engine": {"dtpye": "float16"}}), FACTS)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("hf:Org/Model", True),
        ("baseline:chance", True),
        ("openai:m@http://127.0.0.1:8000/v1", True),
        ("openai:m@http://[::1]:8000/v1", True),
        ("openai:m@http://localhost:8000/v1", True),
        ("openai:m@http://localhost.example.org/v1", False),
        ("openai:m@http://10.0.0.1/v1", False),
        ("openai:m", False),
    ],
)
def test_where_data_go(text: str, stays: bool) -> None:
    card = models.parse_name(text)
    assert models.stays_here(card) is stays
    assert models.stays_here(card.model_copy(update={"trusted": True}))


def test_a_backend_of_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    point = SimpleNamespace(
        name="mine", load=lambda: lambda card, facts: built.append((card, facts)), dist=SimpleNamespace(version="3")
    )
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point] if group == backends.GROUP else [])
    card = models.parse_name("mine:thing")
    models.build(card, FACTS)
    assert built == [(card, FACTS)]
    assert not models.stays_here(card)
    with pytest.raises(UsageError, match="did you mean 'mine'"):
        models.parse_name("mime:thing")


def test_a_folder_is_known_by_its_content(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
    card = models.parse_name(f"hf:{tmp_path}/one")
    same = models.identity(card)
    assert models.identity(models.parse_name(f"hf:{tmp_path}/two")) == same
    (tmp_path / "two" / "model.safetensors").write_bytes(b"Weights")
    assert models.identity(models.parse_name(f"hf:{tmp_path}/two")) != same
    assert models.identity(card.model_copy(update={"revision": "r"})) != same
    assert models.identity(card.model_copy(update={"name": "other"})) == same
    assert models.identity(card.model_copy(update={"accepts": ("image", "video")})) != same  # frames go in otherwise


def test_large_weights_are_known_by_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_WHOLE", 1000)
    monkeypatch.setattr(models, "_PIECE", 10)
    path = tmp_path / "weights"
    path.write_bytes(bytes(100_000))
    same = models.identity(models.parse_name(f"hf:{path}"))
    path.write_bytes(bytes(50_000) + b"\1" * 3000 + bytes(47_000))
    assert models.identity(models.parse_name(f"hf:{path}")) != same


CARDS = """
title: A family
qwen-3b: {backend: hf, id: Qwen/Q-3B, revision: "007", engine: {dtype: bfloat16, attn_implementation: sdpa}}
qwen-api:
  backend: openai
  id: qwen
  base_url: https://server/v1/
  accepts: [image, video]
  settings: {temperature: 0.5, in_flight: 4}
  engine: {top_p: 0.9, flags: [yes, 1, true]}
  price: {prompt: 2, completion: 8}
  trusted: true
"""


def test_a_file_of_cards() -> None:
    cards = read_text(CARDS, ModelsSpec, "family").spec.models
    assert list(cards) == ["qwen-3b", "qwen-api"]
    assert (cards["qwen-3b"].name, cards["qwen-3b"].revision, cards["qwen-3b"].accepts) == (
        "qwen-3b",
        "007",
        ("image",),
    )
    api = cards["qwen-api"]
    assert (api.base_url, api.trusted, api.settings.in_flight) == ("https://server/v1", True, 4)
    assert api.engine == {"top_p": 0.9, "flags": ["yes", 1, True]}
    usage = api.usage(1_000_000, 500_000)
    assert usage is not None and usage.cost == 6.0
    assert api.usage(None, None) is None
    assert api.sampling(Settings(max_tokens=9)) == Settings(max_tokens=9, temperature=0.5)
    assert cards["qwen-3b"].sampling(Settings()) == Settings()


def test_faults_of_a_card_are_located() -> None:
    text = (
        "m:\n  backend: openai\n  id: x\n  base_url: ftp://server\n  prise: 3\n  price: {prompt: -1, completion: 1}\n"
    )
    with pytest.raises(FileErrors) as caught:
        read_text(text, ModelsSpec, "f", "f.yaml")
    lines = str(caught.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["f.yaml:4:3:", "f.yaml:5:3:", "f.yaml:6:11:"]
    assert "begins with http" in lines[0] and "'prise'; did you mean 'price'" in lines[1]
