"""Keep mail connections open between the messages of a burst: most of a short message's time is greeting and login.

A kept connection is asked whether it still lives before a message is given to it, and if anything goes wrong before the
message's own bytes go out, the message goes out on a new one. So no receipt is other than it would have been.
"""

from __future__ import annotations

import contextlib
import smtplib
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

from monitor.delivery.record import Record, Stage, current

KEEP = 10.0  # seconds that an idle connection is kept; servers wait for minutes.
MOST = 100  # messages over one connection; some servers want no more.
PROBE = 2.0  # seconds that an idle connection has to say that it lives, or goodbye.

Key = tuple[object, ...]


@dataclass(slots=True)
class Kept:
    """An open connection that is logged in. `since` is when it was laid down, in monotonic seconds."""

    smtp: smtplib.SMTP
    used: int = 0
    since: float = 0.0


class Drawer:
    """Connections that lie idle, by server and login. A thread closes what lies for too long; without any it ends."""

    def __init__(self) -> None:
        self._kept: dict[Key, list[Kept]] = {}
        self._lock = threading.Lock()
        self._closer: threading.Thread | None = None

    def take(self, key: Key) -> Kept | None:
        """Take the connection out that was used last."""
        with self._lock:
            return self._kept[key].pop() if self._kept.get(key) else None

    def lay(self, key: Key, kept: Kept) -> None:
        """Keep a connection for the next message. Raises: RuntimeError if the machine has no thread to spare."""
        kept.since = time.monotonic()
        with self._lock:
            if self._closer is None:
                closer = threading.Thread(target=self._close_idle, name="idle mail connections", daemon=True)
                closer.start()  # it waits for the lock, and finds this connection.
                self._closer = closer
            self._kept.setdefault(key, []).append(kept)

    def _close_idle(self) -> None:
        while (wait := self._close_late()) is not None:
            time.sleep(wait)

    def _close_late(self) -> float | None:
        """Close what lies for too long; return the seconds until the next does, None if nothing is left."""
        end = time.monotonic() - KEEP
        with self._lock:
            late = [kept for row in self._kept.values() for kept in row if kept.since <= end]
            self._kept = {key: left for key, row in self._kept.items() if (left := [k for k in row if k.since > end])}
            if not self._kept and not late:
                self._closer = None
                return None
            first = min((kept.since for row in self._kept.values() for kept in row), default=end)
        for kept in late:
            _part(kept.smtp)
        return max(first - end, 0.0)


def _part(smtp: smtplib.SMTP) -> None:
    """Say goodbye, to whoever is still there."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        if smtp.sock is not None:
            smtp.sock.settimeout(PROBE)
            smtp.quit()
    smtp.close()


def _lives(smtp: smtplib.SMTP) -> bool:
    """Ask a connection whether it still lives, with little patience."""
    try:
        if smtp.sock is None:
            return False
        patience = smtp.sock.gettimeout()
        smtp.sock.settimeout(PROBE)
        code, _ = smtp.noop()
        smtp.sock.settimeout(patience)
    except (OSError, smtplib.SMTPException):
        return False
    return code == 250  # noqa: PLR2004 - SMTP's own number.


_drawer = Drawer()


class Keeping:
    """Apprise's context manager of one SMTP connection, as one that keeps it. Outside a send it is as it always was."""

    plain: Any  # apprise's class.
    _socket: Any
    _used, _taken = 0, False

    def __enter__(self) -> Self:
        """Take up a connection, or open one."""
        record = current()
        kept = _drawer.take(self._key) if record is not None else None
        if record is None or kept is None or not self._take_up(kept, record):
            self.plain.__enter__(self)
        return self

    def sendmail(self, from_addr: str, to_addrs: list[str], message: str) -> bool:
        """Send on the kept connection, or on a new one where that ended before the message went out."""
        self._taken = bool(self.plain.sendmail(self, from_addr, to_addrs, message))
        record = current()
        if not self._taken and self._used and record is not None and record.exchanges[-1].stage < Stage.SENDING:
            self.plain.__exit__(self, None, None, None)
            record.exchanges.pop()
            self._used = 0
            self.plain.__enter__(self)
            self._taken = bool(self.plain.sendmail(self, from_addr, to_addrs, message))
        self._used += 1
        return self._taken

    def __exit__(self, *raised: object) -> None:
        """Keep the connection if it did what it is for, else end it."""
        record, smtp = current(), self._socket
        if record is not None and self._taken and smtp.sock is not None and self._used < MOST:
            record.let_go()
            with contextlib.suppress(RuntimeError):
                _drawer.lay(self._key, Kept(smtp, self._used))
                self._socket = None
        self.plain.__exit__(self, *raised)

    @property
    def _key(self) -> Key:
        """What a connection must have in common with another to stand in for it."""
        names = ("host", "port", "secure_mode", "user", "password", "verify_certificate", "socket_connect_timeout")
        return tuple(getattr(self, name) for name in names)

    def _take_up(self, kept: Kept, record: Record) -> bool:
        """Take up a kept connection, if it lives. Raises: GivenUpError."""
        record.hold(kept.smtp)
        if not _lives(kept.smtp):
            kept.smtp.close()
            return False
        record.begin("smtp", str(getattr(self, "host", "")))
        self._socket, self._used = kept.smtp, kept.used
        return True


def keeping(plain: Any) -> Any:  # noqa: ANN401 - apprise's class, which is untyped.
    """Return apprise's context manager of one SMTP connection as one that keeps it."""
    return type("KeepingController", (Keeping, plain), {"plain": plain})
