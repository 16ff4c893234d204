"""How fast samples go through a server that takes 50 ms, beside a bare loop over the same client; and how much memory.

python benchmarks/throughput.py [N] [--rounds R] [--memory] [--inspect PYTHON] [--lmms PYTHON]

Each figure is of a whole process, start and end included, the best of some rounds. The bare loop reads each file,
encodes it and keeps the reply; affectbench also checks and digests it, renders the prompt, reads the reply, writes the
durable record and scores. `--memory` compares the peaks of N and 10 N samples. `--inspect` is the interpreter of an
environment with inspect_ai, `--lmms` of one with lmms-eval; each then asks the same server about the same pictures, in
one round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
IN_FLIGHT = 64
LATENCY_S = 0.05
LEAST_RATIO = 0.8
MOST_MEMORY = 1.3

TASK = """\
title: Many pictures
dataset:
  title: Many pictures
  access: {kind: open, send: any}
  splits: {test: unknown}
  read:
    rows: {table: {file: labels.csv}}
    id: "{{ id }}"
    split: test
    media: {face: {kind: image, path: "faces/{{ face }}.jpg"}}
    targets: {emotion: {labels: ekman-6, label: "{{ label }}"}}
answer: {form: choice}
settings: {max_tokens: 16}
metrics: [accuracy, uar, macro_f1, confusion]
protocol: many/accuracy
"""

BARE = """\
import asyncio, base64, pathlib, sys
import openai

async def main(url, folder, count, in_flight):
    client = openai.AsyncOpenAI(
        api_key="none", base_url=url, max_retries=0, http_client=openai.DefaultAioHttpClient()
    )
    files, replies = iter(sorted(pathlib.Path(folder).iterdir())[:count]), []

    async def work():
        for file in files:
            url = "data:image/jpeg;base64," + base64.b64encode(file.read_bytes()).decode()
            content = [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": "Which expression does the face show?\\nAnswer with one of: anger, disgust, "
                 "fear, happiness, sadness, surprise."},
            ]
            reply = await client.chat.completions.create(
                model="stub", messages=[{"role": "user", "content": content}], temperature=0, max_tokens=16
            )
            replies.append((file.stem, reply.choices[0].message.content))

    await asyncio.gather(*(work() for _ in range(in_flight)))
    await client.close()
    print(len(replies))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
"""


INSPECT = """\
import os, pathlib, sys
url, folder, count, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.environ |= {"STUB_BASE_URL": url, "STUB_API_KEY": "none"}
import inspect_ai
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, ContentImage, ContentText
from inspect_ai.scorer import match
from inspect_ai.solver import generate

question = ("Which expression does the face show?\\nAnswer with one of: anger, disgust, fear, happiness, sadness, "
    "surprise.")
samples = [
    Sample(id=file.stem, target="anger", input=[
        ChatMessageUser(content=[ContentImage(image=str(file)), ContentText(text=question)])
    ])
    for file in sorted(pathlib.Path(folder).iterdir())[:count]
]
task = inspect_ai.Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match())
(log,) = inspect_ai.eval(
    task, model="openai-api/stub/stub", log_dir=sys.argv[5], display="none", max_connections=in_flight,
    max_samples=in_flight, temperature=0, max_tokens=16,
)
sys.exit(log.status != "success")
"""


LMMS_TASK = """\
task: many
dataset_path: json
dataset_kwargs: {{data_files: {{test: "{rows}"}}}}
test_split: test
output_type: generate_until
doc_to_visual: !function pictures.visual
doc_to_text: "Which expression does the face show?\\nAnswer with one of: {labels}."
doc_to_target: label
generation_kwargs: {{max_new_tokens: 16, temperature: 0}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""


class Server(asyncio.Protocol):
    """Answers any request after `LATENCY_S`, as cheaply as Python can: the server must not be what is measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.held = bytearray()

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.held[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.held) < end + 4 + length:
                return
            label = LABELS[sum(self.held[end - 40 + length : end + length]) % len(LABELS)]
            del self.held[: end + 4 + length]
            asyncio.get_running_loop().call_later(LATENCY_S, self.reply, label, length)

    def reply(self, label: str, length: int) -> None:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": label}}
        tokens = length // 40  # more with a picture than without
        usage = {"prompt_tokens": tokens, "completion_tokens": 2, "total_tokens": tokens + 2}
        body = {"id": "x", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice]}
        data = json.dumps({**body, "usage": usage}).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        self.transport.write(head.encode() + data)  # type: ignore[attr-defined]


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


@contextmanager
def running_server() -> Iterator[str]:
    """Give the address of a server in a process of its own."""
    child = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield child.stdout.readline().strip()
    finally:
        child.kill()
        child.wait()


def build(folder: Path, n: int) -> None:
    """Write a task and `n` pictures: JPEGs of 224 x 224, each its own, of about 10 kB."""
    import numpy as np
    from PIL import Image, ImageFilter

    rng = np.random.default_rng(0)
    (folder / "plugin/tasks/own").mkdir(parents=True)
    (folder / "plugin/tasks/own/many.yaml").write_text(TASK)
    (folder / "data/faces").mkdir(parents=True)
    for i in range(n):
        noise = Image.fromarray(rng.integers(0, 256, (56, 56, 3), np.uint8)).resize((224, 224))
        noise.filter(ImageFilter.BLUR).save(folder / f"data/faces/f{i:05}.jpg", quality=80)


def label(folder: Path, n: int) -> None:
    """Write the table of the first `n` pictures."""
    rows = [f"s{i:05},{random.Random(i).choice(LABELS)},f{i:05}\n" for i in range(n)]
    (folder / "data/labels.csv").write_text("id,label,face\n" + "".join(rows))


@dataclass(frozen=True)
class Figures:
    """What one process took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float

    def shown(self, n: int) -> dict[str, float]:
        return {
            "seconds": round(self.seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "samples_a_second": round(n / self.seconds, 1),
            "peak_MB": round(self.peak_mb),
        }


def measured(command: Sequence[str | Path], **env: str) -> Figures:
    """Run a command to its end. Raises RuntimeError if it fails."""
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # as what is installed is; else our modules alone are read as text
    start = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, env={**os.environ, **compiled, **env}
    )
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[:4]} ended with {child.returncode}")
    return Figures(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def bare(folder: Path, url: str, n: int) -> Figures:
    """Measure the bare loop."""
    return measured([sys.executable, "-c", BARE, url, folder / "data/faces", str(n), str(IN_FLIGHT)])


def ours(folder: Path, url: str, n: int) -> Figures:
    """Measure a whole run of `n` samples: an empty cache, a new record."""
    label(folder, n)
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "affectbench", "run", "-m", f"openai:stub@{url}", "-t", "many", "--json"]
        command += ["--in-flight", str(IN_FLIGHT), "--out", f"{name}/runs"]
        command += ["--plugin", str(folder / "plugin"), "--data", f"many={folder / 'data'}"]
        found = measured(command, AFFECTBENCH_CACHE=f"{name}/cache")
        (results,) = Path(name).rglob("results.json")
        assert json.loads(results.read_text())["status"]["ok"] == n
    return found


