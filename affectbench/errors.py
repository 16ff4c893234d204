"""Everything that affectbench raises on purpose.

AffectbenchError                exit 1: says what, where and what to do next
├── UsageError                  exit 2: a flag, a name or a combination that cannot be
├── FileErrors                  exit 2: one or more located faults in files that a person wrote
├── DataError                   exit 2: the user's data do not have the shape that the dataset file says
├── MediaError                  a picture, clip or sound that cannot be read; becomes the sample's `media_error`
├── FatalModelError             exit 1: no call to this model can succeed (key, name, library); stops the run
├── BudgetError                 exit 4: what the command may spend is spent; the same command goes on
└── RecordError                 exit 1: a run folder that cannot be written or does not belong to this run
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

MAX_MESSAGE = 1_000
MAX_SHOWN = 100
MAX_NAME = 100
MAX_NAMES = 2_000


class AffectbenchError(Exception):
    """Root of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 1


class UsageError(AffectbenchError):
    """The command or call asks for something that cannot be: exit 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in one file; `line` and `column` count from 1, 0 where they are not known."""

    path: str
    line: int
    column: int
    message: str

    def __post_init__(self) -> None:
        if len(self.message) > MAX_MESSAGE:  # it may quote what the file holds, which may be all of it
            object.__setattr__(self, "message", self.message[: MAX_MESSAGE - 1] + "…")

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.message}"


class FileErrors(AffectbenchError):
    """All faults of the files that were read, each with its place: exit 2."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        more = [f"and {len(self.faults) - MAX_SHOWN:,} more"] if len(self.faults) > MAX_SHOWN else []
        super().__init__("\n".join([*map(str, self.faults[:MAX_SHOWN]), *more]))


class DataError(AffectbenchError):
    """The bound data differ from what the dataset file describes: exit 2."""

    exit_code = 2


class MediaError(AffectbenchError):
    """A medium that is missing or cannot be decoded; `kind` is a short stable word such as `missing` or `truncated`."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class FatalModelError(AffectbenchError):
    """No call to this model can succeed; the run stops at once and says what to do."""


class BudgetError(AffectbenchError):
    """What the command may spend is spent: exit 4. Nothing is lost; the same command goes on."""

    exit_code = 4


class RecordError(AffectbenchError):
    """A run folder cannot be written, is locked, or belongs to another run."""


def near(name: str, known: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the nearest of `known`, or an empty string.

    Names that nobody types, and names behind the first thousands, are not looked at: it would take its time.
    """
    usual = dict.fromkeys(other for other in islice(known, MAX_NAMES) if len(other) <= MAX_NAME)
    close = difflib.get_close_matches(name, usual, n=2, cutoff=0.6) if len(name) <= MAX_NAME else []
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
