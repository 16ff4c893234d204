from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import affectbench as ab
from affectbench.records import read_manifest, read_outcomes
from tests.flow.flows import LABELS, affectbench, arguments, colours
from tests.stub_server import Plan, StubServer


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return colours(tmp_path / "plugin")


def replay(path: Path, answers: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows(answers.items())
    return path


def test_majority_has_a_uar_of_exactly_one_sixth(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs", "--json"))
    assert done.code == 0
    (run,) = done.json["runs"]
    overall = {
        s["metric"]: s["value"] for s in run["scores"] if s["over"] == "all" and not s["label"] and not s["group"]
    }
    assert overall["uar"] == 1 / 6
    assert overall["accuracy"] == run["baselines"]["majority"]["accuracy"] == 2 / 12
    assert run["observed"] is False
    assert run["baselines"]["chance"]["uar"] == pytest.approx(1 / 6)


def test_the_json_document_has_the_promised_fields(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "baseline:chance", tmp_path / "runs", "--json"))
    assert done.json["schema"] == 1
    (run,) = done.json["runs"]
    promised = "task model path n protocol main partial mock variant status scores tables baselines usage cost seconds"
    assert set(promised.split()) <= set(run)
    assert set(run["status"]) == {"ok", "refused", "unparsed", "api_error", "media_error", "judge_error"}
    score = run["scores"][0]
    assert {"metric", "value", "low", "high", "n", "over", "label", "fold", "group", "missing"} <= set(score)
    assert {"name": "side", "value": "left"} in [s["group"] for s in run["scores"]]
    assert run["tables"]["confusion"]["labels"] == [*LABELS, "<invalid>"]
    stored = json.loads((Path(run["path"]) / "results.json").read_text())
    assert stored["schema"] == 1
    assert not {"path", "seconds", "cost"} & set(stored)


def test_every_kind_of_answer_ends_in_its_status_and_in_the_denominator(plugin: Path, tmp_path: Path) -> None:
    answers = {f"s{i:04}": LABELS[i % 6] for i in range(12)}
    answers |= {"s0001": "", "s0002": "I can't identify emotions of real people.", "s0003": "either anger or disgust"}
    del answers["s0004"]
    (plugin / "data/s0005.png").unlink()
    file = replay(tmp_path / "answers.csv", answers)
    done = affectbench(*arguments(plugin, f"replay:{file}", tmp_path / "runs", "--json"))
    assert done.code == 3  # two errors of twelve are more than 5 %
    (run,) = done.json["runs"]
    assert run["status"] == {
        "ok": 7, "refused": 1, "unparsed": 2, "api_error": 1, "media_error": 1, "judge_error": 0,
    }  # fmt: skip
    plain = [s for s in run["scores"] if s["metric"] == "accuracy" and not s["label"] and not s["group"]]
    assert {s["over"]: (s["value"], s["n"]) for s in plain} == {"all": (7 / 12, 12), "ok": (1.0, 7)}
    assert next(s["missing"] for s in plain if s["over"] == "all") == "a miss"
    assert "affectbench show" in done.err


def test_a_table_of_scores_stands_beside_chance_and_majority(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs"))
    assert "0.167 [" in done.out
    for word in ("score [95 %]", "chance", "majority", "input not observed"):
        assert word in done.out


def test_the_same_command_asks_nothing_twice(plugin: Path, tmp_path: Path) -> None:
    with StubServer() as server:
        command = arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--no-cache", "--json")
        first, second = affectbench(*command), affectbench(*command)
        assert server.count["requests"] == 12 + 1  # and the probe without media
        assert first.json["runs"][0]["scores"] == second.json["runs"][0]["scores"]
        affectbench(*command, "--fresh")
        assert server.count["requests"] == 2 * 13


def test_only_errors_are_asked_again(plugin: Path, tmp_path: Path) -> None:
    (plugin / "data/s0005.png").rename(tmp_path / "away.png")
    with StubServer(Plan(replies=("anger", "fear"))) as server:
        command = arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--no-cache", "--json")
        assert affectbench(*command).json["runs"][0]["status"]["media_error"] == 1
        (tmp_path / "away.png").rename(plugin / "data/s0005.png")
        assert affectbench(*command).json["runs"][0]["status"]["ok"] == 12
        assert server.count["requests"] == 12 + 1  # and the probe without media


def test_changed_media_are_noticed(plugin: Path, tmp_path: Path) -> None:
    command = arguments(plugin, "baseline:chance", tmp_path / "runs")
    assert affectbench(*command).code == 0
    with (plugin / "data/s0003.png").open("ab") as file:
        file.write(b"more")
    done = affectbench(*command)
    assert done.code == 1
    assert "changed since this run began" in done.err
    assert affectbench(*command, "--fresh").code == 0


def test_the_record_says_what_was_sent(plugin: Path, tmp_path: Path) -> None:
    with StubServer() as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--json"))
    folder = Path(done.json["runs"][0]["path"])
    outcome = next(iter(read_outcomes(folder)))
    (facts,) = outcome.sent
    assert (facts.width, facts.height, facts.format, facts.source) == (8, 8, "png", "s0000.png")
    assert facts.digest
    assert facts.digest.startswith("sha256:")
    assert outcome.responses[0].served
    manifest = read_manifest(folder)
    assert manifest["sealed"] is True
    assert manifest["spent"]["calls"] == 12 + 1  # and the probe without media
    text = (folder / "manifest.json").read_text() + (folder / "samples.jsonl").read_text()
    assert str(tmp_path) not in text


def test_local_data_do_not_leave_before_any_connection(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", send="local")
    done = affectbench(*arguments(plugin, "openai:m@http://203.0.113.9/v1", tmp_path / "runs"))
    assert done.code == 2
    assert "may not be sent" in done.err
    assert not (tmp_path / "runs").exists()
    with StubServer() as server:  # a loopback server is this machine
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs"))
        assert done.code == 0


def test_limits_are_nested_and_marked(plugin: Path, tmp_path: Path) -> None:
    kept = []
    for n in (3, 6):
        done = affectbench(*arguments(plugin, "baseline:chance", tmp_path / "runs", "--limit", str(n), "--json"))
        (run,) = done.json["runs"]
        assert run["partial"] is True
        assert run["n"] == n
        kept.append({outcome.id for outcome in read_outcomes(Path(run["path"]))})
    assert kept[0] < kept[1]


def test_variants_are_runs_of_their_own(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "baseline:chance", tmp_path / "runs", "--variant", "all", "--json"))
    variants = [run["variant"] for run in done.json["runs"]]
    assert variants[0] == "base"
    assert len(set(variants)) == len(variants) >= 4
    assert len({run["path"] for run in done.json["runs"]}) == len(variants)


def test_dry_run_shows_a_request_and_needs_no_server(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "openai:m@http://203.0.113.9/v1", tmp_path / "runs", "--dry-run"))
    assert done.code == 0
    for word in ("<image:face>", "sha256:", "8×8", "tokens"):
        assert word in done.out
    assert not (tmp_path / "runs").exists()


def test_show_says_what_was_sent_said_and_read(plugin: Path, tmp_path: Path) -> None:
    plan = Plan(replies=("**Fear**, not anger. \x1b[31m",))
    with StubServer(plan) as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--json"))
    folder = done.json["runs"][0]["path"]
    shown = affectbench("show", folder, "--sample", "s0000").out
    for word in ("s0000: ok", "gold      anger", "8×8", "sha256:", "Fear", "read as   fear", "rule:"):
        assert word in shown
    assert "\x1b[31m" not in shown
    wrong = affectbench("show", folder, "--wrong", "--first", "0", "--json").json["samples"]
    assert len(wrong) == 10
    assert affectbench("show", folder, "--sample", "s000").code == 2


def test_score_reads_again_without_model_or_data(plugin: Path, tmp_path: Path) -> None:
    done = affectbench(*arguments(plugin, "baseline:chance", tmp_path / "runs", "--json"))
    folder = Path(done.json["runs"][0]["path"])
    before = (folder / "results.json").read_bytes()
    lines = (folder / "samples.jsonl").read_text()
    (folder / "samples.jsonl").write_text(lines.replace('"status":"ok"', '"status":"unparsed"'))
    for file in (plugin / "data").iterdir():
        file.unlink()
    again = affectbench("score", folder, "--json")
    assert again.json["runs"][0]["status"]["ok"] == 12
    assert (folder / "results.json").read_bytes() == before
    (folder / "gold.jsonl").unlink()
    assert "gold was left out" in affectbench("score", folder).err


def test_usage_errors_end_with_2_and_say_what_to_do(plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    cases = {
        "no task or suite is called": ["run", "-m", "baseline:chance", "-t", "colors", "--plugin", plugin],
        "not bound": ["run", "-m", "baseline:chance", "-t", "colours", "--plugin", plugin],
        "unknown backend": arguments(plugin, "opnai:m", out),
        "no model": arguments(plugin, "nothing", out),
        "expected ID=DIR": ["run", "-m", "baseline:chance", "-t", "colours", "--plugin", plugin, "--data", "x"],
    }
    for words, command in cases.items():
        done = affectbench(*command)
        assert done.code == 2, words
        assert words in done.err


def test_a_fatal_model_error_stops_at_the_first_call(plugin: Path, tmp_path: Path) -> None:
    with StubServer(Plan(always="401")) as server:
        done = affectbench(*arguments(plugin, f"openai:m@{server.url}", tmp_path / "runs", "--in-flight", "1"))
        assert done.code == 1
        assert server.count["requests"] == 1


def test_the_same_from_python(plugin: Path, tmp_path: Path) -> None:
    data = {"colours": plugin / "data"}
    run = ab.run("colours", "baseline:majority", data=data, plugins=[plugin], out=tmp_path / "runs")
    assert run.results["n"] == 12
    assert [s.id for s in ab.load_samples("colours", data=data, plugins=[plugin])][:2] == ["s0000", "s0001"]
    frame = ab.load_runs(tmp_path / "runs")
    uar = frame[(frame.metric == "uar") & (frame.over == "all") & frame.group.isna() & frame.label.isna()]
    assert list(uar.value) == [1 / 6]
    assert ab.score(run.folder).results == run.results
