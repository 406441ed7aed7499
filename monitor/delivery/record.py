"""What really went over the wire during one send: apprise itself only says yes or no.

A record is held in a context variable around `requests.Session.send`, urllib3's request and `smtplib.SMTP`. These are
wrapped once for the process; without a record in the context they behave as they always did.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum

from monitor.model import Message


class Stage(IntEnum):
    """How far a request went."""

    OPENING = 0
    SENDING = 1
    SENT = 2  # the kernel took the last byte: it may have arrived.
    ANSWERED = 3


@dataclass(slots=True)
class Reply:
    """One SMTP reply and what it was a reply to, in lower case: "connect", "mail", "rcpt", "data", "."."""

    to: str
    code: int
    text: str


@dataclass(slots=True)
class Exchange:
    """One HTTP request, or one SMTP session. `headers` have lower-case names; `body` is the answer's start."""

    protocol: str
    host: str
    stage: Stage = Stage.OPENING
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    replies: list[Reply] = field(default_factory=list)
    error: BaseException | None = None
    command: str = "connect"
    failed_at: str = ""  # the command that `error` came from.
    late: bool = False  # it was we who ended it, after waiting for long enough.
    main: bool = False  # it carries the message itself, where others only prepare for it,
    aside: bool = False  # as this one does.


class GivenUpError(ConnectionAbortedError):
    """Say that the send was given up before this request began, so that it must not begin any more."""


Reshape = Callable[[str, bytes | str], tuple[str, bytes] | None]


class Record:
    """The exchanges of one send, in order, and the means to end it. Written by one thread, ended by another."""

    def __init__(self, message: Message | None = None, *, reshape: Reshape | None = None) -> None:
        """Record the send of `message`. `reshape` takes a URL and a body, and returns ours, or None."""
        self.message = message or Message("", "", "")
        self.reshape = reshape
        self.exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._given_up = False
        self._connection: object = None

    def begin(self, protocol: str, host: str) -> Exchange:
        """Note that an exchange begins, before anything of it is on the wire."""
        exchange = Exchange(protocol, host)
        self.exchanges.append(exchange)
        return exchange

    def hold(self, connection: object) -> None:
        """Remember a connection (with a `sock`) that `give_up` may have to end. Raises: GivenUpError."""
        with self._lock:
            if self._given_up:
                raise GivenUpError
            self._connection = connection

    def let_go(self) -> None:
        """Forget the connection: from here on it may be another send's, which `give_up` must not end."""
        with self._lock:
            self._connection = None

    def sending(self, exchange: Exchange) -> None:
        """Note that the message itself now goes out. Raises: GivenUpError, and then none of it does."""
        with self._lock:
            if self._given_up:
                raise GivenUpError
            exchange.stage = Stage.SENDING

    def give_up(self) -> None:
        """End the send: what has not begun never will, and what waits for an answer stops waiting."""
        with self._lock:
            self._given_up = True
            held = getattr(self._connection, "sock", None)
            if self.exchanges and self.exchanges[-1].stage is not Stage.ANSWERED:
                self.exchanges[-1].late = True
        if isinstance(held, socket.socket):
            # The plain socket's own shutdown: an SSL socket's would pull its state away from under the reading thread.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(held, socket.SHUT_RDWR)


_current: ContextVar[Record | None] = ContextVar("delivery_record", default=None)


def current() -> Record | None:
    """Return the record of the send that this thread is in, if it is in one."""
    return _current.get()


@contextlib.contextmanager
def recording(record: Record) -> Iterator[Record]:
    """Record into `record` what requests and smtplib do in this context and in contexts copied from it."""
    token = _current.set(record)
    try:
        yield record
    finally:
        _current.reset(token)
