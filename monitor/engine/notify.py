"""What the daemon tells systemd: that it is ready, what it does, and that it is alive. Source: sd_notify(3)."""

from __future__ import annotations

import os
import socket
from datetime import timedelta


def notify(*lines: str) -> bool:
    """Send `lines` ("READY=1", "STATUS=…", "WATCHDOG=1") to the service manager; False where none takes them.

    Never raises for a socket that is full or gone: a deaf manager must not stop the daemon.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.settimeout(0)
        try:
            channel.sendto("\n".join(lines).encode(), target)
        except OSError:
            return False
    return True


def watchdog_interval() -> timedelta | None:
    """Return how often to send "WATCHDOG=1": half of what the manager allows; None where nobody watches this process.

    Source: sd_watchdog_enabled(3).
    """
    allowed, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not allowed.isdecimal() or int(allowed) == 0 or (pid and pid != str(os.getpid())):
        return None
    return timedelta(microseconds=int(allowed)) / 2
