"""The parsers of published evaluators: every figure of the fixtures, and that no reply breaks them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench import metrics
from affectbench.answers import PARSERS, reader
from affectbench.answers.published import (
    DROPPED,
    emobench_m,
    emotion_llama,
    facial_r1,
    judge_scores,
    mer_unibench,
    mmaffben,
    r1_omni,
)
from affectbench.errors import UsageError
from affectbench.types import Asked, Parsed
from tests.answers.asked import AFFECT, EMOTION, OPEN, PAIN, SEVERAL, SHARE, UNITS
from tests.answers.test_reader import replies

FIGURES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures/parser_fixtures.json").read_text())
EXACT = 1e-12
SIX = ("neutral", "angry", "happy", "sad", "worried", "surprise")
FER = ("neutral", "happiness", "sadness", "anger", "fear", "surprise", "disgust")
VALENCE_3 = Asked(form="levels", levels=(("valence", -3.0, 3.0),))
VAD = Asked(form="levels", levels=tuple((name, 1.0, 10.0) for name in ("valence", "arousal", "dominance")))
MMS = Asked(form="choice", options=("negative", "neutral", "positive"))
ASKED = {"choice": EMOTION, "labels": SEVERAL, "levels": AFFECT, "open": OPEN}


def said(asked: Asked, parser: str, text: str) -> Parsed:
    return reader(replace(asked, parser=parser))(text)


# -- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "label"), FIGURES["emotion_llama_last_token"])
def test_emotion_llama(text: str, label: str) -> None:
    assert emotion_llama.last_token(text, SIX) == label
    assert said(Asked(form="choice", options=SIX), "emotion-llama", text).value == label


@pytest.mark.parametrize(("text", "words"), FIGURES["string_to_list"])
def test_string_to_list(text: str, words: list[str]) -> None:
    assert mer_unibench.string_to_list(text) == words


def test_the_whole_way_of_mer_unibench_drops_a_prefix_lowers_and_takes_each_word_once() -> None:
    assert said(OPEN, "mer-unibench", "Output: ['Happy', 'happy', \n'sad.']").value == ("happy", "sad.")
    assert said(OPEN, "mer-unibench", "输出：[]").value == ()
    assert said(OPEN, "mer-unibench", "").value == ()


@pytest.mark.parametrize(("text", "units", "labels"), FIGURES["facial_r1"]["rows[text,aus,labels]"])
def test_facial_r1(text: str, units: list[str], labels: list[str]) -> None:
    assert facial_r1.action_units(text) == units
    assert facial_r1.labels(text) == labels


def test_facial_r1_figures_of_units() -> None:
    """The reference's classes are the units of gold; its macro figures are means over those with a positive."""
    wanted = FIGURES["facial_r1"]
    classes = wanted["classes"]
    read = reader(Asked(form="labels", options=tuple(classes), parser="facial-r1"))
    found = [read(text).value for text, _, _ in wanted["rows[text,aus,labels]"]]
    gold = wanted["gt_aus"]
    figures = wanted["au_metrics"]
    assert metrics.macro_f1_present(gold, found, classes) == pytest.approx(figures["macro"]["f1"], abs=EXACT)
    assert metrics.micro_f1(gold, found, classes) == pytest.approx(figures["micro"]["f1"], abs=EXACT)
    assert metrics.subset_accuracy(gold, found, classes) == pytest.approx(figures["micro"]["accuracy"], abs=EXACT)
    right, f1 = metrics.au_accuracy(gold, found, classes), metrics.au_f1(gold, found, classes)
    cells = [[(unit in g, unit in f) for g, f in zip(gold, found, strict=True)] for unit in classes]
    recalls = [metrics.recall(*zip(*cell, strict=True), [False, True])[1] for cell in cells]
    for place, unit in enumerate(classes):
        each = figures["per_class"][unit]
        assert right[place] == pytest.approx(each["acc"], abs=EXACT)
        if each["has_positive"]:
            assert (recalls[place], f1[place]) == pytest.approx((each["recall"], each["f1"]), abs=EXACT)
        else:
            assert np.isnan(recalls[place])
    assert np.nanmean(recalls) == pytest.approx(figures["macro"]["recall"], abs=EXACT)
    assert right[~np.isnan(recalls)].mean() == pytest.approx(figures["macro"]["accuracy"], abs=EXACT)
    pooled = metrics.recall(*zip(*(pair for cell in cells for pair in cell), strict=True), [False, True])[1]
    assert pooled == pytest.approx(figures["micro"]["recall"], abs=EXACT)


