"""data mock: synthetic copies that read back through the same reader, with every class in every split."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from affectbench.datasets import Source, check, fill, is_mock, mock, read
from affectbench.errors import DataError
from affectbench.labels import LabelSet
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Gold
from tests.corpora import MOODS, Builder

TOP = "splits: {train: 12271, test: 3068}"


def made(corpus: Builder, how: str, top: str = TOP) -> DatasetSpec:
    return corpus(how, {}, top).spec


def copied(spec: DatasetSpec, folder: Path, sets: dict[str, LabelSet] | None = None) -> Source:
    sets = sets or {"moods": MOODS}
    result = mock(spec, folder, sets)
    source = Source(spec=spec, roots=result.roots, labels=sets)
    report = check(source)
    assert report.problems == []
    assert (report.mock, is_mock(folder)) == (True, True)
    assert {split: found["found"] for split, found in report.splits.items()} == result.counts
    return source


TABLE = "rows: {table: {file: t.csv}}\nid: '{{ n }}'\n"
PICTURES = "media: {m: {kind: image, path: '{{ n }}.png'}}\n"
MOOD = "targets: {mood: {labels: moods, label: '{{ code }}'}}"


@pytest.mark.parametrize(
    "how",
    [
        "rows: {table: {file: a/t.csv}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {table: {file: t.lst, separator: ' ', columns: [n, s, x, code]}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {table: {file: 't_{s}.csv', columns_as: {N N: n}}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {table: {files: [training.tsv, testing.tsv]}}\nid: '{{ n }}'\n"
        "split: \"{{ {'training': 'train', 'testing': 'test'}[path | stem] }}\"",
        "rows: {table: {file: t.json, key: n, at: a.b}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {table: {file: t.jsonl}}\nid: '{{ n }}'\nsplit: \"{{ {'T': 'train', 'E': 'test'}[s] }}\"",
        "rows: {lines: {files: '{s}.txt', pattern: '{n},{code},{rest:*}'}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {lines: {files: '{s}/{n}.txt', columns: [a, code]}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {lines: {files: '{s}/{code}/{n}.txt', text: rest}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
        "rows: {lines: {files: '{s}.txt', pattern: '{n},{code}', count: many}}\n"
        "id: '{{ n }}-{{ many }}'\nsplit: '{{ s }}'",
        "rows: {table: {file: '{s}.csv', count: many}}\nid: '{{ n }}-{{ many }}'\nsplit: '{{ s }}'",
        "rows: {filenames: {files: '{s}/{code}_{n:4}.jpg'}}\nid: '{{ n }}'\nsplit: '{{ s }}'",
    ],
)
def test_every_kind_of_rows_comes_back(corpus: Builder, tmp_path: Path, how: str) -> None:
    media = "path: '{{ path }}'" if "filenames" in how else "path: 'pics/{{ n }}.png'"
    source = copied(made(corpus, f"{how}\nmedia: {{m: {{kind: image, {media}}}}}\n{MOOD}"), tmp_path / "mock")
    reading = read(source)
    for split in ("train", "test"):
        counts = Counter(s.gold.label for s, at in zip(reading.samples, reading.splits, strict=True) if at == split)
        assert set(counts) == {"happy", "sad", "angry"}
        assert len(set(counts.values())) == 1


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "mat", "npz", "pkl"])
def test_formats_of_the_data_extra(corpus: Builder, tmp_path: Path, kind: str) -> None:
    pytest.importorskip({"parquet": "pyarrow", "xlsx": "openpyxl", "mat": "scipy"}.get(kind, "numpy"))
    rows = f"table: {{file: t.{kind}}}"
    if kind in ("mat", "npz", "pkl"):
        rows = f"arrays: {{file: t.{kind}, format: {kind}, each: {{s: [train, test]}}}}"
    media = "bytes: picture" if kind == "parquet" else "path: '{{ n }}.png'"
    how = f"rows: {{{rows}}}\nid: '{{{{ n }}}}'\nsplit: '{{{{ s }}}}'\nmedia: {{m: {{kind: image, {media}}}}}\n{MOOD}"
    assert len(read(copied(made(corpus, how), tmp_path / "mock")).samples) == 24


@pytest.mark.parametrize("kind", ["npz", "pkl"])
@pytest.mark.parametrize("shape", ["each: {s: [train, test]}, entries: n", "columns: [n, s, code]"])
def test_arrays_in_other_shapes_come_back(corpus: Builder, tmp_path: Path, kind: str, shape: str) -> None:
    rows = f"arrays: {{file: t.{kind}, format: {kind}, {shape}}}"
    how = f"rows: {{{rows}}}\nid: '{{{{ n }}}}'\nsplit: '{{{{ s }}}}'\n{MOOD}"
    assert len(read(copied(made(corpus, how), tmp_path / "mock")).samples) == 24


def test_media_of_every_kind_can_be_opened(corpus: Builder, tmp_path: Path) -> None:
    how = """
