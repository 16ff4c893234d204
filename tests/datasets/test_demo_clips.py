"""Demo clips: balanced, a third in conflict with both labels kept, films with their sound, drawn once and whole."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import time
import wave
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from affectbench import datasets, faces, voices
from affectbench.catalogue import Catalogue
from affectbench.datasets import drawers
from affectbench.datasets.clip_files import mp4
from affectbench.datasets.demo import Demo, copy, materialise, rows, undrawn
from affectbench.datasets.demo_clips import FPS, FRAMES, LABELS, SECONDS, Clips
from affectbench.datasets.rows import demo_of
from affectbench.errors import UsageError
from affectbench.task import bind

SHIPPED = Clips(clips=252, train=21)
KILLED = """
import time
from affectbench import datasets
from affectbench.catalogue import Catalogue
from affectbench.datasets import drawers
from affectbench.task import bind

drawers.aside.workers = lambda: 2
with datasets.drawn_ahead([datasets.bind(bind(Catalogue(), "demo-clip"), {}, drawn=False)]):
    time.sleep(60)
"""


@cache
def split(name: str) -> list[dict]:
    return [row for row in rows(SHIPPED) if row["split"] == name]


@cache
def made(size: int = 96) -> dict[str, bytes]:
    """The files of the first seven test clips."""
    drawings = list(Clips(clips=21, train=0, size=size).drawings())[:14]
    return {path: draw() for path, draw in drawings}


def decoded(path: str) -> tuple[list[np.ndarray], np.ndarray]:
    """The pictures and the sound of a film."""
    with av.open(io.BytesIO(made()[path])) as film:
        pictures = [frame.to_ndarray(format="rgb24").astype(float) for frame in film.decode(video=0)]
    with av.open(io.BytesIO(made()[path])) as film:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    return pictures, sound


def waved(path: str) -> np.ndarray:
    with wave.open(io.BytesIO(made()[path])) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, voices.RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


# -- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "threes"), [("train", 1), ("test", 12)])
def test_faces_and_voices_are_balanced_where_they_agree_and_where_they_conflict(name: str, threes: int) -> None:
    for conflict, each in (("no", 2 * threes), ("yes", threes)):
        part = [row for row in split(name) if row["conflict"] == conflict]
        assert Counter(row["expression"] for row in part) == dict.fromkeys(LABELS, each)
        assert Counter(row["voice"] for row in part) == dict.fromkeys(LABELS, each)
        assert all((row["voice"] == row["expression"]) == (conflict == "no") for row in part)


def test_each_person_shows_each_expression_once_in_another_order() -> None:
    people: dict[str, list[str]] = {}
    for row in split("test"):
        people.setdefault(row["subject"], []).append(row["expression"])
    assert len(people) == 36
    assert all(sorted(shown) == sorted(LABELS) for shown in people.values())
    assert len({tuple(shown) for shown in people.values()}) == 36
    assert not people.keys() & {row["subject"] for row in split("train")}


def test_conflicts_differ_from_group_to_group() -> None:
    pairs = [(row["expression"], row["voice"]) for row in split("test") if row["conflict"] == "yes"]
    assert len(set(pairs)) > 14


def test_groups_are_balanced() -> None:
    for column, values in (("sex", faces.SEXES), ("age", faces.AGES), ("skin", faces.SKINS)):
        assert Counter(row[column] for row in split("test")) == dict.fromkeys(values, 252 // len(values))


def test_ids_are_unique_and_tell_nothing() -> None:
    every = split("train") + split("test")
    for column in ("id", "path", "voice_path"):
        assert len({row[column] for row in every}) == 273
        assert not [row for row in every if any(label in row[column] for label in (*LABELS, "yes"))]
    assert [row["id"] for row in split("test")][:2] == ["test_0000", "test_0001"]


def test_numbers_are_in_range_and_follow_their_own_modality() -> None:
    for row in split("test"):
        assert 0 < row["apex"] < FRAMES - 1
        assert -1 <= row["valence"] <= 1 >= abs(row["arousal"])
        mood = voices.MOODS[row["voice"]]
        assert np.sign(row["voice_valence"]) == np.sign(mood.valence)
        assert abs(row["voice_arousal"]) <= abs(mood.arousal)
    types = {name: {type(row[name]) for row in split("test")} for name in split("test")[0]}
    assert all(len(found) == 1 and found <= {str, float, list} for found in types.values())


def test_more_clips_leave_the_first_ones_as_they_are_and_seeds_give_others() -> None:
    few, many, other = (list(rows(Clips(clips=n, train=0, seed=seed))) for n, seed in ((21, 0), (42, 0), (21, 1)))
    assert many[:21] == few
    assert [row["valence"] for row in few] != [row["valence"] for row in other]


def test_rows_draw_nothing_and_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "film", lambda *_: pytest.fail("a row drew a film"))
    monkeypatch.setattr(voices, "speak", lambda *_: pytest.fail("a row spoke"))
    assert len(list(rows(SHIPPED))) == 273


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_film_has_pictures_and_sound_of_one_length() -> None:
    for path in [path for path in made() if path.endswith(".mp4")]:
        with av.open(io.BytesIO(made()[path])) as film:
            (video,), (audio,) = film.streams.video, film.streams.audio
            assert (video.frames, video.average_rate, video.width, video.height) == (FRAMES, FPS, 96, 96)
            assert (audio.rate, audio.channels) == (voices.RATE, 1)
            lengths = [float(stream.duration * stream.time_base) for stream in (video, audio)]
        assert lengths == pytest.approx([SECONDS, SECONDS], abs=1 / FPS)
        pictures, sound = decoded(path)
        assert len(pictures) == FRAMES
        assert len(sound) / voices.RATE == pytest.approx(SECONDS, abs=1 / FPS)


def test_the_sound_of_the_film_is_the_voice() -> None:
    for path in [path for path in made() if path.endswith(".mp4")][:3]:
        alone, inside = waved(path.replace(".mp4", ".wav")), decoded(path)[1]
        assert len(alone) == SECONDS * voices.RATE
        assert np.corrcoef(alone, inside[: len(alone)])[0, 1] > 0.99


def test_no_file_says_when_or_where_it_was_made() -> None:
    for path, data in made().items():
        with av.open(io.BytesIO(data)) as file:
            told = {**file.metadata, **{key: text for stream in file.streams for key, text in stream.metadata.items()}}
        assert not {"creation_time", "encoder", "title", "comment"} & set(told), path


def test_the_apex_of_a_film_is_its_most_intense_frame() -> None:
    """Of all decoded frames the one that the row names is nearest to the full expression at the head's own place."""
    films = [path for path in made() if path.endswith(".mp4")]
    clips = list(Clips(clips=21, train=0, size=96)._clips())[:7]
    for path, clip, row in zip(films, clips, split("test"), strict=False):
        full = dataclasses.replace(clip.moved, strength=(1.0,) * FRAMES, shut=(0.0,) * FRAMES)
        wanted = [np.asarray(picture, dtype=float) for picture in faces.film(clip.face, full, 96)]
        away = [np.abs(one - other).mean() for one, other in zip(decoded(path)[0], wanted, strict=True)]
        assert away[int(row["apex"])] < 6.0  # what compression takes
        if row["expression"] != "neutral":
            assert int(np.argmin(away)) == row["apex"], (path, row["expression"])


