"""A chat that is none: it takes what a webhook posts and keeps it for the terminal, or for a test."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

from monitor.testing.web import LocalServer, Request, Response

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message as its reader sees it; `room` is the path it was posted to."""

    room: str
    title: str
    body: str


class ChatSink:
    """Take messages on loopback: `async with ChatSink() as sink`, then send to `sink.url("desk")`.

    The address is one that apprise understands: it posts JSON with `title` and `message`. Each message is answered
    with `answer`, which a test may change; only those answered with success are kept.
    """

    def __init__(self) -> None:
        self.messages: list[ChatMessage] = []
        self.answer = HTTPStatus.OK
        self._server = LocalServer(self._take)
        self._arrived = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start to listen on a free port."""
        await self._server.start(HOST)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to listen."""
        await self._server.close()

    def url(self, room: str = "desk") -> str:
        """Return the apprise URL of a room."""
        return f"json://{HOST}:{self._server.port}/{room}"

    async def wait_for(self, count: int, timeout: float) -> tuple[ChatMessage, ...]:  # noqa: ASYNC109 - a bound on it.
        """Return all messages as soon as there are `count`. Raises: TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while len(self.messages) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return tuple(self.messages)

    def _take(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "POST"),))
        try:
            posted = json.loads(request.body)
            message = ChatMessage(request.path.strip("/"), str(posted["title"]), str(posted["message"]))
        except (ValueError, KeyError, TypeError):
            return Response(HTTPStatus.BAD_REQUEST, b"not a message\n")
        if self.answer < HTTPStatus.MULTIPLE_CHOICES:
            self.messages.append(message)
            self._arrived.set()
        return Response(self.answer, b'{"ok": true}', (("Content-Type", "application/json"),))
