"""Fields: ids, splits, folds, groups, media, texts and the context of earlier rows."""

from __future__ import annotations

from typing import Any

import pytest

from affectbench.datasets.fields import band
from affectbench.errors import DataError
from affectbench.types import Box, Media, Sample
from tests.corpora import Builder

BASE = "rows: {table: {file: t.csv}}\nid: '{{ n }}'\n"


def sample(corpus: Builder, how: str, content: str, files: dict[str, str | bytes] | None = None) -> Sample:
    return corpus(BASE + how, {"t.csv": content, **(files or {})}).one()


def medium(
    corpus: Builder, how: str, content: str = "n,f\na,1\n", files: dict[str, str | bytes] | None = None
) -> Media:
    (found,) = sample(corpus, f"media: {{m: {{{how}}}}}", content, files).media
    return found


def test_a_sample_has_what_the_file_says(corpus: Builder) -> None:
    how = """
cluster: "c{{ f }}"
weight: "{{ f }}"
fold: {by: "{{ f }}", of: {one: ["1", "01"], two: ["2"]}}
group: {sex: {of: "{{ s }}", names: {0: male, 1: female}}, age: {of: "{{ a }}", bands: [30, 45]}, race: "{{ r }}"}
text: {utterance: "{{ t }}!"}
"""
    found = sample(corpus, how, "n,f,s,a,r,t\na,01,1,44,,hello\n")
    assert found == Sample(
        id="a",
        text={"utterance": "hello!"},
        group={"sex": "female", "age": "30-44"},
        cluster="c01",
        fold="one",
        weight=1.0,
    )


def test_an_empty_cluster_is_none(corpus: Builder) -> None:
    assert sample(corpus, "cluster: '{{ f }}'", "n,f\na, \n").cluster is None


@pytest.mark.parametrize(
    ("how", "content", "why"),
    [
        ("", "n,f\n,1\n", "id: '' cannot be an id"),
        (
            "fold: {by: '{{ f }}', of: {one: ['sub17']}}",
            "n,f\na,sub16\n",
            "fold: 'sub16' is in no fold; did you mean 'sub17'",
        ),
        ("group: {sex: {of: '{{ f }}', names: {male: m}}}", "n,f\na,mal\n", "no name for 'mal'; did you mean 'male'"),
        ("group: {age: {of: '{{ f }}', bands: [30]}}", "n,f\na,old\n", "group.age: 'old' is not a number"),
        ("weight: '{{ f }}'", "n,f\na,x\n", "weight: 'x' is not a number"),
        ("weight: '{{ f }}'", "n,f\na,-1\n", "weight: -1 is not above 0"),
        ("options: '{{ f.split(\";\") }}'", "n,f\na,x; y;x\n", "options: one stands twice"),
        ("options: '{{ f }}'", "n,f\na,x\n", "options: a list was expected"),
        ("text: {t: '{{ [f] }}'}", "n,f\na,x\n", "text.t: text was expected"),
        ("media: {m: {kind: image, path: a.png, box: {xyxy: '{{ f }}'}}}", "n,f\na,1 2 3\n", "a box is four numbers"),
        ("media: {m: {kind: video, path: a.mp4, start_s: '{{ f }}'}}", "n,f\na,x\n", "m: 'x' is not a number"),
    ],
)
def test_a_field_that_is_wrong_says_where(corpus: Builder, how: str, content: str, why: str) -> None:
    with pytest.raises(DataError, match=f"^t.csv:2: .*{why}"):
        sample(corpus, how, content)


def test_a_split_must_be_declared(corpus: Builder) -> None:
    top = "splits: {train: 2, test: }"
    made = corpus(f"{BASE}split: '{{{{ s }}}}'", {"t.csv": "n,s\na,train\nb,tset\n"}, top)
    with pytest.raises(DataError, match=r"t.csv:3: split: 'tset' is not declared; did you mean 'test'"):
        made.samples()


def test_a_fold_must_be_declared_where_folds_are(corpus: Builder) -> None:
    made = corpus(
        f"{BASE}fold: 'set{{{{ f }}}}'", {"t.csv": "n,f\na,1\nb,3\n"}, "splits: {all: }\nfolds: {set1: , set2: }"
    )
    with pytest.raises(DataError, match=r"t.csv:3: fold: 'set3' is not declared; did you mean"):
        made.samples()


@pytest.mark.parametrize(
    ("number", "cuts", "expected"),
    [
        (29, (30.0, 45.0, 60.0), "<30"),
        (30, (30.0, 45.0, 60.0), "30-44"),
        (45.5, (30.0, 45.0, 60.0), "45-59"),
        (60, (30.0, 45.0, 60.0), "60+"),
        (0.3, (0.25, 0.5), "0.25 to <0.5"),
    ],
)
def test_bands(number: float, cuts: tuple[float, ...], expected: str) -> None:
    assert band(number, cuts) == expected


# -- media -----------------------------------------------------------------------------------------------------------


def test_a_path_is_not_looked_for_until_it_is_needed(corpus: Builder) -> None:
    assert medium(corpus, "kind: image, path: 'x/{{ f }}.png'") == Media(
        name="m", kind="image", root="d", path="x/1.png"
    )


def test_of_several_paths_the_first_that_exists(corpus: Builder) -> None:
    how = "kind: video, path: ['a/{{ f }}.mp4', 'b/{{ f }}.mp4', 'c/{{ f }}.mp4']"
    assert medium(corpus, how).path == "a/1.mp4"
    assert medium(corpus, how, files={"b/1.mp4": "x", "c/1.mp4": "x"}).path == "b/1.mp4"


