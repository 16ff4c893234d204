"""A key is in nothing that is written or said, whatever a server does with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import affectbench as ab
from affectbench import api
from affectbench.asking import Asking
from affectbench.errors import FatalModelError, FileErrors
from affectbench.pacing import Retry
from affectbench.specs.base import read_text
from affectbench.specs.model import ModelsSpec
from tests.flow.flows import affectbench, arguments, colours
from tests.stub_server import Plan, StubServer

KEY = 'sk-planted/0123456789"abcdef'
"""With signs that JSON may write in more than one way."""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OWN_KEY", KEY)
    return colours(tmp_path / "plugin")


def card(plugin: Path, server: StubServer) -> None:
    (plugin / "models").mkdir(exist_ok=True)
    text = f"small: {{backend: openai, id: m, base_url: '{server.url}', key_env: OWN_KEY}}\n"
    (plugin / "models/own.yaml").write_text(text)


def written(folder: Path) -> Iterator[Path]:
    """Yield every file of a test and of its cache."""
    for place in (folder, Path(os.environ["AFFECTBENCH_CACHE"])):
        yield from (path for path in place.rglob("*") if path.is_file())


def told(text: str) -> bool:
    """Whether a text holds the key, as it is or as JSON writes it."""
    return KEY in text or json.dumps(KEY)[1:-1] in text or KEY.replace("/", "\\/") in text


def leaks(folder: Path, *texts: str) -> list[str]:
    found = [str(path) for path in written(folder) if told(path.read_bytes().decode("utf-8", "replace"))]
    return found + [text for text in texts if told(text)]


Said = Callable[[dict[str, Any]], dict[str, Any]]


def says(**message: Any) -> Said:
    return lambda _: {"message": {"role": "assistant", "content": "fear", **message}}


ECHOES: dict[str, Plan] = {
    "in its answer": Plan(message=says(content=f"fear, and {KEY}")),
    "in its thoughts": Plan(message=says(reasoning_content=f"I was sent {KEY}")),
    "as a refusal": Plan(message=says(content=None, refusal=f"I will not, {KEY}")),
    "as the way it ended": Plan(message=lambda _: {**says()({}), "finish_reason": KEY}),
    "in an error of one sample": Plan(always="echo"),
    "in errors that pass": Plan(faults=0.5, kinds=("echo-503",)),
    "in something that is no reply": Plan(message=lambda _: {"message": [KEY]}),
}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("how", ECHOES)
def test_a_server_that_sends_the_key_back(
    plugin: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "Asking", partial(Asking, retry=Retry(tries=2, first_s=0.001)))  # of `models check`
    with StubServer(ECHOES[how]) as server:
        card(plugin, server)
        done = affectbench(*arguments(plugin, "small", tmp_path / "runs", "--json"))
        plain = affectbench(*arguments(plugin, "small", tmp_path / "runs"))
        checked = affectbench("models", "check", "small", "--plugin", plugin)
        assert server.keys == {f"Bearer {KEY}"}  # it was really sent
    shown = [affectbench("show", tmp_path / "runs", "--first", "0", *more) for more in ([], ["--json"])]
    assert "small" in shown[0].out
    said = [text for command in (done, plain, checked, *shown) for text in (command.out, command.err)]
    assert leaks(tmp_path, *said) == []


def test_a_key_that_is_refused(plugin: Path, tmp_path: Path) -> None:
    with StubServer(Plan(always="401")) as server:
        card(plugin, server)
        done = affectbench(*arguments(plugin, "small", tmp_path / "runs", "--json"))
        assert done.code == 1 and "OWN_KEY" in done.err
        with pytest.raises(FatalModelError) as caught:
            ab.run("colours", "small", data={"colours": plugin / "data"}, plugins=[plugin], out=tmp_path / "python")
    report = "".join(traceback.format_exception(caught.value))
    assert leaks(tmp_path, done.out, done.err, report, repr(caught.value)) == []


def test_the_loudest_logs_hold_no_key(plugin: Path, tmp_path: Path) -> None:
    with StubServer(Plan(faults=0.3, kinds=("echo-503",))) as server:
        card(plugin, server)
        command = [str(word) for word in arguments(plugin, "small", tmp_path / "runs", "--json")]
        code = "import logging, runpy, sys; logging.basicConfig(level=0); runpy.run_module('affectbench')"
        environment = {**os.environ, "OPENAI_LOG": "debug", "PYTHONASYNCIODEBUG": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code, *command], capture_output=True, text=True, env=environment, check=False
        )
    assert "DEBUG" in done.stderr  # the logs are on
    assert leaks(tmp_path, done.stdout, done.stderr) == []


@pytest.mark.parametrize(
    "engine", ["api_key: sk-1", "extra_headers: {Authorization: Bearer sk-1}", "token: hf_1", "x: {y: {password: p}}"]
)
def test_a_card_may_hold_no_key(engine: str) -> None:
    with pytest.raises(FileErrors, match=r"no key is written in a card.*key_env"):
        read_text(f"m: {{backend: openai, id: x, engine: {{{engine}}}}}\n", ModelsSpec, "f", "f.yaml")


def test_options_that_only_sound_like_keys_are_options() -> None:
    text = "m: {backend: hf, id: x, engine: {pad_token: a, max_tokens: 3, tokenizer: t, trust_remote_code: false}}\n"
    assert len(read_text(text, ModelsSpec, "f").spec.models["m"].engine) == 4
