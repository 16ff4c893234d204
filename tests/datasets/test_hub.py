"""Rows of local hub snapshots: the layouts of the hub, the links of its cache, and media in cells."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from affectbench.datasets import Source, mock, read, source_of
from affectbench.datasets.folders import Folders, locate
from affectbench.datasets.rows import read_rows
from affectbench.errors import DataError, MediaError
from affectbench.media import prepare
from affectbench.specs.base import read_text
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Media
from tests.corpora import Builder, Corpus

pyarrow = pytest.importorskip("pyarrow")


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refused)


def parquet(*rows: Mapping[str, Any]) -> bytes:
    from pyarrow.parquet import write_table

    buffer = io.BytesIO()
    write_table(pyarrow.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()


def hub(corpus: Builder, how: str, files: Mapping[str, str | bytes]) -> Corpus:
    return corpus(f"rows: {{hub: {{repo: org/faces, {how}}}}}\nid: '{{{{ n }}}}'", files)


def found(made: Corpus) -> list[tuple[str, str]]:
    folders = Folders(made.spec, {"d": made.root})
    return [(row["split"], row["n"]) for row in read_rows(made.spec.forms[0].read.rows, folders, [])]


CSV = "n\n{}\n"


@pytest.mark.parametrize(
    ("how", "names"),
    [
        ("split: test", ["data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet"]),
        ("split: test", ["data/test/0000.parquet", "data/test/0001.parquet"]),
        ("split: test", ["test/0000.parquet", "test/0001.parquet"]),
        ("split: test", ["test-0.parquet", "test-1.parquet"]),
        ("split: test, config: large", ["large/test-00000-of-00002.parquet", "large/test-00001-of-00002.parquet"]),
        ("split: test, config: large", ["large/test/0000.parquet", "large/test/0001.parquet"]),
        ("split: test, config: large", ["data/large/test-0.parquet", "data/large/test-1.parquet"]),
    ],
)
def test_the_files_of_a_split_are_found_in_every_layout(corpus: Builder, how: str, names: list[str]) -> None:
    files = {name: parquet({"n": f"{number}"}) for number, name in enumerate(names)}
    others = {"README.md": "", "data/train-00000-of-00001.parquet": parquet({"n": "9"}), "small/test-0.csv": "n\n9\n"}
    made = hub(corpus, how, {**others, **files})
    assert found(made) == [("test", "0"), ("test", "1")]


@pytest.mark.parametrize("name", ["test.csv", "data/test.jsonl", "data/test.tsv", "test-1.csv"])
def test_text_files_are_read_as_well(corpus: Builder, name: str) -> None:
    content = '{"n": 1}\n' if name.endswith("jsonl") else "n\n1\n"
    assert found(hub(corpus, "split: test", {name: content})) == [("test", "1")]


def test_one_form_is_read_where_there_are_several(corpus: Builder) -> None:
    files = {"data/test-0.parquet": parquet({"n": "1"}), "data/test-0.csv": "n\n2\n", "test.csv": "n\n3\n"}
    assert found(hub(corpus, "split: test", files)) == [("test", "1")]


def test_several_splits_come_in_the_order_of_the_dataset_file(corpus: Builder) -> None:
    files = {f"data/{split}-{part}.csv": f"n\n{split}{part}\n" for split in ("train", "validation") for part in (0, 1)}
    files["data/other-0.csv"] = "n\nx\n"
    made = hub(corpus, "split: [validation, train]", files)
    assert [n for _, n in found(made)] == ["validation0", "validation1", "train0", "train1"]
    assert [split for split, _ in found(made)] == ["validation"] * 2 + ["train"] * 2
    with pytest.raises(DataError, match=r"no file 'data/\{split\}-\{\}.csv' of the split 'vaildation'; did you mean"):
        found(hub(corpus, "split: [train, vaildation]", {}))


def test_a_split_that_is_not_there_says_how_to_get_the_snapshot(corpus: Builder) -> None:
    made = hub(corpus, "split: tset, config: big", {"big/test-0.parquet": parquet({"n": "1"})})
    with pytest.raises(DataError, match=r"split tset of the configuration 'big'.*hf download org/faces --repo-type"):
        found(made)


@pytest.mark.parametrize("how", ["split: ../x", "split: a/b", "split: '{x}'", "split: test, config: ..", "split: []"])
def test_names_cannot_lead_elsewhere(corpus: Builder, how: str) -> None:
    with pytest.raises(Exception, match=r"split|config"):
        hub(corpus, how, {})
    with pytest.raises(Exception, match="repo"):
        corpus("rows: {hub: {repo: '../x/y', split: test}}\nid: x", {})


# -- the hub's cache -------------------------------------------------------------------------------------------------

SPEC = """
splits: {test: }
access: {kind: open}
read:
  rows: {hub: {repo: org/faces, split: test}}
  id: "{{ n }}"
  media: {face: {kind: image, path: "images/{{ n }}.png"}}
