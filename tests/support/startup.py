"""Start the real program and see what that costs: CPU, seconds until it is ready, memory of it and its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.daemon import environment

HEAD = """
[monitor]
state = "monitor.db"
[network]
allow_private = ["127.0.0.0/8"]
[[channel]]
id = "desk"
url = "json://127.0.0.1:9/"
[[watch]]
id = "homs"
keyword = "Homs"
"""
FEED = """
[[feed]]
id = "f{number}"
url = "{site}/feed/{number}"
every = "24h"
"""
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Used:
    """What a process has used: seconds of CPU time, resident bytes."""

    cpu: float
    resident: int


@dataclass(frozen=True, slots=True)
class Started:
    """A daemon that says it is ready: its process id, and how many seconds that took it."""

    pid: int
    wall: float
    used: Used


def cpu_of(*command: str) -> float:
    """Run a command to its end and return its seconds of CPU time."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), start_new_session=True
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime


def used_by(pid: int) -> Used:
    """Look at a running process. Source: proc(5)."""
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int((folder / "statm").read_text().split()[1])
    return Used(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def children_of(pid: int) -> tuple[int, ...]:
    """Return the processes that descend from this one."""
    direct = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return (*direct, *(each for child in direct for each in children_of(child)))


def write_config(folder: Path, *, feeds: int, site: str) -> Path:
    """Write a configuration with so many feeds of one site."""
    path = folder / "config.toml"
    path.write_text(HEAD + "".join(FEED.format(number=number, site=site) for number in range(feeds)))
    path.chmod(0o600)
    return path


@contextmanager
def started(config: Path, *, seconds: float = 60) -> Iterator[Started]:
    """Run the daemon until the end of the block, from the moment that it says READY=1 to its service manager."""
    address = config.parent / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(seconds)
        begin = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--config", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment({"NOTIFY_SOCKET": str(address)}),
        )
        try:
            while "READY=1" not in manager.recv(4096).decode().splitlines():
                pass
            yield Started(process.pid, time.monotonic() - begin, used_by(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
