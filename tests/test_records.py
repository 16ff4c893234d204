from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affectbench.errors import RecordError
from affectbench.records import Record, read_manifest, read_outcomes, read_results, read_samples
from affectbench.types import Gold, Outcome, Parsed, Problem, Response, Sample, Status

MANIFEST = {"schema": 1, "run": "abc"}


def outcome(name: str, status: Status = "ok", text: str = "fear") -> Outcome:
    if status == "api_error":
        return Outcome(id=name, status=status, error=Problem(stage="model", kind="server", message="500"))
    return Outcome(
        id=name, status=status, responses=(Response(text=text),), parsed=Parsed(status="ok", value=text, rule="r")
    )


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "run", MANIFEST) as opened:
        yield opened


def test_the_manifest_is_on_disk_before_the_first_line(record: Record) -> None:
    assert read_manifest(record.folder) == MANIFEST


def test_a_line_is_readable_by_others_at_once(record: Record) -> None:
    record.append(outcome("a"))
    assert [o.id for o in read_outcomes(record.folder)] == ["a"]


def test_only_final_statuses_are_done_and_the_last_line_wins(record: Record) -> None:
    record.append(outcome("a", "api_error"))
    assert not record.done("a")
    record.append(outcome("a"))
    record.append(outcome("b", "api_error"))
    assert record.done("a")
    assert not record.done("b")
    assert [o.status for o in record.outcomes([("b", 0), ("a", 0), ("c", 0)])] == ["api_error", "ok"]


def test_sealing_orders_the_lines_drops_the_superseded_and_may_be_repeated(record: Record) -> None:
    for line in (outcome("b", "api_error"), outcome("a"), outcome("b")):
        record.append(line)
    keys = [("a", 0), ("b", 0)]
    gold = Gold(levels={"valence": 0.5}, votes={"x": 2})
    golds = [
        Sample(id="a", gold=Gold(label="x")),
        Sample(id="b", gold=gold, group={"sex": "f"}, cluster="p1", fold="1"),
    ]
    record.seal(keys, golds, {"schema": 1})
    first = (record.folder / "samples.jsonl").read_bytes()
    assert [json.loads(line)["id"] for line in first.splitlines()] == ["a", "b"]
    assert read_samples(record.folder) == golds
    assert json.loads((record.folder / "results.json").read_bytes()) == {"schema": 1}
    assert read_manifest(record.folder)["sealed"] is True
    record.append(outcome("b", text="anger"))
    record.seal(keys, golds, {"schema": 1})
    assert [o.parsed.value for o in read_outcomes(record.folder) if o.parsed] == ["fear", "anger"]


def test_one_writer(record: Record) -> None:
    with pytest.raises(RecordError, match="being written by another process"):
        Record.open(record.folder, MANIFEST)


def test_a_fresh_run_begins_anew_but_not_under_another_writer(tmp_path: Path) -> None:
    with Record.open(tmp_path, MANIFEST) as record:
        record.append(outcome("a"))
        with pytest.raises(RecordError, match="being written"):
            Record.open(tmp_path, MANIFEST, fresh=True)
    with Record.open(tmp_path, MANIFEST, fresh=True) as record:
        assert not record.done("a")


def test_another_run_in_the_folder_is_refused(tmp_path: Path) -> None:
    Record.open(tmp_path, MANIFEST).close()
    with pytest.raises(RecordError, match="holds another run"):
        Record.open(tmp_path, {"schema": 1, "run": "other"})
    Record.open(tmp_path, MANIFEST).close()  # the failed attempt left no lock behind


@given(cut=st.integers(0, 600), ids=st.lists(st.text(max_size=8), min_size=1, max_size=5, unique=True))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_torn_anywhere_keeps_every_whole_line(
    tmp_path_factory: pytest.TempPathFactory, cut: int, ids: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    with Record.open(folder, MANIFEST) as record:
        for name in ids:
            record.append(outcome(name))
    data = (folder / "samples.jsonl").read_bytes()[:cut]
    (folder / "samples.jsonl").write_bytes(data)
    whole = ids[: data.count(b"\n")]
    with Record.open(folder, MANIFEST) as record:
        assert [name for name in ids if record.done(name)] == whole
        for name in ids:
            if not record.done(name):
                record.append(outcome(name))
        record.seal([(name, 0) for name in ids], [], {})
    assert [o.id for o in read_outcomes(folder)] == ids


def test_an_unreadable_line_in_the_middle_is_asked_again(tmp_path: Path) -> None:
    with Record.open(tmp_path, MANIFEST) as record:
        record.append(outcome("a"))
    with (tmp_path / "samples.jsonl").open("ab") as file:
        file.write(b'{"id": "b", "sta\x00\n[1]\n"x"\n')
    with Record.open(tmp_path, MANIFEST) as record:
        assert record.done("a")
        assert not record.done("b")
        record.append(outcome("b"))
        record.seal([("a", 0), ("b", 0)], [], {})
    assert [o.id for o in read_outcomes(tmp_path)] == ["a", "b"]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from affectbench.errors import RecordError
from affectbench.records import Record
from affectbench.types import Outcome
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
record = Record.open(Path(sys.argv[1]), {"schema": 1, "run": "abc"})
try:
    for i in range(1000):
        record.append(Outcome(id=f"s{i}", status="refused"))
except RecordError as error:
    print(i, error)
"""


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, check=True)
    written = int(done.stdout.split()[0])
    assert written > 50
    assert "make room" in done.stdout
    assert [o.id for o in read_outcomes(tmp_path)] == [f"s{i}" for i in range(written)]
    with Record.open(tmp_path, MANIFEST) as record:
        assert record.done(f"s{written - 1}")
        record.append(outcome("next"))


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "run", Path("/proc/affectbench-run")):
        with pytest.raises(RecordError, match="give another folder with --out"):
            Record.open(folder, MANIFEST)


KILLED = """
import os, sys
from pathlib import Path
from affectbench.records import Record
from affectbench.types import Outcome
record = Record.open(Path(sys.argv[1]), {"schema": 1, "run": "abc"})
for i in range(10**6):
    record.append(Outcome(id=f"s{i}", status="ok"))
    os.write(1, f"s{i}\\n".encode())
"""


def test_what_was_appended_survives_kill_9(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE) as child:
        assert child.stdout
        seen = [child.stdout.readline().decode().strip() for _ in range(500)]
        child.send_signal(signal.SIGKILL)
    with Record.open(tmp_path, MANIFEST) as record:
        assert all(record.done(name) for name in seen)


def test_foreign_folders_and_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="not a finished run folder"):
        read_results(tmp_path)
    (tmp_path / "manifest.json").write_text("[1]")
    with pytest.raises(RecordError, match="not a JSON object"):
        read_manifest(tmp_path)
    (tmp_path / "samples.jsonl").write_text('{"id": "a", "status": "wrong"}\n')
    with pytest.raises(RecordError, match=r"samples.jsonl:1: not an outcome"):
        list(read_outcomes(tmp_path))
    with pytest.raises(RecordError, match="gold was left out"):
        read_samples(tmp_path)


def test_a_line_that_somebody_edited_is_named(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text('{"id": "a", "repeat": 0, "status": "ok", "odd": 1}\n')
    with (
        Record.open(tmp_path, MANIFEST) as record,
        pytest.raises(RecordError, match=r"the line of 'a' is not an outcome .* delete it"),
    ):
        list(record.outcomes([("a", 0)]))
