"""The golden answers of `mini`: `python -m tests.mini.answers` writes them anew, after another model was trained."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import affectbench as ab
from affectbench import models
from affectbench.catalogue import Catalogue
from affectbench.models import TaskFacts
from affectbench.models.names import find
from affectbench.types import Asked

FILE = Path(__file__).parent / "answers.json"
TASKS = ("expression", "letters", "compound", "au", "affect", "open", "describe", "clip")
EACH = 10


def answers(batch_size: int, out: Path) -> dict[str, dict[str, str]]:
    """Return what `mini` says to the first samples of each demo task, so many at once."""
    card = find(Catalogue(), "mini")
    settings = card.settings.model_copy(update={"batch_size": batch_size, "in_flight": batch_size})
    found = {}
    for task in TASKS:
        model = models.build(
            card.model_copy(update={"settings": settings}), TaskFacts(id=task, asked=Asked(form="choice"))
        )
        run = ab.run(f"demo-{task}", model, out=out, limit=EACH, cached=False, fresh=True)
        lines = map(json.loads, (run.folder / "samples.jsonl").read_text().splitlines())
        found[task] = {line["id"]: line["responses"][-1]["text"] for line in lines}
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        FILE.write_text(json.dumps(answers(8, Path(place)), indent=1, ensure_ascii=False) + "\n")
