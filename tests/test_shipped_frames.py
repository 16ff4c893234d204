"""Frames that shipped datasets name by number are the frames that a model is sent: pictures that say which they are."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectbench import datasets, media
from affectbench.catalogue import Catalogue
from affectbench.datasets.bound import Bound
from affectbench.errors import MediaError
from affectbench.task import bind
from affectbench.views import Frames, View
from tests.media.clips import Film, film, number, picture
from tests.test_shipped_units import CASME2, SAMM, bp4d, disfa, sheet
from tests.test_shipped_wild import veatic

KNOWN = Catalogue()
CODED = 50
"""Frames of the clips here."""


def bound(task: str, root: Path) -> Bound:
    found = bind(KNOWN, task)
    return datasets.bind(found, {found.dataset.id: root})


def sent(data: Bound, sample: str, frames: Frames | None = None) -> list[int]:
    """Return the numbers of the frames that a model is sent for a sample, read off the pictures."""
    (medium,) = next(one for one in data.samples if one.id == sample).media
    view = data.views[medium.name]
    view = replace(view, frames=frames) if frames else view
    decoded = media.prepare(medium, data.locate(medium), view or View(), observe=True)
    return [number(np.asarray(Image.open(io.BytesIO(one)).convert("RGB"))) for one in decoded.payload]


def pictures(folder: Path, name: str, numbers: Iterable[int], of: int = 0) -> None:
    """Write numbered pictures; the one called `of + k` shows k."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in numbers:
        Image.fromarray(picture(one - of)).save(folder / name.format(one))


@pytest.mark.parametrize("folder", ["Videos_LeftCamera", "Video_LeftCamera"])
def test_disfa_frame_one_of_the_labels_is_the_first_of_the_video(tmp_path: Path, folder: str) -> None:
    root = disfa(tmp_path, {"001": [{}] * CODED + [{12: 3}]})
    (root / folder).mkdir()
    made = Film(times=[50 * k for k in range(CODED)], codec="mpeg4", options=(), ticks=20)
    film(root / folder / "LeftVideoSN001_comp.avi", made)
    data = bound("disfa-full", root)
    for labelled in (1, 2, 21, CODED):
        assert sent(data, f"SN001-{labelled}") == [labelled - 1], "labels count from 1, the clip's pictures from 0"
    with pytest.raises(MediaError, match="there is no frame 51: the clip has 50"):
        sent(data, "SN001-51")
    assert [sent(bound("disfa", root), sample) for sample in ("SN001-1", "SN001-21", "SN001-41")] == [[0], [20], [40]]


@pytest.mark.parametrize("digits", ["{:04d}.jpg", "{:03d}.jpg", "{}.jpg"])
def test_bp4d_shows_the_picture_that_has_the_number_of_the_label(tmp_path: Path, digits: str) -> None:
    root = bp4d(tmp_path, {"F001_T1": {at: {} for at in (9, 97, 98)}, "M001_T8": {97: {}}})
    pictures(root / "F001/T1", digits, (8, 9, 10, 96, 97, 98, 99))
    pictures(root / "M001/T8", digits, (196, 197), of=100)
    pictures(root / "M001/T8", digits, (97,), of=1)
    data = bound("bp4d-full", root)
    assert [sent(data, f"F001-T1-{at}") for at in (9, 97, 98)] == [[9], [97], [98]]
    assert sent(data, "M001-T8-97") == [96], "of that person and that situation"


def casme2(root: Path, rows: Sequence[tuple[str, int, int | str, int]]) -> Path:
    coded = [["01", name, None, onset, apex, offset, None, "12", "happiness"] for name, onset, apex, offset in rows]
    return sheet(root / "CASME2-coding-20140508.xlsx", [[*CASME2, "Estimated Emotion"], *coded])


