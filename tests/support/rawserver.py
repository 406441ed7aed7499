"""A web server that can misbehave at byte level: each path answers with scripted replies, one a request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: header names in lower case, values of one name joined, `at` in seconds of the loop."""

    method: str
    target: str
    headers: dict[str, str]
    at: float


@dataclass(slots=True)
class Exchange:
    """The server's side of one request, for replies that are more than bytes."""

    asked: Asked
    writer: asyncio.StreamWriter
    ending: asyncio.Event

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def hang(self) -> None:
        """Do nothing until the test is over."""
        await self.ending.wait()

    async def breathe(self, seconds: float = 0.02) -> None:
        """Wait a moment, or until the test is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ending.wait()

    def reset(self) -> None:
        """End the connection with an RST instead of a FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


NOTHING = Asked("", "", {}, 0.0)
Reply = bytes | Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class RawServer:
    """Answers by path; the last reply to a path is repeated, other paths get a 404. Functions end the connection.

    `greet` is done on each connection before anything is read.
    """

    address: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    greet: Callable[[Exchange], Awaitable[None]] | None = None
    connections: int = 0
    running: int = 0
    most_at_once: int = 0
    asked: list[Asked] = field(default_factory=list)
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    open: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def on(self, path: str, *replies: Reply) -> str:
        """Script a path and return its URL."""
        self.replies[path] = list(replies)
        return self.url(path)

    def url(self, path: str, host: str = "") -> str:
        """Return the URL of a path, under another name of this machine if given."""
        return f"{self.scheme}://{host or self.address}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [asked.target for asked in self.asked]

    async def wait_for(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.asked) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until one of them ends it."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.open[task] = writer
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                if self.greet is not None:
                    await self.greet(Exchange(NOTHING, writer, self.ending))
                while await self._answer(reader, writer):
                    pass
        finally:
            writer.close()
            del self.open[task]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = await read_request(reader)
        async with self.arrived:
            self.asked.append(asked)
            self.arrived.notify_all()
        path = asked.target.partition("?")[0]
        script = self.replies.get(path) or [answer(404)]
        reply = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(reply, bytes):
            writer.write(reply)
            await writer.drain()
            return asked.headers.get("connection", "").lower() != "close"
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await reply(Exchange(asked, writer, self.ending))
        finally:
            self.running -= 1
        return False


async def read_request(reader: asyncio.StreamReader) -> Asked:
    """Read one request's head. Raises: IncompleteReadError when there is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers: dict[str, str] = {}
    for line in filter(None, head[1:]):
        name, _, value = line.partition(":")
        before = headers.get(name.lower())
        headers[name.lower()] = value.strip() if before is None else f"{before}, {value.strip()}"
    return Asked(method, target, headers, asyncio.get_running_loop().time())


def answer(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    """Return a well-formed response; `headers` are whole lines."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(location: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return answer(status, b"", f"Location: {location}")


@asynccontextmanager
async def serving(
    address: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[RawServer]:
    """Run a server on a free port of a loopback address, or on the one that is given."""
    site = RawServer(address, scheme="https" if tls else "http")
    listening = await asyncio.start_server(site.serve, address, port, ssl=tls, backlog=500)
    site.port = listening.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        site.ending.set()
        listening.close()
        for writer in site.open.values():
            writer.transport.abort()
        await asyncio.gather(*site.open)
        await listening.wait_closed()
