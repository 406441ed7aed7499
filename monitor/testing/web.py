"""A small HTTP/1.1 server for loopback: enough for feeds, pages and hooks, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

LARGEST_BODY = 1_000_000  # a hook's message is a few kilobytes.


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: `path` decoded and without its query, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; its Content-Length is added when it is sent."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Respond = Callable[[Request], Response]


class LocalServer:
    """Answer HTTP on one loopback address until it is closed. `respond` must not block."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.host = ""
        self.port = 0

    async def start(self, host: str, port: int = 0) -> None:
        """Listen; port 0 takes any free one. Raises: OSError if the address cannot be had."""
        self._server = await asyncio.start_server(self._serve, host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    @property
    def address(self) -> str:
        """Return the server's URL without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    async def close(self) -> None:
        """Stop listening and drop what is still connected: clients keep connections open for a long time."""
        if self._server is None:
            return
        self._server.close()
        talks = dict(self._open)
        for writer in talks.values():
            writer.close()
        await asyncio.gather(*talks)
        await self._server.wait_closed()
        self._server = None

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._talk(reader, writer))
        self._open[talk] = writer
        talk.add_done_callback(self._open.pop)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read_request(reader)) is not None:
                writer.write(_bytes_of(request, self._respond(request)))
                await writer.drain()
                if request.headers.get("connection", "").lower() == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # a client that breaks off or speaks no HTTP gets no further answer.
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    """Return the next request of a connection, None at its end. Raises: ValueError if it is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as exc:
        if exc.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    named = (line.split(":", 1) for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, value in named}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= LARGEST_BODY:
        raise ValueError(f"a body of {length} bytes")
    parts = urlsplit(target)
    return Request(method, unquote(parts.path), parts.query, headers, await reader.readexactly(length))


def _bytes_of(request: Request, response: Response) -> bytes:
    status = response.status
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in response.headers)]
    if status is not HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(response.body)}")
    bodiless = request.method == "HEAD" or status is HTTPStatus.NOT_MODIFIED
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if bodiless else response.body)
