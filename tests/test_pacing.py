"""How many calls wait at a server, what is waited for, and what a command may spend."""

from __future__ import annotations

import asyncio

import pytest

from affectbench.budget import Budget
from affectbench.errors import BudgetError, UsageError
from affectbench.pacing import Breaker, Pace, Retry
from affectbench.types import Problem, Response, Usage

BUSY = Problem(stage="model", kind="rate", message="slow down")
BROKEN = Problem(stage="model", kind="bad_reply", message="no JSON")


def rounds(pace: Pace, *shares: float) -> list[int]:
    """Let one round after another end, each with a share of refusals; returns how many may wait after each."""
    seen = []
    for share in shares:
        size = int(pace.now)
        for n in range(size):
            pace.note(BUSY if n < share * size else None)
        seen.append(int(pace.now))
    return seen


def test_it_doubles_while_all_is_clean() -> None:
    assert rounds(Pace(most=100), 0, 0, 0, 0) == [32, 64, 100, 100]
    assert int(Pace(most=4).now) == 4


def test_it_shrinks_by_refusals_and_then_grows_with_care() -> None:
    assert rounds(Pace(most=64, now=64), 0.25, 0, 0, 1, 1) == [56, 61, 64, 32, 16]
    assert rounds(Pace(most=64, now=4), 1, 1, 1, 0, 0, 0) == [2, 1, 1, 2, 3, 4]


def test_replies_that_are_broken_say_nothing_of_the_load() -> None:
    pace = Pace(most=64, now=8)
    for _ in range(8):
        pace.note(BROKEN)
    assert int(pace.now) == 16 and not pace.pressed


def test_no_more_wait_than_may_and_nobody_is_forgotten() -> None:
    pace, most, done = Pace(most=8, now=2), 0, 0

    async def call(n: int) -> None:
        nonlocal most, done
        async with pace:
            assert pace.busy <= int(pace.now)
            most = max(most, pace.busy)
            await asyncio.sleep(0.001 * (n % 4))
            pace.note(BUSY if n % 3 == 0 else None)
        done += 1

    async def run() -> None:
        tasks = [asyncio.create_task(call(n)) for n in range(200)]
        await asyncio.sleep(0.005)
        for task in tasks[::7]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 20))
    assert most <= 8 and done >= 200 - len(range(0, 200, 7)) and pace.busy == 0


def test_a_pause_ends_when_the_breaker_opens() -> None:
    now, breaker = 0.0, Breaker()

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        if now >= 10:
            breaker.stop()

    retry = Retry(sleep=sleep, clock=lambda: now)
    assert asyncio.run(retry.waited(300.0, 600.0, breaker)) is False
    assert now <= 12
    assert asyncio.run(retry.waited(700.0, 600.0, Breaker())) is False


@pytest.mark.parametrize(("kind", "fate"), [("server", "used up their tries"), ("bad_request", "been refused")])
def test_a_breaker_says_what_it_saw(kind: str, fate: str) -> None:
    breaker = Breaker(limit=2)
    for _ in range(2):
        assert not breaker.open
        breaker.settled(Problem(stage="model", kind=kind, message="no such option"))
    assert breaker.why == f"2 samples in a row had {fate} (no such option)"


# -- budgets ---------------------------------------------------------------------------------------------------------


def reply(tokens: int | None = 10, cost: float | None = 1.0) -> Response:
    return Response(text="x", usage=None if tokens is None else Usage(prompt_tokens=tokens, cost=cost))


def calls(budget: Budget, at_once: int = 1) -> int:
    """Make calls until the budget stops them; returns how many there were."""
    for made in range(1000):
        try:
            budget.begin()
        except BudgetError:
            while budget.under_way:
                budget.end(reply())
            return made
        if budget.under_way >= at_once:
            budget.end(reply())
    return 1000


@pytest.mark.parametrize("budget", [Budget(cost=20.0), Budget(tokens=200)])
def test_a_budget_is_kept(budget: Budget) -> None:
    assert calls(budget) == 20
    assert budget.spent.cost == 20.0


def test_calls_under_way_are_counted_in() -> None:
    budget = Budget(cost=20.0)
    assert calls(budget, at_once=8) == 20
    assert Budget(cost=0.5).begin() is None  # nothing is known before the first
    assert calls(Budget()) == 1000


def test_failed_calls_cost_nothing() -> None:
    budget = Budget(cost=3.0)
    budget.begin()
    budget.end(Response(error=BUSY))
    assert calls(budget) == 3


def test_time_is_up() -> None:
    now = 5.0
    budget = Budget(seconds=60, clock=lambda: now, began=0.0)
    budget.begin()
    now = 60.0
    with pytest.raises(BudgetError, match=r"the budget of 60 s is reached .* goes on") as caught:
        budget.begin()
    assert caught.value.exit_code == 4


def test_a_budget_of_what_nobody_tells() -> None:
    with pytest.raises(UsageError, match="--max-tokens cannot be kept"):
        Budget(tokens=5).check(reply(None), free=False)
    with pytest.raises(UsageError, match="--max-cost cannot be kept"):
        Budget(cost=5).check(reply(10, None), free=False)
    with pytest.raises(UsageError, match="do not say how many tokens"):  # a price alone does not help
        Budget(cost=5).check(reply(None), free=False)
    Budget(cost=5, tokens=5).check(reply(None), free=True)
    Budget(cost=5).check(Response(error=BUSY), free=False)
    Budget().check(reply(None), free=False)
