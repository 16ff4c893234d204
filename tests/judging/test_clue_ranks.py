"""Clues and a judge rank the answers of a run alike, or not: correlations, intervals, and where there are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from affectbench.judging import agreement
from tests.flow.flows import affectbench
from tests.judging.judged_runs import finished, replay, texts, verdicts

CUES = ("the brows are raised", "the lips are parted", "the nose is wrinkled", "the cheeks are raised")
N = 12


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A task whose gold names four cues, of persons with two samples each."""
    plugin = texts(tmp_path / "plugin", N)
    rows = [f"t{i:04},clip {i},{'; '.join(CUES)},p{i // 2}" for i in range(N)]
    (plugin / "data/rows.csv").write_text("\n".join(["id,clip,gold,side", *rows]) + "\n")
    task = plugin / "tasks/own/texts.yaml"
    text = task.read_text().replace("[token_f1]", "[clue_recall, clue_f1, token_f1]")
    task.write_text(text.replace("    split: test\n", '    split: test\n    cluster: "{{ side }}"\n', 1))
    return plugin


def run(plugin: Path, named: list[int | None]) -> Path:
    """Return a run whose answers name so many of the cues each, None for an error."""
    replies = {f"t{i:04}": None if n is None else "; ".join(CUES[:n]) or "nothing" for i, n in enumerate(named)}
    return finished(plugin, replies)


def judged(folder: Path, plugin: Path, scores: list[int | None], name: str = "judge") -> int:
    lines = {f"t{i:04}": "?" if n is None else f"VERDICT: clues={n}, label={5}" for i, n in enumerate(scores)}
    model = replay(plugin / f"{name}.jsonl", lines)
    return affectbench("judge", folder, "-m", model, "-r", "mine", "--plugin", plugin, "--max-bad", "1").code


def found(folder: Path, place: int = 0) -> dict[tuple[str, str], Any]:
    document = json.loads((folder / "results.json").read_text())["judged"][place]
    return {(one["metric"], one["scale"]): one for one in document["clue_agreement"]}


@pytest.mark.timeout(400)
def test_a_judge_who_counts_clues_agrees_with_them(plugin: Path) -> None:
    named = [i % 5 for i in range(N)]
    folder = run(plugin, list(named))
    assert judged(folder, plugin, [2 * n for n in named]) == 0
    same = found(folder)["clue_recall", "clues"]
    assert (same["spearman"]["value"], same["kendall"]["value"], same["spearman"]["n"]) == (pytest.approx(1), 1, N)
    assert found(folder)["clue_recall", "label"]["spearman"]["value"] is None  # the judge says 5 to all
    assert ("token_f1", "clues") not in found(folder)
    assert judged(folder, plugin, [10 - 2 * n for n in named], "contrary") == 0
    assert found(folder, 1)["clue_f1", "clues"]["spearman"]["value"] == pytest.approx(-1)
    assert found(folder, 2)["clue_f1", "clues"]["spearman"]["value"] is None  # the median of the two is 5
    assert "Kendall" in affectbench("show", folder).out
    whole = (folder / "results.json").read_bytes()
    assert affectbench("score", folder).code == 0
    assert (folder / "results.json").read_bytes() == whole


@pytest.mark.timeout(400)
def test_only_what_was_answered_and_judged_is_compared(plugin: Path) -> None:
    rng = np.random.default_rng(1)
    named: list[int | None] = [int(n) for n in rng.integers(0, 5, N)]
    scores: list[int | None] = [int(n) for n in rng.integers(0, 11, N)]
    named[3] = scores[7] = None
    folder = run(plugin, named)
    assert judged(folder, plugin, scores) == 0
    assert len(verdicts(folder)) == N - 1
    kept = [i for i in range(N) if i not in (3, 7)]
    one = found(folder)["clue_recall", "clues"]
    expected = [[(named[i] or 0) / 4 for i in kept], [scores[i] for i in kept]]
    assert one["spearman"]["value"] == pytest.approx(stats.spearmanr(*expected).statistic)
    assert one["kendall"]["value"] == pytest.approx(stats.kendalltau(*expected).statistic)
    assert (one["spearman"]["n"], one["spearman"]["low"] < one["spearman"]["value"] < one["spearman"]["high"]) == (
        10,
        True,
    )


def test_a_task_without_clues_has_no_such_agreement(tmp_path: Path) -> None:
    plugin = texts(tmp_path / "plain", N)
    folder = finished(plugin)
    assert judged(folder, plugin, [5] * N) == 0
    assert "clue_agreement" not in json.loads((folder / "results.json").read_text())["judged"][0]


ratings = st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), min_size=2, max_size=40)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ratings)
def test_tau_is_that_of_scipy(pairs: list[tuple[int, float]]) -> None:
    both = np.array(pairs, np.float64).T
    ours, theirs = agreement.tau(both), stats.kendalltau(*both).statistic
    assert ours == pytest.approx(theirs, nan_ok=True, abs=1e-12)


def test_items_of_one_unit_are_drawn_together() -> None:
    rng = np.random.default_rng(0)
    each = rng.normal(size=(2, 20))
    doubled, units = np.repeat(each, 8, axis=1), np.repeat(np.arange(20), 8)
    alone = agreement.measured(agreement.rank, each)
    together, apart = (agreement.measured(agreement.rank, doubled, of) for of in (units, None))
    assert together["high"] - together["low"] == pytest.approx(alone["high"] - alone["low"], rel=0.15)
    assert apart["high"] - apart["low"] < 0.6 * (together["high"] - together["low"])
