"""The demo behind `transformers serve`, a server that nobody here wrote, and the same weights in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affectbench import mini
from tests.flow.flows import affectbench
from tests.served import TRANSFORMERS, serving

pytest.importorskip("transformers", reason="the extra hf is not installed")
pytest.importorskip("uvicorn", reason="transformers[serving] is not installed")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_greedy_answers_are_those_of_the_same_weights_in_this_process(tmp_path: Path) -> None:
    model = mini.FOLDER
    with serving([*TRANSFORMERS, str(model), "--device", "cpu"], tmp_path / "log") as address:
        asked = ["-m", f"openai:{model}@{address}", "-m", "mini", "-t", "demo-expression", "--limit", "24"]
        done = affectbench("run", *asked, "--out", tmp_path / "runs", "--json")
    assert done.code == 0, done.err
    served, near = (_said(Path(run["path"])) for run in done.json["runs"])
    assert len(near) == 24 and len({text for text, _ in near.values()}) > 2
    assert served == near
    proofs = [json.loads((Path(run["path"]) / "manifest.json").read_text())["proof"] for run in done.json["runs"]]
    assert [proof["state"] for proof in proofs] == ["shown", "shown"]


def _said(folder: Path) -> dict[str, tuple[str, int]]:
    """The reply to each sample, and the tokens of its prompt."""
    lines = map(json.loads, (folder / "samples.jsonl").read_text().splitlines())
    said = {line["id"]: line["responses"][-1] for line in lines}
    return {name: (reply["text"], reply["usage"]["prompt_tokens"]) for name, reply in said.items()}
