"""What holds for every parser: it never raises, stays in its text and options, is quick."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectbench.answers import PARSERS, reader
from affectbench.errors import UsageError
from affectbench.labels import label_set
from affectbench.specs.base import read
from affectbench.specs.labels import LabelsSpec
from affectbench.types import Asked, Parsed
from tests.answers.asked import AFFECT, ALL, AUS, EMOTION, EMOTIONS, LETTERED, PAIN, UNITS

LABELS = Path(__file__).parents[2] / "tasks" / "labels"
PIECES = """not |no |happy|sad|fear|, | or | and |: |. |AU6|AU|12|-|0.5|(b) |B|<think>|</think>|<answer>|</answer>
|{|}|[|]|"|'|answer|emotion| is |valence|I can't |identify|**|\\boxed{|é|İ|ß|ﬁ|高兴|😊|½|²|1e9|9|,|?|"""
REPLY_PIECES = [*PIECES.replace("\n", "").split("|"), "\n", "\u200b", "\u0301", "\ud800", "\x00"]
replies = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from(REPLY_PIECES), max_size=14).map("".join),
)


def outcome(asked: Asked, text: str) -> Parsed:
    parsed = reader(asked)(text)
    assert parsed.span is not None
    assert 0 <= parsed.span[0] <= parsed.span[1] <= len(text)
    assert (parsed.value is not None) == (parsed.status == "ok")
    assert parsed.rule
    Parsed.model_validate_json(parsed.model_dump_json())
    return parsed


@pytest.mark.parametrize("name", ALL)
@given(text=replies)
def test_any_text_is_read_without_error_and_inside_its_bounds(name: str, text: str) -> None:
    outcome(ALL[name], text)


@given(text=replies)
def test_a_choice_comes_from_the_options_and_reads_as_itself(text: str) -> None:
    for asked in (EMOTION, LETTERED):
        parsed = outcome(asked, text)
        if parsed.status == "ok":
            assert parsed.value in EMOTIONS
            assert outcome(asked, str(parsed.value)).value == parsed.value


@given(text=replies)
def test_a_set_comes_from_the_options_in_their_order_and_reads_as_itself(text: str) -> None:
    parsed = outcome(AUS, text)
    if parsed.status == "ok":
        assert isinstance(parsed.value, tuple)
        assert parsed.value == tuple(unit for unit in UNITS if unit in parsed.value)
        assert outcome(AUS, ", ".join(parsed.value) or "none").value == parsed.value


@given(text=replies)
def test_numbers_stay_on_their_scales(text: str) -> None:
    for asked in (AFFECT, PAIN):
        value = outcome(asked, text).value
        if isinstance(value, dict):
            assert list(value) == [name for name, *_ in asked.levels]
            assert all(low <= value[name] <= high for name, low, high in asked.levels)


@given(
    label=st.sampled_from(EMOTIONS),
    thoughts=st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"]), max_size=80),
    form=st.sampled_from(["{}", " {}.\n", "**{}**", '"{}"', "<think>{thoughts}</think>{}", '{{"emotion": "{}"}}']),
)
def test_a_planted_answer_is_found(label: str, thoughts: str, form: str) -> None:
    assert outcome(EMOTION, form.format(label, thoughts=thoughts)).value == label


@given(valence=st.floats(-1, 1), arousal=st.floats(-1, 1))
def test_planted_numbers_are_found(valence: float, arousal: float) -> None:
    written = f"valence: {valence:.4f}, arousal: {arousal:.4f}"
    assert outcome(AFFECT, written).value == {"valence": round(valence, 4), "arousal": round(arousal, 4)}


@given(units=st.sets(st.sampled_from(UNITS), min_size=1), separator=st.sampled_from([", ", "+", " and ", "\n", "; "]))
def test_planted_units_are_found(units: set[str], separator: str) -> None:
    planted = tuple(unit for unit in UNITS if unit in units)
    assert outcome(AUS, separator.join(planted)).value == planted


