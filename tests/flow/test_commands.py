"""The other commands, typed as a stranger would."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from PIL import Image

from affectbench.cli import printing, show
from affectbench.records import read_outcomes
from affectbench.types import STATUSES
from tests.flow.flows import affectbench, arguments, colours
from tests.stub_server import StubServer


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return colours(tmp_path / "plugin")


def bound(plugin: Path) -> list[str]:
    return ["--plugin", str(plugin), "--data", f"colours={plugin / 'data'}"]


def test_tasks_list_show_and_schema(plugin: Path, tmp_path: Path) -> None:
    listed = affectbench("tasks", "list", "--plugin", plugin).out
    assert "colours" in listed
    assert "raf-db" in listed
    assert "ferplus" not in affectbench("tasks", "list", "raf*").out
    ids = [task["id"] for task in affectbench("tasks", "list", "--json", "--plugin", plugin).json["tasks"]]
    assert "colours" in ids
    shown = affectbench("tasks", "show", "raf-db").out
    for word in ("request", "surprise, fear, disgust", "raf-db/accuracy", "choice/expression"):
        assert word in shown
    assert affectbench("tasks", "schema", "--out", tmp_path / "s").code == 0
    for file in (tmp_path / "s").iterdir():
        assert json.loads(file.read_text())["type"] == "object"


def test_check_renders_a_sample_and_says_every_fault_with_its_place(plugin: Path) -> None:
    done = affectbench("tasks", "check", "colours", *bound(plugin))
    assert (done.code, done.out) == (0, "tasks checked: 1, with a rendered sample: 1, faults: 0\n")
    path = plugin / "tasks/own/colours.yaml"
    path.write_text(path.read_text().replace("metrics: [", "metrics: [uarr, ").replace("ekman-6", "ekmann-6"))
    done = affectbench("tasks", "check", "colours", *bound(plugin))
    assert done.code == 2
    lines = done.err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{path}:12:25: there is no label set 'ekmann-6'")
    assert all(line.startswith(f"{path}:") for line in lines)
    assert "'ekman-6'" in done.err
    assert "'uar'" in done.err


def test_check_says_why_a_task_has_no_sample(plugin: Path) -> None:
    path = plugin / "tasks/own/colours.yaml"
    path.write_text(path.read_text() + "fold: 7\n")
    found = affectbench("tasks", "check", "colours", *bound(plugin)).err
    assert "none of 12 rows of 'colours' is a sample of split 'test', fold '7'" in found
    (plugin / "data/labels.csv").write_text("file,label,side\n")
    assert "there are no rows in colours:labels.csv" in affectbench("tasks", "check", "colours", *bound(plugin)).err


def test_check_finds_a_first_sample_that_cannot_be_shown(plugin: Path) -> None:
    (plugin / "data/s0000.png").write_bytes((plugin / "data/s0000.png").read_bytes()[:40])
    done = affectbench("tasks", "check", "colours", *bound(plugin))
    assert done.code == 2
    assert "cannot be shown" in done.err


@pytest.mark.timeout(400)
def test_all_shipped_files_pass_their_check() -> None:
    done = affectbench("tasks", "check")
    assert done.code == 0, done.err


def test_a_new_task_checks_as_soon_as_it_has_data(tmp_path: Path) -> None:
    path = tmp_path / "own/tasks/fer/fresh.yaml"
    assert affectbench("tasks", "new", path).code == 0
    (tmp_path / "data").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "data/a.png")
    (tmp_path / "data/labels.csv").write_text("file,label\na.png,fear\n")
    done = affectbench("tasks", "check", path, "--data", f"fresh={tmp_path / 'data'}")
    assert "with a rendered sample: 1, faults: 0" in done.out
    assert affectbench("tasks", "new", path).code == 2


def test_export_and_replay_close_the_circle(plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "requests.jsonl"
    assert affectbench("tasks", "export", "colours", *bound(plugin), "-o", out).code == 0
    requests = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(requests) == 12
    (message,) = requests[0]["messages"]
    assert {"media": "face", "kind": "image", "path": "s0000.png"} in message["content"]
    assert str(tmp_path) not in out.read_text()
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps({"id": r["id"], "text": r["options"][0]}) + "\n" for r in requests))
    done = affectbench(*arguments(plugin, f"replay:{answers}", tmp_path / "runs", "--json"))
    assert done.json["runs"][0]["status"]["ok"] == 12


def test_data_check_mock_and_list(plugin: Path, tmp_path: Path) -> None:
    assert affectbench("data", "check", "colours", *bound(plugin)).code == 0
    Image.new("RGB", (8, 8), (0, 0, 90)).save(plugin / "data/s0007.png")
    done = affectbench("data", "check", "colours", *bound(plugin))
    assert done.code == 1
    assert "equal to another" in done.err
    assert affectbench("data", "mock", "raf-db", tmp_path / "raf").code == 0
    done = affectbench("data", "check", "raf-db", "--data", f"raf-db={tmp_path / 'raf'}")
    assert done.code == 0
    assert "synthetic" in done.out
    assert affectbench("data", "mock", "raf-db", plugin).code == 2  # never mixed with other files
    assert "bound" in affectbench("data", "list", "--data", f"raf-db={tmp_path / 'raf'}").out


def test_models_list_show_and_check(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    card = "small:\n  backend: openai\n  id: m\n  base_url: {url}\n  parameters: 1 B\n"
    with StubServer() as server:
        (tmp_path / "models/own.yaml").write_text(card.format(url=server.url))
        assert "small" in affectbench("models", "list", "--plugin", tmp_path).out
        assert affectbench("models", "show", "small", "--plugin", tmp_path).json["id"] == "m"
        checked = affectbench("models", "check", "small", "--plugin", tmp_path).json
        assert server.count["requests"] == 1
    assert checked["sent"][0]["width"] == 256
    assert checked["responses"][0]["text"]
    assert checked["spent"]["prompt_tokens"] == checked["responses"][0]["usage"]["prompt_tokens"] > 0
    assert checked["spent"]["seconds"] > 0
    (tmp_path / "models/own.yaml").write_text("film: {backend: openai, id: m, base_url: http://x, accepts: [video]}\n")
    assert "neither pictures nor sound" in affectbench("models", "check", "film", "--plugin", tmp_path).err
    (tmp_path / "models/own.yaml").write_text("small: {backend: openai, id: m, pirce: 3}\n")
    assert "own.yaml:1:" in affectbench("models", "list", "--plugin", tmp_path).err


@pytest.mark.parametrize("accepts", [["audio"], ["image", "audio"]])
def test_check_lets_a_model_hear_if_it_can(tmp_path: Path, accepts: list[str]) -> None:
    (tmp_path / "models").mkdir()
    with StubServer() as server:
        card = f"own: {{backend: openai, id: m, base_url: {server.url}, accepts: [{', '.join(accepts)}]}}\n"
        (tmp_path / "models/own.yaml").write_text(card)
        checked = affectbench("models", "check", "own", "--plugin", tmp_path).json
    assert [sent["kind"] for sent in checked["sent"]] == [kind for kind in ("image", "audio") if kind in accepts]
    assert (checked["sent"][-1]["seconds"], checked["sent"][-1]["rate"]) == (2.0, 16_000)


def test_show_says_which_part_of_a_split_is_asked_and_how_media_are_shown() -> None:
    shown = {name: affectbench("tasks", "show", name).out for name in ("dfew-fold-1", "disfa", "demo-conflict")}
    assert "of these  fold 1\nshows     clip (8 frames)" in shown["dfew-fold-1"]
    assert "of these  one in 20 within each cluster\nshows     face (picture)" in shown["disfa"]
    assert "of these  where {{ conflict == 'yes' }}\nshows     clip (8 frames), voice (sound)" in shown["demo-conflict"]


def test_check_says_how_many_have_no_gold_where_there_are_any(tmp_path: Path) -> None:
    lines = {}
    for name in ("c-expr-db", "raf-db"):
        affectbench("data", "mock", name, tmp_path / name)
        lines[name] = affectbench("data", "check", name, "--data", f"{name}={tmp_path / name}").out.splitlines()
    assert "expression: without gold 14" in lines["c-expr-db"]
    assert [line for line in lines["raf-db"] if line.startswith("expression: anger 4, ") and "gold" not in line]


def test_what_takes_a_while_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(printing, "MOMENT_S", 0.05)
    for quiet in (False, True):
        with printing.patience(f"quiet: {quiet}", quiet):
            time.sleep(0.3)
    monkeypatch.setattr(printing, "MOMENT_S", 60.0)
    with printing.patience("quick", False):
        pass
    assert capsys.readouterr().err == "quiet: False\n"


def test_a_kind_of_media_that_cannot_be_carried_is_said_before_the_first_call(plugin: Path, tmp_path: Path) -> None:
    path = plugin / "tasks/own/colours.yaml"
    path.write_text(path.read_text().replace("kind: image", "kind: audio"))
    with StubServer() as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs"))
        assert done.code == 2
        assert "does not accept audio" in done.err
        assert server.count["requests"] == 0
    assert not (tmp_path / "runs").exists()
    assert affectbench(*arguments(plugin, "baseline:chance", tmp_path / "runs")).code == 0


def test_a_key_is_nowhere_in_what_is_written(plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-planted-0123456789abcdef"
    monkeypatch.setenv("OWN_KEY", key)
    (plugin / "models").mkdir()
    with StubServer() as server:
        card = f"small: {{backend: openai, id: m, base_url: '{server.url}', key_env: OWN_KEY}}\n"
        (plugin / "models/own.yaml").write_text(card)
        done = affectbench(*arguments(plugin, "small", tmp_path / "runs", "--json"))
        assert any(key in sent for sent in server.keys)
    assert key not in done.out + done.err
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in written if key.encode() in path.read_bytes()]


def test_a_local_copys_labels_stay_in_a_file_of_their_own(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "baseline:chance", tmp_path / "runs", "--json"))
    folder = Path(done.json["runs"][0]["path"])
    assert '"gold"' not in (folder / "samples.jsonl").read_text()
    assert len((folder / "gold.jsonl").read_text().splitlines()) == 12
    assert all(outcome.status == "ok" for outcome in read_outcomes(folder))


def test_a_narrow_terminal_cuts_no_name(plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    done = affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs"))
    assert "…" not in done.out
    assert "colours" in done.out
    table = affectbench("show", tmp_path / "runs").out + affectbench("show", tmp_path / "runs", "--wrong").out
    assert "…" not in table


def test_show_knows_every_status_and_no_other(plugin: Path, tmp_path: Path) -> None:
    affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs"))
    assert set(STATUSES) == set(show.STATUSES)
    assert affectbench("show", tmp_path / "runs", "--status", "judge_error").code == 0
    assert affectbench("show", tmp_path / "runs", "--status", "refusd").code == 2


def test_every_binding_that_is_wrong_is_told_at_once(plugin: Path, tmp_path: Path) -> None:
    tasks = ("-t", "raf-db", "-t", "sfew")
    done = affectbench("run", "-m", "baseline:prior", *tasks, "--out", tmp_path)
    assert done.code == 2
    assert "the data of 'raf-db'" in done.err
    assert "the data of 'sfew'" in done.err
    done = affectbench("run", "-m", "baseline:prior", *tasks, "--data", "rafdb=x", "--out", tmp_path)
    assert (done.code, "there is no dataset 'rafdb'; did you mean 'raf-db'" in done.err) == (2, True)
    done = affectbench("data", "check", "colors", *bound(plugin))
    assert (done.code, "did you mean 'colours'" in done.err) == (2, True)


def test_doctor_tries_the_real_imports() -> None:
    found = affectbench("doctor", "--json").json["findings"]
    assert {f["name"]: f["state"] for f in found}["pydantic"] == "ok"


ESCAPES = "\x1b]0;title\x07\x1b[31m\x9b2J"


@pytest.mark.timeout(400)
def test_nothing_that_files_and_models_say_reaches_the_terminal_as_a_command(plugin: Path, tmp_path: Path) -> None:
    replies = tmp_path / "replies.jsonl"
    lines = [{"id": f"s{i:04}", **({"error": ESCAPES} if i % 2 else {"text": f"fear {ESCAPES}"})} for i in range(12)]
    replies.write_text("\n".join(map(json.dumps, lines)) + "\n")
    task = plugin / "tasks/own/colours.yaml"
    task.write_text(
        task.read_text().replace("title: Pictures", 'title: "\\e[31m"\nfamily: "\\e[31m"\ncite: Pictures', 1)
    )
    (plugin / "tasks/own/broken.yaml").write_text('"\\e[31m": 1\n')
    found = [affectbench(*arguments(plugin, f"replay:{replies}", tmp_path / "runs"))]
    (run,) = (path.parent for path in (tmp_path / "runs").rglob("manifest.json"))
    found += [affectbench("show", run, "--first", "0"), affectbench("score", run)]
    found += [affectbench("tasks", *words, "--plugin", plugin) for words in (["list"], ["show", "colours"], ["check"])]
    told = "".join(done.out + done.err for done in found)
    assert "fear ·" in told
    assert not any(control in told for control in ("\x1b", "\x07", "\x9b"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("manifest.json", '"question": {', '"question": 5, "asked": {'),
        ("manifest.json", '"repeats": 1', '"repeats": 1000000000000'),
        ("manifest.json", '"sealed": true', '"sealed": "yes"'),
        ("results.json", '"status": {', '"status": {}, "other": {'),
        ("results.json", '"scores": [', '"scores": [{}, '),
        ("results.json", '"task": "colours"', '"task": ["colours"]'),
        ("samples.jsonl", '"responses"', '"response"'),
    ],
)
def test_a_run_of_somebody_else_that_is_no_run_is_refused_in_words(
    plugin: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs"))
    (file,) = (tmp_path / "runs").rglob(name)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    done = affectbench("show" if name == "results.json" else "score", file.parent)
    assert done.code == 1
    assert name in done.err
