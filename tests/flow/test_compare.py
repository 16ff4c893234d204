"""Finished runs compared: the numbers, the reasons of a refusal, and folders that were torn or written by somebody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import affectbench as ab
from affectbench.errors import RecordError, UsageError
from affectbench.metrics import power
from tests.flow.flows import LABELS, affectbench, arguments, colours

N = 60


def replayed(plugin: Path, right: Callable[[int], bool], name: str, *more: str) -> Path:
    """Run `colours` with replies that are right where `right` says so; returns the run folder."""
    rows = ["id,text"]
    rows += [f"s{i:04},{LABELS[i % 6] if right(i) else LABELS[(i + 1) % 6]}" for i in range(N)]
    answers = plugin.parent / f"{name}.csv"
    answers.write_text("\n".join(rows) + "\n")
    done = affectbench(*arguments(plugin, f"replay:{answers}", plugin.parent / "runs", *more, "--json"))
    assert done.code == 0, done.err
    (run,) = done.json["runs"]
    return Path(run["path"])


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return colours(tmp_path_factory.mktemp("compare") / "plugin", N)


@pytest.fixture(scope="module")
def runs(plugin: Path) -> list[Path]:
    rules = {"good": lambda i: i % 10 > 0, "fair": lambda i: i % 10 > 3, "poor": lambda i: i % 10 > 7}
    return [replayed(plugin, rule, name) for name, rule in rules.items()]


@pytest.fixture
def pair(runs: list[Path], tmp_path: Path) -> tuple[Path, Path]:
    """Copies of two runs that a test may change."""
    one, other = (Path(shutil.copytree(run, tmp_path / name)) for run, name in zip(runs, "AB", strict=False))
    return one, other


def change(folder: Path, name: str, edit: Callable[[Any], None]) -> None:
    path = folder / name
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(value))


def change_line(folder: Path, name: str, number: int, edit: Callable[[Any], None]) -> None:
    lines = (folder / name).read_text().splitlines()
    value = json.loads(lines[number])
    edit(value)
    lines[number] = json.dumps(value)
    (folder / name).write_text("\n".join(lines) + "\n")


def difference(document: Any, metric: str, label: str | None = None) -> Any:
    return next(d for d in document["pairs"][0]["differences"] if (d["metric"], d["label"]) == (metric, label))


def test_two_runs_are_one_document_with_the_exact_numbers(runs: list[Path]) -> None:
    done = affectbench("compare", *runs[:2], "--json", "--samples", "2")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert set(found) == {
        "schema", "task", "protocol", "metric", "judge", "calibrated", "better", "n", "units", "clustered", "mock",
        "partial", "seed", "resamples", "runs", "pairs", "differing",
    }  # fmt: skip
    assert [found[key] for key in ("schema", "task", "metric", "n", "units")] == [1, "colours", "accuracy", N, N]
    assert set(found["runs"][0]) == {
        "name", "path", "model", "variant", "run", "observed", "status", "value", "low", "high", "interval", "ranks",
    }  # fmt: skip
    (tested,) = found["pairs"]
    assert set(tested) == {"first", "second", "p_holm", "differences"}
    accuracy = difference(found, "accuracy")
    assert set(accuracy) == {
        "metric", "label", "better", "first", "second", "value", "low", "high", "interval", "p", "p_bootstrap",
        "p_mcnemar", "p_wilcoxon", "effect", "effect_size", "odds_ratio", "detectable", "needed", "split",
    }  # fmt: skip
    assert accuracy["value"] == pytest.approx(0.9 - 0.6)
    assert accuracy["split"] == {"both": 36, "only_first": 18, "only_second": 0, "neither": 6}
    assert accuracy["p_mcnemar"] == pytest.approx(stats.binomtest(18, 18).pvalue)
    assert accuracy["p"] == tested["p_holm"] == pytest.approx(1 / 1001)
    assert accuracy["low"] < 0.3 < accuracy["high"]
    assert accuracy["odds_ratio"] == 37
    assert accuracy["effect_size"] == pytest.approx(2 * np.arcsin(0.9**0.5) - 2 * np.arcsin(0.6**0.5))
    assert accuracy["detectable"] == power.mcnemar_detectable(N, 0.3)
    assert accuracy["needed"] == power.mcnemar_samples(0.3, 0.3) < N
    uar = difference(found, "uar")
    assert uar["detectable"] == pytest.approx(2.8016 * (0.3 * 0.7 / N) ** 0.5, rel=0.1)
    assert difference(found, "recall", "fear")["value"] is not None
    assert difference(found, "uar")["split"] is None
    assert [run["ranks"] for run in found["runs"]] == [[1, 1], [2, 2]]
    assert found["differing"] == [
        {"id": "s0001", "gold": "disgust", "answers": ["disgust", "fear"]},
        {"id": "s0002", "gold": "fear", "answers": ["fear", "happiness"]},
    ]


def test_the_table_says_who_is_better_and_what_could_be_seen(runs: list[Path]) -> None:
    out = affectbench("compare", *runs[:2], "--samples", "1").out
    assert "replay:good.csv is better in accuracy" in out
    assert "right: both 36 · the first alone 18 · the second alone 0 · neither 6" in out
    assert "with 80 % power" in out
    assert "\nrank: the places that a run may have" in out
    assert "s0001: gold disgust" in out
    assert "input not observed" in out
    same = affectbench("compare", runs[1], runs[0], "--metric", "uar").out
    assert "replay:good.csv is better in uar" in same


def test_three_runs_are_ranked_and_tested_against_the_best(runs: list[Path], plugin: Path) -> None:
    found = affectbench("compare", *reversed(runs), "--json").json
    names = [run["name"] for run in found["runs"]]
    assert names == ["replay:poor.csv", "replay:fair.csv", "replay:good.csv"]
    assert [run["ranks"] for run in found["runs"]] == [[3, 3], [2, 2], [1, 1]]
    assert [(pair["first"], pair["second"]) for pair in found["pairs"]] == [(2, 1), (2, 0)]
    p = [next(d["p"] for d in pair["differences"] if d["metric"] == "accuracy") for pair in found["pairs"]]
    assert [pair["p_holm"] for pair in found["pairs"]] == pytest.approx([2 * p[0], 2 * p[0]])
    shown = affectbench("compare", plugin.parent / "runs").out
    assert "p corrected for 2 tests (Holm)" in shown
    assert "detectable: the smallest true difference that 60 samples show with 80 % power" in shown
    assert shown.index("replay:good.csv  ") < shown.index("replay:fair.csv  ") < shown.index("replay:poor.csv  ")


def test_the_same_answers_are_never_told_apart(runs: list[Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[0], tmp_path / "copy"))
    found = affectbench("compare", runs[0], copy, "--json").json
    accuracy = difference(found, "accuracy")
    assert (accuracy["value"], accuracy["p"], accuracy["p_mcnemar"], accuracy["interval"]) == (0, 1, 1, "none differs")
    assert accuracy["low"] == -accuracy["high"]
    assert accuracy["high"] == pytest.approx(3.8415 / (N + 3.8415), abs=1e-4)
    assert (accuracy["detectable"], accuracy["needed"]) == (None, None)
    assert [run["ranks"] for run in found["runs"]] == [[1, 2], [1, 2]]
    assert "no difference in accuracy is shown" in affectbench("compare", runs[0], copy).out


def test_the_same_seed_gives_the_same_bytes_and_python_the_same_values(runs: list[Path]) -> None:
    one, other = (affectbench("compare", *runs[1:], "--json", "--seed", "3").out for _ in range(2))
    assert one == other
    found = ab.compare(*runs[1:], seed=3)
    assert json.loads(json.dumps(found.document())) == json.loads(one)
    assert found.pairs[0].of("uar").value == pytest.approx(0.4, abs=0.01)


def test_clusters_are_kept_together(runs: list[Path], pair: tuple[Path, Path]) -> None:
    for folder in pair:
        for number in range(N):
            change_line(folder, "gold.jsonl", number, lambda s: s.update(cluster=str(int(s["id"][1:]) // 10)))
    found = affectbench("compare", *pair, "--json").json
    accuracy = difference(found, "accuracy")
    assert (found["units"], found["clustered"]) == (6, True)
    assert accuracy["split"]["only_first"] == 18
    assert accuracy["p_mcnemar"] is None
    assert accuracy["p"] >= 2 / 2**6 * 0.5  # six clusters can be swapped in 64 ways
    assert accuracy["p"] > difference(affectbench("compare", *runs[:2], "--json").json, "accuracy")["p"]


REFUSALS: dict[str, tuple[Callable[[Path], None], str]] = {
    "task": (lambda f: change(f, "manifest.json", lambda m: m["task"].update(id="other")), "the tasks differ"),
    "version": (
        lambda f: change(f, "manifest.json", lambda m: m["versions"].update(task=2)),
        "versions of the task differ: .* has 1, .* has 2",
    ),
    "protocol": (
        lambda f: change(f, "manifest.json", lambda m: m["question"].update(protocol="x/y")),
        "the protocols differ: .*A has colours/accuracy, .*B has x/y",
    ),
    "mock": (
        lambda f: change(f, "manifest.json", lambda m: m.update(mock=True)),
        "the data differ: .*A has real data, .*B has mock data",
    ),
    "labels": (
        lambda f: change(f, "manifest.json", lambda m: m["question"]["labels"].append("awe")),
        "the labels differ: .*surprise, .*surprise, awe",
    ),
    "metric version": (
        lambda f: change(f, "results.json", lambda r: r["versions"]["metrics"].update(uar=9)),
        "versions of metrics differ",
    ),
    "gold": (
        lambda f: change_line(f, "gold.jsonl", 3, lambda s: s["gold"].update(label="fear")),
        "gold of 1 samples .*the first is 's0003', differ: .* has happiness, .* has fear",
    ),
    "cluster": (lambda f: change_line(f, "gold.jsonl", 5, lambda s: s.update(cluster="c")), "the first is 's0005'"),
    "judge": (
        lambda f: (
            change_line(f, "samples.jsonl", 0, lambda s: s.update(status="judge_error")),
            change(f, "results.json", lambda r: r["status"].update(ok=N - 1, judge_error=1)),
        )[0],
        "a judge failed for 1 answers",
    ),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_what_cannot_be_compared_is_refused_with_the_reason(reason: str, pair: tuple[Path, Path]) -> None:
    tamper, message = REFUSALS[reason]
    tamper(pair[1])
    with pytest.raises(UsageError, match=f"cannot be compared: .*{message}"):
        ab.compare(*pair)
    assert affectbench("compare", *pair, "--json").out == ""


def test_parts_of_different_samples_are_refused(runs: list[Path], plugin: Path) -> None:
    part = replayed(plugin, lambda i: True, "part", "--limit", "20")
    with pytest.raises(
        UsageError, match=r"the samples differ: .* has 60, .* has 20 \(partial\); 40 samples, the first"
    ):
        ab.compare(runs[0], part)
    with pytest.raises(UsageError, match="the samples differ"):
        ab.compare(part, runs[0])
    shutil.rmtree(part)


def test_two_parts_of_the_same_samples_compare(plugin: Path) -> None:
    parts = [replayed(plugin, lambda i, k=k: i % k > 0, f"part{k}", "--limit", "20") for k in (3, 4)]  # type: ignore[misc]
    found = ab.compare(*parts)
    assert (found.n, found.partial) == (20, True)
    assert "(partial" in affectbench("compare", *parts).out
    for part in parts:
        shutil.rmtree(part)


def test_wordings_of_one_model_have_names_that_tell_them_apart(pair: tuple[Path, Path]) -> None:
    for name in ("manifest.json", "results.json"):
        change(pair[1], name, lambda f: f.update(json.loads(json.dumps(f))))
    change(pair[1], "results.json", lambda r: r.update(model="replay:good.csv", variant="short"))
    assert [run.name for run in ab.compare(*pair).runs] == ["replay:good.csv · base", "replay:good.csv · short"]


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "not sealed": (lambda f: change(f, "manifest.json", lambda m: m.update(sealed=False)), "is not finished"),
    "no gold": (lambda f: (f / "gold.jsonl").unlink(), "holds no gold.jsonl"),
    "no results": (lambda f: (f / "results.json").unlink(), "results.json: No such file"),
    "torn manifest": (lambda f: (f / "manifest.json").write_text('{"run": '), "not JSON"),
    "torn answers": (
        lambda f: (f / "samples.jsonl").write_bytes((f / "samples.jsonl").read_bytes()[:-40]),
        "samples.jsonl:60: not an outcome",
    ),
    "lost answers": (
        lambda f: (f / "samples.jsonl").write_text("".join((f / "samples.jsonl").read_text().splitlines(True)[:-2])),
        "lines were lost or changed",
    ),
    "doubled gold": (
        lambda f: (f / "gold.jsonl").write_text((f / "gold.jsonl").read_text() * 2),
        "each once; it holds 120",
    ),
    "empty gold": (lambda f: (f / "gold.jsonl").write_text(""), "each once; it holds 0"),
    "endless votes": (
        lambda f: change_line(f, "gold.jsonl", 2, lambda s: s["gold"].update(votes={"joy": 1e308})),
        "'s0002' has a number that no data hold",
    ),
    "strange answer": (
        lambda f: change_line(f, "samples.jsonl", 2, lambda s: s["parsed"].update(value={"joy": 1.0})),
        "the answer to 's0002' is not one of form 'choice'",
    ),
    "strange sample": (
        lambda f: change_line(f, "samples.jsonl", 2, lambda s: s.update(id="elsewhere")),
        "other answers than",
    ),
    "newer schema": (
        lambda f: change(f, "manifest.json", lambda m: m.update(schema=99)),
        "reads schema 1, and this is 99",
    ),
    "another run's results": (lambda f: change(f, "results.json", lambda r: r.update(run="beef")), "is of run beef"),
    "endless number": (
        lambda f: change(f, "results.json", lambda r: r.update(seconds=10**400)),
        "not JSON: a number of 401 digits",
    ),
    "no counts": (lambda f: change(f, "results.json", lambda r: r.pop("versions")), "versions: Field required"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_folder_that_is_torn_or_foreign_is_a_clear_error(fault: str, pair: tuple[Path, Path]) -> None:
    tamper, message = BROKEN[fault]
    tamper(pair[1])
    with pytest.raises(RecordError, match=message):
        ab.compare(*pair)


def test_what_was_typed_is_checked(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a single run: give two or more"):
        ab.compare(runs[0], runs[0])
    with pytest.raises(UsageError, match="holds no run"):
        ab.compare(tmp_path)
    with pytest.raises(UsageError, match="have no metric 'acuracy'; did you mean 'accuracy'"):
        ab.compare(*runs, metric="acuracy")
    with pytest.raises(UsageError, match="confusion"):
        ab.compare(*runs, metric="confusion")
    with pytest.raises(UsageError, match="'polarity_accuracy' needs the labels negative and positive; there are"):
        ab.compare(*runs, metric="polarity_accuracy")
    assert affectbench("compare", *runs, "--resamples", "3").code == 2
    assert affectbench("compare", tmp_path / "none").code == 2


def test_a_metric_that_the_task_does_not_have_can_rank(runs: list[Path]) -> None:
    found = ab.compare(*runs[:2], metric="macro_f1")
    assert found.metric == "macro_f1"
    assert found.pairs[0].of("macro_f1").p is not None