def test_facial_r1_figures_of_labels() -> None:
    wanted = FIGURES["facial_r1"]
    gold = [labels[0] for labels in wanted["gt_labels"]]
    names = tuple(sorted(set(gold)))
    read = reader(Asked(form="choice", options=names, parser="facial-r1"))
    parsed = [read(text) for text, _, _ in wanted["rows[text,aus,labels]"]]
    assert [one.rule for one in parsed if one.status != "ok"] == [
        "no label",
        "no label",
        "no token (the reference raises)",
    ]
    found = [one.value for one in parsed]
    assert metrics.accuracy(gold, found, names) == pytest.approx(wanted["label_metrics"]["accuracy"], abs=EXACT)
    right = dict(zip(names, metrics.recall(gold, found, names), strict=True))
    figures = {name: each["acc"] for name, each in wanted["label_metrics"]["per_class"].items()}
    assert right == pytest.approx(figures, abs=EXACT)


def test_humanomni() -> None:
    wanted = FIGURES["humanomni"]
    names = tuple(dict.fromkeys(wanted["gt"]))
    read = reader(Asked(form="choice", options=(*names, "surprise"), parser="r1-omni"))
    found = [read("\n " + text).value for text in wanted["pred(after lstrip)"]]
    assert 100 * metrics.war(wanted["gt"], found, names) == pytest.approx(wanted["WAR"], abs=EXACT)
    assert 100 * metrics.uar(wanted["gt"], found, names) == pytest.approx(wanted["UAR"], abs=EXACT)


def classes_of(rows: list[Any], named: dict[str, int]) -> list[str]:
    """Put known names at the places that the figures show; the other classes get names of their own."""
    names = [f"class{place}" for place in range(len(rows[0][1]))]
    for name, place in named.items():
        names[place] = name
    return names


def test_mmaffben_classes() -> None:
    for text, table in FIGURES["mmaffben"]["parse_labels_FER2013"]:
        assert mmaffben.parse_labels(text, FER) == table, text
    rows = FIGURES["mmaffben"]["parse_labels_EMOTIC_emo"]
    places = {"engagement": 11, "anticipation": 18, "peace": 8, "pleasure": 22, "doubt/confusion": 3}
    for text, table in rows:
        assert mmaffben.parse_labels(text, classes_of(rows, places)) == table, text


@pytest.mark.parametrize(("text", "table"), FIGURES["mmaffben"]["parse_labels_FER2013"])
def test_mmaffben_reads_a_choice_where_one_class_is_named_and_a_set_always(text: str, table: list[float]) -> None:
    named = tuple(name for name, present in zip(FER, table, strict=True) if present)
    parsed = said(Asked(form="choice", options=FER), "mmaffben", text)
    assert parsed.value == (named[0] if len(named) == 1 else None)
    assert said(Asked(form="labels", options=FER), "mmaffben", text).value == named


@pytest.mark.parametrize(("text", "value"), FIGURES["mmaffben"]["extract_label_MMS"])
def test_mmaffben_polarity(text: str, value: float) -> None:
    assert mmaffben.polarity(text) == value
    names = {-1.0: "negative", 0.0: "neutral", 1.0: "positive"}
    assert said(MMS, "mmaffben", text).value == names.get(value)


@pytest.mark.parametrize(
    ("name", "asked"), [("get_scores_EIreg", SHARE), ("get_scores_Vreg", None), ("extract_integers_Voc", VALENCE_3)]
)
def test_mmaffben_one_number(name: str, asked: Asked | None) -> None:
    asked = asked or Asked(form="levels", levels=(("valence", -1.0, 1.0),))
    for text, value in FIGURES["mmaffben"][name]:
        assert said(asked, "mmaffben", text).value == {"valence": value}, text


def test_mmaffben_named_numbers() -> None:
    for text, values in FIGURES["mmaffben"]["extract_values_EMOTIC_vad"]:
        names = [name for name, _, _ in VAD.levels]
        assert said(VAD, "mmaffben", text).value == dict(zip(names, values, strict=True))
    assert mmaffben.named_values("valence: -6", ["valence"]) == [0.0]


@pytest.mark.parametrize(("text", "value"), FIGURES["emer_score_regex"])
def test_emer_scores(text: str, value: float | str | None) -> None:
    assert judge_scores.emer_score(text) == (None if isinstance(value, str) else value)


