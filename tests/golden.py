"""The prompt of every shipped task and rubric as it is rendered, wording by wording. Run this to freeze them anew.

The sample is made up (its texts are their names), so that nothing of a dataset is needed or shown.
"""

from __future__ import annotations

from pathlib import Path

from affectbench.catalogue import Catalogue
from affectbench.judging.prompting import Prompter as Judging
from affectbench.prompts import Prompter, Shot
from affectbench.specs.rubric import OWN_PARSER
from affectbench.task import Task, bind
from affectbench.types import Decoded, Facts, Gold, Sample, Settings

FOLDER = Path(__file__).parent / "golden"
JUDGES = FOLDER / "judge"


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


def rubric(known: Catalogue, name: str) -> str:
    """Return what a judge is asked: as one that is held to JSON, where that may be, and as any other."""
    spec = known.load("rubric", name).spec
    case = Sample(id="golden", text={text: f"({text})" for text in ("answer", *spec.sees) if text != "media"})
    face = Decoded(facts=Facts(name="face", kind="image", source="face"))
    shown = {"face": face} if "media" in spec.sees else {}
    parts = []
    for held in (False, True)[: 2 if spec.parser == OWN_PARSER else 1]:
        turns = [f"[{m.role}]\n{m.text}" for m in Judging(spec, Settings(), held)(case, 0, shown).messages]
        parts.append(f"=== {'held to json' if held else 'free'}\n" + "\n".join(turns))
    scales = "".join(f"\n- {scale}: {low:g} to {high:g}" for scale, (low, high) in spec.scale.items())
    sums = "".join(f"\n- {total}: {weights}" for total, weights in spec.aggregate.items())
    return "\n\n".join(parts) + f"\n\n=== scales, read by {spec.parser}{scales}{sums}\n"


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
    JUDGES.mkdir(parents=True, exist_ok=True)
    for stale in FOLDER.rglob("*.txt"):
        stale.unlink()
    for name in known.ids("task"):
        (FOLDER / f"{name}.txt").write_text(rendered(known, name), encoding="utf-8")
    for name in known.ids("rubric"):
        (JUDGES / f"{name}.txt").write_text(rubric(known, name), encoding="utf-8")
    print(f"{len(known.ids('task'))} prompts and {len(known.ids('rubric'))} rubrics frozen in {FOLDER}")  # noqa: T201


if __name__ == "__main__":
    main()
