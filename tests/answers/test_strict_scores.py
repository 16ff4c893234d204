"""Verdicts read strictly, beside how the published evaluators read them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench.answers.published import judge_scores, strict_scores
from tests.answers.test_reader import replies

FIGURES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures/parser_fixtures.json").read_text())

EMER = [
    ("'预测分数'：8；'原因'：...", 8.0, 8.0),
    ("预测分数: 7.5 原因", 7.5, 7.5),
    ("8/10", 8.0, 8.0),
    ("得分范围为1-10，预测分数：6", 1.0, 6.0),
    ("10", 10.0, 10.0),
    ("3..5", None, None),
    ("无", None, None),
    ("４", 4.0, 4.0),
    ("Range 1-10: 6", 1.0, None),
    ("On a scale from 1 to 10, the score is 6.", 1.0, 6.0),
    ("Score: 7/10", 7.0, 7.0),
    ("Score: 4/5", 4.0, None),
    ("Score: 0", 0.0, None),
    ("score: 75%", 75.0, None),
    ("Score: seven", None, None),
    ("评分：8分。另一评分：3", 8.0, None),
    ("Clue 1 is shared. Score: 5", 1.0, 5.0),
    ("Both mention 3 clues", 3.0, None),
    ("", None, None),
]


@pytest.mark.parametrize(("text", "published", "strict"), EMER)
def test_emer(text: str, published: float | None, strict: float | None) -> None:
    assert judge_scores.emer_score(text) == published
    assert strict_scores.emer_strict(text) == strict


def test_the_strict_reader_agrees_with_every_reply_of_the_figures_that_can_be_read_in_one_way() -> None:
    for text, value in FIGURES["emer_score_regex"]:
        strict = strict_scores.emer_strict(text)
        assert strict == (6.0 if "1-10" in text else None if isinstance(value, str) else value), text


STEPS = [
    ("<score>Step 1: 1/1, Step 2: 0/1, Step 3: 1/1</score>", 1, [1.0, 0.0, 1.0]),
    ("<score>Step 1: 1/1</score>", 1, [1.0]),
    ("<score>Step 1: 1/1, Step 2: 1/1, Step 3: 2/3</score>", 1, None),
    ("<score>Step 1: 1/1, Step 2: 1/1, Step 3: 2/3</score>", 3, [1.0, 1.0, 2 / 3]),
    ("<score>Step 1:1/1, Step 2:0/1</score>", 1, [1.0, 0.0]),
    ("<score>\nStep 1: 1/1,\nStep 2: 0/1\n</score>", 1, [1.0, 0.0]),
    ("Step 1: 1/1, Step 2: 1/1", 1, None),
    ("<score>Step 1: 1, Step 2: 0</score>", 1, None),
    ("<score>Step 1: 1/1, Step 2: 0/0</score>", 1, None),
    ("<score></score>", 1, None),
    ("text <score>Step 1: 0/1, Step 2: 1/1</score> more <score>Step 1: 1/1</score>", 1, None),
    ("<score>Step 1: 1/1</score> again <SCORE>Step 1: 1/1</SCORE>", 1, [1.0]),
    ("<score>Step 1: 1/1, Step 2: 1/12</score>", 1, None),
    ("<score>Step 1: 1/1, Step 3: 1/1</score>", 1, None),
    ("<score>Step 1: 2/1</score>", 1, None),
    ("<score>Step 1: 1/1 because it fits</score>", 1, None),
    ("<score>Step 1: 1/3, Step 2: 1/3</score>", 3, None),
    ("<score>Step 1: 4/3</score>", 3, None),
    ("None", 1, None),
]


@pytest.mark.parametrize(("text", "labels", "scores"), STEPS)
def test_steps(text: str, labels: int, scores: list[float] | None) -> None:
    assert strict_scores.steps_strict(text, labels) == scores


def test_every_string_of_the_figures_of_mme_emotion_has_been_looked_at() -> None:
    looked_at = {text for text, _, _ in STEPS}
    for kind in ("single_label", "multi_label"):
        assert looked_at >= {
            row[0] for row in FIGURES["mme_emotion"][kind]["rows[judge_string,parsed,[rec,rea,steps]]"]
        }


FEA = [
    ('{"score": 7, "reason": "both"}', 7.0, 7.0),
    ('```json\n{"score": 7.5}\n```', 7.5, 7.5),
    ('{"score": "7"}', 7.0, None),
    ('{"score": 70}', 70.0, None),
    ('{"score": true}', 1.0, None),
    ('{"score": 2, "score": 9}', 9.0, None),
    ('{"score": 7,}', None, None),
    ('{"reason": "both"}', None, None),
    ('{"score": NaN}', None, None),
    ("[7]", None, None),
    ("7", None, None),
    ("I cannot say.", None, None),
]


@pytest.mark.parametrize(("text", "published", "strict"), FEA)
def test_fea(text: str, published: float | None, strict: float | None) -> None:
    assert judge_scores.fea_score(text) == published
    assert strict_scores.fea_strict(text) == strict


def test_what_was_not_read_is_0_in_print_and_a_bound_in_ours() -> None:
    scores = [8.0, None, 4.0, None]
    assert judge_scores.zero_mean(scores) == 3.0
    assert strict_scores.bounds(scores, 1, 10) == (3.5, 8.0)
    assert strict_scores.bounds([8.0, 4.0], 1, 10) == (6.0, 6.0)
    assert judge_scores.zero_mean([]) is None and strict_scores.bounds([], 1, 10) is None


def test_emobench_m_sums_two_scales() -> None:
    assert judge_scores.emobench_m_total([5.0, 4.0, None], [3.0, 3.0, 3.0]) == (3.0, 3.0, 6.0)
    assert judge_scores.emobench_m_total([1.0, 1.0, 2.0], [1.0, 1.0, 1.0]) == (1.33, 1.0, 2.33)
    assert judge_scores.emobench_m_total([], []) is None


def test_mme_emotion_repaired() -> None:
    """Four replies: read with reasoning (1, 1/2), read without (0), unread, read with reasoning (2/3, 1)."""
    given = [[1, 0, 1], [0], None, [1, 2 / 3]]
    published, ours = judge_scores.mme_emotion(given), strict_scores.mme_repaired(given)
    assert published is not None and ours is not None
    assert published.counted == 3 and published.recognition == pytest.approx(100 * (1 + 0 + 2 / 3) / 3)
    assert published.reasoning == pytest.approx(100 * (0.5 + 0 + 1) / 3)
    assert ours.recognition == pytest.approx(((1 + 0 + 2 / 3) / 4, (1 + 0 + 1 + 2 / 3) / 4))
    assert ours.reasoning == pytest.approx((1.5 / 3, 2.5 / 3))
    assert ours.chain == pytest.approx(((5 / 12 + 1 / 2) / 2, (2 / 3 + 5 / 6) / 2))
    assert (ours.steps, ours.replies, ours.unread, ours.unreasoned) == (2.0, 4, 1, 1)
    whole = strict_scores.mme_repaired([[1], [0]])
    assert whole is not None
    assert (whole.recognition, whole.reasoning, whole.chain) == ((0.5, 0.5), None, None)
    assert strict_scores.mme_repaired([]) is None


@given(text=replies | st.from_regex(r"(<score>(Step [0-9]: ?[0-9]{0,9}/[0-9]{0,9},? ?)*</score>|score: [0-9./-]{0,9})"))
def test_any_judgement_is_read_without_error_and_on_its_scale(text: str) -> None:
    for read in (strict_scores.emer_strict, strict_scores.fea_strict):
        score = read(text)
        assert score is None or 1 <= score <= 10
    scores = strict_scores.steps_strict(text, 2)
    assert scores is None or (scores and all(0 <= one <= 1 for one in scores))
    judge_scores.fea_score(text)


@pytest.mark.parametrize("piece", ["<score>", "1", "1-", "score: ", "Step 1: 1/1,", "分数", "{", "[", "' ", "1/", " "])
def test_long_judgements_are_read_quickly(piece: str) -> None:
    for text in (
        piece * (60_000 // len(piece)),
        f"<score>{piece * (19_000 // len(piece))}</score>",
        piece * 3000 + "score",
    ):
        start = time.perf_counter()
        strict_scores.emer_strict(text)
        strict_scores.fea_strict(text)
        strict_scores.steps_strict(text)
        judge_scores.fea_score(text)
        assert time.perf_counter() - start < 1
