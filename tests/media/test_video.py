"""Clips: each decoder shows the same frames at the same times, upright, whatever the file is like."""

from __future__ import annotations

import gc
import importlib.util
import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectbench import media
from affectbench.errors import MediaError, UsageError
from affectbench.media import decoders, timeline, video
from affectbench.types import Box, Decoded, Face, Media
from affectbench.views import Frames, Perturbation, View
from tests.media.clips import FILMS, STEADY, UNEVEN, Film, film, number, picture

DECODERS = [
    pytest.param(name, marks=[] if importlib.util.find_spec(library) else pytest.mark.skip(f"{library} is not here"))
    for name, library in decoders.DECODERS.items()
]
Made = Callable[[str], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a function that makes a clip once."""
    folder = tmp_path_factory.mktemp("films")
    return cache(lambda name: film(folder / name, FILMS[name]))


def shown(path: Path, frames: Frames | None = None, **more: object) -> Decoded:
    """Decode a clip in this process, as a decoding process does."""
    view = View(frames=frames or Frames(n=8), **{k: v for k, v in more.items() if k in View.__slots__})  # type: ignore[arg-type]
    facts = {k: v for k, v in more.items() if k not in View.__slots__}
    return video.prepare(Media(name="clip", kind="video", path=path.name, **facts), path, view)  # type: ignore[arg-type]


def numbers(decoded: Decoded) -> list[int]:
    return [number(np.asarray(Image.open(io.BytesIO(data)))) for data in decoded.payload]


# -- decoders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("decoder", DECODERS)
def test_each_decoder_gives_the_frames_that_were_asked_for(decoder: str, name: str, made: Made) -> None:
    path = made(name)
    line = timeline.of_file(path)
    times = FILMS[name].times
    assert line.times == pytest.approx([(time - times[0]) / 1000 for time in times], abs=0.011)
    places = list(range(0, len(times), 3))
    if decoder != "pyav" and not line.plain:
        pytest.skip(f"{decoder} would show other frames of this file: it is left to PyAV")
    found = list(decoders.decode(decoder, path, line, places))
    assert [number(np.rot90(one, -FILMS[name].turned // 90)) for one in found] == places
    assert {one.shape for one in found} == {(*reversed(turned(name)), 3)}
    assert {one.dtype for one in found} == {np.dtype(np.uint8)}


def turned(name: str) -> tuple[int, int]:
    width, height = FILMS[name].size
    return (height, width) if FILMS[name].turned % 180 else (width, height)


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("decoder", DECODERS[1:])
def test_pixels_are_those_of_pyav(decoder: str, name: str, made: Made) -> None:
    path = made(name)
    line = timeline.of_file(path)
    if not line.plain:
        pytest.skip(f"{decoder} would show other frames of this file: it is left to PyAV")
    places = list(range(0, len(line.times), 5))
    pairs = zip(decoders.decode("pyav", path, line, places), decoders.decode(decoder, path, line, places), strict=True)
    apart = [float(np.abs(one.astype(int) - other).mean()) for one, other in pairs]
    assert max(apart) <= (0 if FILMS[name].codec == "libx264" else 2)


@pytest.mark.parametrize("name", ["turned.mp4", "on-its-head.mp4"])
def test_a_turned_clip_is_turned_once(name: str, made: Made) -> None:
    path = made(name)
    (found,) = decoders.decode("pyav", path, timeline.of_file(path), [5])
    as_filmed = np.rot90(picture(5), FILMS[name].turned // 90)
    assert found.shape == as_filmed.shape
    assert np.abs(found.astype(int) - as_filmed).mean() < 4


def test_a_long_stretch_is_leapt_over_to_the_same_frames(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mp4", Film(times=[20 * i for i in range(250)], options=(("g", "20"), ("bf", "2"))))
    line = timeline.of_file(path)
    assert len(line.keys) > 10
    assert [number(one) for one in decoders.decode("pyav", path, line, [3, 170, 171, 249])] == [3, 170, 171, 249]


def test_the_decoder_is_the_one_asked_for_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(decoders.ASKED, "decordd")
    with pytest.raises(UsageError, match="did you mean 'decord'"):
        decoders.asked()
    monkeypatch.setenv(decoders.ASKED, "torchcodec")
    monkeypatch.setattr(decoders.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install torchcodec"):
        decoders.asked()
    monkeypatch.delenv(decoders.ASKED)
    monkeypatch.undo()
    assert decoders.asked() == "pyav"


# -- which frames ----------------------------------------------------------------------------------------------------

ALL = len(STEADY)


@pytest.mark.parametrize(
    ("frames", "facts", "expected"),
    [
        (Frames(n=5), {}, [5, 15, 25, 35, 45]),
        (Frames(n=200), {}, list(range(ALL))),
        (Frames(policy="first"), {}, [0]),
        (Frames(policy="middle"), {}, [25]),
        (Frames(policy="fps", fps=2, n=100), {}, [0, 12, 25, 37]),
        (Frames(policy="fps", fps=25, n=4), {}, [6, 18, 31, 43]),
        (Frames(policy="times", times=(0.0, 0.119, 0.12, 99)), {}, [0, 2, 3, 49]),
        (Frames(policy="keyframes", n=50), {}, [0, 12, 24, 36, 48]),
        (Frames(policy="keyframes", n=2), {}, [12, 36]),
        (Frames(policy="apex"), {"apex": 17}, [17]),
        (Frames(policy="apex"), {"apex": 17, "count_from": 1}, [16]),
        (Frames(n=2), {"start_s": 1.0, "end_s": 1.4}, [27, 32]),
        (Frames(n=2), {"start_s": 1.0}, [31, 43]),
        (Frames(policy="first"), {"start_s": 1.01}, [25]),
        (Frames(n=100), {"first": 10, "last": 13}, [10, 11, 12, 13]),
        (Frames(n=100), {"first": 10, "last": 13, "count_from": 1}, [9, 10, 11, 12]),
        (Frames(n=100), {"start_s": 1.9, "end_s": 60.0}, [47, 48, 49]),
    ],
)
def test_policies(frames: Frames, facts: dict[str, float], expected: list[int], made: Made) -> None:
    decoded = shown(made("steady.mp4"), frames, **facts)
    assert numbers(decoded) == expected
    assert decoded.facts.times_s == tuple(round(STEADY[place] / 1000, 3) for place in expected)
    assert decoded.facts.frames == len(expected)
    assert (decoded.facts.width, decoded.facts.height, decoded.facts.decoder) == (160, 96, "pyav")


def test_uneven_times_are_those_at_which_frames_are_shown(made: Made) -> None:
    decoded = shown(made("uneven.mp4"), Frames(policy="times", times=(0.0, 0.3, 0.5, 1.2, 1.3, 1.89)))
    assert numbers(decoded) == [0, 3, 4, 6, 7, 10]
    assert decoded.facts.times_s == tuple(UNEVEN[i] / 1000 for i in (0, 3, 4, 6, 7, 10))


def test_one_frame_is_shown_once(made: Made) -> None:
    assert numbers(shown(made("one.mp4"), Frames(n=8))) == [0]


@pytest.mark.parametrize(
    ("frames", "facts", "kind"),
    [
        (Frames(policy="apex"), {}, "no_apex"),
        (Frames(policy="apex"), {"apex": 50}, "no_frame"),
        (Frames(policy="apex"), {"apex": 0, "count_from": 1}, "no_frame"),
        (Frames(n=2), {"start_s": 2.5}, "bad_segment"),
        (Frames(n=2), {"start_s": 1.0, "end_s": 1.0}, "bad_segment"),
        (Frames(n=2), {"first": 9, "last": 3}, "bad_segment"),
        (Frames(n=2), {"first": 9, "last": 99}, "no_frame"),
    ],
)
def test_what_is_not_in_the_clip(frames: Frames, facts: dict[str, float], kind: str, made: Made) -> None:
    with pytest.raises(MediaError) as caught:
        shown(made("steady.mp4"), frames, **facts)
    assert caught.value.kind == kind


# -- folders of frames -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose pictures are numbered from 41, every second, in names that do not sort by number."""
    for place in range(12):
        Image.fromarray(picture(place)).save(tmp_path / f"img{41 + 2 * place}.png")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / ".hidden.png").write_bytes(b"x")
    return tmp_path


