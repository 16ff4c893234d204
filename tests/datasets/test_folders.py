"""Data roots: layouts, bindings, and paths and links that would leave them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from affectbench.datasets import Folders, Source, locate, read
from affectbench.errors import DataError, MediaError
from affectbench.specs.base import read_text
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Media
from tests.corpora import Builder

BASE = "rows: {table: {file: t.csv}}\nid: '{{ n }}'\n"


def image(path: str) -> Media:
    return Media(name="face", kind="image", root="d", path=path)


def kind_of(media: Media, roots: dict[str, Path], follow: frozenset[str] = frozenset()) -> str:
    with pytest.raises(MediaError) as caught:
        locate(media, roots, follow)
    assert str(roots.get("d", "?")) not in str(caught.value)
    return caught.value.kind


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "root"
    (place / "in").mkdir(parents=True)
    (place / "in" / "a.png").write_text("x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.png").write_text("secret")
    (place / "link.png").symlink_to(tmp_path / "outside" / "b.png")
    (place / "folder").symlink_to(tmp_path / "outside")
    (place / "inner.png").symlink_to(place / "in" / "a.png")
    (place / "loop").symlink_to(place / "loop")
    return place


def test_a_file_below_the_root_is_found(root: Path) -> None:
    assert locate(image("in/a.png"), {"d": root}) == (root / "in" / "a.png").resolve()
    assert locate(image("inner.png"), {"d": root}) == (root / "in" / "a.png").resolve()


@pytest.mark.parametrize("path", ["../outside/b.png", "/etc/passwd", "in/../../outside/b.png", "~/x", "in/..", "a\0b"])
def test_a_path_that_leaves_the_root_is_outside(root: Path, path: str) -> None:
    assert kind_of(image(path), {"d": root}) == "outside"
    assert kind_of(image(path), {"d": root}, frozenset({"d"})) == "outside"


@pytest.mark.parametrize("path", ["link.png", "folder/b.png"])
def test_a_link_that_leaves_the_root_needs_leave(root: Path, path: str) -> None:
    assert kind_of(image(path), {"d": root}) == "outside"
    assert locate(image(path), {"d": root}, {"d"}).read_text() == "secret"
    assert kind_of(image("folder/none.png"), {"d": root}) == "outside"
    assert kind_of(image("folder/none.png"), {"d": root}, frozenset({"d"})) == "missing"


@pytest.mark.parametrize("path", ["in/none.png", "none/a.png", "loop", "in/a.png/x", "x" * 300])
def test_what_is_not_there_is_missing(root: Path, path: str) -> None:
    assert kind_of(image(path), {"d": root}) == "missing"


def test_a_file_with_another_ending_is_named(root: Path) -> None:
    with pytest.raises(MediaError, match=r"^there is no file 'in/a.jpg' below the data root; 'a.png' is there$"):
        locate(image("in/a.jpg"), {"d": root})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["Lists/list.csv"], r"did you mean 'Lists'"),
        (["lists/lists.csv"], r"did you mean 'lists.csv'"),
        (["copy/lists/list.csv"], r"it is in copy: --data d=.*/root/copy$"),
        (["a.png", ".hidden"], r"\(there: a.png\)$"),
    ],
)
def test_a_missing_file_is_looked_for_nearby(corpus: Builder, files: list[str], said: str) -> None:
    made = corpus("rows: {table: {file: lists/list.csv}}\nid: x", dict.fromkeys(files, "n\n1\n"))
    with pytest.raises(DataError, match=f"nothing there is called 'lists/list.csv'.*{said}"):
        made.read()


def test_a_medium_without_file_or_root_is_missing(root: Path) -> None:
    assert kind_of(Media(name="face", kind="image", root="d"), {"d": root}) == "missing"
    assert kind_of(Media(name="face", kind="image", root="other", path="a"), {"d": root}) == "missing"


def test_a_root_that_is_itself_a_link_is_resolved_first(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    assert locate(image("in/a.png"), {"d": tmp_path / "alias"}) == (root / "in" / "a.png").resolve()


def test_cells_cannot_lead_out(corpus: Builder) -> None:
    made = corpus(BASE + "media: {m: {kind: image, path: '{{ p }}'}}", {"t.csv": "n,p\na,/etc/passwd\nb,../../x\n"})
    for sample in made.samples():
        assert kind_of(sample.media[0], {"d": made.root}) == "outside"
    several = corpus(
        BASE + "media: {m: {kind: image, path: ['x/{{ p }}', '{{ p }}']}}", {"t.csv": "n,p\na,../../etc\n"}
    )
    assert kind_of(several.one().media[0], {"d": several.root}) == "outside"


def test_an_unbound_root_says_how_to_bind_it_and_where_to_ask(corpus: Builder) -> None:
    made = corpus(BASE, {"t.csv": "n\na\n"}, "splits: {all: }\naccess: {kind: eula, url: 'https://example.org/ask'}")
    with pytest.raises(
        DataError,
        match=r"\(eula: https://example.org/ask\) are not bound: .*--data d=DIR, .*toml, .*\$AFFECTBENCH_DATA/d",
    ):
        made.samples(roots={})
    with pytest.raises(DataError, match="which is not a folder"):
        made.samples(roots={"d": made.root / "t.csv"})


def test_a_needed_root_is_asked_for_before_anything_is_read(corpus: Builder, tmp_path: Path) -> None:
    how = BASE + "media: {m: {kind: video, path: ['other:test/{{ n }}.avi', 'other:train/{{ n }}.avi']}}"
    made = corpus(how, {"t.csv": "n\na\n"}, "splits: {all: }\nneeds: other")
    with pytest.raises(DataError, match=r"'other' \(which 'd' needs\) are not bound: give --data other=DIR"):
        made.samples()
    (tmp_path / "other" / "train").mkdir(parents=True)
    (tmp_path / "other" / "train" / "a.avi").write_text("x")
    found = made.one(roots={"d": made.root, "other": tmp_path / "other"}).media[0]
    assert (found.root, found.path) == ("other", "train/a.avi")


LAYOUTS = """
splits: {all: }
needs: [other]
layouts:
  - when: other:big.csv
    read: &base {rows: {table: {file: "other:big.csv"}}, id: "{{ n }}", text: {t: "{{ n }}"}}
  - when: "new/{}.csv"
    verified: false
    read: {extends: *base, rows: {table: {file: "new/{x}.csv"}}, text: }
