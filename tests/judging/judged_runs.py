"""What the tests of judging share: a finished run of texts, judges that reply from a file or by a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.flow.flows import affectbench
from tests.stub_server import Plan, StubServer

TASK = """\
title: What a text says
dataset:
  title: Texts
  access: {{kind: open, send: {send}, publish: {{media: true, labels: true, text: true}}}}
  splits: {{test: unknown}}
  read:
    rows: {{table: {{file: rows.csv}}}}
    id: "{{{{ id }}}}"
    split: test
    group: {{side: "{{{{ side }}}}"}}
    text: {{clip: "{{{{ clip }}}}"}}
    targets: {{description: {{text: "{{{{ gold }}}}"}}}}
answer: {{form: text}}
metrics: [token_f1]
{judge}protocol: texts/token-f1
"""
PROMPT = 'user: "{{ text.clip }} Describe it."\n'
RUBRIC = """\
title: A rubric of two scales
sees: [gold]
scale: {clues: [0, 10], label: [0, 10]}
user: |
  {{ gold }}
  {{ answer }}
  {{ verdict }}
"""


def texts(folder: Path, n: int = 8, judge: str = "", send: str = "any") -> Path:
    """Write a plug-in with the task `texts`, the rubric `mine` and the data; returns the plug-in."""
    (folder / "data").mkdir(parents=True)
    rows = [f"t{i:04},clip {i},brows {i} raised,{'left' if i % 2 else 'right'}" for i in range(n)]
    (folder / "data/rows.csv").write_text("\n".join(["id,clip,gold,side", *rows]) + "\n")
    for name, text in {
        "tasks/own/texts.yaml": TASK.format(judge=f"judge: {judge}\n" if judge else "", send=send).replace(
            "answer:", "prompt: text/clip\nanswer:"
        ),
        "prompts/text/clip.yaml": PROMPT,
        "prompts/judge/mine.yaml": RUBRIC,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def replay(path: Path, replies: Mapping[str, str | None]) -> str:
    """Write a file of replies, None for an error; returns the model's name."""
    rows = [{"id": k, "text": v} if v is not None else {"id": k, "error": "gone"} for k, v in replies.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"replay:{path}"


def finished(plugin: Path, replies: Mapping[str, str | None] | None = None, *more: str | Path) -> Path:
    """Run the task with replies from a file (of eight samples, one each if none are given); returns the run folder."""
    n = len((plugin / "data/rows.csv").read_text().splitlines()) - 1
    given = replies or {f"t{i:04}": f"the brows of {i} go up" for i in range(n)}
    model = replay(plugin / "answers.jsonl", given)
    done = affectbench(
        "run", "-m", model, "-t", "texts", "--plugin", plugin, "--data", f"texts={plugin / 'data'}",
        "--out", plugin / "runs", "--max-bad", "1", "--json", *more,
    )  # fmt: skip
    assert done.code == 0, done.err
    return Path(done.json["runs"][0]["path"])


def verdicts(run: Path) -> list[dict[str, Any]]:
    """Return every line of a run's verdict files."""
    return [json.loads(line) for file in sorted((run / "verdicts").iterdir()) for line in file.read_text().splitlines()]


def scores(run: Path, judge: int = 0, over: str = "all") -> dict[str, Any]:
    """Return the overall scores of one judge of a run, by scale."""
    found = json.loads((run / "results.json").read_text())["judged"][judge]["scores"]
    return {one["metric"]: one for one in found if one["over"] == over and one["group"] is None}


def prompt_of(request: Mapping[str, Any]) -> str:
    """Return what a server was asked, as one text."""
    parts = (message["content"] for message in request["messages"])
    return "\n".join(part if isinstance(part, str) else "".join(p.get("text", "") for p in part) for part in parts)


def judging_server(rule: Callable[[str], str]) -> StubServer:
    """Return a server that replies to what it was asked as a rule says."""
    said = {"role": "assistant"}
    return StubServer(Plan(message=lambda request: {"message": {**said, "content": rule(prompt_of(request))}}))


def between(prompt: str, tag: str = "judged_answer") -> str:
    """Return what stands between the first tag and the first end of it, as a credulous judge reads it."""
    return re.split(f"</?{tag}>\n?", prompt.partition("tags and their ends")[2])[1]


def ids(n: int) -> Iterable[str]:
    """Return the ids of the samples."""
    return (f"t{i:04}" for i in range(n))
