"""A real SMTP server on loopback that keeps its letters, and refuses, hangs or breaks off when told to."""

from __future__ import annotations

import asyncio
import contextlib
import email.policy
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from types import TracebackType
from typing import Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

BOUND = 20.0  # seconds that anything here waits for at most.
HANG = "hang"  # as a reply: none ever comes.
RESET = "reset"  # as a reply: RST.


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that was taken, as the server got it."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=email.policy.default).parsebytes(self.raw)

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


@dataclass(slots=True)
class Replies:
    """What to answer: by recipient to RCPT, to MAIL, and to a whole message. HANG and RESET are replies too.

    `gate`: the reply to a message comes only when it is set.
    """

    mail: str = "250 OK"
    data: str = "250 OK: taken"
    rcpt: Mapping[str, str] = field(default_factory=dict)
    gate: threading.Event | None = None


class _Controller(Controller):
    """A controller that may be given port 0: aiosmtpd itself knocks at the number it was told."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - aiosmtpd's.
        super().__init__(*arguments, **options)
        self.served: list[SMTP] = []

    def factory(self) -> SMTP:
        served: SMTP = super().factory()  # type: ignore[no-untyped-call]
        self.served.append(served)
        return served

    async def part(self) -> None:
        """End every connection: a client may keep one for its next message."""
        for served in self.served:
            if isinstance(served.transport, asyncio.WriteTransport):
                served.transport.abort()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next round.
        await asyncio.sleep(0)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Handler:
    def __init__(self, owner: MailServer) -> None:
        self._owner = owner

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names and arguments.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._owner.tap("connected"):
            return await self._owner.say(server, session, RESET)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._owner.say(server, session, self._owner.replies.mail)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names and arguments.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._owner.tap("half-sent"):
            return await self._owner.say(server, session, RESET)
        reply = self._owner.replies.rcpt.get(address, "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return await self._owner.say(server, session, reply)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's.
        return await self._owner.take(server, session, envelope)


class MailServer:
    """An SMTP server. With `login`, it wants that user and password; with `tls`, it offers STARTTLS."""

    def __init__(
        self, *, login: tuple[str, str] | None = None, tls: trustme.CA | None = None, size_limit: int = 33_554_432
    ) -> None:
        self.replies = Replies()
        self.asked = threading.Event()  # a whole message is here.
        self.tap: Callable[[str], bool] = lambda _: False  # told how far a message has come; True: RST.
        self._login = login
        self._letters: list[Letter] = []
        self._changed = threading.Condition()
        self._stopping: asyncio.Event | None = None
        self._controller = _controller(self, tls, size_limit)

    def start(self) -> Self:
        self._controller.start()
        return self

    def stop(self) -> None:
        loop = self._controller.loop
        if self._stopping is not None:
            loop.call_soon_threadsafe(self._stopping.set)
        self.hang_up()
        self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def set_tap(self, tap: Callable[[str], bool]) -> None:
        """Call `tap` as messages come in: "connected", "half-sent", "sent-unanswered"."""
        self.tap = tap

    def hang_up(self) -> None:
        """End every connection."""
        asyncio.run_coroutine_threadsafe(self._controller.part(), self._controller.loop).result(BOUND)

    @property
    def connections(self) -> int:
        """How many there have been; the first is the server's own, which tries whether it is up."""
        return len(self._controller.served) - 1

    def wait_until_all_left(self) -> None:
        """Wait until every client has ended its connection. Raises: TimeoutError."""
        pause, served = threading.Event(), self._controller.served
        for _ in range(int(BOUND / 0.05)):
            if all(one.transport is None or one.transport.is_closing() for one in served):
                return
            pause.wait(0.05)
        raise TimeoutError

    @property
    def port(self) -> int:
        return self._controller.port

    def url(self, *to: str, mode: str = "insecure", user: str = "") -> str:
        """Return the apprise URL for these recipients; `user` is "name:password"."""
        login = f"{user}@" if user else ""
        query = "&".join(f"to={each}" for each in to or ("b@example.org",))
        return f"mailto://{login}127.0.0.1:{self.port}/?from=a@example.org&{query}&mode={mode}"

    @property
    def letters(self) -> tuple[Letter, ...]:
        with self._changed:
            return tuple(self._letters)

    def wait_for(self, count: int, *, seconds: float = BOUND) -> tuple[Letter, ...]:
        """Wait until `count` letters were taken. Raises: TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._letters) >= count, seconds):
                raise TimeoutError(f"{len(self._letters)} of {count} letters after {seconds} s")
            return tuple(self._letters)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401, ARG002 - aiosmtpd's arguments.
        known = self._login is not None and isinstance(data, LoginPassword)
        success = known and (data.login.decode(), data.password.decode()) == self._login
        return AuthResult(success=success, handled=False)

    async def take(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = self.replies.data
        self.asked.set()
        if self.replies.gate is not None:
            await asyncio.to_thread(self.replies.gate.wait, BOUND)
        if reply.startswith("2"):
            content = envelope.content
            raw = content if isinstance(content, bytes) else (content or "").encode()
            with self._changed:
                self._letters.append(Letter(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
                self._changed.notify_all()
        return await self.say(server, session, RESET if self.tap("sent-unanswered") else reply)

    async def say(self, server: SMTP, session: Session, reply: str) -> str:  # noqa: ARG002 - aiosmtpd's arguments.
        """Give a reply, or none, or end the connection."""
        if reply == HANG:
            self._stopping = self._stopping or asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), BOUND)
        elif reply == RESET:
            transport = server.transport
            assert isinstance(transport, asyncio.WriteTransport)
            held = transport.get_extra_info("socket")
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return reply if reply[:1].isdigit() else "451 gone"


def _controller(owner: MailServer, tls: trustme.CA | None, size_limit: int) -> _Controller:
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.issue_cert("127.0.0.1").configure_cert(context)
    return _Controller(
        _Handler(owner),
        hostname="127.0.0.1",
        port=0,
        data_size_limit=size_limit,
        tls_context=context,
        authenticator=owner.authenticate,
        auth_require_tls=False,
        ident="test",
    )
