"""Answers of models that were held to them, and answers by likelihood: nothing but what was allowed is accepted."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench import answers
from affectbench.answers import held, likelihood
from affectbench.errors import UsageError
from affectbench.models.constraint import schema
from affectbench.types import Asked, Parsed
from tests.answers.asked import EMOTION, EMOTIONS, UNITS

LEVELS = Asked(form="levels", levels=(("valence", -1.0, 1.0), ("arousal", 1.0, 9.0)))
JSON = {
    "choice": replace(EMOTION, constrain="json"),
    "labels": Asked(form="labels", options=UNITS, constrain="json"),
    "levels": replace(LEVELS, constrain="json"),
    "open": Asked(form="open", constrain="json"),
}


def read(asked: Asked, text: str) -> Parsed:
    return answers.reader(asked)(text)


@pytest.mark.parametrize("text", ["fear", " fear\n"])
def test_an_option_is_an_answer(text: str) -> None:
    found = read(replace(EMOTION, constrain="choice"), text)
    assert (found.status, found.value, found.rule) == ("ok", "fear", "constrained choice")
    assert found.span is not None and text[slice(*found.span)] == "fear"


@pytest.mark.parametrize(
    "text", ["The answer is fear.", "Fear", "fearful", "fear, anger", '{"answer": "fear"}', "joy", ""]
)
def test_whatever_else_a_server_lets_through_is_no_answer(text: str) -> None:
    found = read(replace(EMOTION, constrain="choice"), text)
    assert (found.status, found.value) == ("unparsed", None)
    assert found.rule == (held.IGNORED if text else "empty")


@pytest.mark.parametrize(
    ("form", "document", "value"),
    [
        ("choice", {"answer": "fear"}, "fear"),
        ("labels", {"answer": ["AU12", "AU6"]}, ("AU6", "AU12")),
        ("labels", {"answer": []}, ()),
        ("levels", {"arousal": 4, "valence": -0.5}, {"valence": -0.5, "arousal": 4.0}),
        ("open", {"answer": ["Sad", "sad", "  a little   lonely"]}, ("sad", "a little lonely")),
    ],
)
def test_json_of_the_agreed_form(form: str, document: dict[str, Any], value: object) -> None:
    found = read(JSON[form], json.dumps(document, indent=1))
    assert (found.status, found.value, found.rule) == ("ok", value, "constrained JSON")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("choice", '{"answer": "joy"}'),
        ("choice", '{"emotion": "fear"}'),
        ("choice", '{"answer": "fear", "why": "the eyes"}'),
        ("choice", '{"answer": ["fear"]}'),
        ("choice", '["fear"]'),
        ("choice", "fear"),
        ("choice", 'Sure: {"answer": "fear"}'),
        ("labels", '{"answer": ["AU6", "AU99"]}'),
        ("labels", '{"answer": "AU6"}'),
        ("labels", '{"answer": [["AU6"]]}'),
        ("levels", '{"valence": 2, "arousal": 4}'),
        ("levels", '{"valence": true, "arousal": 4}'),
        ("levels", '{"valence": NaN, "arousal": 4}'),
        ("levels", '{"valence": 0.1}'),
        ("levels", '{"valence": "0.1", "arousal": 4}'),
        ("open", '{"answer": "sad"}'),
        ("open", '{"answer": [3]}'),
        ("open", '{"answer": [" "]}'),
        ("choice", "[" * 100_000),
    ],
)
def test_json_of_another_form_is_no_answer(form: str, text: str) -> None:
    found = read(JSON[form], text)
    assert (found.status, found.rule) == ("unparsed", held.IGNORED)


@given(st.text(), st.sampled_from(sorted(JSON)))
def test_any_text_is_read(text: str, form: str) -> None:
    """Total, and what is accepted can be stored."""
    for asked in (JSON[form], replace(EMOTION, constrain="choice")):
        found = read(asked, text)
        assert found.status in ("ok", "unparsed") and Parsed.model_validate_json(found.model_dump_json()) == found


def test_half_a_character_in_free_words_can_be_stored() -> None:
    found = read(JSON["open"], '{"answer": ["sa\\ud800d"]}')
    assert found.value == ("sa?d",)
    assert Parsed.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("form", sorted(JSON))
def test_the_schema_and_the_reader_agree(form: str) -> None:
    """A server that enforces the schema can send nothing that is read as ignoring it."""
    wanted = schema(JSON[form])
    assert wanted["additionalProperties"] is False and wanted["required"] == list(wanted["properties"])
    said: dict[str, Any] = {}
    for name, field in wanted["properties"].items():
        items = field.get("items", {})
        made = {
            "string": field.get("enum", ["x"])[-1],
            "number": field.get("maximum"),
            "array": items.get("enum", ["x"])[:2],
        }
        said[name] = made[field["type"]]
    assert read(JSON[form], json.dumps(said)).status == "ok"


def test_what_has_no_form_cannot_be_held() -> None:
    with pytest.raises(ValueError, match="no JSON form"):
        schema(Asked(form="text"))
    with pytest.raises(UsageError, match="not for answers of form 'text'"):
        answers.reader(Asked(form="text", constrain="json"))
    with pytest.raises(UsageError, match="have options"):
        answers.reader(replace(LEVELS, constrain="choice"))


# -- by likelihood ---------------------------------------------------------------------------------------------------


def likeliest(logprobs: dict[str, float], options: tuple[str, ...] = ("joy", "contempt")) -> Parsed:
    return likelihood.read(Asked(form="choice", options=options, score_by="likelihood"), logprobs)


def test_lengths_are_taken_out() -> None:
    found = likeliest({"joy": -3.0, "contempt": -4.0})  # -1 and -0.5 a character
    assert (found.status, found.value, found.rule) == ("ok", "contempt", "likelihood")
    assert found.scores is not None
    assert found.scores["contempt"] == pytest.approx(1 / (1 + math.exp(-0.5)), abs=1e-12)


@pytest.mark.parametrize(
    ("logprobs", "why"),
    [
        ({"joy": -1.0}, "nothing is known of contempt"),
        ({}, "nothing is known of joy, contempt"),
        ({"joy": -1.0, "contempt": -math.inf}, "nothing is known of contempt"),
        ({"joy": -1.0, "contempt": math.nan}, "nothing is known of contempt"),
        ({"joy": -3.0, "contempt": -8.0}, "joy and contempt are as likely"),
    ],
)
def test_what_cannot_be_compared_is_no_answer(logprobs: dict[str, float], why: str) -> None:
    found = likeliest(logprobs)
    assert (found.status, found.value, found.scores) == ("unparsed", None, None)
    assert found.rule == f"likelihood: {why}"


@given(st.lists(st.floats(-500, 0), min_size=len(EMOTIONS), max_size=len(EMOTIONS)))
def test_shares_sum_to_one(values: list[float]) -> None:
    found = likeliest(dict(zip(EMOTIONS, values, strict=True)), EMOTIONS)
    if found.status == "ok":
        assert found.scores is not None and sum(found.scores.values()) == pytest.approx(1)
        assert found.scores[str(found.value)] == max(found.scores.values())