def test_a_folder_is_a_clip_whose_pictures_go_out_as_they_are(folder: Path) -> None:
    decoded = shown(folder, Frames(n=3), fps=10)
    assert numbers(decoded) == [2, 6, 10]
    assert decoded.facts.times_s == (0.2, 0.6, 1.0)
    assert decoded.payload == tuple((folder / f"img{41 + 2 * place}.png").read_bytes() for place in (2, 6, 10))
    assert (decoded.facts.format, decoded.facts.seconds, decoded.facts.note) == ("png", 1.2, None)


def test_frames_of_a_folder_have_the_numbers_of_their_names(folder: Path) -> None:
    assert numbers(shown(folder, Frames(policy="apex"), apex=55)) == [7]
    assert numbers(shown(folder, Frames(n=50), first=43, last=47)) == [1, 2, 3]
    with pytest.raises(MediaError, match="numbered 41 to 63"):
        shown(folder, Frames(policy="apex"), apex=42)


def test_a_folder_without_a_rate_has_no_times(folder: Path) -> None:
    decoded = shown(folder, Frames(n=2))
    assert (numbers(decoded), decoded.facts.times_s, decoded.facts.seconds) == ([3, 9], None, None)


def test_a_folder_of_two_sizes_is_sent_in_one(folder: Path) -> None:
    Image.fromarray(picture(11, (320, 192))).save(folder / "img63.png")
    decoded = shown(folder, Frames(n=50))
    assert {Image.open(io.BytesIO(data)).size for data in decoded.payload} == {(160, 96)}


