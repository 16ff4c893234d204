"""Sets of labels: action units in every usual spelling, several emotions. Each row: reply, labels or status, rule."""

from __future__ import annotations

import pytest

from affectbench.answers import reader
from affectbench.types import Asked
from tests.answers.asked import AUS, SEVERAL, SEVERAL_LETTERED

Row = tuple[str, str, str]
BOTH = "a label both affirmed and denied"
UNCLEAR = "a denial that may reach the whole list"
SHARE = "a share is not a decision"

UNITS: list[Row] = [
    ("AU6", "AU6", "mentions"),
    ("AU06", "AU6", "mentions"),
    ("au 6", "AU6", "mentions"),
    ("AU-6", "AU6", "mentions"),
    ("AU_6", "AU6", "mentions"),
    ("AU#6", "AU6", "mentions"),
    ("Action Unit 6", "AU6", "mentions"),
    ("action units 6 and 12", "AU6 AU12", "mentions"),
    ("Action Units (AUs): 6, 12", "AU6 AU12", "mentions"),
    ("AUs present: 6, 12", "AU6 AU12", "mentions"),
    ("AU6+12", "AU6 AU12", "mentions"),
    ("AU6+AU12+AU25", "AU6 AU12 AU25", "mentions"),
    ("AU 6, 12 and 25", "AU6 AU12 AU25", "mentions"),
    ("AU6/AU12", "AU6 AU12", "mentions"),
    ("AU6 & AU12", "AU6 AU12", "mentions"),
    ("**AU6**, **AU12**", "AU6 AU12", "mentions"),
    ("Cheek Raiser", "AU6", "mentions"),
    ("cheek raiser and Lip-Corner Puller", "AU6 AU12", "mentions"),
    ("AU6 (Cheek Raiser), AU12 (Lip Corner Puller)", "AU6 AU12", "mentions"),
    ("Cheek raiser (AU6)", "AU6", "mentions"),
    ("AU6: cheek raiser\nAU12: lip corner puller", "AU6 AU12", "mentions"),
    ("AU1-AU4", "AU1 AU2 AU4", "mentions"),
    ("AU1–4", "AU1 AU2 AU4", "mentions"),
    ("AU1 to AU4", "AU1 AU2 AU4", "mentions"),
    ("AU12L", "AU12", "mentions"),
    ("AUL12, AU6B", "AU6 AU12", "mentions"),
    ("- AU12\n- AU6\n- AU12", "AU6 AU12", "mentions"),
    ("1. AU6\n2. AU12", "AU6 AU12", "mentions"),
    ("6, 12", "AU6 AU12", "mentions"),
    ("6+12+25", "AU6 AU12 AU25", "mentions"),
    ("6 and 12.", "AU6 AU12", "mentions"),
    ("I see AU6 in 2 of 3 people", "AU6", "mentions"),
    ("AU6 and 2 others", "AU6", "mentions"),
    ("AU6, 45% sure", "AU6", "mentions"),
    ("AU5, AU6", "AU6", "mentions; outside the options: AU5"),
    ("AU5", "unparsed", "outside the options: AU5"),
    ("AU100", "unparsed", "no label"),
    ("restaurant 6", "unparsed", "no label"),
    ("The face has 6 freckles", "unparsed", "no label"),
    ("smiling", "unparsed", "no label"),
    ("all of them", "unparsed", "no label"),
    ("", "unparsed", "empty"),
    ("<think>AU6", "unparsed", "no answer after the thinking"),
    ("<think>AU4</think>AU6", "AU6", "mentions"),
    ("<answer>AU6, AU12</answer>", "AU6 AU12", "answer tag"),
    ("<answer>AU5, AU6</answer>", "AU6", "answer tag; outside the options: AU5"),
    ("Low brows, so AU4?\nFinal answer: AU6, AU12", "AU6 AU12", "declared answer"),
    ("Answer:\n\n- AU6\n- AU12\n\nAU4 would mean anger.", "AU6 AU12", "declared answer"),
]
ABSENT: list[Row] = [
    ("no AU4", "", "none"),
    ("No AU1-AU4", "", "none"),
    ("AU4 is absent", "", "none"),
    ("AU6, AU12, no AU4", "AU6 AU12", "mentions"),
    ("AU6 and AU12 but not AU4", "AU6 AU12", "mentions"),
    ("No AU4, AU6 or AU12", "", "none"),
    ("neither AU1 nor AU2, but AU4", "AU4", "mentions"),
    ("AU4 and AU1 are not present, AU6 is.", "AU6", "mentions"),
    ("AU1-AU4 are absent, AU6 is present", "AU6", "mentions"),
    ("AU6: 1\nAU12: 0\nAU4: absent", "AU6", "mentions"),
    ("AU6: present, AU12: not present", "AU6", "mentions"),
    ("AU6 = yes; AU12 = no", "AU6", "mentions"),
    ("AU6 (3), AU12 (0)", "AU6", "mentions"),
    ("| AU6 | 1 |\n| AU12 | 0 |", "AU6", "mentions"),
    ("Active: AU6, AU12. Absent: AU4, AU1", "AU6 AU12", "mentions"),
    ("Not present: AU1, AU2\nPresent: AU6", "AU6", "mentions"),
    ("- [x] AU6\n- [ ] AU4", "AU6", "mentions"),
    ("AU4 ❌, AU6 ✅", "AU6", "mentions"),
    ("AU4 does not appear, AU6 does", "AU6", "mentions"),
    ("AU4 cannot be seen; AU6", "AU6", "mentions"),
    ("AU4 - no\nAU6 - yes", "AU6", "mentions"),
    ("AU4 → no, AU6 → yes", "AU6", "mentions"),
    ("There is no evidence of AU4, only of AU6", "AU6", "mentions"),
    ("present: [AU6]\nabsent: [AU4]", "AU6", "mentions"),
    ("No action units other than AU6", "AU6", "mentions"),
    ("none", "", "none"),
    ("None.", "", "none"),
    ("No action units", "", "none"),
    ("No action units are present.", "", "none"),
    ("None of the AUs are active", "", "none"),
    ("no AU4, AU6 and AU12 are present", "unparsed", UNCLEAR),
    ("AU4 is present. AU4 is absent.", "unparsed", BOTH),
    ("AU6 or AU12", "unparsed", "alternatives"),
    ("AU6 (Lip Corner Puller)", "unparsed", "code and name disagree"),
    ("AU6: 0.4", "unparsed", SHARE),
    ("I can't identify people", "refused", "refusal: unable"),
    ("I cannot identify any action units", "refused", "refusal: unable"),
    ("I can't identify the person, but AU6 and AU12 are active.", "AU6 AU12", "mentions"),
]
DOCUMENTS: list[Row] = [
    ('["AU6", "AU12"]', "AU6 AU12", "json"),
    ('```json\n["AU6"]\n```', "AU6", "json"),
    ('{"AU6": 1, "AU12": 0}', "AU6", "json"),
    ('{"AU6": true, "AU12": false}', "AU6", "json"),
    ('{"AU6": "present", "AU12": "absent"}', "AU6", "json"),
    ('{"AU6": "3", "AU12": "not visible", "AU4": ""}', "AU6", "json"),
    ('{"AU06": 2.5, "AU12": null}', "AU6", "json"),
    ('{"AU6": {"present": true, "confidence": 0.7}}', "AU6", "json"),
    ('{"action_units": [6, 12]}', "AU6 AU12", "json"),
    ('{"action_units": "AU6, AU12, no AU4"}', "AU6 AU12", "json"),
    ('{"reasoning": "AU4 is anger", "aus": ["AU6"]}', "AU6", "json"),
    ('{"reasoning": "AU4 is anger", "aus": []}', "", "none"),
    ('{"aus": "none"}', "", "none"),
    ("[]", "", "none"),
    ("{}", "", "none"),
    ("AU6 is there {}", "AU6", "mentions"),
    ('["AU5"]', "unparsed", "outside the options: AU5"),
    ('{"AU6": 0.5}', "unparsed", SHARE),
    ('{"AU6": NaN}', "unparsed", SHARE),
    ('{"AU6": 1, "AU6": 0}', "unparsed", BOTH),
    ('{"present": ["AU6"], "absent": ["AU4"]}', "AU6", "json"),
    ('{"active": [6], "not_active": [4]}', "AU6", "json"),
    ('{"count": 6}', "unparsed", "no label"),
    ("{'AU6': 1, 'AU12': 0}", "AU6", "mentions"),
]
EMOTIONS: list[Row] = [
    ("happy and sad", "happiness sadness", "mentions"),
    ("sadness, anger", "anger sadness", "mentions"),
    ("mostly happy, not sad", "happiness", "mentions"),
    ("no emotions", "", "none"),
    ("anger or fear", "unparsed", "alternatives"),
    ("boredom", "unparsed", "no label"),
]
LETTERS: list[Row] = [
    ("A, C", "anger fear", "mentions"),
    ("A and C", "anger fear", "mentions"),
    ("B", "disgust", "mentions"),
    ("(A) anger, (C) fear", "anger fear", "mentions"),
    ("I am happy", "happiness", "mentions"),
    ("(A) fear", "unparsed", "letter and label disagree"),
]
TABLE = [(AUS, *row) for row in (*UNITS, *ABSENT, *DOCUMENTS)]
TABLE += [(SEVERAL, *row) for row in EMOTIONS] + [(SEVERAL_LETTERED, *row) for row in LETTERS]


