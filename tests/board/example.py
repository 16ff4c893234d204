"""A small site for the tests in a browser: a task with five models and published figures, and one that means harm.

The second task's labels, title, citation, model, replies and published figure hold HTML, scripts, addresses that run,
marks that turn text round, bytes that are no UTF-8 and a very long line.
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tests.flow.flows import LABELS, affectbench

N = 240
EVIL = "<img src=x onerror=\"window.harmed='img'\">"
SCRIPT = "</script><script>window.harmed='script'</script>"
RUNS = "javascript:window.harmed='link'"
TURNED = "abc\u202egnp.exe\u2066\u200b"
TASKS = {
    "colours": {"title": "Pictures of one colour", "names": list(LABELS), "cite": "https://example.org/colours"},
    "harm": {"title": f"{EVIL} {SCRIPT} {TURNED}", "names": [EVIL, f"x{SCRIPT}", f"b {TURNED}"], "cite": RUNS},
}
MODELS = {
    "steady": {"parameters": "7B", "right": 0.85},
    "close": {"parameters": "3B", "right": 0.8},
    "shy": {"parameters": "72B", "right": 0.6, "refuses": 0.2},
    "broken": {"right": 0.7, "fails": 0.2},
    "taught": {"parameters": "7B", "right": 0.95, "trained_on": ["colours"]},
}
REPORTED = f"""\
title: A paper of colours
source: {{title: {json.dumps("A paper of colours " + EVIL)}, year: 2025, arxiv: "2501.00001", table: Table 2}}
setting: zero-shot
sees: [image]
columns:
  accuracy: {{dataset: Colours, printed: accuracy, task: colours, metric: accuracy, differs: The question is open.}}
rows:
  - {{model: steady, parameters: 7B, figures: [80.0]}}
  - {{model: PrintedNet, parameters: 13B, figures: [70.5]}}
  - {{model: {json.dumps(EVIL)}, figures: [33.3], note: {json.dumps(RUNS)}}}
