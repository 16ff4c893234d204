"""`tasks/suites/<id>.yaml`: tasks that are run and reported together."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from affectbench.specs.base import Spec
from affectbench.specs.task import _listed


class SuiteSpec(Spec):
    """A suite: task names or globs, in the order in which they run."""

    tasks: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(min_length=1)
    protocol: str | None = None
    cite: str | None = None
