from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from affectbench.catalogue import Catalogue
from affectbench.errors import FileErrors, UsageError
from affectbench.paths import cache_folder

TASK = """\
id: {id}
title: One of many
dataset: demo-faces
target: expression
split: test
metrics: [uar]
protocol: {id}/uar
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    write(tmp_path / "p/tasks/fer/mine.yaml", TASK.format(id="mine"))
    return tmp_path / "p"


def test_plugins_by_flag_and_by_environment(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "mine" in Catalogue([plugin]).ids("task")
    assert "mine" not in Catalogue().ids("task")
    monkeypatch.setenv("AFFECTBENCH_PLUGINS", str(plugin))
    assert "mine" in Catalogue().ids("task")
    with pytest.raises(UsageError, match="not a folder"):
        Catalogue([plugin / "none"]).ids("task")


def test_both_endings_of_yaml_are_found(plugin: Path) -> None:
    write(plugin / "tasks/fer/other.yml", TASK.format(id="other"))
    assert {"mine", "other"} <= set(Catalogue([plugin]).ids("task"))


def test_a_folder_that_is_no_plugin_is_refused(plugin: Path) -> None:
    with pytest.raises(UsageError, match="holds none of the folders tasks/, prompts/, models/, leaderboard/"):
        Catalogue([plugin / "tasks"]).ids("task")


def test_an_installed_package_names_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "their_tasks/tasks/fer/theirs.yaml", TASK.format(id="theirs"))
    write(tmp_path / "their_tasks/__init__.py", "raise RuntimeError('a plug-in of files is never imported')")
    points = "[affectbench.plugins]\ntheirs = their_tasks\n"
    write(tmp_path / "their_tasks-1.0.dist-info/entry_points.txt", points)
    write(tmp_path / "their_tasks-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: their-tasks\nVersion: 1.0\n")
    code = "from affectbench.catalogue import Catalogue; print(Catalogue().load('task', 'theirs').spec.id)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "theirs"


def test_two_files_with_one_id_are_an_error_that_names_both(plugin: Path) -> None:
    write(plugin / "tasks/other/mine.yaml", TASK.format(id="mine"))
    with pytest.raises(FileErrors) as caught:
        Catalogue([plugin]).load("task", "mine")
    assert "fer/mine.yaml" in str(caught.value)
    assert "other/mine.yaml" in str(caught.value)


def test_a_broken_file_disables_itself_alone_and_is_listed_with_its_errors(plugin: Path) -> None:
    write(plugin / "tasks/fer/broken.yaml", "id: wrong\nmetriks: [uar]\ndataset: 3\n")
    entries = {entry.id: entry for entry in Catalogue([plugin]).entries("task")}
    assert entries["mine"].faults == ()
    messages = [str(fault) for fault in entries["broken"].faults]
    assert any("broken.yaml:1:1: id 'wrong' does not agree with the file: 'broken'" in m for m in messages)
    assert any("broken.yaml:2:1: unknown field 'metriks'; did you mean 'metrics'?" in m for m in messages)
    assert any("the field 'protocol' is missing" in m for m in messages)


def test_names_globs_suites_and_files(plugin: Path, tmp_path: Path) -> None:
    known = Catalogue([plugin])
    assert known.tasks(["mine", "mine*"]) == ["mine"]
    assert len(known.tasks(["demo"])) > 5
    loose = write(tmp_path / "loose.yaml", TASK.format(id="loose"))
    assert known.tasks([str(loose)]) == ["loose"]
    assert known.load("task", "loose").spec.title == "One of many"
    with pytest.raises(UsageError, match="did you mean 'raf-db'"):
        known.tasks(["raf-bd"])
    with pytest.raises(UsageError, match="there is no task file"):
        known.tasks(["none.yaml"])


def test_the_index_notices_changed_new_and_gone_files(plugin: Path) -> None:
    def titles() -> dict[str, str]:
        return {e.id: e.fields.get("title", "broken") for e in Catalogue([plugin]).entries("task")}

    assert titles()["mine"] == "One of many"
    path = write(plugin / "tasks/fer/mine.yaml", TASK.format(id="mine").replace("One of many", "Another title"))
    assert titles()["mine"] == "Another title"
    write(plugin / "tasks/fer/more.yaml", TASK.format(id="more"))
    assert "more" in titles()
    path.unlink()
    assert "mine" not in titles()


def test_an_index_that_is_torn_or_cannot_be_written_costs_nothing_but_time(plugin: Path) -> None:
    cache = Path(os.environ["AFFECTBENCH_CACHE"])
    Catalogue([plugin]).entries("task")
    (index,) = cache.glob("index-*.json")
    for text in ("{", "[]", '{"x": 1}', '{"%s": [1, 2]}' % (plugin / "tasks/fer/mine.yaml")):
        index.write_text(text)
        assert "mine" in [entry.id for entry in Catalogue([plugin]).entries("task")]


def test_a_list_of_300_files_answers_at_once(tmp_path: Path) -> None:
    for i in range(300):
        write(tmp_path / f"p/tasks/many/t{i:03}.yaml", TASK.format(id=f"t{i:03}"))
    listing = ["tasks", "list", "--plugin", str(tmp_path / "p")]

    def cpu_s(arguments: list[str], says: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-m", "affectbench", *arguments], check=True, capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert says in done.stdout
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    cpu_s(listing, "t299")  # which makes the index
    pairs = [(cpu_s(listing, "t299"), cpu_s(["--help"], "Usage")) for _ in range(5)]
    assert min(lists for lists, _ in pairs) < 2 * min(helps for _, helps in pairs)


def test_a_hostile_file_is_refused_within_a_second(plugin: Path) -> None:
    write(
        plugin / "tasks/fer/bomb.yaml",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [" + ",".join(["*a"] * 9_000) + "]\nc: [*b,*b]\n",
    )
    start = time.process_time()
    with pytest.raises(FileErrors, match="more than 10,000 values"):
        Catalogue([plugin]).load("task", "bomb")
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "torn",
    [
        "[" * 100_000,
        *('{"FILE": [1]}', '{"FILE": STAMP]}', '{"FILE": STAMP, 7]}', '{"FILE": STAMP, {}]}'),
        *(
            '{"FILE": STAMP, {"fields": {"title": 5}, "faults": []}]}',
            '{"FILE": STAMP, {"fields": {}, "faults": [[1]]}]}',
        ),
    ],
)
def test_a_torn_index_is_written_anew(plugin: Path, torn: str) -> None:
    file = plugin / "tasks/fer/mine.yaml"
    Catalogue([plugin]).entries("task")
    (index,) = cache_folder().glob("index-*.json")
    stamp = f"[{file.stat().st_mtime_ns}, {file.stat().st_size}"
    index.write_text(torn.replace("FILE", str(file)).replace("STAMP", stamp))
    (entry,) = (entry for entry in Catalogue([plugin]).entries("task") if entry.id == "mine")
    assert entry.fields["title"] == "One of many"


def test_a_file_that_is_a_dangling_link_is_listed_with_its_fault(plugin: Path) -> None:
    (plugin / "tasks" / "gone.yaml").symlink_to(plugin / "nowhere")
    (entry,) = (entry for entry in Catalogue([plugin]).entries("task") if entry.id == "gone")
    assert "cannot be read" in entry.faults[0].message