def test_the_same_seed_gives_the_same_bytes() -> None:
    for path, draw in list(Clips(clips=21, train=0, size=96).drawings())[:4]:
        assert draw() == made()[path]
    assert len(set(made().values())) == 14


def test_without_an_encoder_of_h264_there_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", av.codecs_available - {"libx264"})
    pictures = [Image.new("RGB", (64, 64), (shade * 9, 90, 60)) for shade in range(24)]
    film = mp4(pictures, FPS, np.zeros(32_000, np.float32), voices.RATE)
    assert film == mp4(pictures, FPS, np.zeros(32_000, np.float32), voices.RATE)
    with av.open(io.BytesIO(film)) as file:
        assert file.streams.video[0].codec_context.name == "mpeg4"
        reds = [frame.to_ndarray(format="rgb24")[:, :, 0].mean() for frame in file.decode(video=0)]
    assert reds == pytest.approx([shade * 9 for shade in range(24)], abs=8)


# -- drawing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let films be of two frames; returns a function that says how many were drawn."""
    drawn = []

    def short(face: faces.Face, moved: faces.Movement, size: int) -> list[Image.Image]:
        drawn.append(face)
        return [Image.new("RGB", (size, size))] * 2

    monkeypatch.setattr(faces, "film", short)
    monkeypatch.setattr(voices, "speak", lambda *_: np.zeros(2048, np.float32))
    return lambda: len(drawn)


def test_clips_are_drawn_once_and_again_when_missing(tmp_path: Path, quick: Callable[[], int]) -> None:
    wanted = Clips(clips=21, train=0, size=32)
    assert len(undrawn(wanted, tmp_path)) == 42
    materialise(wanted, tmp_path)
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    named = [tmp_path / str(row[column]) for row in rows(wanted) for column in ("path", "voice_path")]
    assert files == sorted(named)
    assert (undrawn(wanted, tmp_path), quick()) == ([], 21)
    first = {path: path.stat().st_mtime_ns for path in files}
    files[6].unlink()
    files[8].unlink()
    files[9].unlink()
    assert len(undrawn(wanted, tmp_path)) == 3
    materialise(wanted, tmp_path)
    kept = [path for i, path in enumerate(files) if i not in (6, 8, 9)]
    assert all(path.stat().st_mtime_ns == first[path] for path in kept)
    assert (undrawn(wanted, tmp_path), quick()) == ([], 23)