rows: {table: {file: t.csv}}
id: "{{ n }}"
media:
  jpg:
    kind: image
    path: "a/{{ n }}.JPG"
    box: {xyxy: ["{{ l }}", "{{ t }}", "{{ r }}", "{{ b }}"]}
  tiff: {kind: image, path: "a/{{ n }}.tiff"}
  wav: {kind: audio, path: "b/{{ n }}.wav", start_s: "{{ begin }}", end_s: "{{ end }}"}
  mp4: {kind: video, path: "c/{{ n }}.mp4"}
  flv: {kind: video, path: "c/{{ n }}.flv", track: video}
  frames: {kind: video, path: "d/{{ n }}/", fps: 25}
  still: {kind: image, path: "c/{{ n }}.avi", frame: "{{ n | int }}"}
"""
    how += MOOD
    source = copied(made(corpus, how, "splits: {all: }"), tmp_path / "mock")
    import av
    import soundfile

    sample = read(source).samples[0]
    root = tmp_path / "mock"
    assert soundfile.info(root / "b/0.wav").duration == 1.5  # as long as the part that is named, and some more
    for name in ("c/0.mp4", "c/0.flv", "c/0.avi"):
        with av.open(str(root / name)) as clip:
            assert sum(1 for _ in clip.decode(video=0)) == 4
    assert len(list((root / "d/0").iterdir())) == 4
    assert sample.media[0].box is not None


def test_votes_sets_levels_folds_groups_and_pixels(corpus: Builder, tmp_path: Path) -> None:
    how = """
rows: {table: {file: t.csv}}
id: "{{ n }}"
cluster: "{{ who }}"
fold: {by: "{{ who }}", of: {one: ["1", "2"], two: ["3"]}}
group:
  sex: {of: "{{ sex }}", names: {0: male, 1: female}}
  age: {of: "{{ age }}", bands: [20, 40]}
  race: "{{ race }}"
media: {face: {kind: image, pixels: {column: px, size: [4, 4]}}}
targets:
  votes: {labels: moods, votes: {columns: {h: 1, s: 2, a: 3}}}
  best: {labels: moods, label: {from: votes, rule: majority}}
  set: {labels: moods, set: "{{ some.split('+') }}"}
  coded: {labels: moods, set: {columns: {u1: 1, u2: 2, u3: 3}}}
  va: {levels: {v: "{{ v }}", a: "{{ a5 }}"}, range: {v: [-1, 1], a: [0, 5]}}
  rated: {labels: moods, ratings: {columns: [ann, bob]}}
"""
    source = copied(made(corpus, how, "splits: {all: }"), tmp_path / "mock")
    best = read(Source(spec=source.spec, roots=source.roots, labels=source.labels, target="best")).samples
    assert {s.gold.label for s in best} == {"happy", "sad", "angry"}
    assert {s.fold for s in best} == {"one", "two"}
    assert {s.group["sex"] for s in best} == {"male", "female"}
    assert {s.group["age"] for s in best} == {"<20", "20-39", "40+"}
    coded = read(Source(spec=source.spec, roots=source.roots, labels=source.labels, target="coded")).samples
    assert all(any(label not in s.gold.labels for s in coded if s.gold.labels is not None) for label in MOODS.names)


def test_joins_pivots_and_patterns(corpus: Builder, tmp_path: Path) -> None:
    how = """
rows: {table: {file: votes.csv}}
derive: {parts: {pattern: "{actor:4}_{code}_{level}", of: "{{ clip }}"}}
join: {source: {table: {file: people.csv}}, by: {actor: ActorID}}
id: "{{ clip }}"
group: {sex: "{{ Sex }}"}
mock: {joined: {Sex: [Male, Female]}}
targets: {mood: {labels: moods, label: "{{ code }}"}}
"""
    source = copied(made(corpus, how, "splits: {all: }"), tmp_path / "joined")
    assert {s.group["sex"] for s in read(source).samples} == {"Male", "Female"}
    how = """
