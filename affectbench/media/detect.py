"""Faces found where a dataset names none, by OpenCV's Haar cascade (extra `faces`)."""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectbench.errors import UsageError

CASCADE = "haarcascade_frontalface_default.xml"
SIDE = 800
"""Larger pictures are searched scaled down to this longest side."""
SMALLEST = 0.05
"""Faces below this share of the shorter side are not looked for, nor any below the 24 pixels of the cascade."""
STEP, NEIGHBOURS = 1.1, 5
EXTRA = "finding faces (detect: haar) needs OpenCV with its cascades, below version 5: pip install 'affectbench[faces]'"

_own = threading.local()
"""A cascade holds its state while it searches, so each thread has one."""


def haar(picture: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Return the frontal faces of an RGB picture (height, width, 3): left, top, right, bottom in pixels.

    The largest comes first, of equal ones the topmost, then the leftmost. Boxes reach from the forehead to the chin and
    lie inside the picture. Raises UsageError without OpenCV or its cascades.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    grey = Image.fromarray(picture).convert("L")
    if scale < 1:
        grey = grey.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.BOX)
    least = max(24, round(SMALLEST * min(grey.size)))
    found = _cascade().detectMultiScale(
        np.asarray(grey), scaleFactor=STEP, minNeighbors=NEIGHBOURS, minSize=(least, least)
    )
    across, down = width / grey.width, height / grey.height
    boxes = [
        (round(x * across), round(y * down), min(round((x + w) * across), width), min(round((y + h) * down), height))
        for x, y, w, h in np.asarray(found).reshape(-1, 4).tolist()
    ]
    return sorted(boxes, key=lambda box: ((box[0] - box[2]) * (box[3] - box[1]), box[1], box[0]))


@functools.cache
def require() -> Any:
    """Return OpenCV. Raises UsageError where it is not installed, or has no cascades (version 5 has none)."""
    try:
        import cv2
    except ImportError:
        raise UsageError(EXTRA) from None
    if not hasattr(cv2, "CascadeClassifier"):
        raise UsageError(EXTRA)
    return cv2


def _cascade() -> Any:
    if getattr(_own, "cascade", None) is None:
        cv2 = require()
        cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}{CASCADE}")
        if cascade.empty():
            raise UsageError(EXTRA)
        _own.cascade = cascade
    return _own.cascade
