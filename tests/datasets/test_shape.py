"""derive, join, where, pivot and explode: from the rows of files to one row a sample."""

from __future__ import annotations

from typing import Any

import pytest

from affectbench.datasets.folders import Folders
from affectbench.datasets.shape import shaped
from affectbench.errors import DataError
from tests.corpora import Builder, Corpus


def cells_of(made: Corpus, *names: str) -> list[tuple[Any, ...]]:
    rows = shaped(made.spec.forms[0].read, Folders(made.spec, {"d": made.root}), [])
    return [tuple(row[name] for name in names) for row in rows]


TABLE = "rows: {table: {file: t.csv}}\nid: x\n"


def test_derived_columns_see_those_before_them(corpus: Builder) -> None:
    how = """
derive:
  stem: "{{ clip | stem }}"
  parts: {pattern: "{actor:4}_{level}", of: "{{ stem }}"}
  loud: "{{ level == 'HI' }}"
"""
    made = corpus(TABLE + how, {"t.csv": "clip\n1001_HI.wav\n"})
    assert cells_of(made, "stem", "actor", "level", "loud", "parts") == [
        ("1001_HI", "1001", "HI", True, {"actor": "1001", "level": "HI"})
    ]


def test_a_value_that_does_not_follow_is_an_error_with_its_place(corpus: Builder) -> None:
    how = 'derive: {parts: {pattern: "{a}_{b}", of: "{{ clip }}"}}'
    with pytest.raises(DataError, match=r"t.csv:3: derive.parts: 'xy' does not follow the pattern '\{a\}_\{b\}'"):
        cells_of(corpus(TABLE + how, {"t.csv": "clip\nx_y\nxy\n"}), "a")


def test_a_missing_column_is_named_with_near_ones(corpus: Builder) -> None:
    how = 'derive: {a: "{{ clp | stem }}"}'
    with pytest.raises(DataError, match=r"t.csv:2: .*no column 'clp'; did you mean 'clip'"):
        cells_of(corpus(TABLE + how, {"t.csv": "clip\nx\n"}), "a")


PEOPLE = {"t.csv": "clip,actor,x\na,1,mine\nb,2,mine\nc,9,mine\n", "p.csv": "ActorID,sex,x\n2,F,theirs\n1,M,theirs\n"}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("empty", [("a", "M", "mine"), ("b", "F", "mine"), ("c", "", "mine")]),
        ("drop", [("a", "M", "mine"), ("b", "F", "mine")]),
    ],
)
def test_a_join_finds_equal_keys_and_the_left_value_stays(corpus: Builder, missing: str, expected: list[Any]) -> None:
    how = f"join: {{source: {{table: {{file: p.csv}}}}, by: {{actor: ActorID}}, missing: {missing}}}"
    assert cells_of(corpus(TABLE + how, PEOPLE), "clip", "sex", "x") == expected


def test_a_join_without_its_row_or_with_two_is_an_error(corpus: Builder) -> None:
    how = "join: {source: {table: {file: p.csv}}, by: {actor: ActorID}}"
    with pytest.raises(DataError, match=r"t.csv:4: join: p.csv has no row with ActorID = '9'"):
        cells_of(corpus(TABLE + how, PEOPLE), "sex")
    with pytest.raises(DataError, match=r"p.csv:3: join: the key \('1',\) is already in p.csv:2"):
        cells_of(corpus(TABLE + how, {**PEOPLE, "p.csv": "ActorID,sex\n1,F\n1,M\n"}), "sex")


def test_a_doubled_key_that_no_row_asks_for_does_no_harm(corpus: Builder) -> None:
    how = "join: {source: {table: {file: p.csv}}, by: {actor: ActorID}}"
    people = {"t.csv": "clip,actor\na,1\n", "p.csv": "ActorID,sex\n7,F\n1,M\n7,M\n"}
    assert cells_of(corpus(TABLE + how, people), "sex") == [("M",)]


