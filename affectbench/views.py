"""How a task shows a medium: which frames, how large, which sound. It decides what a model is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Policy = Literal["uniform", "fps", "first", "middle", "keyframes", "apex", "times"]

FRAMES = 8
"""So many frames stand for a clip where neither the task nor the model's card says how many."""
SIDE = 768
"""The longest side of a clip's frame in pixels; larger ones are scaled down, smaller ones stay."""
RATE = 16_000
"""Sound is sent as mono at this rate in Hz."""
SECONDS = 300.0
"""So much of a sound is sent at most; the rest is cut off, which its facts say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Which frames of a clip are shown.

    `uniform`: the frames shown at the middles of `n` equal parts. `fps`: one each 1/`fps` seconds from the first on, at
    most `n`, else `n` uniform ones. `first`, `middle`: that one. `keyframes`: those of the file, at most `n`, else `n`
    of them evenly. `apex`: the one that the dataset names. `times`: those shown at `times` seconds from the beginning.
    """

    policy: Policy = "uniform"
    n: int | None = None
    fps: float | None = None
    times: tuple[float, ...] = ()

    @property
    def said(self) -> str:
        """The choice in words."""
        if self.policy in ("first", "middle", "apex"):
            return f"the {self.policy} frame"
        if self.policy == "times":
            return f"frames at {', '.join(f'{time:g}' for time in self.times)} s"
        if self.policy == "uniform":
            return f"{self.most} frames"
        return f"at most {self.most} {f'frames, one each {1 / self.fps:g} s' if self.fps else 'key frames'}"

    @property
    def most(self) -> int:
        """The most frames that this can be."""
        if self.policy in ("first", "middle", "apex"):
            return 1
        return len(self.times) if self.policy == "times" else self.n or FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """A named change for the worse, of one of five severities (1 to 5); see `media.perturb`."""

    name: str
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How one medium of a task is shown.

    `frames` None leaves a clip's number of frames to the model's card. `face` cuts a face out: the one with that id or
    chosen by that rule where there are several; `detect` finds faces where the dataset names none. `blank` keeps the
    medium's place, with nothing in it: black pictures of the same size, silence of the same length.
    """

    frames: Frames | None = None
    size: int | None = None
    crop: bool = True
    face: str = "largest"
    detect: Literal["haar"] | None = None
    margin: float = 0.0
    rate: int = RATE
    seconds: float = SECONDS
    blank: bool = False
    perturbed: Perturbation | None = None
