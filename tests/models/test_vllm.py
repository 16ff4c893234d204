"""vLLM with a tiny random model: its engine and its server. `tests/vllm_cpu.sh` runs this in an environment of its own.

Whatever it does is compared with transformers in the same environment, on the same weights.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from affectbench import mini, models
from affectbench.errors import FatalModelError, UsageError
from affectbench.types import Prompt, Response
from tests import tiny
from tests.models import local
from tests.models.local import HELD, SCORED, WORDS, clip, questions, with_media
from tests.questions import picture, prompt, shown
from tests.served import serving

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets of the engine
HERE = pytest.mark.skipif(not os.environ.get("AFFECTBENCH_VLLM"), reason="needs vllm: run tests/vllm_cpu.sh")
ENGINE = {"enforce_eager": True, "dtype": "float32", "max_model_len": 1024, "max_num_seqs": 8}
JSON = dataclasses.replace(HELD, constrain="json")
DRAWN = {"max_tokens": 8, "temperature": 1.0}


def card(folder: Path, **engine: Any) -> Any:
    return local.card(folder).model_copy(update={"backend": "vllm", "engine": {**ENGINE, **engine}})


def test_a_card_may_not_say_what_the_task_says(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="limit_mm_per_prompt"):
        models.build(card(tmp_path, limit_mm_per_prompt={"image": 9}), local.FACTS)


def test_a_folder_that_is_not_there_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        models.build(card(tmp_path / "none"), local.FACTS)


@pytest.mark.skipif(bool(os.environ.get("AFFECTBENCH_VLLM")), reason="vllm is here")
def test_without_vllm_the_run_says_what_to_install(tmp_path: Path) -> None:
    async def enter() -> None:
        async with models.build(card(tmp_path), local.FACTS):
            pass

    with pytest.raises(FatalModelError, match=r"pip install 'affectbench\[gpu\]'"):
        asyncio.run(enter())


PROMPTS: dict[str, list[Prompt]] = {
    "free": questions(max_tokens=10),
    "frames": [with_media(prompt("clip", "What?", max_tokens=6), "frames", clip(3))],
    "held": questions(HELD, max_tokens=10),
    "json": questions(JSON, max_tokens=60)[:4],
    "scored": questions(SCORED)[:4] + questions(SCORED)[-2:],
    "stopped": questions(max_tokens=10, stop=("fear", "sur")),
    "too many": [prompt("four", *(shown(picture((9 * n, 9, 9))) for n in range(4)), "What?")],
    "drawn": questions(seed=3, **DRAWN),
    "drawn again": list(reversed(questions(seed=3, **DRAWN))),
    "drawn otherwise": questions(seed=4, **DRAWN),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.idefics3(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def replies(folder: Path) -> dict[str, list[Response]]:
    """All prompts of this module, asked at once of one engine, which takes a minute to load."""

    async def run() -> dict[str, list[Response]]:
        async with models.build(card(folder), local.FACTS) as model:
            every = [asyncio.gather(*map(model.generate, prompts)) for prompts in PROMPTS.values()]
            return dict(zip(PROMPTS, map(list, await asyncio.gather(*every)), strict=True))

    return asyncio.run(run())


def transformers(folder: Path, *prompts: Prompt) -> list[Response]:
    return local.ask(local.card(folder), *prompts)


@HERE
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["free", "frames", "held", "stopped"])
def test_greedy_answers_are_those_of_transformers(folder: Path, replies: dict[str, list[Response]], kind: str) -> None:
    for ours, theirs in zip(transformers(folder, *PROMPTS[kind]), replies[kind], strict=True):
        assert (theirs.text, theirs.finish, theirs.error) == ((ours.text or "").rstrip("\ufffd"), ours.finish, None)
        assert theirs.usage is not None and ours.usage is not None
        assert theirs.usage.prompt_tokens == ours.usage.prompt_tokens


@HERE
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_likelihoods_are_those_of_transformers(folder: Path, replies: dict[str, list[Response]]) -> None:
    for ours, theirs in zip(transformers(folder, *PROMPTS["scored"]), replies["scored"], strict=True):
        assert theirs.error is None and ours.candidate_logprobs is not None
        assert theirs.candidate_logprobs == pytest.approx(ours.candidate_logprobs, abs=1e-3)
        assert (theirs.text, theirs.usage) == (ours.text, ours.usage)


@HERE
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_answers_are_held_to_json(replies: dict[str, list[Response]]) -> None:
    for reply in replies["json"]:
        assert json.loads(reply.text or "")["answer"] in WORDS


@HERE
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_more_pictures_than_the_task_shows_are_refused(replies: dict[str, list[Response]]) -> None:
    (reply,) = replies["too many"]
    assert reply.error is not None and reply.error.kind == "bad_request"


@HERE
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_samples_are_drawn_by_their_own_seed(replies: dict[str, list[Response]]) -> None:
    drawn, again, otherwise = ([r.text for r in replies[k]] for k in ("drawn", "drawn again", "drawn otherwise"))
    assert drawn == list(reversed(again))
    assert drawn != otherwise


def record(folder: str) -> dict[str, tuple[str, str, int]]:
    """The reply, its end and its prompt's tokens of each sample of a run."""
    lines = map(json.loads, (Path(folder) / "samples.jsonl").read_text().splitlines())
    said = {line["id"]: line["responses"][-1] for line in lines}
    # vLLM leaves out what transformers shows of a character that was never completed
    return {n: (r["text"].rstrip("\ufffd"), r["finish"], r["usage"]["prompt_tokens"]) for n, r in said.items()}


def entry(folder: Path, plugin: Path) -> None:
    """A plug-in whose models are the folder in vLLM's engine, in transformers and behind a server."""
    cards = {
        "engine": {"backend": "vllm", "id": str(folder), "engine": ENGINE},
        "near": {"backend": "hf", "id": str(folder)},
        "served": {"backend": "openai", "id": "affectbench-mini", "base_url": "http://127.0.0.1:1/v1"},
    }
    (plugin / "models").mkdir(parents=True)
    (plugin / "models/own.yaml").write_text(json.dumps(cards))


@HERE
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_runs_through_the_engine_and_the_server(tmp_path: Path) -> None:
    from tests.flow.flows import affectbench

    entry(mini.FOLDER, tmp_path / "plugin")
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(mini.FOLDER)]
    command += ["--served-model-name", mini.NAME, "--enforce-eager", "--dtype", "float32", "--max-model-len", "1024"]
    with serving(command, tmp_path / "server.log", 300) as address:
        asked = ["-m", "engine", "-m", "near", "-m", f"served@{address}", "-t", "demo-expression", "--limit", "48"]
        done = affectbench("run", *asked, "--plugin", tmp_path / "plugin", "--out", tmp_path / "runs", "--json")
    assert done.code == 0, done.err
    engine, near, served = (record(run["path"]) for run in done.json["runs"])
    assert len(near) == 48 and len({text for text, _, _ in near.values()}) > 1
    assert engine == near
    assert served == near
