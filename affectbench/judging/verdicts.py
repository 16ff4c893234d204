"""`verdicts/<rubric>@<judge>.jsonl`: append-only, one line a verdict; what is there is not asked again.

A verdict holds for one rubric, one judge and one answer, all three by their digests. So a changed rubric, judge or
answer finds no verdict and is asked; the lines of before stay, and serve again if the change is taken back.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

from pydantic import ValidationError

from affectbench.errors import RecordError
from affectbench.types import Problem, Response, Stored

FOLDER = "verdicts"


class Verdict(Stored):
    """One line of `verdicts/<rubric>@<judge>.jsonl`: how a judge scored one answer, or why there is no score.

    It holds for one rubric, one judge and one answer: `rubric_digest`, `judge_identity` and `judged` (a digest of what
    the judge was shown: the answer and, where the rubric sees them, question and gold). `flags` name the ways in which
    the answer speaks to its judge. `scores`: scale → score; None where `status` is `judge_error`. A reply that is
    `cached` was paid for before; its tokens, seconds and cost are those of then. Of a pair: `against` is the id of the
    other run, `swapped` whether its answer was shown first, `own` the digest of what was judged without its answer.
    `shown`: name and digest of each medium that the judge saw.
    Who takes words out of answers leaves `words` in place of `scores`; `rubric` is the id of the prompt then.
    """

    id: str
    repeat: int = 0
    status: Literal["ok", "judge_error"]
    rubric: str
    rubric_digest: str
    judge: str
    judge_identity: str
    revision: str | None = None
    judged: str
    shown: tuple[str, ...] = ()
    against: str | None = None
    swapped: bool = False
    own: str | None = None
    scores: dict[str, float] | None = None
    words: tuple[str, ...] | None = None
    rule: str | None = None
    flags: tuple[str, ...] = ()
    error: Problem | None = None
    cached: bool = False
    response: Response | None = None


class Key(NamedTuple):
    """What a verdict is of."""

    id: str
    repeat: int
    rubric: str
    judge: str
    judged: str

    @classmethod
    def of(cls, verdict: Verdict) -> Key:
        """Return the key of a verdict."""
        return cls(verdict.id, verdict.repeat, verdict.rubric_digest, verdict.judge_identity, verdict.judged)


def read(path: Path) -> dict[Key, Verdict]:
    """Return the last verdict of each key, in the order of the lines; a file that is not there holds none.

    Lines that are no verdicts are passed over.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from None
    found: dict[Key, Verdict] = {}
    for verdict in _verdicts(lines):
        found.pop(Key.of(verdict), None)
        found[Key.of(verdict)] = verdict
    return found


class On(NamedTuple):
    """Of what a verdict is, whatever the answer was then."""

    id: str
    repeat: int
    rubric: str
    judge: str


def by_answer(known: Mapping[Key, Verdict]) -> dict[On, list[Verdict]]:
    """Return verdicts by what they are of, in the order of the lines."""
    found: dict[On, list[Verdict]] = {}
    for key, verdict in known.items():
        found.setdefault(On(*key[:4]), []).append(verdict)
    return found


def served(given: Iterable[Verdict]) -> dict[str, int]:
    """Return which model ids replied, and how often."""
    replies = (verdict.response for verdict in given)
    return dict(sorted(Counter(reply.served for reply in replies if reply and reply.served).items()))


def usage(given: Iterable[Verdict]) -> dict[str, int]:
    """Return the tokens of the replies."""
    replies = (verdict.response for verdict in given)
    known = [reply.usage for reply in replies if reply and reply.usage]
    return {name: sum(getattr(one, name) or 0 for one in known) for name in ("prompt_tokens", "completion_tokens")}


def _verdicts(lines: list[bytes]) -> Iterator[Verdict]:
    for line in lines:
        if line.endswith(b"\n"):
            try:
                yield Verdict.model_validate_json(line)
            except ValidationError:
                continue


@dataclass
class Verdicts:
    """The one writer of a file of verdicts, as a context manager; the run's own lock keeps others away."""

    path: Path
    known: dict[Key, Verdict] = field(default_factory=dict)
    _file: int = -1
    _size: int = 0

    def __enter__(self) -> Self:
        with _explained(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            data = self.path.read_bytes()
            self._size = data.rfind(b"\n") + 1
            if self._size < len(data):
                os.ftruncate(self._file, self._size)
        self.known = read(self.path)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            os.fsync(self._file)
        finally:
            os.close(self._file)

    def append(self, verdict: Verdict) -> None:
        """Hand one line to the operating system. On failure the file is cut back to its last whole line."""
        data = verdict.model_dump_json(exclude_none=True).encode() + b"\n"
        with _explained(self.path):
            try:
                if os.write(self._file, data) != len(data):
                    raise OSError(28, "no space left on device")
            except OSError:
                os.ftruncate(self._file, self._size)
                raise
        self._size += len(data)
        self.known.pop(Key.of(verdict), None)
        self.known[Key.of(verdict)] = verdict

    def recall(self, keys: Iterable[Key]) -> None:
        """Write those of these verdicts again after which another one on the same pair was written."""
        last = {(*key[:4], verdict.swapped): key for key, verdict in self.known.items()}
        for key in keys:
            verdict = self.known.get(key)
            if verdict is not None and verdict.scores and last[*key[:4], verdict.swapped] != key:
                self.append(verdict)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordError(
            f"{path}: {error.strerror or error}. What was written is safe: make room, then run the same command again"
        ) from error
