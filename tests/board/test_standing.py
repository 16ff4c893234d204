"""Who is ranked with whom, who stands apart and why, and what ranks intervals allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from affectbench.board import standing
from affectbench.board.rows import Entry, billions
from affectbench.board.schema import Row

RULES = {"protocol": "p", "version of the task": "1", "data": "d", "wording of the prompt": "w"}


def row(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> Row:
    plain = {"kind": "measured", "backend": "hf", "apart": [], "rank": None, "variant": "base", "ok": 100, "refused": 0,
             "unparsed": 0, "errors": 0, "n": 100, "run": None}  # fmt: skip
    return cast(Row, {**plain, "value": value, "low": low, "high": high, **more})


def entry(shown: Row | None = None, rules: dict[str, str] | None = None, **more: Any) -> Entry:
    plain: dict[str, Any] = {
        "folder": Path(), "model_id": "", "task": "t", "dataset": "raf-db", "started": "", "varied": {"prompt": "base"},
        "version": 1, "trained_on": (), "needs": (), "family": "fer", "mock": False, "partial": False, "withheld": None,
        "baselines": {}, "labels": {}, "card": "{}", "groups": "[]", "reliability": None,
    }  # fmt: skip
    return Entry(row=shown or row(0.5), rules=tuple({**RULES, **(rules or {})}.items()), **{**plain, **more})


def ranks(rows: list[Row], better: str = "higher") -> list[list[int] | None]:
    standing.ranked(rows, better)
    return [one["rank"] for one in rows]


def test_ranks_are_what_the_intervals_allow() -> None:
    rows = [row(0.9, 0.8, 0.95), row(0.85, 0.75, 0.9), row(0.5, 0.4, 0.6), row(0.3, 0.2, 0.39)]
    assert ranks(rows) == [[1, 2], [1, 2], [3, 3], [4, 4]]
    assert ranks([row(v, a, b) for v, a, b in ((0.9, 0.8, 0.95), (0.5, 0.4, 0.6))], "lower") == [[2, 2], [1, 1]]


def test_intervals_that_touch_share_their_ranks() -> None:
    assert ranks([row(0.6, 0.5, 0.7), row(0.4, 0.3, 0.5)]) == [[1, 2], [1, 2]]


def test_without_intervals_values_decide_and_ties_are_ties() -> None:
    assert ranks([row(0.6), row(0.6), row(0.5)]) == [[1, 2], [1, 2], [3, 3]]


def test_guesses_and_rows_without_a_value_have_no_rank() -> None:
    assert ranks([row(0.6), row(0.9, backend="baseline"), row(None)]) == [[1, 1], None, None]


def test_ranks_hold_for_any_intervals_against_counting() -> None:
    spans = [(i * 37 % 50 / 50, i * 37 % 50 / 50 + (i * 13 % 7) / 20) for i in range(50)]
    found = ranks([row((a + b) / 2, a, b) for a, b in spans])
    for (low, high), rank in zip(spans, found, strict=True):
        above = sum(other[0] > high for other in spans)
        below = sum(other[1] < low for other in spans)
        assert rank == [1 + above, len(spans) - below]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"mock": True}, "mock data"),
        ({"partial": True}, "a part of the samples alone (100)"),
        ({"shown": row(0.5, variant="without sound")}, "not the plain task: without sound"),
        ({"shown": row(0.5, ok=94, errors=6)}, "errors in 6.0% of the answers"),
        ({"trained_on": ("RAF-DB",)}, "trained on RAF-DB, as its card says"),
        ({"trained_on": ("raf",)}, "trained on raf, as its card says"),
        ({"withheld": "the main score is withheld: the judge failed for 3 answers"}, "the judge failed for 3 answers"),
    ],
)
def test_reasons_to_stand_apart(more: dict[str, Any], reason: str) -> None:
    (found,) = standing.own_reasons(entry(**more))
    assert reason in found


def test_what_is_no_reason() -> None:
    assert standing.own_reasons(entry(row(0.5, ok=95, errors=5))) == []
    assert standing.own_reasons(entry(trained_on=("raf-db-2", "affectnet", ""))) == []


def test_the_largest_group_is_ranked_then_the_newest() -> None:
    old, new = {"version of the task": "1"}, {"version of the task": "2"}
    entries = [entry(rules=old), entry(row(0.4), rules=old), entry(row(0.3), rules=new, version=2)]
    assert standing.placed(entries)["version of the task"] == "1"  # type: ignore[index]
    assert [one.row["apart"] for one in entries] == [[], [], ["version of the task 2: the ranked runs have 1"]]
    entries = [entry(rules=old), entry(row(0.3), rules=new, version=2)]
    assert standing.placed(entries)["version of the task"] == "2"  # type: ignore[index]


def test_other_data_stand_apart_without_their_digests() -> None:
    entries = [entry(), entry(row(0.4)), entry(row(0.3), rules={"data": "e"})]
    standing.placed(entries)
    assert entries[2].row["apart"] == ["another data than the ranked runs have"]


def test_another_wording_is_said_once() -> None:
    varied = entry(row(0.4, variant="wording b"), {"wording of the prompt": "v"}, varied={"prompt": "b"})
    standing.placed([entry(), varied])
    assert varied.row["apart"] == ["not the plain task: wording b"]


def test_guesses_do_not_outnumber_models() -> None:
    guess = row(0.1, backend="baseline")
    entries = [entry(guess, {"data": "e"}), entry(cast(Row, dict(guess)), {"data": "e"}), entry()]
    assert standing.placed(entries)["data"] == "d"  # type: ignore[index]


def test_without_any_fit_run_nothing_is_ranked() -> None:
    assert standing.placed([entry(mock=True)]) is None


@pytest.mark.parametrize(
    ("said", "size"),
    [("7B", 7.0), ("0.5b", 0.5), ("8x7B", 56.0), ("235B-A22B", 235.0), ("2M", 0.002), ("large", None), (7, None)],
)
def test_sizes(said: Any, size: float | None) -> None:
    assert billions(said) == size


def test_a_part_or_a_mock_says_so_once() -> None:
    part, mock = (entry(row(0.3), {"data": "e"}, **more) for more in ({"partial": True}, {"mock": True}))
    standing.placed([entry(), part, mock])
    assert part.row["apart"] == ["a part of the samples alone (100)"]
    assert mock.row["apart"] == ["mock data"]