@pytest.mark.parametrize(
    ("above", "name", "there"),
    [
        ("CASME2-RAW", "img{}.jpg", range(1, 131)),
        ("Cropped", "reg_img{}.jpg", range(96, 121)),
        ("CASME2_RAW_selected", "img{}.jpg", range(96, 121)),
    ],
)
def test_casme2_shows_from_onset_to_offset_and_the_apex(tmp_path: Path, above: str, name: str, there: range) -> None:
    root = casme2(tmp_path, [("EP02_01f", 96, 107, 120), ("EP03_02", 96, "/", 103)])
    for clip in ("EP02_01f", "EP03_02"):
        pictures(root / above / "sub01" / clip, name, there)
    data = bound("casme2", root)
    assert sent(data, "sub01-EP02_01f", Frames(n=25)) == list(range(96, 121)), "99 is followed by 100, not by 10"
    assert sent(data, "sub01-EP02_01f", Frames(policy="first")) == [96]
    assert sent(data, "sub01-EP02_01f", Frames(policy="apex")) == [107]
    assert sent(data, "sub01-EP03_02") == list(range(96, 104)), "both ends are shown"
    with pytest.raises(MediaError, match="names no apex"):
        sent(data, "sub01-EP03_02", Frames(policy="apex"))


def test_casme2_without_the_onset_in_the_folder_is_an_error(tmp_path: Path) -> None:
    root = casme2(tmp_path, [("EP02_01f", 46, 59, 86)])
    pictures(root / "Cropped/sub01/EP02_01f", "reg_img{}.jpg", range(1, 42))
    with pytest.raises(MediaError, match="no frame 46: its pictures are numbered 1 to 41"):
        sent(bound("casme2", root), "sub01-EP02_01f")


@pytest.mark.parametrize(("first", "name"), [(5562, "006_{:05d}.jpg"), (9990, "006_{:04d}.jpg")])
def test_samm_counts_frames_through_the_recording(tmp_path: Path, first: int, name: str) -> None:
    rows = [["SAMM", *[None] * 10]] * 13 + [[*SAMM, "Action Units", "Estimated Emotion", "Objective Classes"]]
    coded = [6, "006_1_2", 1, first, first + 12, first + 24, 25, "Micro - 1/2", "AU12", "Happiness", 1]
    root = sheet(tmp_path / "SAMM_Micro_FACS_Codes_v2.xlsx", [*rows, coded])
    pictures(root / "006/006_1_2", name, range(first - 2, first + 30), of=first - 2)
    for file in (root / "006/006_1_2").iterdir():
        Image.open(file).convert("L").save(file)  # the cameras were grey
    data = bound("samm", root)
    assert sent(data, "006_1_2", Frames(n=25)) == list(range(2, 27)), "9999 is followed by 10000"
    assert sent(data, "006_1_2", Frames(policy="apex")) == [14]
    assert sent(data, "006_1_2") == [3, 6, 9, 12, 16, 19, 22, 25], "each is the middle of an eighth"


@pytest.mark.parametrize(
    ("above", "clip"), [("SMIC_all_cropped", "reg_image{:06d}.bmp"), ("SMIC_all_raw", "image{:06d}.jpg")]
)
def test_smic_folders_are_shown_whole(tmp_path: Path, above: str, clip: str) -> None:
    root = tmp_path / "smic"
    pictures(root / above / "HS/s1/micro/negative/s1_ne_01", clip, range(308_866, 308_886), of=308_866)
    data = bound("smic", root)
    assert sent(data, "hs-s1_ne_01", Frames(n=20)) == list(range(20))


@pytest.mark.parametrize("folder", [None, "frame", "frames"])
def test_veatic_shows_the_rated_frame_and_the_twenty_before_it(tmp_path: Path, folder: str | None) -> None:
    root = veatic(tmp_path, {"7": 100})
    if folder:
        pictures(root / folder / "7", "{}.jpg", range(100))
    else:
        (root / "video").mkdir()
        film(root / "video/7.mp4", Film(times=[40 * k for k in range(100)]))
    data = bound("veatic", root)
    assert sent(data, "7/90", Frames(n=21)) == list(range(70, 91)), "row 90, from 0, is frame 90"
    assert sent(data, "7/90") == [72, 76, 80, 84, 88]
