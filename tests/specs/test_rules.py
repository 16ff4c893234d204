"""The named rules: votes and ratings into labels, sets and levels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench.specs.rules import RULES

EIGHT = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
TEN = (*EIGHT, "unknown", "NF")


def apply(rule: str, counts: str) -> Any:
    votes = {name: float(count) for name, count in zip(TEN, counts.split(), strict=True)}
    return RULES[rule].function(votes, EIGHT)


@pytest.mark.parametrize(
    ("rule", "counts", "expected"),
    [
        ("ferplus/majority", "4 0 0 1 3 2 0 0 0 0", None),
        ("ferplus/majority", "6 0 1 1 0 0 0 0 2 0", "neutral"),
        ("ferplus/majority", "5 0 0 0 5 0 0 0 0 0", None),
        ("ferplus/majority", "0 0 0 0 0 0 0 0 9 1", None),
        ("ferplus/majority", "1 1 1 1 1 1 1 1 1 1", None),
        ("ferplus/majority", "1 2 1 1 1 1 1 1 1 0", "happiness"),
        ("ferplus/argmax", "5 0 0 0 5 0 0 0 0 0", "neutral"),
        ("ferplus/argmax", "4 0 0 0 0 0 0 0 6 0", None),
        ("argmax", "5 0 0 0 5 0 0 0 0 0", None),
        ("majority", "5 1 1 1 1 1 0 0 0 0", None),
        ("majority", "6 4 0 0 0 0 0 0 0 0", "neutral"),
        ("ferplus/multi-target", "4 0 0 1 3 2 0 0 0 0", ("neutral", "anger")),
        ("ferplus/multi-target", "2 2 2 2 2 0 0 0 0 0", None),
        ("ferplus/multi-target", "4 0 0 0 0 0 0 0 4 0", ("neutral",)),
        ("ferplus/multi-target", "3 0 0 0 0 0 0 0 4 0", None),
        ("ferplus/probability", "4 0 0 1 3 2 0 0 0 0", {"neutral": 4 / 7, "anger": 3 / 7}),
        ("ferplus/probability", "2 2 2 2 2 0 0 0 0 0", None),
        ("ferplus/probability", "4 2 2 2 0 0 0 0 0 0", None),
        ("ferplus/probability", "0 0 0 0 0 0 0 0 8 2", None),
        ("ferplus/probability", "6 0 0 0 0 0 0 0 4 0", {"neutral": 1.0}),
        ("ferplus/probability", "5 0 0 0 0 0 0 0 5 0", None),
        ("ferplus/probability", "8 1 1 0 0 0 0 0 0 0", {"neutral": 1.0}),
    ],
)
def test_a_rule_on_ten_votes(rule: str, counts: str, expected: Any) -> None:
    assert apply(rule, counts) == expected


def _as_published(raw: list[int], mode: str) -> list[float] | None:
    """FER+'s rules, written from their description with the columns by position: shares of the first eight, or None."""
    left = [count if count > 1 else 0 for count in raw]
    total, taken = sum(left), [0.0] * 10
    if mode == "ferplus/multi-target":
        taken = [float(count) if count >= 0.3 * total else 0.0 for count in left]
        limit = 10
    else:
        limit, open_ = 3, True
        while open_ and sum(taken) < 0.75 * total and sum(1 for share in taken if share) < 3:
            best = max(left)
            for place in range(10):
                if left[place] == best and open_:
                    open_ = place < 8
                    alone = not any(taken)
                    taken[place] = float(best) if open_ or alone else 0.0
                    left[place] = 0
    kept = taken[:8]
    if sum(taken) <= total / 2 or sum(1 for share in taken if share) > limit or taken.index(max(taken)) >= 8:
        return None
    return [share / sum(kept) for share in kept]


@given(
    st.lists(st.integers(0, 9), min_size=10, max_size=10),
    st.sampled_from(["ferplus/probability", "ferplus/multi-target"]),
)
def test_ferplus_rules_agree_with_a_second_writing(raw: list[int], rule: str) -> None:
    expected = _as_published(raw, rule)
    found = apply(rule, " ".join(map(str, raw)))
    if expected is None:
        assert found is None
    elif rule == "ferplus/multi-target":
        assert found == tuple(name for name, share in zip(EIGHT, expected, strict=True) if share)
    else:
        assert found == pytest.approx({name: share for name, share in zip(EIGHT, expected, strict=True) if share})


def test_rules_on_ratings() -> None:
    ratings = {"a": "fear", "b": "fear", "c": "anger"}
    assert RULES["rated-majority"].function(ratings, EIGHT) == "fear"
    assert RULES["rated-majority"].function({"a": "fear", "b": "anger"}, EIGHT) is None
    assert RULES["counted"].function(ratings, EIGHT) == {"anger": 1.0, "fear": 2.0}
    assert RULES["counted"].function({}, EIGHT) is None
    assert RULES["mean"].function({"a": {"v": 1.0}, "b": {"v": 2.0, "w": 5.0}}, ()) == {"v": 1.5, "w": 5.0}
    assert RULES["mean"].function({}, ()) is None
