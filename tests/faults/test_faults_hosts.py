"""The machine under the daemon fails in eighteen ways: it says so, loses nothing, and goes on when it can."""

from __future__ import annotations

import errno
import resource
import signal
import sqlite3
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.daemon import Daemon, call
from support.rig import Rig, rig, webhook
from support.shim import Shim

_TABLE = tomllib.loads(Path(__file__).with_name("hosts.toml").read_text(encoding="utf-8"))
LOG = "monitor.db-wal"
FILE = "monitor.db"


@dataclass(frozen=True, slots=True)
class Host:
    """A rig with a daemon that runs on a host which does what it is told."""

    made: Rig
    daemon: Daemon
    shim: Shim

    def says(self, words: str, after: int = 0) -> None:
        """Wait until the daemon has said so."""
        if words:
            self.daemon.wait_for(words, after=after)


@contextmanager
def _running(folder: Path) -> Iterator[Host]:
    with webhook() as channel, rig(channel, folder) as made:
        shim = Shim(folder)
        with made.daemon(shim.environment) as daemon:
            daemon.wait_for("event=poll", "first")
            yield Host(made, daemon, shim)


def _alive(host: Host) -> None:
    """Show that the daemon still tells what is new, and told nothing twice."""
    host.made.report()
    host.made.wait_until_all_arrived(seconds=60)
    host.made.check_copies(at_most=1)
    host.made.check_database()


def _failing_writes(host: Host, cell: str, suffix: str, error: int) -> None:
    host.shim.fail_writes(suffix, error)
    host.made.report()
    host.says(_TABLE[cell]["says"])
    host.shim.heal()
    host.made.wait_until_all_arrived(seconds=60)


def _disk_full_on_database(host: Host, cell: str) -> None:
    # Only a checkpoint writes to the file itself: one from beside the daemon would be another process's.
    host.shim.fail_writes(FILE, errno.ENOSPC)
    host.made.report()
    host.made.wait_until_all_arrived(seconds=60)
    host.shim.heal()
    _failing_writes(host, cell, LOG, errno.ENOSPC)


