"""Ours and what a user would pick instead, each as it is used, asked to poll the same farm and measured alike."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from support.daemon import MONITOR, environment
from support.farm import Farm
from support.farmfeeds import WATCHED
from support.proctree import used

from monitor.store import open_store

CACHE = Path.home() / ".cache" / "news-monitor-bench"
PATIENCE = 600.0  # seconds that any phase may take.
LOOK = 0.02  # seconds between two looks at whether ours has committed all.
KEYWORDS = ("earthquake", "ceasefire*", "wildfire", "обстрел*", "قصف", "cholera", "evacuat*", "blackout")
PLACES = ("Homs, SY", "Aleppo, SY", "Kharkiv, UA", "Khartoum, SD")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one poll of all feeds took: seconds, CPU seconds of the whole process tree, and megabytes at most."""

    wall: float
    cpu: float
    main: float
    child: float = 0.0


class Poller(Protocol):
    """Something that polls all feeds of a farm when it is told to."""

    name: str

    @abstractmethod
    def first(self) -> Spent:
        """Begin, and poll all feeds for the first time."""

    @abstractmethod
    def again(self) -> Spent:
        """Poll all feeds again."""

    @abstractmethod
    def close(self) -> None:
        """End."""


# --- ours -----------------------------------------------------------------------------------------------------------

CONFIG = """
[monitor]
state = "{state}"
[network]
contact = "bench@example.org"
allow_private = ["127.0.0.0/8"]
[alerting]
burst = 100000
[[channel]]
id = "desk"
url = "{sink}"
rate = "1000/1s"
"""
FEED = """[[feed]]
id = "f{index}"
url = "{url}"
every = "{every}"
full_text = false
"""


def write_config(folder: Path, farm: Farm, every: Sequence[str], *, state: str = "state/monitor.db") -> Path:
    """Write a configuration that polls feed `i` each `every[i]`: a dozen watches, one channel, the farm's sink."""
    feeds = (FEED.format(index=index, url=farm.url(index), every=each) for index, each in enumerate(every))
    words = (f'[[watch]]\nid = "k{n}"\nkeyword = "{word}"\n' for n, word in enumerate((*WATCHED, *KEYWORDS)))
    places = (f'[[watch]]\nid = "p{n}"\nplace = "{place}"\n' for n, place in enumerate(PLACES))
    config = folder / "config.toml"
    config.write_text("".join((CONFIG.format(sink=farm.sink, state=state), *feeds, *words, *places)))
    config.chmod(0o600)
    return config


class Ours(Poller):
    """`monitor run`, a daemon that stays; to poll again, all feeds are made due in its state.

    Time runs from the first request that the farm sees until the last feed's poll, and the last new entry's matches,
    are committed. Starting is measured apart: `started`.
    """

    name = "ours"

    def __init__(self, farm: Farm, count: int, folder: Path, *, every: Sequence[str] = ()) -> None:
        self._farm = farm
        self._config = write_config(folder, farm, every or ["12h"] * count)
        self._database = folder / "state" / "monitor.db"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.started = Spent(0, 0, 0)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def first(self) -> Spent:
        begun = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*MONITOR, "run", "--config", str(self._config)], stdout=log, stderr=log, env=environment()
            )
        wait_until(lambda: b"event=running" in self._log.read_bytes(), what="it runs")
        before = used(self.pid)
        self.started = Spent(time.monotonic() - begun, before.cpu, before.peak)
        return self._measure("0", before.cpu)

    def again(self) -> Spent:
        now = datetime.now(UTC)
        before = used(self.pid).cpu
        with open_store(self._database, lock=False) as store:
            store.make_feeds_due(now=now)
        return self._measure(f"{now:%Y-%m-%d %H:%M:%S.%f}", before)

    def spread(self, seconds: int) -> dict[int, float]:
        """Make all feeds due evenly over so many seconds from now; return when each is, on the monotonic clock."""
        begun, now = time.monotonic(), datetime.now(UTC)
        with closing(sqlite3.connect(self._database, timeout=30)) as state, state:
            ids = [id_ for (id_,) in state.execute("SELECT id FROM feeds ORDER BY id")]
            waits = {id_: seconds * (number + 1) / len(ids) for number, id_ in enumerate(ids)}
            rows = [(f"{now + timedelta(seconds=wait):%Y-%m-%d %H:%M:%S.%f}", id_) for id_, wait in waits.items()]
            state.executemany("UPDATE feeds SET next_poll_at = ? WHERE id = ?", rows)
        return {int(id_[1:]): begun + wait for id_, wait in waits.items()}

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def _measure(self, since: str, cpu: float) -> Spent:
        wait_until(lambda: self._is_done(since), what="all feeds are polled")
        ended, after = time.monotonic(), used(self.pid)
        told = self._farm.tell()
        self._farm.asked = dict(told.asked)
        return Spent(ended - told.first_at, after.cpu - cpu, after.peak, after.child)

    def _is_done(self, since: str) -> bool:
        """Say whether every feed was polled with success since then and no entry waits to be read."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as state:
            late = "SELECT 1 FROM feeds WHERE last_success_at IS NULL OR last_success_at < ? LIMIT 1"
            unread = "SELECT 1 FROM entries WHERE due_at IS NOT NULL AND state = 'unread' LIMIT 1"
            return not (state.execute(late, (since,)).fetchone() or state.execute(unread).fetchone())


def wait_until(holds: Callable[[], bool], *, what: str, seconds: float = PATIENCE) -> None:
    """Look now and again until something holds. Raises: AssertionError."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not after {seconds:g} s: {what}"
        pause.wait(LOOK)


