"""Every shipped task runs on its data's mock; whoever always says the commonest class has a UAR of exactly 1/K."""

from __future__ import annotations

from pathlib import Path

import pytest

import affectbench as ab
from affectbench import datasets, rendering
from affectbench.catalogue import Catalogue
from affectbench.task import bind

KNOWN = Catalogue()
TASKS = {name: bind(KNOWN, name) for name in KNOWN.ids("task")}
SCORED = [name for name, task in TASKS.items() if not task.withheld]


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory):
    made: dict[str, dict[str, Path]] = {}

    def root(name: str) -> dict[str, Path]:
        spec = TASKS[name].dataset
        if any(form.read.rows.demo is not None for form in spec.forms):
            return {}
        if spec.id not in made:
            named = {spec.target(target).label_set for target in spec.target_names()} - {None}
            labels = {n: s for task in TASKS.values() for n, s in task.gold_labels.items() if n in named}
            missing = named - set(labels)
            assert not missing, f"no task asks for {missing}"
            made[spec.id] = dict(datasets.mock(spec, tmp_path_factory.mktemp(spec.id), labels).roots)
        return made[spec.id]

    return root


@pytest.mark.timeout(300)  # the demo may have to be drawn
@pytest.mark.parametrize("name", SCORED)
def test_a_task_runs_on_its_mock(name: str, roots, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if (lexicon := TASKS[name].lexicon) and lexicon.asset:
        request.getfixturevalue("official")
    run = ab.run(name, "baseline:majority", data=roots(name), out=tmp_path)
    assert run.results["status"]["ok"] == sum(run.results["status"].values()) > 0
    assert run.results["mock"] is bool(roots(name))
    whole = [s for s in run.results["scores"] if s["label"] is s["group"] is s["fold"] is None]
    plain = [s for s in whole if s["over"] == "all"]
    assert {s["metric"] for s in plain} >= set(TASKS[name].spec.metrics) - {"confusion"}
    assert set(run.results["baselines"]["chance"]) >= {TASKS[name].main}
    uar = [s["value"] for s in plain if s["metric"] == "uar" and s["fold"] is None]
    labels = TASKS[name].labels
    if uar and labels is not None:
        assert uar == [1 / len(labels.names)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TASKS)
def test_media_of_its_mock_can_be_decoded(name: str, roots) -> None:
    bound = datasets.with_frames(datasets.bind(TASKS[name], roots(name)), None)
    for sample in (s for s in bound.samples[:: max(1, len(bound.samples) // 3)] if s.bad is None):
        shown = rendering.prepared(bound, sample, observe=True)
        assert all(medium.facts.digest for medium in shown.values())
        assert set(shown) <= set(TASKS[name].shown)


def test_most_choice_tasks_were_held_to_that() -> None:
    choices = [task for task in TASKS.values() if task.form == "choice"]
    assert sum("uar" in task.spec.metrics for task in choices) >= 20
