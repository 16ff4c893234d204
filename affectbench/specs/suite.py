"""`tasks/suites/<id>.yaml`: tasks that are run and reported together."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydantic import Field, model_validator

from affectbench.specs.base import Part, Spec
from affectbench.specs.task import Names


class SuiteAggregate(Part):
    """One number of several tasks, called `name`: the mean or the sum of their main scores, as they are.

    A score of which less is better is not turned round. The interval supposes that the tasks share no samples.
    """

    name: str = Field(min_length=1)
    mean_of: Names = ()
    sum_of: Names = ()

    @model_validator(mode="after")
    def _one_way(self) -> SuiteAggregate:
        if bool(self.mean_of) == bool(self.sum_of):
            raise ValueError("give either mean_of or sum_of")
        if len(set(self.tasks)) < max(2, len(self.tasks)):
            raise ValueError("name at least two tasks, each once")
        return self

    @property
    def tasks(self) -> tuple[str, ...]:
        """The ids of the tasks that are counted."""
        return self.mean_of or self.sum_of


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
