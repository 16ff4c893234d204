"""The shipped label sets, prompts, tasks and suites: that they load, agree, and keep the published codes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from affectbench import templates
from affectbench.answers import reader
from affectbench.catalogue import Catalogue
from affectbench.labels import LabelSet, label_set, mapping
from affectbench.task import bind
from affectbench.types import Asked

SHIPPED = Catalogue()
SHOWN = {"media": "<media>", "medium": {"person": "<person>", "scene": "<scene>", "face": "<face>"}}
LEVELS = [{"name": name, "low": "-1", "high": "1"} for name in ("valence", "arousal", "dominance")]
TEXT = {
    "emotion": "Awe",
    "transcript": "Well.",
    "speaker": "Ann",
    "utterance": "No.",
    "question": "Is he cross?",
    "context": "Ben: Yes?\nAnn: Well.",
}
ASKED: dict[str, Any] = {"labels": ["A. fear", "B. anger"], "levels": LEVELS, "text": TEXT}

# The label sets of `catalogue.yaml`, the reference list of datasets, by its id; `?` picks one attribute of several.
REFERENCE = {
    "raf_db_basic": "raf-7",
    "raf_db_compound": "raf-compound-11",
    "affectnet_8": "affectnet-8",
    "affectnet_7": "affectnet-7",
    "ferplus": "ferplus-10",
    "fer2013": "fer2013-7",
    "expw": "expw-7",
    "sfew": "sfew-7",
    "ck_plus": "ck-plus-8",
    "jaffe": "jaffe-7",
    "kdef": "kdef-7",
    "crema_d": "crema-d-6",
    "dfew": "dfew-7",
    "ferv39k": "ferv39k-7",
    "mafw_single": "mafw-11",
    "afew": "sfew-7",
    "caer": "caer-7",
    "raer": "raer-5",
    "emonet_face_hq": "emonet-40",
    "emotic": "emotic-26",
    "mer2023_semi": "mer2023-6",
    "mintrec": "mintrec-20",
    "mer2024_semi": "mer2023-6",
    "merr": "merr-9",
    "emotiontalk": "emotiontalk-7",
    "affwild2_expr": "affwild2-8",
    "c_expr_db": "c-expr-7",
    "fairface?age": "fairface-age",
    "fairface?gender": "fairface-gender",
    "fairface?race (HF order)": "fairface-race",
    "utkface?gender": "utkface-gender",
    "utkface?race": "utkface-race",
}


def labels(name: str) -> LabelSet:
    return label_set(SHIPPED.load("labels", name).spec, lambda other: SHIPPED.load("labels", other).spec)


def codes(name: str) -> dict[str | None, str]:
    found = labels(name)
    return dict(zip(found.codes, found.names, strict=True))


# -- label sets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED.ids("labels"))
def test_every_label_has_spellings_of_its_own(name: str) -> None:
    found = labels(name)
    spellings = [s.casefold() for n, others in zip(found.names, found.synonyms, strict=True) for s in {n, *others}]
    assert len(spellings) == len(set(spellings))
    given = [code for code in found.codes if code is not None]
    assert len(given) == len(set(given))
    assert len(found.names) >= 2


@pytest.mark.parametrize("name", SHIPPED.ids("labels"))
def test_every_spelling_is_read_as_its_label(name: str) -> None:
    found = labels(name)
    read = reader(Asked(form="choice", options=found.names, synonyms=found.synonym_table()))
    for label, others in zip(found.names, found.synonyms, strict=True):
        for spelling in (label, label.upper(), *others):
            assert read(f"{spelling}.").value == label, spelling


@pytest.mark.parametrize("name", SHIPPED.ids("labels"))
def test_every_map_leads_to_labels_of_the_other_set(name: str) -> None:
    spec = SHIPPED.load("labels", name).spec
    for other in spec.maps:
        target = labels(other)
        reached = {to for _, to in mapping(spec, other, target).names if to is not None}
        assert reached <= set(target.names)
        assert len(reached) >= 2


@pytest.mark.parametrize("entry", REFERENCE)
def test_codes_and_order_are_the_published_ones(entry: str, shared: Path) -> None:
    published = _published(shared / "reference" / "datasets" / "catalogue.yaml")[entry]
    found = labels(REFERENCE[entry])
    assert [name.casefold() for name in found.names] == [name.casefold() for _, name in published]
    assert list(found.codes) == [code for code, _ in published]


@cache
def _published(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return entry → (code, name) of each label, as the reference list has them."""
    entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["datasets"]
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        given = [label for label in entry["labels"] if isinstance(label, dict)]
        found[entry["id"]] = [label for label in given if "name" in label]
        attributes = [label for label in given if "attribute" in label and isinstance(label["values"], list)]
        found |= {f"{entry['id']}?{label['attribute']}": label["values"] for label in attributes}
    return {
        entry: [(str(label["id"]), str(label["name"])) for label in given]
        for entry, given in found.items()
        if entry in REFERENCE
    }


