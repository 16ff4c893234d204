"""How a server is asked: what is tried again and when, how many calls wait there, and when to leave it alone."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from affectbench.types import Problem

PASSING = frozenset({"bad_reply", "network", "rate", "server", "timeout"})
"""The kinds of model errors that may be gone at the next try; all others would only be met again."""

PRESSED = frozenset({"rate", "server"})
"""The kinds of errors by which a server says that it is asked too much."""

FIRST_PACE = 16
NAP_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When to try again: at most `tries` and `seconds` a question, waiting twice as long each time, with jitter.

    A server's own wish (Retry-After) goes before. `sleep`, `clock` and `chance` (0..1) are there for tests.
    """

    tries: int = 10
    seconds: float = 600.0
    first_s: float = 0.5
    longest_s: float = 8.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def wait_s(self, tried: int, problem: Problem) -> float:
        """Return the seconds to wait after `tried` tries."""
        if problem.retry_after_s is not None:
            return problem.retry_after_s + self.first_s * self.chance()
        return min(self.longest_s, self.first_s * 2.0 ** (tried - 1)) * (0.5 + self.chance() / 2)

    async def waited(self, wait_s: float, end: float, breaker: Breaker) -> bool:
        """Wait for the next try; false if there is none, because its time is over at `end` or the breaker opened."""
        until = self.clock() + wait_s
        if until > end:
            return False
        while not breaker.open and (left := until - self.clock()) > 1e-6:
            await self.sleep(min(left, NAP_S))
        return not breaker.open


@dataclass(slots=True)
class Breaker:
    """Opens when a server seems to be gone; then the rest of the samples is left unasked. `why` says what was seen.

    That is when `limit` samples in a row have used up their tries, when `calls` calls in a row failed and no other
    reply came for `seconds`, or when the first `limit` samples were all refused as bad requests.
    """

    limit: int = 20
    calls: int = 10
    seconds: float = 75.0
    clock: Callable[[], float] = time.monotonic
    why: str = ""
    used_up: int = 0
    failed: int = 0
    since: float = 0.0
    replied: bool = False

    @property
    def open(self) -> bool:
        """Whether nothing more is to be asked."""
        return bool(self.why)

    def tried(self, problem: Problem | None) -> None:
        """Count a call that came back."""
        if problem is None or problem.kind not in PASSING:
            self.failed = 0
            return
        now = self.clock()
        self.since = self.since if self.failed else now
        self.failed += 1
        if self.failed >= self.calls and now - self.since >= self.seconds:
            self._opens(f"every call of the last {now - self.since:.0f} s had failed")

    def settled(self, problem: Problem | None) -> None:
        """Count a sample that is not tried again."""
        self.replied = self.replied or problem is None
        refused = problem is not None and problem.kind == "bad_request" and not self.replied
        gone = refused or (problem is not None and problem.kind in PASSING)
        self.used_up = self.used_up + 1 if gone else 0
        if problem is not None and self.used_up >= self.limit:
            fate = "been refused" if refused else "used up their tries"
            self._opens(f"{self.limit} samples in a row had {fate} ({problem.message})")

    def stop(self) -> None:
        """Open because no call can succeed: what waits for its next try need not wait."""
        self._opens("no call can succeed")

    def _opens(self, why: str) -> None:
        self.why = self.why or why


@dataclass(slots=True)
class Pace:
    """How many calls may wait at a server at once; `async with` it around a call, and tell it what came back.

    It begins with `now` and goes up to `most`: twice as many after each round (as many replies as may wait) of which
    none was refused for being too much, until the first that was; from then on a tenth more. A round with refusals
    takes half the share of them off.
    """

    most: int
    now: float = FIRST_PACE
    busy: int = 0
    replies: int = 0
    refused: int = 0
    pressed: bool = False
    _queue: deque[asyncio.Future[None]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.now = min(self.now, self.most)

    async def __aenter__(self) -> None:
        while self.busy >= int(self.now):
            turn = asyncio.get_running_loop().create_future()
            self._queue.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._next()
                raise
        self.busy += 1

    async def __aexit__(self, *_: object) -> None:
        self.busy -= 1
        self._next()

    def note(self, problem: Problem | None) -> None:
        """Count what came back."""
        self.replies += 1
        self.refused += problem is not None and problem.kind in PRESSED
        if self.replies >= int(self.now):
            self._end_round()

    def _end_round(self) -> None:
        if self.refused:
            self.pressed = True
            self.now = max(1.0, self.now * (1 - self.refused / self.replies / 2))
        else:
            self.now = min(self.most, self.now + max(1.0, self.now / 10) if self.pressed else 2 * self.now)
        self.replies = self.refused = 0
        for _ in range(int(self.now) - self.busy):
            self._next()

    def _next(self) -> None:
        """Wake the first that waits."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
