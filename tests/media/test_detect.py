"""Faces are found where they are, in the same order each time; without OpenCV the extra is named."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from affectbench.errors import UsageError
from affectbench.media import detect


@pytest.fixture
def photo(shared: Path) -> np.ndarray:
    cv2 = pytest.importorskip("cv2", reason="the extra faces is not installed")
    if not hasattr(cv2, "CascadeClassifier"):
        pytest.skip("this version of OpenCV has no cascades")
    path = shared / "data/photo/astronaut.png"
    if not path.is_file():
        pytest.skip("the photograph is not here")
    return np.array(Image.open(path).convert("RGB"))


def test_the_face_of_a_photograph_is_found(photo: np.ndarray) -> None:
    """Her eyes are at (207, 102) and (240, 102), her mouth at (222, 145), by eye."""
    ((left, top, right, bottom),) = detect.haar(photo)
    assert left < 200 and right > 245 and top < 95 and 150 < bottom < 200
    assert 0.7 < (right - left) / (bottom - top) < 1.4


def test_the_largest_face_comes_first(photo: np.ndarray) -> None:
    face = photo[20:220, 120:330]
    small = np.array(Image.fromarray(face).resize((105, 100)))
    page = np.full((240, 700, 3), 200, dtype=np.uint8)
    page[20:120, 10:115], page[20:220, 240:450], page[130:230, 560:665] = small, face, small
    found = detect.haar(page)
    assert len(found) == 3
    assert 240 < found[0][0] < 450 and found[1][1] < 120 < found[2][1]
    with ThreadPoolExecutor(4) as threads:
        assert all(boxes == found for boxes in threads.map(detect.haar, [page] * 8))


def test_a_huge_picture_is_searched_smaller_and_its_boxes_are_its_own(photo: np.ndarray) -> None:
    (small,) = detect.haar(photo)
    (large,) = detect.haar(np.array(Image.fromarray(photo).resize((2560, 2560))))
    assert np.abs(np.array(large) / 5 - np.array(small)).max() < 8


def test_where_there_is_no_face_there_is_no_box(photo: np.ndarray) -> None:
    assert detect.haar(photo[400:, :100]) == []
    assert detect.haar(np.zeros((1, 1, 3), dtype=np.uint8)) == []


@pytest.mark.parametrize("found", [None, ModuleType("cv2")], ids=["absent", "version 5"])
def test_without_opencv_or_its_cascades_the_extra_is_named(
    found: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", found)  # None: the import fails
    monkeypatch.setattr(detect, "_own", type("Own", (), {})())
    detect.require.cache_clear()
    with pytest.raises(UsageError, match=r"pip install 'affectbench\[faces\]'"):
        detect.haar(np.zeros((50, 50, 3), dtype=np.uint8))
    detect.require.cache_clear()