def inspect(python: str, folder: Path, url: str, n: int) -> Figures:
    """Measure inspect_ai on the same pictures and question."""
    with tempfile.TemporaryDirectory() as logs:
        return measured([python, "-c", INSPECT, url, folder / "data/faces", str(n), str(IN_FLIGHT), logs])


def lmms(python: str, folder: Path, url: str, n: int) -> Figures:
    """Measure lmms-eval on the same pictures and question, by its own command line as it comes."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        files = sorted((folder / "data/faces").iterdir())[:n]
        rows = [json.dumps({"face": str(file), "label": "anger"}) for file in files]
        (place / "rows.jsonl").write_text("\n".join(rows))
        (place / "pictures.py").write_text("def visual(row):\n    return [row['face']]\n")
        (place / "many.yaml").write_text(LMMS_TASK.format(rows=place / "rows.jsonl", labels=", ".join(LABELS)))
        model = f"model=stub,base_url={url},api_key=none,num_cpus={IN_FLIGHT}"
        command = [python, "-m", "lmms_eval", "--model", "async_openai", "--model_args", model, "--tasks", "many"]
        command += ["--include_path", name, "--output_path", name, "--log_samples"]
        found = measured(command, HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=name, LOGURU_LEVEL="ERROR")
        (record,) = place.rglob("*_samples_many.jsonl")
        answers = [json.loads(line)["filtered_resps"] for line in record.read_text().splitlines()]
    assert len(answers) == n and set(answers) <= set(LABELS)  # a request that failed is recorded as an answer too
    return found


def main() -> None:
    """Print the figures; leave with 1 if they are over the limits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("n", type=int, nargs="?", default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--inspect", metavar="PYTHON")
    parser.add_argument("--lmms", metavar="PYTHON")
    parser.add_argument("--serve", action="store_true")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
        return
    n: int = given.n
    with tempfile.TemporaryDirectory() as name, running_server() as url:
        folder = Path(name)
        build(folder, 10 * n if given.memory else n)
        rounds = [(bare(folder, url, n), ours(folder, url, n)) for _ in range(given.rounds)]
        plain = min((one for one, _ in rounds), key=lambda f: f.seconds)
        run = min((one for _, one in rounds), key=lambda f: f.seconds)
        large = ours(folder, url, 10 * n) if given.memory else None
        asked = {"inspect_ai": (inspect, given.inspect), "lmms-eval": (lmms, given.lmms)}
        peers = {name: peer(python, folder, url, n) for name, (peer, python) in asked.items() if python}
    print(json.dumps({"bare": plain.shown(n)}))
    print(json.dumps({"affectbench": run.shown(n)}))
    figures = {
        "ratio": round(plain.seconds / run.seconds, 3),
        "cpu_ratio": round(plain.cpu_seconds / run.cpu_seconds, 3),
    }
    for name, peer in peers.items():
        print(json.dumps({name: peer.shown(n)}))
        figures[f"times {name}"] = round(peer.seconds / run.seconds, 1)
    if large:
        figures["memory_ratio"] = round(large.peak_mb / run.peak_mb, 3)
    print(json.dumps(figures))
    if figures["ratio"] < LEAST_RATIO or figures.get("memory_ratio", 1.0) > MOST_MEMORY:
        sys.exit(1)


if __name__ == "__main__":
    main()
