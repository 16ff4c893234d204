"""`tasks/suites/<id>.yaml`: tasks that are run and reported together."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, model_validator

from affectbench.specs.base import Part, Spec
from affectbench.specs.task import Names

Kind = Literal["mean", "sum", "pooled"]


class SuiteAggregate(Part):
    """One number of several tasks, called `name`: the mean or the sum of their main scores, as they are, or pooled.

    `pooled_of`: each task counts by its samples, so that the number is the mean over the samples of all. `scale` with
    `rubrics` takes what a judge gave on that scale, by the one of these rubrics that the task names, in place of main
    scores. A score of which less is better is not turned round. The interval supposes that the tasks share no samples.
    """

    name: str = Field(min_length=1)
    mean_of: Names = ()
    sum_of: Names = ()
    pooled_of: Names = ()
    scale: str | None = None
    rubrics: Names = ()

    @model_validator(mode="after")
    def _one_way(self) -> SuiteAggregate:
        if sum(map(bool, (self.mean_of, self.sum_of, self.pooled_of))) != 1:
            raise ValueError("give either mean_of or sum_of or pooled_of")
        if bool(self.scale) != bool(self.rubrics):
            raise ValueError("a scale is one of rubrics: give both scale and rubrics, or neither")
        if len(set(self.tasks)) < max(2, len(self.tasks)):
            raise ValueError("name at least two tasks, each once")
        return self

    @property
    def tasks(self) -> tuple[str, ...]:
        """The ids of the tasks that are counted."""
        return self.mean_of or self.sum_of or self.pooled_of

    @property
    def kind(self) -> Kind:
        """How they are put together."""
        return "mean" if self.mean_of else "sum" if self.sum_of else "pooled"


class SuiteSpec(Spec):
    """A suite: task names or globs, in the order in which they run, and how some of them become one number."""

    tasks: Names = Field(min_length=1)
    aggregate: SuiteAggregate | None = None
    protocol: str | None = None
    cite: str | None = None

    @model_validator(mode="after")
    def _counts_its_own(self) -> SuiteSpec:
        for name in self.aggregate.tasks if self.aggregate else ():
            if not any(fnmatchcase(name, pattern) for pattern in self.tasks):
                raise ValueError(f"aggregate: {name!r} is not one of the suite's tasks")
        return self