def test_raf_db_counts_from_one_and_not_by_the_alphabet() -> None:
    assert codes("raf-7") == {
        "1": "surprise", "2": "fear", "3": "disgust", "4": "happiness", "5": "sadness", "6": "anger", "7": "neutral",
    }  # fmt: skip
    assert labels("raf-7").name_of("0") is None


def test_raf_db_has_eleven_compounds_and_either_part_may_come_first() -> None:
    found = labels("raf-compound-11")
    assert len(found.names) == 11
    read = reader(Asked(form="choice", options=found.names, synonyms=found.synonym_table()))
    for reply in ("Happily Surprised", "surprised and happy", "happiness and surprise", "happy surprise"):
        assert read(reply).value == "happily surprised", reply


def test_affectnet_and_fer2013_count_differently() -> None:
    assert codes("affectnet-8")["3"] == "surprise"
    assert codes("affectnet-8")["7"] == "contempt"
    assert codes("fer2013-7")["3"] == "happy"
    assert codes("fer2013-7")["6"] == "neutral"
    assert "8" not in codes("affectnet-8")  # none, uncertain and no face are no expressions
    assert "7" not in codes("affectnet-7")


def test_ferplus_votes_are_not_in_the_order_of_fer2013() -> None:
    assert labels("ferplus-10").names[:3] == ("neutral", "happiness", "surprise")
    assert labels("ferplus-10").names[8:] == ("unknown", "NF")
    assert labels("ferplus-8").names == labels("ferplus-10").names[:8]


def test_contempt_is_code_2_of_ck_plus() -> None:
    assert codes("ck-plus-7")["2"] == "contempt"
    assert "0" not in codes("ck-plus-7")  # the emotion files never say neutral
    assert codes("ck-plus-8")["0"] == "neutral"


def test_kdef_and_jaffe_have_letters_for_codes() -> None:
    assert labels("kdef-7").name_of("AF") == "afraid"
    assert labels("kdef-7").name_of("SU") == "surprised"
    assert labels("jaffe-7").name_of("NE") == "neutral"
    assert labels("jaffe-7").name_of("AF") is None


def test_neutral_stands_elsewhere_in_sfew_than_in_fer2013() -> None:
    assert labels("sfew-7").names.index("neutral") == 4
    assert labels("fer2013-7").names.index("neutral") == labels("expw-7").names.index("neutral") == 6


def test_fairface_names_are_those_of_its_tables() -> None:
    assert labels("fairface-race").name_of("Latino_Hispanic") == "Latino_Hispanic"
    assert labels("fairface-age").name_of("more than 70") == "more than 70"


def test_findingemo_leaves_go_in_threes_to_the_primary_emotions() -> None:
    taken = [
        to for _, to in mapping(SHIPPED.load("labels", "findingemo-24").spec, "plutchik-8").names if to is not None
    ]
    assert sorted(taken) == sorted(3 * labels("plutchik-8").names)


