"""One connection's side of HTTP, with three holes of aiohttp's own handler closed."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

MAX_INTERIM = 20  # 1xx answers before the real one; servers send one or two.
MAX_PADDING = 262_144  # bytes in a row that bring neither an answer nor a byte of its body.
EARLY = range(100, 200)
SWITCHING = 101


class EndlessInterimError(aiohttp.ClientConnectionError):
    """Say that a server sends interim (1xx) answers and no real one."""


class EndlessPaddingError(aiohttp.ClientConnectionError):
    """Say that a server sends what means nothing, without end: blank lines, extensions of chunks."""


class StrictHandler(ResponseHandler):
    """Give up on a flood of 1xx answers or of padding, and tell who reads a body when its framing turns out broken.

    aiohttp 3.14 reads 1xx answers for as long as they come, which kept the loop busy for all of the deadline, and
    leaves the reader of a body waiting for ever when a chunk's size cannot be read. `holds` is kept as long as this.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._interim = 0
        self._padding = 0
        self._heads = 0
        self.holds: object = None

    def data_received(self, data: bytes) -> None:
        """Take what came, counting what brings nothing: the parser drops it, and would for as long as it comes."""
        before = self._progress()
        super().data_received(data)
        self._padding = self._padding + len(data) if self._progress() == before else 0
        if self._padding > MAX_PADDING and self.transport is not None:
            self.set_exception(EndlessPaddingError("padding only"))
            self.transport.abort()

    def _progress(self) -> tuple[int, int]:
        return self._heads, self._payload.total_bytes if self._payload is not None else 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take one answer's head, counting interim ones in a row."""
        self._heads += 1
        status = data[0].code
        self._interim = self._interim + 1 if status in EARLY and status != SWITCHING else 0
        if self._interim <= MAX_INTERIM:
            super().feed_data(data, size)
        elif self._interim == MAX_INTERIM + 1:
            self.set_exception(EndlessInterimError("interim answers only"))
            if self.transport is not None:
                self.transport.abort()

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """Fail the request, and the body if one is being read."""
        cause = exc if exc_cause is None else exc_cause
        super().set_exception(exc, cause)
        if self._payload is not None and not self._payload.is_eof() and self._payload.exception() is None:
            self._payload.set_exception(aiohttp.ClientPayloadError(str(exc)), cause)