"""


def test_the_layout_is_the_first_whose_path_exists(tmp_path: Path) -> None:
    spec = read_text(LAYOUTS, DatasetSpec, "d").spec
    (tmp_path / "d").mkdir()
    with pytest.raises(DataError, match=r"does not look like 'd': none of these is there: other:big.csv, new/\{\}.csv"):
        Folders(spec, {"d": tmp_path / "d"}).layout()
    (tmp_path / "d" / "new").mkdir()
    (tmp_path / "d" / "new" / "x.csv").write_text("n\na\n")
    assert Folders(spec, {"d": tmp_path / "d"}).layout().when == "new/{}.csv"
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "big.csv").write_text("n\nb\n")
    assert Folders(spec, {"d": tmp_path / "d", "other": tmp_path / "o"}).layout().when == "other:big.csv"


def test_an_extending_layout_takes_the_fields_of_its_base(tmp_path: Path, corpus: Builder) -> None:
    spec = read_text(LAYOUTS, DatasetSpec, "d").spec
    assert [form.read.text for form in spec.forms] == [{"t": "{{ n }}"}, {}]
    assert spec.forms[1].read.id == "{{ n }}"
    made = corpus(BASE, {"new/x.csv": "n\na\n"})
    reading = read(Source(spec=spec, roots={"d": made.root}))
    assert (reading.layout.verified, reading.files, [s.id for s in reading.samples]) == (False, ("d:new/x.csv",), ["a"])


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    assert kind_of(image("pipe.png"), {"d": root}) == "unreadable"


def test_names_behind_a_link_that_leaves_the_root_are_no_rows(root: Path, tmp_path: Path) -> None:
    text = "id: d\nsplits: {test: 1}\nread:\n  rows: {filenames: {files: '{folder}/{name}.png'}}\n  id: '{{ name }}'\n"
    spec = read_text(text, DatasetSpec, "d").spec
    with pytest.raises(DataError, match="leaves the data root"):
        read(Source(spec=spec, roots={"d": root}, gold=False))


def test_a_link_in_a_folder_of_frames_may_not_leave_the_root_either(root: Path, tmp_path: Path) -> None:
    frames = root / "frames"
    frames.mkdir()
    (frames / "1.png").symlink_to(root / "in" / "a.png")
    medium = Media(name="clip", kind="video", root="own", path="frames")
    assert locate(medium, {"own": root}) == frames
    (frames / "2.png").symlink_to(tmp_path / "outside" / "b.png")
    with pytest.raises(MediaError, match=r"'frames/2.png' is a link that leaves the data root") as caught:
        locate(medium, {"own": root})
    assert caught.value.kind == "outside"
    assert locate(medium, {"own": root}, {"own"}) == frames
