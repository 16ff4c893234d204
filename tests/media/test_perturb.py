"""Perturbations: exact, seeded, worse with each severity, and no more than what they say."""

from __future__ import annotations

import hashlib
import itertools
import math

import numpy as np
import pytest

from affectbench.errors import UsageError
from affectbench.faces.drawing import draw
from affectbench.faces.identity import generator, identity
from affectbench.media import perturb
from affectbench.media.perturb import EYES, MOUTH, PERTURBATIONS
from affectbench.views import Perturbation

PICTURES = sorted(name for name, change in PERTURBATIONS.items() if change.kind == "pictures")
SOUNDS = sorted(name for name, change in PERTURBATIONS.items() if change.kind == "sound")
STILL = [name for name in PICTURES if name != "frame-shuffle"]
RATE = 16_000


def face(size: int = 192) -> perturb.Picture:
    return np.array(draw(identity(generator(3)), {12: 4.0, 6: 3.0}, size=size).convert("RGB"))


def clip(n: int, size: int = 8) -> list[perturb.Picture]:
    """Frames that say in every pixel which one they are."""
    return [np.full((size, size, 3), number, dtype=np.uint8) for number in range(n)]


def tone(seconds: float = 1.0, loud: float = 0.2) -> perturb.Sound:
    return (loud * np.sin(2 * np.pi * 220 * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


def changed(name: str, severity: int, seed: int = 5) -> perturb.Picture:
    return perturb.pictures([face()], Perturbation(name=name, severity=severity), seed)[0]


def psnr(one: perturb.Picture, other: perturb.Picture) -> float:
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def order(n: int, severity: int, seed: int) -> list[int]:
    frames = perturb.pictures(clip(n), Perturbation(name="frame-shuffle", severity=severity), seed)
    return [int(frame[0, 0, 0]) for frame in frames]


def ratio(clean: np.ndarray, mixed: np.ndarray) -> float:
    noise = mixed.astype(np.float64) - clean
    return 10 * math.log10(float(np.sum(clean.astype(np.float64) ** 2) / np.sum(noise**2)))


# -- names -----------------------------------------------------------------------------------------------------------


def test_a_name_and_a_severity_are_read() -> None:
    assert perturb.find("blur:3") == Perturbation(name="blur", severity=3)
    assert {perturb.find(f"{name}:{s}").severity for name in PERTURBATIONS for s in range(1, 6)} == {1, 2, 3, 4, 5}
    assert (perturb.kind_of("noise"), perturb.kind_of("jpeg")) == ("sound", "pictures")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *(("blurr:2", "did you mean 'blur'"), ("", "there are blur"), ("blur", "1 to 5"), ("blur:0", "1 to 5")),
        *(
            ("blur:6", "1 to 5"),
            ("blur:", "1 to 5"),
            ("blur:2.5", "1 to 5"),
            ("blur:٣", "1 to 5"),
            ("blur:3\n", "1 to 5"),
        ),
    ],
)
def test_what_cannot_be_read_says_what_can(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        perturb.find(text)


def test_an_unknown_name_has_no_kind() -> None:
    with pytest.raises(UsageError, match="did you mean 'noise'"):
        perturb.kind_of("nois")


def test_every_change_says_what_it_does_and_has_five_amounts() -> None:
    for change in PERTURBATIONS.values():
        assert change.does and len(set(change.severities)) == 5


def test_a_change_of_the_wrong_kind_or_severity_is_refused() -> None:
    with pytest.raises(ValueError, match="no change of pictures"):
        perturb.pictures(clip(2), Perturbation(name="noise", severity=1), 0)
    with pytest.raises(ValueError, match="no change of sound"):
        perturb.sound(tone(), RATE, Perturbation(name="blur", severity=1), 0)
    for severity in (0, 6):
        with pytest.raises(ValueError, match="severity 1 to 5"):
            perturb.pictures(clip(2), Perturbation(name="blur", severity=severity), 0)
    with pytest.raises(ValueError, match="2 frames with 1 faces"):
        perturb.pictures(clip(2), Perturbation(name="blur", severity=1), 0, [None])


# -- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STILL)
def test_each_severity_of_a_picture_is_farther_from_it(name: str) -> None:
    quality = [psnr(face(), changed(name, severity)) for severity in range(1, 6)]
    assert all(worse < better for better, worse in itertools.pairwise(quality)), quality
    assert math.isfinite(quality[0])


@pytest.mark.parametrize("name", ["blur", "low-light", "jpeg"])
def test_the_worst_severity_can_still_be_read(name: str) -> None:
    """A linear fit of the worst picture's brightness explains most of the original's."""
    now, then = (picture.astype(float).mean(axis=2).ravel() for picture in (changed(name, 5), face()))
    assert np.corrcoef(now, then)[0, 1] ** 2 > 0.7


@pytest.mark.parametrize("size", [32, 64, 320])
@pytest.mark.parametrize("name", STILL)
def test_small_pictures_get_worse_too(name: str, size: int) -> None:
    small = face(192)[:: 192 // 32, :: 192 // 32] if size == 32 else face(size)
    what = [Perturbation(name=name, severity=s) for s in range(1, 6)]
    quality = [psnr(small, perturb.pictures([small], one, 0)[0]) for one in what]
    assert all(worse <= better for better, worse in itertools.pairwise(quality)), quality
    assert quality[4] < quality[0]


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_the_same_again_and_the_given_ones_stay(name: str) -> None:
    frames = [face(), face()[::-1].copy(), face()[:, ::-1].copy(), face()[:100, :150].copy()]
    before = [frame.copy() for frame in frames]
    what = Perturbation(name=name, severity=4)
    one, other = (perturb.pictures(frames, what, 7) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(before, frames, strict=True))
    assert all(frame.dtype == np.uint8 and not any(np.shares_memory(frame, old) for old in frames) for frame in one)
    if name != "frame-shuffle":
        assert [frame.shape for frame in one] == [frame.shape for frame in frames]
    assert perturb.pictures([], what, 7) == []


def test_less_light_is_half_the_light_a_stop() -> None:
    """A third computation, from the definition of sRGB: 188 is half of white's light, 137 a quarter."""
    white = np.full((1, 1, 3), 255, dtype=np.uint8)
    found = [
        int(perturb.pictures([white], Perturbation(name="low-light", severity=s), 0)[0][0, 0, 0]) for s in range(1, 6)
    ]
    assert found == [188, 137, 99, 71, 49]


def test_a_blur_follows_the_size_of_the_face_not_of_the_frame() -> None:
    what = Perturbation(name="blur", severity=5)
    sharp, (alone,) = face(), perturb.pictures([face()], what, 0)
    (known,) = perturb.pictures([face()], what, 0, [(48, 48, 96, 96)])
    assert psnr(sharp, known) > psnr(sharp, alone)


def test_the_bars_lie_where_the_shares_of_the_face_say() -> None:
    white = np.full((200, 300, 3), 255, dtype=np.uint8)
    for name, band in (("occlude-eyes", EYES), ("occlude-mouth", MOUTH)):
        (bar,) = perturb.pictures([white], Perturbation(name=name, severity=5), 0, [(100, 50, 200, 150)])
        rows, columns = np.nonzero((bar != 255).any(axis=2))
        assert (columns.min(), columns.max() + 1) == (round(100 + 100 * band[0]), round(100 + 100 * band[2]))
        assert (rows.min(), rows.max() + 1) == (round(50 + 100 * band[1]), round(50 + 100 * band[3]))
        assert len(rows) == (rows.max() + 1 - rows.min()) * (columns.max() + 1 - columns.min())


def test_without_a_face_it_fills_the_picture_but_for_a_margin() -> None:
    for name in ("occlude-eyes", "occlude-mouth"):
        what = Perturbation(name=name, severity=3)
        (taken,), (told,) = (perturb.pictures([face(200)], what, 0, f) for f in ((), [(20.0, 20.0, 180.0, 180.0)]))
        assert np.array_equal(taken, told)


def test_a_frame_without_a_face_takes_the_nearest_ones() -> None:
    white = [np.full((100, 100, 3), 255, dtype=np.uint8)] * 5
    left, right = (0.0, 0.0, 50.0, 50.0), (50.0, 50.0, 100.0, 100.0)
    bars = perturb.pictures(white, Perturbation(name="occlude-eyes", severity=1), 0, [None, left, None, right, None])
    assert [bool((bar[:50, :50] != 255).any()) for bar in bars] == [True, True, True, False, False]
    assert np.array_equal(bars[0], bars[1]) and np.array_equal(bars[3], bars[4])


def test_a_face_that_leaves_the_picture_is_covered_as_far_as_it_is_there() -> None:
    white = np.full((40, 40, 3), 255, dtype=np.uint8)
    what = Perturbation(name="occlude-mouth", severity=5)
    (half,) = perturb.pictures([white], what, 0, [(-20.0, -10.0, 20.0, 30.0)])
    assert (half[:, 25:] == 255).all() and (half != 255).any()
    (outside,) = perturb.pictures([white], what, 0, [(400.0, 400.0, 500.0, 500.0)])
    assert (outside == 255).all()


# -- order -----------------------------------------------------------------------------------------------------------


def test_shuffled_frames_are_the_same_frames_and_so_many_moved() -> None:
    for n, moved in ((8, [2, 3, 5, 6, 8]), (16, [3, 6, 10, 13, 16]), (2, [2] * 5)):
        for severity in range(1, 6):
            found = order(n, severity, seed=1)
            assert sorted(found) == list(range(n))
            assert sum(place != frame for place, frame in enumerate(found)) == moved[severity - 1]


def test_more_severity_moves_the_same_frames_and_others_and_farther() -> None:
    spread = np.zeros(5)
    for seed in range(50):
        orders = [order(16, severity, seed) for severity in range(1, 6)]
        out = [{place for place, frame in enumerate(found) if place != frame} for found in orders]
        assert all(few < more for few, more in itertools.pairwise(out))
        spread += [np.mean(np.abs(np.array(found) - np.arange(16))) for found in orders]
    assert (np.diff(spread) > 0).all()


def test_one_frame_cannot_be_shuffled() -> None:
    assert order(1, 5, seed=0) == [0]


def test_another_seed_gives_another_order() -> None:
    assert len({tuple(order(16, 5, seed)) for seed in range(20)}) == 20


# -- sound -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOUNDS)
def test_the_noise_is_as_loud_as_it_says(name: str) -> None:
    rng = np.random.default_rng(0)
    for clean in (tone(), tone(0.01), (rng.standard_normal(5000) * 0.03).astype(np.float32)):
        found = [ratio(clean, perturb.sound(clean, RATE, Perturbation(name=name, severity=s), 3)) for s in range(1, 6)]
        assert found == pytest.approx([20, 15, 10, 5, 0], abs=1e-3)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_loud_sound_is_made_quieter_and_not_clipped(name: str) -> None:
    """Divided by its own scale, a loud mixture is that of the same sound played quietly: the ratio is kept."""
    what = Perturbation(name=name, severity=5)
    loud, quiet = tone(loud=0.99), tone(loud=0.0099)
    mixed, small = (perturb.sound(clean, RATE, what, 3).astype(np.float64) for clean in (loud, quiet))
    scale = np.abs(small).max() * 100
    assert scale > 1.5
    assert np.abs(mixed).max() == pytest.approx(1.0, abs=1e-7)
    assert ratio(loud, mixed * scale) == pytest.approx(0, abs=1e-3)
    assert np.count_nonzero(np.abs(mixed) > 0.999) < 20


@pytest.mark.parametrize("name", SOUNDS)
def test_a_silent_sound_stays_silent(name: str) -> None:
    for n in (0, 1, 1000):
        mixed = perturb.sound(np.zeros(n, dtype=np.float32), RATE, Perturbation(name=name, severity=5), 0)
        assert mixed.dtype == np.float32 and mixed.shape == (n,) and not mixed.any()


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_is_the_same_again_and_the_given_one_stays(name: str) -> None:
    clean = tone()
    what = Perturbation(name=name, severity=2)
    one, again, other = (perturb.sound(clean, RATE, what, seed) for seed in (4, 4, 5))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert np.array_equal(clean, tone())


def levels(name: str) -> dict[int, float]:
    """Return how loud the noise is around some frequencies, in dB, at 0 dB of signal to noise."""
    clean = tone(4.0, loud=0.01)
    noise = perturb.sound(clean, RATE, Perturbation(name=name, severity=5), 0).astype(np.float64) - clean
    power = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    return {at: 10 * math.log10(power[(hertz > at * 0.9) & (hertz < at * 1.1)].mean()) for at in (125, 250, 2000, 4000)}


def test_white_noise_is_even_and_that_of_speech_falls() -> None:
    white, speech = levels("noise"), levels("speech-noise")
    assert max(white.values()) - min(white.values()) < 1.5
    assert abs(speech[125] - speech[250]) < 1.5
    assert 8 < speech[2000] - speech[4000] < 13


SEEN = {
    "blur": "a2ca219f02fd",
    "low-light": "9bcd66b7c9ea",
    "jpeg": "a7c3c01bcd8d",
    "occlude-eyes": "0e10336b6c23",
    "occlude-mouth": "6fb41c1ff3b2",
    "frame-shuffle": "e6a9659b3bfc",
    "noise": "8f5c1eaf474b",
    "speech-noise": "7744757af7a4",
}


def test_bytes_do_not_change_unseen() -> None:
    """What a record calls `blur:3` must stay what it was; a new version of Pillow or numpy that differs shows here."""
    frames = [np.add.outer(np.arange(48) * 3, np.arange(64) * 2)[..., None].repeat(3, axis=2).astype(np.uint8)] * 4
    frames = [np.roll(frame, number * 7, axis=1) for number, frame in enumerate(frames)]
    digests = {}
    for name in PERTURBATIONS:
        what = Perturbation(name=name, severity=3)
        made = perturb.pictures(frames, what, 1) if name in PICTURES else [perturb.sound(tone(0.1), RATE, what, 1)]
        data = b"".join(
            np.round(a * 32767).astype("<i2").tobytes() if a.dtype != np.uint8 else a.tobytes() for a in made
        )
        digests[name] = hashlib.sha256(data).hexdigest()[:12]
    assert digests == SEEN
