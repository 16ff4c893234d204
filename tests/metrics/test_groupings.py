"""Words by stored groups, on cases worked out by hand."""

import math

import pytest

from affectbench.metrics.groupings import Grouped, grouped


def test_by_hand() -> None:
    gold = {"a": ["Happy", "sad"], "b": ["angry"], "c": ["calm"], "d": ["bored", "tired"]}
    said = {"a": ["glad", "joyful", "odd"], "b": [], "d": ["weary", "bored"]}
    groupings = {
        "a": [["happy", "glad", "joyful"], ["sad"]],
        "b": [["angry", "mad"]],
        "d": [["tired", "weary"], ["weary", "bored"]],  # the last group of weary and of bored wins
        "elsewhere": [["x"]],
    }
    found = grouped(gold, said, groupings)
    precision, recall = (1 / 2 + 0 + 1) / 3, (1 / 2 + 0 + 1 / 2) / 3
    assert found == pytest.approx(Grouped(precision, recall, (precision + recall) / 2, 3))


def test_edges() -> None:
    assert grouped({"a": ["x"]}, {"a": [" X ", "x"]}, {"a": []}) == Grouped(1.0, 1.0, 1.0, 1)
    assert grouped({"a": ["x"]}, {"a": None}, {"a": [["x"]]}) == Grouped(0.0, 0.0, 0.0, 1)
    assert grouped({"a": ["x", "y"]}, {"a": ["z"]}, {"a": [["x", "y", "z"]]}) == Grouped(1.0, 1.0, 1.0, 1)
    assert grouped({"a": ["x"]}, {"a": ["x"]}, {"a": [[]]}) == Grouped(1.0, 1.0, 1.0, 1)
    nothing = grouped({"a": ["x"]}, {}, {})
    assert math.isnan(nothing.average) and nothing.n == 0  # fmt: skip
