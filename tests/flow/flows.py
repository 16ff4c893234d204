"""What the flow tests share: a small data set of their own, and the command line as a function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from PIL import Image

from affectbench import cli
from affectbench.errors import AffectbenchError

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")

TASK = """\
title: Pictures of one colour
dataset:
  title: Pictures of one colour
  access: {{kind: open, send: {send}, publish: {{media: true, labels: true, text: true}}}}
  splits: {{test: unknown}}
  read:
    rows: {{table: {{file: labels.csv}}}}
    id: "{{{{ file | stem }}}}"
    split: test
    group: {{side: "{{{{ side }}}}"}}
    media: {{face: {{kind: image, path: "{{{{ file }}}}"}}}}
    targets: {{emotion: {{labels: ekman-6, label: "{{{{ label }}}}"}}}}
answer: {{form: choice}}
metrics: [accuracy, uar, recall, confusion]
protocol: colours/accuracy
"""


def colours(folder: Path, n: int = 12, send: str = "any") -> Path:
    """Write a plug-in with the task `colours` and its data below it; returns the plug-in."""
    data = folder / "data"
    data.mkdir(parents=True)
    rows = ["file,label,side"]
    for i in range(n):
        Image.new("RGB", (8, 8), (i % 256, i // 256, 90)).save(data / f"s{i:04}.png")
        rows.append(f"s{i:04}.png,{LABELS[i % 6]},{'left' if i % 2 else 'right'}")
    (data / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / "tasks/own").mkdir(parents=True)
    (folder / "tasks/own/colours.yaml").write_text(TASK.format(send=send))
    return folder


@dataclass(frozen=True)
class Done:
    """A command that ran in this process."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def affectbench(*arguments: str | Path) -> Done:
    """Run the command line; the exit code is what the console script would return."""
    result = CliRunner().invoke(cli.cli, [str(a) for a in arguments])
    if isinstance(result.exception, AffectbenchError):
        return Done(result.exception.exit_code, result.stdout, str(result.exception))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def arguments(plugin: Path, model: str, out: Path, *more: str | Path) -> list[str | Path]:
    """Return the arguments of `run` for the task `colours`."""
    bound = ["--plugin", plugin, "--data", f"colours={plugin / 'data'}", "--out", out]
    return ["run", "-m", model, "-t", "colours", *bound, *more]


def lines(folder: Path) -> list[dict[str, Any]]:
    """Read a run's record, without the seconds that each reply took."""
    rows = [json.loads(line) for line in (folder / "samples.jsonl").read_bytes().splitlines()]
    for row in rows:
        for response in row["responses"]:
            response.pop("seconds", None)
    return rows
