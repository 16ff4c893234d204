"""Label sets: what their files may say, how a dataset's codes find them, and how one taxonomy becomes another."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectbench.errors import FileErrors, UsageError
from affectbench.labels import LabelSet, label_set, mapping
from affectbench.specs.base import read, read_text
from affectbench.specs.labels import LabelsSpec

LABELS = Path(__file__).parent.parent / "tasks" / "labels"


def spec(text: str, name: str = "x") -> LabelsSpec:
    return read_text(text, LabelsSpec, name, "x.yaml").spec


def shipped(name: str) -> LabelsSpec:
    return read(LABELS / f"{name}.yaml", LabelsSpec).spec


def built(text: str, name: str = "x") -> LabelSet:
    return label_set(spec(text, name), shipped)


RAF = """
labels:
  - {code: 1, name: Surprise}
  - {code: 02, name: fear, synonyms: [afraid, scared]}
  - {name: happy and sad, of: [happy, sad]}
maps:
  ekman-6: {version: 2, drop: [happy and sad], to: {Surprise: surprise}}
"""


def test_a_set_keeps_the_order_and_the_text_of_its_file() -> None:
    found = built(RAF)
    assert found.id == "x"
    assert found.names == ("Surprise", "fear", "happy and sad")
    assert found.codes == ("1", "02", None)
    assert found.synonyms[1] == ("afraid", "scared")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1", "Surprise"),
        ("02", "fear"),
        (" FEAR ", "fear"),
        ("surprise", "Surprise"),
        ("2", None),
        ("01", None),
        ("afraid", None),
        ("", None),
    ],
)
def test_a_dataset_means_a_label_by_its_exact_code_or_its_name_in_any_case(text: str, name: str | None) -> None:
    assert built(RAF).name_of(text) == name


def test_the_synonym_table_holds_other_spellings_and_the_orders_of_a_compound() -> None:
    assert built(RAF).synonym_table() == (
        ("fear", ("afraid", "scared")),
        ("happy and sad", ("happy sad", "sad and happy", "sad happy")),
    )


def test_a_map_renames_drops_and_keeps() -> None:
    found = mapping(spec(RAF), "ekman-6", label_set(shipped("ekman-6"), shipped))
    assert (found.source, found.target, found.version) == ("x", "ekman-6", 2)
    assert [found[name] for name in ("Surprise", "fear", "happy and sad")] == ["surprise", "fear", None]
    with pytest.raises(KeyError):
        found["joy"]


def test_a_label_that_would_get_a_name_the_target_lacks_is_an_error() -> None:
    source = spec("labels: [{name: surprized}]\nmaps: {ekman-6: {}}")
    target = label_set(shipped("ekman-6"), shipped)
    with pytest.raises(UsageError, match="'surprized', which 'ekman-6' does not have; did you mean 'surprise'"):
        mapping(source, "ekman-6", target)


def test_a_missing_map_is_an_error_with_the_nearest_id() -> None:
    with pytest.raises(UsageError, match="no map to 'ekman6'; did you mean 'ekman-6'"):
        mapping(spec(RAF), "ekman6")


def test_a_subset_takes_labels_in_its_own_order() -> None:
    found = built("subset_of: {labels: facs, names: [AU12, AU6]}")
    assert found.names == ("AU12", "AU6")
    assert found.codes == ("12", "6")
    assert found.name_of("6") == "AU6"
    assert found.name_of("4") is None
    assert "cheek raiser" in dict(found.synonym_table())["AU6"]


def test_a_subset_of_a_subset_is_resolved_and_a_circle_is_an_error() -> None:
    specs = {
        "a": spec("subset_of: {labels: facs, names: [AU1, AU2]}", "a"),
        "b": spec("subset_of: {labels: a, names: [AU2]}", "b"),
        "c": spec("subset_of: {labels: d, names: [AU2]}", "c"),
        "d": spec("subset_of: {labels: c, names: [AU2]}", "d"),
        "facs": shipped("facs"),
    }
    assert label_set(specs["b"], specs.__getitem__).names == ("AU2",)
    with pytest.raises(UsageError, match="subset of itself: c of d of c"):
        label_set(specs["c"], specs.__getitem__)


def test_a_subset_of_labels_that_are_not_there_is_an_error() -> None:
    with pytest.raises(UsageError, match="takes 'AU99' from 'facs', which has no such label; did you mean 'AU9'"):
        built("subset_of: {labels: facs, names: [AU6, AU99]}")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("labels: [{name: a, synonyms: [B]}, {name: b}]", ["x.yaml:1:37: labels.1.name: 'b' was given before"]),
        ("labels: [{name: a, synonyms: [A]}]", ["x.yaml:1:31: labels.0.synonyms.0: 'A' was given before"]),
        (
            "labels:\n- {code: 1, name: a}\n- {code: 1, name: A}",
            [
                "x.yaml:3:4: labels.1.code: '1' was given before",
                "x.yaml:3:13: labels.1.name: 'A' was given before",
            ],
        ),
        ("labels: [{name: ' a'}]", ["x.yaml:1:11: labels.0.name: a spelling is blank, or has spaces around it"]),
        ("title: none", ["x.yaml:1:1: a label set has either `labels` or `subset_of`"]),
        (
            "labels: [{name: a}]\nsubset_of: {labels: facs, names: [AU1]}",
            ["x.yaml:1:1: a label set has either `labels` or `subset_of`"],
        ),
        (
            "subset_of: {labels: facs, names: [AU1, au1]}",
            ["x.yaml:1:40: subset_of.names.1: 'au1' was given before"],
        ),
        (
            "labels: [{name: a}]\nmaps: {y: {drop: [b], to: {c: d}}}",
            ["'b' is not a label of this set", "'c' is not a label of this set"],
        ),
        ("labels: [{name: a}]\nmaps: {y: {drop: [a], to: {a: d}}}", ["'a' cannot be dropped and mapped"]),
        ("labels: [{name: a, synonym: [b]}]", ["unknown field 'synonym'; did you mean 'synonyms'"]),
    ],
)
def test_faults_of_a_file_come_all_at_once_each_with_its_place(text: str, faults: list[str]) -> None:
    with pytest.raises(FileErrors) as raised:
        spec(text)
    lines = str(raised.value).splitlines()
    assert len(lines) == len(faults)
    assert all(fault in line for fault, line in zip(faults, lines, strict=True)), lines


def test_facs_has_the_usual_units_by_code_and_by_name() -> None:
    facs = label_set(shipped("facs"), shipped)
    usual = ["1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17", "20", "23", "24", "25", "26", "43", "45"]
    assert [facs.name_of(code) for code in usual] == [f"AU{code}" for code in usual]
    assert all(code == name.removeprefix("AU") for code, name in zip(facs.codes, facs.names, strict=True))
    assert dict(facs.synonym_table())["AU4"][0] == "brow lowerer"