def test_a_join_by_row_number_goes_in_step(corpus: Builder) -> None:
    how = "join: {source: {table: {file: p.csv}}, by: row_number, take: [pixels]}\nwhere: \"{{ name != '' }}\""
    files = {"t.csv": "name,n\na,0\n,1\nc,2\n", "p.csv": "pixels,name\np0,x\np1,x\np2,x\n"}
    assert cells_of(corpus(TABLE + how, files), "name", "pixels") == [("a", "p0"), ("c", "p2")]
    with pytest.raises(DataError, match="no row with row_number = 2"):
        cells_of(corpus(TABLE + how, {**files, "p.csv": "pixels\np0\np1\n"}), "pixels")


def test_several_joins_come_one_after_the_other(corpus: Builder) -> None:
    how = """
join:
  - {source: {table: {file: p.csv}}, by: {actor: ActorID}, missing: drop}
  - {source: {lines: {files: "{sex}_attri.txt", columns: [word]}}, by: sex}
"""
    files = {**PEOPLE, "M_attri.txt": "male\n", "F_attri.txt": "female\n"}
    assert cells_of(corpus(TABLE + how, files), "clip", "word") == [("a", "male"), ("b", "female")]


def test_where_must_be_true_or_false(corpus: Builder) -> None:
    files = {"t.csv": "clip,code\na,7\nb,8\n"}
    assert cells_of(corpus(TABLE + "where: '{{ code | int < 8 }}'", files), "clip") == [("a",)]
    with pytest.raises(DataError, match=r"t.csv:2: where: .* gives '7', not true or false"):
        cells_of(corpus(TABLE + "where: '{{ code }}'", files), "clip")


LONG = "rows: {lines: {files: 'S{subject}_au{au}.txt', pattern: '{frame},{level}'}}\nid: x\n"
PIVOT = "pivot: {index: [subject, frame], columns: au, values: level}\n"


def test_a_pivot_makes_long_rows_wide(corpus: Builder) -> None:
    files = {"S1_au12.txt": "1,0\n2,5\n", "S1_au4.txt": "1,3\n", "S2_au4.txt": "1,1\n"}
    made = corpus(LONG + PIVOT, files)
    assert cells_of(made, "subject", "frame", "12", "4", "row_number") == [
        ("1", "1", "0", "3", 0),
        ("1", "2", "5", None, 1),
        ("2", "1", None, "1", 2),
    ]


def test_a_cell_that_is_there_twice_is_an_error(corpus: Builder) -> None:
    with pytest.raises(DataError, match=r"S1_au4.txt:2: pivot: au '4' is there twice for subject, frame \('1', '1'\)"):
        cells_of(corpus(LONG + PIVOT, {"S1_au4.txt": "1,3\n1,4\n"}), "4")


def test_explode_gives_a_row_an_item(corpus: Builder) -> None:
    files = {
        "t.json": '[{"n": "a", "p": [{"g": "M"}, {"g": "F"}]}, {"n": "b", "p": {"g": "X"}},'
        ' {"n": "c", "p": []}, {"n": "d", "p": ""}]'
    }
    made = corpus("rows: {table: {file: t.json}}\nid: x\nexplode: p", files)
    assert cells_of(made, "n", "p", "p_index", "row_number") == [
        ("a", {"g": "M"}, 0, 0),
        ("a", {"g": "F"}, 1, 1),
        ("b", {"g": "X"}, 0, 2),
    ]
    made = corpus(TABLE + 'derive: {back: "{{ [0, 1, 2] }}"}\nexplode: back', {"t.csv": "f\n7\n"})
    assert cells_of(made, "f", "back") == [("7", 0), ("7", 1), ("7", 2)]
    with pytest.raises(DataError, match="no column 'bac'; did you mean 'back'"):
        cells_of(corpus(TABLE + 'derive: {back: "{{ [0] }}"}\nexplode: bac', {"t.csv": "f\n7\n"}), "f")