def _locked(host: Host, cell: str) -> None:
    with closing(sqlite3.connect(host.made.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        host.made.report()
        threading.Event().wait(30)
        other.execute("ROLLBACK")
    host.made.wait_until_all_arrived(seconds=60)
    host.says(_TABLE[cell]["says"])


def _limited(host: Host, kind: int, limit: int) -> None:
    """Take a resource away while a report comes in, and give it back."""
    pid = host.daemon.process.pid
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (limit, before[1]))
    host.made.report()
    threading.Event().wait(5)
    resource.prlimit(pid, kind, before)
    host.made.wait_until_all_arrived(seconds=90)


def _out_of_descriptors(host: Host, _: str) -> None:
    used = len(list(Path(f"/proc/{host.daemon.process.pid}/fd").iterdir()))
    _limited(host, resource.RLIMIT_NOFILE, used)


def _out_of_memory(host: Host, _: str) -> None:
    pages = int(Path(f"/proc/{host.daemon.process.pid}/statm").read_text(encoding="ascii").split()[0])
    _limited(host, resource.RLIMIT_AS, pages * resource.getpagesize())


def _stopped(seconds: int) -> Callable[[Host, str], None]:
    def stop(host: Host, _: str) -> None:
        host.daemon.process.send_signal(signal.SIGSTOP)
        host.made.report()
        # Five seconds are waited for; of longer stops the clocks alone tell, which is all a stopped process sees.
        threading.Event().wait(min(seconds, 5))
        host.shim.move_clocks(wall=max(seconds - 5, 0), monotonic=max(seconds - 5, 0))
        host.daemon.process.send_signal(signal.SIGCONT)
        host.made.wait_until_all_arrived(seconds=60)

    return stop


def _clock(seconds: int) -> Callable[[Host, str], None]:
    def move(host: Host, _: str) -> None:
        host.shim.move_clocks(wall=seconds)
        host.made.report()
        host.made.wait_until_all_arrived(seconds=60)

    return move


def _ahead_and_back(host: Host, _: str) -> None:
    # What left in the wrong years must not count as a flood of today.
    text = host.made.config.read_text(encoding="utf-8")
    host.made.config.write_text(text.replace("burst = 100000", 'burst = 2\ndigest_every = "2s"'), encoding="utf-8")
    host.says("configuration taken")
    host.shim.move_clocks(wall=10 * 365 * 86_400)
    host.made.report(6)
    host.made.wait_until_all_arrived(seconds=60)
    host.shim.move_clocks(wall=-10 * 365 * 86_400)
    host.made.report(3)
    host.made.wait_until_all_arrived(seconds=60)


def _summer_time_begins(host: Host, _: str) -> None:
    # 2027-03-28 00:59:55 UTC: five seconds later Berlin's clocks go from 02:00 to 03:00.
    host.made.config.write_text(
        host.made.config.read_text(encoding="utf-8").replace("[monitor]", '[monitor]\ntimezone = "Europe/Berlin"'),
        encoding="utf-8",
    )
    host.says("configuration taken")
    host.shim.move_clocks(wall=1_806_195_595 - int(time.time()))
    host.made.report(2)
    host.made.wait_until_all_arrived(seconds=60)


def _second_daemon(host: Host, _: str) -> None:
    second = call("run", "--config", str(host.made.config))
    assert second.returncode == 1
    assert len(second.stderr.strip().splitlines()) == 1, second.stderr


def _broken_configuration(host: Host, cell: str) -> None:
    good = host.made.config.read_text(encoding="utf-8")
    host.made.config.write_text(good + "\n[[watch]\nid = ", encoding="utf-8")
    host.says(_TABLE[cell]["says"])
    host.made.report()
    host.made.wait_until_all_arrived()
    host.made.config.write_text(good, encoding="utf-8")


FAULTS: dict[str, Callable[[Host, str], None]] = {
    "disk-full-on-database": _disk_full_on_database,
    "disk-full-on-log": lambda host, cell: _failing_writes(host, cell, LOG, errno.ENOSPC),
    "read-only": lambda host, cell: _failing_writes(host, cell, LOG, errno.EROFS),
    "write-error": lambda host, cell: _failing_writes(host, cell, LOG, errno.EIO),
    "locked-for-30-s": _locked,
    "out-of-descriptors": _out_of_descriptors,
    "out-of-memory": _out_of_memory,
    "stopped-for-5-s": _stopped(5),
    "stopped-for-60-s": _stopped(60),
    "stopped-for-10-min": _stopped(600),
    "clock-an-hour-ahead": _clock(3_600),
    "clock-an-hour-back": _clock(-3_600),
    "clock-ten-years-ahead": _clock(10 * 365 * 86_400),
    "clock-ten-years-ahead-and-back": _ahead_and_back,
    "summer-time-begins": _summer_time_begins,
    "second-daemon": _second_daemon,
    "broken-configuration": _broken_configuration,
}

# With every change one of each kind, the quickest; all before a release.
OFTEN = frozenset(
    {
        *("disk-full-on-log", "out-of-descriptors", "clock-an-hour-back"),
        *("clock-ten-years-ahead-and-back", "second-daemon", "broken-configuration"),
    }
)
CELLS = [
    pytest.param(cell, marks=pytest.mark.slow if cell in OFTEN else pytest.mark.release) for cell in sorted(FAULTS)
]


@pytest.mark.parametrize("cell", CELLS)
def test_the_daemon_outlives_its_host(cell: str, tmp_path: Path) -> None:
    with _running(tmp_path) as host:
        FAULTS[cell](host, cell)
        _alive(host)
        assert host.daemon.stop() == 0


def test_every_cell_of_the_table_has_its_test() -> None:
    assert {*FAULTS, "corrupt-page"} == set(_TABLE)  # damage has tests of its own, in test_faults_damage.
