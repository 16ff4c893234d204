"""Named numbers on their scales. Each row: reply, the values in the order asked or the status, the rule."""

from __future__ import annotations

import pytest

from affectbench.answers import reader
from affectbench.types import Asked
from tests.answers.asked import AFFECT, INTENSITY, PAIN, SHARE

Row = tuple[str, tuple[float, ...] | str, str]
NOTHING = "no number for a level"
OFF = "valence is no number on its scale, -1 to 1"

TWO: list[Row] = [
    ("valence: 0.5, arousal: -0.2", (0.5, -0.2), "named"),
    ("Valence = +0.5 (slightly positive)\nArousal = −0.2", (0.5, -0.2), "named"),
    ("Arousal: -0.2; valence: 0.5", (0.5, -0.2), "named"),
    ("**Valence**: 0.5\n**Arousal**: .2", (0.5, 0.2), "named"),
    ("1. Valence: 0.5\n2. Arousal: -0.2", (0.5, -0.2), "named"),
    ("| valence | 0.5 |\n| arousal | 0.1 |", (0.5, 0.1), "named"),
    ("The valence is about 0.5 and the arousal is roughly -0.2.", (0.5, -0.2), "named"),
    ("Valence: slightly positive (0.5); arousal: low (-.2)", (0.5, -0.2), "named"),
    ("0.5 for valence and -0.2 for arousal", (0.5, -0.2), "named"),
    ("0.5 (valence), -0.2 (arousal)", (0.5, -0.2), "named"),
    ("valence: 0.5 (arousal: 0.2)", (0.5, 0.2), "named"),
    ("Valence (-1 to 1): 0.5\nArousal (-1 to 1): 0.1", (0.5, 0.1), "named"),
    ("Valence [-1, 1]: 0.5, arousal [-1, 1]: 0.2", (0.5, 0.2), "named"),
    ("Valence (from -1 (negative) to 1 (positive)): 0.5, arousal: 0", (0.5, 0.0), "named"),
    ("valence 0,5 arousal 0,2", (0.5, 0.2), "named"),
    ("valence: 5e-1, arousal: 1e-3", (0.5, 0.001), "named"),
    ("valence: 0.5 ± 0.1, arousal: 0", (0.5, 0.0), "named"),
    ("valence 0.5 at first. Final answer: valence 0.4, arousal 0.1", (0.4, 0.1), "declared answer"),
    ("<think>valence 1</think><answer>valence: 0.5, arousal: 0</answer>", (0.5, 0.0), "answer tag"),
    ('{"valence": 0.5, "arousal": -0.2}', (0.5, -0.2), "json field"),
    ('```json\n{"Valence": "0.5", "arousal": {"score": -0.2, "confidence": 0.9}}\n```', (0.5, -0.2), "json field"),
    ('{"valence_score": 0.5, "arousal_score": 0}', (0.5, 0.0), "json field"),
    ("0.5, -0.2", (0.5, -0.2), "in order"),
    ("(0.5; -0.2)", (0.5, -0.2), "in order"),
    ("[0.5, -0.2]", (0.5, -0.2), "in order"),
    ("0.5,-0.2", (0.5, -0.2), "in order"),
    ("0.5 -0.2", (0.5, -0.2), "in order"),
    ("0.5 and -0.2", (0.5, -0.2), "in order"),
    ("0,5; -0,2", (0.5, -0.2), "in order"),
    ("1, 0", (1.0, 0.0), "in order"),
    ("0,5,0,2", "unparsed", "4 numbers for 2 levels"),
    ("0.5, 0.2, 0.1", "unparsed", "3 numbers for 2 levels"),
    ("0.5", "unparsed", "1 numbers for 2 levels"),
    ("valence: 0.5", "unparsed", "no number for arousal"),
    ("valence: 1.5, arousal: 0", "unparsed", OFF),
    ("valence: 50%, arousal: 10%", "unparsed", OFF),
    ("valence: 5/10, arousal: 1", "unparsed", OFF),
    ("Valence: 0.5 to 0.7, arousal: 0", "unparsed", "no number for valence"),
    ("Valence and arousal are 0.5 and -0.2 respectively", "unparsed", "no number for valence"),
    ("The valence is positive because 2 people smile, arousal 0.3", "unparsed", "no number for valence"),
    ("Valence is positive. 1 person smiles. Arousal: 0.1", "unparsed", "no number for valence"),
    ("valence: 0.5, valence: 0.4, arousal: 0", "unparsed", "two numbers for valence"),
    ("valence: negative 0.5, arousal: 0", "unparsed", OFF),
    ("valence: slightly negative (-0.5), arousal: 0", (-0.5, 0.0), "named"),
    ("0.5 valence, 0.3 arousal", "unparsed", NOTHING),
    ("1,000.5", "unparsed", "1 numbers for 2 levels"),
    ("Valence, on a scale of -1 to 1, is 0.5; arousal: 0", (0.5, 0.0), "named"),
    ("valence: high, arousal: low", "unparsed", NOTHING),
    ("valence on a scale of [-1, 1]", "unparsed", NOTHING),
    ("valence: nan, arousal: 0", "unparsed", "no number for valence"),
    ('{"valence": NaN, "arousal": 1}', "unparsed", OFF),
    ('{"valence": 1e999, "arousal": 1}', "unparsed", OFF),
    ('{"valence": true, "arousal": 1}', "unparsed", "no number for valence"),
    ('{"valence": 0.5, "valence": 0.4, "arousal": 1}', "unparsed", "two numbers for valence"),
    ("1.5.2, 0", "unparsed", "1 numbers for 2 levels"),
    ("covid-19", "unparsed", NOTHING),
    ("", "unparsed", "empty"),
    ("<think>valence: 0.5, arousal: 0", "unparsed", "no answer after the thinking"),
    ("I can't rate that.", "refused", "refusal: unable"),
    ("I can't identify people, but valence: 0.5, arousal: 0", (0.5, 0.0), "named"),
]
ONE: list[Row] = [
    ("6", (6.0,), "in order"),
    ("6.", (6.0,), "in order"),
    ("**6**", (6.0,), "in order"),
    ("about 6", (6.0,), "in order"),
    ("6/9", (6.0,), "in order"),
    ("6 out of 9", (6.0,), "in order"),
    ("6 points", (6.0,), "in order"),
    ("on a scale from 1 to 9: 6", (6.0,), "in order"),
    ("I'd rate it 6 on a scale of 1-9", (6.0,), "in order"),
    ("6 (on a 9-point scale)", (6.0,), "in order"),
    ("5,5", (5.5,), "in order"),
    ("6 6", (6.0,), "in order"),
    ("Pain level: 6", (6.0,), "named"),
    ("The answer is 6 because of 2 clues", (6.0,), "declared answer"),
    ('{"pain": 6}', (6.0,), "json field"),
    ("7/10", "unparsed", "pain is no number on its scale, 1 to 9"),
    ("60%", "unparsed", "pain is no number on its scale, 1 to 9"),
    ("0", "unparsed", "pain is no number on its scale, 1 to 9"),
    ("10", "unparsed", "pain is no number on its scale, 1 to 9"),
    ("45 years", "unparsed", "pain is no number on its scale, 1 to 9"),
    ("pain 6; pain 7", "unparsed", "two numbers for pain"),
    ("6 or 7", "unparsed", "two numbers for pain"),
    ("pain 6, 3 people", (6.0,), "named"),
    ("3 pain, 4 stress", "unparsed", NOTHING),
    ("5-6", "unparsed", NOTHING),
    ("between 5 and 6", "unparsed", NOTHING),
    ("1 to 9", "unparsed", NOTHING),
    ("six", "unparsed", NOTHING),
    ("There are 3 people", "unparsed", NOTHING),
    ("in their 5s", "unparsed", NOTHING),
]
OTHER: list[tuple[Asked, str, tuple[float, ...] | str, str]] = [
    (SHARE, "50%", (0.5,), "in order"),
    (SHARE, "valence: 0,5", (0.5,), "named"),
    (SHARE, "150%", "unparsed", "valence is no number on its scale, 0 to 1"),
    (INTENSITY, "AU6: 3, AU12: 0", (3.0, 0.0), "named"),
    (INTENSITY, "AU 6 = 3\nAU 12 = 1", (3.0, 1.0), "named"),
    (INTENSITY, "AU06 (3), AU12 (0)", (3.0, 0.0), "named"),
    (INTENSITY, "AU6 - 3, AU12 - 0", (3.0, 0.0), "named"),
    (INTENSITY, "cheek raiser: 2, AU12: 1", (2.0, 1.0), "named"),
    (INTENSITY, '{"AU6": 3, "AU12": 0}', (3.0, 0.0), "json field"),
    (INTENSITY, "AU4: 2, AU6: 3, AU12: 0", (3.0, 0.0), "named"),
    (INTENSITY, '{"AU4": 2, "AU6": 3, "AU12": 0}', (3.0, 0.0), "json field"),
    (INTENSITY, "AU6: 3, AU12 AU4: 2", "unparsed", "no number for AU12"),
    (INTENSITY, "3, 0", (3.0, 0.0), "in order"),
    (INTENSITY, "AU6: 7, AU12: 1", "unparsed", "AU6 is no number on its scale, 0 to 5"),
]
TABLE = [(AFFECT, *row) for row in TWO] + [(PAIN, *row) for row in ONE] + OTHER


@pytest.mark.parametrize(("asked", "text", "expected", "rule"), TABLE, ids=lambda value: repr(value)[:48])
def test_numbers_are_read_as_a_strict_reader_would(
    asked: Asked, text: str, expected: tuple[float, ...] | str, rule: str
) -> None:
    parsed = reader(asked)(text)
    if isinstance(expected, str):
        assert (parsed.status, parsed.value, parsed.rule) == (expected, None, rule)
        return
    values = dict(zip((name for name, *_ in asked.levels), expected, strict=True))
    assert (parsed.status, parsed.value, parsed.rule) == ("ok", values, rule)
