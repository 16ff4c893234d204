"""Rows of tables, lines, file names and arrays; what is wrong with them is said with its place."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from affectbench.datasets import Source, read
from affectbench.datasets.folders import Folders
from affectbench.datasets.rows import read_rows
from affectbench.errors import DataError, FileErrors
from tests.corpora import Builder, Corpus


def rows_of(made: Corpus) -> list[dict[str, Any]]:
    folders = Folders(made.spec, {"d": made.root})
    return [dict(row) for row in read_rows(made.spec.forms[0].read.rows, folders, [])]


def cells_of(made: Corpus, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows_of(made)]


def table(corpus: Builder, how: str, content: str | bytes, name: str = "t.csv") -> Corpus:
    return corpus(f"rows: {{table: {{file: {name}{', ' + how if how else ''}}}}}\nid: x", {name: content})


# -- tables ----------------------------------------------------------------------------------------------------------


def test_csv_is_read_as_text_with_its_place(corpus: Builder) -> None:
    made = table(corpus, "", '\ufeffname,"code"\r\na,01\r\n\r\n"b, c",no\r\n')
    assert rows_of(made) == [
        {"name": "a", "code": "01", "path": "t.csv", "row_number": 0, "file_row": 0},
        {"name": "b, c", "code": "no", "path": "t.csv", "row_number": 1, "file_row": 1},
    ]
    folders = Folders(made.spec, {"d": made.root})
    assert [row.place for row in read_rows(made.spec.forms[0].read.rows, folders, [])] == ["t.csv:2", "t.csv:4"]


def test_columns_of_the_table_win_over_those_that_are_built_in(corpus: Builder) -> None:
    assert cells_of(table(corpus, "", "path,row_number\na.jpg,x\n"), "path", "row_number") == [("a.jpg", "x")]


@pytest.mark.parametrize(
    ("how", "content", "name"),
    [
        ("columns: [a, b]", "1,2\n", "t.csv"),
        ("columns: [a, b], header: auto", "A,b\n1,2\n", "t.csv"),
        ("columns: [a, b], header: auto", "1,2\n", "t.csv"),
        ("columns: [a, b], header: true", "x,y\n1,2\n", "t.csv"),
        ("columns_as: {x: a, '': b}", "x,\n1,2\n", "t.csv"),
        ("skip: 2", "about\nthis\na,b\n1,2\n", "t.csv"),
        ("", "a\tb\n1\t2\n", "t.tsv"),
        ("separator: ';'", "a;b\n1;2\n", "t.csv"),
        ("separator: ' '", "a  b\n\n1 \t 2\n", "t.lst"),
        ("separator: ' ', columns: [a, b]", "1 2\n", "t.txt"),
        ("", '[{"a": 1, "b": 2}]', "t.json"),
        ("columns: [a, b]", "[[1, 2]]", "t.json"),
        ("key: a", '{"1": {"b": 2}}', "t.json"),
        ("at: deep.list", '{"deep": {"list": [{"a": 1, "b": 2}]}}', "t.json"),
        ("columns_as: {x: a}", '[{"x": 1, "b": 2}]', "t.json"),
        ("", '{"a": 1, "b": 2}\n\n', "t.jsonl"),
    ],
)
def test_a_table_in_every_shape(corpus: Builder, how: str, content: str, name: str) -> None:
    assert cells_of(table(corpus, how, content, name), "a", "b") == [("1", "2")]


def test_quotes_can_be_plain_characters(corpus: Builder) -> None:
    assert cells_of(table(corpus, "quotes: false", 'a\tb\n"1\t2"\n', "t.tsv"), "a", "b") == [('"1', '2"')]


def test_json_leaves_are_text_as_typed_and_the_shape_stays(corpus: Builder) -> None:
    made = table(
        corpus, "", '[{"a": 1.50, "b": true, "c": null, "d": [1, {"e": false}], "f": 12345678901234567890}]', "t.json"
    )
    assert cells_of(made, *"abcdf") == [("1.50", "true", "", ["1", {"e": "false"}], "12345678901234567890")]


def test_latin_1_must_be_named(corpus: Builder) -> None:
    content = "a\nJos\xe9\n".encode("latin-1")
    with pytest.raises(DataError, match=r"t.csv: byte .* is not utf-8; .*latin-1"):
        rows_of(table(corpus, "", content))
    assert cells_of(table(corpus, "encoding: latin-1", content), "a") == [("José",)]
    assert cells_of(table(corpus, "encoding: utf-16", "a\nx\n".encode("utf-16")), "a") == [("x",)]


@pytest.mark.parametrize(
    ("how", "content", "name", "why"),
    [
        ("", 'a,b\n1,"2\n3,4\n', "t.csv", r"t.csv: not readable as csv: line 2: unexpected end"),
        ("", "a,b\n1,2\n3\n", "t.csv", r"t.csv:3: 1 fields, where there are 2 columns: 'a', 'b'"),
        ("", "a,b\n1,2,3\n", "t.csv", r"t.csv:2: 3 fields"),
        ("", "a,a\n1,2\n", "t.csv", r"the column 'a' is there twice"),
        ("columns_as: {nam: x}", "name,b\n1,2\n", "t.csv", r"no column 'nam'; did you mean 'name'"),
        ("", "[1, 2", "t.json", r"not readable as json"),
        ("", "[" * 100_000, "t.json", r"not readable as json"),
        ("", '{"a": {}}', "t.json", r"give `key`"),
        ("at: lits", '{"list": []}', "t.json", r"there is no 'lits'; did you mean 'list'"),
        ("", '{"a": 1}\n{', "t.jsonl", r"line 2: not JSON"),
        ("", "not parquet", "t.parquet", r"t.parquet"),
        ("", "not xlsx", "t.xlsx", r"t.xlsx"),
    ],
)
def test_a_torn_table_is_an_error_with_its_place(corpus: Builder, how: str, content: str, name: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        rows_of(table(corpus, how, content, name))


def test_an_empty_table_has_no_rows(corpus: Builder) -> None:
    assert rows_of(table(corpus, "", "")) == []


def test_parquet_keeps_bytes_and_shape(corpus: Builder) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    rows = [{"image": {"bytes": b"\x89", "path": None}, "n": 3, "f": 2.5, "flag": True, "list": [1, 2]}]
    buffer = io.BytesIO()
    write_table(pyarrow.Table.from_pylist(rows), buffer)
    made = table(corpus, "", buffer.getvalue(), "t.parquet")
    assert cells_of(made, "image", "n", "f", "flag", "list") == [
        ({"bytes": b"\x89", "path": ""}, "3", "2.5", "true", ["1", "2"])
    ]


def test_xlsx_has_sheets(corpus: Builder) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["about"])
    second = book.create_sheet("codes")
    for line in (["about"], ["a", "b"], [1, None], [2.5, "x"]):
        second.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    made = table(corpus, "sheet: codes, skip: 1", buffer.getvalue(), "t.xlsx")
    assert cells_of(made, "a", "b") == [("1", ""), ("2.5", "x")]
    with pytest.raises(DataError, match="no sheet 'code'; did you mean 'codes'"):
        rows_of(table(corpus, "sheet: code", buffer.getvalue(), "t.xlsx"))


# -- which files -----------------------------------------------------------------------------------------------------


def test_file_is_the_first_that_exists_and_files_are_all(corpus: Builder) -> None:
    files = {"b.csv": "a\n1\n", "c.csv": "a\n2\n"}
    assert cells_of(corpus("rows: {table: {file: [a.csv, b.csv, c.csv]}}\nid: x", files), "a") == [("1",)]
    both = corpus("rows: {table: {files: [b.csv, a.csv, c.csv, '{}.csv']}}\nid: x", files)
    assert cells_of(both, "a", "path", "row_number", "file_row") == [("1", "b.csv", 0, 0), ("2", "c.csv", 1, 0)]


def test_captures_of_the_path_are_columns(corpus: Builder) -> None:
    made = corpus(
        "rows: {table: {file: 'set_{fold}.csv'}}\nid: x", {"set_2.csv": "a\n1\n", "set_1.csv": "a\n0\n", "x.csv": ""}
    )
    assert cells_of(made, "a", "fold") == [("0", "1"), ("1", "2")]


def test_a_source_may_count_the_rows_of_each_file(corpus: Builder) -> None:
    files = {"1.csv": "7\n8\n9\n", "2.csv": "7\n", "3.csv": ""}
    for source in (
        "table: {files: '{v}.csv', columns: [a], count: n}",
        "lines: {files: '{v}.csv', pattern: '{a}', count: n}",
    ):
        made = corpus(f"rows: {{{source}}}\nid: x", files)
        assert cells_of(made, "v", "a", "n") == [("1", "7", 3), ("1", "8", 3), ("1", "9", 3), ("2", "7", 1)]


def test_a_missing_file_is_named(corpus: Builder) -> None:
    with pytest.raises(DataError, match=r"nothing there is called 'list.csv' or 'lists/.*.csv'"):
        rows_of(corpus("rows: {table: {file: [list.csv, 'lists/{}.csv']}}\nid: x", {"other": ""}))


# -- lines, names, arrays --------------------------------------------------------------------------------------------


def test_lines_follow_a_pattern(corpus: Builder) -> None:
    how = "rows: {lines: {files: 'S{subject}/{:3}_au{au}.txt', pattern: '{frame},{intensity}'}}\nid: x"
    made = corpus(how, {"S1/001_au12.txt": "1,0\r\n2,5\r\n\r\n", "S1/001_au4.txt": "1,3\n"})
    assert cells_of(made, "subject", "au", "frame", "intensity") == [
        ("1", "12", "1", "0"),
        ("1", "12", "2", "5"),
        ("1", "4", "1", "3"),
    ]


def test_a_line_that_does_not_follow_is_an_error_or_passed_over(corpus: Builder) -> None:
    files = {"a.txt": "head\n1,2\nend\n"}
    with pytest.raises(DataError, match=r"a.txt:3: 'end' does not follow the pattern '\{a\},\{b\}'"):
        rows_of(corpus("rows: {lines: {files: a.txt, pattern: '{a},{b}', skip: 1}}\nid: x", files))
    made = corpus("rows: {lines: {files: a.txt, pattern: '{a},{b}', unmatched: skip}}\nid: x", files)
    assert cells_of(made, "a", "b") == [("1", "2")]


def test_a_file_can_be_a_row(corpus: Builder) -> None:
    how = "rows: {lines: {files: '{name}_attri.txt', columns: [eye, sex]}}\nid: x"
    assert cells_of(corpus(how, {"a_attri.txt": "1\t2\n0\n"}), "name", "eye", "sex") == [("a", "1\t2", "0")]
    with pytest.raises(DataError, match="1 lines, where there are 2 columns: eye, sex"):
        rows_of(corpus(how, {"b_attri.txt": "1\n"}))


def test_a_file_can_be_one_column_and_an_empty_one_is_a_row_too(corpus: Builder) -> None:
    how = "rows: {lines: {files: '{name}_facs.txt', text: units}}\nid: x"
    files = {"a_facs.txt": "  4.0 1\r\n\n  43.0 0\n", "b_facs.txt": ""}
    assert cells_of(corpus(how, files), "name", "units") == [("a", "  4.0 1\n\n  43.0 0\n"), ("b", "")]
    skipped = corpus("rows: {lines: {files: 'a_facs.txt', text: units, skip: 2}}\nid: x", files)
    assert cells_of(skipped, "units") == [("  43.0 0\n",)]
    with pytest.raises(FileErrors, match="give `pattern`"):
        corpus("rows: {lines: {files: a, text: units, columns: [a]}}\nid: x", {})


def test_folders_are_rows_where_the_pattern_ends_at_them(corpus: Builder) -> None:
    files = {"HS/s1/po/s1_po_01/image7.jpg": "", "HS/s1/po/Thumbs.db": "", "HS/s1/po/s1_po_02/image1.jpg": ""}
    made = corpus("rows: {filenames: {files: 'HS/{subject}/{code}/{subject}_{code}_{n}'}}\nid: x", files)
    assert cells_of(made, "path", "n") == [("HS/s1/po/s1_po_01", "01"), ("HS/s1/po/s1_po_02", "02")]


def test_file_names_are_rows_and_others_are_not(corpus: Builder) -> None:
    files = dict.fromkeys(
        ["Val/Val/Angry/b.png", "Val/Val/Angry/a.png", "Val/Train/Sad/c.png", "Val/Val/x.txt", "Val/Val/Sad/._d.png"],
        "",
    )
    made = corpus("rows: {filenames: {files: '{split}/{split}/{emotion}/{name}.png'}}\nid: x", files)
    assert cells_of(made, "split", "emotion", "name", "path") == [
        ("Val", "Angry", "a", "Val/Val/Angry/a.png"),
        ("Val", "Angry", "b", "Val/Val/Angry/b.png"),
    ]
    rest = corpus("rows: {filenames: {files: 'Val/{file:*}'}}\nid: x", files)
    assert [file for (file,) in cells_of(rest, "file")] == [
        "Train/Sad/c.png",
        "Val/x.txt",
        "Val/Angry/a.png",
        "Val/Angry/b.png",
    ]


def test_a_matlab_file_gives_rows(corpus: Builder) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    person = {"gender": "Male", "box": [1.0, 2.5], "categories": ["Peace", "Pain"]}
    buffer = io.BytesIO()
    scipy_io.savemat(
        buffer, {"train": [{"name": "a.jpg", "person": [person, person]}], "val": [{"name": "b.jpg", "person": person}]}
    )
    how = "rows: {arrays: {file: A.mat, format: mat, each: {split: [train, val]}}}\nexplode: person\nid: x"
    made = corpus(how, {"A.mat": buffer.getvalue()})
    assert cells_of(made, "split", "name") == [("train", "a.jpg"), ("val", "b.jpg")]
    assert rows_of(made)[0]["person"][1] == {"gender": "Male", "box": ["1", "2.5"], "categories": ["Peace", "Pain"]}
    with pytest.raises(DataError, match="no variable 'vall'; did you mean 'val'"):
        rows_of(corpus(how.replace("val]", "vall]"), {}))
    with pytest.raises(DataError, match="not readable as a MATLAB file"):
        rows_of(corpus(how, {"A.mat": b"nothing"}))


def test_the_demo_gives_its_rows(corpus: Builder) -> None:
    made = corpus("rows: {demo: {faces: '7', train: '0'}}\nid: x", {})
    assert len(rows_of(made)) == 7
    assert {"id", "split", "expression"} <= set(rows_of(made)[0])
    assert json.dumps(rows_of(made)[0]["aus"]).startswith("[")


def test_a_link_to_annotations_outside_is_refused(corpus: Builder, tmp_path: Path) -> None:
    made = corpus("rows: {table: {file: t.csv}}\nid: x", {})
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (made.root / "t.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(DataError, match="a link that leaves the data root; follow_links"):
        rows_of(made)
    allowed = Folders(made.spec, {"d": made.root}, {"d"})
    assert [row["a"] for row in read_rows(made.spec.forms[0].read.rows, allowed, [])] == ["1"]


def test_a_header_of_many_columns_takes_no_time(corpus: Builder) -> None:
    header = ",".join(f"c{i}" for i in range(30_000))
    start = time.process_time()
    with pytest.raises(DataError, match="1 fields, where there are 30000"):
        rows_of(table(corpus, "", header + "\n1\n"))
    assert time.process_time() - start < 1


def test_an_encoding_that_decodes_nothing_is_an_error_in_words(corpus: Builder) -> None:
    with pytest.raises(DataError, match="its text is not undefined"):
        rows_of(table(corpus, "encoding: undefined", "a\n1\n"))


def test_half_a_character_is_no_text(corpus: Builder) -> None:
    made = corpus("rows: {table: {file: t.json}}\nid: '{{ a }}'", {"t.json": '[{"a": "\\ud800"}]'})
    with pytest.raises(DataError, match="half a character"):
        read(Source(spec=made.spec, roots={"d": made.root}, gold=False))


def test_a_torn_sheet_is_an_error_in_words(corpus: Builder) -> None:
    pytest.importorskip("openpyxl")
    from openpyxl import Workbook

    whole, torn = io.BytesIO(), io.BytesIO()
    Workbook().save(whole)
    with zipfile.ZipFile(whole) as book, zipfile.ZipFile(torn, "w") as copy:
        for name in book.namelist():
            copy.writestr(name, b"<worksheet><sheetData><row>" if "sheet1" in name else book.read(name))
    with pytest.raises(DataError, match="not readable as xlsx"):
        rows_of(table(corpus, "", torn.getvalue(), "t.xlsx"))
