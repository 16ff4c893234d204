"""What was spent, and what may be spent: tokens, money, time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from affectbench.errors import BudgetError, UsageError
from affectbench.types import Response


@dataclass(slots=True)
class Meter:
    """What was really spent: replies from the cache cost nothing. `cost` is in the currency of the model's card."""

    calls: int = 0
    failed: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    @property
    def tokens(self) -> int:
        """Return the tokens of prompts and replies together."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, response: Response) -> None:
        """Count one call."""
        self.calls += 1
        self.failed += response.error is not None
        if usage := response.usage:
            self.prompt_tokens += usage.prompt_tokens or 0
            self.completion_tokens += usage.completion_tokens or 0
            self.cost += usage.cost or 0.0


@dataclass(slots=True)
class Budget:
    """What one command may spend, over all its runs: money, tokens, seconds from `began` on; None is no limit.

    A call begins only if what was spent, and what the calls that are under way will cost by the mean so far, leave
    room for it. So no more than the first calls, of which nothing is known yet, can go over.
    """

    cost: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    began: float = field(default_factory=time.monotonic)
    spent: Meter = field(default_factory=Meter)
    under_way: int = 0

    def begin(self) -> None:
        """Take note that a call begins. Raises BudgetError if the budget has no room for it."""
        took = self.clock() - self.began
        expected = (self.under_way + 1) / max(1, self.spent.calls - self.spent.failed)
        if self.seconds is not None and took >= self.seconds:
            raise BudgetError(_reached(f"{self.seconds:g} s", f"{took:.0f} s"))
        if self.tokens is not None and self.spent.tokens * (1 + expected) > self.tokens:
            raise BudgetError(_reached(f"{self.tokens:,} tokens", f"{self.spent.tokens:,}"))
        if self.cost is not None and self.spent.cost * (1 + expected) > self.cost:
            raise BudgetError(_reached(f"a cost of {self.cost:g}", f"{self.spent.cost:.4g}"))
        self.under_way += 1

    def end(self, response: Response | None) -> None:
        """Count a call that came back, None if it was broken off."""
        self.under_way -= 1
        if response is not None:
            self.spent.add(response)

    def check(self, response: Response, free: bool) -> None:
        """Raise UsageError for a reply that does not say what the budget is about; `free` ones cost no money."""
        if response.error is not None:
            return
        usage, untold = response.usage, "the replies do not say how many tokens they took"
        uncounted = usage is None or usage.prompt_tokens is None
        if self.tokens is not None and not free and uncounted:
            raise UsageError(f"--max-tokens cannot be kept: {untold}")
        if self.cost is not None and not free and (usage is None or usage.cost is None):
            why = untold if uncounted else "give the model's `price` in its entry"
            raise UsageError(f"--max-cost cannot be kept: {why}")


def _reached(limit: str, spent: str) -> str:
    return f"the budget of {limit} is reached ({spent} so far): the same command goes on from here"
