"""The wrappers that write a record: around requests and urllib3 for HTTP, around smtplib for mail."""

from __future__ import annotations

import io
import os
import smtplib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from monitor.delivery.record import Exchange, GivenUpError, Record, Reply, Stage, current
from monitor.delivery.shapes import is_aside, is_event

if TYPE_CHECKING:  # requests is imported when something is sent, not before.
    import requests
    import urllib3.connection

T = TypeVar("T")
Plain = Callable[..., Any]

MAX_ANSWER = 65_536  # bytes of an answer that are read; services say yes or no in a few hundred.
ANSWER_TIME = 30.0  # seconds for the body of an answer once its headers are here.

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # what libraries like to try again at once.

# What smtplib sends beside these is a step of a login, and secret.
_COMMANDS = frozenset({"ehlo", "helo", "mail", "rcpt", "data", "rset", "quit", "noop", "auth", "starttls"})
_FAREWELLS = frozenset({"rset", "quit", "noop"})  # what goes wrong with them no longer matters.

_lock = threading.Lock()
_installed = False


def install() -> None:
    """Wrap requests, urllib3 and smtplib for this process; a second call does nothing."""
    global _installed  # noqa: PLW0603 - one process, one set of wrappers.
    with _lock:
        if not _installed:
            _install_http()
            _install_smtp()
            _installed = True


def _wrap(owner: type, name: str, around: Callable[[Plain], Plain]) -> None:
    setattr(owner, name, around(getattr(owner, name)))


def _open_exchange() -> tuple[Record, Exchange] | None:
    """Return the record of this context and its running exchange, if there are any."""
    record = current()
    return (record, record.exchanges[-1]) if record is not None and record.exchanges else None


# --- HTTP ---------------------------------------------------------------------------------------------------------


def _install_http() -> None:
    import requests.adapters
    import urllib3.connection

    _wrap(requests.adapters.HTTPAdapter, "send", _around_send)
    _wrap(urllib3.connection.HTTPConnection, "request", _around_request)


def _around_send(plainly: Plain) -> Plain:
    def send(adapter: object, request: requests.PreparedRequest, *rest: object, **options: object) -> object:
        record = current()
        if record is None:
            return plainly(adapter, request, *rest, **options)
        _refuse_another_try(record)
        exchange = record.begin("http", urlsplit(request.url or "").hostname or "")
        exchange.main, exchange.aside = is_event(request.url or ""), is_aside(request.url or "")
        _reshape(record, request)
        options["stream"] = True
        if options.get("verify") is True:
            options["verify"] = os.environ.get("SSL_CERT_FILE") or True
        try:
            response = plainly(adapter, request, *rest, **options)
        except BaseException as error:
            exchange.error = error
            raise
        _note_answer(exchange, response)
        return response

    return send


def _refuse_another_try(record: Record) -> None:
    """End a send whose last request was turned away for now: a library's own next try would not be ours to count.

    Raises: GivenUpError.
    """
    if record.exchanges and (record.exchanges[-1].status or 0) in AGAIN:
        raise GivenUpError


def _reshape(record: Record, request: requests.PreparedRequest) -> None:
    body = request.body
    ours = record.reshape(request.url or "", body) if record.reshape and isinstance(body, bytes | str) else None
    if ours is not None:
        request.url, request.body = ours
        request.headers["Content-Length"] = str(len(request.body))


def _around_request(plainly: Plain) -> Plain:
    def request(connection: urllib3.connection.HTTPConnection, *arguments: object, **options: object) -> None:
        opened = _open_exchange()
        if opened is None:
            plainly(connection, *arguments, **options)
            return
        record, exchange = opened
        record.hold(connection)
        if connection.sock is None:
            # Connect first, so that a refusal is told from a message that broke off.
            connection.connect()
        record.sending(exchange)
        plainly(connection, *arguments, **options)
        exchange.stage = Stage.SENT

    return request


