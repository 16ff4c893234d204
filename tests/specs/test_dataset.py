"""The dataset file: what it may say, and where its faults are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from affectbench.errors import FileErrors
from affectbench.specs.base import Loaded, read_text
from affectbench.specs.dataset import DatasetSpec

WHOLE = """
id: d
title: A corpus
access: {kind: eula, url: "https://example.org", licence: research, publish: {labels: true}, send: any}
splits: {train: 12271, test: null}
folds: {1: 5}
needs: other
known_bad: {x: torn}
cite: one
pitfalls: [two, three]
read:
  rows: {table: {file: a/list.txt, separator: " ", columns: [name, code]}}
  id: "{{ name | stem }}"
  split: "{{ name.split('_')[0] }}"
  media: {face: {kind: image, path: "other:x/{{ name }}"}}
  text: {t: "{{ name }}"}
  group: {g: "{{ code }}"}
  targets:
    mood: {labels: moods, label: "{{ code }}"}
    va: {levels: {v: "{{ code }}", a: "{{ code }}"}, range: {v: [-1, 1], a: [0, 6]}}
    votes: {labels: moods, votes: {columns: {A: 1, B: 2}}}
    best: {labels: moods, label: {from: votes, rule: majority}}
    few: {labels: moods, set: {from: va, at_least: 2}, beside: votes}
    wide: {labels: facs, levels: {au: [1, 2]}, range: [0, 5]}
    free: {labels: open, set: "{{ code.split(',') }}"}
