"""What a person sees while a run goes on: one line a task, live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from affectbench.cli import printing

if TYPE_CHECKING:
    from affectbench.budget import Meter
    from affectbench.judging.verdicts import Verdict
    from affectbench.scoring import Running
    from affectbench.types import Outcome

PLAIN_EVERY_S = 10.0


@dataclass(kw_only=True)
class Line:
    """The line of what goes on: how many are done, how they ended, what it took. A judge's line is one."""

    label: str
    total: int
    done: int
    spent: Meter
    counts: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    started: float = field(default_factory=time.monotonic)

    def text(self) -> str:
        """Return the line as plain text."""
        parts = [f"{self.label}  {self.done:,}/{self.total:,}"]
        bad = [f"{count:,} {status}" for status, count in sorted(self.counts.items()) if status != "ok"]
        parts += [", ".join([f"{self.counts['ok']:,} ok", *bad])] if self.counts else []
        parts += [self.score(), self.price()]
        parts += [self.left()] if self.asked and self.done < self.total else []
        return "  ·  ".join(filter(None, parts))

    def score(self) -> str:
        """Return nothing: a judge's mean is worth saying when it is whole."""
        return ""

    def price(self) -> str:
        """Return tokens, money where the model card has a price, and the calls that failed."""
        tokens = self.spent.prompt_tokens + self.spent.completion_tokens
        parts = [f"{tokens:,} tokens"] if tokens else []
        parts += [f"{self.spent.cost:.2f} spent"] if self.spent.cost else []
        parts += [f"{self.spent.failed:,} failed calls, tried again"] if self.spent.failed else []
        return ", ".join(parts)

    def left(self) -> str:
        """Return the time left at the speed so far."""
        seconds = (time.monotonic() - self.started) / self.asked * (self.total - self.done)
        return f"{seconds:.0f} s left" if seconds < 120 else f"{seconds / 60:.0f} min left"


@dataclass(kw_only=True)
class TaskLine(Line):
    """The line of one task under one model."""

    running: Running
    main: str

    def score(self) -> str:
        """Return the main score so far with its interval, which the finished run has by a better way."""
        found = self.running.estimate()
        if found.value is None:
            return ""
        whole = self.done >= self.total
        interval = "" if whole or found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
        return f"{self.main} {found.value:.3f}{interval}"


class Progress:
    """Shows task lines on standard error. Use as a context manager; `begin` a task, `count` each outcome."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.line: Line | None = None
        self.live: Any = None

    def __enter__(self) -> Progress:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self.live = Live(get_renderable=self._shown, console=Console(stderr=True), refresh_per_second=4)
            self.live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if self.live:
            self.live.stop()
        elif kind is not None:
            self._print()

    def begin(self, line: Line) -> None:
        """Start the line of a task."""
        self.line = line

    def count(self, found: Outcome | Verdict) -> None:
        """Add one outcome, or one verdict, to the line."""
        line = self.line
        if line is None:
            return
        line.counts[found.status] += 1
        line.done += 1
        line.asked += 1

    async def tick(self) -> None:
        """Print the line now and then where there is no terminal, also while nothing comes."""
        while self.live is None:
            await asyncio.sleep(PLAIN_EVERY_S)
            self._print()

    def end(self) -> None:
        """Leave the finished line standing."""
        line, self.line = self.line, None
        if line:
            self.note(line.text())

    def note(self, message: str) -> None:
        """Print a line of its own, above the live one."""
        if self.quiet:
            return
        if self.live:
            self.live.console.print(printing.plain(message), highlight=False, markup=False)
        else:
            printing.say(message, err=True)

    def _print(self) -> None:
        if self.line and not self.quiet:
            printing.say(self.line.text(), err=True)

    def _shown(self) -> Any:
        from rich.text import Text

        return Text(printing.plain(self.line.text()) if self.line else "")
