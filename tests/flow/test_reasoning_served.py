"""The suite `demo-reasoning` behind `transformers serve`, model and judge, through a front that fails, and killed."""

from __future__ import annotations

import json
import signal
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from affectbench import mini
from affectbench.paths import shipped
from tests.flow.flows import affectbench
from tests.flow.test_demo_reasoning import killed, overall, results, verdicts
from tests.served import TRANSFORMERS, serving
from tests.stub_server import Plan, StubServer

TASKS = ("demo-reason", "seen-clip")
LIMIT = 12
VERDICT = "VERDICT: clues=7, label=9"
STEPS = 400
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small model that has learnt to reply with a verdict, and nothing else."""
    torch = pytest.importorskip("torch", reason="the extra hf is not installed")
    pytest.importorskip("uvicorn", reason="transformers[serving] is not installed")
    from affectbench.mini import network
    from affectbench.mini.wordings import sentence

    torch.manual_seed(0)
    rubric = (shipped("prompts") / "judge/description.yaml").read_text()
    chance, (model, processor) = Random(0), network.load(mini.FOLDER)
    words = processor.tokenizer
    answer = words(f"{VERDICT}{network.END}", add_special_tokens=False)["input_ids"]
    learning = [*model.model.text_model.parameters(), *model.lm_head.parameters()]
    optimizer, losses = torch.optim.AdamW(learning, lr=2e-3), []
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, STEPS)
    for _ in range(STEPS):
        said = "\n".join(sentence(chance) for _ in range(chance.randint(5, 60)))
        said = chance.choice(("", rubric)) + said + chance.choice(("", rubric))
        prompt = words(f"<user>{said}{network.END}<assistant>", add_special_tokens=False)["input_ids"]
        logits = model(input_ids=torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(answer))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        slower.step()
        losses.append(loss.item())
    assert max(losses[-50:]) < 0.01
    folder = tmp_path_factory.mktemp("judging") / "model"
    network.save(model, processor, folder)
    return folder


@pytest.fixture(scope="module")
def addresses(judging: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve the model and its judge."""
    logs = tmp_path_factory.mktemp("logs")
    with (
        serving([*TRANSFORMERS, str(mini.FOLDER), "--device", "cpu"], logs / "model") as model,
        serving([*TRANSFORMERS, str(judging), "--device", "cpu"], logs / "judge") as judge,
    ):
        yield model, judge


class Front:
    """Hands requests on to a server, one after the other, and remembers what it replied."""

    def __init__(self, address: str, faults: float, port: int = 0) -> None:
        self.address, self.lock = address, threading.Lock()
        plan = Plan(faults=faults, message=self._choice, usage=lambda request: self._reply(request)["usage"])
        self.replies: dict[str, dict[str, Any]] = {}
        self.stub = StubServer(plan, port)

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(request)
        with self.lock:
            if body not in self.replies:
                asked = urllib.request.Request(
                    f"{self.address}/chat/completions", body.encode(), {"content-type": "application/json"}
                )
                with urllib.request.urlopen(asked, timeout=120) as reply:
                    self.replies[body] = json.load(reply)
            return self.replies[body]

    def _choice(self, request: dict[str, Any]) -> dict[str, Any]:
        choice: dict[str, Any] = self._reply(request)["choices"][0]
        return choice


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Return a folder with the suite's clips as a model without ears sees them."""
    folder = tmp_path / "plugin"
    (folder / "tasks").mkdir(parents=True)
    (folder / "models").mkdir()
    (source,) = shipped("tasks").rglob("demo-reason-clip.yaml")
    text = source.read_text().replace("id: demo-reason-clip", "id: seen-clip")
    (folder / "tasks/seen-clip.yaml").write_text(f"{text}sees: [video]\n")
    return folder


def asked(plugin: Path, judging: Path, urls: tuple[str, str], out: Path) -> list[str]:
    for name, folder, url in (("seer", mini.FOLDER, urls[0]), ("reader", judging, urls[1])):
        card = {"backend": "openai", "id": str(folder), "base_url": url, "accepts": ["image", "video"],
                "price": {"prompt": 1, "completion": 2}, "settings": {"max_tokens": 32, "in_flight": 1}}  # fmt: skip
        (plugin / f"models/{name}.yaml").write_text(json.dumps({name: card}))
    tasks = ("-t", "demo-reason", "-t", "seen-clip")
    return ["run", "-m", "seer", *tasks, "--judge", "reader", "--plugin", str(plugin), "--limit", str(LIMIT),
            "--max-bad", "1", "--out", str(out)]  # fmt: skip


def said(out: Path) -> dict[str, dict[str, Any]]:
    """The verdict of each sample, without what a clock or an address decides."""
    found = {f"{task}/{line['id']}": line for task in TASKS for line in verdicts(out, task)}
    for line in found.values():
        line["response"].pop("seconds", None)
    return found


def spent(out: Path) -> list[dict[str, Any]]:
    manifests = [json.loads(path.read_text()) for path in sorted(out.rglob("manifest.json"))]
    return [manifest["judges"][0]["spent"] for manifest in manifests]


def test_model_and_judge_are_served_killed_and_fail(
    plugin: Path, judging: Path, addresses: tuple[str, str], tmp_path: Path
) -> None:
    fronts = [Front(address, 0.0) for address in addresses]
    with fronts[0].stub, fronts[1].stub:
        urls = fronts[0].stub.url, fronts[1].stub.url
        calm = affectbench(*asked(plugin, judging, urls, tmp_path / "calm"), "--no-cache", "--json")
    assert calm.code == 0, calm.err
    for run in calm.json["runs"]:
        (judged,) = run["judged"]
        assert judged["status"] == {"ok": LIMIT, "judge_error": 0, "unanswered": 0}, run
        assert overall(run)["clue_f1"] is not None
    assert {line["response"]["text"] for line in said(tmp_path / "calm").values()} == {VERDICT}
    ports = [front.stub.port for front in fronts]
    rough = [Front(address, 0.3, port) for address, port in zip(addresses, ports, strict=True)]
    with rough[0].stub, rough[1].stub:
        command = [*asked(plugin, judging, urls, tmp_path / "rough"), "--no-cache"]
        for place, lines in (("records.Record", 15), ("judging.verdicts.Verdicts", 5)):
            assert killed(command, place, lines) == -signal.SIGKILL
        done = affectbench(*command)
        assert done.code == 0, done.err
        for front in rough:
            assert front.stub.count["requests"] > front.stub.count["ok"] >= 2 * LIMIT
    assert results(tmp_path / "rough") == results(tmp_path / "calm")
    assert said(tmp_path / "rough") == said(tmp_path / "calm")


def test_costs_and_what_the_cache_had_are_in_the_record(
    plugin: Path, judging: Path, addresses: tuple[str, str], tmp_path: Path
) -> None:
    first = affectbench(*asked(plugin, judging, addresses, tmp_path / "first"))
    assert first.code == 0, first.err
    again = affectbench(*asked(plugin, judging, addresses, tmp_path / "again"))
    assert again.code == 0, again.err
    assert results(tmp_path / "again") == results(tmp_path / "first")
    for one in spent(tmp_path / "first"):
        assert one["calls"] + one["cached"] == LIMIT and one["calls"] > 0
        assert one["cost"] == pytest.approx((one["prompt_tokens"] + 2 * one["completion_tokens"]) / 1e6)
    assert [(one["calls"], one["cached"]) for one in spent(tmp_path / "again")] == [(0, LIMIT)] * len(TASKS)
    assert all(line["cached"] for line in said(tmp_path / "again").values())
