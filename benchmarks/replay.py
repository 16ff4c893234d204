"""Run, parse, score and seal 100,000 replayed samples: seconds and peak memory of the whole process.

python benchmarks/replay.py [N]
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
REPLIES = (
    "{}",
    "**{}**",
    "The answer is: {}.",
    '{{"emotion": "{}"}}',
    "<think>hm</think><answer>{}</answer>",
    "I see {}.",
)
LIMIT_S, LIMIT_MB = 60, 600

TASK = """\
title: Many rows
dataset:
  title: Many rows
  access: {kind: open, send: any}
  splits: {test: unknown}
  read:
    rows: {table: {file: labels.csv}}
    id: "{{ id }}"
    split: test
    cluster: "{{ person }}"
    group: {sex: "{{ sex }}"}
    media: {face: {kind: image, path: "faces/{{ face }}.png"}}
    targets: {emotion: {labels: ekman-6, label: "{{ label }}"}}
answer: {form: choice}
metrics: [accuracy, uar, macro_f1, recall, confusion]
protocol: many/accuracy
"""


def build(folder: Path, n: int) -> None:
    """Write a task, its table of `n` rows over 1,000 pictures, and a file of replies."""
    rng = random.Random(0)
    (folder / "plugin/tasks/own").mkdir(parents=True)
    (folder / "plugin/tasks/own/many.yaml").write_text(TASK)
    (folder / "data/faces").mkdir(parents=True)
    for i in range(1000):
        (folder / f"data/faces/f{i}.png").write_bytes(b"located, never decoded")
    with (folder / "data/labels.csv").open("w") as table, (folder / "replies.csv").open("w", newline="") as replies:
        table.write("id,label,person,sex,face\n")
        writer = csv.writer(replies)
        writer.writerow(["id", "text"])
        for i in range(n):
            label = rng.choice(LABELS)
            table.write(f"s{i},{label},p{i % 5000},{'f' if i % 2 else 'm'},f{i % 1000}\n")
            said = label if rng.random() < 0.7 else rng.choice(LABELS)
            writer.writerow([f"s{i}", rng.choice(REPLIES).format(said)])


def main() -> None:
    """Print the figures; leave with 1 if they are over the limits."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, n)
        command = [sys.executable, "-m", "affectbench", "run", "-m", f"replay:{folder / 'replies.csv'}", "-t", "many"]
        command += ["--plugin", str(folder / "plugin"), "--data", f"many={folder / 'data'}", "--json"]
        command += ["--out", str(folder / "runs")]
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        out = child.stdout.read() if child.stdout else b""
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
    (run,) = json.loads(out)["runs"]
    megabytes = used.ru_maxrss / 1024
    figures = {
        "samples": run["n"],
        "ok": run["status"]["ok"],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_MB": round(megabytes),
        "microseconds_a_sample": round(seconds / n * 1e6),
    }
    print(json.dumps(figures))
    if status or (n >= 100_000 and (seconds > LIMIT_S or megabytes > LIMIT_MB)):
        sys.exit(1)


if __name__ == "__main__":
    main()