def _note_answer(exchange: Exchange, response: requests.Response) -> None:
    """Note status, headers and the body's start, and hand the library no more than that."""
    exchange.stage = Stage.ANSWERED
    exchange.status = response.status_code
    exchange.headers = {name.lower(): value for name, value in response.headers.items()}
    exchange.body, exchange.error = _start_of(response)
    response.close()
    response.raw = io.BytesIO(exchange.body)
    # A redirect is no acceptance, and following one would take the message somewhere else.
    response.headers.pop("Location", None)


def _start_of(response: requests.Response) -> tuple[bytes, BaseException | None]:
    """Read at most MAX_ANSWER bytes of an answer's body, as they come; what broke it off is returned beside it."""
    import urllib3.exceptions

    body = b""
    end = time.monotonic() + ANSWER_TIME
    try:
        while len(body) < MAX_ANSWER and time.monotonic() < end:
            piece = response.raw.read1(MAX_ANSWER - len(body), decode_content=True)
            if not piece:
                break
            body += piece
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return body, error
    return body, None


# --- SMTP ---------------------------------------------------------------------------------------------------------


def _install_smtp() -> None:
    _wrap(smtplib.SMTP, "connect", _around_connect)
    _wrap(smtplib.SMTP, "starttls", lambda plainly: _around_step(plainly, "starttls"))
    _wrap(smtplib.SMTP, "login", lambda plainly: _around_step(plainly, "auth"))
    _wrap(smtplib.SMTP, "putcmd", _around_putcmd)
    _wrap(smtplib.SMTP, "getreply", _around_getreply)
    _wrap(smtplib.SMTP, "send", _around_bytes)


def _noting(exchange: Exchange, command: str, call: Callable[[], T]) -> T:
    """Call, and note what it raised: a lost connection, a certificate that is not trusted, no way to log in."""
    try:
        return call()
    except BaseException as error:
        if command not in _FAREWELLS:
            exchange.error = error
            exchange.failed_at = command
        raise


def _around_connect(plainly: Plain) -> Plain:
    def connect(smtp: smtplib.SMTP, host: str = "localhost", *rest: object, **options: object) -> object:
        record = current()
        if record is None:
            return plainly(smtp, host, *rest, **options)
        exchange = record.begin("smtp", host)
        record.hold(smtp)
        return _noting(exchange, "connect", lambda: plainly(smtp, host, *rest, **options))

    return connect


def _around_step(plainly: Plain, command: str) -> Plain:
    def step(smtp: smtplib.SMTP, *arguments: object, **options: object) -> object:
        opened = _open_exchange()
        if opened is None:
            return plainly(smtp, *arguments, **options)
        return _noting(opened[1], command, lambda: plainly(smtp, *arguments, **options))

    return step


def _around_putcmd(plainly: Plain) -> Plain:
    def putcmd(smtp: smtplib.SMTP, cmd: str, args: str = "") -> None:
        opened = _open_exchange()
        if opened is not None and cmd.lower() in _COMMANDS:
            opened[1].command = cmd.lower()
        plainly(smtp, cmd, args)

    return putcmd


def _around_getreply(plainly: Plain) -> Plain:
    def getreply(smtp: smtplib.SMTP) -> tuple[int, bytes]:
        opened = _open_exchange()
        code: int
        text: bytes
        if opened is None:
            code, text = plainly(smtp)
            return code, text
        exchange = opened[1]
        code, text = _noting(exchange, exchange.command, lambda: plainly(smtp))
        exchange.replies.append(Reply(exchange.command, code, text.decode("utf-8", "replace")))
        if exchange.command == ".":
            exchange.stage = Stage.ANSWERED
        return code, text

    return getreply


def _around_bytes(plainly: Plain) -> Plain:
    def send(smtp: smtplib.SMTP, s: str | bytes) -> None:
        opened = _open_exchange()
        if opened is None:
            plainly(smtp, s)
            return
        record, exchange = opened
        # smtplib sends commands as text and the message, with its final dot, as one piece of bytes.
        whole = exchange.command == "data" and isinstance(s, bytes)
        if whole:
            record.sending(exchange)
            exchange.command = "."
        else:
            record.hold(smtp)
        _noting(exchange, exchange.command, lambda: plainly(smtp, s))
        if whole:
            exchange.stage = Stage.SENT

    return send
