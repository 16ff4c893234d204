"""Pickles and npz files: what numpy writes comes back, and what is hostile is refused and never run."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import pickletools
import resource
import struct
import subprocess
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectbench.datasets import pickles
from affectbench.datasets.arrays import array_cells
from affectbench.datasets.npz import Archive
from affectbench.datasets.pickles import NAMES, STEPS, Held, unpickled
from affectbench.errors import DataError
from affectbench.specs.rows import Arrays
from tests.corpora import Builder

PROTOCOLS = range(6)


def plain(value: Any) -> Any:
    """Return arrays as lists, all the way down."""
    if isinstance(value, Held):
        return plain(value.content)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def loaded(data: bytes) -> Any:
    return plain(unpickled(io.BytesIO(data), "a.pkl"))


VALUES: dict[str, Any] = {
    "text": "中文 \n é",
    "bytes": b"\x00\xff",
    "no bytes": b"",
    "numbers": [0, -5, 10**30, 1.5, True, False, None],
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "mapping": {"a": {1: [2]}, 2.5: "x"},
    "big-endian": np.arange(6, dtype=">i4").reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "turned": np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2),
    "a part": np.arange(10)[::3],
    "texts": np.array(["ab", "c"]),
    "byte texts": np.array([b"ab", b"c"]),
    "truths": np.array([True, False]),
    "objects": np.array([{"x": 1}, None, np.float32(0.5)], dtype=object),
    "table of objects": np.asfortranarray(np.array([[1, "x"], [None, 2.5]], dtype=object)),
    "one object": np.array({"k": [np.arange(2)]}, dtype=object),
    "scalars": [np.float64(0.1), np.str_("hi"), np.int64(7), np.bool_(True)],
    "empty": np.zeros((0, 5)),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_numpy_and_python_write_comes_back(protocol: int) -> None:
    for name, value in VALUES.items():
        assert loaded(pickle.dumps(value, protocol)) == plain(value), name


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_equal_things_are_written_once_and_found_again(protocol: int) -> None:
    array, text = np.arange(3), "long text" * 100
    assert loaded(pickle.dumps([array, text, array, text] * 100, protocol)) == [[0, 1, 2], text, [0, 1, 2], text] * 100


def test_a_pickle_of_python_2_comes_back() -> None:
    old = (
        b"\x80\x02}q\x00U\x01aq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04"
        b"U\x01bq\x05\x87q\x06Rq\x07(K\x01K\x02\x85q\x08cnumpy\ndtype\nq\x09U\x02f4K\x00K\x01\x87q\x0aRq\x0b"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0cb\x89U\x08\x00\x00\x80?\x00\x00\x80\xbfq\x0dtq\x0ebs."
    )
    assert loaded(old) == {"a": [1.0, -1.0]}


# -- hostile pickles -------------------------------------------------------------------------------------------------


class Payload:
    """Pickled as a call, which runs when Python reads it."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


class Ordinary:
    """An object of some class, which Python would make anew with whatever is in its state."""

    def __init__(self) -> None:
        self.x = 1