# -- prompts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED.ids("prompt"))
def test_every_prompt_has_three_other_wordings_that_show_the_media(name: str) -> None:
    spec = SHIPPED.load("prompt", name).spec
    wordings = spec.wordings()
    assert len(wordings) >= 4
    assert len({wording.user for wording in wordings.values()}) == len(wordings)
    for wording in wordings.values():
        assert re.search(r"\{\{ (media|medium\.\w+) \}\}", wording.user)


@pytest.mark.parametrize("name", SHIPPED.ids("prompt"))
def test_every_wording_shows_what_may_be_answered(name: str) -> None:
    form = name.partition("/")[0]
    for wording in SHIPPED.load("prompt", name).spec.wordings().values():
        shown = templates.prompt(wording.user).render({**SHOWN, **ASKED})
        if form in ("choice", "labels"):
            assert all(option in shown for option in ASKED["labels"])
        if form == "levels":
            asked = LEVELS[:1] if "age" in name else LEVELS
            assert all(level["name"] in shown and level["high"] in shown for level in asked)
        assert "\n\n" not in shown.strip()


# -- tasks and suites ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED.ids("task"))
def test_every_task_agrees_with_the_files_that_it_names(name: str) -> None:
    task = bind(SHIPPED, name)
    assert task.main not in ("recall", "confusion")
    assert task.spec.title
    assert task.spec.answer.form == task.form
    if task.form == "choice" and task.labels and task.dataset.target(task.target).kind == "label":
        assert "uar" in task.spec.metrics


def test_protocols_tell_tasks_apart() -> None:
    protocols = [SHIPPED.load("task", name).spec.protocol for name in SHIPPED.ids("task")]
    assert len(protocols) == len(set(protocols))


def test_a_wording_is_called_by_its_name_or_number() -> None:
    for variant in ("base", "v1", "v2", "v3"):
        assert bind(SHIPPED, "demo-expression", variant).variant == variant


def test_levels_have_the_published_ranges() -> None:
    assert bind(SHIPPED, "affectnet-va").levels == (("valence", -1, 1), ("arousal", -1, 1))
    assert bind(SHIPPED, "findingemo-affect").levels == (("valence", -3, 3), ("arousal", 0, 6))
    assert {(low, high) for _, low, high in bind(SHIPPED, "emotic-affect").levels} == {(1, 10)}
    assert {(low, high) for _, low, high in bind(SHIPPED, "emonet-face-hq").levels} == {(0, 7)}
    assert bind(SHIPPED, "utkface-age").levels == (("age", 0, 116),)


def test_votes_are_asked_for_without_the_columns_that_are_no_emotion() -> None:
    task = bind(SHIPPED, "ferplus-votes")
    assert task.labels is not None
    assert len(task.labels.names) == 8
    assert {"unknown", "NF"} <= set(task.gold_labels["ferplus-10"].names)


def test_every_prompt_serves_a_task() -> None:
    tasks = [bind(SHIPPED, name) for name in SHIPPED.ids("task")]
    defaults = {f"{form}/plain" for form in ("choice", "labels", "levels", "open", "text")}
    assert {task.prompt.id for task in tasks} | defaults == set(SHIPPED.ids("prompt"))


@pytest.mark.parametrize("name", SHIPPED.ids("suite"))
def test_every_suite_names_tasks_and_each_once(name: str) -> None:
    named = SHIPPED.load("suite", name).spec.tasks
    assert SHIPPED.choose("task", named) == list(named)
    assert name not in SHIPPED.ids("task")


def test_the_demo_suite_has_every_answer_form() -> None:
    forms = {bind(SHIPPED, name).form for name in SHIPPED.tasks(["demo"])}
    assert forms == {"choice", "labels", "levels", "open", "text"}
