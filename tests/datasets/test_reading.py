"""Reading a dataset: which rows become samples, and what stops it."""

from __future__ import annotations

import resource
import time

import pytest

from affectbench.datasets import read_samples
from affectbench.errors import DataError
from affectbench.specs.task import Subset
from tests.corpora import Builder, Corpus

HOW = """
rows: {table: {file: t.csv}}
id: "{{ n }}"
split: "{{ s }}"
fold: "{{ f }}"
group: {sex: "{{ g }}"}
targets: {mood: {labels: moods, label: "{{ code }}", missing: ["9"]}}
"""
TOP = "splits: {train: , test: }"
CONTENT = "n,s,f,g,code\na,train,1,m,1\nb,test,1,f,2\nc,test,2,m,3\nd,test,2,f,9\ne,test,1,m,1\n"


@pytest.fixture
def made(corpus: Builder) -> Corpus:
    return corpus(HOW, {"t.csv": CONTENT}, TOP)


def test_a_reading_says_how_the_samples_were_had(made: Corpus) -> None:
    reading = made.read()
    assert [sample.id for sample in reading.samples] == ["a", "b", "c", "e"]
    assert reading.splits == ["train", "test", "test", "test"]
    assert (reading.files, reading.rows, reading.unlabelled, reading.keys) == (("d:t.csv",), 5, 1, [])


ONE_SPLIT = """
rows: {table: {files: "{part}/{v}.csv", columns: [a], one_split: true}}
where: "{{ part != 'Other' }}"
id: "{{ v }}{{ file_row }}"
split: "{{ {'Train': 'train', 'Test': 'test'}[part] }}"
"""


def test_files_of_other_splits_are_not_opened_where_each_has_one(corpus: Builder) -> None:
    files = {"Train/x.csv": b"\xff\xff\n", "Test/y.csv": "1\n2\n", "Other/z.csv": "1\n"}
    found = corpus(ONE_SPLIT, files, TOP).read(split="test")
    assert ([sample.id for sample in found.samples], found.files, found.rows) == (["y0", "y1"], ("d:Test/y.csv",), 2)
    with pytest.raises(DataError, match=r"Train/x\.csv"):
        corpus(ONE_SPLIT, files, TOP).read()
    with pytest.raises(DataError, match=r"Train/x\.csv"):
        corpus(ONE_SPLIT.replace(", one_split: true", ""), files, TOP).read(split="test")
    everything = corpus(ONE_SPLIT, {**files, "Train/x.csv": "3\n"}, TOP).read()
    assert everything.splits == ["test", "test", "train"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"split": "test"}, "bce"),
        ({"split": "test", "fold": ("2",)}, "c"),
        ({"fold": ("1", "2")}, "abce"),
        ({"where": "{{ g == 'm' and code != '3' }}"}, "ae"),
        ({"gold": False}, "abcde"),
    ],
)
def test_what_is_asked_for(made: Corpus, wanted: dict[str, object], expected: str) -> None:
    assert "".join(sample.id for sample in made.samples(**wanted)) == expected


def test_unknown_codes_of_other_splits_do_not_matter(corpus: Builder) -> None:
    made = corpus(HOW, {"t.csv": CONTENT.replace("a,train,1,m,1", "a,train,1,m,77")}, TOP)
    assert len(made.samples(split="test")) == 3
    with pytest.raises(DataError, match="'77' is not a label"):
        made.samples()


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("sex", ["f", "m", "m"]),
        ("label", ["sad", "angry", "happy"]),
        ("fold", ["1", "2", "1"]),
        ("code", ["2", "3", "1"]),
        ("cluster", ["", "", ""]),
    ],
)
def test_keys_are_parts_of_samples_or_columns(made: Corpus, by: str, expected: list[str]) -> None:
    assert made.read(split="test", by=by).keys == expected


def test_ids_that_occur_twice_are_all_counted(corpus: Builder) -> None:
    content = "n,s,f,g,code\n" + "a,test,1,m,1\n" * 6
    with pytest.raises(DataError) as caught:
        corpus(HOW, {"t.csv": content}, TOP).samples()
    assert str(caught.value).splitlines() == [
        "t.csv:3: the id 'a' is already at t.csv:2",
        "t.csv:4: the id 'a' is already at t.csv:2",
        "t.csv:5: the id 'a' is already at t.csv:2",
        "and 2 more",
        "ids must be unique: put more columns into `id`",
    ]


def test_the_same_id_in_another_split_is_another_task(corpus: Builder) -> None:
    made = corpus(HOW, {"t.csv": "n,s,f,g,code\na,test,1,m,1\na,train,1,m,1\n"}, TOP)
    assert len(made.samples(split="test")) == 1
    with pytest.raises(DataError, match="already at"):
        made.samples()


def test_no_sample_at_all_says_what_was_asked(made: Corpus) -> None:
    with pytest.raises(DataError, match=r"dataset 'd': none of 5 rows is a sample of split 'test', fold '3'"):
        read_samples(made.source(split="test", fold=("3",)))


def test_a_subset_is_taken_by_a_column(made: Corpus) -> None:
    assert [s.id for s in read_samples(made.source(split="test"), Subset(every=2, by="f"))] == ["b", "c"]
    assert [s.id for s in read_samples(made.source(split="test"), Subset(n=1, by="sex"))] in (["b", "c"], ["b", "e"])


def test_a_hundred_thousand_rows_take_seconds_and_little_memory(corpus: Builder) -> None:
    number = 20_000
    names = (f"{'train' if i % 5 else 'test'}_{i:06d}.jpg {i % 3 + 1}" for i in range(number))
    how = """
rows: {table: {file: list.txt, separator: " ", columns: [name, code]}}
id: "{{ name | stem }}"
split: "{{ name.split('_')[0] }}"
cluster: "c{{ code }}"
group: {odd: "{{ 'a' if code | int is odd else 'b' }}"}
media: {face: {kind: image, path: "basic/Image/aligned/{{ name | stem }}_aligned.jpg"}}
targets: {mood: {labels: moods, label: "{{ code }}"}}
"""
    made = corpus(how, {"list.txt": "\n".join(names)}, TOP)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    assert len(made.samples()) == number
    assert time.process_time() - began < 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
