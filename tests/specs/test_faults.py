"""What is wrong in a file, in the words of the file: one fault each, where it stands."""

from __future__ import annotations

import time

import pytest

from affectbench.errors import FileErrors
from affectbench.specs.base import MAX_FAULTS, Spec, read_text
from affectbench.specs.dataset import DatasetSpec
from affectbench.specs.labels import LabelsSpec
from affectbench.specs.model import ModelsSpec
from affectbench.specs.task import TaskSpec

TASK = """\
dataset:
  access: {kind: open}
  splits: {test: }
  read:
    rows: {table: {file: labels.csv}}
    id: "{{ file }}"
    group: {sex: {of: "{{ sex }}", names: {f: female}}}
    media: {face: {kind: image, path: "{{ file }}"}}
    targets: {mood: {labels: moods, label: "{{ mood }}"}}
metrics: [uar]
protocol: mine/uar
"""


def faults(text: str, kind: type[Spec]) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        read_text(text, kind, "mine", "t.yaml")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "kind: open",
            "kind: free",
            "3:12: dataset.access.kind: input should be 'open', 'request', 'eula' or 'closed'",
        ),
        ('    id: "{{ file }}"\n', "", "5:3: the field 'dataset.read.id' is missing"),
        ("names: {f", "name: {f", "8:36: unknown field 'name'; did you mean 'names'?"),
        (
            "file: labels.csv",
            "file: /l.csv",
            "6:20: dataset.read.rows.table.file: '/l.csv': a path below the data root",
        ),
        (
            'group: {sex: {of: "{{ sex }}", names: {f: female}}}',
            "group: [sex]",
            "8:5: dataset.read.group: a block of `name: value` was expected",
        ),
        ("metrics: [uar]", "metrics: [uar]\nmain: wa", "12:1: main: 'wa' is not one of the metrics uar"),
        ("metrics: [uar]", "metrics: {uar: }", "11:1: metrics: a list was expected"),
    ],
)
def test_a_fault_of_a_dataset_inside_a_task_is_said_once(old: str, new: str, said: str) -> None:
    assert TASK.count(old) == 1
    text = "title: Moods\n" + TASK.replace(old, new)
    (found,) = faults(text, TaskSpec)
    assert found.startswith(f"t.yaml:{said}")


def test_a_value_that_has_no_form_of_a_union_is_told_of_all() -> None:
    found = faults("dataset: [a]\nmetrics: [uar]\nprotocol: mine/uar\n", TaskSpec)
    assert found == [
        "t.yaml:1:1: dataset: a block of `name: value` was expected",
        "t.yaml:1:1: dataset: a text was expected",
    ]


def test_a_card_without_its_name_is_told_to_have_one() -> None:
    (found,) = faults("backend: openai\naccepts: [image]\n", ModelsSpec)
    assert "write `NAME:` above it" in found


HEAD = "splits: {test: 1}\nread:\n  rows: {table: {file: t.csv}}\n  id: x\n"
HOSTILE: dict[str, tuple[str, type[Spec]]] = {
    "unknown fields": ("".join(f"dataset{i}: 1\n" for i in range(9_000)), TaskSpec),
    "a long key": ("? " + "k" * 900_000 + "\n: 1", TaskSpec),
    "models of no backend": ("".join(f"m{i}: {{id: x}}\n" for i in range(4_900)), ModelsSpec),
    "a long pattern": (HEAD.replace("t.csv", "'" + "{a}_" * 20_000 + "'"), DatasetSpec),
    "many steps": (HEAD.replace("t.csv", "'" + "a/" * 20_000 + "b'"), DatasetSpec),
    "a path of braces": (HEAD + "  media: {a: {kind: image, path: '" + "{{" * 400_000 + "'}}", DatasetSpec),
    "templates of many pieces": (
        HEAD + "  derive:\n" + "".join(f"    d{i}: '{'{{a}}' * 9_000}{i}'\n" for i in range(20)),
        DatasetSpec,
    ),
    "targets that double": (
        HEAD
        + "  targets:\n    t40: {levels: {a: '1'}}\n"
        + "".join(
            f"    t{i}: {{labels: l, set: {{from: t{i + 1}, at_least: 1}}, beside: t{i + 1}}}\n" for i in range(40)
        ),
        DatasetSpec,
    ),
    "a compound of many": ("labels: [{name: x, of: [a, b, c, d, e, f, g, h, i, j, k]}]", LabelsSpec),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_wrong_throughout_is_refused_within_a_second_in_few_words(name: str) -> None:
    text, kind = HOSTILE[name]
    start = time.process_time()
    found = faults(text, kind)
    assert time.process_time() - start < 1
    assert len(found) <= MAX_FAULTS
    assert max(map(len, found)) < 1_100


def test_a_value_that_is_nested_too_deep_for_json_stays_text() -> None:
    text = "[" * 5_000
    loaded = read_text(f"m: {{backend: b, id: x, engine: {{deep: '{text}'}}}}", ModelsSpec, "m")
    assert loaded.spec.models["m"].engine == {"deep": text}
