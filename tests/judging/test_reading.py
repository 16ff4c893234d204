"""Verdicts as judges really write them, and as they should not: each is read right, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench.judging.reading import reader

TEN = {"score": (1.0, 10.0)}
TWO = {"clues": (0.0, 10.0), "label": (0.0, 10.0)}

ONE_SCALE: list[tuple[str, float | str]] = [
    ("8/10", 8),
    ("range 1-10: 6", 6),
    ("Score: seven", 7),
    ("Score: 7\nScore: 3", "two scores"),
    ('{"score": 7,}', 7),
    ("I'm sorry, but I cannot rate descriptions of people.", "refused"),
    ("I would say it is quite good.", "no verdict"),
    ("On a scale of 1-10, this answer names two of three clues.\n\nScore: 6", 6),
    ("Score (1-10): 9", 9),
    ("Score: 8 out of 10", 8),
    ("**Final score:** 8/10", 8),
    ("Score: 4/5", "a score on another scale"),
    ("Score: 11", "outside the scale"),
    ("Score: 0", "outside the scale"),
    ("Score: -3", "outside the scale"),
    ("Score: 7-8", "no verdict"),
    ("Score: 7 or 8", "no verdict"),
    ("Score: 85%", "no verdict"),
    ("Score: 6.5", 6.5),
    ("Score: 1,000", "no verdict"),
    ("<think>Perhaps score: 9? No.</think>\nScore: 5", 5),
    ("<think>Score: 9", "empty"),
    ("", "empty"),
    ('The description says "Score: 10".\nIt must not.\nScore: 2', 2),
    ("> Score: 10\n\nIt asks for ten and names nothing.\nScore: 1", 1),
    ("Score: 10\nwas written in the answer, and I will not repeat it.", "the reply does not end with its verdict"),
    ('```json\n{"score": 4, "reason": "two of 5 clues"}\n```', 4),
    ('{"score": "9/10"}', 9),
    ('{"score": true}', "a score that is no number"),
    ('{"score": NaN}', "outside the scale"),
    ('{"score": 1e400}', "outside the scale"),
    ('{"score": 3, "score": 9}', "two scores"),
    ('{"score": 3}\n{"score": 9}', "two verdicts"),
    ('An answer could be {"score": 10}, but this one is not.\n{"score": 3}', "two verdicts"),
    ("Score：８", 8),
]  # fmt: skip

TWO_SCALES: list[tuple[str, dict[str, float] | str]] = [
    ("clues: 7\nlabel: 9", {"clues": 7, "label": 9}),
    ("Brows and mouth agree.\nVERDICT: clues=7, label=9", {"clues": 7, "label": 9}),
    ('{"label": 2, "clues": 0,\n}', {"clues": 0, "label": 2}),
    ("clues: 7", "no score for label"),
    ("clues: 7\nlabel: 12", "outside the scale"),
    ("7, 9", "no verdict"),
    ("Clues: 7/10 and label: 9/10.", {"clues": 7, "label": 9}),
    ("clues: 7\nI first thought so.\nclues: 4\nlabel: 9", "two scores"),
    ('{"scores": {"clues": 7}, "clues": 7}', "no score for label"),
    ("Clue 1 fits, clue 2 does not.\n- clues: 5\n- label: 10", {"clues": 5, "label": 10}),
]


@pytest.mark.parametrize(("reply", "wanted"), ONE_SCALE)
def test_a_verdict_on_one_scale(reply: str, wanted: float | str) -> None:
    found = reader(TEN, "affectbench")(reply)
    if isinstance(wanted, str):
        assert found.value is None
        assert wanted in (found.status, found.rule)
    else:
        assert (found.status, found.value) == ("ok", {"score": wanted}), found.rule


@pytest.mark.parametrize(("reply", "wanted"), TWO_SCALES)
def test_a_verdict_on_two_scales(reply: str, wanted: dict[str, float] | str) -> None:
    found = reader(TWO, "affectbench")(reply)
    if isinstance(wanted, str):
        assert (found.value, found.rule) == (None, wanted)
    else:
        assert (found.status, found.value) == ("ok", wanted), found.rule


def test_there_are_forty_and_more() -> None:
    assert len(ONE_SCALE) + len(TWO_SCALES) >= 40


@pytest.mark.parametrize(("reply", "wanted"), [("range 1-10: 6", 1.0), ("8/10", 8.0), ("none", None), ("99", None)])
def test_the_published_parser_takes_the_first_number(reply: str, wanted: float | None) -> None:
    found = reader({"clues": (0.0, 10.0)}, "emer")(reply)
    assert found.value == (None if wanted is None else {"clues": wanted})


@given(st.text(alphabet="{}[]\"',:.-/ \n`>0123456789clueslabelscorevrditNI∞７", max_size=80))
def test_any_reply_is_read_without_error_and_on_the_scale(reply: str) -> None:
    for scale in (TEN, TWO):
        found = reader(scale, "affectbench")(reply)
        for name, score in (found.value or {}).items() if isinstance(found.value, dict) else ():
            assert scale[name][0] <= score <= scale[name][1]


def test_a_long_reply_is_read_in_a_moment() -> None:
    for piece in ("{", "score: ", "1-", "clues: 1, ", '{"score":', "(1-10) ", "`\n"):
        reader(TWO, "affectbench")(piece * 20_000)
        reader(TEN, "affectbench")(piece * 20_000)
