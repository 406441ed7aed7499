"""Local servers that answer like chat services and a webhook, and misbehave when told to.

`ChatServers` is a proxy: what reaches it through HTTPS_PROXY is answered over TLS by a certificate of its own CA, as
the host that was asked for. The real daemon can be run against it with the variables that `start` returns.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from support.chatparse import telegram_seen

SLACK_HOSTS = ("hooks.slack.com", "slack.com")
TELEGRAM_HOST = "api.telegram.org"
DISCORD_HOST = "discord.com"
NTFY_HOST = "ntfy.sh"
MATRIX_HOST = "matrix.example.org"
DISCORD_LIMIT = 2_000  # characters.
NTFY_LIMIT = 4_096  # bytes of a message; twice that for a whole request.
TELEGRAM_LIMIT = 4_096  # UTF-16 units after parsing.
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST.
BOUND = 20.0  # seconds that anything here waits for at most.


class Fault(Enum):
    """How a server fails beyond its status."""

    NONE = "none"
    HANG = "hang"  # reads the request and never answers.
    RESET_AFTER = "reset after the whole request"
    RESET_DURING = "reset before the request is read"  # sets the service's `reset` when it is done.
    BREAK_OFF = "answers half its body, then resets"


class Door(Enum):
    """How the proxy treats a connection, before any request."""

    OPEN = "open"
    REFUSE = "refuse"  # 502, as for a host that cannot be reached.
    UNTRUSTED = "untrusted"  # a certificate of another CA.
    WRONG_NAME = "wrong name"  # a certificate for another host.
    HANG = "hang"  # no TLS handshake.


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer. `gate`: answers only when it is set."""

    status: int = 200
    body: bytes = b"ok"
    headers: tuple[tuple[str, str], ...] = ()
    fault: Fault = Fault.NONE
    gate: threading.Event | None = None

    @classmethod
    def of_json(cls, value: object, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        return cls(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *headers))


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it arrived, `answered` with this status (0: not at all)."""

    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    answered: int = 0

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was posted.
        return json.loads(self.body)


class Service:
    """One service behind the servers: scripted answers first, then its usual yes. Keeps every request."""

    def __init__(self, usual: Callable[[Posted], Answer]) -> None:
        self._usual = usual
        self._script: deque[Answer] = deque()
        self._posted: list[Posted] = []
        self._changed = threading.Condition()
        self.reset = threading.Event()

    def script(self, *answers: Answer) -> None:
        """Give these answers next, one a request; then the usual one again."""
        with self._changed:
            self._script.extend(answers)

    def always(self, answer: Answer) -> None:
        """Give this answer from now on, when the script is used up."""
        self._usual = lambda _: answer

    @property
    def posted(self) -> tuple[Posted, ...]:
        with self._changed:
            return tuple(self._posted)

    def wait_for(self, count: int, *, seconds: float = BOUND) -> tuple[Posted, ...]:
        """Wait until `count` requests have arrived. Raises: TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._posted) >= count, seconds):
                raise TimeoutError(f"{len(self._posted)} of {count} requests after {seconds} s")
            return tuple(self._posted)

    def wait_until(self, is_enough: Callable[[tuple[Posted, ...]], bool], *, seconds: float = BOUND) -> None:
        """Wait until what has arrived is enough. Raises: TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: is_enough(tuple(self._posted)), seconds):
                raise TimeoutError(f"{len(self._posted)} requests after {seconds} s are not enough")

    def answer(self, posted: Posted) -> Answer:
        with self._changed:
            answer = self._script.popleft() if self._script else self._usual(posted)
            status = answer.status if answer.fault is Fault.NONE else 0
            self._posted.append(
                Posted(posted.host, posted.method, posted.path, posted.headers, posted.body, answered=status)
            )
            self._changed.notify_all()
            return answer

    @property
    def next_fault(self) -> Fault:
        """What the next answer will fail with: some faults come before the request is read."""
        with self._changed:
            return self._script[0].fault if self._script else Fault.NONE


def slack_usual(posted: Posted) -> Answer:
    """Answer as Slack: `ok` to a webhook, JSON to the API; Slack refuses what is no JSON."""
    try:
        payload = json.loads(posted.body)
    except ValueError:
        return Answer(400, b"invalid_payload")
    if posted.path.startswith("/api/"):
        return Answer.of_json({"ok": True, "channel": payload.get("channel"), "ts": "1733496000.000100"})
    return Answer(200, b"ok", (("Content-Type", "text/html"),))


def telegram_usual(posted: Posted) -> Answer:
    """Answer as Telegram: refuse what is too long or no HTML of its own, else return the message.

    Source: Telegram Bot API, sendMessage; "Making requests".
    """
    payload = json.loads(posted.body)
    try:
        seen = telegram_seen(payload["text"], payload.get("parse_mode"))
    except ValueError as error:
        return _telegram_no(400, f"Bad Request: can't parse entities: {error}")
    if not seen.text.strip():
        return _telegram_no(400, "Bad Request: message text is empty")
    if len(seen.text.encode("utf-16-le")) // 2 > TELEGRAM_LIMIT:
        return _telegram_no(400, "Bad Request: message is too long")
    return Answer.of_json({"ok": True, "result": {"message_id": 1, "chat": {"id": payload["chat_id"]}}})


def _telegram_no(code: int, description: str) -> Answer:
    return Answer.of_json({"ok": False, "error_code": code, "description": description}, status=code)


def discord_usual(posted: Posted) -> Answer:
    """Answer as Discord's webhook: 204 without `wait`; refuse what is empty or too long.

    Source: Discord developer reference, "Execute Webhook"; JSON error codes 50006 and 50035.
    """
    content = json.loads(posted.body).get("content", "")
    if not content.strip():
        return Answer.of_json({"code": 50006, "message": "Cannot send an empty message"}, status=400)
    if len(content) > DISCORD_LIMIT:
        return Answer.of_json({"code": 50035, "message": "Invalid Form Body"}, status=400)
    return Answer(204, b"")


def ntfy_usual(posted: Posted) -> Answer:
    """Answer as ntfy with attachments turned off: a message that is too long is refused. Source: ntfy, server.go."""
    if len(posted.body) > 2 * NTFY_LIMIT:
        return Answer.of_json({"code": 41303, "http": 413, "error": "JSON body too large"}, status=413)
    message = json.loads(posted.body)
    if len(message["message"].encode()) > NTFY_LIMIT:
        return Answer.of_json({"code": 40014, "http": 400, "error": "attachments not allowed"}, status=400)
    return Answer.of_json({"id": "hwQ2YpKdmg", "event": "message", "topic": message["topic"]})


class MatrixRooms:
    """A Matrix home server: it logs in, joins, and takes events, each transaction of a room once.

    Source: Matrix specification v1.13, client-server API, "Transaction identifiers".
    """

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}

    def answer(self, posted: Posted) -> Answer:
        path = posted.path.partition("?")[0]
        if posted.method == "PUT" and "/send/m.room.message/" in path:
            # A transaction seen before is answered as it was then, and nobody is shown anything.
            self.events.setdefault(path, json.loads(posted.body))
            number = list(self.events).index(path)
            return Answer.of_json({"event_id": f"$event{number}"})
        for ending, said in (
            ("/login", {"access_token": "syt_secrettoken", "user_id": "@bot:example.org", "device_id": "D"}),
            ("/account/whoami", {"user_id": "@bot:example.org", "device_id": "D"}),
        ):
            if path.endswith(ending):
                return Answer.of_json(said)
        if "/join/" in path:
            return Answer.of_json({"room_id": "!room:example.org"})
        return Answer.of_json({"errcode": "M_NOT_FOUND", "error": "not found"}, status=404)


Tap = Callable[[str], bool]  # told how far a request has come; True: the connection ends there.


def _no_tap(_: str) -> bool:
    return False


@dataclass(slots=True)
class Listener:
    """A threaded TCP server on loopback: one thread a connection, all of them ended by `stop`."""

    serve: Callable[[socket.socket], None]
    narrow: bool = False  # small receive buffers, so that a sender cannot hand over everything at once.
    stopped: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _socket: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> int:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.narrow:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP, 1_024)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)
        self._socket = listening
        self.port = listening.getsockname()[1]
        thread = threading.Thread(target=self._accept, args=(listening,), daemon=True)
        self._threads.append(thread)
        thread.start()
        return self.port

    def stop(self) -> None:
        self.stopped.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        for each in tuple(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(BOUND)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        self._open.add(connection)
        try:
            # A client that goes away is no fault of the server.
            with contextlib.suppress(OSError, EOFError):
                self.serve(connection)
        finally:
            self._open.discard(connection)
            connection.close()


class Speaker:
    """HTTP/1.1 over one connection: read a request, answer it by the service's script."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped
        self.tap: Tap = _no_tap

    def converse(self, connection: socket.socket, service: Service, host: str, head: bytes = b"") -> None:
        """Serve requests until the connection ends; `head` are bytes of the first that were read already."""
        while True:
            if service.next_fault is Fault.RESET_DURING:
                service.answer(Posted(host, "", "", {}, b""))
                reset(connection)
                service.reset.set()
                return
            posted = read_request(connection, host, head, tap=self.tap)
            head = b""
            answer = service.answer(posted)
            if self.tap("sent-unanswered"):
                return
            if not self._give(connection, answer):
                return

    def _give(self, connection: socket.socket, answer: Answer) -> bool:
        """Write an answer; False when the connection is over."""
        if answer.gate is not None:
            answer.gate.wait(BOUND)
        match answer.fault:
            case Fault.HANG:
                self._stopped.wait(BOUND)
                return False
            case Fault.RESET_AFTER | Fault.RESET_DURING:
                reset(connection)
                return False
        lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(answer.body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        head = "\r\n".join((*lines, "", "")).encode()
        if answer.fault is Fault.BREAK_OFF:
            connection.sendall(head + answer.body[: len(answer.body) // 2])
            reset(connection)
            return False
        connection.sendall(head + answer.body)
        return False


def reset(connection: socket.socket) -> None:
    """Close with RST: what was sent and not read is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read up to the empty line; return the head and what came after it. Raises: EOFError."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            raise EOFError
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def read_request(connection: socket.socket, host: str, already: bytes = b"", *, tap: Tap = _no_tap) -> Posted:
    """Read one request with its whole body. Raises: EOFError."""
    if b"\r\n\r\n" in already:
        head, _, body = already.partition(b"\r\n\r\n")
    else:
        head, body = read_head(connection)
    if tap("half-sent"):
        raise EOFError
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        piece = connection.recv(65_536)
        if not piece:
            raise EOFError
        body += piece
    return Posted(host, method, path, headers, body)


class ChatServers:
    """The chat services on loopback. `start` returns the environment in which they are reached."""

    def __init__(self) -> None:
        self.slack = Service(slack_usual)
        self.telegram = Service(telegram_usual)
        self.discord = Service(discord_usual)
        self.ntfy = Service(ntfy_usual)
        self.rooms = MatrixRooms()
        self.matrix = Service(self.rooms.answer)
        self.door = Door.OPEN
        self._authority = trustme.CA()
        self._stranger = trustme.CA()
        self._contexts: dict[tuple[str, Door], ssl.SSLContext] = {}
        self._listener = Listener(self._serve)
        self._speaker = Speaker(self._listener.stopped)
        self._folder = tempfile.TemporaryDirectory(prefix="chatservers-")

    def start(self) -> dict[str, str]:
        """Listen, and return HTTPS_PROXY, REQUESTS_CA_BUNDLE and SSL_CERT_FILE."""
        port = self._listener.start()
        bundle = Path(self._folder.name) / "ca.pem"
        self._authority.cert_pem.write_to_path(bundle)
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{port}",
            "REQUESTS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
        }

    def stop(self) -> None:
        self._listener.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def set_tap(self, tap: Tap) -> None:
        """Call `tap` as requests come in: "connected", "half-sent", "sent-unanswered"."""
        self._speaker.tap = tap

    def _serve(self, connection: socket.socket) -> None:
        if self._speaker.tap("connected"):
            return
        head, _ = read_head(connection)
        method, target, _ = head.decode("latin-1").split(" ", 2)
        host = target.rpartition(":")[0]
        service = self._service(host)
        if method != "CONNECT" or service is None or self.door is Door.REFUSE:
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if self.door is Door.HANG:
            self._listener.stopped.wait(BOUND)
            return
        with self._context(host).wrap_socket(connection, server_side=True) as secure:
            self._speaker.converse(secure, service, host)

    def _service(self, host: str) -> Service | None:
        if host in SLACK_HOSTS:
            return self.slack
        others = {TELEGRAM_HOST: self.telegram, DISCORD_HOST: self.discord, NTFY_HOST: self.ntfy}
        return {**others, MATRIX_HOST: self.matrix}.get(host)

    def _context(self, host: str) -> ssl.SSLContext:
        key = (host, self.door)
        if key not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            issuer = self._stranger if self.door is Door.UNTRUSTED else self._authority
            name = "elsewhere.example" if self.door is Door.WRONG_NAME else host
            issuer.issue_cert(name).configure_cert(context)
            self._contexts[key] = context
        return self._contexts[key]


class WebhookServer:
    """A plain HTTP server that takes what is posted to it: the other end of `json://127.0.0.1:port/path`."""

    def __init__(self) -> None:
        self.hook = Service(lambda _: Answer(200, b""))
        self._listener = Listener(self._serve)
        self._speaker = Speaker(self._listener.stopped)

    def start(self) -> str:
        """Listen, and return the apprise URL."""
        return f"json://127.0.0.1:{self._listener.start()}/alerts"

    def stop(self) -> None:
        self._listener.stop()

    def set_tap(self, tap: Tap) -> None:
        """Call `tap` as requests come in: "connected", "half-sent", "sent-unanswered"."""
        self._speaker.tap = tap

    def _serve(self, connection: socket.socket) -> None:
        if self._speaker.tap("connected"):
            return
        self._speaker.converse(connection, self.hook, "127.0.0.1")


@contextlib.contextmanager
def refused_port() -> Iterator[int]:
    """Hold a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