def test_a_star_stands_for_any_text_in_a_step(corpus: Builder) -> None:
    how = "kind: video, path: ['clip/part_*/{{ f }}.mp4', 'clip/{{ f }}.*']"
    assert medium(corpus, how).path == "clip/part_*/1.mp4"
    files: dict[str, Any] = {"clip/part_1/2.mp4": "x", "clip/1.avi": "x"}
    assert medium(corpus, how, files=files).path == "clip/1.avi"
    assert medium(corpus, how, files={"clip/part_2/1.mp4": "x", "clip/part_3/1.mp4": "x"}).path == "clip/part_2/1.mp4"


def test_a_star_in_a_cell_is_a_letter(corpus: Builder) -> None:
    assert medium(corpus, "kind: image, path: '{{ f }}'", "n,f\na,*.png\n", {"x.png": "x"}).path == "*.png"


def test_a_medium_can_be_absent(corpus: Builder) -> None:
    how = "media: {m: {kind: audio, path: a.wav, if: \"{{ f != 'face' }}\"}}"
    assert sample(corpus, how, "n,f\na,face\n").media == ()
    assert len(sample(corpus, how, "n,f\na,voice\n").media) == 1


def test_frames_times_and_tracks(corpus: Builder) -> None:
    how = "kind: video, path: a.avi, frame: '{{ f | int - 1 }}', start_s: '{{ f }}', end_s: 2.5, track: video, fps: 25"
    assert medium(corpus, how) == Media(
        name="m", kind="video", root="d", path="a.avi", frame=0, start_s=1.0, end_s=2.5, track="video", fps=25.0
    )


@pytest.mark.parametrize(
    ("how", "content", "expected"),
    [
        ("xyxy: '{{ f }}'", 'n,f\na,"(0, -1, 48.5, 48)"\n', (0, -1, 48.5, 48)),
        ("xyxy: '{{ f }}'", "n,f\na,1 2 3e1 4\n", (1, 2, 30, 4)),
        ("xywh: '{{ f }}'", "n,f\na,10 20 5 6\n", (10, 20, 15, 26)),
        ("xyxy: ['{{ l }}', '{{ t }}', '{{ r }}', '{{ b }}']", "n,t,l,r,b\na,1,2,3,4\n", (2, 1, 3, 4)),
        ("xyxy: '{{ [l, t, r, b] }}'", "n,t,l,r,b\na,1,2,3,4\n", (2, 1, 3, 4)),
    ],
)
def test_boxes(corpus: Builder, how: str, content: str, expected: tuple[float, ...]) -> None:
    found = medium(corpus, f"kind: image, path: a.png, box: {{{how}, unit: share}}", content)
    assert found.box == Box(xyxy=expected, unit="share")  # type: ignore[arg-type]


PIXELS = "kind: image, pixels: {column: f, size: [2, 1], mode: gray}"


def test_a_picture_that_is_a_cell(corpus: Builder) -> None:
    cell = medium(corpus, PIXELS, "n,f\na,0 255\n").cell
    assert cell is not None
    assert (cell.data, cell.size, cell.mode) == (b"\x00\xff", (2, 1), "gray")


@pytest.mark.parametrize(
    ("cell", "why"), [("1 2 3", "holds 3 pixels, not 2"), ("1 256", "no pixel from 0 to 255"), ("1 x", "no pixel")]
)
def test_a_broken_cell_is_the_samples_own_fault(corpus: Builder, cell: str, why: str) -> None:
    found = sample(corpus, f"media: {{m: {{{PIXELS}}}}}", f"n,f\na,{cell}\n")
    assert why in str(found.bad)
    assert found.media[0].cell is None


def test_known_bad_samples_stay_with_their_reason(corpus: Builder) -> None:
    made = corpus(
        BASE + "known_bad: {b: cannot be decoded}", {"t.csv": "n\na\nb\nc\n"}, "splits: {all: }\nknown_bad: {c: absent}"
    )
    assert [(found.id, found.bad) for found in made.samples()] == [
        ("a", None),
        ("b", "cannot be decoded"),
        ("c", "absent"),
    ]


# -- context ---------------------------------------------------------------------------------------------------------


def test_earlier_lines_of_the_same_dialogue_in_order(corpus: Builder) -> None:
    how = """
text:
  utterance: "{{ t }}"
  context: {previous: 2, by: [d], order: u, line: "{{ who }}: {{ t }}"}
"""
    content = "n,d,u,who,t\na,1,10,Joe,four\nb,1,2,Ann,two\nc,2,1,Bob,other\nd,1,3,Joe,three\ne,1,1,Ann,one\n"
    found = {s.id: s.text["context"] for s in corpus(BASE + how, {"t.csv": content}).samples()}
    assert found == {"a": "Ann: two\nJoe: three", "b": "Ann: one", "c": "", "d": "Ann: one\nAnn: two", "e": ""}
    with pytest.raises(DataError, match="order: u is 'x', not a number"):
        corpus(BASE + how, {"t.csv": "n,d,u,who,t\na,1,x,Joe,four\n"}).samples()


def test_without_an_order_the_order_of_the_file(corpus: Builder) -> None:
    how = "text: {context: {previous: 9, by: d, line: '{{ n }}'}}"
    found = corpus(BASE + how, {"t.csv": "n,d\nb,1\na,1\nc,1\n"}).samples()
    assert [s.text["context"] for s in found] == ["", "b", "b\na"]
