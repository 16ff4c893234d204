"""`tasks/<family>/<id>.yaml`: what is asked of which data, by which protocol it is scored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from affectbench.specs.base import Part, Spec
from affectbench.specs.dataset import DatasetSpec
from affectbench.types import Constrain, Form, MediaKind, ScoreBy, Settings


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


class MediaUse(Part):
    """How a task shows one medium: `box: crop` cuts the dataset's box out, `whole` leaves the picture as it is.

    So many `frames` may stand in for a video where a model takes pictures alone; left out, none may.
    """

    box: Literal["crop", "whole"] = "crop"
    frames: int | None = Field(default=None, ge=1, le=1024)


class Shots(Part):
    """Solved examples before the question: `n` from split `from`, evenly over the labels if `by: label`."""

    n: int = Field(ge=1, le=64)
    source: str = Field(alias="from")
    by: Literal["label"] | None = None
    seed: int = 0


class AnswerSpec(Part):
    """What an answer may be. `order: shuffled` gives each sample its own seeded order of options.

    `lexicon` says which free words mean the same; left out, metrics that need one use the project's own.
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


class Aggregate(Part):
    """How folds become one number: the mean of the folds' scores, or one score over all folds' samples."""

    folds: Literal["mean", "pooled"] = "pooled"


class TaskSpec(Spec):
    """A task file. Left out: the dataset's only split and target, all its media, the shipped prompt of the form."""

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
    protocol: str
    version: int = 1
    approximate: str | None = None
    cite: str | None = None

    @field_validator("main")
    @classmethod
    def _main_is_scored(cls, main: str | None, read: ValidationInfo) -> str | None:
        scored = read.data.get("metrics")
        if main is not None and scored and main not in scored:
            raise ValueError(f"{main!r} is not one of the metrics {', '.join(scored)}")
        return main

    @model_validator(mode="after")
    def _repeats_differ(self) -> TaskSpec:
        if self.repeats > 1 and self.settings.temperature == 0:
            raise ValueError("repeats ask the same question again: they need settings.temperature above 0")
        return self
