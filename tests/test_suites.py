"""The one number of a suite, from its file to the table and the JSON document."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from affectbench.specs.suite import SuiteSpec
from affectbench.suites import totals
from tests.flow.flows import LABELS, affectbench, colours


def suite(**aggregate: Any) -> SuiteSpec:
    return SuiteSpec.model_validate({"id": "s", "tasks": ["one", "tw*"], "aggregate": {"name": "Both", **aggregate}})


def result(task: str, value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> Any:
    score = {"metric": "uar", "over": "all", "label": None, "fold": None, "group": None}
    other = {**score, "label": "joy", "value": 0.0, "low": 0.0, "high": 0.0}
    scores = [other, {**score, "value": value, "low": low, "high": high}]
    fields = {"model": "m", "variant": "base", "main": "uar", "mock": False, "partial": False}
    return {**fields, "task": task, "scores": scores, **more}


def test_mean_and_sum_with_their_intervals() -> None:
    results = [result("one", 0.5, 0.2, 0.8), result("two", 0.7, 0.3, 0.9)]
    (mean,) = totals([suite(mean_of=["one", "two"])], results)
    below, above = math.hypot(0.3, 0.4) / 2, math.hypot(0.3, 0.2) / 2
    assert (mean["value"], mean["low"], mean["high"]) == pytest.approx((0.6, 0.6 - below, 0.6 + above))
    assert (mean["suite"], mean["name"], mean["kind"], mean["missing"]) == ("s", "Both", "mean", [])
    (total,) = totals([suite(sum_of=["one", "two"])], results)
    assert (total["value"], total["low"], total["interval"]) == pytest.approx((1.2, 1.2 - 2 * below, "mover"))
    assert totals([SuiteSpec(id="s", tasks=("one",))], results) == []


def test_each_model_and_wording_has_its_own() -> None:
    results = [
        result(task, value, model=model, variant=variant)
        for model, variant, value in (("a", "base", 0.2), ("a", "short", 0.4), ("b", "base", 0.6))
        for task in ("one", "two")
    ]
    found = totals([suite(mean_of=["two", "one"])], results)
    assert [(one["model"], one["variant"], one["value"]) for one in found] == [
        ("a", "base", pytest.approx(0.2)), ("a", "short", pytest.approx(0.4)), ("b", "base", pytest.approx(0.6)),
    ]  # fmt: skip


def test_a_task_without_a_score_leaves_no_number_and_one_without_bounds_no_interval() -> None:
    for second in ([], [result("two", None, 0.2, 0.9)]):  # not run; or withheld, between its bounds
        (found,) = totals([suite(mean_of=["one", "two"])], [result("one", 0.5, 0.2, 0.8), *second])
        assert (found["value"], found["low"], found["missing"]) == (None, None, ["two"])
    (found,) = totals([suite(mean_of=["one", "two"])], [result("one", 0.5, 0.2, 0.8), result("two", 0.7, mock=True)])
    assert (found["value"], found["low"], found["interval"], found["mock"]) == (pytest.approx(0.6), None, None, True)


def test_pooled_is_the_mean_over_all_samples() -> None:
    results = [result("one", 0.5, 0.2, 0.8, n=30), result("two", 0.7, 0.3, 0.9, n=10)]
    (pooled,) = totals([suite(pooled_of=["one", "two"])], results)
    below = math.hypot(0.3 * 0.75, 0.4 * 0.25)
    assert (pooled["value"], pooled["low"], pooled["kind"]) == (
        pytest.approx(0.55),
        pytest.approx(0.55 - below),
        "pooled",
    )


def judge(name: str, rubric: str, value: float | None, passes: bool | None = None) -> dict[str, Any]:
    whole = {"label": None, "fold": None, "group": None, "low": None, "high": None}
    group = {**whole, "group": {"name": "sex", "value": "f"}, "metric": "clues", "over": "all", "value": 0.0}
    scores = [group, *({**whole, "metric": "clues", "over": over, "value": value} for over in ("ok", "all"))]
    scores.append({**whole, "metric": "label", "over": "all", "value": 0.1})
    return {"rubric": rubric, "judge": name, "calibration": passes and {"passes": passes}, "scores": scores}


def test_a_judges_scale_stands_in_place_of_main_scores() -> None:
    asked = suite(pooled_of=["one", "two"], scale="clues", rubrics=["r", "s"])
    one = result(
        "one", 0.9, n=10, judged=[judge("a", "r", 0.2, True), judge("b", "r", 0.3), judge("a", "t", 0.7, True)]
    )
    two = result("two", 0.9, n=30, judged=[judge("a", "s", 0.6, True), judge("c", "s", 0.1)])
    (found,) = totals([asked], [one, two])
    assert (found["value"], found["missing"], found["uncalibrated"]) == (pytest.approx(0.5), [], False)
    two["judged"] = two["judged"][1:]  # nobody judged both
    (found,) = totals([asked], [one, two])
    assert (found["value"], found["missing"]) == (None, ["one", "two"])
    two["judged"] = [judge("b", "s", None)]  # withheld, for a verdict is missing
    (found,) = totals([asked], [one, two])
    assert (found["value"], found["missing"], found["uncalibrated"]) == (None, ["two"], True)
    (found,) = totals([asked], [result("one", 0.9, n=10), result("two", 0.9, n=30)])
    assert (found["value"], found["missing"]) == (None, ["one", "two"])


@pytest.mark.parametrize(
    ("aggregate", "message"),
    [
        ({"mean_of": ["one", "two"], "sum_of": ["one", "two"]}, "either mean_of or sum_of"),
        ({}, "either mean_of or sum_of"),
        ({"mean_of": ["one", "two"], "pooled_of": ["one", "two"]}, "either mean_of or sum_of or pooled_of"),
        ({"pooled_of": ["one", "two"], "scale": "clues"}, "give both scale and rubrics"),
        ({"mean_of": ["one"]}, "at least two"),
        ({"mean_of": ["one", "one"]}, "at least two"),
        ({"sum_of": ["one", "three"]}, "'three' is not one of the suite's tasks"),
    ],
)
def test_faults_are_said(aggregate: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        suite(**aggregate)


def test_a_suite_from_its_file_to_the_table(tmp_path: Path) -> None:
    plugin = colours(tmp_path / "plugin")
    task = (plugin / "tasks/own/colours.yaml").read_text()
    for name in ("hue", "tint"):
        (plugin / f"tasks/own/{name}.yaml").write_text(
            task.replace("  title: Pictures", f"  id: {name}\n  title: Pictures")
        )
    (plugin / "tasks/suites").mkdir()
    (plugin / "tasks/suites/both.yaml").write_text(
        "title: Both\ntasks: [hue, tint]\naggregate: {name: Colour score, mean_of: [hue, tint]}\n"
    )
    data = [part for name in ("hue", "tint") for part in ("--data", f"{name}={plugin / 'data'}")]
    run = ["run", "-m", "baseline:majority", "-t", "both", "--plugin", plugin, *data, "--out", tmp_path / "runs"]
    document = affectbench(*run, "--json").json
    (total,) = document["suites"]
    assert total["value"] == pytest.approx(1 / len(LABELS))
    assert total["low"] < total["value"] < total["high"]
    assert "Colour score (mean of 2 tasks) · baseline:majority: 0.167 [" in affectbench(*run).out
    alone = [part if part != "both" else "hue" for part in run]
    assert affectbench(*alone, "--json").json["suites"] == []
    assert "Colour score" not in affectbench(*alone).out
