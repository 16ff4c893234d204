"""Build a board of many runs: seconds, seconds of CPU, and the peak memory of all processes together.

python benchmarks/board.py [MODELS] [TASKS] [SAMPLES]        300 60 200 without arguments

One real run of replayed answers is written again as many times as there are models and tasks, under their names and
with other numbers. The tasks have the ids of shipped ones, so that suites and published figures take part.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from replay import LABELS, TASK

LIMIT_S, LIMIT_MB = 90, 1500


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "affectbench", *map(str, arguments)]


def real_run(folder: Path, samples: int) -> Path:
    """Replay answers to a task of `samples` rows; return the run's folder."""
    rng = random.Random(0)
    (folder / "plugin/tasks/own").mkdir(parents=True)
    (folder / "plugin/tasks/own/many.yaml").write_text(
        TASK.replace("send: any}", "send: any, publish: {labels: true, text: true}}")
    )
    (folder / "data/faces").mkdir(parents=True)
    (folder / "data/faces/f0.png").write_bytes(b"located, never decoded")
    lines, replies = ["id,label,person,sex,face"], ["id,text"]
    for i in range(samples):
        label = LABELS[i % len(LABELS)]
        lines.append(f"s{i:05},{label},p{i // 10},{'mf'[i % 2]},f0")
        said = label if rng.random() < 0.7 else rng.choice(LABELS)
        replies.append(f's{i:05},"The face shows raised brows and a wide mouth, so the answer is: {said}."')
    (folder / "data/labels.csv").write_text("\n".join(lines) + "\n")
    (folder / "replies.csv").write_text("\n".join(replies) + "\n")
    asked = ["run", "-t", "many", "-m", "replay:replies.csv", "--plugin", "plugin", "--data", "many=data", "--no-cache"]
    subprocess.run(command(*asked), cwd=folder, check=True, capture_output=True)
    return next((folder / "runs").glob("*/*/*/results.json")).parent


def task_ids(count: int) -> list[str]:
    from affectbench.catalogue import Catalogue

    return Catalogue().ids("task")[:count]


def copies(run: Path, out: Path, models: int, tasks: list[str]) -> None:
    """Write the run under the names of so many models and tasks, its numbers moved a little."""
    manifest, results = (json.loads((run / name).read_text()) for name in ("manifest.json", "results.json"))
    rng = random.Random(1)
    for task in tasks:
        for model in range(models):
            name = f"{rng.getrandbits(48):012x}"
            folder = out / task / f"model-{model}" / name
            folder.mkdir(parents=True)
            for file in ("samples.jsonl", "gold.jsonl"):
                shutil.copyfile(run / file, folder / file)
            card = {"name": f"model-{model}", "backend": "hf", "id": f"lab/model-{model}", "accepts": ["image"],
                    "parameters": f"{1 + model % 70}B", "licence": "apache-2.0"}  # fmt: skip
            about = {"run": name, "task": {**manifest["task"], "id": task}, "model": card}
            (folder / "manifest.json").write_text(json.dumps({**manifest, **about}, indent=1))
            said = {**results, "run": name, "task": task, "model": card["name"]}
            said["scores"] = [moved(score, rng.uniform(-0.2, 0.2)) for score in results["scores"]]
            (folder / "results.json").write_text(json.dumps(said, indent=1))


def moved(score: dict[str, Any], by: float) -> dict[str, Any]:
    numbers = {key: None if score[key] is None else score[key] + by for key in ("value", "low", "high")}
    return {**score, **numbers}


def measured(folder: Path) -> tuple[float, float, float]:
    """Build the board; return seconds, seconds of CPU and MB of all its processes at the worst moment."""
    start, before, worst = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN), 0
    asked = command("board", "build", "copies", "-o", "site")
    building = psutil.Popen(asked, cwd=folder, stderr=subprocess.DEVNULL)
    while building.poll() is None:
        worst = max(worst, resident(building))
        time.sleep(0.1)
    assert building.returncode == 0, building.returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return time.monotonic() - start, used, worst / 2**20


def resident(process: psutil.Process) -> int:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def main() -> None:
    given = [int(text) for text in sys.argv[1:]]
    models, tasks, samples = given + [300, 60, 200][len(given) :]
    with tempfile.TemporaryDirectory(dir=os.environ.get("AFFECTBENCH_BENCH")) as place:
        folder = Path(place)
        copies(real_run(folder, samples), folder / "copies", models, task_ids(tasks))
        seconds, cpu, megabytes = measured(folder)
        first = sum((folder / "site" / name).stat().st_size for name in ("data/board.js", "index.html"))
        tables = [path.stat().st_size for path in (folder / "site/data/tables").glob("*.js")]
        print(
            f"{models * tasks:,} runs of {samples:,} samples: {seconds:.1f} s, {cpu:.1f} s of CPU, {megabytes:,.0f} MB"
        )
        print(f"board.js and index.html {first / 1000:,.0f} kB, the largest table {max(tables) / 1000:,.0f} kB")
    sys.exit(seconds > LIMIT_S or megabytes > LIMIT_MB)


if __name__ == "__main__":
    main()
