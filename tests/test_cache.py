"""The cache: kept replies come back, bad ones never enter, and no state of its file stops a run."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from pathlib import Path

import pytest

from affectbench import cache
from affectbench.types import Problem, Response, Usage
from tests.questions import prompt

GOOD = Response(text="happiness", finish="stop", usage=Usage(prompt_tokens=7), seconds=0.5, served="m")


def test_a_reply_comes_back_whole(tmp_path: Path) -> None:
    with cache.open(tmp_path / "c.sqlite") as kept:
        kept.put("k", GOOD)
        assert kept.get("k") == GOOD  # not yet written
        assert kept.get("other") is None
    with cache.open(tmp_path / "c.sqlite") as kept:
        assert kept.get("k") == GOOD


def test_no_path_keeps_nothing() -> None:
    with cache.open(None) as kept:
        kept.put("k", GOOD)
        assert kept.get("k") is None


def test_the_key_tells_requests_and_models_apart() -> None:
    one, other = prompt("a"), prompt("b")
    keys = {cache.key(identity, p) for identity in ("m1", "m2") for p in (one, other)}
    assert len(keys) == 4
    assert cache.key("m1", one) == cache.key("m1", prompt("a"))


@pytest.mark.parametrize(
    ("response", "temperature"),
    [
        (Response(error=Problem(stage="model", kind="server", message="down")), 0.0),
        (Response(text="cut", finish="content_filter"), 0.0),
        (Response(), 0.0),
        (GOOD, 0.7),
    ],
)
def test_what_must_not_enter(response: Response, temperature: float) -> None:
    assert not cache.worth_keeping(prompt("a", temperature=temperature), response)


def test_good_greedy_replies_enter_even_if_empty() -> None:
    assert cache.worth_keeping(prompt("a"), GOOD)
    assert cache.worth_keeping(prompt("a"), Response(text=""))


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE theirs (a)")
    file.close()


def torn(path: Path) -> None:
    with cache.open(path) as kept:
        for n in range(500):
            kept.put(f"{n}", GOOD)
    file = sqlite3.connect(path)
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("spoil", [foreign, torn, lambda p: p.write_bytes(b"no database " * 1000)])
def test_a_broken_file_is_set_aside(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "c.sqlite"
    spoil(path)  # type: ignore[operator]
    with pytest.warns(UserWarning, match="set aside"), cache.open(path) as kept:
        assert kept.get("1") is None
        kept.put("k", GOOD)
    assert (tmp_path / "c.sqlite.broken-0").exists()
    with cache.open(path) as kept:
        assert kept.get("k") == GOOD


def test_a_file_that_breaks_while_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    torn(path)
    whole = tmp_path / "whole.sqlite"
    with cache.open(whole) as kept:
        for n in range(5000):
            kept.put(f"{n:05}", GOOD)
    sqlite3.connect(whole).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    data = whole.read_bytes()
    whole.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    with pytest.warns(UserWarning, match="set aside"), cache.open(whole) as kept:
        assert kept.get("00100") is None
        kept.put("k", GOOD)
        assert kept.get("k") == GOOD


def test_a_spoilt_row_is_a_miss(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    cache.open(path).close()
    with sqlite3.connect(path) as file:
        file.execute("INSERT INTO responses VALUES ('k', '{\"text\": 3')")
    file.close()
    with cache.open(path) as kept:
        assert kept.get("k") is None


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="without the cache"), cache.open(tmp_path / "file" / "c.sqlite") as kept:
        kept.put("k", GOOD)
        assert kept.get("k") is None


def write(path: Path, name: str, count: int) -> None:
    with cache.open(path) as kept:
        for n in range(count):
            kept.put(f"{name}{n}", GOOD)


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write, args=(path, name, 300)) for name in "ab"]
    for writer in writers:
        writer.start()
    write(path, "c", 300)
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with cache.open(path) as kept:
        assert all(kept.get(f"{name}{n}") == GOOD for name in "abc" for n in range(300))


def test_get_and_put_are_cheap(tmp_path: Path) -> None:
    with cache.open(tmp_path / "c.sqlite") as kept:
        began = time.process_time()
        for n in range(2000):
            kept.put(f"{n}", GOOD)
            kept.get(f"{n}")
        assert (time.process_time() - began) / 4000 < 1e-4
