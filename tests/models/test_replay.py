"""Replay: a file's answers come back as they stand; what is wrong with the file is told with its line."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from pathlib import Path

import pytest

from affectbench import models
from affectbench.errors import FileErrors, UsageError
from affectbench.models.replay import Replay
from tests.questions import CHOICE, prompt


def build(path: Path, *ids: str) -> Replay:
    facts = models.TaskFacts(id="raf", asked=CHOICE, ids=ids)
    model = models.build(models.parse_name(f"replay:{path}"), facts)
    assert isinstance(model, Replay) and not model.observes
    return model


def said(model: Replay, sample_id: str, repeat: int = 0) -> str | None:
    reply = asyncio.run(model.generate(prompt(sample_id, repeat=repeat)))
    return f"{reply.error.kind}: {reply.error.message}" if reply.error else reply.text


def faults(path: Path, *ids: str) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        build(path, *ids)
    return [f"{fault.line}: {fault.message}" for fault in caught.value.faults]


def write(tmp_path: Path, text: str, name: str = "answers.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv(tmp_path: Path) -> None:
    text = '\ufeffid,note,text,error\n01,x,"fear, or\nanger",\n02,x,,\n03,x,,too slow\n'
    model = build(write(tmp_path, text), "01", "02", "03", "04")
    assert [said(model, f"0{n}") for n in range(1, 5)] == [
        "fear, or\nanger",
        "",
        "replayed: too slow",
        "no_reply: answers.csv holds no answer for '04'",
    ]


def test_jsonl(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "joy"}, {"id": 7, "text": ""}, {"id": "c", "error": "blocked"}]
    model = build(write(tmp_path, "\n\n".join(map(json.dumps, rows)), "a.jsonl"), "a", "7", "c")
    assert [said(model, sample) for sample in ("a", "7", "c")] == ["joy", "", "replayed: blocked"]


def test_one_file_answers_several_tasks(tmp_path: Path) -> None:
    path = write(tmp_path, "task,id,text\nraf,a,joy\nother,a,fear\nother,z,fear\n,b,anger\n")
    model = build(path, "a", "b")
    assert [said(model, sample) for sample in ("a", "b")] == ["joy", "anger"]
    strange = write(tmp_path, '{"id": "a", "task": 7, "text": "joy"}\n', "a.jsonl")
    assert faults(strange, "a") == ["1: id 'a': task 7 is not text"]
    doubled = write(tmp_path, "task,id,text\nraf,a,joy\n,a,fear\n")
    assert faults(doubled, "a") == ["3: id 'a' stands also in line 2"]


def test_repeats(tmp_path: Path) -> None:
    model = build(write(tmp_path, "id,repeat,text\na,0,joy\na,1,fear\nb,,anger\n"), "a", "b")
    assert [said(model, "a", n) for n in (0, 1)] == ["joy", "fear"]
    assert said(model, "a", 2) == "no_reply: answers.csv holds no answer for 'a'"
    assert [said(model, "b", n) for n in (0, 5)] == ["anger", "anger"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,text\na,joy\nzz1,x\nzz2,x\n", ["3: id 'zz1' is not in task 'raf' (and 1 more); did you mean 'zz0'?"]),
        ("id,text\na,joy\nb,x\na,joy\n", ["4: id 'a' stands also in line 2"]),
        ('id,text\na,"two\nlines"\nb\n', ["4: a torn row: 1 fields, not 2"]),
        ('id,text\na,joy\nb,"fe', ["3: a torn row: unexpected end of data"]),
        ("id,text\n,joy\n", ["2: the row has no id"]),
        ("id,text,repeat\na,joy,-1\n", ["2: id 'a': repeat '-1' is not a whole number from 0"]),
        ("id;text\na;joy\n", ["1: the columns are id;text: id and text (or error) are needed"]),
        ("", ["1: the columns are missing: id and text (or error) are needed"]),
        ("id,error\na,\n", ["2: id 'a' has neither a text nor an error that is text"]),
    ],
)
def test_faults_of_a_csv(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert faults(write(tmp_path, text), "a", "b", "zz0") == expected


def test_faults_of_a_jsonl(tmp_path: Path) -> None:
    path = write(tmp_path, '{"id": "a", "text": 3}\n[1]\n{"id": true, "text": "x"}\n{"id": "b", "te', "a.jsonl")
    told = faults(path, "a", "b")
    assert [line.split(":")[0] for line in told] == ["1", "2", "3", "4"]
    assert "torn row" in told[3]


def test_a_file_wrong_throughout_is_not_told_throughout(tmp_path: Path) -> None:
    assert len(faults(write(tmp_path, "id,text\n" + "a\n" * 500), "a")) == 20


@pytest.mark.parametrize(("name", "message"), [("none.csv", "no such file"), ("a.xlsx", r"\.csv or \.jsonl")])
def test_no_file(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "a.xlsx").write_text("x")
    with pytest.raises(UsageError, match=message):
        build(tmp_path / name, "a")


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,text\na,caf\xe9\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        build(tmp_path / "a.csv", "a")


@pytest.mark.parametrize("name", ["big.csv", "big.jsonl"])
def test_a_hundred_thousand_rows_are_fast_and_lean(tmp_path: Path, name: str) -> None:
    ids = [f"{n:06}" for n in range(100_000)]
    line = (lambda i: json.dumps({"id": i, "text": "joy"})) if name.endswith("jsonl") else (lambda i: f"{i},joy")
    path = write(tmp_path, "\n".join([*([] if name.endswith("jsonl") else ["id,text"]), *map(line, ids)]), name)
    began = time.process_time()
    model = build(path, *ids)
    assert time.process_time() - began < 3
    assert len(model.replies) == 100_000
    del model
    tracemalloc.start()
    build(path, *ids[:1], *ids[1:])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 100_000_000


def test_a_repeat_of_thousands_of_digits_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("id,text,repeat\n1,fear," + "9" * 5_000 + "\n")
    with pytest.raises(FileErrors, match="is not a whole number") as caught:
        build(path, "1")
    assert len(str(caught.value)) < 500
