"""`score RUN` with `--parser` or `--metric`: other numbers of the same replies, and the run stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import affectbench as ab
from affectbench.errors import UsageError
from tests.flow.flows import LABELS, affectbench, arguments, colours

REPLIES = {0: " ANGER\n", 1: "Disgust.", 2: "", 3: "It is happiness", 4: "sadness"}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Six samples, one of each label, whose replies the parsers read in different ways."""
    plugin = colours(tmp_path / "plugin", n=6)
    rows = [json.dumps({"id": f"s{i:04}", "text": REPLIES.get(i, "I cannot tell")}) for i in range(6)]
    (tmp_path / "answers.jsonl").write_text("\n".join(rows) + "\n")
    model = f"replay:{tmp_path / 'answers.jsonl'}"
    done = affectbench(*arguments(plugin, model, tmp_path / "runs", "--json"))
    return Path(done.json["runs"][0]["path"])


def accuracy(results) -> float:
    return next(
        s["value"] for s in results["scores"] if s["metric"] == "accuracy" and s["over"] == "all" and not s["group"]
    )


def test_another_parser_is_shown_beside_our_own_and_nothing_is_written(run: Path) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    (found,) = affectbench("score", run, "--parser", "emobench-m", "--json").json["reread"]
    assert accuracy(found["own"]) == 4 / 6
    assert accuracy(found["read"]) == 2 / 6
    assert accuracy(found["kept"]) == 2 / 5
    assert (found["read"]["n"], found["kept"]["n"]) == (6, 5)
    shown = affectbench("score", run, "--parser", "emobench-m").out
    assert "emobench-m" in shown and "0.667" in shown and "0.333" in shown and "0.400" in shown
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_a_parser_that_drops_nothing_has_two_columns(run: Path) -> None:
    found = ab.reread(run, "mmaffben")
    assert found.kept is None
    assert accuracy(found.read) == 4 / 6


def test_a_parser_must_exist_and_read_the_form(run: Path) -> None:
    with pytest.raises(UsageError, match="no answer parser 'nonsense'"):
        ab.reread(run, "nonsense")
    assert affectbench("score", run, "--parser", "mer-unibench").code == 2


def test_other_metrics_of_the_same_answers_are_shown_and_nothing_is_written(run: Path) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    (found,) = affectbench("score", run, "--metric", "kappa", "--metric", "accuracy", "--json").json["measured"]
    assert set(found["versions"]["metrics"]) == {"kappa", "accuracy"}
    assert found["main"] == "kappa"
    assert accuracy(found) == 4 / 6
    shown = affectbench("score", run, "--metric", "accuracy").out
    assert "0.667 [" in shown and "1.000 [" in shown and "best constant" in shown
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    assert ab.measured(run, "uar")["main"] == "uar"


def test_a_metric_must_exist_and_be_of_the_form(run: Path) -> None:
    for wanted, said in (("kapa", "did you mean 'kappa'"), ("ccc", "not defined for answers of form 'choice'")):
        done = affectbench("score", run, "--metric", wanted)
        assert done.code == 2 and said in done.err
    both = affectbench("score", run, "--metric", "uar", "--parser", "emobench-m")
    assert both.code == 2 and "name one" in both.err
    with pytest.raises(UsageError, match="name a metric at least"):
        ab.measured(run)


def test_a_task_may_name_a_published_parser(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=6)
    file = plugin / "tasks/own/colours.yaml"
    file.write_text(file.read_text().replace("answer: {form: choice}", "answer: {form: choice, parser: r1-omni}"))
    rows = [
        json.dumps({"id": f"s{i:04}", "text": f"<think>fear</think><answer>{LABELS[i]}</answer>"}) for i in range(6)
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(rows) + "\n")
    done = affectbench(*arguments(plugin, f"replay:{tmp_path / 'answers.jsonl'}", tmp_path / "runs", "--json"))
    assert accuracy(done.json["runs"][0]) == 1.0


def test_a_task_whose_parser_does_not_exist_is_refused_before_anything_runs(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin", n=6)
    file = plugin / "tasks/own/colours.yaml"
    file.write_text(file.read_text().replace("answer: {form: choice}", "answer: {form: choice, parser: r1-omny}"))
    done = affectbench(*arguments(plugin, "baseline:majority", tmp_path / "runs"))
    assert done.code == 2
    assert "did you mean 'r1-omni'" in done.err
    assert not (tmp_path / "runs").exists()
