"""`tasks/<family>/<id>.yaml`: what is asked of which data, by which protocol it is scored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from affectbench.specs.base import Part, Spec
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Constrain, Form, MediaKind, ScoreBy, Settings
from affectbench.views import FRAMES, RATE, SECONDS, Frames, View

MOST_FRAMES = 1024


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Subset(Part):
    """A part of the split: `n` samples chosen by `seed`, or each `every`-th; both within each value of `by`."""

    n: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=1)
    by: str | None = None
    seed: int = 0

    @model_validator(mode="after")
    def _one_way(self) -> Subset:
        if (self.n is None) == (self.every is None):
            raise ValueError("give either n or every")
        return self


class FramesOf(Part):
    """Which frames of a clip are shown: `uniform` so many, one each 1/`fps` s (at most `max`), so many `keyframes`,
    those at `times` in seconds; or `first`, `middle`, `apex`, written as one word.
    """

    uniform: int | None = Field(default=None, ge=1, le=MOST_FRAMES)
    fps: float | None = Field(default=None, gt=0, le=1000)
    max: int | None = Field(default=None, ge=1, le=MOST_FRAMES)
    keyframes: int | None = Field(default=None, ge=1, le=MOST_FRAMES)
    times: tuple[Annotated[float, Field(ge=0)], ...] = Field(default=(), max_length=MOST_FRAMES)
    only: Literal["first", "middle", "apex"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> FramesOf:
        given = [name for name in ("uniform", "fps", "keyframes", "times", "only") if getattr(self, name)]
        if len(given) != 1 or (self.max is not None and self.fps is None):
            raise ValueError("give one of `uniform`, `fps` (with `max`), `keyframes`, `times`, or first, middle, apex")
        return self

    def frames(self) -> Frames:
        """Return the choice as decoders take it."""
        if self.only:
            return Frames(policy=self.only)
        if self.times:
            return Frames(policy="times", times=self.times)
        if self.fps:
            return Frames(policy="fps", fps=self.fps, n=self.max or MOST_FRAMES)
        return Frames(policy="uniform" if self.uniform else "keyframes", n=self.uniform or self.keyframes)


def _frames(value: object) -> object:
    """Return the short forms, a number or a word, as the block that they stand for."""
    if isinstance(value, str) and value in ("first", "middle", "apex"):
        return {"only": value}
    if value == "keyframes":
        return {"keyframes": FRAMES}
    return {"uniform": value} if isinstance(value, str | int) else value


class MediaUse(Part):
    """How a task shows one medium: `box: crop` cuts the dataset's box out, `whole` leaves the picture as it is.

    So many `frames` may stand in for a video where a model takes pictures alone; left out, none may. A clip's frames
    are at most `size` pixels long, 768 if nothing else is said. Of several faces `face` names the one that is cut out:
    `largest`, `centre`, or a template-free id; `detect: haar` finds faces where the dataset has no boxes (extra faces),
    `margin` adds that share of the box on each side. Sound is sent at `rate` Hz, `seconds` of it at most.
    """

    box: Literal["crop", "whole"] = "crop"
    frames: Annotated[FramesOf, BeforeValidator(_frames, json_schema_input_type=int | str | FramesOf)] | None = None
    size: int | None = Field(default=None, ge=16, le=8192)
    face: str | None = None
    detect: Literal["haar"] | None = None
    margin: float = Field(default=0.0, ge=0, le=2)
    rate: int = Field(default=RATE, ge=4_000, le=192_000)
    seconds: float = Field(default=SECONDS, gt=0, le=3_600)

    def view(self) -> View:
        """Return how the medium is shown, as `media.prepare` takes it."""
        return View(
            frames=self.frames.frames() if self.frames else None, size=self.size, crop=self.box == "crop",
            face=self.face or "largest", detect=self.detect, margin=self.margin, rate=self.rate, seconds=self.seconds,
        )  # fmt: skip


class Shots(Part):
    """Solved examples before the question: `n` from split `from`, evenly over the labels if `by: label`."""

    n: int = Field(ge=1, le=64)
    source: str = Field(alias="from")
    by: Literal["label"] | None = None
    seed: int = 0


class AnswerSpec(Part):
    """What an answer may be. `order: shuffled` gives each sample its own seeded order of options.

    `lexicon` says which free words mean the same, or how a text names clues; left out, metrics that need one use the
    project's own. A text has `labels` if it ends with one of them. `extract` names the prompt of `prompts/extract/` by
    which a model takes the words out of a free answer beside the rules, `PROMPT` or `PROMPT@MODEL`, one or several; as
    a task's `judge` it changes neither the question nor the run.
    `constrain` holds the model to one of the options (`choice`) or to JSON of a fixed form; `score_by: likelihood`
    takes the option that the model finds likeliest in place of what it says. A model that cannot is refused.
    """

    form: Form | None = None
    labels: str | None = None
    letters: bool = False
    order: Literal["listed", "alphabetical", "shuffled"] = "listed"
    constrain: Constrain = "none"
    score_by: ScoreBy = "text"
    parser: str = "affectbench"
    lexicon: str | None = None
    extract: Names = ()


class Aggregate(Part):
    """How folds become one number: the mean of the folds' scores, or one score over all folds' samples."""

    folds: Literal["mean", "pooled"] = "pooled"


class TaskSpec(Spec):
    """A task file. Left out: the dataset's only split and target, all its media, the shipped prompt of the form.

    `judge` names who scores the answers beside the metrics, `RUBRIC` or `RUBRIC@MODEL`, one or several; without the
    model `--judge` says who. It changes neither the question nor the run: verdicts are kept apart. `main` is one of the
    metrics, or `RUBRIC/SCALE`, a scale of a rubric that `judge` names, or a sum of its scales.
    """

    family: str = ""
    dataset: str | DatasetSpec
    split: str | None = None
    fold: Names | None = None
    where: str | None = None
    subset: Subset | None = None
    target: str | None = None
    media: dict[str, MediaUse] | None = None
    sees: Annotated[tuple[MediaKind | Literal["text"], ...], BeforeValidator(_listed)] | None = None
    prompt: str | None = None
    shots: Shots | None = None
    answer: AnswerSpec = AnswerSpec()
    map: str | None = None
    settings: Settings = Settings()
    repeats: int = Field(default=1, ge=1, le=100)
    metrics: Names = Field(min_length=1)
    main: str | None = None
    aggregate: Aggregate = Aggregate()
    judge: Names = ()
    protocol: str
    version: int = 1
    approximate: str | None = None
    cite: str | None = None

    @field_validator("main")
    @classmethod
    def _main_is_scored(cls, main: str | None, read: ValidationInfo) -> str | None:
        scored = read.data.get("metrics")
        if main is not None and scored and main not in scored and "/" not in main:
            raise ValueError(f"{main!r} is not one of the metrics {', '.join(scored)}")
        return main

    @field_validator("judge")
    @classmethod
    def _judges_differ(cls, judge: tuple[str, ...]) -> tuple[str, ...]:
        for text in judge:
            if not text.partition("@")[0] or text.endswith("@"):
                raise ValueError(f"{text!r} is neither RUBRIC nor RUBRIC@MODEL")
        if len(set(judge)) < len(judge):
            raise ValueError("one judge is named twice")
        return judge

    @property
    def metric(self) -> str:
        """The metric by which the task ranks; where a judge's scale does, that which stands first beside it."""
        return self.metrics[0] if self.scale or not self.main else self.main

    @property
    def scale(self) -> tuple[str, str] | None:
        """The rubric and the scale of it that stand for the task; None where a metric does."""
        rubric, slash, scale = (self.main or "").rpartition("/")
        return (rubric, scale) if slash else None

    @model_validator(mode="after")
    def _repeats_differ(self) -> TaskSpec:
        if self.repeats > 1 and self.settings.temperature == 0:
            raise ValueError("repeats ask the same question again: they need settings.temperature above 0")
        return self
