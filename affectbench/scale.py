"""A model on many machines: Ray actors that hold one each, behind a Model like any other.

Only `generate` goes out. The driver decodes, renders, asks the cache, paces, reads and is the only writer of the
record, so a run is the same wherever its model is. An actor is leased a prompt for each place that it has; where it
dies the prompt goes to another, and a new actor takes its place.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from affectbench import __version__, cluster
from affectbench.backends import is_local
from affectbench.cluster import Cluster, Share
from affectbench.errors import FatalModelError, UsageError
from affectbench.models import Model, TaskFacts, build
from affectbench.replica import Place, Raised, Replica
from affectbench.specs.model import ModelSpec
from affectbench.types import Problem, Prompt, Response

LEASES = 3
"""How many actors may die over one prompt. The last is asked nothing else, so that only a guilty prompt fails."""
STARTS = 3
"""How often an actor may die while it loads the model."""
FREE_S = 10.0
PLACE_S = 120.0
"""How long the cluster may take to have room for all, and then to begin an actor."""


def replicate(card: ModelSpec, facts: TaskFacts, wanted: Cluster) -> Replicated:
    """Make the model of a card for one task on a cluster, which is joined; nothing is loaded before `async with`.

    Raises UsageError where the cluster has no room for it, and what `models.build` raises for the card.
    """
    local = build(card, facts)
    return Replicated(local, facts, cluster.join(wanted, computes=local.observes and is_local(card.backend)))


Seat = tuple[int, int, "Worker | Exception"]
"""A place at a worker by its number there: low ones are taken first, so that all have the same to do."""


@dataclass(eq=False)
class Worker:
    """What the driver knows of an actor."""

    actor: Any
    alive: bool = True

    def end(self) -> None:
        """End the process."""
        import ray

        self.alive = False
        ray.kill(self.actor)


@dataclass
class Replicated:
    """A model whose replicas answer. `local` is one that is never entered: it says what the model is."""

    local: Model
    facts: TaskFacts
    share: Share
    _workers: list[Worker] = field(default_factory=list)
    _hiring: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def card(self) -> ModelSpec:
        """Return what is known of the model."""
        return self.local.card

    @property
    def observes(self) -> bool:
        """Return whether the model is sent the media."""
        return self.local.observes

    @property
    def in_flight(self) -> int:
        """Return how many requests should wait at once, at all replicas together."""
        return self.share.replicas * self.local.in_flight

    async def __aenter__(self) -> Self:
        self._places: asyncio.PriorityQueue[Seat] = asyncio.PriorityQueue()
        self._gate, self._still, self._asked = asyncio.Lock(), asyncio.Event(), 0
        self._still.set()
        idle = _idle(self)
        await _until_free(replace(self.share, replicas=self.share.replicas - len(idle)))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.share.replicas):
                    group.create_task(self._hire(idle))
        except ExceptionGroup as errors:
            self._end()
            raise errors.exceptions[0] from None
        except BaseException:
            self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for task in self._hiring:
            task.cancel()
        await asyncio.gather(*self._hiring, return_exceptions=True)
        if kind is not None:
            self._end()
            return
        alive = [worker for worker in self._workers if worker.alive]
        await asyncio.gather(*(worker.actor.leave.remote() for worker in alive), return_exceptions=True)
        _IDLE[_key(self)] = alive
        self._workers.clear()

    async def generate(self, prompt: Prompt) -> Response:
        """Answer one prompt at the next replica that has a place. Raises what the model raises on purpose."""
        for lease in range(1, LEASES + 1):
            reply = await self._leased(prompt, alone=lease == LEASES)
            if isinstance(reply, Response):
                return reply
            if reply is not None:
                kind, arguments = reply
                raise kind(*arguments)
        died = f"the process that was asked died, {LEASES} times in a row: out of memory, or a fault of the library"
        return Response(error=Problem(stage="model", kind="worker", message=died))

    async def _leased(self, prompt: Prompt, alone: bool) -> Response | Raised | None:
        """Ask one replica, if `alone` while nothing else is asked; None if it died over it."""
        async with self._gate:
            if alone:
                await self._still.wait()
            seat, worker = await self._seat()
            if alone:
                return await self._ask(seat, worker, prompt)
        return await self._ask(seat, worker, prompt)

    async def _ask(self, seat: Seat, worker: Worker, prompt: Prompt) -> Response | Raised | None:
        from ray.exceptions import RayActorError

        self._asked += 1
        self._still.clear()
        try:
            reply: Response | Raised = await worker.actor.generate.remote(prompt)
            return reply
        except RayActorError:
            self._replace(worker)
            return None
        finally:
            self._places.put_nowait(seat)
            self._asked -= 1
            if not self._asked:
                self._still.set()

    async def _seat(self) -> tuple[Seat, Worker]:
        """Wait for a place at a replica that is alive. Raises what leaves the run without any."""
        while True:
            seat = await self._places.get()
            worker = seat[-1]
            if isinstance(worker, Exception):
                self._places.put_nowait(seat)
                raise worker
            if worker.alive:
                return seat, worker

    def _replace(self, worker: Worker) -> None:
        """Begin a new actor in the place of one that died; its places are worth nothing from now on."""
        if worker.alive:
            worker.end()
            self._workers.remove(worker)
            task = asyncio.create_task(self._hire_again())
            self._hiring.add(task)
            task.add_done_callback(self._hiring.discard)

    async def _hire_again(self) -> None:
        """Hire; where that fails the others go on, and without any those who wait for a place are told."""
        try:
            await self._hire([])
        except Exception as error:  # noqa: BLE001  whatever it is: nobody else would hear of it
            if self._workers or len(self._hiring) > 1:
                warnings.warn(f"affectbench goes on with fewer replicas: {error}", stacklevel=2)
            else:
                self._places.put_nowait((-1, 0, error))

    async def _hire(self, idle: list[Worker]) -> None:
        """Have one more replica, loaded; its places can be leased then. Raises FatalModelError."""
        from ray.exceptions import RayActorError

        for start in range(1, STARTS + 1):
            worker = idle.pop() if idle else Worker(self._actor())
            try:
                await self._make_ready(worker)
            except RayActorError as error:
                worker.alive = False
                if start == STARTS:
                    raise _died(self.card, error) from None
            except BaseException:
                worker.end()
                raise
            else:
                break
        self._workers.append(worker)
        for number in range(self.local.in_flight):
            self._places.put_nowait((number, id(worker), worker))

    def _actor(self) -> Any:
        """Ask the cluster for a process, on the machine with the fewest."""
        import ray

        calls = self.local.in_flight + 1
        options = {**self.share.options(), "scheduling_strategy": "SPREAD", "max_concurrency": calls}
        return ray.remote(**options)(Replica).remote()

    async def _make_ready(self, worker: Worker) -> None:
        try:
            version = await asyncio.wait_for(worker.actor.begin.remote(), PLACE_S)
        except TimeoutError:
            why = cluster.free(replace(self.share, replicas=1)) or "its machines are slow to begin a process"
            raise FatalModelError(f"the cluster gave a replica no place within {PLACE_S:g} s: {why}") from None
        if version != __version__:
            raise FatalModelError(f"a machine of the cluster has affectbench {version}, this one {__version__}")
        if raised := await worker.actor.load.remote(self.card, self.facts, Place.of(self.card)):
            kind, arguments = raised
            raise kind(*arguments)

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()


_IDLE: dict[tuple[str, Share, str], list[Worker]] = {}
"""The replicas of the model that was asked last: the next task of a suite asks the same one."""


def _key(model: Replicated) -> tuple[str, Share, str]:
    import ray

    return model.card.model_dump_json(), model.share, ray.get_runtime_context().get_job_id()


def _idle(model: Replicated) -> list[Worker]:
    """Return the replicas of the same model that wait; those of another give their places back first."""
    found = _IDLE.pop(_key(model), [])
    for workers in _IDLE.values():
        for worker in workers:
            worker.end()
    _IDLE.clear()
    return found


async def _until_free(wanted: Share) -> None:
    """Wait a little for room on the cluster, such as that of replicas that just ended. Raises UsageError."""
    end = time.monotonic() + FREE_S
    while why := wanted.replicas and cluster.free(wanted):
        if time.monotonic() > end:
            raise UsageError(why)
        await asyncio.sleep(0.5)


def _died(card: ModelSpec, error: Exception) -> FatalModelError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (lines or [type(error).__name__])[-1][:300]
    return FatalModelError(
        f"{card.name}: {STARTS} processes died while they loaded the model: {reason} (out of memory? Ray's own logs on "
        "that machine say more: /tmp/ray/session_latest/logs)"
    )
