"""data check: counts, labels and files against what the dataset file declares."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from affectbench.datasets import Report, check, mock_media
from affectbench.datasets.check import opened
from affectbench.types import Media
from tests.corpora import Builder, Corpus

HOW = """
rows: {table: {file: t.csv}}
id: "{{ n }}"
split: "{{ s }}"
fold: "{{ s }}"
known_bad: {d: black}
media: {face: {kind: image, path: "pics/{{ n }}.png"}}
targets:
  mood: {labels: moods, label: "{{ code }}", missing: ["9"]}
  va: {levels: {v: "{{ code }}"}, range: [1, 9]}
"""
TOP = "splits: {train: 1, test: }\nfolds: {train: 1, test: 3}"
CONTENT = "n,s,code\na,train,1\nb,test,2\nc,test,9\nd,test,2\n"


def png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 4), shade).save(buffer, "png")
    return buffer.getvalue()


def complete(corpus: Builder, **other: bytes) -> Corpus:
    pictures = {"a": png(1), "b": png(2), "c": png(3), **other}
    files = {f"pics/{name}.png": content for name, content in pictures.items()}
    return corpus(HOW, {"t.csv": CONTENT, **files}, TOP)


def kinds(report: Report) -> dict[str, int]:
    return {problem.kind: problem.n for problem in report.problems}


def test_a_complete_corpus_has_no_problem(corpus: Builder) -> None:
    report = check(complete(corpus).source())
    assert report.ok
    assert report.splits == {"train": {"declared": 1, "found": 1}, "test": {"declared": None, "found": 3}}
    assert report.folds["test"] == {"declared": 3, "found": 3}
    assert report.targets == {"mood": {"happy": 1, "sad": 2, "-": 1}, "va": {"v": 4, "-": 0}}
    assert report.media == {"files": 3, "cells": 0, "known_bad": 1}
    assert (report.rows, report.verified, report.mock, report.layout) == (4, True, False, None)
    assert json.loads(json.dumps(report.as_json()))["ok"] is True


def test_counts_that_differ_are_told(corpus: Builder) -> None:
    made = corpus(HOW, {"t.csv": CONTENT.replace("a,train,1\n", "")}, TOP)
    report = check(made.source(), media=False)
    assert [problem.examples for problem in report.problems] == [["train: 0 found, 1 declared"]] * 2


def test_files_that_are_missing_broken_doubled_or_outside(corpus: Builder, tmp_path: Path) -> None:
    made = complete(corpus, b=b"no picture", c=b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    (made.root / "pics" / "a.png").unlink()
    report = check(made.source())
    assert kinds(report) == {"missing": 1, "unreadable": 2}
    said = [example for problem in report.problems for example in problem.examples]
    assert said[0] == "d:pics/a.png"
    assert any("Git LFS pointer" in example for example in said)
    assert all(str(made.root) not in example for example in said)
    doubled = complete(corpus, b=png(1), c=png(3), a=png(1))
    assert kinds(check(doubled.source())) == {"doubled": 1}
    (tmp_path / "x.png").write_bytes(png(9))
    (doubled.root / "pics" / "b.png").unlink()
    (doubled.root / "pics" / "b.png").symlink_to(tmp_path / "x.png")
    assert kinds(check(doubled.source())) == {"outside": 1}
    (doubled.root / "pics" / "c.png").write_bytes(b"")
    assert "an empty file" in str(check(doubled.source()).problems)


def test_codes_that_are_unknown_are_told_and_the_rest_is_still_checked(corpus: Builder) -> None:
    made = corpus(HOW, {"t.csv": CONTENT.replace("b,test,2", "b,test,7")}, TOP)
    report = check(made.source(), media=False)
    assert kinds(report) == {"gold": 1}
    assert "t.csv:3: target 'mood': '7' is not a label of 'moods'" in report.problems[0].examples[0]
    assert report.targets == {"va": {"v": 4, "-": 0}}


def test_a_root_that_cannot_be_read_is_one_problem(corpus: Builder) -> None:
    made = corpus(HOW, {}, TOP)
    for roots, why in (({}, "not bound"), ({"d": made.root}, "nothing there is called 't.csv'")):
        report = check(made.source(roots=roots))
        assert kinds(report) == {"data": 1}
        assert why in report.problems[0].message
        assert not report.ok


def test_a_known_bad_sample_that_is_not_there_is_told(corpus: Builder) -> None:
    pictures = {f"pics/{name}.png": png(shade) for shade, name in enumerate("abc")}
    made = corpus(HOW, {"t.csv": CONTENT, **pictures}, TOP + "\nknown_bad: {zz: torn}")
    assert [(p.kind, p.examples) for p in check(made.source()).problems] == [("known_bad", ["zz"])]


def test_withheld_gold_is_counted_as_none(corpus: Builder) -> None:
    how = "rows: {table: {file: t.csv}}\nid: '{{ n }}'\ntargets: {t: {labels: moods, withheld: label}}"
    report = check(corpus(how, {"t.csv": "n\n1\n2\n"}).source())
    assert report.targets == {"t": {"-": 2}} and report.ok


def test_a_sample_without_any_label_is_counted_as_such(corpus: Builder) -> None:
    how = "rows: {table: {file: t.csv}}\nid: '{{ n }}'\ntargets: {t: {labels: open, set: {columns: [a, b]}}}"
    made = corpus(how, {"t.csv": "n,a,b\n1,1,0\n2,0,0\n"})
    assert check(made.source()).targets["t"] == {"a": 1, "none": 1, "-": 0}


CLIPS = """
rows: {table: {file: t.csv}}
id: "{{ n }}"
split: "{{ s }}"
media:
  clip: {kind: video, path: "clips/{{ n }}.{{ end }}"}
  sound: {kind: audio, path: "clips/{{ n }}.{{ end }}"}
  voice: {kind: audio, path: "voices/{{ n }}.wav"}