"""


def loaded(text: str) -> Loaded[DatasetSpec]:
    return read_text(text, DatasetSpec, "d", "d.yaml")


def faults(text: str) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        loaded(text)
    return [str(fault) for fault in caught.value.faults]


def test_a_whole_file() -> None:
    spec = loaded(WHOLE).spec
    assert spec.splits == {"train": 12271, "test": None}
    assert (spec.access.publish.labels, spec.access.publish.media, spec.access.send) == (True, False, "any")
    assert (spec.folds, spec.needs, spec.cite, spec.pitfalls) == ({"1": 5}, ("other",), ("one",), ("two", "three"))
    assert spec.target_names() == ("mood", "va", "votes", "best", "few", "wide", "free")
    assert [spec.target(name).kind for name in spec.target_names()] == [
        "label",
        "levels",
        "votes",
        "label",
        "set",
        "levels",
        "set",
    ]
    assert spec.target("mood").label_set == "moods"
    assert spec.target("free").label_set is None
    assert spec.target("va").level_codes == ("v", "a")
    assert [spec.target("va").range_of(name) for name in ("v", "a", "x")] == [(-1, 1), (0, 6), None]
    assert (spec.target("wide").level_codes, spec.target("wide").range_of("1")) == (("1", "2"), (0, 5))
    assert (spec.target("few").needs, spec.target("best").needs) == (("va", "votes"), ("votes",))
    sources = [spec.target(name).source for name in ("best", "few")]
    assert [source.name for source in sources if source] == ["majority@1", "at_least 2@1"]
    assert (spec.media_kinds(), spec.text_names(), spec.group_names()) == ({"face": "image"}, ("t",), ("g",))
    assert len(spec.forms) == 1


def test_a_withheld_target_has_a_kind_and_no_gold() -> None:
    text = WHOLE.replace('levels: {v: "{{ code }}", a: "{{ code }}"}', "withheld: levels")
    text = text.replace("few: {labels: moods, set: {from: va, at_least: 2}, beside: votes}", "few: {text: x}")
    target = loaded(text).spec.target("va")
    assert (target.kind, target.gold, target.source, target.withheld) == ("levels", None, None, "levels")
    assert target.level_codes == ("v", "a"), "what its range names"
    assert target.range_of("a") == (0, 6)
    assert loaded(WHOLE).spec.target("va").withheld is None
    assert faults(text.replace("withheld: levels", "withheld: label")) == [
        "d.yaml:20:5: read.targets.va: `labels` is missing: the id of a label set, or `open`, or `options` (the "
        "sample's own list)"
    ]


def test_without_access_nothing_is_published_or_sent() -> None:
    spec = loaded("splits: {all: }\nread: {rows: {filenames: {files: '{x}.png'}}, id: '{{ x }}'}").spec
    assert spec.access.send == "local"
    assert not any((spec.access.publish.media, spec.access.publish.labels, spec.access.publish.text))


def test_a_target_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="no target 'moods'; did you mean 'mood'"):
        loaded(WHOLE).spec.target("moods")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('path: "other:x/{{ name }}"', "path: /etc/passwd", "d.yaml:15:.*a path below the data root"),
        ('path: "other:x/{{ name }}"', "path: 'x/../../{{ name }}'", "d.yaml:15:.*cannot leave its data root"),
        ('path: "other:x/{{ name }}"', "path: ['x', '~/y']", "d.yaml:15:.*a path below the data root"),
        ('path: "other:x/{{ name }}"', "path: 'C:\\x'", "d.yaml:15:.*a path below the data root"),
        ('path: "other:x/{{ name }}"', "path: 'a*/b*c*'", "one `\\*` in a step"),
        ('path: "other:x/{{ name }}"', "path: 'othr:x'", "'othr':, which is not in `needs`; did you mean 'other'"),
        ("file: a/list.txt", "file: ../list.txt", "d.yaml:12:.*cannot leave its data root"),
        ("file: a/list.txt", "file: 'a/{x}{y}.txt'", "d.yaml:12:.*nothing says where {x} ends"),
        ("file: a/list.txt", "file: a, files: b", "give `file`"),
        ('id: "{{ name | stem }}"', 'id: "{{ name | stm }}"', "d.yaml:13:.*no filter 'stm'; did you mean 'stem'"),
        ('id: "{{ name | stem }}"', 'id: "{{ name.__class__ }}"', "d.yaml:13:.*attribute '__class__'"),
        ('id: "{{ name | stem }}"', "idd: x", "unknown field 'idd'; did you mean 'id'"),
        ("rule: majority", "rule: majorty", "d.yaml:22:.*no rule 'majorty'; did you mean 'majority'"),
        ("rule: majority", "rule: mean", "the rule 'mean' gives a levels, not a label"),
        ("rule: majority", "at_least: 2", "`at_least` gives a set"),
        ("{from: votes, rule: majority}", "{from: votes, rule: majority}, of: modalities", "is for ratings"),
        ("rule: majority", "of: [1]", "give `rule` or `at_least`"),
        ("from: votes", "from: vots", "no target 'vots'; did you mean 'votes'"),
        ("from: votes", "from: best", "targets.best: follows from itself"),
        ("labels: moods, label:", "label:", "`labels` is missing"),
        ("labels: moods, label:", "labels: options, label:", "`labels: options`, but the block has no `options`"),
        ("votes: {columns: {A: 1, B: 2}}}", "withheld: votes}", "nothing follows from 'votes', whose gold is withheld"),
        ("votes: {columns: {A: 1, B: 2}}}", "withheld: vote}", "d.yaml:21:.*'label', 'set', 'levels', 'votes'"),
        ("votes: {columns", "withheld: votes, votes: {columns", "exactly one of label, .*here: votes, withheld"),
        ("labels: moods, label:", "withheld: label, label:", "here: label, withheld"),
        ("votes: {columns", "text: x, votes: {columns", "exactly one of label, set, .*here: votes, text"),
        ("kind: image", "kind: picture", "'image', 'video' or 'audio'"),
        ("kind: image", "kind: image, bytes: b", "exactly one of path, bytes, pixels"),
        ("splits: {train: 12271, test: null}", "splits: {}", "name at least one split"),
        ("splits: {train: 12271, test: null}", "splits: {train: many, test: }", "d.yaml:5:.*valid integer"),
        ("  split: \"{{ name.split('_')[0] }}\"\n", "", "there are several splits"),
        ("kind: eula", "kind: secret", "'open', 'request', 'eula' or 'closed'"),
        ("columns: [name, code]", "header: auto", "needs `columns`"),
        ('separator: " "', 'separator: ", "', "one character"),
        ('separator: " "', "encoding: latin9x", "no text encoding 'latin9x'"),
        ('separator: " "', "encoding: zip", "no text encoding 'zip'"),
        ("rows: {table:", "rows: {demo: {faces: 7}, table:", "exactly one of table, lines"),
    ],
)
def test_a_fault_is_located(old: str, new: str, why: str) -> None:
    assert old in WHOLE
    found = faults(WHOLE.replace(old, new, 1))
    assert any(re.search(why, fault) for fault in found), found


def test_all_faults_come_at_once() -> None:
    text = (
        WHOLE.replace("name | stem", "name | stm").replace("rule: majority", "rule: x").replace("kind: eula", "kind: y")
    )
    assert len(faults(text)) >= 3


def test_read_or_layouts_and_each_layout_says_when() -> None:
    read = "{rows: {filenames: {files: '{x}.png'}}, id: '{{ x }}'}"
    assert any("give `read`, or `layouts`" in fault for fault in faults("splits: {all: }"))
    both = f"splits: {{all: }}\nread: {read}\nlayouts: [{{when: a, read: {read}}}]"
    assert any("give `read`, or `layouts`" in fault for fault in faults(both))
    assert any("each says `when`" in fault for fault in faults(f"splits: {{all: }}\nlayouts: [{{read: {read}}}]"))


def test_pivot_and_explode_exclude_each_other() -> None:
    pivot = "pivot: {index: x, columns: y, values: z}"
    text = f"splits: {{all: }}\nread: {{rows: {{filenames: {{files: '{{x}}'}}}}, id: a, explode: x, {pivot}}}"
    assert any("`pivot` or `explode`" in fault for fault in faults(text))


def test_editors_are_told_of_the_short_forms() -> None:
    schema = DatasetSpec.model_json_schema()
    blocks = schema["$defs"]
    assert "extends" in blocks["Read"]["properties"]
    assert "required" not in blocks["Read"]
    assert {"type": "string"} in blocks["Table"]["properties"]["file"]["anyOf"]


def test_the_awkward_corpora_can_be_said(shared: Path) -> None:
    documents = (shared / "reference" / "datasets" / "examples.yaml").read_text().split("\n---\n")[1:]
    assert len(documents) == 11
    for document in documents:
        name = re.search(r"^id: (\S+)", document, re.MULTILINE)
        assert name is not None
        assert read_text(document, DatasetSpec, name[1]).spec.target_names()
