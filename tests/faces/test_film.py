"""Films: from rest to one apex and back, with the person, the scene and the pixels of the still pictures."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectbench import faces


def a_face(expression: str, seed: int = 3) -> faces.Face:
    rng = faces.generator(8, seed)
    return faces.face(faces.identity(rng), expression, rng)


def still(moved: faces.Movement) -> faces.Movement:
    return dataclasses.replace(moved, sway=((0.0, 0.0),) * len(moved.sway))


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(12, 60))
def test_a_movement_rises_to_one_apex_and_falls(seed: int, frames: int) -> None:
    moved = faces.movement(faces.generator(seed), frames)
    assert len(moved.strength) == len(moved.shut) == len(moved.sway) == frames
    assert moved.strength.index(1.0) == moved.apex
    assert moved.strength.count(1.0) == 1
    before, after = moved.strength[: moved.apex + 1], moved.strength[moved.apex :]
    assert list(before) == sorted(before)
    assert list(after) == sorted(after, reverse=True)
    assert moved.strength[0] == moved.strength[-1] == 0.0
    assert max(np.abs(np.diff(moved.strength))) <= 0.51
    assert not any(shut and strength for shut, strength in zip(moved.shut, moved.strength, strict=True))
    assert np.abs(moved.sway).max() <= 1.0


def test_movements_differ_and_some_blink() -> None:
    seen = [faces.movement(faces.generator(seed)) for seed in range(60)]
    assert len({moved.apex for moved in seen}) > 5
    assert 0.3 < sum(max(moved.shut) == 1.0 for moved in seen) / 60 < 0.8
    assert faces.movement(faces.generator(4)) == faces.movement(faces.generator(4))


@pytest.mark.parametrize("expression", [name for name in faces.BASIC if name != "neutral"])
def test_the_apex_is_the_most_intense_frame(expression: str) -> None:
    face, moved = a_face(expression), still(faces.movement(faces.generator(2)))
    frames = [np.asarray(frame, dtype=float) for frame in faces.film(face, moved, 64)]
    change = [np.abs(frame - frames[0]).sum() for frame in frames]
    assert int(np.argmax(change)) == moved.apex
    assert change[moved.apex] > 1.02 * sorted(change)[-2]


def test_frames_are_the_pictures_of_the_same_person_and_scene() -> None:
    face, moved = a_face("fear"), still(faces.movement(faces.generator(7)))
    frames = list(faces.film(face, moved, 100))
    scene = dataclasses.replace(face.scene, noise=0.0)
    drawn = faces.draw(face.person, face.intensities, scene=scene, size=104).crop((2, 2, 102, 102))
    assert np.array_equal(np.asarray(frames[moved.apex]), np.asarray(drawn))
    assert all(frame.size == (100, 100) and frame.mode == "RGB" for frame in frames)
    again = list(faces.film(face, moved, 100))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(frames, again, strict=True))


def test_the_head_sways_a_little() -> None:
    face, moved = a_face("neutral"), faces.movement(faces.generator(1))
    frames = [np.asarray(frame, dtype=float) for frame in faces.film(face, moved, 64)]
    steps = [np.abs(after - before).mean() for before, after in itertools.pairwise(frames)]
    assert 0.0 < max(steps) < 12.0


def test_a_blink_shuts_the_eyes_and_nothing_else() -> None:
    face = a_face("neutral")
    wide, half, shut = (np.asarray(faces.draw(face.person, {}, shut=amount), dtype=float) for amount in (0.0, 0.5, 1.0))
    assert np.array_equal(wide, np.asarray(faces.draw(face.person, {})))
    change = np.abs(shut - wide).sum(axis=2)
    rows = change.sum(axis=1)
    assert rows[int(0.4 * 128) : int(0.65 * 128)].sum() > 0.98 * rows.sum() > 0
    assert 0 < np.abs(half - wide).sum() < change.sum()
    white = (wide.min(axis=2) > 225).sum()
    assert (shut.min(axis=2) > 225).sum() < white


def test_a_film_needs_frames() -> None:
    with pytest.raises(ValueError, match="at least 12 frames, not 5"):
        faces.movement(faces.generator(1), 5)
