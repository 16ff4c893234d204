"""LiteLLM against the stub on loopback, by its route to OpenAI-compatible servers, and with its errors."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from affectbench import models
from affectbench.errors import FatalModelError, UsageError
from affectbench.models import litellm as backend
from affectbench.specs.model import ModelSpec
from affectbench.types import Asked, Prompt, Response
from tests.flow.flows import affectbench, arguments, colours
from tests.questions import picture, prompt, shown
from tests.stub_server import Plan, StubServer

KEY = "sk-planted-0123456789abcdef"
FACTS = models.TaskFacts(id="t", asked=prompt("a").asked)


def card(server: StubServer | None = None, **fields: Any) -> ModelSpec:
    own = {"name": "small", "backend": "litellm", "id": "openai/m", "base_url": server.url if server else None}
    return ModelSpec.model_validate(own | fields)


def ask(card: ModelSpec, *prompts: Prompt) -> list[Response]:
    async def run() -> list[Response]:
        async with models.build(card, FACTS) as model:
            return list(await asyncio.gather(*map(model.generate, prompts)))

    return asyncio.run(run())


def test_without_the_extra_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
    with pytest.raises(FatalModelError, match=r"pip install 'affectbench\[litellm\]'"):
        ask(card(), prompt("a"))


def test_answers_by_likelihood_are_refused_before_anything_is_asked() -> None:
    likely = Asked(form="choice", options=("a", "b"), score_by="likelihood")
    with pytest.raises(UsageError, match="cannot score answers by likelihood"):
        models.build(card(), models.TaskFacts(id="t", asked=likely))


def test_building_imports_nothing() -> None:
    code = "import sys\nfrom affectbench import models\nfrom affectbench.specs.model import ModelSpec\n"
    code += "from affectbench.types import Asked\nfacts = models.TaskFacts(id='t', asked=Asked(form='choice'))\n"
    code += "models.build(ModelSpec(backend='litellm', id='anthropic/m'), facts)\nassert 'litellm' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_data_of_this_machine_do_not_go_by_litellm() -> None:
    assert not models.stays_here(card(base_url="http://127.0.0.1:1/v1"))
    assert models.stays_here(card(base_url="http://127.0.0.1:1/v1", trusted=True))


@pytest.fixture
def installed() -> None:
    pytest.importorskip("litellm", reason="the extra litellm is not installed")


@pytest.mark.filterwarnings("ignore")  # the library's own
@pytest.mark.usefixtures("installed")
class TestWithTheLibrary:
    def test_the_same_is_sent_and_read_as_by_the_openai_backend(self) -> None:
        asked = prompt("a", "Look: ", shown(data := picture(kind="JPEG")), "What?", max_tokens=7)
        with StubServer() as server:
            (response,) = ask(card(server), asked)
            (other,) = ask(models.parse_name(f"openai:m@{server.url}"), asked)
            sent, reference = server.requests
        assert sent["messages"] == reference["messages"] and len(data) > 100
        assert (sent["model"], sent["max_tokens"], sent["temperature"]) == ("m", 7, 0.0)
        for name in ("text", "finish", "served", "error"):
            assert getattr(response, name) == getattr(other, name)
        assert response.usage is not None and other.usage is not None
        assert response.usage.prompt_tokens == other.usage.prompt_tokens

    def test_money_by_the_card_or_by_litellms_list(self) -> None:
        with StubServer() as server:
            (own,) = ask(card(server, price={"prompt": 1e6, "completion": 0}), prompt("a"))
            (listed,) = ask(card(server, id="openai/gpt-4o"), prompt("a"))
        assert own.usage is not None and own.usage.cost == own.usage.prompt_tokens
        assert listed.usage is not None and listed.usage.cost is not None and 0 < listed.usage.cost < 0.01

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ("400", "bad_request"), ("413", "too_large"), ("context", "too_large"), ("filter", "content_filter"),
            ("429", "rate"), ("500", "server"), ("503", "server"), ("reset", "network"), ("garbage", "bad_reply"),
        ],
    )  # fmt: skip
    def test_failures_have_the_same_kinds(self, fault: str, kind: str) -> None:
        with StubServer(Plan(always=fault)) as server:
            (response,) = ask(card(server), prompt("a"))
            assert server.count["requests"] == 1  # one call is one try
        assert response.error is not None and response.text is None
        assert response.error.kind in (kind, "server" if kind in ("bad_reply", "network") else kind)
        assert response.error.retry_after_s == (0.01 if fault == "429" else None)

    def test_deadline(self) -> None:
        with StubServer(Plan(latency_s=5)) as server:
            (response,) = ask(card(server, settings={"timeout_s": 0.3}), prompt("a"))
        assert response.error is not None and response.error.kind == "timeout"

    @pytest.mark.parametrize(("fault", "advice"), [("401", "does not accept the key"), ("404", "has no model")])
    def test_what_no_call_can_pass(self, fault: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MY_KEY", KEY)
        with StubServer(Plan(always=fault)) as server, pytest.raises(FatalModelError, match=advice) as caught:
            ask(card(server, key_env="MY_KEY"), prompt("a"))
        assert "\n" not in str(caught.value) and server.keys == {f"Bearer {KEY}"}
        assert KEY not in "".join(traceback.format_exception(caught.value))

    def test_a_missing_key_is_told_before_any_call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("ANTHROPIC_API_KEY", "MY_KEY"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(FatalModelError, match="set the environment variable ANTHROPIC_API_KEY"):
            ask(card(id="anthropic/claude-haiku-4-5"), prompt("a"))
        with pytest.raises(FatalModelError, match="set the environment variable MY_KEY"):
            ask(card(id="anthropic/claude-haiku-4-5", key_env="MY_KEY"), prompt("a"))

    def test_a_parameter_that_a_model_does_not_take_stops_the_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MY_KEY", KEY)
        with pytest.raises(FatalModelError, match="does not take a parameter"):
            ask(card(id="openai/gpt-5", key_env="MY_KEY"), prompt("a", temperature=0.5))

    @pytest.mark.usefixtures("no_waiting")
    @pytest.mark.parametrize("fault", ["echo", "echo-503", None])
    def test_a_run_is_sealed_and_holds_no_key(
        self, fault: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OWN_KEY", KEY)
        plugin = colours(tmp_path / "plugin", n=3)
        (plugin / "models").mkdir()
        plan = Plan(always=fault) if fault == "echo" else Plan(faults=0.5 if fault else 0, kinds=(fault or "500",))
        if fault is None:
            plan = Plan(message=lambda _: {"message": {"role": "assistant", "content": f"fear {KEY}"}})
        with StubServer(plan) as server:
            text = f"small: {{backend: litellm, id: openai/m, base_url: '{server.url}', key_env: OWN_KEY}}\n"
            (plugin / "models/own.yaml").write_text(text)
            done = affectbench(*arguments(plugin, "small", tmp_path / "runs", "--json"))
        assert done.json["runs"][0]["n"] == 3
        files = [*tmp_path.rglob("*"), *Path(os.environ["AFFECTBENCH_CACHE"]).rglob("*")]
        assert not [path for path in files if path.is_file() and KEY.encode() in path.read_bytes()]
        assert KEY not in done.out + done.err

    def test_the_import_calls_nobody(self) -> None:
        """With every connection refused, the import neither waits nor complains."""
        code = "import socket\ndef no(*a, **k): raise SystemExit('a connection')\n"
        code += "socket.getaddrinfo = no\nfrom affectbench.models.litellm import _library\n_library()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.filterwarnings("ignore")
def test_the_cards_of_the_catalogue_name_models_that_litellm_knows(installed: None) -> None:
    from affectbench.catalogue import Catalogue

    known = Catalogue()
    library = backend._library()
    for name in known.cards:
        card = known.card(name)
        if card.price is not None:
            listed = library.model_cost[card.id.removeprefix("anthropic/")]
            assert listed["input_cost_per_token"] * 1e6 == pytest.approx(card.price.prompt), name
            assert listed["output_cost_per_token"] * 1e6 == pytest.approx(card.price.completion), name
            assert listed["supports_vision"]
            assert bool(listed.get("supports_audio_input")) == ("audio" in card.accepts), name
            assert bool(listed.get("supports_video_input")) == ("video" in card.accepts), name