rows: {lines: {files: "SN{subject:3}/SN{:3}_au{au}.txt", pattern: "{frame},{level}"}}
pivot: {index: [subject, frame], columns: au, values: level}
id: "{{ subject }}-{{ frame }}"
fold: {by: "{{ subject }}", of: {1: ["003"], 2: ["013", "018"]}}
media: {face: {kind: image, path: "Left{{ subject }}_comp.avi", frame: "{{ frame | int - 1 }}"}}
targets:
  intensity: {labels: moods, levels: {au: [1, 2, 3]}, range: [0, 5]}
  occurrence: {labels: moods, set: {from: intensity, at_least: 2, of: [1, 3]}}
"""
    source = copied(made(corpus, how, "splits: {all: }"), tmp_path / "pivot")
    occurrence = read(Source(spec=source.spec, roots=source.roots, labels=source.labels, target="occurrence"))
    assert {s.fold for s in occurrence.samples} == {"1", "2"}
    assert (tmp_path / "pivot" / "SN003" / "SN000_au1.txt").is_file()


def test_hints_say_what_cannot_be_guessed(corpus: Builder, tmp_path: Path) -> None:
    how = """
rows: {table: {file: list.txt, separator: " ", columns: [name, code]}}
id: "{{ name | stem }}"
split: "{{ name.split('_')[0] }}"
targets: {mood: {labels: moods, label: "{{ code }}"}}
"""
    with pytest.raises(DataError, match=r"the mock of 'd' does not read back: .*(?s:.*)mock: \{columns"):
        mock(made(corpus, how), tmp_path / "without", {"moods": MOODS})
    how += "mock: {rows: 9, columns: {name: \"{{ split }}_{{ '%05d' % i }}.jpg\"}}"
    source = copied(made(corpus, how), tmp_path / "with")
    assert [s.id for s in read(source).samples][:2] == ["train_00000", "train_00001"]
    assert len(read(source).samples) == 18


def test_nested_hints(corpus: Builder, tmp_path: Path) -> None:
    how = """
rows: {table: {file: t.json}}
explode: person
id: "{{ pic }}-{{ person_index }}"
mock:
  columns:
    person:
      - [{mood: happy, age: "{{ i }}"}, {mood: sad, age: 1}]
      - [{mood: angry, age: 2}]
