"""People and scenes: by seed, of the wanted groups, within the documented ranges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from affectbench import faces


def people(count: int = 200) -> list[faces.Identity]:
    return [faces.identity(faces.generator(seed)) for seed in range(count)]


def test_all_groups_and_hair_styles_occur() -> None:
    seen = people()
    assert {one.sex for one in seen} == set(faces.SEXES)
    assert {one.age for one in seen} == set(faces.AGES)
    assert {one.skin for one in seen} == set(faces.SKINS)
    assert len({one.style for one in seen}) >= 9
    assert 0.1 < sum(one.glasses for one in seen) / len(seen) < 0.35
    assert not any(one.stubble for one in seen if one.sex == "female")


@pytest.mark.parametrize("seed", range(20))
def test_a_wanted_group_is_kept(seed: int) -> None:
    one = faces.identity(faces.generator(seed), sexes=["male"], ages=["old"], skins=["dark"])
    assert (one.sex, one.age, one.skin) == ("male", "old", "dark")


def test_skin_groups_differ_in_brightness() -> None:
    brightness = {skin: [sum(one.tone) for one in people() if one.skin == skin] for skin in faces.SKINS}
    assert min(brightness["light"]) > max(brightness["medium"])
    assert min(brightness["medium"]) > max(brightness["dark"])


def test_scenes_keep_the_face_in_the_picture() -> None:
    for seed in range(200):
        scene = faces.scene(faces.generator(seed))
        assert abs(scene.yaw) <= 1 >= abs(scene.pitch)
        assert abs(scene.tilt) <= 10
        assert max(map(abs, scene.shift)) <= 0.05
        assert 0.8 <= scene.light <= 1.1


@pytest.mark.parametrize("style", ["long", "bob", "bun", "curly", "scarf", "short", "parted", "curls", "crop", "bald"])
def test_hair_leaves_brows_eyes_and_mouth_free(style: str) -> None:
    one = dataclasses.replace(faces.identity(faces.generator(1)), style=style)
    still, moved = (np.asarray(faces.draw(one, dict.fromkeys((2, 5, 26), level)), dtype=float) for level in (0.0, 5.0))
    change = np.abs(moved - still).mean(axis=2) > 30
    third = len(change) // 3
    assert change[third - 8 : third + 20].sum() > 60
    assert change[2 * third - 4 :].sum() > 60
