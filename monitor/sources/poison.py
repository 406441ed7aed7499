"""Remember which bodies have cost a child its life, so that the same bytes do not cost many."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from monitor.sources.children import ChildError

FIRST = timedelta(minutes=10)  # that a body is left alone after it has cost a child; then twice as long each time.
LONGEST = timedelta(days=1)
MOST = 10_000  # bodies remembered: what was noted longest ago is forgotten first.


@dataclass(frozen=True, slots=True)
class _Note:
    """What one body did: how often, until when it is left alone, and what is said of it."""

    times: int
    until: float
    cause: str


class Poison:
    """Let one of several equal bodies go first, and leave alone for a while what has cost a child.

    `now` gives seconds that never go back.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._notes: OrderedDict[bytes, _Note] = OrderedDict()
        self._turns: dict[bytes, tuple[asyncio.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._notes)

    @asynccontextmanager
    async def tasting(self, body: bytes) -> AsyncIterator[None]:
        """Note what becomes of a body inside. Raises: ChildError, at once for one that is left alone."""
        key = hashlib.blake2b(body, digest_size=16).digest()
        async with self._turn(key):
            note = self._notes.get(key)
            if note is not None and self._now() < note.until:
                raise ChildError(f"left alone for a while: {note.cause}")
            try:
                yield
            except ChildError as exc:
                if exc.harmful:
                    self._remember(key, note, str(exc))
                raise
            self._notes.pop(key, None)

    @asynccontextmanager
    async def _turn(self, key: bytes) -> AsyncIterator[None]:
        """Hold back who comes with the same body."""
        lock, users = self._turns.get(key) or (asyncio.Lock(), 0)
        self._turns[key] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._turns.pop(key)
            if users > 1:
                self._turns[key] = lock, users - 1

    def _remember(self, key: bytes, before: _Note | None, cause: str) -> None:
        times = before.times + 1 if before else 1
        doublings = min(times - 1, math.ceil(math.log2(LONGEST / FIRST)))
        rest = min(FIRST * 2**doublings, LONGEST)
        self._notes[key] = _Note(times, self._now() + rest.total_seconds(), cause)
        self._notes.move_to_end(key)
        if len(self._notes) > MOST:
            self._notes.popitem(last=False)