def test_every_shipped_label_reads_as_itself_in_every_spelling() -> None:
    specs = {path.stem: read(path, LabelsSpec).spec for path in sorted(LABELS.glob("*.yaml"))}
    assert {"facs", "ekman-6"} <= set(specs)
    for spec in specs.values():
        found = label_set(spec, specs.__getitem__)
        for letters in (False, len(found.names) <= 26):
            asked = Asked(form="choice", options=found.names, synonyms=found.synonym_table(), letters=letters)
            spellings = [(name, name) for name in found.names]
            spellings += [(other, name) for name, others in found.synonym_table() for other in others]
            for spelling, name in spellings:
                assert outcome(asked, spelling).value == name, (spec.id, spelling)


def test_a_reader_is_built_once() -> None:
    assert reader(EMOTION) is reader(replace(EMOTION))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (replace(EMOTION, parser="afectbench"), "did you mean 'affectbench'"),
        (Asked(form="choice"), "needs options"),
        (Asked(form="choice", options=(" ",)), "needs options"),
        (Asked(form="labels"), "needs options"),
        (Asked(form="levels"), "needs levels"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_when_the_reader_is_built(asked: Asked, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        reader(asked)


def test_a_parser_that_lacks_a_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARSERS, "published", {"choice": PARSERS["r1-omni"]["choice"]})
    assert reader(replace(EMOTION, parser="published"))("fear").value == "fear"
    with pytest.raises(UsageError, match="does not read 'labels'; it reads: choice"):
        reader(replace(AUS, parser="published"))


USUAL = [
    ("choice", "happiness"),
    ("choice", "The emotion is **fear**."),
    ("choice", '```json\n{"emotion": "fear"}\n```'),
    ("choice", "I'm sorry, but I can't identify emotions of real people."),
    ("choice", "<think>The brows are low, so maybe anger. No, it is fear.</think><answer>fear</answer>"),
    ("lettered", "The answer is (B) disgust."),
    ("units", "AU6 (cheek raiser), AU12 (lip corner puller), AU25 (lips part)"),
    ("affect", "valence: 0.5, arousal: -0.2"),
    ("open", "He seems sad and lonely."),
    ("text", "He smiles and looks at the camera."),
]


@pytest.mark.parametrize(("name", "text"), USUAL)
def test_a_usual_reply_takes_well_under_a_millisecond(name: str, text: str) -> None:
    """The aim is 0.1 ms on an idle core; the bound leaves room for a busy one."""
    read_reply = reader(ALL[name])
    read_reply(text)
    assert min(_seconds(lambda: [read_reply(text) for _ in range(20)]) for _ in range(5)) / 20 < 0.0005


PATTERNS = """( |not |AU|<think>|<answer>|</think>|1|1 | |"|'|{|[|[[1,|{"a":|{"a":1}|[]|happy |happy, |happy or
|not happy |neither happy nor |AU6, |AU1-99 |no AU4, |au 6 and |the answer is |the answer is happy
|emotion |i can't |i can't a a |sorry i |a b |A |A, |(b) |B) |é|高|😀|ﷺ|1,|1.1.|1/|1e|-1 to |0.5-|(1, 2) |**
|**happy** |\\boxed{|a'|a-|happy? no|valence |valence: 0.5 |0.5 |sad and |he feels sad. |. |emotion a a a a
|- [ ] happy|none of the |…|`"""
HOSTILE = [*PATTERNS.replace("\n", "").split("|"), "\n", "\t", "\x00", "\u0301", "happy\n", "- AU6\n"]
SIZE = 50_000


@pytest.mark.parametrize("name", ["choice", "lettered", "units", "several lettered", "affect", "pain", "open", "text"])
def test_fifty_kilobytes_of_anything_are_read_in_linear_time(name: str) -> None:
    """The aim is 50 ms on an idle core. A pattern that backtracks takes seconds to minutes on one of these."""
    read_reply = reader(ALL[name])
    texts = [piece * (SIZE // len(piece.encode())) for piece in HOSTILE]
    texts += [
        f"happy{' ' * SIZE}x",
        f"{'(' * SIZE}happy",
        f"no{' ' * SIZE}happy",
        f"{'(' * 25_000}x{'(' * 25_000}happy",
    ]
    slow = {text[:16]: taken for text in texts if (taken := _best(lambda text=text: read_reply(text))) > 0.25}
    assert not slow


def _best(work: Callable[[], object]) -> float:
    """Return the time of a call, the best of five only where the first was slow."""
    first = _seconds(work)
    return first if first < 0.05 else min(_seconds(work) for _ in range(4))


def _seconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start