"""


@pytest.fixture
def spec() -> DatasetSpec:
    made: DatasetSpec = read_text(SPEC, DatasetSpec, "d").spec
    return made


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A repository's folder of the hub's cache: files are links from a snapshot to blobs."""
    repo = tmp_path / "datasets--org--faces"
    for revision, number in (("aaa", 1), ("bbb", 2)):
        blobs = {f"table{number}": parquet({"n": f"{number}"}), f"picture{number}": b"picture"}
        links = {"data/test-00000-of-00001.parquet": f"table{number}", f"images/{number}.png": f"picture{number}"}
        (repo / "blobs").mkdir(parents=True, exist_ok=True)
        for name, content in blobs.items():
            (repo / "blobs" / name).write_bytes(content)
        for name, blob in links.items():
            place = repo / "snapshots" / revision / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to("../" * (name.count("/") + 2) + f"blobs/{blob}")
    (repo / "refs").mkdir()
    (repo / "refs/main").write_text("bbb")
    return repo


def ids(spec: DatasetSpec, root: Path) -> list[str]:
    source = source_of(spec, {"d": root}, {})
    samples = read(source).samples
    for sample in samples:
        assert locate(sample.media[0], source.roots).read_bytes() == b"picture"
    return [sample.id for sample in samples]


def test_a_snapshot_in_the_cache_is_read_through_its_own_links(spec: DatasetSpec, cache: Path) -> None:
    assert ids(spec, cache / "snapshots/aaa") == ["1"]
    assert ids(spec, cache / "snapshots/bbb") == ["2"]


def test_the_folder_of_a_repository_stands_for_its_main_snapshot(spec: DatasetSpec, cache: Path) -> None:
    assert ids(spec, cache) == ["2"]
    (cache / "refs/main").write_text("../../../elsewhere/aaa")
    assert ids(spec, cache) == ["1"], "only a name below the snapshots counts"
    (cache / "refs/main").unlink()
    with pytest.raises(DataError, match=r"holds 2 snapshots; bind one of them: .*/snapshots/REVISION"):
        source_of(spec, {"d": cache}, {})
    (cache / "snapshots/bbb").rename(cache / "gone")
    assert ids(spec, cache) == ["1"]


@pytest.mark.parametrize("target", ["../../../secret", "../../other/secret", "../../blobs/deep/secret"])
def test_links_of_a_snapshot_to_anything_but_its_blobs_are_refused(spec: DatasetSpec, cache: Path, target: str) -> None:
    snapshot = cache / "snapshots/aaa"
    place = (snapshot / target).resolve()
    place.parent.mkdir(exist_ok=True)
    place.write_text("secret")
    (snapshot / "link").symlink_to(target)
    for name in ("link", "images/1.png"):
        medium = Media(name="m", kind="image", root="d", path=name)
        if name == "link":
            with pytest.raises(MediaError, match="a link that leaves the data root"):
                locate(medium, {"d": snapshot})
        else:
            assert locate(medium, {"d": snapshot}).read_bytes() == b"picture"


