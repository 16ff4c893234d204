from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from affectbench.errors import FileErrors
from affectbench.specs.yaml_text import load, parse


def faults(text: str) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        parse(text, "t.yaml")
    return [str(f) for f in caught.value.faults]


def test_scalars_keep_the_text_that_was_typed() -> None:
    data, _ = parse("a: 01\nb: no\nc: 010\nd: 1.50\ne: null\nf: ~\ng:\nh: ''\ni: 2026-01-02\nj: 0x1F", "t.yaml")
    assert data == {
        "a": "01", "b": "no", "c": "010", "d": "1.50", "e": "null", "f": "~", "g": None, "h": "", "i": "2026-01-02",
        "j": "0x1F",
    }  # fmt: skip


def test_every_key_and_item_has_its_place() -> None:
    _, places = parse("a:\n  - x\n  - b: 1\n", "t.yaml")
    assert places["a",] == (1, 1)
    assert places["a", 0] == (2, 5)
    assert places["a", 1, "b"] == (3, 5)


def test_aliases_are_values_and_errors_below_them_point_at_the_alias() -> None:
    data, places = parse("a: &x {k: 1}\nb: *x\n", "t.yaml")
    assert data["b"] == {"k": "1"}
    assert places["b",] == (2, 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "t.yaml:2:1: the key 'a' stands here twice"),
        ("a: !!python/object/apply:os.system [ls]", "t.yaml:1:4: the tag"),
        ("a: !include /etc/passwd", "the tag"),
        ("a: 1\n---\nb: 2", "t.yaml:2:1: a second document"),
        ("? [a]\n: 1", "a key must be plain text"),
        ("a: {{ b }}", "t.yaml:1:5: a key must be plain text; a value that begins with `{{` must be quoted"),
        ("a:\n\tb: 1", "t.yaml:2:1: not YAML: found character that cannot start any token; indent with spaces"),
        ("a: [1", "t.yaml:2:1: not YAML"),
        ("a: *nothing", "names nothing above it"),
        ("a: \t- x\n\tb: 1", "not YAML"),
        ("a: \x00", "not YAML"),
    ],
)
def test_bad_text_is_refused_with_its_place(text: str, words: str) -> None:
    assert words in faults(text)[0]


def test_a_recursive_alias_is_refused() -> None:
    assert "names nothing above it" in faults("a: &x [*x]")[0]


BOMBS = {
    "billion laughs": "\n".join(
        ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
        + [f"l{i}: &l{i} [{', '.join(f'*l{i - 1}' for _ in range(9))}]" for i in range(1, 12)]
    ),
    "many values": "a: [" + "1," * 400_000 + "]",
    "deep": "[" * 450_000,
    "deep blocks": "\n".join(" " * i + "a:" for i in range(1_300)),
    "many aliases": "a: &a [1,2,3,4,5,6,7,8]\nb: [" + "*a," * 200_000 + "]",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_within_a_second_and_200_mb(name: str) -> None:
    assert len(BOMBS[name]) < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    assert "more than 10,000 values" in faults(BOMBS[name])[0] or "nested deeper" in faults(BOMBS[name])[0]
    assert time.process_time() - start < 2  # parsed twice here
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(FileErrors, match="larger than 1,000,000 bytes"):
        load(path, "big.yaml")


def test_a_file_that_is_not_text_or_not_there_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("title: caf\xe9".encode("latin-1"))
    with pytest.raises(FileErrors, match="not UTF-8 text"):
        load(tmp_path / "latin.yaml", "latin.yaml")
    with pytest.raises(FileErrors, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml", "none.yaml")


def test_a_long_text_under_many_aliases_is_counted_in_full() -> None:
    assert "more than 10,000 values" in faults("a: &a " + "x" * 60_000 + "\nb: [" + "*a," * 1_000 + "]")[0]


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(FileErrors, match="is not a file"):
        load(tmp_path / "pipe.yaml", "pipe.yaml")