@pytest.mark.parametrize(("write", "kind"), [(None, "empty"), (b"no picture", "unreadable"), (b"", "truncated")])
def test_a_broken_folder(write: bytes | None, kind: str, tmp_path: Path) -> None:
    if write is not None:
        (tmp_path / "0.png").write_bytes(write)
    with pytest.raises(MediaError) as caught:
        shown(tmp_path, Frames(n=2))
    assert caught.value.kind == kind


@pytest.mark.parametrize("source", ["steady.mp4", "folder"])
def test_a_still_of_a_clip(source: str, folder: Path, made: Made) -> None:
    path, frame = (folder, 55) if source == "folder" else (made(source), 7)
    medium = Media(name="face", kind="image", path=path.name, frame=frame)
    decoded = media.prepare(medium, path, observe=True)
    assert numbers(decoded) == [7]
    assert decoded.facts.kind == "image"
    with pytest.raises(MediaError) as caught:
        media.prepare(replace(medium, frame=5000), path, observe=True)
    assert caught.value.kind == "no_frame"


# -- what is done to frames ------------------------------------------------------------------------------------------


def test_large_frames_are_scaled_down_which_is_said(made: Made) -> None:
    decoded = shown(made("steady.mp4"), size=80)
    assert (decoded.facts.width, decoded.facts.height) == (80, 48)
    assert decoded.facts.note == "scaled down from 160 × 96"


def test_a_box_is_cut_out_of_each_frame_unless_the_task_says_whole(made: Made) -> None:
    box = Box(xyxy=(0.25, 0.5, 0.75, 1.0), unit="share")
    cut = shown(made("steady.mp4"), box=box)
    assert (cut.facts.width, cut.facts.height, cut.facts.note) == (80, 48, "cropped to its box")
    assert shown(made("steady.mp4"), box=box, crop=False).facts.width == 160


FACES = (
    Face(id="left", box=Box(xyxy=(0, 20, 30, 60))),
    Face(id="mid", box=Box(xyxy=(70, 40, 90, 56))),
    Face(id="right", box=Box(xyxy=(100, 10, 160, 90))),
)


