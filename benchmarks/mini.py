"""How well `mini` does, by affectbench's own runs: `python benchmarks/mini.py FOLDER [FOLDER …] [--card docs/mini.md]`.

Each FOLDER is a model that `python -m affectbench.mini.train` made, of a training seed of its own. All runs are on the
demo's test split, whose pictures, people and wordings were in no training. With `--card` the table goes into the card.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import affectbench as ab
from affectbench.faces import labels

BASIC = labels("basic")
BEGIN, END = "<!-- scores: python benchmarks/mini.py -->", "<!-- end of scores -->"
SOUGHT = {
    "seven expressions: accuracy": 0.85,
    "seven expressions: UAR": 0.85,
    "seven expressions: lowest recall": 0.7,
    "seven expressions, all five wordings: lowest accuracy": 0.85,
    "letters: accuracy": 0.8,
    "compound, eleven: accuracy": 0.87,
    "action units: mean F1": 0.85,
    "valence: CCC": 0.75,
    "arousal: CCC": 0.75,
    "clips: accuracy": 0.85,
    "clips: lowest recall": 0.6,
    "free words: wheel F1": None,
    "sentence: token F1": None,
    "lists without the truth: answered from the list": 0.95,
    "unparsed, all tasks of the suite": 0.01,
    "blank pictures: accuracy (chance 0.143)": None,
    "shuffled pictures: accuracy (chance 0.143)": None,
    "no pictures: accuracy (chance 0.143)": None,
}
"""What is measured, with what was aimed at."""

WITHOUT = """\
title: Lists without {left}
dataset:
  title: Faces of {left}
  access: {{kind: open, send: any}}
  splits: {{train: 0, test: 252}}
  read:
    rows: {{demo: {{kind: basic, faces: 252, train: 0}}}}
    id: "{{{{ id }}}}"
    split: "{{{{ split }}}}"
    media: {{face: {{kind: image, path: "{{{{ path }}}}"}}}}
    targets: {{other: {{labels: without-{left}, label: {other}}}}}
split: test
where: "{{{{ expression == '{left}' }}}}"
prompt: choice/expression
answer: {{form: choice}}
metrics: [accuracy]
protocol: mini/without
"""


def score(results: Mapping[str, Any], metric: str, label: str | None = None) -> float:
    """Return a score of a run, over all of its samples."""
    scores = [s for s in results["scores"] if s["over"] == "all" and s["group"] is None]
    return next(float(s["value"]) for s in scores if s["metric"] == metric and s["label"] == label)


def lists_without(place: Path) -> list[str]:
    """Write, for each expression, a task on faces of it with a list that lacks it; return their names."""
    (place / "tasks/own").mkdir(parents=True)
    (place / "tasks/labels").mkdir()
    for n, left in enumerate(BASIC):
        others = [name for name in BASIC if name != left]
        (place / f"tasks/labels/without-{left}.yaml").write_text(
            f"id: without-{left}\ntitle: Expressions without {left}\nlabels:\n"
            + "".join(f"  - name: {name}\n" for name in others)
        )
        (place / f"tasks/own/list-{n}.yaml").write_text(WITHOUT.format(left=left, other=others[0]))
    return [f"list-{n}" for n in range(len(BASIC))]


def shuffled(place: Path) -> Path:
    """Return a data folder in which every picture of the split `test` lies under the name of another."""
    import random

    from affectbench.datasets.demo import Demo, materialise

    demo = Demo(faces=252)
    materialise(demo, place)
    files = sorted((place / demo.folder / "test").iterdir())
    contents = [file.read_bytes() for file in files]
    random.Random(0).shuffle(contents)
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return place


def figures(model: str, place: Path) -> Iterator[tuple[str, float]]:
    """Yield what is measured of one model."""

    def run(task: str, **more: object) -> Mapping[str, Any]:
        return ab.run(task, model, **{"out": place / "runs", **more}).results  # type: ignore[arg-type]

    expression, *others = (run("demo-expression", variant=v) for v in ("base", "v1", "v2", "v3", "v4"))
    yield "seven expressions: accuracy", score(expression, "accuracy")
    yield "seven expressions: UAR", score(expression, "uar")
    yield "seven expressions: lowest recall", min(score(expression, "recall", name) for name in BASIC)
    yield (
        "seven expressions, all five wordings: lowest accuracy",
        min(score(r, "accuracy") for r in (expression, *others)),
    )
    suite = {name: run(f"demo-{name}") for name in ("letters", "compound", "au", "affect", "clip", "open", "describe")}
    yield "letters: accuracy", score(suite["letters"], "accuracy")
    yield "compound, eleven: accuracy", score(suite["compound"], "accuracy")
    yield "action units: mean F1", score(suite["au"], "macro_f1")
    yield "valence: CCC", score(suite["affect"], "ccc", "valence")
    yield "arousal: CCC", score(suite["affect"], "ccc", "arousal")
    yield "clips: accuracy", score(suite["clip"], "accuracy")
    yield "clips: lowest recall", min(score(suite["clip"], "recall", name) for name in BASIC)
    yield "free words: wheel F1", score(suite["open"], "wheel_f1")
    yield "sentence: token F1", score(suite["describe"], "token_f1")
    done = [run(name, plugins=[place / "plugin"]) for name in lists_without(place / "plugin")]
    yield "lists without the truth: answered from the list", share(done, "ok")
    yield "unparsed, all tasks of the suite", share([expression, *suite.values()], "unparsed")
    yield "blank pictures: accuracy (chance 0.143)", score(run("demo-expression", ablate="v:blank"), "accuracy")
    moved = {"demo-faces": shuffled(place / "moved")}
    yield (
        "shuffled pictures: accuracy (chance 0.143)",
        score(run("demo-expression", data=moved, out=place / "others"), "accuracy"),
    )
    yield "no pictures: accuracy (chance 0.143)", score(run("demo-expression", ablate="v"), "accuracy")


def share(runs: Sequence[Mapping[str, Any]], status: str) -> float:
    """Return the share of samples with a status."""
    counted = [run["status"] for run in runs]
    return float(sum(one[status] for one in counted) / sum(sum(one.values()) for one in counted))


def table(found: Sequence[Mapping[str, float]]) -> str:
    """Return all figures as a table: the first model's, which ships, and mean and range over all."""
    lines = ["| held-out faces and wordings | sought | seed 0 | mean | lowest to highest |", "|---|---|---|---|---|"]
    for name, sought in SOUGHT.items():
        values = [one[name] for one in found]
        aim = "" if sought is None else f"{'at most' if name.startswith('unparsed') else 'at least'} {sought:g}"
        spread = f"{min(values):.3f} to {max(values):.3f}" if len(values) > 1 else ""
        lines.append(f"| {name} | {aim} | {values[0]:.3f} | {mean(values):.3f} | {spread} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the card's table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="*", default=["mini"])
    parser.add_argument("--card", type=Path)
    asked = parser.parse_args()
    found = []
    for folder in asked.folder:
        with tempfile.TemporaryDirectory() as place:
            name = folder if folder == "mini" else f"hf:{Path(folder).resolve()}"
            found.append(dict(figures(name, Path(place))))
    shown = table(found)
    print(shown)
    if asked.card:
        text = asked.card.read_text()
        inner = f"{BEGIN}\n\n{shown}\n\n{END}"
        asked.card.write_text(re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: inner, text, flags=re.S))


if __name__ == "__main__":
    main()
