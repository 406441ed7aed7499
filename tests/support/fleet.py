"""Daemon and workers on one PostgreSQL state, polling a farm as quickly as they can, and what that costs where."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import psycopg
from support.daemon import MONITOR, environment
from support.farm import Farm
from support.pollers import wait_until, write_config
from support.postgres import Server
from support.proctree import own_cpu, used

from monitor.model import Feed
from monitor.store import open_store, upgrade

SETTLE = 5.0  # seconds until a new process has taken its part, and all rooms are as full as they get.


@dataclass(frozen=True, slots=True)
class Window:
    """What was done in a stretch of time: polls, and the CPU seconds of each process, their children, PostgreSQL."""

    seconds: float
    polls: int
    processes: tuple[float, ...]
    children: float
    database: float

    @property
    def rate(self) -> float:
        """Polls a second."""
        return self.polls / self.seconds

    @property
    def cores(self) -> float:
        """How many cores the processes and the database kept busy."""
        return (sum(self.processes) + self.children + self.database) / self.seconds

    def each(self, amount: float) -> float:
        """Return so many seconds as milliseconds a poll."""
        return amount / max(self.polls, 1) * 1000


def postmaster(url: str) -> int:
    """Return the process that all others of a local server have come from."""
    with psycopg.connect(url) as connection:
        stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


class Fleet:
    """Processes on one state. `quiet` feeds have been polled before: a farm that answers 304 is all they need."""

    def __init__(self, server: Server, farm: Farm, folder: Path, *, feeds: int, every: str, quiet: bool) -> None:
        self.state = server.make(folder.name.replace("-", "_"))
        upgrade(self.state)
        self._farm = farm
        self._root = postmaster(server.url)
        self._folder = folder
        self.config = write_config(folder, farm, [every] * feeds, state=self.state)
        # Homes are learned a few times in a feed's life, and are not what is measured here.
        self.config.write_text(self.config.read_text().replace("full_text = false", 'full_text = false\nhome = "SY"'))
        self.processes: list[subprocess.Popen[bytes]] = []
        if quiet:
            with open_store(self.state) as store:
                known = [Feed(f"f{index}", farm.url(index), f"f{index}") for index in range(feeds)]
                store.sync_feeds(known, now=_now())
            self.change(
                "UPDATE feeds SET health = 'ok', etag = '\"farm\"', first_success_at = now(), last_success_at = now()"
            )

    def start(self, command: str) -> None:
        """Start a daemon or a worker and wait until it runs."""
        path = self._folder / f"log{len(self.processes)}"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [*MONITOR, command, "--config", str(self.config)], stdout=log, stderr=log, env=environment()
            )
        self.processes.append(process)
        wait_until(lambda: b"event=running" in path.read_bytes() or process.poll() is not None, what=f"{command} runs")
        assert process.poll() is None, path.read_text()

    def stop(self, index: int) -> None:
        """End one of the processes, and wait for it."""
        process = self.processes.pop(index)
        process.terminate()
        process.wait(30)

    def measure(self, seconds: float) -> Window:
        """Let things settle, then see what is done in so many seconds."""
        pause = Event()
        pause.wait(SETTLE)
        self._farm.tell()
        before, begun = self._spent(), time.monotonic()
        pause.wait(seconds)
        told, after, took = self._farm.tell(), self._spent(), time.monotonic() - begun
        polls = sum(told.asked.get(kind, 0) for kind in ("304", "200"))
        return _between(before, after, polls, took)

    def poll_all(self, feeds: int) -> Window:
        """Make all feeds due and wait until each was polled and all that is new was read."""
        self._farm.tell()
        before, begun = self._spent(), time.monotonic()
        since = _now()
        self.change("UPDATE feeds SET next_poll_at = now()")
        self.wait_for_all(feeds, since=since)
        return _between(before, self._spent(), feeds, time.monotonic() - begun)

    def change(self, statement: str) -> None:
        """Run a statement of ours."""
        with psycopg.connect(self.state) as connection:
            connection.execute(statement.encode())

    def close(self) -> None:
        """End all processes."""
        while self.processes:
            self.stop(-1)

    def wait_for_all(self, feeds: int, *, since: datetime) -> None:
        """Wait until so many feeds were polled since then, and nothing new waits to be read."""
        with psycopg.connect(self.state, autocommit=True) as connection:

            def is_done() -> bool:
                found = connection.execute(
                    "SELECT (SELECT count(*) FROM feeds WHERE last_poll_at >= %s),"
                    " (SELECT count(*) FROM entries WHERE state = 'unread' AND due_at IS NOT NULL)",
                    (since,),
                ).fetchone()
                return found == (feeds, 0)

            wait_until(is_done, what="all feeds are polled")

    def _spent(self) -> tuple[tuple[float, ...], float, float]:
        own = tuple(own_cpu(one.pid) for one in self.processes)
        return own, sum(used(one.pid).cpu for one in self.processes) - sum(own), used(self._root).cpu


def _between(
    before: tuple[Sequence[float], float, float], after: tuple[Sequence[float], float, float], polls: int, took: float
) -> Window:
    processes = tuple(end - start for start, end in zip(before[0], after[0], strict=True))
    return Window(took, polls, processes, after[1] - before[1], after[2] - before[2])


def _now() -> datetime:

    return datetime.now(UTC)


@contextmanager
def fleet(server: Server, farm: Farm, folder: Path, *, feeds: int, every: str, quiet: bool) -> Iterator[Fleet]:
    """Hold a fleet until the end of the block; nothing is started yet."""
    folder.mkdir()
    made = Fleet(server, farm, folder, feeds=feeds, every=every, quiet=quiet)
    try:
        yield made
    finally:
        made.close()
