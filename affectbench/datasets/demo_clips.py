"""The demo's clips: drawn faces that move, with voices; in a third of them the two say different things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

import numpy as np

from affectbench import faces, voices
from affectbench.datasets.demo import SPLITS, Row
from affectbench.errors import UsageError

LABELS = faces.labels("basic")
PEOPLE = 3  # so many together have 21 clips; of 7 of them face and voice differ, each expression once in either
EACH = len(LABELS) * PEOPLE
FPS, FRAMES = 12, 24
SECONDS = FRAMES / FPS
SIZE = 160
KIND_SEED = 3  # beside those of the kinds of faces
CLIP_VERSION = 2  # raised whenever the same film and voice give other files


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """What `rows: {demo: {kind: clips, …}}` asks for.

    `clips` and `train` are the numbers of clips in the splits `test` and `train`, each a multiple of 21: three people
    show and speak every expression once, and of seven of these clips the voice says something else than the face.
    `size` is in pixels, and even.

    Raises:
        UsageError: numbers that cannot be.
    """

    clips: int
    kind: Literal["clips"] = "clips"
    seed: int = 0
    train: int = EACH
    size: int = SIZE

    def __post_init__(self) -> None:
        for name, number in (("clips", self.clips), ("train", self.train)):
            if number < 0 or number % EACH:
                nearest = max(1, round(number / EACH)) * EACH
                raise UsageError(f"demo rows: {name}: {number} is not a multiple of {EACH}; try {nearest}")
        if self.seed < 0 or self.size < 32 or self.size % 2:
            raise UsageError("demo rows: seed must be 0 or more and size an even number of 32 or more")

    @property
    def folder(self) -> str:
        """The folder of these clips below the data root; it names all that decides their bytes."""
        version = f"v{faces.DRAWING_VERSION}.{voices.VOICE_VERSION}.{CLIP_VERSION}"
        return f"clips-{self.seed}-{self.size}-{version}"

    def number(self, split: str) -> int:
        """How many clips a split has."""
        return self.clips if split == "test" else self.train

    def files(self) -> Iterator[tuple[str, ...]]:
        """Yield the paths of each clip's files, the film first; nothing is drawn."""
        for split in SPLITS:
            for turn in range(self.number(split)):
                yield tuple(f"{self.folder}/{split}/{split}_{turn:04d}.{end}" for end in ("mp4", "wav"))

    def rows(self) -> Iterator[Row]:
        """Yield one row a clip, first the split `train`, then `test`; nothing is drawn."""
        for (film, sound), clip in zip(self.files(), self._clips(), strict=True):
            yield {"id": film.rpartition("/")[2].removesuffix(".mp4"), "path": film, "voice_path": sound} | clip.row()

    def drawings(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Yield each file's path with the function that makes its bytes."""
        for (film, sound), clip in zip(self.files(), self._clips(), strict=True):
            heard = cache(clip.sound)  # both files hold it
            yield film, partial(_film, clip, self.size, heard)
            yield sound, partial(_sound, heard)

    def _clips(self) -> Iterator[Clip]:
        """Every clip. A clip does not depend on how many others there are."""
        for split in SPLITS:
            for group in range(self.number(split) // EACH):
                seeds = (self.seed, KIND_SEED, SPLITS.index(split), group)
                yield from _of_three(seeds, split, group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip: a face with its movement, a speaker, the emotion of the voice and how strong it is (0..1)."""

    split: str
    subject: str
    face: faces.Face
    moved: faces.Movement
    speaker: voices.Speaker
    emotion: str
    strength: float
    seeds: tuple[int, ...]

    def row(self) -> Row:
        """What is known of the clip, as a table would hold it: texts, numbers and lists of texts."""
        mood, (valence, arousal) = voices.MOODS[self.emotion], self.face.valence_arousal
        person = self.face.person
        return {
            "split": self.split,
            "subject": self.subject,
            "expression": self.face.expression,
            "voice": self.emotion,
            "conflict": "no" if self.emotion == self.face.expression else "yes",
            "apex": float(self.moved.apex),
            "aus": list(self.face.aus),
            "face_description": self.face.description,
            "voice_description": voices.description(self._spoken()[0]),
            "valence": valence,
            "arousal": arousal,
            "voice_valence": round(mood.valence * self.strength, 3),
            "voice_arousal": round(mood.arousal * self.strength, 3),
            "sex": person.sex,
            "age": person.age,
            "skin": person.skin,
        }

    def sound(self) -> Any:
        """The voice: float32 samples."""
        how, rng = self._spoken()
        return voices.speak(self.speaker, how, rng, SECONDS)

    def _spoken(self) -> tuple[voices.Delivery, np.random.Generator]:
        """How the voice speaks, and the chance that is left for the syllables."""
        rng = faces.generator(*self.seeds)
        return voices.delivery(self.emotion, rng, self.strength), rng


def _of_three(seeds: tuple[int, ...], split: str, group: int) -> Iterator[Clip]:
    """The 21 clips of three people, each in every expression, shuffled.

    Every expression conflicts with the voice of one of the three: these seven clips' voices are their expressions, each
    moved on to the next of a random round, so that none meets itself.
    """
    rng = faces.generator(*seeds)
    ring = rng.permutation(len(LABELS)).tolist()
    others = {LABELS[here]: LABELS[after] for here, after in zip(ring, ring[1:] + ring[:1], strict=True)}
    turns = {LABELS[place]: turn % PEOPLE for turn, place in enumerate(rng.permutation(len(LABELS)).tolist())}
    for third in range(PEOPLE):
        person = group * PEOPLE + third
        someone = _person(rng, person)
        speaker = voices.speaker(rng, sex=someone.sex, age=someone.age)
        for turn, place in enumerate(rng.permutation(len(LABELS)).tolist()):
            expression = LABELS[place]
            yield Clip(
                split=split,
                subject=f"{split}_person_{person:03d}",
                face=faces.face(someone, expression, rng),
                moved=faces.movement(rng, FRAMES),
                speaker=speaker,
                emotion=others[expression] if turns[expression] == third else expression,
                strength=round(0.8 + 0.2 * float(rng.random()), 3),
                seeds=(*seeds, third, turn),
            )


def _person(rng: np.random.Generator, turn: int) -> faces.Identity:
    """Somebody; sex, age and skin go round in turn, so that twelve people are balanced."""
    return faces.identity(
        rng, sexes=[faces.SEXES[turn % 2]], ages=[faces.AGES[turn // 2 % 3]], skins=[faces.SKINS[turn // 4 % 3]]
    )


def _film(clip: Clip, size: int, heard: Callable[[], Any]) -> bytes:
    from affectbench.datasets.clip_files import mp4  # it loads the encoders

    return mp4(faces.film(clip.face, clip.moved, size), FPS, heard(), voices.RATE)


def _sound(heard: Callable[[], Any]) -> bytes:
    from affectbench.datasets.clip_files import wav

    return wav(heard(), voices.RATE)