@pytest.mark.parametrize(
    ("face", "size"), [("largest", (60, 80)), ("centre", (20, 16)), ("left", (30, 40)), ("right", (60, 80))]
)
def test_of_several_faces_the_task_names_the_rule(face: str, size: tuple[int, int], made: Made) -> None:
    decoded = shown(made("steady.mp4"), faces=FACES, face=face)
    assert (decoded.facts.width, decoded.facts.height) == size
    assert decoded.facts.note is not None and "cropped to the face" in decoded.facts.note


def test_a_face_that_is_not_there(made: Made) -> None:
    with pytest.raises(MediaError, match="no face 'nobody'") as caught:
        shown(made("steady.mp4"), faces=FACES, face="nobody")
    assert caught.value.kind == "no_face"


def test_a_blank_clip_has_black_frames_of_the_same_size(made: Made) -> None:
    decoded = shown(made("steady.mp4"), blank=True)
    pictures = [np.asarray(Image.open(io.BytesIO(data))) for data in decoded.payload]
    assert len(pictures) == 8 and {p.shape for p in pictures} == {(96, 160, 3)} and not any(p.any() for p in pictures)


def test_a_perturbed_clip_is_the_same_in_every_run(made: Made) -> None:
    worse = Perturbation(name="jpeg", severity=4)
    one, again = (shown(made("steady.mp4"), perturbed=worse) for _ in range(2))
    plain = shown(made("steady.mp4"))
    assert one.facts.digest == again.facts.digest != plain.facts.digest
    assert one.facts.note == "jpeg:4"


def test_a_bar_lies_over_the_face_that_the_dataset_names(made: Made) -> None:
    bar = Perturbation(name="occlude-eyes", severity=5)
    box = Box(xyxy=(0, 48, 40, 96))
    covered = shown(made("steady.mp4"), Frames(policy="middle"), box=box, crop=False, perturbed=bar, size=80)
    plain = shown(made("steady.mp4"), Frames(policy="middle"), box=box, crop=False, size=80)
    one, other = (np.asarray(Image.open(io.BytesIO(found.payload[0]))).astype(int) for found in (covered, plain))
    changed = np.abs(one - other).max(axis=2) > 40
    assert changed[24:, :20].any() and not changed[:, 30:].any() and not changed[:16].any()


def test_equal_frames_have_equal_digests_whatever_decoded_them(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = shown(made("steady.mp4"))
    for name, library in decoders.DECODERS.items():
        if importlib.util.find_spec(library):
            monkeypatch.setenv(decoders.ASKED, name)
            decoded = shown(made("steady.mp4"))
            assert (decoded.facts.digest, decoded.facts.decoder) == (plain.facts.digest, name)


def test_digests_tell_clips_apart(made: Made) -> None:
    found = {shown(made(name)).facts.digest for name in FILMS}
    assert len(found) == len(FILMS) - 1  # the same frames in MP4 and in Matroska


# -- torn files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["steady.mp4", "steady.mkv", "steady.avi"])
def test_a_file_that_was_torn_off_is_told(name: str, made: Made, tmp_path: Path) -> None:
    data = made(name).read_bytes()
    torn = tmp_path / name
    for share in (0.3, 0.6, 0.8):
        torn.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(MediaError) as caught:
            shown(torn)
        assert caught.value.kind in ("truncated", "unreadable")


def test_a_sound_has_no_pictures(tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "a.wav", np.zeros(1600), 16_000)
    with pytest.raises(MediaError, match="no pictures") as caught:
        shown(tmp_path / "a.wav")
    assert caught.value.kind == "no_video"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="threads are counted in /proc")
def test_a_file_leaves_nothing_open(made: Made) -> None:
    """Each frame whose pixels FFmpeg converts may bring threads with it, which take memory as long as it is kept."""

    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    path = made("turned.mp4")
    shown(path)
    before = threads()
    gc.disable()
    try:
        for _ in range(10):
            shown(path)
        assert threads() <= before
    finally:
        gc.enable()