@pytest.mark.parametrize(("asked", "text", "expected", "rule"), TABLE, ids=lambda value: repr(value)[:48])
def test_a_set_is_read_as_a_strict_reader_would(asked: Asked, text: str, expected: str, rule: str) -> None:
    parsed = reader(asked)(text)
    if expected in ("unparsed", "refused"):
        assert (parsed.status, parsed.value, parsed.rule) == (expected, None, rule)
    else:
        assert (parsed.status, parsed.value, parsed.rule) == ("ok", tuple(expected.split()), rule)


def test_an_unusual_number_of_outside_units_stays_short_in_the_rule() -> None:
    rule = reader(AUS)(", ".join(f"AU{number}" for number in range(1, 70))).rule
    assert rule == "mentions; outside the options: AU3, AU5, AU8, AU9, AU11, AU13, AU16, AU18, ..."


SCORES = """
{"anger": 0.1, "Disgust": 0, "fear": 0.5, "happy": 1, "sadness": 0.49, "surprise": 2e-3}
"""


def test_a_number_for_each_option_is_its_probability() -> None:
    parsed = reader(SEVERAL)(SCORES)
    assert (parsed.status, parsed.value, parsed.rule) == ("ok", ("fear", "happiness"), "json scores")
    assert parsed.scores is not None
    assert set(parsed.scores) == set(SEVERAL.options)
    assert (parsed.scores["happiness"], parsed.scores["sadness"], parsed.scores["disgust"]) == (1, 0.49, 0)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"anger": 0.1, ', "", SHARE),  # an option is missing
        ('"anger": 0.1', '"anger": 1.1', SHARE),
        ('"anger": 0.1', '"anger": -0.1', SHARE),
        ('"anger": 0.1', '"anger": "0.1"', SHARE),
        ('"anger": 0.1', '"anger": 0.1, "fear": 0.2', SHARE),  # one is there twice
        ('"anger": 0.1', '"anger": 0.1, "boredom": 0.2', SHARE),
    ],
)
def test_other_numbers_are_no_decision(old: str, new: str, rule: str) -> None:
    parsed = reader(SEVERAL)(SCORES.replace(old, new))
    assert (parsed.status, parsed.rule, parsed.scores) == ("unparsed", rule, None)


def test_ones_and_zeros_are_a_set_without_probabilities() -> None:
    parsed = reader(AUS)("{" + ", ".join(f'"{unit}": {int(unit == "AU6")}' for unit in AUS.options) + "}")
    assert (parsed.value, parsed.rule, parsed.scores) == (("AU6",), "json", None)