targets: {mood: {labels: moods, label: "{{ code }}"}}
"""


@pytest.mark.parametrize("ending", mock_media.CLIPS)
def test_clips_and_sounds_are_opened_by_their_headers(corpus: Builder, ending: str) -> None:
    content = "n,s,code,end\n" + "".join(f"{n},test,1,{ending}\n" for n in "abcd")
    clip, voice = mock_media.clip(ending, 1), mock_media.sound("WAV", 1)
    voices = {f"voices/{n}.wav": mock_media.stamped(voice, n) for n in "ab"} | {"voices/c.wav": voice[:30]}
    clips = {f"clips/{n}.{ending}": mock_media.stamped(clip, n) for n in "abc"} | {f"clips/d.{ending}": clip[:60]}
    silent = io.BytesIO()
    soundfile.write(silent, np.zeros(0), 16_000, format="WAV")
    made = corpus(CLIPS, {"t.csv": content, **clips, **voices, "voices/d.wav": silent.getvalue()}, "splits: {test: 4}")
    (problem,) = check(made.source()).problems
    assert (problem.kind, problem.n) == ("unreadable", 3)
    names = sorted(example.split(": ")[0] for example in problem.examples)
    assert names == [f"d:clips/d.{ending}", "d:voices/c.wav", "d:voices/d.wav"]
    assert all(str(made.root) not in example for example in problem.examples)


def test_a_file_without_the_track_that_is_wanted_is_told(tmp_path: Path) -> None:
    (tmp_path / "voice.mp4").write_bytes(mock_media.sound("WAV", 1))
    for kind, why in (("video", "the file has no video track"), ("audio", "")):
        media = Media(name="m", kind=kind, path="voice.mp4")  # type: ignore[arg-type]
        assert opened(tmp_path / "voice.mp4", media) == why
    (tmp_path / "frame.mp4").write_text("no clip")
    assert opened(tmp_path / "frame.mp4", Media(name="m", kind="image", path="frame.mp4", frame=3))
