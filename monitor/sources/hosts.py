"""Taking turns at each host, and counting down what one fetch may take."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from monitor.errors import FetchError

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
        now = asyncio.get_running_loop().time()
        start = max(now, host.free_at)
        host.free_at = start + self._pause
        try:
            await asyncio.sleep(start - now)
        except BaseException:
            host.slots.release()
            raise

    def _forget(self, key: str, host: _Host) -> None:
        host.users -= 1
        if not host.users and not self._pause:
            del self._hosts[key]
        elif len(self._hosts) > MAX_REMEMBERED:
            now = asyncio.get_running_loop().time()
            self._hosts = {k: h for k, h in self._hosts.items() if h.users or h.free_at > now}


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

    @asynccontextmanager
    async def running(self, stage: str) -> AsyncIterator[None]:
        """Take what runs inside from the time left; `stage` ends the sentence. Raises: FetchError when none is."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        scope = asyncio.timeout(max(0.0, self._left))
        try:
            async with scope:
                yield
        except TimeoutError as exc:
            if not scope.expired():
                raise
            raise FetchError(self._url, f"stopped after {self._limit:g} s {stage}") from exc
        finally:
            self._left -= loop.time() - started
