"""What is wrong in a file, in the words of the file: one fault each, where it stands."""

from __future__ import annotations

import pytest

from affectbench.errors import FileErrors
from affectbench.specs.base import Spec, read_text
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
