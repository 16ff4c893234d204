"""`leaderboard/reported/<id>.yaml`: the figures of one published table, as they are printed there."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from affectbench.errors import near
from affectbench.specs.base import Part, Spec
from affectbench.specs.task import Names
from affectbench.types import MediaKind

NONE = "~"
"""What stands in a row for a figure that is not printed."""
LARGEST = 10**9

Setting = Literal["zero-shot", "few-shot", "finetuned", "specialist", "human", "chance", "annotation"]
Confidence = Literal["verbatim", "secondary"]
Scale = Literal["percent", "plain"]
Samples = Literal["same", "other"]


def _figure(value: object) -> object:
    if value is None or value == NONE:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is no number ({NONE} stands for a figure that is not printed)") from None
    if not number.is_finite() or abs(number) > LARGEST or len(str(value)) > 20:
        raise ValueError(f"{str(value)[:40]!r} is no figure that a table prints")
    return number


Figure = Annotated[Decimal | None, BeforeValidator(_figure, json_schema_input_type=float | str | None)]

Sees = tuple[MediaKind | Literal["text"], ...]


class PublishedIn(Part):
    """Where the figures stand: what the source is called, and how to find it. `file` is a file of the `repository`.

    `read_in` says where they were read, if not in the source itself.
    """

    title: str = Field(min_length=1)
    year: int | None = Field(default=None, ge=1990, le=2100)
    venue: str | None = None
    arxiv: str | None = Field(default=None, pattern=r"^\d{4}\.\d{4,5}(v\d+)?$")
    doi: str | None = Field(default=None, pattern=r"^10\.\d{4,9}/\S+$")
    repository: str | None = Field(default=None, pattern=r"^[a-z0-9.-]+\.[a-z]{2,}/[\w./-]+$")
    revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{7,40}$")
    file: str | None = None
    table: str | None = None
    read_in: str | None = None


class Column(Part):
    """A column of the table: on which data, by which measure, as the source calls them (`dataset`, `split`, `printed`).

    It belongs to a task of ours (`task` and `metric`, with `label` for one label's value), or is a suite's published
    number (`suite`), or neither: then it is only shown as reported. `samples: other` says that it is not known to be of
    the samples that the task scores; `differs` says in what else it is another question. `scale: percent` is of 0 to
    100; of a plain number `range` gives the ends, where they are not the metric's own. `mean_of` names the columns of
    which it is the mean.
    """

    dataset: str = Field(min_length=1)
    printed: str = Field(min_length=1)
    split: str | None = None
    n: int | None = Field(default=None, ge=1)
    task: str | None = None
    metric: str | None = None
    label: str | None = None
    suite: str | None = None
    samples: Samples = "same"
    differs: str | None = None
    scale: Scale = "percent"
    range: tuple[float, float] | None = None
    better: Literal["high", "low", "neither"] = "high"
    mean_of: Names = ()

    @model_validator(mode="after")
    def _belongs_somewhere(self) -> Column:
        if (self.task is None) != (self.metric is None):
            raise ValueError("task and metric are given together or not at all")
        if self.task is not None and self.suite is not None:
            raise ValueError("give task or suite, not both")
        if self.label is not None and self.task is None:
            raise ValueError("label is one of a task's labels: it needs task and metric")
        if self.scale == "percent" and self.range is not None:
            raise ValueError("a percentage has the range 0 to 100: leave range out")
        if self.scale == "plain" and self.task is None and self.range is None:
            raise ValueError("a plain number needs its range, such as [0, 5] or [0, inf]")
        return self


class ReportedRow(Part):
    """A line of the table: a model, and its `figures` in the order of the columns.

    `sees` is what it was given: [] nothing, left out where the source does not say. `setting`, `sees` and `confidence`
    are the file's where they are left out. `doubt` says why nobody should believe the row before it is checked. `odd`
    names columns whose printed mean is not the mean of the row's other figures.
    """

    model: str = Field(min_length=1)
    parameters: str | None = None
    sees: Sees | None = None
    setting: Setting | None = None
    confidence: Confidence | None = None
    note: str | None = None
    doubt: str | None = None
    odd: Names = ()
    figures: tuple[Figure, ...]


class ReportedSpec(Spec):
    """A published table. `setting`, `sees`, `confidence` are those of its rows; `differs` holds for all columns.

    `confidence: verbatim` was read in the source, `secondary` in somebody's quotation of it.
    """

    source: PublishedIn
    confidence: Confidence = "verbatim"
    setting: Setting | None = None
    sees: Sees | None = None
    differs: str | None = None
    note: str | None = None
    columns: dict[str, Column] = Field(min_length=1)
    rows: tuple[ReportedRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_its_columns(self) -> ReportedSpec:
        named = [name for column in self.columns.values() for name in column.mean_of]
        named += [name for row in self.rows for name in row.odd]
        for name in named:
            if name not in self.columns:
                raise ValueError(f"there is no column {name!r}{near(name, self.columns)}")
        return self
