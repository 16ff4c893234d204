"""The prompt of every shipped task as it is rendered, wording by wording. Run this file to freeze them anew.

The sample is made up (its texts are their names), so that nothing of a dataset is needed or shown.
"""

from __future__ import annotations

from pathlib import Path

from affectbench.catalogue import Catalogue
from affectbench.prompts import Prompter, Shot
from affectbench.task import Task, bind
from affectbench.types import Decoded, Facts, Gold, Sample

FOLDER = Path(__file__).parent / "golden"


def rendered(known: Catalogue, name: str) -> str:
    """Return all wordings of a task's prompt, with its options and letters."""
    parts = []
    for wording in bind(known, name).prompt.wordings():
        task = bind(known, name, wording)
        prompt = Prompter(task, task.spec.settings, shots(task))(sample(task), 0, media(task))
        turns = [f"[{m.role}]\n{m.text}" for m in (*prompt.messages, *prompt.later)]
        parts.append(f"=== {wording}\n" + "\n".join(turns))
    options = "".join(f"\n- {option}" for option in prompt.asked.options)
    letters = "\nletters are read" if prompt.asked.letters else ""
    return "\n\n".join(parts) + f"\n\n=== answers\n{task.form}{letters}{options}\n"


def sample(task: Task) -> Sample:
    texts = {name: f"({name})" for name in task.dataset.text_names()}
    options = None if task.labels or task.form != "choice" else ("first option", "second option")
    label = (task.labels.names if task.labels else options or ("",))[0]
    gold = Gold(label=label, labels=(label,), levels={n: low for n, low, _ in task.levels}, text="(text)")
    return Sample(id="golden", text=texts, options=options, gold=gold)


def media(task: Task) -> dict[str, Decoded]:
    kinds = task.dataset.media_kinds()
    return {name: Decoded(facts=Facts(name=name, kind=kinds[name], source=name)) for name in task.shown}


def shots(task: Task):
    n = task.spec.shots.n if task.spec.shots else 0
    return lambda _: [Shot(sample(task), media(task))] * n


def main() -> None:
    known = Catalogue()
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.txt"):
        stale.unlink()
    for name in known.ids("task"):
        (FOLDER / f"{name}.txt").write_text(rendered(known, name), encoding="utf-8")
    print(f"{len(known.ids('task'))} prompts frozen in {FOLDER}")  # noqa: T201


if __name__ == "__main__":
    main()