def test_blobs_beside_a_folder_that_is_no_snapshot_are_outside(cache: Path) -> None:
    (cache / "snapshots").rename(cache / "folder")
    with pytest.raises(MediaError, match="a link that leaves the data root"):
        locate(Media(name="m", kind="image", root="d", path="images/1.png"), {"d": cache / "folder/aaa"})


# -- pictures, sounds and clips in cells -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["image", "audio", "video"])
def test_a_medium_in_a_cell_is_the_bytes_of_its_file(corpus: Builder, kind: str) -> None:
    rows = [
        {"n": "a", "m": {"bytes": b"abc", "path": "a.bin"}},
        {"n": "b", "m": {"bytes": None, "path": "/home/x/b.bin"}},
    ]
    made = corpus(
        f"rows: {{hub: {{repo: o/r, split: all}}}}\nid: '{{{{ n }}}}'\nmedia: {{m: {{kind: {kind}, bytes: m}}}}",
        {"data/all-0.parquet": parquet(*rows)},
    )
    whole, empty = made.samples()
    (medium,) = whole.media
    assert medium.kind == kind and medium.cell is not None and medium.cell.data == b"abc" and medium.cell.size is None
    facts = prepare(medium, None, observe=False).facts
    assert (facts.kind, facts.source, facts.bytes) == (kind, "cell", 3)
    assert empty.bad == "m: column 'm' holds no bytes, only the path '/home/x/b.bin'"


def test_raw_pixels_are_a_picture_only(corpus: Builder) -> None:
    with pytest.raises(Exception, match="pixels are an image, not audio"):
        corpus("rows: {table: {file: t.csv}}\nid: x\nmedia: {m: {kind: audio, pixels: {column: p, size: [1, 1]}}}", {})


def test_rows_with_clips_are_taken_up_a_few_at_a_time(corpus: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    from affectbench.datasets import table

    sizes: list[int] = []
    counted: Callable[[Any], int] = table._batch_size
    monkeypatch.setattr(table, "_batch_size", lambda metadata: sizes.append(counted(metadata)) or sizes[-1])  # type: ignore[func-returns-value]
    monkeypatch.setattr(table, "BATCH_BYTES", 10_000)
    noise = [bytes((i * 7 + k * k * (i + 3)) % 251 for k in range(1_000)) for i in range(40)]
    rows = [{"n": f"{i}", "m": {"bytes": noise[i], "path": None}} for i in range(40)]
    files = {"data/test-0.parquet": parquet(*rows), "data/test-1.parquet": parquet({"n": "x", "m": rows[0]["m"]})}
    assert len(found(hub(corpus, "split: test", files))) == 41
    assert 1 <= sizes[0] <= 10


HOW = """
rows: {hub: {repo: org/faces, split: [train, test]}}
id: "{{ split }}-{{ n }}"
split: "{{ split }}"
media:
  face: {kind: image, bytes: picture}
  voice: {kind: audio, bytes: sound}
  clip: {kind: video, bytes: film}
targets: {mood: {labels: moods, label: "{{ code }}"}}
"""


def test_a_mock_is_a_snapshot_with_everything_in_its_cells(corpus: Builder, tmp_path: Path) -> None:
    import av
    import soundfile

    from tests.corpora import MOODS

    made = corpus(HOW, {}, "splits: {train: , test: }").spec
    roots = mock(made, tmp_path / "mock", {"moods": MOODS}).roots
    assert {path.name for path in (tmp_path / "mock/data").iterdir()} == {"train-0.parquet", "test-0.parquet"}
    reading = read(Source(spec=made, roots=roots, labels={"moods": MOODS}))
    assert {sample.gold.label for sample in reading.samples} == {"happy", "sad", "angry"}
    media = {medium.name: medium for medium in reading.samples[0].media}
    cells = {name: medium.cell.data for name, medium in media.items() if medium.cell is not None}
    assert prepare(media["face"], None, observe=True).facts.width == 32
    assert soundfile.info(io.BytesIO(cells["voice"])).duration == 0.5
    with av.open(io.BytesIO(cells["clip"])) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 4
