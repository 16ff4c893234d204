"""Pictures: the same from the same seed, and each action unit changes its own region."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from affectbench import faces
from affectbench.faces.drawing import amounts

# Shares of the picture: top and bottom of the band in which a unit must show most.
BROWS, EYES, NOSE, MOUTH = (0.24, 0.46), (0.42, 0.62), (0.34, 0.75), (0.6, 1.0)
REGION = {1: BROWS, 2: BROWS, 4: BROWS, 5: EYES, 6: EYES, 7: EYES, 9: NOSE} | dict.fromkeys(
    (10, 12, 14, 15, 17, 20, 23, 24, 25, 26), MOUTH
)

SCRIPT = """
import hashlib
from affectbench import faces
rng = faces.generator(5, 6)
print(hashlib.sha256(faces.face(faces.identity(rng), "fear", rng).png()).hexdigest())
"""


def person(seed: int = 3) -> faces.Identity:
    return faces.identity(faces.generator(seed))


def pixels(aus: dict[int, float], seed: int = 3) -> np.ndarray:
    return np.asarray(faces.draw(person(seed), aus), dtype=float).mean(axis=2)


def test_a_face_is_the_same_in_another_process() -> None:
    rng = faces.generator(5, 6)
    here = hashlib.sha256(faces.face(faces.identity(rng), "fear", rng).png()).hexdigest()
    there = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout.strip()
    assert there == here


def test_other_seeds_give_other_people_and_scenes() -> None:
    def drawn(*seeds: int) -> bytes:
        rng = faces.generator(*seeds)
        return faces.face(faces.identity(rng), "neutral", rng).png()

    assert len({drawn(1), drawn(2), drawn(1, 1)}) == 3


@pytest.mark.parametrize("unit", faces.NAMES)
@pytest.mark.parametrize("seed", [3, 8, 12])
def test_a_unit_changes_its_own_region_and_more_when_stronger(unit: int, seed: int) -> None:
    still, half, full = pixels({}, seed), pixels({unit: 2.0}, seed), pixels({unit: 5.0}, seed)
    change = np.abs(full - still)
    top, bottom = (round(share * change.shape[0]) for share in REGION[unit])
    assert change[top:bottom].sum() > 0.6 * change.sum()
    assert (np.abs(half - still) > 20).sum() >= 8  # an active unit is never hidden
    assert change.sum() > 1.2 * np.abs(half - still).sum()


@pytest.mark.parametrize("pair", [(1, 2), (6, 7), (10, 15), (23, 24), (25, 26), (15, 17), (12, 20)])
def test_units_of_one_region_do_not_look_alike(pair: tuple[int, int]) -> None:
    first, second = (pixels({unit: 4.0}) for unit in pair)
    assert (np.abs(first - second) > 40).sum() >= 20


@pytest.mark.parametrize("size", [32, 96, 129, 256])
def test_every_size_is_drawn(size: int) -> None:
    picture = faces.draw(person(), {12: 3.0}, size=size)
    assert picture.size == (size, size)
    assert picture.mode == "RGB"


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no action unit \[3\]"):
        faces.draw(person(), {3: 1.0})
    with pytest.raises(ValueError, match="from 0 to 5"):
        faces.draw(person(), {1: 5.5})
    with pytest.raises(ValueError, match="32 pixels"):
        faces.draw(person(), {}, size=16)


def test_amounts_grow_with_intensity() -> None:
    steps = [amounts({1: value / 2})[1] for value in range(11)]
    assert steps[0] == 0.0
    assert steps[-1] == 1.0
    assert steps == sorted(set(steps))


def test_a_clip_goes_from_neutral_to_apex() -> None:
    moved = {6: 3.0, 12: 5.0, 25: 4.0}
    frames = [np.asarray(frame, dtype=float) for frame in faces.clip(person(), moved, 5)]
    assert np.array_equal(frames[0], np.asarray(faces.draw(person(), {})))
    assert np.array_equal(frames[-1], np.asarray(faces.draw(person(), moved)))
    distance = [np.abs(frame - frames[0]).sum() for frame in frames]
    assert distance == sorted(set(distance))
    with pytest.raises(ValueError, match="two frames"):
        faces.clip(person(), moved, 1)