targets: {mood: {labels: moods, label: "{{ person.mood }}"}}
"""
    found = read(copied(made(corpus, how, "splits: {all: }"), tmp_path / "mock")).samples
    assert Counter(s.gold.label for s in found) == {"happy": 6, "sad": 6, "angry": 6}


def test_a_split_or_class_that_does_not_come_out_is_an_error(corpus: Builder, tmp_path: Path) -> None:
    how = TABLE + "where: \"{{ code != '3' }}\"\n" + MOOD
    with pytest.raises(DataError, match="no sample of 'all' is angry for the target 'mood'"):
        mock(made(corpus, how, "splits: {all: }"), tmp_path / "a", {"moods": MOODS})
    how = TABLE + "split: '{{ s }}'\nmock: {columns: {s: [train]}}\n" + MOOD
    with pytest.raises(DataError, match="no sample is in the split test"):
        mock(made(corpus, how), tmp_path / "b", {"moods": MOODS})


def test_of_withheld_gold_no_class_is_asked(corpus: Builder, tmp_path: Path) -> None:
    how = f"{TABLE}split: '{{{{ s }}}}'\n{PICTURES}targets: {{mood: {{labels: moods, withheld: label}}}}"
    source = copied(made(corpus, how), tmp_path / "mock")
    assert {sample.gold for sample in read(source).samples} == {Gold()}


def test_what_other_datasets_must_give_is_made_too(corpus: Builder, tmp_path: Path) -> None:
    how = TABLE + PICTURES.replace("{{ n }}.png", "other:{{ n }}.png") + MOOD
    source = copied(made(corpus, how, "splits: {all: }\nneeds: other"), tmp_path / "mock")
    assert source.roots["other"] == tmp_path / "mock" / "needs" / "other"
    assert (source.roots["other"] / "0.png").is_file()


def test_a_mock_is_marked_and_never_written_over_real_files(corpus: Builder, tmp_path: Path) -> None:
    spec = made(corpus, TABLE + MOOD, "splits: {all: 5}\nverified: false")
    copied(spec, tmp_path / "mock")
    mark = json.loads((tmp_path / "mock" / "MOCK.json").read_text())
    assert mark == {"mock": True, "dataset": "d", "layout": None, "verified": False, "counts": {"all": 12}}
    copied(spec, tmp_path / "mock")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "list.txt").write_text("precious")
    with pytest.raises(DataError, match="is not empty and no mock"):
        mock(spec, tmp_path / "real", {"moods": MOODS})
    assert not is_mock(tmp_path / "real")
    (tmp_path / "mock" / "MOCK.json").write_text("{")
    report = check(Source(spec=spec, roots={"d": tmp_path / "mock"}, labels={"moods": MOODS}))
    assert "MOCK.json is torn" in report.problems[0].message


def test_a_mock_is_the_same_each_time(corpus: Builder, tmp_path: Path) -> None:
    spec = made(
        corpus,
        TABLE + PICTURES + MOOD,
        "splits: {all: }",
    )
    contents = []
    for name in ("a", "b"):
        copied(spec, tmp_path / name)
        contents.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert contents[0] == contents[1]


def test_fill_adds_only_the_media_that_are_not_there(corpus: Builder) -> None:
    how = TABLE + PICTURES + MOOD
    made_ = corpus(how, {"t.csv": "n,code\na,1\nb,2\nc,3\n", "b.png": "mine"}, "splits: {all: 3}")
    source = made_.source()
    assert fill(source, limit=2) == 1
    assert (made_.root / "b.png").read_text() == "mine"
    assert not (made_.root / "c.png").exists()
    assert is_mock(made_.root)
    assert fill(source) == 1
    (made_.root / "b.png").unlink()
    assert fill(source) == 1
    report = check(source)
    assert (report.ok, report.mock, report.splits["all"]) == (True, True, {"declared": 3, "found": 3})


def test_fill_writes_nothing_outside_the_root(corpus: Builder, tmp_path: Path) -> None:
    how = TABLE + PICTURES.replace("{{ n }}.png", "{{ p }}") + MOOD
    made_ = corpus(how, {"t.csv": "n,code,p\na,1,../evil.png\n"}, "splits: {all: }")
    with pytest.raises(DataError, match="leaves the data root"):
        fill(made_.source())
    (tmp_path / "elsewhere").mkdir()
    (made_.root / "out").symlink_to(tmp_path / "elsewhere")
    (made_.root / "t.csv").write_text("n,code,p\na,1,out/evil.png\n")
    with pytest.raises(DataError, match="leaves the data root"):
        fill(made_.source())
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_rows_that_are_folders_become_folders_of_frames(corpus: Builder, tmp_path: Path) -> None:
    how = "rows: {filenames: {files: '{s}/{code}/{n}'}}\nid: '{{ n }}'\nsplit: '{{ s }}'\n"
    spec = made(corpus, f"{how}media: {{m: {{kind: video, path: '{{{{ path }}}}/'}}}}\n{MOOD}")
    source = copied(spec, tmp_path / "mock")
    for sample in read(source).samples:
        frames = sorted((tmp_path / "mock" / str(sample.media[0].path)).iterdir())
        assert len(frames) > 1 and all(frame.stat().st_size for frame in frames)


def test_a_mock_writes_nothing_through_a_link_that_leaves_its_folder(corpus: Builder, tmp_path: Path) -> None:
    spec = made(corpus, "rows: {table: {file: sub/t.csv, columns: [n]}}\nid: '{{ n }}'", "splits: {test: 5}")
    folder, outside = tmp_path / "mock", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "theirs").write_text("{}")
    (folder / "MOCK.json").symlink_to(outside / "theirs")
    (folder / "sub").symlink_to(outside)
    with pytest.raises(DataError, match="is a link that leaves the folder"):
        mock(spec, folder, {})
    assert [(file.name, file.read_text()) for file in outside.iterdir()] == [("theirs", "{}")]


def test_the_width_of_a_capture_in_a_layout_is_no_dataset(tmp_path: Path) -> None:
    block = {
        "rows": {"filenames": {"files": "a_{n:2}/{code}.jpg"}},
        "id": "{{ n }}-{{ code }}",
        "media": {"m": {"kind": "image", "path": "{{ path }}"}},
        "targets": {"mood": {"labels": "moods", "label": "{{ code }}"}},
    }
    spec = DatasetSpec.model_validate(
        {"id": "d", "splits": {"all": None}, "layouts": [{"when": "a_{:2}", "read": block}]}
    )
    reading = read(copied(spec, tmp_path / "mock"))
    assert reading.layout.when == "a_{:2}"
    assert len(reading.samples) >= 12