"""


def make(folder: Path) -> Path:
    """Build the site below `folder`; return its folder."""
    plugin, runs = folder / "plugin", folder / "runs"
    for task in TASKS:
        _write_task(plugin, task)
        for model in MODELS if task == "colours" else ["steady"]:
            _write_answers(plugin, task, model)
    (plugin / "models").mkdir()
    cards = {f"{m}-{t}": _card(plugin, t, m) for t in TASKS for m in MODELS if t == "colours" or m == "steady"}
    (plugin / "models/own.yaml").write_text(json.dumps(cards))
    for name in cards:
        _run(plugin, runs, name, name.rpartition("-")[2])
    for more in (["-m", "baseline:majority"], ["-m", "baseline:prior"], ["-m", "steady-colours", "--limit", "60"]):
        _run(plugin, runs, *more[1:2], "colours", *more[2:])
    _harm(next((runs / "harm").glob("*/*/samples.jsonl")).parent)
    _rename(runs)
    reported = folder / "reported"
    reported.mkdir()
    (reported / "colours.yaml").write_text(REPORTED)
    done = affectbench("board", "build", runs, "-o", folder / "site", "--plugin", plugin, "--reported", reported,
                       "--title", f"Board {EVIL}")  # fmt: skip
    assert done.code == 0, done.err + done.out
    return folder / "site"


def _run(plugin: Path, runs: Path, model: str, task: str, *more: str) -> None:
    bound = ["--plugin", plugin, "--data", f"{task}={plugin / task}", "--out", runs, "--max-bad", "1"]
    done = affectbench("run", "-m", model, "-t", task, *bound, *more)
    assert done.code == 0, done.err + done.out


def _write_task(plugin: Path, name: str) -> None:
    facts, data = TASKS[name], plugin / name
    data.mkdir(parents=True)
    for kind in ("tasks/own", "tasks/labels"):
        (plugin / kind).mkdir(parents=True, exist_ok=True)
    rows = ["file\tcode\tside"]
    for i in range(N):
        Image.new("RGB", (8, 8), (i % 256, i // 256, 90)).save(data / f"s{i:04}.png")
        rows.append(f"s{i:04}.png\t{i % len(facts['names'])}\t{'left' if i % 2 else 'right'}")
    (data / "labels.tsv").write_text("\n".join(rows) + "\n")
    labels = [{"code": str(code), "name": label} for code, label in enumerate(facts["names"])]
    (plugin / f"tasks/labels/{name}-labels.yaml").write_text(json.dumps({"title": name, "labels": labels}))
    access = {"kind": "open", "send": "any", "publish": {"media": True, "labels": True, "text": True}, "licence": EVIL}
    read = {
        "rows": {"table": {"file": "labels.tsv", "separator": "\t"}},
        "id": "{{ file | stem }}",
        "split": "test",
        "group": {"side": "{{ side }}"},
        "media": {"face": {"kind": "image", "path": "{{ file }}"}},
        "targets": {"emotion": {"labels": f"{name}-labels", "label": "{{ code }}"}},
    }
    task = {
        "title": facts["title"],
        "cite": facts["cite"],
        "dataset": {"title": facts["title"], "access": access, "splits": {"test": "unknown"}, "read": read},
        "answer": {"form": "choice"},
        "metrics": ["accuracy", "uar", "recall", "confusion"],
        "protocol": f"{name}/accuracy",
    }
    (plugin / f"tasks/own/{name}.yaml").write_text(json.dumps(task, indent=1))


def _card(plugin: Path, task: str, model: str) -> dict[str, object]:
    facts = {name: MODELS[model][name] for name in ("parameters", "trained_on") if name in MODELS[model]}
    return {"backend": "replay", "id": str(plugin / f"{model}-{task}.jsonl"), **facts}


def _write_answers(plugin: Path, task: str, model: str) -> None:
    """Write answers that are right, wrong, refused or failed as often as the model is said to."""
    names, how, lines = TASKS[task]["names"], MODELS[model], []
    for i in range(N):
        place = (i * 97 + len(model) * 31) % N / N
        gold, other = names[i % len(names)], names[(i + 1) % len(names)]
        if place < how.get("fails", 0):
            lines.append({"id": f"s{i:04}", "error": f"the server said no {EVIL}"})
        elif place < how.get("refuses", 0):
            lines.append({"id": f"s{i:04}", "text": "I'm sorry, but I can't help with that."})
        else:
            lines.append({"id": f"s{i:04}", "text": f"It is {gold if place < how['right'] else other}."})
    (plugin / f"{model}-{task}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _harm(run: Path) -> None:
    """Make lines of the record what somebody may send who means harm."""
    lines = (run / "samples.jsonl").read_bytes().splitlines(keepends=True)
    said = [EVIL, SCRIPT, "\"]);window.harmed='call'//", RUNS, TURNED, "x" * 100_000, "\\u2028\\u2029"]
    for place, text in enumerate(said):
        line = json.loads(lines[place])
        line["responses"][0]["text"] = text
        line["parsed"] = {"status": "unparsed", "rule": "none", "span": [0, 3]}
        line["status"] = "unparsed"
        lines[place] = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    lines[7] = lines[7].replace(b"It is ", b"broken \xff\xfe\xc3 bytes ")
    lines[8] = b'"]);window.harmed=\'line\';board.take("x","\n'
    lines[9] = b'{"id":"s0009","repeat":0,"status":{"toString":1},"responses":"none","prompt":7,"sent":{"a":1}}\n'
    (run / "samples.jsonl").write_bytes(b"".join(lines))


def _rename(runs: Path) -> None:
    """Give the model of the harmful run a name that is markup."""
    for file in runs.glob("harm/*/*/*.json"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"steady-harm"', json.dumps(f"{EVIL}{TURNED}")), encoding="utf-8")