@pytest.mark.parametrize("kind", ["single_label", "multi_label"])
def test_mme_emotion(kind: str) -> None:
    read = {"single_label": judge_scores.mme_single, "multi_label": judge_scores.mme_shares}[kind]
    wanted = FIGURES["mme_emotion"][kind]
    replies = []
    for text, scores, steps in wanted["rows[judge_string,parsed,[rec,rea,steps]]"]:
        replies.append(read(text))
        assert replies[-1] == (None if scores is None else pytest.approx(scores, abs=EXACT)), text
        assert judge_scores.steps(replies[-1]) == (None if steps is None else pytest.approx(tuple(steps), abs=EXACT))
    found = judge_scores.mme_emotion(replies)
    assert found is not None
    assert found.counted == wanted["counted"]
    assert found[:4] == pytest.approx(
        (wanted["Rec"], wanted["Rea"], wanted["CoT(alpha=.5)"], wanted["AvgStep"]), abs=EXACT
    )


# -- quirks ----------------------------------------------------------------------------------------------------------


def test_emobench_m_compares_whole_replies_and_says_which_the_reference_drops() -> None:
    assert said(EMOTION, "emobench-m", " HAPPINESS\n").value == "happiness"
    assert emobench_m.cleaned("\tHappy ") == "happy"
    assert said(EMOTION, "emobench-m", "happiness.").rule == "no label"
    assert said(EMOTION, "emobench-m", " \n").rule.startswith(DROPPED)


def test_r1_omni_reads_the_answer_element_exactly() -> None:
    assert said(EMOTION, "r1-omni", "<think>\nfear?</think>\n<answer>anger</answer>").value == "anger"
    assert r1_omni.compared("<answer> anger</answer>") == "anger"
    for text in ("<answer>anger </answer>", "<answer>Anger</answer>", "<think>anger</think>", "anger."):
        assert said(EMOTION, "r1-omni", text).status == "unparsed"


def test_facial_r1_counts_denied_units_and_keeps_to_the_options() -> None:
    asked = Asked(form="labels", options=UNITS)
    assert said(asked, "facial-r1", "<think>AU12, no AU4, AU99</think>").value == ("AU4", "AU12")
    assert said(asked, "facial-r1", "nothing").value == ()


def test_emotion_llama_needs_neutral_to_fall_back_to() -> None:
    assert said(EMOTION, "emotion-llama", "It is anger.").status == "unparsed"


def test_thinking_and_refusals_mean_nothing_to_them() -> None:
    assert said(EMOTION, "mmaffben", "<think> anger </think> I cannot tell").value == "anger"
    assert reader(EMOTION)("<think> anger </think> I cannot tell").status == "refused"


def test_a_parser_reads_its_forms_only() -> None:
    with pytest.raises(UsageError, match="does not read 'labels'; it reads: choice"):
        reader(replace(SEVERAL, parser="r1-omni"))
    with pytest.raises(UsageError, match="no answer parser 'emotion-lama'; did you mean 'emotion-llama'"):
        reader(replace(EMOTION, parser="emotion-lama"))


# -- any reply -------------------------------------------------------------------------------------------------------

PUBLISHED = [(name, form) for name, forms in PARSERS.items() if name != "affectbench" for form in forms]
QUESTIONS = [(name, asked) for name, form in PUBLISHED for asked in [ASKED[form]]]
QUESTIONS += [("mmaffben", asked) for asked in (VALENCE_3, VAD, PAIN, MMS)]


@given(text=replies | st.from_regex(r"(valence: ?)?-?[0-9٣]{0,400}\.?[0-9]{0,3}"))
def test_any_text_is_read_without_error(text: str) -> None:
    for name, asked in QUESTIONS:
        parsed = said(asked, name, text)
        assert (parsed.value is not None) == (parsed.status == "ok")
        assert parsed.status != "refused" and parsed.rule and parsed.span is not None
        assert 0 <= parsed.span[0] <= parsed.span[1] <= len(text)
        assert Parsed.model_validate_json(parsed.model_dump_json()) == parsed
        if asked.form == "choice":
            assert parsed.value is None or parsed.value in asked.options


@given(text=replies | st.from_regex(r"<score>(Step 1: ?[0-9]{0,400}/[0-9]{0,400})?</score>"))
def test_any_judgement_is_read_without_error(text: str) -> None:
    found = judge_scores.emer_score(text)
    assert found is None or found >= 0
    for read in (judge_scores.mme_single, judge_scores.mme_shares):
        scores = read(text)
        assert judge_scores.steps(scores) is None or all(score >= 0 for score in scores or ())


@pytest.mark.parametrize("piece", ["<think>", "<answer>", "AU1", "1", "valence: ", "or", "'", "[", "-", "<score>", ":"])
def test_long_replies_are_read_quickly(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    start = time.perf_counter()
    for name, asked in QUESTIONS:
        said(asked, name, text)
    for judged in (judge_scores.emer_score, judge_scores.mme_single, judge_scores.mme_shares):
        judged(text)
    assert time.perf_counter() - start < 2