def payloads(mark: Path) -> dict[str, Any]:
    """Things that would make the file `mark`, or do other harm, if anything in them ran."""
    write = f"open({str(mark)!r}, 'w').close()"
    inner = pickle.dumps(Payload(os.system, f"touch {mark}"))
    return {
        "os.system": Payload(os.system, f"touch {mark}"),
        "eval": Payload(builtins.eval, write),
        "exec": Payload(builtins.exec, write),
        "open": Payload(builtins.open, str(mark), "w"),
        "getattr": Payload(builtins.getattr, 1, "real"),
        "import": Payload(builtins.__import__, "os"),
        "subprocess": Payload(subprocess.check_call, ["touch", str(mark)]),
        "pickle in pickle": Payload(pickle.loads, inner),
        "numpy's load": Payload(np.load, str(mark.with_suffix(".npy")), None, True),
        "numpy's file": Payload(np.fromfile, str(mark.with_suffix(".npy"))),
        "numpy's memory map": Payload(np.memmap, str(mark), "u1", "w+", 0, (1,)),
        "in an array": np.array([Payload(os.system, f"touch {mark}")], dtype=object),
        "in a key": {Payload(os.system, f"touch {mark}"): 1},
        "as state": Payload(np.ndarray, (1,)),
        "an object": Ordinary(),
        "a class": OrderedDict,
        "a date": date(2020, 1, 1),
        "a set": {1, 2},
        "a complex number": 1j,
        "numbers with parts": np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
        "dates": np.zeros(2, dtype="datetime64[s]"),
    }


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", payloads(Path("x")))
def test_a_hostile_pickle_is_refused_and_nothing_of_it_runs(name: str, protocol: int, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    data = pickle.dumps(payloads(mark)[name], protocol)
    before = set(sys.modules)
    with pytest.raises(DataError, match=r"^a.pkl: not readable as arrays: .{5}"):
        loaded(data)
    assert not mark.exists()
    assert set(sys.modules) == before, "nothing is imported on its behalf"


def test_such_a_payload_does_run_where_python_reads_it(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    pickle.loads(pickle.dumps(payloads(mark)["os.system"]))
    assert mark.exists()


def test_the_refusal_names_what_was_asked_for() -> None:
    with pytest.raises(DataError, match=r"it names posix.system, which is no plain value or array; it was not run"):
        loaded(pickle.dumps(Payload(os.system, "true")))


def test_all_that_may_be_named_is_a_function_of_the_interpreter_itself() -> None:
    assert {function.make.__module__ for function in NAMES.values()} == {pickles.__name__}
    assert not {"OBJ", "INST", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID", "NEXT_BUFFER"} & {
        *STEPS
    }


ARRAY = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\nt"
EIGHT = b"cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR"
MANY = b"I" + str(10**12).encode() + b"\n"


def opcode(name: str) -> bytes:
    return next(one.code for one in pickletools.opcodes if one.name == name).encode("latin-1")


HOSTILE = {
    "an instance": b"(S'touch x'\nios\nsystem\n.",
    "an object by its class": b"(cos\nsystem\nS'true'\no.",
    "a registered extension": opcode("EXT1") + b"\x01.",
    "a persistent id": b"Pmod\n.",
    "an outer buffer": b"\x80\x05" + opcode("NEXT_BUFFER") + b".",
    "a name made at run time": b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "a name with a dot": b"\x80\x04\x8c\x05numpy\x8c\x0ddtype.__new__\x93.",
    "a name that is a number": b"\x80\x04K\x01K\x02\x93.",
    "a call of a text": b"S'x'\n)R.",
    "a call of a made array": ARRAY + b"S'b'\ntR)R.",
    "a call without arguments": b"cnumpy\ndtype\nNR.",
    "a change of a function": b"cnumpy\ndtype\n}S'make'\nI1\nsb.",
    "a change of a list": b"]}S'append'\nI1\nsb.",
    "a list as a key": b"}]I1\ns.",
    "a tuple as a key": b"}" + b"(" * 5 + b"t" * 5 + b"I1\ns.",
    "a value too little": b"a.",
    "a mark too little": b"I1\nt.",
    "a mark as a value": b"(.",
    "nothing": b"",
    "no end": b"I1\n",
    "no pickle": b"name,label\n",
    "an unknown place": b"g7\n.",
    "a length beyond the file": opcode("BINBYTES8") + struct.pack("<Q", 1 << 40) + b"x.",
    "a text beyond the file": opcode("BINUNICODE8") + struct.pack("<Q", 1 << 62) + b"x.",
    "a frame beyond the file": opcode("FRAME") + struct.pack("<Q", 1 << 62),
    "a number of too many digits": b"L" + b"9" * 10_000 + b"L\n.",
    "an array without type": ARRAY + b"S'b'\ntR(I1\n(I1\ntNI00\nS'x'\ntb.",
    "an array of three parts": ARRAY + b"S'b'\ntR(I1\n(I1\ntI00\ntb.",
    "objects as bytes": ARRAY + b"S'b'\ntR(I1\n(I1\ntcnumpy\ndtype\n(S'O8'\ntRI00\nS'xxxxxxxx'\ntb.",
    "numbers as a list": ARRAY + b"S'b'\ntR(I1\n(I1\nt" + EIGHT + b"I00\n]tb.",
    "a huge array of numbers": ARRAY + b"S'b'\ntR(I1\n(" + MANY + b"t" + EIGHT + b"I00\nS'xxxxxxxx'\ntb.",
    "a huge array of objects": ARRAY + b"S'b'\ntR(I1\n(" + MANY + b"tcnumpy\ndtype\n(S'O8'\ntRI00\n]tb.",
    "a huge array of nothing": ARRAY + b"S'b'\ntR(I1\n(" + MANY + b"I0\nt" + EIGHT + b"I00\nS''\ntb.",
    "a huge array of no length": ARRAY + b"S'b'\ntR(I1\n(" + MANY + b"tcnumpy\ndtype\n(S'S0'\ntRI00\nS''\ntb.",
    "a shape below nothing": ARRAY + b"S'b'\ntR(I1\n(I-1\nI-1\nt" + EIGHT + b"I00\nS'xxxxxxxx'\ntb.",
    "a shape of many axes": ARRAY + b"S'b'\ntR(I1\n(" + b"I1\n" * 70 + b"t" + EIGHT + b"I00\nS'xxxxxxxx'\ntb.",
    "a type that is code": b"cnumpy\ndtype\n(S'O8,(2)i4'\ntR.",
    "a type of a gigabyte": b"cnumpy\ndtype\n(S'U999999999'\ntR.",
    "a type with parts": b"cnumpy\ndtype\n(S'f8'\ntR(I3\nS'<'\nN(S'a'\nt}I8\nI1\nI0\ntb.",
    "a scalar of the wrong length": b"cnumpy._core.multiarray\nscalar\n(" + EIGHT + b"S'x'\ntR.",
    "another encoding": b"c_codecs\nencode\n(S'x'\nS'unicode_escape'\ntR.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pickle_written_by_hand_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"^a.pkl: not readable as arrays: ."):
        loaded(HOSTILE[name])


@pytest.mark.parametrize("size", [1 << 33, 1 << 40, (1 << 63) - 1])
def test_a_length_beyond_the_file_takes_no_memory(size: int, tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(opcode("BINBYTES8") + struct.pack("<Q", size) + b"x.")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match=r"a.pkl: not readable as arrays"):
        cells(tmp_path / "a.pkl", each={"s": ["x"]})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


def test_an_array_that_was_never_filled_has_no_content() -> None:
    file = io.BytesIO(ARRAY + b"S'b'\ntR.")
    with pytest.raises(ValueError, match="no content"):
        _ = unpickled(file, "a.pkl").content


def test_any_torn_pickle_is_a_data_error_or_a_value() -> None:
    data = pickle.dumps(VALUES)
    for end in range(0, len(data) - 1, 7):
        with pytest.raises(DataError):
            loaded(data[:end])
    rng = np.random.default_rng(0)
    for _ in range(300):
        spoilt = bytearray(data)
        for place in rng.integers(0, len(data), 4):
            spoilt[place] = rng.integers(256)
        try:
            unpickled(io.BytesIO(bytes(spoilt)), "a.pkl")
        except DataError:
            continue


# -- rows of pkl and npz ---------------------------------------------------------------------------------------------


def cells(file: Path, **how: Any) -> list[dict[str, Any]]:
    spec = Arrays(file=(file.name,), format=file.suffix[1:], **how)  # type: ignore[arg-type]
    return [row for _, row in array_cells(file, spec, file.name)]


def written(folder: Path, data: Any, name: str = "a.pkl") -> Path:
    file = folder / name
    if file.suffix == ".npz":
        np.savez_compressed(file, **data)
    else:
        file.write_bytes(pickle.dumps(data))
    return file


BY_NAME = {
    "train_corpus": {"a_1": {"emo": 0, "val": -1.8}, "a_2": {"emo": 0, "val": np.float64(0)}},
    "test_corpus": {"b_1": {"emo": 0, "val": 3}},
}


@pytest.mark.parametrize("ending", ["npz", "pkl"])
def test_structs_of_structs_name_their_rows(tmp_path: Path, ending: str) -> None:
    file = written(tmp_path, BY_NAME, f"label.{ending}")
    each = {"split": {"train": "train_corpus", "test": "test_corpus"}}
    assert cells(file, each=each, entries="name") == [
        {"split": "train", "name": "a_1", "emo": "0", "val": "-1.8"},
        {"split": "train", "name": "a_2", "emo": "0", "val": "0"},
        {"split": "test", "name": "b_1", "emo": "0", "val": "3"},
    ]
    with pytest.raises(DataError, match=rf"label.{ending}: no variable 'tset_corpus'; did you mean 'test_corpus'"):
        cells(file, each={"split": {"test": "tset_corpus"}}, entries="name")


PARALLEL = {
    "id": ["v$_$0", "v$_$1"],
    "regression_labels": np.array([0.1, -0.2], dtype=np.float32),
    "audio": np.zeros((2, 5, 3)),
}


@pytest.mark.parametrize("ending", ["npz", "pkl"])
def test_arrays_of_one_length_are_columns_and_only_those_asked_for_are_taken(tmp_path: Path, ending: str) -> None:
    flat = written(tmp_path, PARALLEL, f"flat.{ending}")
    expected = [{"id": "v$_$0", "regression_labels": "0.1"}, {"id": "v$_$1", "regression_labels": "-0.2"}]
    assert cells(flat, columns=("id", "regression_labels")) == expected, "0.1 of 32 bits is 0.1"
    deep = written(tmp_path, {"test": PARALLEL}, f"deep.{ending}")
    found = cells(deep, each={"mode": ["test"]}, columns=("id", "regression_labels"))
    assert found == [{"mode": "test", **row} for row in expected]
    with pytest.raises(DataError, match="no variable 'ids'; did you mean 'id'"):
        cells(flat, columns=("ids",))
    ragged = written(tmp_path, {**PARALLEL, "text": ["one"]}, f"ragged.{ending}")
    with pytest.raises(DataError, match="columns must be lists of one length: id 2, text 1"):
        cells(ragged, columns=("id", "text"))


def test_a_list_of_structs_is_a_row_each(tmp_path: Path) -> None:
    file = written(tmp_path, {"rows": [{"n": 1, "box": np.arange(2)}, {"n": 2, "box": []}]})
    assert cells(file, each={"s": ["rows"]}) == [
        {"s": "rows", "n": "1", "box": ["0", "1"]},
        {"s": "rows", "n": "2", "box": []},
    ]


def test_a_pickle_without_variables_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a.pkl: no variables are there, but list"):
        cells(written(tmp_path, [{"a": 1}, {"b": 2}]), each={"s": ["a"]})


def test_values_that_hold_themselves_or_grow_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_about: list[Any] = []
    round_about.append(round_about)
    with pytest.raises(DataError, match="hold one another"):
        cells(written(tmp_path, {"rows": round_about}), each={"s": ["rows"]})
    doubled: Any = ["x"]
    for _ in range(40):
        doubled = [doubled, doubled]
    monkeypatch.setattr("affectbench.datasets.arrays.MOST", 100_000)
    with pytest.raises(DataError, match="more than 100,000 values"):
        cells(written(tmp_path, {"rows": doubled}), each={"s": ["rows"]})


@pytest.mark.parametrize("name", ["os.system", "eval", "numpy's load", "in an array"])
def test_an_npz_with_a_hostile_member_is_refused_and_nothing_runs(name: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    np.savez(tmp_path / "a.npz", good=np.arange(2), bad=np.array([payloads(mark)[name]], dtype=object))
    with pytest.raises(DataError, match=r"a.npz: bad: not readable as arrays: it names"):
        cells(tmp_path / "a.npz", each={"s": ["bad"]})
    assert cells(tmp_path / "a.npz", columns=("good",)) == [{"good": "0"}, {"good": "1"}]
    assert not mark.exists()


def member(folder: Path, header: str, content: bytes = b"", version: bytes = b"\x01\x00") -> Path:
    """Write an npz whose one member `x` has a header of its own."""
    text = header.encode() + b"\n"
    size = struct.pack("<H", len(text)) if version == b"\x01\x00" else struct.pack("<I", len(text))
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\x93NUMPY" + version + size + text + content)
    return folder / "a.npz"


SHAPE = "{{'descr': {}, 'fortran_order': False, 'shape': {}, }}"


@pytest.mark.parametrize(
    ("header", "content", "why"),
    [
        (SHAPE.format("'<f8'", "(1000000000000,)"), b"12345678", "claims 1,000,000,000,000 items, but there are 1"),
        (SHAPE.format("'<f8'", "(1000000000000, 0)"), b"", "an empty array of the shape"),
        (SHAPE.format("'|V8'", "(1,)"), b"12345678", "not read"),
        (SHAPE.format("[('a', '<i4')]", "(1,)"), b"1234", "not read"),
        (SHAPE.format("'<M8[s]'", "(1,)"), b"12345678", "not read"),
        (SHAPE.format("'|O'", "(1,)"), b"", "not readable as arrays"),
        (SHAPE.format("'|O'", "(1,)"), pickle.dumps([1]), "holds no array"),
        ("__import__('os').system('true')", b"", "not readable as an array"),
        ("{" * 20_000, b"", "not readable as an array"),
        ("", b"", "not readable as an array"),
    ],
)
def test_a_member_that_claims_what_it_is_not_is_refused(tmp_path: Path, header: str, content: bytes, why: str) -> None:
    with pytest.raises(DataError, match=why):
        cells(member(tmp_path, header, content), columns=("x",))


def test_the_second_version_of_the_format_is_read_and_the_third_is_not(tmp_path: Path) -> None:
    header = SHAPE.format("'<i2'", "(2,)")
    assert cells(member(tmp_path, header, b"\x01\x00\x02\x00", b"\x02\x00"), columns=("x",)) == [{"x": "1"}, {"x": "2"}]
    with pytest.raises(DataError, match="version"):
        cells(member(tmp_path, header, b"\x01\x00\x02\x00", b"\x03\x00"), columns=("x",))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as file,
    ):
        file.write(b"\x93NUMPY\x01\x00")
        for _ in range(70):
            file.write(bytes(1 << 20))
    assert (tmp_path / "a.npz").stat().st_size < 100_000
    with pytest.raises(DataError, match=r"a.npz: x: 73,400,328 bytes in [\d,]+: too much to be unpacked"):
        cells(tmp_path / "a.npz", columns=("x",))


def test_a_member_of_many_gigabytes_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(100))
    monkeypatch.setattr("affectbench.datasets.npz.LARGEST", 500)
    with pytest.raises(DataError, match="too much to be unpacked"):
        cells(tmp_path / "a.npz", columns=("x",))


def test_torn_npz_files_are_data_errors(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.array(VALUES, dtype=object))
    data = (tmp_path / "a.npz").read_bytes()
    for spoilt in (b"", b"nothing", data[: len(data) // 2], data[:200] + bytes(50) + data[250:]):
        (tmp_path / "a.npz").write_bytes(spoilt)
        with pytest.raises(DataError, match=r"^a.npz"):
            cells(tmp_path / "a.npz", each={"s": ["x"]})


def test_an_archive_names_its_variables(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=1, y=2)
    found = Archive(tmp_path / "a.npz", "a.npz")
    assert (list(found), len(found), plain(found["y"])) == (["x", "y"], 2, 2)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("format: npz", "`each` must name the variables"),
        ("format: npz, each: {a: [x], b: [y]}", "one column"),
        ("format: npz, entries: name, columns: [a]", "not both"),
        ("format: npy, each: {s: [x]}", "format"),
    ],
)
def test_a_dataset_file_must_say_what_the_rows_are(corpus: Builder, how: str, why: str) -> None:
    with pytest.raises(Exception, match=why):
        corpus(f"rows: {{arrays: {{file: a.npz, {how}}}}}\nid: x", {})
