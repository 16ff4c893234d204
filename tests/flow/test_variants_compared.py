"""Ablated and perturbed runs beside the plain one: the same samples and examples, other run ids, other requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.flow.flows import LABELS, Done, affectbench, lines
from tests.stub_server import StubServer

TASK = """\
title: A picture and what is said
dataset:
  title: A picture and what is said
  access: {{kind: open, send: any, publish: {{media: true, labels: true, text: true}}}}
  splits: {{train: unknown, test: unknown}}
  read:
    rows: {{table: {{file: rows.csv}}}}
    id: "{{{{ id }}}}"
    split: "{{{{ split }}}}"
    text: {{utterance: "{{{{ said }}}}"}}
    media: {{face: {{kind: image, path: "{{{{ file }}}}"}}}}
    targets: {{emotion: {{labels: ekman-6, label: "{{{{ label }}}}"}}}}
split: test
prompt: choice/own
{more}
answer: {{form: choice}}
metrics: [accuracy, uar]
protocol: own/said
"""
PROMPT = """\
title: Own
user: "{{ media }}\\n{{ text.utterance }}\\nOne of: {{ labels | join(', ') }}"
variants: [{user: "{{ media }}\\nOne of: {{ labels | join(', ') }}"}]
"""
N = 40


@pytest.fixture(scope="module")
def server() -> Iterator[StubServer]:
    with StubServer() as found:
        yield found


def plugin(folder: Path, more: str = "", silent: int = 0, missing: str = "") -> Path:
    """Write a task of pictures with text. The first `silent` samples have none; every two share a picture."""
    (folder / "tasks/own").mkdir(parents=True)
    (folder / "prompts/choice").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "tasks/own/said.yaml").write_text(TASK.format(more=more))
    (folder / "prompts/choice/own.yaml").write_text(PROMPT)
    rows = ["id,split,file,said,label"]
    for i in range(N):
        for split in ("train", "test"):
            said = "" if split == "test" and i < silent else f"words {split} {i}"
            rows.append(f"{split}{i},{split},{i}.png,{said},{LABELS[i % 6]}")  # the train sample has its picture
        Image.new("RGB", (16, 16), (5 * i, 90, 90)).save(folder / f"data/{i}.png")
    if missing:
        rows = [row.replace(f"{missing}.png", "none.png") if row.startswith("train") else row for row in rows]
    (folder / "data/rows.csv").write_text("\n".join(rows) + "\n")
    return folder


def run(where: Path, server: StubServer, *more: str) -> Done:
    given = ["--plugin", where, "--data", f"said={where / 'data'}", "--out", where.parent / "runs", "--no-cache"]
    return affectbench("run", "-m", f"openai:m@{server.url}", "-t", "said", *given, *more, "--json")


def folders(done: Done) -> dict[str, Path]:
    return {one["variant"]: Path(one["path"]) for one in done.json["runs"]}


def said(row: dict[str, Any]) -> str:
    return "\n".join(message["text"] for message in row["prompt"]["messages"])


def test_variants_have_their_own_ids_and_the_same_samples(tmp_path: Path, server: StubServer) -> None:
    own = plugin(tmp_path / "own")
    done = run(own, server, "--ablate", "v,t,v:blank,vt:blank", "--perturb", "blur:2,jpeg:5")
    found = folders(done)
    assert done.code == 0
    assert len(found) == 10
    assert len({folder.name for folder in found.values()}) == 10
    ids = [[row["id"] for row in lines(folder)] for folder in found.values()]
    assert all(one == ids[0] for one in ids)
    for folder in found.values():
        text = (folder / "results.json").read_text() + (folder / "manifest.json").read_text()
        assert str(tmp_path) not in text
        assert str(Path.home()) not in text
    assert {row["sent"][0]["note"] for row in lines(found["blank pictures and text, jpeg:5"])} == {"jpeg:5; blank"}
    again = folders(run(own, server, "--ablate", "v", "--perturb", "jpeg:5"))
    assert again.items() <= found.items()


def test_examples_are_ablated_and_stay_the_same_ones(tmp_path: Path, server: StubServer) -> None:
    """Without its picture a sample would no longer be known to share it with an example."""
    done = run(plugin(tmp_path / "own", "shots: {n: 3, from: train}"), server, "--ablate", "v,t")
    plain, unseen, untold = (lines(folder) for folder in folders(done).values())
    for whole, without, silent in zip(plain, unseen, untold, strict=True):
        assert len(whole["sent"]) == 4 and not without["sent"] and len(silent["sent"]) == 4
        assert said(without) == said(whole).replace("<image:face>\n", "").replace("<image:face>", "")
        assert "words" in said(without)
        assert "words" not in said(silent)
        assert [one["digest"] for one in silent["sent"]] == [one["digest"] for one in whole["sent"]]


def test_shards_of_a_variant_are_the_whole_variant(tmp_path: Path, server: StubServer) -> None:
    own = plugin(tmp_path / "own")
    whole = folders(run(own, server, "--ablate", "t", "--perturb", "low-light:2"))
    kept = {name: (folder / "results.json").read_bytes() for name, folder in whole.items()}
    (tmp_path / "runs").rename(tmp_path / "before")
    parts = [
        folders(run(own, server, "--ablate", "t", "--perturb", "low-light:2", "--shard", f"{n}/2")) for n in (1, 2)
    ]
    for name, folder in parts[0].items():
        assert affectbench("merge", folder.parent).code == 0
        merged = json.loads((folder.parent / "results.json").read_text())
        assert merged == {**json.loads(kept[name]), "proof": merged["proof"]}
        assert {**merged["proof"], "state": ""} == {**json.loads(kept[name])["proof"], "state": ""}


def test_a_variant_is_scored_again_and_compared_with_the_plain_run(tmp_path: Path, server: StubServer) -> None:
    found = folders(run(plugin(tmp_path / "own"), server, "--ablate", "v"))
    before = {folder: (folder / "results.json").read_bytes() for folder in found.values()}
    assert affectbench("score", tmp_path / "runs").code == 0
    assert {folder: (folder / "results.json").read_bytes() for folder in found.values()} == before
    both = affectbench("compare", *found.values(), "--json").json
    assert [one["variant"] for one in both["runs"]] == ["base", "without pictures"]
    assert both["n"] == N


@pytest.mark.parametrize("silent", [0, 30])
def test_text_that_the_wording_does_not_show_is_not_ablated(silent: int, tmp_path: Path, server: StubServer) -> None:
    own = plugin(tmp_path / "own", silent=silent)
    before = server.count["requests"]
    done = run(own, server, "--ablate", "t", "--variant", "v1")
    assert done.code == 2
    assert "text not consumed" in done.err
    assert server.count["requests"] == before
    assert run(own, server, "--ablate", "t").code == 0  # though the first samples have none


def test_an_example_without_its_file_is_the_fault_of_the_samples_that_show_it(
    tmp_path: Path, server: StubServer
) -> None:
    own = plugin(tmp_path / "own", "shots: {n: 3, from: train}", missing="7")
    first = run(own, server)
    rows = lines(folders(first)["base"])
    errors = [row["error"] for row in rows if row["status"] == "media_error"]
    assert {row["status"] for row in rows} <= {"ok", "unparsed", "media_error"}
    assert all(one["kind"] == "missing" and "solved example 'train7'" in one["message"] for one in errors)
    if errors:
        assert run(own, server, "--ablate", "v", "--max-bad", "1").code == 0


def test_what_cannot_change_one_picture_is_refused(tmp_path: Path, server: StubServer) -> None:
    done = run(plugin(tmp_path / "own"), server, "--perturb", "frame-shuffle:3")
    assert done.code == 2
    assert "shows no clip in several frames: frame-shuffle would change nothing" in done.err