def test_clips_that_were_drawn_elsewhere_are_copied(tmp_path: Path, quick: Callable[[], int]) -> None:
    wanted = Clips(clips=21, train=0, size=32)
    copy(wanted, tmp_path / "first", tmp_path / "second")
    assert quick() == 21
    for files in wanted.files():
        for path in files:
            assert (tmp_path / "second" / path).read_bytes() == (tmp_path / "first" / path).read_bytes()


def test_a_changed_voice_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = SHIPPED.folder
    monkeypatch.setattr(voices, "VOICE_VERSION", voices.VOICE_VERSION + 1)
    assert SHIPPED.folder != before


def test_a_task_draws_what_it_shows_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: Callable[[], int]
) -> None:
    monkeypatch.setenv("AFFECTBENCH_CACHE", str(tmp_path))
    said: list[Sequence[str]] = []

    def drawing(files: Sequence[str]) -> Iterator[str]:
        said.append(files)
        return iter(files)

    for task in ("demo-clip", "demo-audiovisual"):
        wanted = bind(Catalogue(), task)
        bound = datasets.bind(wanted, {}, 5, drawn=False)
        for _ in range(2):
            datasets.draw(bound.source, bound.shown, drawing)
        assert len(bound.samples) == 5
        named = {media.path for sample in bound.samples for media in sample.media}
        assert set(said[-1]) <= named
        assert all((tmp_path / "demo" / path).is_file() for path in named)
    assert len(said) == 2  # nothing was missing the second time
    assert (quick(), {path[-4:] for path in said[0]}) == (len(list(tmp_path.rglob("*.mp4"))), {".mp4"})


def test_another_process_draws_what_later_tasks_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(drawers.aside, "workers", lambda: 2)
    bounds = [datasets.bind(bind(Catalogue(), task), {}, 3, drawn=False) for task in ("demo-compound", "demo-clip")]
    named = [tmp_path / "demo" / str(media.path) for b in bounds for sample in b.samples for media in sample.media]
    with datasets.drawn_ahead(bounds):
        until = time.monotonic() + 60
        while not all(path.is_file() for path in named):
            assert time.monotonic() < until
            time.sleep(0.05)
    assert sorted(path for path in (tmp_path / "demo").rglob("*") if path.is_file()) == sorted(named)


def test_a_process_that_draws_ahead_is_ended_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFECTBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(drawers.aside, "workers", lambda: 2)
    bound = datasets.bind(bind(Catalogue(), "demo-clip"), {}, drawn=False)
    with datasets.drawn_ahead([bound]):
        while not list(tmp_path.rglob("*.mp4")):
            time.sleep(0.01)
    number = len(list(tmp_path.rglob("*.mp4")))
    time.sleep(0.5)
    assert 1 <= number == len(list(tmp_path.rglob("*.mp4"))) < 252
    assert not list(tmp_path.rglob(".drawing-*"))


def test_nobody_draws_for_a_process_that_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTBENCH_CACHE", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", KILLED]) as process:
        while process.poll() is None and not list(tmp_path.rglob("*.mp4")):
            time.sleep(0.01)
        process.kill()
    time.sleep(1)  # one film is finished yet
    number = len(list(tmp_path.rglob("*.mp4")))
    time.sleep(1)
    assert 1 <= number == len(list(tmp_path.rglob("*.mp4"))) < 252
    assert not list(tmp_path.rglob(".drawing-*"))


def test_a_users_own_copy_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "own").mkdir()
    bound = datasets.bind(bind(Catalogue(), "demo-clip"), {"demo-clips": tmp_path / "own"}, 5)
    assert (len(bound.samples), list(tmp_path.rglob("*.mp4"))) == (5, [])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match=r"clips: 40 is not a multiple of 21; try 42"):
        Clips(clips=40)
    with pytest.raises(UsageError, match=r"train: -21"):
        Clips(clips=21, train=-21)
    with pytest.raises(UsageError, match="an even number"):
        Clips(clips=21, size=161)
    with pytest.raises(UsageError, match="no parameter 'faces'"):
        demo_of({"kind": "clips", "faces": "21"})
    with pytest.raises(UsageError, match="did you mean 'clips'"):
        demo_of({"kind": "clip", "faces": "21"})
    assert demo_of({"kind": "clips", "clips": "21"}) == Clips(clips=21)
    assert demo_of({"faces": "7"}) == Demo(faces=7)
