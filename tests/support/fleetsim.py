"""A fleet simulated event by event: feeds fall due, workers claim, ask, and commit, each by costs that were measured.

Every worker has one core for all its Python, one connection that makes one call after the other, and room for so many
open requests. PostgreSQL has so many cores, for which calls wait in turn. What is random is drawn from a seed.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

ROOM = 256  # monitor.engine.lanes.Room
CALM = 0.1  # monitor.engine.local.CALM
TIMEOUT = 30.0  # seconds after which a server that hangs is given up.


@dataclass(frozen=True, slots=True)
class Cost:
    """A call of the store: seconds that it takes, each as it was measured; of PostgreSQL's CPU; and round trips."""

    times: Sequence[float]
    database: float
    trips: float


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of poll: its share of all, seconds of the worker's own core and of its children's, and what it calls."""

    name: str
    share: float
    own: float
    children: float
    calls: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What was not measured."""

    feeds: int = 1_000_000
    every: float = 900.0
    answer: float = 0.35  # seconds, the median of how long a feed's server takes.
    spread: float = 0.9  # of the logarithm of it: one in a hundred takes 2.8 s.
    hanging: float = 0.01  # share of polls that end after TIMEOUT.
    trip: float = 0.0003  # seconds to the database's machine and back, beside what was measured on one machine.
    database_cores: int = 4
    seconds: float = 90.0  # that are counted, after
    warming: float = 45.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: lags in seconds from due to asked, shares of time that things were busy, claims a second."""

    workers: int
    rate: float
    backlog: int
    lags: tuple[float, ...]
    core: float
    connection: float
    database: float
    children: float
    claims: float
    batch: float

    def lag(self, share: float) -> float:
        """Return the lag that this share of the polls had at most."""
        ordered = sorted(self.lags)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else math.inf


@dataclass(slots=True)
class _Queue:
    """Some servers that take who waits in turn; `busy` adds up the seconds that they worked."""

    servers: int
    waiting: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)
    working: int = 0
    busy: float = 0.0


@dataclass(slots=True, eq=False)
class _Worker:
    """What one process is doing."""

    core: _Queue = field(default_factory=lambda: _Queue(1))
    connection: deque[tuple[Cost, float, Callable[[], None]]] = field(default_factory=deque)
    is_calling: bool = False
    called: float = 0.0
    open: int = 0


class Fleet:
    """Some workers on one database, and the feeds that are due."""

    def __init__(
        self, workers: int, kinds: Sequence[Kind], turn: Callable[[int], Cost], given: Assumptions, *, seed: int
    ) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a simulation.
        self._kinds, self._turn, self._given = kinds, turn, given
        self._now, self._number = 0.0, 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._due: deque[float] = deque()
        self._database = _Queue(given.database_cores)
        self._workers = [_Worker() for _ in range(workers)]
        self._lags: list[float] = []
        self._done = self._claims = self._claimed = 0
        self._children = 0.0

    def run(self) -> Outcome:
        """Let time pass, and say what became of it."""
        given = self._given
        self._fall_due()
        for worker in self._workers:
            self._after(self._dice.random() * CALM, partial(self._look, worker))
        self._until(given.warming)
        self._lags.clear()
        self._done = self._claims = self._claimed = 0
        self._children = self._database.busy = 0.0
        for worker in self._workers:
            worker.core.busy = worker.called = 0.0
        self._until(given.warming + given.seconds)
        spent, many = given.seconds, len(self._workers)
        return Outcome(
            many,
            self._done / spent,
            len(self._due),
            tuple(self._lags),
            sum(worker.core.busy for worker in self._workers) / many / spent,
            sum(worker.called for worker in self._workers) / many / spent,
            self._database.busy / given.database_cores / spent,
            self._children / many / spent,
            self._claims / spent,
            self._claimed / max(self._claims, 1),
        )

    # --- time -------------------------------------------------------------------------------------------------------

    def _until(self, end: float) -> None:
        while self._events and self._events[0][0] <= end:
            self._now, _, what = heapq.heappop(self._events)
            what()

    def _after(self, seconds: float, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (self._now + seconds, self._number, what))

    def _serve(self, queue: _Queue, seconds: float, then: Callable[[], None]) -> None:
        """Have a server busy for so long, when one is free, and go on then."""
        if queue.working >= queue.servers:
            queue.waiting.append((seconds, then))
            return
        queue.working += 1
        queue.busy += seconds
        self._after(seconds, lambda: self._served(queue, then))

    def _served(self, queue: _Queue, then: Callable[[], None]) -> None:
        queue.working -= 1
        if queue.waiting:
            self._serve(queue, *queue.waiting.popleft())
        then()

    # --- feeds and workers --------------------------------------------------------------------------------------------

    def _fall_due(self) -> None:
        """A million feeds, each at its own time: from one to the next it is as long as chance will have it."""
        self._due.append(self._now)
        self._after(self._dice.expovariate(self._given.feeds / self._given.every), self._fall_due)

    def _look(self, worker: _Worker) -> None:
        """Take a turn: claim as many as there is room for, and look again when that is done and a pause is over."""
        wanted = min(ROOM - worker.open, len(self._due))
        claimed = [self._due.popleft() for _ in range(wanted)]
        worker.open += wanted
        self._claims += 1
        self._claimed += wanted

        def claimed_now() -> None:
            for due_at in claimed:
                self._lags.append(self._now - due_at)
                self._after(self._answer(), lambda: self._answered(worker))
            self._after(CALM, lambda: self._look(worker))

        self._call(worker, self._turn(wanted), claimed_now)

    def _answer(self) -> float:
        given = self._given
        if self._dice.random() < given.hanging:
            return TIMEOUT
        return min(self._dice.lognormvariate(math.log(given.answer), given.spread), TIMEOUT)

    def _answered(self, worker: _Worker) -> None:
        kind = self._dice.choices(self._kinds, [kind.share for kind in self._kinds])[0]
        self._children += kind.children
        self._serve(worker.core, kind.own, lambda: self._commit(worker, kind, 0))

    def _commit(self, worker: _Worker, kind: Kind, index: int) -> None:
        """Make the calls of a poll, one after the other; then its room is free."""
        if index < len(kind.calls):
            self._call(worker, kind.calls[index], lambda: self._commit(worker, kind, index + 1))
            return
        worker.open -= 1
        self._done += 1

    def _call(self, worker: _Worker, cost: Cost, then: Callable[[], None]) -> None:
        worker.connection.append((cost, self._dice.choice(cost.times), then))
        if not worker.is_calling:
            self._next_call(worker)

    def _next_call(self, worker: _Worker) -> None:
        """Have PostgreSQL work for its part of the next call, and let the rest of the time that it takes go by."""
        if not worker.connection:
            worker.is_calling = False
            return
        worker.is_calling = True
        cost, took, then = worker.connection.popleft()
        begun = self._now
        rest = max(took - cost.database, 0.0) + cost.trips * self._given.trip

        def over() -> None:
            worker.called += self._now - begun
            self._next_call(worker)
            then()

        self._serve(self._database, cost.database, lambda: self._after(rest, over))