# --- lemon24/reader -------------------------------------------------------------------------------------------------

DRIVER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for line in sys.stdin:
    words = line.split()
    if words[0] == "add":
        for url in open(words[1]).read().split():
            reader.add_feed(url)
    else:
        reader.update_feeds(scheduled=False, workers=int(words[1]))
    print("done", flush=True)
"""


class Reader(Poller):
    """lemon24/reader 3 as a library, one process that stays, with ten workers."""

    name = "reader"

    def __init__(self, farm: Farm, count: int, folder: Path) -> None:
        self._farm = farm
        urls = folder / "urls"
        urls.write_text("\n".join(farm.url(index) for index in range(count)))
        self._process = subprocess.Popen(
            [str(reader_python()), "-c", DRIVER, str(folder / "reader.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        self._do(f"add {urls}")

    def first(self) -> Spent:
        return self.again()

    def again(self) -> Spent:
        begun, before = time.monotonic(), used(self._process.pid).cpu
        self._do("update 10")
        ended, after = time.monotonic(), used(self._process.pid)
        self._farm.asked = dict(self._farm.tell().asked)
        return Spent(ended - begun, after.cpu - before, after.peak)

    def close(self) -> None:
        self._process.communicate()

    def _do(self, line: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline(), "reader has ended"


def reader_python() -> Path:
    """Return the interpreter of an environment that holds reader, made if need be and kept for the next time."""
    python = CACHE / "reader" / "bin" / "python"
    if not (CACHE / "reader" / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(CACHE / "reader")], check=True)
        # reader 3.26 imports feedparser's old parser, whose package it does not name.
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "reader", "sgmllib3k"], check=True)
        (CACHE / "reader" / "made").touch()
    return python


# --- programs that run and end --------------------------------------------------------------------------------------


class Program(Poller):
    """A program that polls all feeds once and ends: its start counts, which is short beside the rest."""

    def __init__(self, farm: Farm, command: Sequence[str], *, env: dict[str, str] | None = None) -> None:
        self._farm = farm
        self._command = command
        self._env = {**os.environ, **(env or {})}

    def first(self) -> Spent:
        return self.again()

    def again(self) -> Spent:
        begun = time.monotonic()
        with subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._env
        ) as process:
            _, status, rusage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        ended = time.monotonic()
        assert process.returncode == 0, f"{self._command} ended with {process.returncode}"
        self._farm.asked = dict(self._farm.tell().asked)
        return Spent(ended - begun, rusage.ru_utime + rusage.ru_stime, rusage.ru_maxrss / 1024)

    def close(self) -> None:
        """Nothing stays."""


class Newsboat(Program):
    """newsboat of Debian, `newsboat -x reload` with ten threads."""

    name = "newsboat"

    def __init__(self, farm: Farm, count: int, folder: Path) -> None:
        (folder / "urls").write_text("".join(f"{farm.url(index)}\n" for index in range(count)))
        (folder / "config").write_text("reload-threads 10\nauto-reload no\nrefresh-on-startup no\n")
        command = ["newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]
        words = [str(folder / word) if word in ("urls", "cache.db", "config") else word for word in command]
        super().__init__(farm, words, env={"HOME": str(folder)})

    def first(self) -> Spent:
        spent = self.again()
        self.again()  # not measured: it remembers validators from the second time on.
        return spent


SFEEDRC = """
sfeedpath="{folder}/feeds"
maxjobs=8
fetch() {{
  curl -sf -m 30 --compressed --etag-compare "{folder}/etags/$1" --etag-save "{folder}/etags/$1" "$2"
}}
feeds() {{
{feeds}
}}
"""


class Sfeed(Program):
    """sfeed of Debian with curl, eight at a time, told to remember ETags."""

    name = "sfeed"

    def __init__(self, farm: Farm, count: int, folder: Path) -> None:
        (folder / "feeds").mkdir()
        (folder / "etags").mkdir()
        feeds = "\n".join(f"  feed f{index} {farm.url(index)}" for index in range(count))
        (folder / "sfeedrc").write_text(SFEEDRC.format(folder=folder, feeds=feeds))
        super().__init__(farm, ["sfeed_update", str(folder / "sfeedrc")])


def peers(*, quick: bool) -> tuple[type[Reader | Newsboat | Sfeed], ...]:
    """Return the peers that this machine has; sfeed takes long, and is left out of a quick run."""
    found: list[type[Reader | Newsboat | Sfeed]] = [Reader]
    if shutil.which("newsboat"):
        found.append(Newsboat)
    if shutil.which("sfeed_update") and shutil.which("curl") and not quick:
        found.append(Sfeed)
    return tuple(found)
