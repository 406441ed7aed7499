"""Taking turns at each host, and counting down what one fetch may take."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType

from monitor.errors import FetchError

SOONEST_BACK, LATEST_BACK = 1.0, 60.0  # seconds after which one who was sent away from a crowded host may come again.
MAX_REMEMBERED = 10_000  # hosts whose pause is remembered though nobody asks them.


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    users: int = 0
    free_at: float = 0.0


class Hosts:
    """Let at most `at_once` requests to one host run, each `pause` after the one before.

    A host that hangs holds its own slots only. Times are those of the event loop.
    """

    def __init__(self, *, at_once: int, pause: timedelta) -> None:
        self._at_once = max(1, at_once)
        self._pause = pause.total_seconds()
        self._hosts: dict[str, _Host] = {}

    def __len__(self) -> int:
        return len(self._hosts)

    async def enter(self, key: str, *, patience: float) -> None:
        """Wait for a turn at a host; `leave` it afterwards. Raises: TimeoutError after `patience` seconds."""
        host = self._hosts.get(key) or self._hosts.setdefault(key, _Host(asyncio.Semaphore(self._at_once)))
        host.users += 1
        try:
            if host.slots.locked() or self._pause:
                async with asyncio.timeout(patience):
                    await self._wait(host)
            else:
                await host.slots.acquire()
        except BaseException:
            self._forget(key, host)
            raise

    def leave(self, key: str) -> None:
        """Give the turn back; the pause counts from here."""
        host = self._hosts[key]
        host.free_at = max(host.free_at, asyncio.get_running_loop().time() + self._pause)
        host.slots.release()
        self._forget(key, host)

    async def _wait(self, host: _Host) -> None:
        """Take a slot, and the next moment at which this host may be asked: in the order in which they came."""
        await host.slots.acquire()
        now = asyncio.get_running_loop().time
        try:
            # Nothing is reserved: one that gives up while it waits would put off all that come after it.
            while (left := host.free_at - now()) > 0:  # noqa: ASYNC110 - no poll: it sleeps until then.
                await asyncio.sleep(left)
        except BaseException:
            host.slots.release()
            raise
        host.free_at = now() + self._pause

    def _forget(self, key: str, host: _Host) -> None:
        host.users -= 1
        if not host.users and not self._pause:
            del self._hosts[key]
        elif len(self._hosts) > MAX_REMEMBERED:
            now = asyncio.get_running_loop().time()
            self._hosts = {k: h for k, h in self._hosts.items() if h.users or h.free_at > now}


@dataclass(slots=True)
class _Crowd:
    begun: int = 0
    took: float = 0.2  # seconds a fetch there takes, of late; a first guess.
    next_turn: float = 0.0


class Crowds:
    """Count the fetches that have begun at each host, and tell who comes to a full one when to come back.

    Whoever waited at a host that hangs would hold the room of those that ask others.
    """

    def __init__(self, *, most: int, pause: timedelta) -> None:
        self._most = most
        self._pause = pause.total_seconds()
        self._crowds: dict[str, _Crowd] = {}

    @contextmanager
    def joined(self, key: str) -> Iterator[None]:
        """Be one of those that fetch from a host."""
        loop = asyncio.get_running_loop()
        crowd, started = self._crowds.setdefault(key, _Crowd()), loop.time()
        crowd.begun += 1
        try:
            yield
        finally:
            crowd.begun -= 1
            crowd.took += (loop.time() - started - crowd.took) / 4
            if not crowd.begun:
                del self._crowds[key]

    def wait(self, key: str) -> timedelta | None:
        """Return how long to stay away from a host, each caller longer than the one before; None if there is room."""
        crowd = self._crowds.get(key)
        if crowd is None or crowd.begun < self._most:
            return None
        now = asyncio.get_running_loop().time()
        turn = max(crowd.next_turn, now + SOONEST_BACK)
        crowd.next_turn = turn + max(crowd.took / self._most, self._pause)
        return timedelta(seconds=min(turn - now, LATEST_BACK))


class Warm:
    """Choose whose connections stay open: those of the `most` hosts asked in the last `seconds`.

    A thousand feeds a second at as many hosts would else leave thousands of idle sockets, which nobody uses again.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._asked: OrderedDict[str, float] = OrderedDict()

    def keeps(self, key: str, *, now: float) -> bool:
        """Whether a connection to this host should stay open after the request that is made now, in seconds."""
        while self._asked and next(iter(self._asked.values())) < now - self._seconds:
            self._asked.popitem(last=False)
        if key not in self._asked and len(self._asked) >= self._most:
            return False
        self._asked[key] = now
        self._asked.move_to_end(key)
        return True


class Deadline:
    """Count down the seconds that one fetch may take in all, leaving out those it waits for its turn at a host."""

    def __init__(self, url: str, limit: timedelta) -> None:
        self._url = url
        self._limit = self._left = limit.total_seconds()

    def running(self, stage: str) -> _Stage:
        """Take what runs inside from the time left; `stage` ends the sentence. Raises: FetchError when none is."""
        return _Stage(self, stage)

    def begin(self) -> asyncio.Timeout:
        """Return the scope of what runs now."""
        return asyncio.timeout(max(0.0, self._left))

    def end(self, seconds: float) -> None:
        """Take so much from the time left."""
        self._left -= seconds

    def late(self, stage: str) -> FetchError:
        """Return what is said of one that took too long."""
        return FetchError(self._url, f"stopped after {self._limit:g} s {stage}")


class _Stage:
    """One stage of a fetch. A class, and no generator, of which each turn of one costs as much as the rest of it."""

    __slots__ = ("_deadline", "_scope", "_stage", "_started")

    def __init__(self, deadline: Deadline, stage: str) -> None:
        self._deadline, self._stage = deadline, stage

    async def __aenter__(self) -> None:
        self._started = asyncio.get_running_loop().time()
        self._scope = self._deadline.begin()
        await self._scope.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._scope.__aexit__(kind, error, trace)
        except TimeoutError as exc:
            raise self._deadline.late(self._stage) from exc
        finally:
            self._deadline.end(asyncio.get_running_loop().time() - self._started)
        if isinstance(error, TimeoutError) and self._scope.expired():
            raise self._deadline.late(self._stage) from error
